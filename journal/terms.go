package journal

import (
	"slices"
	"strings"
	"time"

	"srtm/traffic"
)

// TermsOf returns what rules give to their i-th account, as far as the mechanism
// knows it. Policy, its name, what weighs how much and why the allocation is not
// the standing one are the caller's to add.
func TermsOf(r traffic.Rules, i int) Terms {
	a := r.Accounts[i]
	t := Terms{
		Own: Own{Account: a.Name}, Allocation: a.Allocation, Standing: a.Allocation, Depth: r.Depth(a.Allocation), Threshold: r.Threshold,
		Burst: r.Burst, Slot: r.Slot, LargestCost: r.LargestCost, RetryLeast: r.RetryLeast, RetryMost: r.RetryMost,
		Mode: r.Mode, Shadow: a.Shadow, Exempt: a.Exempt, Held: a.Held, Hold: a.Hold, Withhold: r.Withhold, Closed: r.Closed, Until: r.Until,
		Margin: r.Margin, Cost: r.Cost, FinishCritical: r.FinishCritical, Keep: slices.Clone(r.Keep),
	}
	if t.Cost == 0 {
		t.Cost = traffic.SR
	}
	if t.LargestCost == 0 {
		t.LargestCost = t.Cost
	}
	for name, how := range r.Variants {
		t.Variants = append(t.Variants, Variant{name, how})
		if r.LargestCost == 0 {
			t.LargestCost = max(t.LargestCost, how.Cost)
		}
	}
	slices.SortFunc(t.Variants, func(a, b Variant) int { return strings.Compare(a.Variant, b.Variant) })
	return t
}

// Begin returns from when the terms hold, where at is their record's time: the
// boundary at which the mechanism adopted them. Other records may have come
// before theirs meanwhile, and have moved its time.
func (t *Terms) Begin(at int64) int64 {
	if t.From != 0 {
		return t.From
	}
	return at
}

// Rules returns rules under which this one account is treated as the terms say.
// Release and hold are not in terms; some that can work stand there.
func (t *Terms) Rules() traffic.Rules {
	r := traffic.Rules{
		Threshold: t.Threshold, Release: max(1, t.Threshold/2), Hold: time.Second, Burst: t.Burst, Slot: t.Slot, LargestCost: t.LargestCost,
		RetryLeast: t.RetryLeast, RetryMost: t.RetryMost,
		Mode: t.Mode, Withhold: t.Withhold, Closed: t.Closed, Until: t.Until, Margin: t.Margin, Cost: t.Cost, FinishCritical: t.FinishCritical, Keep: t.Keep,
		Accounts: []traffic.Account{{Name: t.Account, Allocation: t.Allocation, Shadow: t.Shadow, Exempt: t.Exempt, Held: t.Held, Hold: t.Hold}},
	}
	if t.Closed {
		r.Release = 0
	}
	if len(t.Variants) > 0 {
		r.Variants = make(map[string]traffic.Treatment, len(t.Variants))
		for _, v := range t.Variants {
			r.Variants[v.Variant] = v.Treatment
		}
	}
	return r
}
