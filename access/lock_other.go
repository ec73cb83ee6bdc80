//go:build !unix

package access

import "os"

// flock does nothing where files cannot be locked this way.
func flock(*os.File) (taken bool, err error) { return true, nil }

// keepOwner does nothing where files are not owned this way.
func keepOwner(*os.File, string) error { return nil }
