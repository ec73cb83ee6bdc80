package amendment

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"srtm/disk"
	"srtm/policy"
)

// monday is a Monday at ten o'clock with ten Working Days and more before
// anything else.
var monday = time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)

// world is a register with its folder, its clock and what it had recorded.
type world struct {
	testing.TB
	dir string
	*Register
	mu     sync.Mutex
	at     time.Time
	events []Event
	last   uint64 // number of the last event
}

func open(t testing.TB) *world {
	t.Helper()
	w := &world{TB: t, dir: t.TempDir(), at: monday}
	w.reopen()
	return w
}

func (w *world) options() Options {
	return Options{
		Clock: func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.at },
		Record: func(e Event) (uint64, error) {
			if e.Number != w.last+1 && w.last > 0 && e.Number > w.last {
				w.Errorf("event %d follows event %d", e.Number, w.last)
			}
			w.last = e.Number
			w.events = append(w.events, e)
			return 1000 + e.Number, nil
		},
	}
}

func (w *world) reopen() {
	w.Helper()
	r, err := Open(w.dir, w.options())
	if err != nil {
		w.Fatal(err)
	}
	w.Register = r
}

func (w *world) after(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.at = w.at.Add(d) }

// begins starts with a policy.
func (w *world) begins(p *policy.Policy) {
	w.Helper()
	in, why, err := w.Start(p)
	if err != nil || in != p || why != "" {
		w.Fatal(in, why, err)
	}
}

// proposes proposes by Ann.
func (w *world) proposes(p *policy.Policy, o ProposeOptions) Proposal {
	w.Helper()
	made, err := w.Propose(p, ann, "as agreed", o)
	if err != nil {
		w.Fatal(err)
	}
	return made
}

func (w *world) approves(p *policy.Policy, by Person) Proposal {
	w.Helper()
	made, err := w.Approve(p.Digest, by, "so")
	if err != nil {
		w.Fatal(err)
	}
	return made
}

// holds fails unless a policy is in force at a time.
func (w *world) holds(at time.Time, p *policy.Policy) {
	w.Helper()
	if v := w.InForce(at); v == nil || v.Digest != p.Digest || v.Policy == nil || v.Policy.Digest != p.Digest {
		w.Fatalf("at %v %s should be in force, and it is %+v", at, p.Name, v)
	}
}

// kinds returns what was recorded, in order.
func (w *world) kinds() string {
	var kinds []string
	for _, e := range w.events {
		kinds = append(kinds, string(e.Kind))
	}
	return strings.Join(kinds, " ")
}

var ann, bob, cat = Person{"Ann"}, Person{"Bob"}, Person{"Cat"}

// hasty is a disk that waits for nothing, for tests in which nobody is killed.
type hasty struct{ disk.Real }

func (hasty) Write(path string, text []byte) error { return os.WriteFile(path, text, 0o600) }
func (hasty) SyncFolder(string) error              { return nil }

// two accounts of the same portfolio; the text of the policy's other keys.
const (
	half = "A,,90-B3-D5-1F-30-01-00-00,IS,1000\nB,,90-B3-D5-1F-30-02-00-00,IS,1000\n"
	more = "A,,90-B3-D5-1F-30-01-00-00,IS,1050\nB,,90-B3-D5-1F-30-02-00-00,IS,1000\n" // and no question is asked
	gone = "A,,90-B3-D5-1F-30-01-00-00,IS,2000\n"
)

// made reads a policy.
func made(t testing.TB, name, keys, rows string) *policy.Policy {
	t.Helper()
	if !strings.Contains(keys, "capacity") {
		keys += "\ncapacity: 100/s"
	}
	if !strings.Contains(keys, "portfolio") {
		keys += "\nportfolio: portfolio.csv"
	}
	text := fmt.Sprintf("name: %s\n%s\n", name, keys)
	p, err := policy.ParseFiles([]policy.File{{Name: name + ".yaml", Text: []byte(text)}, {Name: "portfolio.csv", Text: []byte("account,name,user_id,role,portfolio\n" + rows)}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// effective writes the key.
func effective(at time.Time) string { return "effective: " + at.Format(time.RFC3339) + "\n" }

func containsAll(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q lacks %q", text, p)
		}
	}
}

func names(vs []Version) (names []string) {
	for _, v := range vs {
		names = append(names, v.Name)
	}
	return names
}

func accounts(ns []Notice) (names []string) {
	for _, n := range ns {
		names = append(names, n.Account)
	}
	slices.Sort(names)
	return names
}
