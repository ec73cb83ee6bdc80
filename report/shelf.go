package report

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Manifest is what the manifest file of a month's reports holds, as JSON. It has
// Service Users' names in its files' names: it is for the operator and the Panel.
type Manifest struct {
	Month          string           `json:"month"`
	Classification string           `json:"classification"`
	Environment    string           `json:"environment"`
	Version        int              `json:"version"`
	Status         string           `json:"status"` // final or provisional
	Why            string           `json:"provisional_because,omitempty"`
	Reason         string           `json:"reason,omitempty"` // of a version above 1
	Replaces       string           `json:"replaces_manifest_sha256,omitempty"`
	Made           string           `json:"made"` // RFC 3339, UTC
	Due            string           `json:"due"`  // date
	Ledger         ManifestLedger   `json:"ledger"`
	Policies       []ManifestPolicy `json:"policies"`
	Head           string           `json:"signed_head"` // text, as journal.ParseHead reads it
	Files          []ManifestFile   `json:"files"`
}

// ManifestLedger says from where the figures are.
type ManifestLedger struct {
	Position uint64 `json:"position"` // of the last record of the journal that was folded
	At       string `json:"at"`       // its time, RFC 3339, UTC
}

// ManifestPolicy is a policy that was in force in the month.
type ManifestPolicy struct {
	Name     string `json:"name"`
	Digest   string `json:"sha256"`
	From     string `json:"from"` // RFC 3339, UTC
	Position uint64 `json:"position"`
}

// ManifestFile is one of the month's files.
type ManifestFile struct {
	Name    string `json:"name"`
	Account string `json:"account,omitempty"` // whose report it is
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
}

// shelf is the folder that reports go to. They are written beside their places
// and moved there when all of them are whole.
type shelf struct {
	folder  string
	period  Period
	version int
	reason  string // of the version

	before     *Manifest // of the reports that are there
	beforeText string
	replaces   string // SHA-256 of the manifest of the version before

	held  []ManifestFile // written, not moved yet
	temps []string       // where
}

const mostManifest = 64 << 20

// openShelf looks at what is there: a final report is not replaced without a
// reason.
func openShelf(c Config, p Period) (*shelf, error) {
	if err := os.MkdirAll(c.Out, 0o750); err != nil {
		return nil, fmt.Errorf("making the folder for reports: %w", err)
	}
	s := &shelf{folder: c.Out, period: p, version: 1}
	text, err := readAtMost(s.path(s.manifestName()), mostManifest)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the manifest that is there: %w", err)
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil || m.Version < 1 || m.Month != p.String() {
		return nil, fmt.Errorf("%s is no manifest of reports of %v; move it away", s.path(s.manifestName()), p)
	}
	sum := sha256.Sum256(text)
	s.before, s.beforeText, s.version = &m, string(text), m.Version
	switch {
	case strings.TrimSpace(c.Reason) != "":
		s.version, s.replaces, s.reason = m.Version+1, hex.EncodeToString(sum[:]), c.Reason
	case m.Status != "provisional":
		return nil, fmt.Errorf("the reports of %v, version %d, are in %s already; give a reason to write version %d, or another folder", p, m.Version, c.Out, m.Version+1)
	default: // the same version goes on
		s.replaces, s.reason = m.Replaces, m.Reason
	}
	return s, nil
}

func readAtMost(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("%s has more than %d bytes", path, most)
	}
	return text, err
}

func (s *shelf) path(name string) string { return filepath.Join(s.folder, name) }
func (s *shelf) manifestName() string    { return s.period.String() + "-manifest.json" }

// temporary is a file being written, with what the manifest says of it.
type temporary struct {
	file  *os.File
	out   *bufio.Writer
	hash  hash.Hash
	bytes int64
}

// Write implements io.Writer.
func (t *temporary) Write(b []byte) (int, error) {
	t.hash.Write(b)
	t.bytes += int64(len(b))
	return t.out.Write(b)
}

// write makes a file beside its place, whole and on the disk. It may be called
// from several goroutines; keep adds what it returns.
func (s *shelf) write(name, account string, render func(io.Writer) error) (held ManifestFile, temp string, err error) {
	f, err := os.CreateTemp(s.folder, "."+s.period.String()+"-*.tmp")
	if err != nil {
		return held, "", fmt.Errorf("beginning %s: %w", name, err)
	}
	t := &temporary{file: f, out: bufio.NewWriterSize(f, 64<<10), hash: sha256.New()}
	err = render(t)
	for _, step := range []func() error{t.out.Flush, f.Sync, f.Close} {
		if e := step(); err == nil {
			err = e
		}
	}
	if err != nil {
		os.Remove(f.Name())
		return held, "", fmt.Errorf("writing %s: %w", name, err)
	}
	return ManifestFile{name, account, t.bytes, hex.EncodeToString(t.hash.Sum(nil))}, f.Name(), nil
}

// discard removes what was not moved to its place.
func (s *shelf) discard() {
	for _, temp := range s.temps {
		os.Remove(temp)
	}
	s.temps = nil
}

// finish moves the files to their places, the manifest last, keeps an earlier
// version's manifest, and removes files of an earlier version that are in this
// one no more.
func (s *shelf) finish(m *month) (Result, error) {
	r := Result{Version: s.version, Provisional: m.provisional() != "", Due: s.period.Due()}
	manifest, err := s.manifest(m)
	if err != nil {
		return r, err
	}
	if s.before != nil && s.version > s.before.Version {
		if err := s.keepBefore(); err != nil {
			return r, err
		}
	}
	var names []string
	for i, f := range s.held {
		if err := os.Rename(s.temps[i], s.path(f.Name)); err != nil {
			return r, fmt.Errorf("moving %s to its place: %w", f.Name, err)
		}
		names = append(names, f.Name)
	}
	s.temps = nil
	if err := s.putManifest(manifest); err != nil {
		return r, err
	}
	if s.before != nil {
		s.removeStale(names)
	}
	r.Files = append(names, s.manifestName())
	return r, syncFolder(s.folder)
}

func (s *shelf) putManifest(text []byte) error {
	_, temp, err := s.write(s.manifestName(), "", func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
	if err != nil {
		return err
	}
	if err := os.Rename(temp, s.path(s.manifestName())); err != nil {
		os.Remove(temp)
		return fmt.Errorf("moving the manifest to its place: %w", err)
	}
	return nil
}

// keepBefore keeps the manifest that is replaced, under its version.
func (s *shelf) keepBefore() error {
	name := fmt.Sprintf("%v-manifest-version-%d.json", s.period, s.before.Version)
	_, temp, err := s.write(name, "", func(w io.Writer) error {
		_, err := io.WriteString(w, s.beforeText)
		return err
	})
	if err != nil {
		return err
	}
	return os.Rename(temp, s.path(name))
}

func (s *shelf) removeStale(names []string) {
	for _, f := range s.before.Files {
		if !slices.Contains(names, f.Name) && filepath.Base(f.Name) == f.Name && strings.HasPrefix(f.Name, s.period.String()+"-") {
			os.Remove(s.path(f.Name)) // best effort: what stays is in no manifest
		}
	}
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return fmt.Errorf("making the names of the reports durable: %w", err)
	}
	return nil
}
