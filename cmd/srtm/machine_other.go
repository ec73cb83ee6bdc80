//go:build !unix

package main

import "os"

// lockFile does nothing where files cannot be locked this way.
func lockFile(*os.File) error { return nil }

// mostFiles returns 0 where that is not known.
func mostFiles() uint64 { return 0 }
