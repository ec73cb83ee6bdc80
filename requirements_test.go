package srtm

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every test, file and policy key that docs/requirements.md names exists.
func TestRequirementsPage(t *testing.T) {
	page, err := os.ReadFile("docs/requirements.md")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := os.ReadFile("policy/keys.go")
	if err != nil {
		t.Fatal(err)
	}
	tests := testFunctions(t)
	checked := 0
	for _, quoted := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(string(page), -1) {
		name := quoted[1]
		checked++
		switch {
		case strings.HasPrefix(name, "Test"):
			if !tests[name] {
				t.Errorf("there is no test %s", name)
			}
		case strings.Contains(name, "/"):
			if _, err := os.Stat(name); err != nil {
				t.Errorf("there is no file %s", name)
			}
		case !strings.Contains(string(keys), `"`+name+`"`):
			t.Errorf("a policy has no key %s", name)
		}
	}
	if checked < 50 {
		t.Errorf("only %d names were found on the page", checked)
	}
}

// testFunctions are the names of all tests of the module.
func testFunctions(t *testing.T) map[string]bool {
	names := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range declared.FindAllSubmatch(text, -1) {
			names[string(match[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
