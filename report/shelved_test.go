package report

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is on the shelf is found, the newest first; what is no manifest is told
// and keeps nothing else from being found.
func TestShelved(t *testing.T) {
	folder := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := Shelved(filepath.Join(folder, "none")); len(all) != 0 || err != nil {
		t.Errorf("a folder that is not there has %v %v", all, err)
	}
	put("2026-09-manifest.json", `{"month":"2026-09","version":1,"status":"final","files":[{"name":"2026-09-ALPHA.csv","account":"ALPHA"},{"name":"../secret"}]}`)
	put("2026-10-manifest.json", `{"month":"2026-10","version":2,"status":"provisional","files":[]}`)
	put("2026-09-manifest-version-1.json", `{"month":"2026-09","version":1}`)
	put("2026-08-manifest.json", `{"month":"2026-07","version":1}`)
	put("2026-07-manifest.json", `nonsense`)
	put("manifest.json", `nonsense`)
	put("2026-09-ALPHA.csv", "a,b\n")
	all, err := Shelved(folder)
	if len(all) != 2 || all[0].Month != "2026-10" || all[1].Month != "2026-09" {
		t.Fatalf("the shelf has %+v", all)
	}
	if err == nil || !strings.Contains(err.Error(), "2026-08-manifest.json") || !strings.Contains(err.Error(), "2026-07-manifest.json") {
		t.Errorf("what cannot be read is told as %v", err)
	}
	f, err := all[1].OpenFile(folder, "2026-09-ALPHA.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if text, err := io.ReadAll(f); err != nil || string(text) != "a,b\n" {
		t.Errorf("the file is %q %v", text, err)
	}
	for _, name := range []string{"../secret", "2026-10-manifest.json", "2026-09-BRAVO.csv", ""} {
		if f, err := all[1].OpenFile(folder, name); err == nil {
			f.Close()
			t.Errorf("%q is opened", name)
		}
	}
}
