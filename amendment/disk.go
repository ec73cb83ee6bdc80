package amendment

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// disk is what the register does to its folder; a test's fails where it likes.
type disk interface {
	makeFolder(path string) error
	write(path string, text []byte) error // new, and durable but for its name
	rename(from, to string) error
	syncFolder(path string) error
	remove(path string) error
}

// realDisk is the machine's.
type realDisk struct{}

func (realDisk) makeFolder(path string) error { return os.MkdirAll(path, 0o700) }

func (realDisk) write(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func (realDisk) rename(from, to string) error { return os.Rename(from, to) }

func (realDisk) syncFolder(path string) error {
	if runtime.GOOS == "windows" { // folders cannot be synced there
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (realDisk) remove(path string) error { return os.Remove(path) }

// replace makes path hold text, at once and durably.
func replace(d disk, path string, text []byte) error {
	if err := d.write(path+unfinished, text); err != nil {
		return err
	}
	if err := d.rename(path+unfinished, path); err != nil {
		return err
	}
	return d.syncFolder(filepath.Dir(path))
}

// unfinished ends the name of a file that is being written.
const unfinished = ".new"
