package report

import (
	"bytes"
	"io/fs"
	"slices"
	"strings"
	"time"

	"srtm/duis"
	"srtm/ledger"
	"srtm/policy"
)

// policyVersion is a policy that was in force, read again from the texts that
// the journal keeps.
type policyVersion struct {
	ledger.Policy
	read *policy.Policy // nil: this program cannot read the text
}

// readPolicies reads each policy's files. One that cannot be read any more, such
// as one of another version of the program, keeps its name and digest.
func readPolicies(rows []ledger.Policy) []policyVersion {
	versions := make([]policyVersion, len(rows))
	for i, row := range rows {
		versions[i].Policy = row
		if i > 0 && row.Digest == rows[i-1].Digest {
			versions[i].read = versions[i-1].read
			continue
		}
		if len(row.Files) == 0 {
			continue
		}
		beside := make(folder, len(row.Files))
		for _, f := range row.Files[1:] {
			beside[f.Name] = f.Text
		}
		if p, err := policy.Parse(row.Files[0].Name, []byte(row.Files[0].Text), beside); err == nil {
			versions[i].read = p
		}
	}
	return versions
}

// directory says what accounts and User IDs are called. Of several policies the
// last one that lists somebody has the word.
type directory struct {
	display map[string]string            // by account
	roles   map[duis.EUI64][]policy.Role // by User ID
}

func newDirectory(versions []policyVersion) directory {
	d := directory{display: map[string]string{}, roles: map[duis.EUI64][]policy.Role{}}
	for _, v := range versions {
		if v.read == nil {
			continue
		}
		for _, a := range v.read.Accounts {
			d.display[a.Name] = a.DisplayName
			for _, user := range a.Users() {
				d.roles[duis.EUI64(user)] = nil
			}
			for _, row := range a.Rows {
				d.roles[row.UserID] = append(d.roles[row.UserID], row.Role)
			}
		}
	}
	return d
}

// rolesOf writes the User Roles of a User ID: "IS|GS".
func (d directory) rolesOf(user duis.EUI64) string {
	var names []string
	for _, r := range policy.Roles() {
		if slices.Contains(d.roles[user], r) {
			names = append(names, string(r))
		}
	}
	return strings.Join(names, "|")
}

// folder is a folder of files in memory.
type folder map[string]string

// Open implements fs.FS.
func (f folder) Open(name string) (fs.File, error) {
	text, ok := f[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &openFile{bytes.NewReader([]byte(text)), name}, nil
}

// openFile is a file of a folder, and its own fs.FileInfo.
type openFile struct {
	*bytes.Reader
	name string
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *openFile) Close() error               { return nil }
func (f *openFile) Name() string               { return f.name }
func (f *openFile) Size() int64                { return f.Reader.Size() }
func (f *openFile) Mode() fs.FileMode          { return 0o444 }
func (f *openFile) ModTime() time.Time         { return time.Time{} }
func (f *openFile) IsDir() bool                { return false }
func (f *openFile) Sys() any                   { return nil }
