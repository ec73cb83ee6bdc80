package report

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func readManifest(t *testing.T, dir string) Manifest {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "2026-10-manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// listed are the names in a folder.
func listed(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestTheManifestFitsTheFiles(t *testing.T) {
	s := tellOctober(t)
	c := Config{Ledger: s.fold(), Out: filepath.Join(t.TempDir(), "new", "folder"), Now: inNovember}
	steps := 0
	c.Progress = func(done, total int) {
		if steps++; done != steps || total != 9 {
			t.Errorf("step %d is %d of %d", steps, done, total)
		}
	}
	r, err := Month(context.Background(), "2026-10", c)
	if err != nil {
		t.Fatal(err)
	}
	if r.Version != 1 || r.Provisional || r.Due.Format(time.DateOnly) != "2026-11-13" || steps != 9 {
		t.Errorf("the result is %+v after %d steps", r, steps)
	}
	m := readManifest(t, c.Out)
	if m.Status != "final" || m.Environment != "trial" || m.Ledger.Position != uint64(s.position) || len(m.Policies) != 1 || m.Policies[0].Digest != s.policy.Digest {
		t.Errorf("the manifest is %+v", m)
	}
	names := listed(t, c.Out)
	if len(names) != len(m.Files)+1 || len(m.Files) != 3*9 {
		t.Errorf("there are %d files in the manifest, and in the folder %v", len(m.Files), names)
	}
	for _, f := range m.Files {
		text, err := os.ReadFile(filepath.Join(c.Out, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(text)
		if hex.EncodeToString(sum[:]) != f.SHA256 || int64(len(text)) != f.Bytes {
			t.Errorf("%s is not what the manifest says", f.Name)
		}
		if info, err := os.Stat(filepath.Join(c.Out, f.Name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s can be read by others: %v, %v", f.Name, info.Mode(), err)
		}
	}
	for _, name := range []string{"2026-10-BRAVO.html", "2026-10-public~1.csv", "2026-10-public.xlsx", "2026-10-panel.html"} {
		if !slices.Contains(r.Files, name) {
			t.Errorf("%s is not among %v", name, r.Files)
		}
	}
}

func TestVersions(t *testing.T) {
	s := tell(t, october)
	s.obey(storyPolicy, storyPortfolio)
	s.burst("DELTA", "4.8.1", 10, time.Hour)
	c := Config{Ledger: s.fold(), Out: t.TempDir(), Now: october.Add(48 * time.Hour)}
	write := func(rule string, version int, status string, wrong string) {
		t.Helper()
		r, err := Month(context.Background(), "2026-10", c)
		if wrong != "" {
			if err == nil || !strings.Contains(err.Error(), wrong) {
				t.Errorf("%s: %v", rule, err)
			}
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", rule, err)
		}
		if m := readManifest(t, c.Out); r.Version != version || m.Version != version || m.Status != status || m.Reason != c.Reason {
			t.Errorf("%s: %+v, %+v", rule, r, m)
		}
	}
	write("a month under way is provisional", 1, "provisional", "")
	write("what is provisional is replaced", 1, "provisional", "")
	c.Now = inNovember
	write("and made final", 1, "final", "")
	write("what is final stays", 0, "", "give a reason to write version 2")
	before := readManifest(t, c.Out)
	c.Reason = "the portfolio of DELTA was wrong <b>"
	write("but with a reason", 2, "final", "")
	if m := readManifest(t, c.Out); len(m.Replaces) != 64 {
		t.Errorf("version 2 does not say what it replaces: %+v", m)
	}
	text, err := os.ReadFile(filepath.Join(c.Out, "2026-10-DELTA.html"))
	if err != nil || !strings.Contains(string(text), "This is version 2; it replaces version 1. Reason: the portfolio of DELTA was wrong &lt;b&gt;") {
		t.Errorf("the page does not say why: %v", err)
	}
	for file, told := range map[string]bool{"panel": true, "public": false, "ALPHA": false} {
		text, err := os.ReadFile(filepath.Join(c.Out, "2026-10-"+file+".html"))
		if err != nil || strings.Contains(string(text), "the portfolio of DELTA") != told {
			t.Errorf("%s is told that the reason was DELTA's: %v, %v", file, !told, err)
		}
	}
	var kept Manifest
	old, err := os.ReadFile(filepath.Join(c.Out, "2026-10-manifest-version-1.json"))
	if err != nil || json.Unmarshal(old, &kept) != nil || kept.Made != before.Made {
		t.Errorf("the manifest of version 1 was not kept: %v", err)
	}
	c.Reason = ""
	write("version 2 is final too", 0, "", "give a reason to write version 3")
}

func TestNothingIsLeftWhereItFails(t *testing.T) {
	l := tellOctober(t).fold()
	stopped, stop := context.WithCancel(context.Background())
	for _, row := range []struct {
		rule  string
		month string
		ctx   context.Context
		c     Config
		put   string // manifest that is there
		want  string
	}{
		{"no month", "October", context.Background(), Config{Ledger: l, Now: inNovember}, "", `"October" is not a month`},
		{"a month to come", "2026-12", context.Background(), Config{Ledger: l, Now: inNovember}, "", "2026-12 has not begun; name a month before 2026-12"},
		{"no ledger", "2026-10", context.Background(), Config{Now: inNovember}, "", "no ledger"},
		{"no time", "2026-10", context.Background(), Config{Ledger: l}, "", "no time"},
		{"a manifest that is none", "2026-10", context.Background(), Config{Ledger: l, Now: inNovember}, "{", "is no manifest"},
		{"a manifest of another month", "2026-10", context.Background(), Config{Ledger: l, Now: inNovember}, `{"month":"2026-09","version":1}`, "is no manifest"},
		{"stopped half way", "2026-10", stopped, Config{Ledger: l, Now: inNovember, Progress: func(int, int) { stop() }}, "", "context canceled"},
		{"the signed head cannot be had", "2026-10", context.Background(), Config{Ledger: l, Now: inNovember, Head: func() (string, error) { return "", os.ErrPermission }}, "", "signed heads"},
	} {
		row.c.Out = t.TempDir()
		if row.put != "" {
			if err := os.WriteFile(filepath.Join(row.c.Out, "2026-10-manifest.json"), []byte(row.put), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		before := listed(t, row.c.Out)
		_, err := Month(row.ctx, row.month, row.c)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v", row.rule, err)
		}
		if after := listed(t, row.c.Out); !slices.Equal(before, after) {
			t.Errorf("%s: %v was left", row.rule, after)
		}
	}
}

func TestFileNames(t *testing.T) {
	var accounts []*account
	for _, name := range []string{"Bravo", "BRAVO", "Panel", "public", "manifest", "..", "x.csv", "bravo"} {
		accounts = append(accounts, &account{name: name})
	}
	got := fileNames(accounts)
	want := []string{"Bravo", "BRAVO~1", "Panel~1", "public~1", "manifest~1", "..", "x.csv", "bravo~2"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}
