package main

import "golang.org/x/sys/unix"

// freeBytes is how much may be written to the disk on which a folder lies.
func freeBytes(folder string) (free uint64, known bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil || s.Bsize <= 0 {
		return 0, false
	}
	return s.Bavail * uint64(s.Bsize), true
}

// spaceOf is how much may be written to the disk on which a folder lies, and how
// large that disk is; 0: not known.
func spaceOf(folder string) (free, size uint64) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil || s.Bsize <= 0 {
		return 0, 0
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks * uint64(s.Bsize)
}
