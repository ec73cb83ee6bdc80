//go:build !linux

package main

// freeBytes is not known here.
func freeBytes(string) (free uint64, known bool) { return 0, false }

func spaceOf(string) (free, size uint64) { return 0, 0 }
