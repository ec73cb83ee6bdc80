package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrInUse is what Open returns while another process writes the journal.
var ErrInUse = errors.New("the journal is in use")

// lockFile takes a file for this process, until it is closed or the process
// ends.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	taken, err := flock(f)
	if err == nil && !taken {
		err = fmt.Errorf("%w: another process writes in %s; stop that one first", ErrInUse, filepath.Dir(path))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
