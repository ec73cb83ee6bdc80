package traffic

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// extension is one thing that a policy may add.
type extension struct {
	name string
	add  func(rng *rand.Rand, r *Rules)
}

func extensions() []extension {
	anyone := func(rng *rand.Rand, r *Rules) *Account { return &r.Accounts[rng.IntN(len(r.Accounts))] }
	treat := func(r *Rules, variant string, change func(*Treatment)) {
		how := r.Variants[variant]
		change(&how)
		r.Variants[variant] = how
	}
	return []extension{
		{"shadow for all", func(_ *rand.Rand, r *Rules) { r.Mode = ModeShadow }},
		{"shadow for one", func(rng *rand.Rand, r *Rules) { anyone(rng, r).Shadow = true }},
		{"spare withheld", func(_ *rand.Rand, r *Rules) { r.Withhold = true }},
		{"cost by variant", func(rng *rand.Rand, r *Rules) {
			r.Cost = oneOf(rng, 0, SR, SR/2)
			treat(r, "4.8.1", func(t *Treatment) { t.Cost = oneOf(rng, 3*SR, 2*SR, MinCost) })
		}},
		{"exempt variants", func(_ *rand.Rand, r *Rules) { treat(r, "7.1", func(t *Treatment) { t.Exempt = true }) }},
		{"priority", func(rng *rand.Rand, r *Rules) {
			r.Keep = []Fraction{Whole / Fraction(2+rng.IntN(20)), Whole / Fraction(3+rng.IntN(20))}
			treat(r, "2.2", func(t *Treatment) { t.Rank = 1 })
			treat(r, "7.1", func(t *Treatment) { t.Rank = 2 })
		}},
		{"critical commands finished", func(rng *rand.Rand, r *Rules) {
			r.FinishCritical = oneOf(rng, 50*time.Millisecond, time.Second, time.Minute)
		}},
		{"an account held", func(rng *rand.Rand, r *Rules) {
			a := anyone(rng, r)
			a.Held, a.Hold = true, oneOf(rng, 0, a.Allocation/2, a.Allocation, 2*a.Allocation)
		}},
		{"an account exempt", func(rng *rand.Rand, r *Rules) { anyone(rng, r).Exempt = true }},
		{"held active", func(_ *rand.Rand, r *Rules) { r.Activate = true }},
		{"suspended", func(rng *rand.Rand, r *Rules) { r.Mode = oneOf(rng, ModeSuspended, ModeOff) }},
		{"closed", func(rng *rand.Rand, r *Rules) {
			r.Closed, r.Until, r.Threshold, r.Release = true, oneOf(rng, 0, int64(5*time.Second)), 0, 0
			for i := range r.Accounts {
				r.Accounts[i].Allocation = 0
			}
		}},
	}
}

// extended returns r with the extensions whose bits are set in which.
// Where these cannot work, as when few large requests a second need a longer burst
// than there is, it returns r as it was.
func extended(rng *rand.Rand, was Rules, which uint32) Rules {
	r := was.clone()
	r.Mode, r.Withhold, r.Cost, r.Keep, r.FinishCritical, r.Activate, r.Closed, r.Until = 0, false, 0, nil, 0, false, false, 0
	r.Variants = map[string]Treatment{}
	r.Margin = r.Threshold / Rate(5+rng.IntN(10))
	r.LargestCost = 3 * SR
	for i := range r.Accounts {
		a := &r.Accounts[i]
		a.Shadow, a.Exempt, a.Held, a.Hold = false, false, false, 0
	}
	for i, e := range extensions() {
		if which>>i&1 == 1 {
			e.add(rng, &r)
		}
	}
	for r.Burst < MaxBurst && len(r.Check()) > 0 {
		r.Burst *= 2
	}
	if len(r.Check()) > 0 {
		return was
	}
	return r
}

// asked is a request at a time.
type asked struct {
	at int64
	Request
}

// anyAsked draws requests of several variants; among them critical commands,
// whose second message comes some time after the first.
func anyAsked(rng *rand.Rand, r Rules) []asked {
	var all []asked
	for i, a := range anyArrivals(rng, r) {
		q := a.request()
		if rng.IntN(4) > 0 {
			q.Cost = 0
		}
		q.Variant = oneOf(rng, "1.1.1", "2.2", "4.8.1", "7.1", "4.8.1", "")
		switch n := len(all); rng.IntN(6) {
		case 0:
			q.Command, q.Target, q.Counter = 4, 7, uint64(i)
		case 1, 2:
			if first := all[max(0, n-1-rng.IntN(200)):]; n > 0 && first[0].Command == 4 {
				q.User, q.Command, q.Target, q.Counter = first[0].User, uint8(5+rng.IntN(3)), 7, first[0].Counter
			}
		}
		all = append(all, asked{a.at, q})
	}
	return all
}

// aloneAndInPairs runs a property with every extension on, alone and with every
// other, over random policies and traffic.
func aloneAndInPairs(t *testing.T, property func(t *testing.T, base, r Rules, all []asked)) {
	const seeds = 3
	list := extensions()
	for i := range list {
		for j := range list[:i+1] {
			t.Run(list[i].name+" and "+list[j].name, func(t *testing.T) {
				for seed := range uint64(seeds) {
					rng := rand.New(rand.NewPCG(seed, uint64(i*len(list)+j)))
					base := anyRules(rng)
					r := extended(rng, base, 1<<i|1<<j)
					if faults := r.Check(); len(faults) > 0 {
						t.Fatalf("seed %d drew rules that cannot work: %v", seed, faults)
					}
					property(t, base, r, anyAsked(rng, base))
				}
			})
		}
	}
}

// Properties 1, 2, 3 and 9 as the extensions' paragraphs say they then read.
func TestPropertiesWithExtensions(t *testing.T) {
	aloneAndInPairs(t, func(t *testing.T, _, r Rules, all []asked) {
		c := mustNew(t, r)
		references, holds := referencesOf(r), holdsOf(r)
		p := newProtection(r, r.Limit())
		open := r.Mode == ModeOff || r.Mode == ModeSuspended
		for _, q := range all {
			d, _ := c.Admit(q.at, q.Request)
			within := !open && holds.pass(d) && references[d.Account].TakeAbove(d.At, d.Cost, d.Kept)
			switch {
			case within && !r.Closed && d.Verdict != Forward:
				t.Fatalf("refused within its allocation: %+v", d)
			case d.Kept != r.Kept(d.Depth, r.Variants[q.Variant].Rank):
				t.Fatalf("%v kept from %q: %+v", d.Kept, q.Variant, d)
			case d.Verdict != Forward && !d.Active && !d.Activated && d.Reason != Held && d.Reason != Closed:
				t.Fatalf("refused while inactive: %+v", d)
			case d.Activated && d.Pool >= d.Cost:
				t.Fatalf("activated without need: %+v", d)
			}
			if d.Verdict != Forward || open {
				continue
			}
			if over := p.forwarded(d.At, d.Cost); over > 0 {
				t.Fatalf("the bound is broken by %v: %+v", over, d)
			}
		}
	})
}

// holds are the buckets of the accounts that are held, for judging from outside,
// and nil for the others.
type holds []*bucket

// pass says whether a decision's account is not held, or its bucket held the
// cost, and has it pay for what was forwarded.
func (hs holds) pass(d Decision) bool {
	h := hs[d.Account]
	if h == nil {
		return true
	}
	h.refill(d.Slot)
	held := h.tokens >= d.Cost
	if d.Verdict == Forward && d.Reason != Off && d.Reason != Suspended {
		h.tokens -= d.Cost
	}
	return held
}

func holdsOf(r Rules) holds {
	holds := make(holds, len(r.Accounts))
	for i, a := range r.Accounts {
		if a.Held {
			holds[i] = &bucket{tokens: r.HoldDepth(a.Hold), depth: r.HoldDepth(a.Hold), topUp: a.Hold.Over(r.Slot)}
		}
	}
	return holds
}

// The mechanism decides as the specification says, with every extension, alone
// and in pairs, and with changes of policy that bring any of them and take them
// away, and hand-overs in between.
func TestDecidesAsTheSpecificationSaysWithExtensions(t *testing.T) {
	seen := map[Reason]int{}
	aloneAndInPairs(t, func(t *testing.T, base, r Rules, all []asked) {
		rng := rand.New(rand.NewPCG(uint64(len(all)), 3))
		start := Start{Restart: len(all)%3 == 0}
		controller, err := New(r, start)
		if err != nil {
			t.Fatal(err)
		}
		c := &comparison{rng: rng, policy: 1, controller: controller, model: newModel(r, start), base: base, extend: true}
		next := int64(700 * time.Millisecond)
		for _, q := range all {
			for ; q.at >= next && len(all)%2 == 0; next += int64(700 * time.Millisecond) {
				c.change(t, next)
			}
			if rng.IntN(100) == 0 {
				c.controller = handOver(t, c.controller.Snapshot(nil).Rules, c.controller)
			}
			if d, ok := c.compare(t, q.at, q.Request); ok {
				seen[d.Reason]++
			}
		}
	})
	for r := range Reason(Reasons) {
		if seen[r] == 0 {
			t.Errorf("no decision was made for the reason %v", r)
		}
	}
}

// In shadow the same is decided as if it were enforced, to the last number; only
// nothing is refused.
func TestShadowDecidesAsIfItWereEnforced(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 5))
		r := extended(rng, anyRules(rng), rng.Uint32()&^(1<<0|1<<1))
		all := anyAsked(rng, r)
		enforced := mustNew(t, r)
		r.Mode = max(r.Mode, ModeShadow) // off and suspended stay what they are
		shadowed := mustNew(t, r)
		for _, q := range all {
			a, _ := enforced.Admit(q.at, q.Request)
			b, _ := shadowed.Admit(q.at, q.Request)
			if b.Verdict == Throttle {
				t.Fatalf("seed %d: refused in shadow: %+v", seed, b)
			}
			if b.Verdict == Shadow {
				b.Verdict = Throttle
			}
			if a != b {
				t.Fatalf("seed %d: enforced\n%+v\nin shadow\n%+v", seed, a, b)
			}
		}
		was, is := enforced.Snapshot(nil), shadowed.Snapshot(nil)
		for i := range was.Accounts {
			if a, b := was.Accounts[i].Counts, is.Accounts[i].Counts; a.Of(Throttle) != b.Of(Shadow) || a.Of(Forward) != b.Of(Forward) || b.Of(Throttle) != (Count{}) {
				t.Fatalf("seed %d: counts %+v, in shadow %+v", seed, a, b)
			}
		}
	}
}

// While spare is withheld and traffic management is active, whoever the assured
// bucket does not pay for is refused.
func TestWithheldSpareGoesToNobody(t *testing.T) {
	refused := 0
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 6))
		r := anyRules(rng)
		r.Withhold = true
		c := mustNew(t, r)
		for _, q := range anyAsked(rng, r) {
			d, _ := c.Admit(q.at, q.Request)
			if d.Active && (d.Reason == Spare || d.Spare != 0) {
				t.Fatalf("seed %d: spare while active: %+v", seed, d)
			}
			if d.Verdict == Throttle && d.Pool >= d.Cost {
				refused++
			}
		}
	}
	if refused == 0 {
		t.Error("nothing was refused that a pool could have paid for: this shows little")
	}
}

// A plan is obeyed to the boundary, however seldom anybody asks; a later plan
// takes the place of an earlier one.
func TestPlan(t *testing.T) {
	r := national(20)
	c := mustNew(t, r)
	smaller := func(by Rate) Rules {
		s := r.clone()
		s.Threshold -= by
		s.Accounts[0].Allocation -= by
		return s
	}
	at, err := c.Change(Planned{int64(time.Hour) + 1, smaller(PerSecond)}, Planned{int64(2 * time.Hour), smaller(2 * PerSecond)}, Planned{int64(2*time.Hour) + 5, smaller(3 * PerSecond)})
	if want := []int64{int64(time.Hour) + 10*ms, int64(2 * time.Hour), int64(2*time.Hour) + 10*ms}; err != nil || fmt.Sprint(at) != fmt.Sprint(want) {
		t.Fatalf("to be obeyed from %v (%v), want %v", at, err, want)
	}
	for _, row := range []struct {
		at     int64
		policy uint32
	}{{at[0] - 1, 1}, {at[0], 2}, {at[1] - 1, 2}, {at[1], 3}, {at[2], 4}} {
		d, _ := c.Admit(row.at, Request{User: userOf(0)})
		if d.Policy != row.policy || d.Allocation != r.Accounts[0].Allocation-Rate(row.policy-1)*PerSecond {
			t.Errorf("at %d policy %d with an allocation of %v", row.at, d.Policy, d.Allocation)
		}
	}
	if _, err := c.Change(Planned{5, r}, Planned{4, r}); err == nil {
		t.Error("a plan that is not in order of time was accepted")
	}
	if at, err := c.Change(Planned{From: 0, Rules: r}); err != nil || at[0] != int64(2*time.Hour)+20*ms {
		t.Errorf("at once is %v (%v)", at, err)
	}
	if _, err := c.Change(); err != nil {
		t.Error(err)
	}
	c.Advance(int64(3 * time.Hour))
	if policy := c.Snapshot(nil).Policy; policy != 4 {
		t.Errorf("a plan that was taken back was obeyed: policy %d", policy)
	}
}
