package access

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

const (
	usersName = "users.json"
	localName = "local.token"
)

func (g *Gate) file() string { return filepath.Join(g.dir, usersName) }

// write puts u in the place of users.json in dir, at once and durably.
func (u *users) write(dir string) error {
	if err := u.check(); err != nil {
		return err
	}
	text, err := json.MarshalIndent(u, "", "  ")
	if err != nil {
		return err
	}
	if len(text) >= maxBytes {
		return fmt.Errorf("%s would be longer than %d octets: remove tokens that have expired", usersName, maxBytes)
	}
	return replaceFile(filepath.Join(dir, usersName), append(text, '\n'))
}

// replaceFile writes a file whole: beside the old one, durably, then in its
// place.
func replaceFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, keepOwner(f, filepath.Dir(path)), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	if runtime.GOOS == "windows" { // folders cannot be synced there
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// users returns what users.json says, read again if it was replaced.
func (g *Gate) users() *users {
	g.refresh()
	return g.lastRead()
}

func (g *Gate) lastRead() *users {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.known
}

// refresh reads users.json again if it was replaced since.
func (g *Gate) refresh() {
	info, err := os.Stat(g.file())
	g.mu.RLock()
	same := err == nil && g.trouble == nil && sameFile(g.seen, info)
	g.mu.RUnlock()
	if !same {
		_ = g.reload() // kept as g.trouble
	}
}

func sameFile(a, b os.FileInfo) bool {
	return a != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

// reload reads users.json. If that fails, what was read before holds, and the
// error is kept as the Gate's trouble.
func (g *Gate) reload() error {
	before, after, err := g.readAgain()
	if err == nil && before != nil {
		g.tellChanges(before, after)
	}
	return err
}

func (g *Gate) readAgain() (before, after *users, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f, info, read, err := readUsers(g.file())
	if err != nil {
		if g.trouble == nil || g.trouble.Error() != err.Error() {
			g.log.Error("who may sign in cannot be read; what was read before holds", "error", err)
		}
		g.trouble = err
		return nil, nil, err
	}
	if g.held != nil {
		_ = g.held.Close() // only read
	}
	before = g.known
	g.known, g.seen, g.held, g.trouble = read, info, f, nil
	return before, read, nil
}

// readUsers reads users.json, and returns the file open.
func readUsers(path string) (f *os.File, info os.FileInfo, u *users, err error) {
	if f, err = os.Open(path); err != nil {
		return nil, nil, nil, err
	}
	defer func() {
		if err != nil || runtime.GOOS == "windows" { // where a file that is open cannot be replaced
			err = errors.Join(err, f.Close())
			f = nil
		}
	}()
	if info, err = f.Stat(); err != nil {
		return f, nil, nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return f, nil, nil, err
	}
	if u, err = parseUsers(text); err != nil {
		return f, nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, info, u, nil
}

// change changes users.json: do gets what it says at that moment, and may return
// an error and then nothing has changed.
func (g *Gate) change(do func(*users) error) error {
	g.changing.Lock()
	defer g.changing.Unlock()
	unlock, err := lockFile(filepath.Join(g.dir, "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	if err := g.reload(); err != nil {
		return err
	}
	changed := g.lastRead().clone() // as it is now: whoever would replace it waits for the lock
	if err := do(changed); err != nil {
		return err
	}
	if err := changed.write(g.dir); err != nil {
		return fmt.Errorf("changing who may sign in: %w", err)
	}
	return g.reload()
}

// prepareLocal makes the local token where there is none, and returns its digest.
func prepareLocal(dir string) (digest, error) {
	path := filepath.Join(dir, localName)
	if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
		if err := replaceFile(path, []byte(tokenPrefix+newSecret()+"\n")); err != nil {
			return digest{}, err
		}
	}
	secret, err := LocalToken(dir)
	return digestOf(secret), err
}

// LocalToken returns the token of the folder dir, by which a command on the same
// machine speaks to the gateway whose data folder it is. It makes its bearer an operator and
// investigator, never an approver.
func LocalToken(dir string) (string, error) {
	path := filepath.Join(dir, localName)
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%s may be read by others: remove it, and the next start makes another one", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, 200))
	if err != nil {
		return "", err
	}
	secret := string(bytes.TrimSpace(text))
	if !isToken(secret) {
		return "", fmt.Errorf("%s has no token in it: remove it, and the next start makes another one", path)
	}
	return secret, nil
}
