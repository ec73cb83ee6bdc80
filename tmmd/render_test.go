package tmmd

import (
	"encoding/xml"
	"errors"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"srtm/policy"
)

// Any policy can be rendered, in every form and edition, and twice the same.
func TestAnyPolicyIsRendered(t *testing.T) {
	checked(t, func(t *rapid.T, d *draw) {
		p := d.policy()
		for _, o := range []Options{{}, {Public: true}} {
			a, b := Render(p, o), Render(p, o)
			if a.HTML() != b.HTML() || a.Markdown() != b.Markdown() || a.Text() != b.Text() {
				t.Errorf("the second rendering differs")
			}
			wellFormed(t, a.HTML())
			sums(t, p, a.Markdown(), o.Public)
		}
	})
}

// wellFormed reads a page as strict XML, and checks its anchors.
func wellFormed(t tester, html string) {
	d := xml.NewDecoder(strings.NewReader(html))
	ids, links := map[string]bool{}, map[string]bool{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the page is not well-formed: %v", err)
		}
		start, is := token.(xml.StartElement)
		if !is {
			continue
		}
		if start.Name.Local == "script" {
			t.Errorf("the page has a script")
		}
		for _, a := range start.Attr {
			switch {
			case a.Name.Local == "id" && ids[a.Value]:
				t.Errorf("the anchor %q is there twice", a.Value)
			case a.Name.Local == "id":
				ids[a.Value] = true
			case a.Name.Local == "href":
				links[strings.TrimPrefix(a.Value, "#")] = true
			case strings.HasPrefix(a.Name.Local, "on"), a.Name.Local == "src":
				t.Errorf("the page has %s=%q", a.Name.Local, a.Value)
			}
		}
	}
	for l := range links {
		if !ids[l] {
			t.Errorf("the link #%s leads nowhere", l)
		}
	}
}

// sums adds the columns of the allocation tables up.
func sums(t tester, p *policy.Policy, markdown string, public bool) {
	all := sheets(t, markdown)
	tables := 0
	for _, s := range all {
		n := len(s.rows) - 1
		if s.title != "Every allocation" && !strings.HasPrefix(s.title, "Allocations then, per second") {
			continue
		}
		tables++
		for i, head := range s.head {
			if i == 0 || head == "name" || head == "share %" {
				continue
			}
			sum := new(big.Rat)
			for _, row := range s.rows[:n] {
				if r, ok := new(big.Rat).SetString(row[i]); ok {
					sum.Add(sum, r)
				} else if row[i] != "" {
					t.Errorf("%q in the column %q is no number", row[i], head)
				}
			}
			if want, ok := new(big.Rat).SetString(s.rows[n][i]); !ok || want.Cmp(sum) != 0 {
				t.Errorf("the column %q of %q adds up to %s, not %s", head, s.title, sum.FloatString(3), s.rows[n][i])
			}
		}
		if n != len(p.Accounts) {
			t.Errorf("%q has %d accounts of %d", s.title, n, len(p.Accounts))
		}
	}
	if public == (tables > 0) {
		t.Errorf("there are %d allocation tables", tables)
	}
}

// Every key that the page on writing policies has stands among the parameters, with
// a meaning.
func TestEveryKeyHasItsLine(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "policy.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(page), "\n## Keys\n")
	section, _, _ = strings.Cut(section, "\n## ")
	if !found {
		t.Fatal("the page has no section Keys")
	}
	keys := map[string]bool{}
	for _, p := range []*policy.Policy{small(t), everything(t)} {
		for _, s := range settings(p, clean) {
			if s.meaning == "" || s.value == "" {
				t.Errorf("%s has the value %q and the meaning %q", s.key, s.value, s.meaning)
			}
			keys[s.key], keys[listOf(s.key)] = true, true
		}
	}
	n := 0
	for _, match := range regexp.MustCompile("(?m)^\\| `([a-z_.\\[\\]]+)` \\|").FindAllStringSubmatch(section, -1) {
		key, _, _ := strings.Cut(match[1], "[")
		n++
		begins := func(k string) bool { return k == key || strings.HasPrefix(k, key+".") }
		if some := slices.Collect(func(yield func(string) bool) {
			for k := range keys {
				if begins(k) && !yield(k) {
					return
				}
			}
		}); len(some) == 0 {
			t.Errorf("the key %s has no line", match[1])
		}
	}
	if n < 30 {
		t.Errorf("found only %d keys in the page", n)
	}
}

// Two renderings differ only where the policy does.
func TestOneKeyChangesOnlyItsLines(t *testing.T) {
	files := map[string]string{"portfolio.csv": smallPortfolio, "annex.md": "one\n"}
	base := parse(t, smallPolicy, files)
	const digest = "SHA-256"
	for _, c := range []struct {
		line string
		most int
		with []string // each line that differs has one of these
	}{
		{"journal: {keep: 500d}", 1, []string{"journal.keep"}},
		{"approval: two", 1, []string{"approval"}},
		{"exceptional: 9h", 1, []string{"exceptional"}},
		{"hold: 31s", 1, []string{"`hold`"}},
		{"forward: {via: true}", 1, []string{"forward.via"}},
		{"services: {transform: /t}", 1, []string{"services.transform"}},
		{"environment: production", 1, nil},
		{"refusal: {status: 429}", 1, []string{"refusal.status"}},
		{"release: 70%", 2, []string{"`release`", "release level"}},
		{"annexes: [annex.md]", 16, []string{"annex", "Annex", "one", "```"}},
		{"limit_headers: true", 6, []string{"limit", "Limit", "extension"}},
	} {
		text := strings.Replace(smallPolicy, "environment: production\n", "", 1) + c.line + "\n"
		if !strings.Contains(c.line, "environment") {
			text = smallPolicy + c.line + "\n"
		}
		old, now := Render(base, Options{}).Markdown(), Render(parse(t, text, files), Options{}).Markdown()
		differ := differences(old, now)
		if len(differ) > 2*c.most+2 {
			t.Errorf("%s changes %d lines:\n%s", c.line, len(differ), strings.Join(differ, "\n"))
		}
		for _, line := range differ {
			related := strings.Contains(line, digest) || line == ""
			for _, w := range c.with {
				related = related || strings.Contains(line, w)
			}
			if !related {
				t.Errorf("%s changes the line %q", c.line, line)
			}
		}
		if c.with != nil && len(differ) < 3 {
			t.Errorf("%s changes only %q", c.line, differ)
		}
	}
}

// differences returns the lines that only one of the texts has.
func differences(a, b string) (lines []string) {
	count := map[string]int{}
	for _, l := range strings.Split(a, "\n") {
		count[l]++
	}
	for _, l := range strings.Split(b, "\n") {
		count[l]--
	}
	for l, n := range count {
		if n != 0 && l != "" {
			lines = append(lines, l)
		}
	}
	slices.Sort(lines)
	return lines
}

// An extension that the policy does not turn on is not in the method.
func TestOnlyExtensionsThatAreOnAreTold(t *testing.T) {
	if text := Render(small(t), Options{}).Markdown(); strings.Contains(text, "Extension:") {
		t.Error("a policy without extensions tells of some")
	}
	text := Render(everything(t), Options{}).Markdown()
	for _, on := range []string{"accounts in shadow", "cost", "exempt variants", "priority", "critical commands", "reserved capacity", "maintenance", "not listed", "DUIS response", "RateLimit"} {
		if !regexp.MustCompile("### Extension: .*" + on).MatchString(text) {
			t.Errorf("the extension %q is not told", on)
		}
	}
	for _, off := range []string{"withheld\n", "shadow mode", "each User ID\n", "is off\n"} {
		if regexp.MustCompile("### Extension: .*" + off).MatchString(text) {
			t.Errorf("the extension %q is told, and is off", off)
		}
	}
	for _, line := range []string{"mode: shadow", "mode: off", "spare: withhold", "allocation: {per: user}"} {
		p := parse(t, strings.Replace(smallPolicy, "allocation: {weights: {ED: 0.1, GT: 0.1}, minimum: 0.5/s}\n", "", 1)+line+"\n", map[string]string{"portfolio.csv": smallPortfolio})
		if text := Render(p, Options{}).Markdown(); strings.Count(text, "### Extension:") != 1 {
			t.Errorf("with %s there is not just its own extension", line)
		}
	}
}
