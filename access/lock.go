package access

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// How long to wait for another process, and between two attempts. What is done under
// the lock is the writing of one small file.
const (
	lockWait  = 10 * time.Second
	lockRetry = 5 * time.Millisecond
)

// lockFile takes a file for this process until the returned function is called
// or the process ends.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := keepOwner(f, filepath.Dir(path)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	for waited := time.Duration(0); ; waited += lockRetry {
		taken, err := flock(f)
		if taken {
			return func() { _ = f.Close() }, nil
		}
		if err == nil && waited >= lockWait {
			err = fmt.Errorf("another process has had %s for %v: is it stopped?", path, lockWait)
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		time.Sleep(lockRetry)
	}
}
