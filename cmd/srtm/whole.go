package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Who may read a file that a verb writes.
const (
	forOwner fs.FileMode = 0o600 // it is confidential
	forAll   fs.FileMode = 0o644
)

// writeWhole has a file written, which appears when it is whole and not before, so
// that nothing is lost to a mistyped name and half a file is never taken for a
// whole one; - stands for stdout.
func writeWhole(path string, mode fs.FileMode, stdout io.Writer, write func(io.Writer) error) error {
	if path == "-" {
		return write(stdout)
	}
	there, err := os.Stat(path)
	switch {
	case err == nil && there.IsDir():
		return usageError{fmt.Errorf("%s is a folder; name a file, such as one in it", path)}
	case err == nil && !there.Mode().IsRegular(): // a device or pipe is written to as it is
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(f), f.Close())
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w; its folder should be there, and you should be allowed to write in it", path, cause(err))
	}
	if err := errors.Join(write(f), f.Chmod(mode), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}

// makeFolder makes a folder unless it is there.
func makeFolder(path string) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return fmt.Errorf("there is no folder %s, and it cannot be made: %w; name one where you may write", path, cause(err))
	}
	return nil
}

// cause leaves out of an error the file that it is about, where another name says
// more.
func cause(err error) error {
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}
