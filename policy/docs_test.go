package policy

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// page is docs/policy.md. What it says is put to the code.
func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "policy.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// block returns the page's block of code with that name after its language.
func block(t *testing.T, name string) string {
	t.Helper()
	match := regexp.MustCompile("(?s)```[a-z]+ " + regexp.QuoteMeta(name) + "\n(.*?)```").FindStringSubmatch(page(t))
	if match == nil {
		t.Fatalf("the page has no block %q", name)
	}
	return match[1]
}

// rows returns the cells of the table that follows the words.
func rows(t *testing.T, after string) [][]string {
	t.Helper()
	_, rest, ok := strings.Cut(page(t), after)
	if !ok {
		t.Fatalf("the page does not say %q", after)
	}
	var table [][]string
	for line := range strings.Lines(rest) {
		if strings.HasPrefix(line, "|") {
			cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
			for i := range cells {
				cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
			}
			table = append(table, cells)
		} else if len(table) > 0 {
			break
		}
	}
	if len(table) < 3 {
		t.Fatalf("there is no table after %q", after)
	}
	return table[2:]
}

// folder is the page's example, in files.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"minimal.yaml", "policy.yaml", "portfolio.csv", "senders.csv", "annex.md"} {
		add(t, dir, name, block(t, name))
	}
	return dir
}

// add appends text to a file of the folder.
func add(t *testing.T, dir, name, text string) {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestThePageWorksOutTheAllocations(t *testing.T) {
	p, err := Load(filepath.Join(folder(t), "policy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, a := range p.Accounts {
		fmt.Fprintf(&got, "%-7s weight %8s   allocation %7s/s\n", a.Name, a.Weight, a.Allocation)
	}
	if want := block(t, "allocations"); got.String() != want {
		t.Errorf("the example allocates\n%sthe page says\n%s", got.String(), want)
	}
	if release := p.Rules().Release.String(); release != "75/s" {
		t.Errorf("the release level is %s", release)
	}
}

func TestThePageListsEveryKeyWithItsDefault(t *testing.T) {
	told := map[string]string{}
	for _, cells := range rows(t, "## Keys") {
		told[cells[0]] = cells[1]
	}
	for _, k := range keys() {
		if strings.HasPrefix(k.path, "allocation.weights.") || strings.HasSuffix(k.path, "[]") {
			continue
		}
		if def, ok := told[k.path]; !ok || k.usual != "" && def != k.usual {
			t.Errorf("the page gives %s the default %q, want %q", k.path, def, k.usual)
		}
		delete(told, k.path)
	}
	if len(told) > 0 {
		t.Errorf("the page has keys that do not exist: %v", told)
	}
}

func TestThePageShowsProblemsAsTheyAre(t *testing.T) {
	for _, c := range []struct{ words, policy, file string }{
		{"Each line added to `minimal.yaml`", "minimal.yaml", "minimal.yaml"},
		{"Each row added to the portfolio is a problem", "minimal.yaml", "portfolio.csv"},
		{"Each row added to the senders is a problem", "policy.yaml", "senders.csv"},
	} {
		for _, cells := range rows(t, c.words) {
			t.Run(cells[0], func(t *testing.T) {
				dir := folder(t)
				add(t, dir, c.file, cells[0]+"\n")
				_, err := Load(filepath.Join(dir, c.policy))
				if err == nil {
					t.Fatal("there is no problem")
				}
				if lines := shortened(err.Error()); !slices.Contains(lines, cells[1]) {
					t.Errorf("the problems are\n%s\nthe page says\n%s", strings.Join(lines, "\n"), cells[1])
				}
			})
		}
	}
}

func TestThePageShowsWarningsAsTheyAre(t *testing.T) {
	for words, file := range map[string]string{"has a warning": "minimal.yaml", "is a warning": "portfolio.csv"} {
		for _, cells := range rows(t, words) {
			dir := folder(t)
			add(t, dir, file, cells[0]+"\n")
			p, err := Load(filepath.Join(dir, "minimal.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			if lines := shortened(p.Warnings.Error()); !slices.Contains(lines, cells[1]) {
				t.Errorf("the warnings are\n%s\nthe page says\n%s", strings.Join(lines, "\n"), cells[1])
			}
		}
	}
}

// Every example of an extension is taken, and every further key is in one.
func TestThePageShowsEveryExtension(t *testing.T) {
	_, section, _ := strings.Cut(page(t), "\n## Extensions\n")
	section, _, _ = strings.Cut(section, "\n## ")
	shown := ""
	for _, example := range regexp.MustCompile("(?s)```yaml [a-z-]+\n(.*?)```").FindAllStringSubmatch(section, -1) {
		dir := folder(t)
		add(t, dir, "minimal.yaml", example[1])
		if _, err := Load(filepath.Join(dir, "minimal.yaml")); err != nil {
			t.Errorf("the example\n%s\nis refused: %v", example[1], err)
		}
		shown += "\n" + example[1]
	}
	shown += block(t, "policy.yaml")
	for _, k := range extensionKeys() {
		if !strings.ContainsAny(k.path, ".[") && !strings.Contains(shown, "\n"+k.path+": ") {
			t.Errorf("no example has %s", k.path)
		}
	}
}

func TestTheExamplesAreInOrder(t *testing.T) {
	examples, err := filepath.Glob(filepath.Join("..", "examples", "*.yaml"))
	if err != nil || len(examples) < 2 {
		t.Fatalf("the examples are %v, %v", examples, err)
	}
	for _, example := range examples {
		if p, err := Load(example); err != nil || len(p.Warnings) > 0 {
			t.Errorf("%s: %v; %v", example, err, p.Warnings)
		}
	}
}

func TestThePageShowsWhatHoldsWhen(t *testing.T) {
	dir := folder(t)
	add(t, dir, "minimal.yaml", block(t, "reserved"))
	p, err := Load(filepath.Join(dir, "minimal.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range rows(t, "In this example:") {
		at, err := time.Parse(time.RFC3339, want[0])
		if err != nil {
			t.Fatal(err)
		}
		is := p.At(at)
		got := []string{want[0], is.Capacity.String(), is.Reserved.String(), is.Rules.Threshold.String(), is.Rules.Release.String(), is.Rules.Accounts[0].Allocation.String()}
		if !slices.Equal(got, want) {
			t.Errorf("it is %q, the page says %q", got, want)
		}
	}
}

// shortened returns the lines without file, line and column.
func shortened(lines string) []string {
	return strings.Split(regexp.MustCompile(`(?m)^.*?:\d+:\d+: `).ReplaceAllString(lines, ""), "\n")
}

func TestTheDigestCanBeRecomputedByHand(t *testing.T) {
	dir := folder(t)
	p, err := Load(filepath.Join(dir, "policy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	shell := exec.Command("sh", "-c", block(t, "digest"))
	shell.Dir = dir
	out, err := shell.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Fields(string(out))[0]; got != p.Digest {
		t.Errorf("by hand it is %s, want %s", got, p.Digest)
	}
}
