package ledger

import (
	"time"

	"srtm/journal"
	"srtm/traffic"
)

// court has the reference buckets by which an account's decisions are judged,
// from its own terms and requests alone. Where terms hold it below its standing
// allocation, a second one goes on as if nothing did.
type court struct {
	rules    traffic.Rules // of the terms in force, as far as buckets need them
	usual    traffic.Rules // those of the last terms that did not lower the allocation
	rate     traffic.Rate  // the allocation in force
	standing traffic.Rate  // the allocation if nothing lowered it
	hold     traffic.Rate
	held     bool // the account is held to hold
	closed   bool // nothing is taken
	cause    string

	inForce *traffic.Reference // nil: no terms are known
	upright *traffic.Reference // of the standing allocation; nil: nothing lowers it
	pace    *traffic.Reference // that the account is held by; nil: it is not
	doubted bool               // what they hold is unknown
}

// finding is what a judgement found.
type finding struct {
	judged   bool
	within   bool // it found its cost in the reference bucket
	broken   bool // so it was, and yet it was refused, or would have been
	lowered  bool // it was refused, or would have been, while something held the account below its standing allocation
	standing bool // of lowered: that would have paid for it
}

// pacedBy is what rules have to be for a reference bucket to be one that an
// account is held by: one second deep.
func (c *court) pacedBy() traffic.Rules {
	return traffic.Rules{Slot: c.rules.Slot, Burst: 2 * time.Second, LargestCost: c.rules.LargestCost}
}

// judgedBy is what of an account's terms matters for judging it.
func judgedBy(t *journal.Terms) traffic.Rules {
	r := traffic.Rules{Slot: t.Slot, Burst: t.Burst, LargestCost: t.LargestCost, Cost: t.Cost, Keep: t.Keep}
	for _, v := range t.Variants {
		if v.Rank > 0 && v.Rank <= len(r.Keep) {
			if r.Variants == nil {
				r.Variants = map[string]traffic.Treatment{}
			}
			r.Variants[v.Variant] = traffic.Treatment{Rank: v.Rank}
		}
	}
	return r
}

// obey takes in terms. The buckets begin full with the mechanism, and empty where
// the account is new.
func (c *court) obey(at int64, t *journal.Terms) {
	same := c.inForce != nil && c.rules.Slot == t.Slot
	wasHeld := c.pace != nil
	c.rules, c.rate, c.standing = judgedBy(t), t.Allocation, max(t.Standing, t.Allocation)
	c.held, c.hold, c.closed, c.cause = t.Held, t.Hold, t.Closed, shortCause(t.Cause)
	if !c.lowered() || c.usual.Slot != c.rules.Slot {
		c.usual = c.rules
	}
	switch {
	case t.Start:
		c.begin(at)
	case t.New: // the boundary that begins it gives it its first
		c.begin(at - int64(t.Slot))
		c.inForce.Empty()
		if c.upright != nil {
			c.upright.Empty()
		}
	case !same:
		c.begin(at)
		c.doubted = true
	case !t.Repeated:
		c.change(at, wasHeld)
	}
}

func (c *court) lowered() bool { return c.closed || c.held || c.standing > c.rate }

// begin has all buckets be full.
func (c *court) begin(at int64) {
	c.inForce, c.upright, c.pace, c.doubted = traffic.NewReference(c.rules, c.rate, at), nil, nil, false
	if c.lowered() {
		c.upright = traffic.NewReference(c.usual, c.standing, at)
	}
	if c.held {
		c.pace = traffic.NewReference(c.pacedBy(), c.hold, at)
	}
}

// change has the buckets follow a change of policy, as the mechanism's do. The
// standing allocation's goes on from what there is when it is lowered.
func (c *court) change(at int64, wasHeld bool) {
	switch {
	case !c.lowered():
		c.upright = nil
	case c.upright != nil:
		c.upright.Change(c.usual, c.standing, at)
	default:
		tokens, slot := c.inForce.Held()
		c.upright = traffic.NewReference(c.usual, c.standing, at)
		c.upright.Resume(tokens, slot)
	}
	c.inForce.Change(c.rules, c.rate, at)
	switch {
	case !c.held:
		c.pace = nil
	case wasHeld:
		c.pace.Change(c.pacedBy(), c.hold, at)
	default:
		c.pace = traffic.NewReference(c.pacedBy(), c.hold, at)
	}
}

// doubt says that decisions are missing until now: what the buckets hold is
// unknown until the next one says what there was. Beginning empty would not do: a
// bucket that holds less may let pass what the right one paid for, and so hold
// more later.
func (c *court) doubt() { c.doubted = true }

// judge asks the buckets. What was decided by other terms than those at hand is
// not judged, nor what nothing was decided about. What is refused because nothing
// is taken, or beyond the rate that the account is held to, does not touch its
// allocation.
func (c *court) judge(e *event) (f finding) {
	n := e.numbers
	if c.inForce == nil || n.Reason == traffic.Off || n.Reason == traffic.Suspended {
		return f
	}
	if n.Allocation != c.rate || n.Depth != c.rules.Depth(c.rate) || n.Held != c.held || n.Held && n.HoldRate != c.hold {
		c.doubted = true
		return f
	}
	if c.doubted {
		c.resume(e)
	}
	f.judged = true
	if c.upright != nil {
		f.standing = c.takeFrom(c.upright, c.usual, e)
	}
	refused := n.Verdict != traffic.Forward
	if refused && (c.closed || c.tooFast(e)) {
		f.lowered = true
		return f
	}
	f.within = c.takeFrom(c.inForce, c.rules, e)
	if c.pace != nil && !refused {
		c.pace.Take(e.at, e.cost)
	}
	f.broken = refused && f.within
	f.lowered = refused && !f.within && c.upright != nil
	return f
}

// resume has the buckets go on from what a decision says there was. It says
// nothing of the standing allocation's, which begins full.
func (c *court) resume(e *event) {
	slot := e.at / int64(c.rules.Slot)
	c.begin(e.at)
	c.inForce.Resume(e.numbers.Assured, slot)
	if c.pace != nil {
		c.pace.Resume(e.numbers.Hold, slot)
	}
}

// takeFrom takes a request's cost from a bucket that is given by rules, if it
// holds it above what is kept for others.
func (c *court) takeFrom(b *traffic.Reference, r traffic.Rules, e *event) bool {
	var kept traffic.Amount
	if len(r.Keep) > 0 {
		depth := r.Depth(c.rate)
		if b == c.upright {
			depth = r.Depth(c.standing)
		}
		kept = r.Kept(depth, r.Variants[e.decision.Variant].Rank)
	}
	return b.TakeAbove(e.at, e.cost, kept)
}

// tooFast says whether the account is held to a rate that the request is beyond.
// It takes nothing.
func (c *court) tooFast(e *event) bool {
	if c.pace == nil {
		return false
	}
	tokens, slot := c.pace.Held()
	holds := c.pace.Take(e.at, e.cost)
	c.pace.Resume(tokens, slot)
	return !holds
}
