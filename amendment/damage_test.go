package amendment

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamage has a row for each thing that somebody can do to the folder: opening
// it says which file it is, and the ways out.
func TestDamage(t *testing.T) {
	first := made(t, "first", quick, half)
	content := filepath.Join("texts", hashOf(first.Files[1].Text))
	for _, c := range []struct {
		what, file, says string
		do               func(path string) error
	}{
		{"the state is gone", stateFile, "it is not there, and texts of policies are", os.Remove},
		{"the state is empty", stateFile, "its first line is not", func(p string) error { return os.Truncate(p, 0) }},
		{"the state is cut short", stateFile, "its SHA-256 is not the one in its first line", func(p string) error { return os.Truncate(p, 200) }},
		{"the state says something else", stateFile, "it was changed", swap("Ann", "Bob")},
		{"the state is a folder", stateFile, "it is not a file", folder},
		{"the state has a key that is not its", stateFile, "it is not what this program writes", again(`"events"`, `"evens"`)},
		{"a version names a file elsewhere", stateFile, "no name or no SHA-256", again(`"sha256": "`+hashOf(first.Files[1].Text), `"sha256": "../../../../etc/passwd`)},
		{"a version has no files", stateFile, "what it says of its files cannot be", again(`"dropped"`, `"dropped"`, `"number": 1`, `"dropped": true, "number": 1`)},
		{"a version has another's digest", stateFile, "has files which are those of " + short(first.Digest), again(first.Digest, strings.Repeat("0", 64))},
		{"a text is gone", content, "it cannot be read", os.Remove},
		{"a text is another", content, "its SHA-256 is not its name", swap("1000", "9000")},
		{"a text is cut short", content, "its SHA-256 is not its name", func(p string) error { return os.Truncate(p, 5) }},
		{"a text is a folder", content, "it is not a file", folder},
	} {
		t.Run(c.what, func(t *testing.T) {
			w := open(t)
			w.begins(first)
			w.proposes(made(t, "waits", quick+"approval: two", half), ProposeOptions{})
			path := filepath.Join(w.dir, c.file)
			if err := c.do(path); err != nil {
				t.Fatal(err)
			}
			_, err := Open(w.dir, w.options())
			if err == nil {
				t.Fatal("it was opened")
			}
			containsAll(t, err.Error(), c.says, path, "restore it from a copy, or move the folder "+w.dir+" aside")
		})
	}
}

func TestDamagedNotices(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", quick, half))
	w.proposes(made(t, "next", quick, more), ProposeOptions{})
	path := w.textPath(w.state.Versions[1].Notices)
	if err := swap("1000", "1001")(path); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(w.dir, w.options()); err == nil || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
}

// TestADamagedOldVersionDoesNotStopTheGateway, and cannot be rolled back to.
func TestADamagedOldVersionDoesNotStopTheGateway(t *testing.T) {
	w := open(t)
	first := made(t, "first", quick, half)
	w.begins(first)
	w.proposes(made(t, "next", quick+"release: 70%", half), ProposeOptions{})
	if err := os.Remove(w.textPath(hashOf(first.Files[0].Text))); err != nil {
		t.Fatal(err)
	}
	w.reopen()
	if _, err := w.Rollback("first", ann, "so", ProposeOptions{}); err == nil || !strings.Contains(err.Error(), "it cannot be read") {
		t.Error(err)
	}
}

func swap(old, new string) func(string) error {
	return func(path string) error {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, bytes.ReplaceAll(text, []byte(old), []byte(new)), 0o600)
	}
}

// again changes the state and gives it the SHA-256 that it then has.
func again(pairs ...string) func(string) error {
	return func(path string) error {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		_, body, _ := strings.Cut(string(text), "\n")
		body = strings.NewReplacer(pairs...).Replace(body)
		return os.WriteFile(path, []byte(magic+" "+hashOf([]byte(body))+"\n"+body), 0o600)
	}
}

func folder(path string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return os.Mkdir(path, 0o700)
}

// FuzzDecode: a state is what encode writes, or an error; nothing else happens.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"events":1,"numbers":1,"at":"2026-11-02T10:00:00Z","versions":[{"digest":"` + strings.Repeat("a", 64) +
		`","name":"n","prepared":{"by":"","at":"2026-11-02T10:00:00Z"},"number":1,"from":"2026-11-02T10:00:00Z","accepted":"2026-11-02T10:00:00Z","texts":[{"name":"p.yaml","sha256":"` + strings.Repeat("b", 64) + `"}]}]}`))
	f.Add([]byte(`{"events":0,"numbers":0,"at":"0001-01-01T00:00:00Z"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := decode(body); err == nil {
			t.Fatal("a state without its first line")
		}
		s, err := decode(append([]byte(magic+" "+hashOf(body)+"\n"), body...))
		if err != nil {
			return
		}
		s.prune()
		s.coming(monday)
		text, err := s.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decode(text); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	})
}
