package simulate

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"srtm/policy"
	"srtm/scenario"
)

// TestStories plays testdata/stories: each is a policy (or several), a scenario and
// what is expected of it, a line each: a rule (with a policy's name after a colon
// where there are several), a Service User or * for all, a figure, a comparison and
// a number.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/stories/*.txt")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d stories: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tell(t, archive)
		})
	}
}

func tell(t *testing.T, archive *txtar.Archive) {
	beside := fstest.MapFS{}
	var c Config
	var expected string
	for _, f := range archive.Files {
		beside[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	for _, f := range archive.Files {
		switch {
		case f.Name == "scenario.yaml":
			s, err := scenario.Parse(f.Data)
			if err != nil {
				t.Fatal(err)
			}
			c.Scenario = s
		case f.Name == "expect":
			expected = string(f.Data)
		case strings.HasSuffix(f.Name, ".yaml"):
			p, err := policy.Parse(f.Name, f.Data, fs.FS(beside))
			if err != nil {
				t.Fatal(err)
			}
			c.Policies = append(c.Policies, p)
		}
	}
	r, err := Play(c)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(expected) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		n++
		if err := check(r, strings.Fields(line)); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if n == 0 {
		t.Error("nothing is expected")
	}
}

// check compares one figure.
func check(r *Result, words []string) error {
	if len(words) != 5 {
		return fmt.Errorf("write: rule, Service User, figure, comparison, number")
	}
	want, err := strconv.ParseFloat(words[4], 64)
	if err != nil {
		return err
	}
	rule, name, _ := strings.Cut(words[0], ":")
	for i := range r.Rules {
		o := &r.Rules[i]
		if o.Rule != rule || name != "" && o.Policy != name {
			continue
		}
		got, known := figures(o, words[1])[words[2]]
		holds, compares := map[string]bool{"=": got == want, ">=": got >= want, "<=": got <= want}[words[3]]
		switch {
		case !known || !compares:
			return fmt.Errorf("there is no figure %s of %s, or no comparison %s", words[2], words[1], words[3])
		case !holds:
			return fmt.Errorf("it is %v", got)
		}
		return nil
	}
	return fmt.Errorf("there is no rule %s", words[0])
}

// figures are what can be expected of a Service User or of all.
func figures(o *Outcome, account string) map[string]float64 {
	c, vends, aborted, more := &o.Counts, o.Vends, o.Aborted, map[string]float64{
		"outage": float64(o.OutageSeconds), "fairness": o.Fairness.Jain, "activations": float64(o.Activations), "background-lost": float64(o.Background.Lost),
	}
	for i := range o.Users {
		if u := &o.Users[i]; u.Account == account {
			c, vends, aborted, more = &u.Counts, u.Vends, u.Aborted, map[string]float64{}
		} else if account != "*" && c == &o.Counts && i == len(o.Users)-1 {
			return nil
		}
	}
	for name, n := range map[string]uint64{
		"offered": c.Sends, "throttled": c.Throttled, "failed": c.Failed, "late": c.Late, "answered": c.Answered, "accepted": c.Finished,
		"lost": c.GaveUp, "overdue": c.Overdue, "vends-failed": vends.Failed, "vends-overdue": vends.Overdue, "aborted": aborted,
		"within-throttled": c.WithinThrottled, "within-failed": c.WithinFailed, "within-lost": c.WithinLost,
	} {
		more[name] = float64(n)
	}
	return more
}
