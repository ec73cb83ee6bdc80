//go:build !unix

package journal

import "os"

// flock does nothing where files cannot be locked this way.
func flock(*os.File) (taken bool, err error) { return true, nil }
