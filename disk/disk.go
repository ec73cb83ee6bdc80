package disk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// Folder is what is done to a folder of files. Real does it; a test's fails where
// it likes.
type Folder interface {
	MakeFolder(path string) error
	Write(path string, text []byte) error // new, and durable but for its name
	Rename(from, to string) error
	SyncFolder(path string) error
	Remove(path string) error
}

// Real is the machine's. Files and folders are their owner's alone to read.
type Real struct{}

// MakeFolder makes a folder, and those that it is in, unless they are there.
func (Real) MakeFolder(path string) error { return os.MkdirAll(path, 0o700) }

// Write writes a file and makes it durable.
func (Real) Write(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// Rename gives a file another name, in the place of what had that.
func (Real) Rename(from, to string) error { return os.Rename(from, to) }

// SyncFolder makes the names in a folder durable.
func (Real) SyncFolder(path string) error {
	if runtime.GOOS == "windows" { // folders cannot be synced there
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Remove removes a file.
func (Real) Remove(path string) error { return os.Remove(path) }

// Replace makes path hold text, at once and durably. After an error it holds the
// one or the other.
func Replace(d Folder, path string, text []byte) error {
	if err := d.Write(path+Unfinished, text); err != nil {
		return err
	}
	if err := d.Rename(path+Unfinished, path); err != nil {
		return err
	}
	return d.SyncFolder(filepath.Dir(path))
}

// Unfinished ends the name of a file that is being written.
const Unfinished = ".new"

// ReadFile reads a file of at most so many bytes, and nothing that is no file.
func ReadFile(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe might never end
		return nil, errors.New("it is not a file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	read, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(read)) > most {
		err = fmt.Errorf("it is larger than %d bytes", most)
	}
	return read, err
}
