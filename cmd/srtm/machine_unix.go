//go:build unix

package main

import "golang.org/x/sys/unix"

// mostFiles returns how many files and connections this process may have open.
func mostFiles() uint64 {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return limit.Cur
}
