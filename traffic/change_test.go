package traffic

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A change of policy: forwarded in (s, t] ≤ B in force at s + ∫T dt + the largest
// deal; and the guarantee holds throughout, by reference buckets that follow the
// changes. Ten changes a second, of everything but the slot.
func TestChangeOfPolicy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := chance(t)
		r := anyRules(rng)
		as := anyAsked(rng, r)
		base, extend := r, rng.IntN(2) == 0 // half of the cases bring extensions and take them away
		c, err := New(r, Start{})
		if err != nil {
			t.Fatal(err)
		}
		watch := newChangeWatch(r)
		every := int64(100 * time.Millisecond)
		for next := every; len(as) > 0; {
			if as[0].at >= next {
				base = otherRules(rng, base)
				if r = base; extend {
					const suspended = 1 << 10 // of which nothing is promised
					r = extended(rng, base, rng.Uint32()&rng.Uint32()&^suspended)
				}
				c.Advance(next - int64(r.Slot)) // so that the change takes effect at next
				if _, err := c.Change(Planned{Rules: r}); err != nil {
					t.Fatalf("change: %v", err)
				}
				c = handOver(t, c.Snapshot(nil).Rules, c)
				c.Advance(next)
				watch.change(r, next)
				next += every
				continue
			}
			if d, ok := c.Admit(as[0].at, as[0].Request); ok {
				watch.see(t, r, d)
			}
			as = as[1:]
		}
	})
}

// changeWatch judges decisions from outside while the policy changes.
type changeWatch struct {
	references map[string]*Reference
	begin      int64 // of the policy in force
	inForce    Rate  // its threshold
	dealt      Amount
	bound      Amount
	largest    Amount // deal so far
	sum        Amount
	limit      Amount // by how much what is exempt could go beyond, at its most so far
	lows       []low
}

// low is a moment from which the bound may be reckoned: what had been forwarded,
// less what had been dealt, and B then.
type low struct{ level, bound Amount }

func newChangeWatch(r Rules) *changeWatch {
	w := &changeWatch{references: map[string]*Reference{}}
	for _, a := range r.Accounts {
		w.references[a.Name] = NewReference(r, a.Allocation, 0)
	}
	w.obey(r, 0)
	return w
}

func (w *changeWatch) obey(r Rules, at int64) {
	w.begin, w.inForce = at, r.Threshold
	w.bound, _ = r.Bound()
	w.largest = max(w.largest, r.Threshold.Over(r.Slot))
	w.limit = max(w.limit, r.Limit())
}

// note remembers this moment, before a request is forwarded, if it could make
// the bound tighter.
func (w *changeWatch) note(dealt Amount) {
	now := low{w.sum - dealt, w.bound}
	w.lows = slices.DeleteFunc(w.lows, func(l low) bool { return l.level+l.bound >= now.level+now.bound })
	w.lows = append(w.lows, now)
}

func (w *changeWatch) change(r Rules, at int64) {
	w.dealt += w.inForce.Over(time.Duration(at - w.begin))
	w.obey(r, at)
	for _, a := range r.Accounts {
		if b := w.references[a.Name]; b != nil {
			b.Change(r, a.Allocation, at)
		} else {
			b := NewReference(r, a.Allocation, at-int64(r.Slot))
			b.Empty()
			w.references[a.Name] = b
		}
	}
	for name := range w.references {
		if !slices.ContainsFunc(r.Accounts, func(a Account) bool { return a.Name == name }) {
			delete(w.references, name)
		}
	}
}

func (w *changeWatch) see(t *rapid.T, r Rules, d Decision) {
	name := r.Accounts[d.Account].Name
	if d.Reason != Held && w.references[name].TakeAbove(d.At, d.Cost, d.Kept) && d.Verdict != Forward {
		t.Fatalf("%s refused within its allocation: %+v", name, d)
	}
	if d.Verdict != Forward {
		return
	}
	dealt := w.dealt + w.inForce.Over(time.Duration(d.At-w.begin))
	w.note(dealt)
	w.sum += d.Cost
	for _, l := range w.lows {
		if over := w.sum - dealt - l.level - l.bound - w.limit - w.largest; over > 100 { // dealt is rounded down at each change
			t.Fatalf("the bound is broken by %v: %+v", over, d)
		}
	}
}

// After a restart property 2 allows ΣD more, whatever was forwarded before it.
func TestRestart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, as := drawn(t)
		_, depths := r.Bound()
		p := newProtection(r, depths)
		down := chance(t).Int64N(int64(8 * time.Second))
		c, err := New(r, Start{})
		if err != nil {
			t.Fatal(err)
		}
		var dealt Amount // since the restart
		restarted := false
		for _, a := range as {
			if a.at >= down && !restarted {
				restarted = true
				if c, err = New(r, Start{At: down, Restart: true}); err != nil {
					t.Fatal(err)
				}
			}
			d, _ := c.Admit(a.at, Request{User: userOf(a.user), Cost: a.cost})
			if d.Verdict == Forward {
				if over := p.forwarded(d.At, d.Cost); over > 0 {
					t.Fatalf("the bound is broken by %v: %+v", over, d)
				}
			}
			dealt = r.Threshold.Over(r.Slot) * Amount(d.Slot-down/int64(r.Slot))
			if restarted && d.Activated && dealt < r.Threshold.Over(r.Burst)/2 {
				t.Fatalf("activated when only %v had been dealt since the restart: %+v", dealt, d)
			}
		}
	})
}

// What cannot be is refused, and says what is wrong.
func TestImportRefuses(t *testing.T) {
	r := national(20)
	for _, row := range []struct {
		sentence, want string
		spoil          func(*State)
	}{
		{"rules with another bound", "belongs to rules with a bound", func(s *State) { s.Bound++ }},
		{"an account with another depth", "and the rules one of", func(s *State) { s.Account[0].Depth++ }},
		{"a bucket fuller than its depth", "is not within its depth", func(s *State) { s.Account[0].Assured = s.Account[0].Assured*2 + 1 }},
		{"a bucket below zero", "is not within its depth", func(s *State) { s.Account[1].Assured = -1 }},
		{"more in all than the bound", "hold more than the bound", func(s *State) { s.Account[2].Spare = SR }},
		{"an account that the rules do not have", `where the rules have "A0"`, func(s *State) { s.Account[0].Name = "Z" }},
		{"an account too few", "2 accounts where the rules have 20", func(s *State) { s.Account = s.Account[:2] }},
		{"a window of another length", "offered has 99 slots", func(s *State) { s.Offered = s.Offered[1:] }},
		{"a negative offer", "slot 5 of the last second", func(s *State) { s.Offered[5] = -1 }},
		{"a slot that is not the time's", "do not fit together", func(s *State) { s.Slot = -3 }},
		{"a pool further below zero than any", "outside its bounds", func(s *State) { s.Pool = -MaxRate.Over(MaxBurst) - 1 }},
		{"hunger in the future", "in the future", func(s *State) { s.Account[0].LastAsked = s.Slot + 1 }},
		{"a change of policy that cannot work", "that the state awaits", func(s *State) { s.Plan = []Planned{{}} }},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			s := mustNew(t, r).Export()
			row.spoil(&s)
			if _, err := Import(r, s); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Fatalf("got %v, want %q", err, row.want)
			}
		})
	}
}

// A change that cannot work changes nothing and says every reason.
func TestChangeRefuses(t *testing.T) {
	r := national(20)
	c := mustNew(t, r)
	bad := r
	bad.Release, bad.Hold = bad.Threshold, 0
	if _, err := c.Change(Planned{Rules: bad}); err == nil || !strings.Contains(err.Error(), "release") || !strings.Contains(err.Error(), "hold") {
		t.Errorf("got %v", err)
	}
	bad = r
	bad.Slot = 20 * time.Millisecond
	if _, err := c.Change(Planned{Rules: bad}); err == nil || !strings.Contains(err.Error(), "restart") {
		t.Errorf("got %v", err)
	}
	c.Advance(int64(time.Second))
	if s := c.Snapshot(nil); s.Policy != 1 {
		t.Errorf("policy %d is in force", s.Policy)
	}
}

// One unit short is short: a bucket or pool that lacks 10⁻⁹ of a request does not
// hold it, and one that has it does.
func TestOneUnitShort(t *testing.T) {
	r := national(20)
	for _, row := range []struct {
		assured, spare, pool Amount
		reason               Reason
	}{
		{SR, 0, 0, WithinAllocation},
		{SR - 1, SR, 0, Spare},
		{SR - 1, SR - 1, SR, Spare},
		{SR - 1, SR - 1, SR - 1, OverAllocation},
	} {
		s := mustNew(t, r).Export()
		s.Account[0].Assured, s.Account[0].Spare, s.Pool = row.assured, row.spare, row.pool
		c, err := Import(r, s)
		if err != nil {
			t.Fatal(err)
		}
		if d, _ := c.Admit(0, Request{User: userOf(0)}); d.Reason != row.reason {
			t.Errorf("assured %v, spare %v, pool %v: %v, want %v", row.assured, row.spare, row.pool, d.Reason, row.reason)
		}
	}
}
