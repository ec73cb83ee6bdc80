package amendment

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"srtm/disk"
)

var errKilled = errors.New("killed")

// mortal is a disk that does so many things and then none any more; what it
// was writing then is left half written.
type mortal struct {
	disk.Real
	left int
	torn bool // what fails is done all the same: the process died after it
}

func (m *mortal) dies() bool {
	m.left--
	return m.left < 0
}

func (m *mortal) Write(path string, text []byte) error {
	if m.dies() {
		if m.left == -1 {
			_ = m.Real.Write(path, text[:len(text)/2])
		}
		return errKilled
	}
	return m.Real.Write(path, text)
}

func (m *mortal) MakeFolder(path string) error {
	return m.maybe(func() error { return m.Real.MakeFolder(path) })
}

func (m *mortal) Rename(from, to string) error {
	return m.maybe(func() error { return m.Real.Rename(from, to) })
}

func (m *mortal) SyncFolder(path string) error {
	return m.maybe(func() error { return m.Real.SyncFolder(path) })
}

func (m *mortal) Remove(path string) error {
	return m.maybe(func() error { return m.Real.Remove(path) })
}

func (m *mortal) maybe(do func() error) error {
	if m.dies() {
		if m.torn && m.left == -1 {
			_ = do()
		}
		return errKilled
	}
	return do()
}

// seen is what can be told apart from outside.
func seen(r *Register) string {
	var text strings.Builder
	for _, v := range r.History() {
		fmt.Fprint(&text, v.Name, v.From, v.Withdrawn != nil, v.Approvals, v.Adopted, "\n")
	}
	for _, p := range r.Pending() {
		fmt.Fprint(&text, p.Name, p.Awaits, p.Approvals, "\n")
	}
	for _, n := range r.Notices("") {
		n.Reference = 0 // where it was recorded is no part of the state
		fmt.Fprintf(&text, "%+v\n", n)
	}
	for _, c := range r.Challenges() {
		fmt.Fprint(&text, c.ID, c.Account, c.Said.Why, c.Answer != nil, "\n")
	}
	return text.String()
}

// TestKilledBetweenAnyTwoWrites takes each step with a disk that dies after
// nothing, one, two … writes, and opens what is left.
func TestKilledBetweenAnyTwoWrites(t *testing.T) {
	first, next := made(t, "first", quick, half), made(t, "next", quick, more)
	waits := made(t, "waits", quick+"approval: two", half)
	later := made(t, "later", quick+effective(monday.Add(time.Hour)), half)
	unfit := made(t, "unfit", "slot: 20ms", half)
	for _, c := range []struct {
		step string
		do   func(r *Register) error
	}{
		{"a proposal that is accepted", func(r *Register) error { _, err := r.Propose(next, ann, "so", ProposeOptions{}); return err }},
		{"an approval", func(r *Register) error { _, err := r.Approve(waits.Digest, bob, "so"); return err }},
		{"a refusal", func(r *Register) error { _, err := r.Propose(unfit, ann, "so", ProposeOptions{}); return err }},
		{"taking back a proposal", func(r *Register) error { return r.Withdraw(waits.Digest, ann, "so") }},
		{"taking back a version to come", func(r *Register) error { return r.Withdraw(later.Digest, ann, "so") }},
		{"a challenge", func(r *Register) error { _, err := r.Challenge("A", ann, "no"); return err }},
		{"coming into force", func(r *Register) error { r.Adopted(first.Digest, monday); return nil }},
		{"a start with another file", func(r *Register) error { _, _, err := r.Start(next); return err }},
	} {
		for _, torn := range []bool{false, true} {
			t.Run(fmt.Sprint(c.step, torn), func(t *testing.T) {
				w := open(t)
				w.begins(first)
				w.proposes(waits, ProposeOptions{})
				w.proposes(later, ProposeOptions{})
				killed(t, w, c.do, torn)
			})
		}
	}
}

// killed takes a step on copies of a world's folder, each with a disk that dies
// one write later, and compares what is left with the world before and after.
func killed(t *testing.T, w *world, do func(*Register) error, torn bool) {
	before, said, saved := seen(w.Register), len(w.events), t.TempDir()
	if err := os.CopyFS(saved, os.DirFS(w.dir)); err != nil {
		t.Fatal(err)
	}
	after := w.played(do)
	whole := w.events[said:]
	if len(whole) == 0 {
		t.Fatal("the step does nothing")
	}
	for left := 0; ; left++ {
		k := &world{TB: t, dir: t.TempDir(), at: monday}
		if err := os.CopyFS(k.dir, os.DirFS(saved)); err != nil {
			t.Fatal(err)
		}
		m := &mortal{left: left, torn: torn}
		o := k.options()
		o.disk = m
		r, err := Open(k.dir, o)
		if err != nil {
			t.Fatal(err)
		}
		if err = do(r); m.left >= 0 {
			return
		}
		if !errors.Is(err, errKilled) && err != nil && !errors.As(err, new(*Refusal)) {
			t.Error(err)
		}
		during := len(k.events)
		k.reopen()
		switch got := seen(k.Register); {
		case got == before && before != after:
			if during > 0 || len(k.events) > 0 {
				t.Errorf("after %d writes nothing was done, and %s recorded", left, k.kinds())
			}
		case got != after:
			t.Errorf("after %d writes it is neither as before nor as after:\n%s\nbut\n%s", left, before, got)
		default:
			tells(t, k.events, whole, before == after)
		}
	}
}

// played takes a step with a good disk and returns what is seen then.
func (w *world) played(do func(*Register) error) string {
	w.Helper()
	if err := do(w.Register); err != nil && !errors.As(err, new(*Refusal)) {
		w.Fatal(err)
	}
	return seen(w.Register)
}

// tells fails unless the events, each taken once, are those of the whole step.
func tells(t *testing.T, got, whole []Event, maybe bool) {
	t.Helper()
	var once []Event
	for _, e := range got {
		if len(once) == 0 || e.Number > once[len(once)-1].Number {
			once = append(once, e)
		}
	}
	if maybe && len(once) == 0 {
		return
	}
	if len(once) != len(whole) {
		t.Errorf("%d events of %d were recorded", len(once), len(whole))
		return
	}
	for i := range once {
		if a, b := once[i], whole[i]; a.Number != b.Number || a.Kind != b.Kind || a.Digest != b.Digest || !a.At.Equal(b.At) || !reflect.DeepEqual(a.Files, b.Files) {
			t.Errorf("event %d is %+v and should be %+v", i, a, b)
		}
	}
}

func TestKilledWhileItBegins(t *testing.T) {
	for left := 0; ; left++ {
		dir := filepath.Join(t.TempDir(), "data", "policies")
		m := &mortal{left: left}
		_, err := Open(dir, Options{disk: m})
		if err == nil {
			return
		}
		if !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		if _, err := Open(dir, Options{}); err != nil {
			t.Errorf("killed after %d: %v", left, err)
		}
	}
}

// TestADiskThatFailsForAWhile: what failed is not done, also after a restart, and
// the register goes on.
func TestADiskThatFailsForAWhile(t *testing.T) {
	w := open(t)
	first, next := made(t, "first", quick, half), made(t, "next", quick, more)
	w.begins(first)
	for left := range 20 {
		m := &mortal{left: left}
		w.Register.disk = m
		_, err := w.Propose(next, ann, "so", ProposeOptions{})
		if m.left >= 0 || err == nil {
			break
		}
		w.Register.disk = disk.Real{}
		w.holds(monday, first)
		if _, err := w.Challenge("A", ann, fmt.Sprint(left)); err != nil {
			t.Fatal(err)
		}
		w.after(time.Hour / MaxHourly)
		w.reopen()
		w.holds(monday, first)
	}
	w.Register.disk = disk.Real{}
	w.reopen()
	w.holds(w.at, next)
}

// clumsy is a disk of which one thing fails, after it was done.
type clumsy struct {
	disk.Real
	left int
}

func (c *clumsy) SyncFolder(path string) error {
	if c.left--; c.left == 0 {
		return errors.Join(errKilled, c.Real.SyncFolder(path))
	}
	return c.Real.SyncFolder(path)
}

// TestWhatFailedIsNotDoneAfterAll: the state had its new name already.
func TestWhatFailedIsNotDoneAfterAll(t *testing.T) {
	first, next := made(t, "first", quick, half), made(t, "next", quick, more)
	for n := 1; ; n++ {
		w := open(t)
		w.begins(first)
		c := &clumsy{left: n}
		w.Register.disk = c
		_, err := w.Propose(next, ann, "so", ProposeOptions{})
		want := first
		if err == nil {
			want = next
		}
		w.holds(monday, want)
		w.reopen()
		w.holds(monday, want)
		if c.left > 0 {
			return
		}
	}
}
