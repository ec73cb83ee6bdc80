//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// lockFile takes the file for this process, or fails at once if another has it.
func lockFile(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) }

// mostFiles returns how many files and connections this process may have open.
func mostFiles() uint64 {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return limit.Cur
}
