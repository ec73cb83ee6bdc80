package amendment

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"srtm/disk"
	"srtm/policy"
)

// text is one file of a policy, kept under its SHA-256.
type text struct {
	Name   string `json:"name"` // as the policy names it
	SHA256 string `json:"sha256"`
}

// The most bytes that a kept text may have: one of a policy's files, and the
// notices of a version.
const (
	maxText        = max(policy.MaxPolicy, policy.MaxPortfolio, policy.MaxSenders, policy.MaxAnnex)
	maxNoticesText = 1 << 30
)

func hashOf(text []byte) string { return disk.Hash(text) }

// damage says what is wrong with a file of the register, and the ways out.
func (r *Register) damage(path, format string, args ...any) error {
	return fmt.Errorf("%s: %s; restore it from a copy, or move the folder %s aside: the gateway then starts with the policy file that it is given, as the first time, and what had happened is in the journal",
		path, fmt.Sprintf(format, args...), r.dir)
}

func (r *Register) textPath(hash string) string { return filepath.Join(r.dir, textsFolder, hash) }

// keepText writes a text unless it is there.
func (r *Register) keepText(hash string, text []byte) error {
	path := r.textPath(hash)
	if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, text) {
		return r.disk.SyncFolder(filepath.Dir(path)) // a crash may have come before that
	}
	return disk.Replace(r.disk, path, text)
}

// readText returns a text that was kept, if it is what was kept.
func (r *Register) readText(hash string, most int64) ([]byte, error) {
	path := r.textPath(hash)
	read, err := disk.ReadFile(path, most)
	if err != nil {
		return nil, r.damage(path, "it cannot be read: %v", err)
	}
	if hashOf(read) != hash {
		return nil, r.damage(path, "it was changed: its SHA-256 is not its name")
	}
	return read, nil
}

// readPolicy reads a policy from its texts.
func (r *Register) readPolicy(digest string, texts []text) (*policy.Policy, error) {
	if len(texts) == 0 {
		return nil, fmt.Errorf("the files of policy %s are no longer kept; propose it from a copy, such as the journal's", short(digest))
	}
	files := make([]policy.File, 0, len(texts))
	for _, t := range texts {
		read, err := r.readText(t.SHA256, maxText)
		if err != nil {
			return nil, err
		}
		files = append(files, policy.File{Name: t.Name, Text: read})
	}
	p, err := policy.ParseFiles(files)
	if err != nil {
		return nil, r.damage(r.textPath(texts[0].SHA256), "the policy %s can no longer be read: %v", short(digest), err)
	}
	if p.Digest != digest {
		return nil, r.damage(r.statePath(), "it says that policy %s has files which are those of %s", short(digest), short(p.Digest))
	}
	return p, nil
}

// short is enough of a digest for people to tell it from others.
func short(digest string) string { return digest[:min(12, len(digest))] }
