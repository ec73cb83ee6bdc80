package traffic

import (
	"cmp"
	"fmt"
	"math/big"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Property 1: a request that finds its cost in a reference bucket is forwarded,
// without exception.
func TestGuarantee(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, as := drawn(t)
		references := referencesOf(r)
		play(t, r, as, func(_ *Controller, d Decision) {
			if references[d.Account].Take(d.At, d.Cost) && d.Verdict != Forward {
				t.Fatalf("refused within its allocation: %+v", d)
			}
		})
	})
}

func referencesOf(r Rules) []*Reference {
	var bs []*Reference
	for _, a := range r.Accounts {
		bs = append(bs, NewReference(r, a.Allocation, 0))
	}
	return bs
}

// Property 2: forwarded in any time t ≤ T × t + B + one slot's deal, without
// exception.
func TestProtection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, as := drawn(t)
		p := newProtection(r, 0)
		play(t, r, as, func(_ *Controller, d Decision) {
			if d.Verdict != Forward {
				return
			}
			if over := p.forwarded(d.At, d.Cost); over > 0 {
				t.Fatalf("the bound is broken by %v: %+v", over, d)
			}
		})
	})
}

// Property 3: while inactive nothing is refused, and nothing activates while the
// pool holds the cost.
func TestQuiet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, as := drawn(t)
		play(t, r, as, func(_ *Controller, d Decision) {
			switch {
			case d.Verdict == Throttle && !d.Active && !d.Activated:
				t.Fatalf("refused while inactive: %+v", d)
			case d.Activated && (d.Active || d.Verdict != Throttle || d.Pool >= d.Cost):
				t.Fatalf("activated without need: %+v", d)
			}
		})
	})
}

// Property 9: another program can recompute every decision from its numbers.
// This is that program: it shares no code with the mechanism.
func TestExplained(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, as := drawn(t)
		number := uint64(0)
		refusals, second := map[int32]uint32{}, int64(0) // of this second
		play(t, r, as, func(_ *Controller, d Decision) {
			number++
			if s := d.At / int64(time.Second); s != second {
				clear(refusals)
				second = s
			}
			if d.Verdict == Throttle {
				refusals[d.Account]++
				if d.Refusals != refusals[d.Account] || d.Activated != (!d.Active && d.Cold == 0) {
					t.Fatalf("refusal %d of this second, and it should have activated if inactive: %+v", refusals[d.Account], d)
				}
			}
			verdict, reason, wait := recompute(r, d)
			if d.Verdict != verdict || d.Reason != reason || d.RetryAfter != wait || d.Number != number {
				t.Fatalf("recomputed %v %v %ds as number %d: %+v", verdict, reason, wait, number, d)
			}
			if d.Slot != d.At/int64(r.Slot) || d.Allocation != r.Accounts[d.Account].Allocation || d.User != userOf(int(d.Account)) {
				t.Fatalf("the decision misstates the policy or the time: %+v", d)
			}
		})
	})
}

// recompute makes a decision anew from its own numbers and the policy.
func recompute(r Rules, d Decision) (Verdict, Reason, uint32) {
	beyond := d.Exempt || d.Vouched
	lent := (d.Spare >= d.Cost || d.Pool >= d.Cost) && (beyond || !r.Withhold || !d.Active)
	switch {
	case r.Mode == ModeOff:
		return Forward, Off, 0
	case r.Mode == ModeSuspended:
		return Forward, Suspended, 0
	case r.Closed:
		return refused(r, d, Closed, untilOpen(r, d.At))
	case d.Held && d.Hold < d.Cost:
		return refused(r, d, Held, inTime(r, d, d.Hold, d.HoldRate))
	case d.Assured-d.Kept >= d.Cost:
		return Forward, WithinAllocation, 0
	case lent:
		return Forward, Spare, 0
	case beyond && d.Pool-d.Cost+d.Limit < 0:
		return refused(r, d, Capacity, inTime(r, d, d.Assured-d.Kept, d.Allocation))
	case d.Exempt:
		return Forward, Exempt, 0
	case d.Vouched:
		return Forward, Critical, 0
	}
	return refused(r, d, OverAllocation, inTime(r, d, d.Assured-d.Kept, d.Allocation))
}

func refused(r Rules, d Decision, why Reason, wait uint32) (Verdict, Reason, uint32) {
	if r.Mode == ModeShadow || r.Accounts[d.Account].Shadow {
		return Shadow, why, wait
	}
	return Throttle, why, wait
}

func untilOpen(r Rules, at int64) uint32 {
	if r.Until <= at {
		return uint32(r.RetryMost / time.Second)
	}
	return max(uint32(r.RetryLeast/time.Second), uint32((r.Until-at+999_999_999)/1_000_000_000))
}

// inTime is clamp(ceil((cost × k − there) / rate), least, most).
func inTime(r Rules, d Decision, there Amount, rate Rate) uint32 {
	least, most := int64(r.RetryLeast/time.Second), int64(r.RetryMost/time.Second)
	if rate == 0 {
		return uint32(most)
	}
	need := new(big.Int).Mul(big.NewInt(int64(d.Cost)), big.NewInt(int64(d.Refusals)))
	need.Sub(need, big.NewInt(int64(there)))
	wait, rest := new(big.Int).QuoRem(need, big.NewInt(int64(rate)), new(big.Int))
	if rest.Sign() > 0 {
		wait.Add(wait, big.NewInt(1))
	}
	if !wait.IsInt64() || wait.Int64() > most {
		return uint32(most)
	}
	return uint32(max(wait.Int64(), least))
}

// Property 10: the same policy and arrivals give the same decisions, byte for
// byte: asked one by one or in batches, with boundaries passed by anyone at any
// moment, and with the state handed over to another Controller half way.
func TestDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, as := drawn(t)
		var want []Decision
		first := play(t, r, as, func(_ *Controller, d Decision) { want = append(want, d) })
		seed := rapid.Uint64().Draw(t, "how the second is asked")
		second, got := playOtherwise(t, r, as, seed)
		if len(want) != len(got) {
			t.Fatalf("%d decisions, then %d", len(want), len(got))
		}
		for i := range want {
			if a, b := fmt.Sprintf("%+v", want[i]), fmt.Sprintf("%+v", got[i]); a != b {
				t.Fatalf("decision %d was\n%s and then\n%s", i, a, b)
			}
		}
		if a, b := first.Export(), second.Export(); !reflect.DeepEqual(a, b) {
			t.Fatalf("the states differ at the end:\n%+v\n%+v", a, b)
		}
	})
}

// playOtherwise asks for the same decisions in another manner.
func playOtherwise(t *rapid.T, r Rules, as []arrival, seed uint64) (*Controller, []Decision) {
	c, err := New(r, Start{})
	if err != nil {
		t.Fatal(err)
	}
	var ds []Decision
	places := map[int]*Place{}
	for len(as) > 0 {
		n := 1
		for n < len(as) && as[n].at == as[0].at { // batches arrive at one time
			n++
		}
		switch seed = seed*6364136223846793005 + 1442695040888963407; seed >> 61 {
		case 0, 1, 2:
			var rs []Request
			for _, a := range as[:n] {
				rs = append(rs, Request{User: userOf(a.user), Cost: a.cost})
			}
			ds = c.AdmitAll(as[0].at, rs, ds)
		case 4, 5:
			for _, a := range as[:n] {
				var d Decision
				places[a.user] = cmp.Or(places[a.user], new(Place))
				c.Alone().Admit(a.at, &Request{User: userOf(a.user), Cost: a.cost}, places[a.user], &d)
				ds = append(ds, d)
			}
		case 3:
			c = handOver(t, r, c)
			fallthrough
		default:
			c.Advance(as[0].at - int64(seed>>40)%int64(20*time.Millisecond)) // may lie in the past: then nothing happens
			playOn(t, c, as[:n], func(_ *Controller, d Decision) { ds = append(ds, d) })
		}
		as = as[n:]
	}
	return c, ds
}

// handOver exports the state, imports it elsewhere and returns that.
func handOver(t rapid.TB, r Rules, c *Controller) *Controller {
	s := c.Export()
	other, err := Import(r, s)
	if err != nil {
		t.Fatalf("import what was exported: %v", err)
	}
	if again := other.Export(); !reflect.DeepEqual(s, again) {
		t.Fatalf("exported\n%+v\nand after import\n%+v", s, again)
	}
	return other
}

// Counts are the decisions, counted.
func TestCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, as := drawn(t)
		want := make([]Counts, len(r.Accounts))
		c := play(t, r, as, func(_ *Controller, d Decision) { want[d.Account].add(d.Verdict, d.Reason, d.Cost) })
		s := c.Snapshot(nil)
		var offered uint64
		for i, a := range s.Accounts {
			if a.Counts != want[i] {
				t.Fatalf("account %d counts %+v, its decisions %+v", i, a.Counts, want[i])
			}
			offered += a.Counts.Offered().Requests
		}
		if offered != uint64(len(as)) || s.Decided != offered {
			t.Fatalf("%d arrivals, %d counted, %d decided", len(as), offered, s.Decided)
		}
	})
}
