package gateway

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// changing is a Server without sockets, in a time of its own, whose policy is
// changed at random.
type changing struct {
	*rapid.T
	server     *Server
	controller *traffic.Controller
	now        atomic.Int64
	labels     int
	rules      map[string]traffic.Rules
	counter    uint64
}

func newChanging(t *rapid.T, dir string) *changing {
	w := &changing{T: t, rules: map[string]traffic.Rules{}}
	w.now.Store(1_800_000_000_000_000_000)
	j, err := journal.Open(dir, journal.Options{Environment: "test", Gather: 1, Now: w.now.Load})
	if err != nil {
		t.Fatal(err)
	}
	first := w.draw("first")
	w.rules[""] = first
	if w.controller, err = traffic.New(first, traffic.Start{At: w.now.Load()}); err != nil {
		t.Fatal(err)
	}
	w.server, err = New(Config{
		Listen: "127.0.0.1:0", DSP: "http://dsp:80", Clock: w.now.Load, Journal: j,
		Conduct: Conduct{Services: []string{"/"}, Directory: &Directory{}},
	}, w.controller)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *changing) draw(what string) traffic.Rules {
	r := rulesBy(rand.New(rand.NewPCG(rapid.Uint64().Draw(w.T, what), 0)))
	r.Activate = rapid.Bool().Draw(w.T, "active by hand")
	r.Withhold = rapid.Bool().Draw(w.T, "withheld")
	r.Mode = traffic.Mode(rapid.IntRange(0, 1).Draw(w.T, "mode"))
	return r
}

// change replaces the plan.
func (w *changing) change(*rapid.T) {
	from := w.now.Load() - int64(time.Second)
	var plan []Change
	for range rapid.IntRange(0, 4).Draw(w.T, "steps") {
		from += rapid.Int64Range(0, int64(time.Second)).Draw(w.T, "later")
		w.labels++
		label := fmt.Sprintf("P%d", w.labels)
		c := Change{From: from, Rules: w.draw("rules"), Conduct: Conduct{Services: []string{"/" + label}, Directory: &Directory{}}}
		if rapid.Bool().Draw(w.T, "another policy") {
			c.Policy = &journal.Policy{Name: label, Digest: label}
		}
		c.Terms = termsOf(c.Rules)
		for i := range c.Terms {
			c.Terms[i].PolicyName = label
		}
		w.rules[label] = c.Rules
		plan = append(plan, c)
	}
	if err := w.server.Change(plan...); err != nil {
		w.Fatal(err)
	}
}

func (w *changing) admit(*rapid.T) {
	w.now.Add(rapid.Int64Range(0, int64(30*time.Millisecond)).Draw(w.T, "passes"))
	for range rapid.IntRange(1, 20).Draw(w.T, "requests") {
		w.counter++
		d := &journal.Decision{ID: duis.RequestID{Originator: originator(rapid.IntRange(0, userIDs-1).Draw(w.T, "user")), Counter: w.counter}}
		w.server.recorder.admit(w.now.Load(), d)
	}
}

func (w *changing) wait(*rapid.T) {
	w.server.Advance(w.now.Add(rapid.Int64Range(0, int64(2*time.Second)).Draw(w.T, "passes")))
}

// check says what always holds: mechanism, Conduct and what is recorded as being
// in force are of one policy.
func (w *changing) check(*rapid.T) {
	r, s := w.server.recorder, w.controller.Snapshot(nil)
	if r.force.number != s.Policy || !sameRules(r.force.rules, s.Rules) {
		w.Fatalf("the recorder has policy %d in force, the Controller %d", r.force.number, s.Policy)
	}
	label := r.manners.Load().Services[0][1:]
	if !sameRules(w.rules[label], s.Rules) {
		w.Fatalf("the door conducts itself as %q says, the rules are others", label)
	}
	for i, st := range r.plan {
		if st.boundary <= s.At || i == 0 && r.next.Load() != st.boundary {
			w.Fatalf("step %d of the plan is to come at %d; it is %d, and the next is at %d", i, st.boundary, s.At, r.next.Load())
		}
	}
}

// Whatever is planned, changed and asked in whatever order: the journal agrees
// with what was decided.
func TestTheJournalAgreesAcrossChanges(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "journal")
		if err != nil {
			r.Fatal(err)
		}
		w := newChanging(r, dir)
		begin := w.now.Load()
		active, _ := w.controller.Active()
		r.Repeat(map[string]func(*rapid.T){"change": w.change, "admit": w.admit, "wait": w.wait, "": w.check})
		if err := w.server.cfg.Journal.Close(); err != nil {
			r.Fatal(err)
		}
		v, err := journal.Verify(dir, journal.Checks{})
		if err != nil || len(v.Problems) > 0 {
			r.Fatalf("the journal: %v, %v", v.Problems, err)
		}
		a := newAuditor(r, w.rules, begin)
		a.active = active
		a.audit(recordsIn(t, dir))
		if a.broken > 0 {
			r.Fatalf("of %d requests within the allocation %d were refused", a.within, a.broken)
		}
		if a.settled && a.number != w.server.recorder.force.number {
			r.Fatalf("the journal ends with policy %d; in force is %d", a.number, w.server.recorder.force.number)
		}
	})
}
