package ledger

import (
	"cmp"
	"slices"

	"srtm/journal"
	"srtm/traffic"
)

// pail is a bucket that is filled slot by slot.
type pail struct{ tokens, slot, depth, rate int64 }

func (b *pail) fill(slot int64) {
	for ; b.slot < slot && b.tokens < b.depth && b.rate > 0; b.slot++ {
		b.tokens = min(b.depth, b.tokens+b.rate)
	}
	b.slot = max(b.slot, slot)
}

func (b *pail) change(to pail) {
	b.fill(to.slot - 1)
	b.depth, b.rate, b.tokens = to.depth, to.rate, min(b.tokens, to.depth)
}

// tried is an account before the court.
type tried struct {
	terms, usual   journal.Terms
	assured        pail
	upright, paced *pail
	unknown        bool
}

func pailOf(r traffic.Rules, a traffic.Rate, slot int64) pail {
	depth := int64(r.Depth(a))
	return pail{depth, slot, depth, int64(a.Over(r.Slot))}
}

func pacedPail(t journal.Terms, slot int64) pail {
	depth := int64(t.Rules().HoldDepth(t.Hold))
	return pail{depth, slot, depth, int64(t.Hold.Over(t.Slot))}
}

func isLowered(t journal.Terms) bool { return t.Closed || t.Held || t.Standing > t.Allocation }

// begin has all buckets be full.
func (a *tried) begin(slot int64) {
	a.assured, a.upright, a.paced, a.unknown = pailOf(a.terms.Rules(), a.terms.Allocation, slot), nil, nil, false
	if isLowered(a.terms) {
		b := pailOf(a.usual.Rules(), a.terms.Standing, slot)
		a.upright = &b
	}
	if a.terms.Held {
		b := pacedPail(a.terms, slot)
		a.paced = &b
	}
}

func (a *tried) obey(t journal.Terms, slot int64) {
	a.terms = t
	if !isLowered(t) || a.usual.Slot == 0 {
		a.usual = t
	}
	if t.Start || a.assured.slot == 0 {
		a.begin(slot)
		return
	}
	if t.Repeated {
		return
	}
	standing := pailOf(a.usual.Rules(), t.Standing, slot)
	switch {
	case !isLowered(t):
		a.upright = nil
	case a.upright == nil:
		from := a.assured
		from.depth, from.rate, from.tokens = standing.depth, standing.rate, min(from.tokens, standing.depth)
		a.upright = &from
	default:
		a.upright.change(standing)
	}
	a.assured.change(pailOf(t.Rules(), t.Allocation, slot))
	paced := pacedPail(t, slot)
	switch {
	case !t.Held:
		a.paced = nil
	case a.paced == nil:
		a.paced = &paced
	default:
		a.paced.change(paced)
	}
}

// pays says whether a bucket pays for a decision, and has it do so.
func (b *pail) pays(d *traffic.Decision, kept traffic.Amount) bool {
	if b.tokens < int64(d.Cost+kept) {
		return false
	}
	b.tokens -= int64(d.Cost)
	return true
}

func kept(t journal.Terms, a traffic.Rate, variant string) traffic.Amount {
	r := t.Rules()
	return r.Kept(r.Depth(a), r.Variants[variant].Rank)
}

// judge says whether a decision was within the allocation, and if something
// lowered that, whether it was refused, and was within the standing one.
func (a *tried) judge(d *journal.Decision) (within, lowered, standing bool) {
	n := &d.Numbers
	slot := n.At / int64(a.terms.Slot)
	if a.unknown {
		a.begin(slot)
		a.assured.tokens = int64(n.Assured)
		if a.paced != nil {
			a.paced.tokens = int64(n.Hold)
		}
	}
	refused := n.Verdict != traffic.Forward
	if a.upright != nil {
		a.upright.fill(slot)
		standing = a.upright.pays(n, kept(a.usual, a.terms.Standing, d.Variant))
	}
	tooFast := false
	if a.paced != nil {
		a.paced.fill(slot)
		tooFast = a.paced.tokens < int64(n.Cost)
		if !refused {
			a.paced.tokens -= int64(n.Cost)
		}
	}
	if refused && (a.terms.Closed || tooFast) {
		return false, true, standing
	}
	a.assured.fill(slot)
	within = a.assured.pays(n, kept(a.terms, a.terms.Allocation, d.Variant))
	return within, refused && a.upright != nil && !within, standing
}

// judge has buckets of its own for each account.
func (n *naive) judge(items []item) {
	accounts := map[uint32]*tried{}
	var last journal.Position
	for _, i := range items {
		if i.damage != nil || i.entry.Position != last+1 {
			for _, a := range accounts {
				a.unknown = true
			}
		}
		if i.damage != nil {
			continue
		}
		last = i.entry.Position
		switch r := i.entry.Record.(type) {
		case *journal.Lost:
			accounts[r.ID].unknown = true
		case *journal.Terms:
			if accounts[r.ID] == nil {
				accounts[r.ID] = &tried{}
			}
			accounts[r.ID].obey(*r, r.Begin(i.entry.At)/int64(r.Slot))
		case *journal.Decision:
			n.weigh(accounts[r.Own.ID], r, i.entry.Position)
		}
	}
	slices.SortFunc(n.lowered, byCause)
}

func byCause(a, b Lowered) int {
	return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Cause, b.Cause), cmp.Compare(a.Verdict, b.Verdict),
		cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Allocation, b.Allocation))
}

// weigh counts what the court finds.
func (n *naive) weigh(a *tried, r *journal.Decision, p journal.Position) {
	d := &r.Numbers
	if d.Reason == traffic.Off || d.Reason == traffic.Suspended {
		return
	}
	within, lowered, standing := a.judge(r)
	for _, id := range []uint32{System, r.Own.ID} {
		if n.within[id] == nil {
			n.within[id] = &Checked{Account: id}
		}
		c := &n.within[id].Beyond
		if within {
			c = &n.within[id].Within
		}
		c.one(d.Cost)
	}
	if within && d.Verdict != traffic.Forward {
		n.broken++
	}
	if !lowered {
		return
	}
	row := Lowered{Day: day(d.At), Account: r.Own.ID, Cause: a.terms.Cause, Verdict: d.Verdict, Reason: d.Reason, Allocation: a.terms.Allocation, First: p}
	i := slices.IndexFunc(n.lowered, func(l Lowered) bool {
		return l.Day == row.Day && l.Account == row.Account && l.Cause == row.Cause && l.Verdict == row.Verdict && l.Reason == row.Reason && l.Allocation == row.Allocation
	})
	if i < 0 {
		i = len(n.lowered)
		n.lowered = append(n.lowered, row)
	}
	n.lowered[i].one(d.Cost)
	if standing {
		n.lowered[i].Within.one(d.Cost)
	}
}
