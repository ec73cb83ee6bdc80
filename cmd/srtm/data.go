package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// dataFolder is where a gateway keeps what must outlive it. One gateway at a
// time may have it.
type dataFolder struct {
	path    string
	lock    *os.File // held until the process ends
	restart bool     // a gateway ran here before, which may have burdened the DSP a moment ago
}

// openData makes sure of the folder and takes it for this process. Nothing is
// remembered there until mark.
func openData(path, environment string) (*dataFolder, error) {
	if err := os.MkdirAll(path, 0o750); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := lockFile(lock); err != nil {
		return nil, errors.Join(fmt.Errorf("data folder %s is in use by another gateway; one gateway alone may stand before the DSP: stop that one first", path), lock.Close())
	}
	d := &dataFolder{path: path, lock: lock}
	was, err := os.ReadFile(d.file())
	switch name := strings.TrimSpace(string(was)); {
	case errors.Is(err, os.ErrNotExist):
		return d, nil
	case err != nil:
		return nil, errors.Join(fmt.Errorf("data folder: %w", err), lock.Close())
	case name != "" && name != environment: // empty: written half, by one that ran here
		return nil, errors.Join(fmt.Errorf("data folder %s belongs to the environment %q and the policy to %q; give another --data", path, name, environment), lock.Close())
	}
	d.restart = true
	return d, nil
}

// file says for which environment a gateway ran here.
func (d *dataFolder) file() string { return filepath.Join(d.path, "environment") }

// mark remembers that a gateway runs here, whole or not at all.
func (d *dataFolder) mark(environment string) error {
	next := d.file() + ".new"
	if err := os.WriteFile(next, []byte(environment+"\n"), 0o640); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if err := os.Rename(next, d.file()); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}

// close gives the folder back.
func (d *dataFolder) close() error { return d.lock.Close() }
