//go:build unix

package access

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// flock takes the file for this process, or says that another one has it.
func flock(f *os.File) (taken bool, err error) {
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, unix.EINTR) {
		return false, nil
	}
	return err == nil, err
}

// keepOwner gives f to whoever the folder belongs to: root may add a user while
// the gateway runs as somebody else, who then has to read the file.
func keepOwner(f *os.File, folder string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(folder)
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		return f.Chown(int(owner.Uid), int(owner.Gid))
	}
	return nil
}
