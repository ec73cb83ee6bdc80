package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Shelved returns the manifests of the months whose reports are in a folder, as
// Month made them, the newest month first. A folder that is not there has none.
// A manifest that cannot be read is left out and told in the error, beside those
// that can.
func Shelved(folder string) ([]Manifest, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for reports: %w", err)
	}
	var all []Manifest
	var wrong error
	for _, e := range entries {
		month, is := strings.CutSuffix(e.Name(), "-manifest.json")
		p, bad := ParseMonth(month)
		if !is || bad != nil || !e.Type().IsRegular() {
			continue
		}
		text, err := readAtMost(filepath.Join(folder, e.Name()), mostManifest)
		var m Manifest
		if err == nil {
			err = json.Unmarshal(text, &m)
		}
		if err == nil && (m.Version < 1 || m.Month != p.String()) {
			err = errors.New("it is no manifest of that month; move it away")
		}
		if err != nil {
			wrong = errors.Join(wrong, fmt.Errorf("reading %s: %w", e.Name(), err))
			continue
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b Manifest) int { return cmp.Compare(b.Month, a.Month) })
	return all, wrong
}

// OpenFile opens a file that a manifest in the folder lists. It is closed by the
// caller. A name that leads elsewhere is not opened.
func (m *Manifest) OpenFile(folder, name string) (io.ReadSeekCloser, error) {
	if !slices.ContainsFunc(m.Files, func(f ManifestFile) bool { return f.Name == name }) || filepath.Base(name) != name {
		return nil, fmt.Errorf("the manifest of %s has no file %.200q", m.Month, name)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("opening a report: %w", err)
	}
	defer root.Close()
	f, err := root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("opening a report: %w", err)
	}
	return f, nil
}
