//go:build !unix

package main

// mostFiles returns 0 where that is not known.
func mostFiles() uint64 { return 0 }
