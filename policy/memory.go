package policy

import (
	"bytes"
	"io/fs"
	"time"
)

// ParseFiles reads a policy from files that somebody gave: the policy's own is
// the first, the others are those that it names, by the names that it uses. The
// error is as Parse's.
func ParseFiles(files []File) (*Policy, error) {
	if len(files) == 0 {
		return Parse("policy", nil, memory{})
	}
	return Parse(files[0].Name, files[0].Text, filesOf(files))
}

func filesOf(files []File) fs.FS {
	beside := memory{}
	for _, f := range files {
		if _, twice := beside[f.Name]; !twice { // a policy may name itself
			beside[f.Name] = f.Text
		}
	}
	return beside
}

// memory is files by name.
type memory map[string][]byte

// Open opens one of them.
func (m memory) Open(name string) (fs.File, error) {
	text, ok := m[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &memoryFile{bytes.NewReader(text), name, int64(len(text))}, nil
}

// memoryFile is one of them, open, and what there is to know of it.
type memoryFile struct {
	*bytes.Reader
	name string
	size int64
}

// Stat, Close and what follows make a memoryFile an fs.File and its own
// fs.FileInfo.
func (f *memoryFile) Stat() (fs.FileInfo, error) { return memoryInfo{f.name, f.size}, nil }

// Close does nothing.
func (f *memoryFile) Close() error { return nil }

type memoryInfo struct {
	name string
	size int64
}

func (i memoryInfo) Name() string     { return i.name }
func (i memoryInfo) Size() int64      { return i.size }
func (memoryInfo) Mode() fs.FileMode  { return 0o444 }
func (memoryInfo) ModTime() time.Time { return time.Time{} }
func (memoryInfo) IsDir() bool        { return false }
func (memoryInfo) Sys() any           { return nil }
