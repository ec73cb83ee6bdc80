package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	for _, text := range []string{"one", "another, longer", ""} {
		if err := Replace(Real{}, path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if read, err := ReadFile(path, 100); err != nil || string(read) != text {
			t.Errorf("%q, %v", read, err)
		}
	}
	if _, err := os.Stat(path + Unfinished); !errors.Is(err, fs.ErrNotExist) {
		t.Error("something is left", err)
	}
	if err := (Real{}).Remove(path); err != nil {
		t.Error(err)
	}
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path  string
		most  int64
		wrong string
	}{{path, 5, ""}, {path, 4, "larger than 4 bytes"}, {dir, 5, "not a file"}, {path + "s", 5, "no such file"}} {
		if _, err := ReadFile(c.path, c.most); (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s up to %d: %v", c.path, c.most, err)
		}
	}
}

func TestSeal(t *testing.T) {
	type state struct{ A int }
	sealed, err := Seal("srtm test 1", state{7})
	if err != nil {
		t.Fatal(err)
	}
	body := func(text string) string { return "srtm test 1 " + Hash([]byte(text)) + "\n" + text }
	for _, c := range []struct{ what, text, wrong string }{
		{"what was sealed is read", string(sealed), ""},
		{"what was changed is not", strings.Replace(string(sealed), "7", "8", 1), "it was changed"},
		{"nor what is another kind", "srtm other 1" + strings.TrimPrefix(string(sealed), "srtm test 1"), "its first line is not that of a test"},
		{"nor nothing", "", "its first line"},
		{"nor what has more", body(`{"A":1,"B":2}`), "not what this program writes"},
		{"nor what goes on", body(`{"A":1} 2`), "something follows its end"},
		{"nor what is no JSON", body("{"), "not what this program writes"},
	} {
		var s state
		err := Unseal("srtm test 1", "a test", []byte(c.text), &s)
		if c.wrong == "" && (err != nil || s.A != 7) || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
			t.Errorf("%s: %v, %v", c.what, s, err)
		}
	}
}
