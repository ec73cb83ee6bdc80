package act

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"srtm/disk"
)

var errKilled = errors.New("killed")

// mortal is a disk that does so many things and then none any more; what it was
// writing then is left half written, and with torn what fails is done all the same.
type mortal struct {
	disk.Real
	left int
	torn bool
}

func (m *mortal) do(thing func() error) error {
	m.left--
	if m.left >= 0 {
		return thing()
	}
	if m.torn && m.left == -1 {
		_ = thing()
	}
	return errKilled
}

func (m *mortal) Write(path string, text []byte) error {
	if m.left == 0 && !m.torn {
		m.left--
		return errors.Join(errKilled, m.Real.Write(path, text[:len(text)/2]))
	}
	return m.do(func() error { return m.Real.Write(path, text) })
}

func (m *mortal) Rename(from, to string) error {
	return m.do(func() error { return m.Real.Rename(from, to) })
}

func (m *mortal) SyncFolder(path string) error {
	return m.do(func() error { return m.Real.SyncFolder(path) })
}

func (m *mortal) MakeFolder(path string) error {
	return m.do(func() error { return m.Real.MakeFolder(path) })
}

// seen is what can be told apart from outside.
func seen(d *desk) string {
	text, err := json.Marshal([][]Act{d.Running(), d.Waiting(), d.History()})
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text)
}

// TestKilledBetweenAnyTwoWrites takes each step with a disk that dies after nothing,
// one, two … writes: what is left is as before or as after, and what was done is
// recorded.
func TestKilledBetweenAnyTwoWrites(t *testing.T) {
	steps := map[string]func(*desk) error{
		"asking":      func(d *desk) error { _, err := d.Ask(smaller(t), "Olga"); return err },
		"approving":   func(d *desk) error { _, err := d.Approve(1, "Bob", ""); return err },
		"withdrawing": func(d *desk) error { _, err := d.Withdraw(1, "Bob", ""); return err },
		"referring":   func(d *desk) error { return d.Refer(3, "INC-1", "Bob", "") },
		"ending":      func(d *desk) error { _, err := d.End(2, "Bob", ""); return err },
	}
	for name, step := range steps {
		for _, torn := range []bool{false, true} {
			t.Run(fmt.Sprint(name, torn), func(t *testing.T) {
				for left := 0; ; left++ {
					if killed(t, step, &mortal{left: left, torn: torn}) {
						return
					}
				}
			})
		}
	}
}

// killed takes a step with a mortal disk, and tells whether that outlived it.
func killed(t *testing.T, step func(*desk) error, m *mortal) (whole bool) {
	t.Helper()
	d := open(t, "approval: two\npresets: [{name: half, capacity: 50/s, for: 4h}]")
	d.asks(smaller(t), "Olga")
	d.asks(Order{Preset: "half", Reason: "x"}, "Olga")
	if err := d.Flush(); err != nil {
		t.Fatal(err)
	}
	before, told := seen(d), len(d.events)
	twin := &desk{t: t, dir: filepath.Join(t.TempDir(), "acts"), at: night, policy: d.policy}
	if err := os.CopyFS(twin.dir, os.DirFS(d.dir)); err != nil {
		t.Fatal(err)
	}
	twin.reopen()
	if err := step(twin); err != nil {
		t.Fatal(err)
	}
	after := seen(twin)
	if err := twin.Flush(); err != nil {
		t.Fatal(err)
	}
	d.Register.disk = m
	err := step(d)
	if whole = m.left >= 0; whole != (err == nil) {
		t.Errorf("the disk lives: %v, and the step says %v", whole, err)
	}
	d.reopen()
	if err := d.Flush(); err != nil {
		t.Fatal(err)
	}
	switch got := seen(d); {
	case got != before && got != after:
		t.Errorf("with %d left it is neither as before nor as after:\n%s\nbut\n%s\nor\n%s", m.left, got, before, after)
	case got == after && got != before && len(d.events)-told != len(twin.events):
		t.Errorf("%d events were recorded of %d", len(d.events)-told, len(twin.events))
	case whole && got != after:
		t.Error("it was done and is not")
	}
	return whole
}

// TestAnActIsEndedThoughTheDiskFails, and it is kept as soon as that can be.
func TestAnActIsEndedThoughTheDiskFails(t *testing.T) {
	d := open(t, "")
	d.asks(smaller(t), "Olga")
	d.Register.disk = &mortal{}
	a, err := d.End(1, "Bob", "over")
	if a.State != Ended || err == nil || !strings.Contains(err.Error(), "act 1 is ended, and that could not be kept") || len(d.Hands()) > 0 {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := d.Ask(smaller(t), "Olga"); err == nil || IsRefusal(err) || len(d.Running()) > 0 {
		t.Error("an act is taken that is not kept", err)
	}
	d.Register.disk = disk.Real{}
	d.at = d.at.Add(time.Second)
	d.Pass()
	d.reopen()
	if len(d.Hands()) > 0 || d.History()[0].Over.By != "Bob" {
		t.Errorf("%+v", d.History())
	}
	if err := d.Flush(); err != nil || !strings.HasSuffix(d.said(), "BRAVO act 1 ended: BRAVO held to 5/s") {
		t.Error(d.said(), err)
	}
}

// TestDamage has a row for each thing that somebody can do to the file.
func TestDamage(t *testing.T) {
	again := func(old, new string) func(string) string {
		return func(text string) string {
			_, body, _ := strings.Cut(text, "\n")
			body = strings.Replace(body, old, new, 1)
			return magic + " " + disk.Hash([]byte(body)) + "\n" + body
		}
	}
	for _, c := range []struct {
		what, says string
		change     func(string) string
	}{
		{"it is empty", "its first line is not that of a register of acts by hand", func(string) string { return "" }},
		{"it is cut short", "it was changed", func(text string) string { return text[:len(text)-3] }},
		{"it says something else", "it was changed", func(text string) string { return strings.Replace(text, "Olga", "Otto", 1) }},
		{"it has another key", "it is not what this program writes", again(`"events"`, `"evens"`)},
		{"an act is out of order", "act 0 is out of order", again(`"id": 1`, `"id": 0`)},
		{"an act is in no state", "in a state that there is not", again(`"running"`, `"resting"`)},
		{"an act lasts longer than it says", "and not for", again(`"for": "1h"`, `"for": "2h"`)},
		{"an act lasts for ever", "and not for", again(`"for": "1h"`, `"for": "400d"`)},
	} {
		t.Run(c.what, func(t *testing.T) {
			d := open(t, "")
			d.asks(smaller(t), "Olga")
			path := filepath.Join(d.dir, stateFile)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(c.change(string(text))), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(d.dir, Options{}); err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "move the folder "+d.dir+" aside") {
				t.Error(err)
			}
		})
	}
}

// FuzzDecode: a state is what encode writes, or an error.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"events":0,"ids":0,"at":"0001-01-01T00:00:00Z"}`))
	f.Add([]byte(`{"events":1,"ids":1,"at":"2026-11-03T02:00:00Z","acts":[{"id":1,"capacity":"60/s","for":"1h","reason":"x","does":"capacity 60/s","state":"running",` +
		`"asked":{"by":"Olga","at":"2026-11-03T02:00:00Z"},"from":"2026-11-03T02:00:00Z","until":"2026-11-03T03:00:00Z"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := decode(append([]byte(magic+" "+disk.Hash(body)+"\n"), body...))
		if err != nil {
			return
		}
		d := draft{s, night}
		d.pass()
		s.prune()
		text, err := s.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decode(text); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	})
}
