package report

import (
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"
)

// edition is one page that is still to be made.
type edition struct {
	file    string
	kind    string // panel, public or user
	account string // of a Service User's
	make    func() *page
}

// formats are how many files an edition makes.
const formats = 3

// writeAll makes all pages and writes them, several at a time.
func (m *month) writeAll(ctx context.Context, out *shelf) error {
	t, err := newTemplate()
	if err != nil {
		return fmt.Errorf("reading the template of pages: %w", err)
	}
	editions := m.editions(out.version)
	out.held, out.temps = make([]ManifestFile, len(editions)*formats), make([]string, len(editions)*formats)
	done := 0
	defer out.compact()
	return inParallel(len(editions), func(i int) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return m.writeEdition(out, editions[i], i*formats, t)
	}, func() {
		done++
		if m.config.Progress != nil {
			m.config.Progress(done, len(editions))
		}
	})
}

// compact forgets the places of files that were not written.
func (s *shelf) compact() {
	s.held = slices.DeleteFunc(s.held, func(f ManifestFile) bool { return f.Name == "" })
	s.temps = slices.DeleteFunc(s.temps, func(name string) bool { return name == "" })
}

func (m *month) writeEdition(out *shelf, e edition, place int, t *template.Template) error {
	p := e.make()
	for i, f := range []struct {
		ending string
		render func(io.Writer) error
	}{
		{".html", func(w io.Writer) error { return p.writeHTML(w, t) }},
		{".csv", func(w io.Writer) error { return p.writeCSV(w, m.lead(e, out.version)) }},
		{".xlsx", p.writeXLSX},
	} {
		held, temp, err := out.write(p.file+f.ending, e.account, f.render)
		if err != nil {
			return err
		}
		out.held[place+i], out.temps[place+i] = held, temp // no two goroutines have the same place
	}
	return nil
}

// editions are all pages of the month: the Panel's, the public's, and each
// Service User's.
func (m *month) editions(version int) []edition {
	month := m.period.String() + "-"
	all := []edition{
		{month + "panel", "panel", "", func() *page { return m.panelPage(month+"panel", version) }},
		{month + "public", "public", "", func() *page { return m.publicPage(month+"public", version) }},
	}
	if m.config.Shadow || m.hasShadow() {
		all = append(all, edition{month + "shadow", "panel", "", func() *page { return m.shadowPage(month+"shadow", version) }})
	}
	names := fileNames(m.accounts)
	for i, a := range m.accounts {
		if a.served() {
			file := month + names[i]
			all = append(all, edition{file, "user", a.name, func() *page { return m.userPage(a, file, version) }})
		}
	}
	return all
}

// fileNames are the accounts' names as parts of file names. They are the names
// themselves, but that "~", which no name has, and a number are added where a
// name is one of our own or differs from another by capitals only, which some
// file systems take for the same.
func fileNames(accounts []*account) []string {
	taken := map[string]int{"panel": 1, "public": 1, "manifest": 1, "shadow": 1}
	names := make([]string, len(accounts))
	for i, a := range accounts {
		key := strings.ToLower(a.name)
		names[i] = a.name
		if n := taken[key]; n > 0 {
			names[i] = fmt.Sprintf("%s~%d", a.name, n)
		}
		taken[key]++
	}
	return names
}

// manifest is the text of the manifest.
func (s *shelf) manifest(m *month) ([]byte, error) {
	out := Manifest{
		Month: s.period.String(), Classification: panelOnly, Environment: m.environments(), Version: s.version, Status: m.statusWord(),
		Why: m.provisional(), Replaces: s.replaces, Made: rfc3339(m.config.Now.UnixNano()), Due: s.period.Due().Format(time.DateOnly),
		Ledger: ManifestLedger{uint64(m.status.Position), rfc3339(m.status.At)}, Policies: []ManifestPolicy{}, Head: m.head, Files: s.held,
	}
	if s.version > 1 {
		out.Reason = m.config.Reason
	}
	for _, p := range m.policies {
		out.Policies = append(out.Policies, ManifestPolicy{p.Name, p.Digest, rfc3339(p.At), uint64(p.Position)})
	}
	text, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the manifest: %w", err)
	}
	return append(text, '\n'), nil
}

func rfc3339(at int64) string { return time.Unix(0, at).UTC().Format(time.RFC3339) }
