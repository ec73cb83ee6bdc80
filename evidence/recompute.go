package evidence

import (
	"fmt"
	"reflect"
	"time"

	"srtm/journal"
	"srtm/traffic"
)

// account recomputes what was decided about one account from what is recorded of
// it.
type account struct {
	terms journal.Terms // in force
	ruled bool          // some are known
	rules traffic.Rules // as far as terms say

	number, policy uint64 // of the last decision since the start
	at             int64  // of the last decision
	partial        int64  // the last second of which refusals may be missing
	second         int64  // that refusals counts
	refusals       uint32

	reference *traffic.Reference
	begun     bool // reference holds what it should: it is not to be begun with what is recorded
	lost      bool // decisions are missing since: it may hold less than reference
	standing  *traffic.Reference
	hold      hold
	firsts    firsts
	apart     apart
}

func newAccount() account { return account{firsts: newFirsts()} }

// obey takes in Terms, and returns what is wrong with them.
func (a *account) obey(t *journal.Terms, at int64) []string {
	if t.Repeated {
		return a.repeat(t, at)
	}
	r := t.Rules()
	if faults := r.Check(); len(faults) > 0 {
		a.ruled = false
		return []string{fmt.Sprintf("these terms cannot be: %v", faults[0])}
	}
	wrong := a.judgeTerms(t, r, at)
	from := t.Begin(at)
	a.hold.obey(&a.terms, t, holding{ruled: a.ruled, depth: r.HoldDepth(t.Hold), from: from})
	a.firsts.obey(&a.terms, t, holding{ruled: a.ruled, from: from})
	switch {
	case t.Start:
		a.refill(t, r, from)
	case t.New:
		a.refill(t, r, from-int64(t.Slot))
		a.reference.Empty()
		a.standing.Empty()
	case a.reference != nil && a.ruled && a.terms.Slot != t.Slot:
		wrong = append(wrong, fmt.Sprintf("the slot changes from %v to %v without a start", a.terms.Slot, t.Slot))
		a.reference = nil
	case a.reference != nil:
		a.reference.Change(r, t.Allocation, from)
		a.standing.Change(r, t.Standing, from)
	}
	a.terms, a.rules, a.ruled = *t, r, true
	if a.reference == nil {
		a.refill(t, r, from)
		a.begun, a.partial = false, at/int64(time.Second)
	}
	return wrong
}

// refill begins with full buckets and no refusals.
func (a *account) refill(t *journal.Terms, r traffic.Rules, from int64) {
	a.reference, a.standing = traffic.NewReference(r, t.Allocation, from), traffic.NewReference(r, t.Standing, from)
	a.begun, a.lost = true, false
	a.partial, a.second, a.refusals = -1, 0, 0
	a.number, a.policy = 0, 0 // where the account is new, it may have missed a start
}

// judgeTerms says what is wrong with terms that could be.
func (a *account) judgeTerms(t *journal.Terms, r traffic.Rules, at int64) (wrong []string) {
	if want := r.Depth(t.Allocation); t.Depth != want {
		wrong = append(wrong, fmt.Sprintf("the depth is recorded as %v; an allocation of %v and a burst of %v make it %v", t.Depth, t.Allocation, t.Burst, want))
	}
	switch from := t.Begin(at); {
	case from > at:
		wrong = append(wrong, fmt.Sprintf("these terms begin at %s, after they were recorded at %s", moment(from), moment(at)))
	case from < a.at:
		wrong = append(wrong, fmt.Sprintf("these terms begin at %s, and a decision of %s stands before them", moment(from), moment(a.at)))
	case t.From != 0 && !t.Start && from%int64(t.Slot) != 0:
		wrong = append(wrong, fmt.Sprintf("these terms begin at %s, which is no boundary of slots of %v", moment(from), t.Slot))
	}
	return wrong
}

// repeat takes in Terms that say again what is in force.
func (a *account) repeat(t *journal.Terms, at int64) []string {
	if !a.ruled {
		first := *t
		first.Repeated, first.Start, first.New, first.From = false, false, false, 0
		return a.obey(&first, at)
	}
	was := a.terms
	was.Own, was.From, was.New, was.Start, was.Repeated = t.Own, t.From, t.New, t.Start, true
	if !reflect.DeepEqual(was, *t) {
		return []string{"these terms are marked as repeated, and differ from those before"}
	}
	return nil
}

// miss notes that decisions are missing, up to a time.
func (a *account) miss(at int64) {
	a.lost, a.partial = true, at/int64(time.Second)
	a.hold.lost = true
	a.firsts.miss(at)
}

// judge returns what a decision's rules, in the order in which they stand in
// package traffic, make of its numbers, and does not.
func (a *account) judge(d *journal.Decision) []string {
	n := &d.Numbers
	var wrong []string
	should := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	verdict, reason := a.decide(n)
	should(n.Reason == reason && n.Verdict == verdict, "it is recorded as %v, %v; with %s a cost of %v makes %v, %v",
		n.Verdict, n.Reason, a.given(n), n.Cost, verdict, reason)
	how := a.rules.Variants[d.Variant]
	cost := a.cost(how)
	should(n.Cost == cost, "its cost is recorded as %v; the terms in force give %q a cost of %v", n.Cost, d.Variant, cost)
	should(n.Allocation == a.terms.Allocation, "its allocation is recorded as %v; the terms in force say %v", n.Allocation, a.terms.Allocation)
	should(n.Depth == a.terms.Depth, "the depth is recorded as %v; the terms in force say %v", n.Depth, a.terms.Depth)
	should(n.Assured >= 0 && n.Assured <= n.Depth, "assured is recorded as %v; it lies between 0 and the depth of %v", n.Assured, n.Depth)
	should(n.Spare >= 0 && n.Cold >= 0, "spare %v and cold %v cannot be below 0", n.Spare, n.Cold)
	should(n.At >= a.at, "it was made at %s, before the one before it, of %s", moment(n.At), moment(a.at))
	should(n.At >= a.terms.From, "it was made at %s, before the terms that it follows, of %s", moment(n.At), moment(a.terms.From))
	should(n.Number > a.number, "it is recorded as decision %d; the one before was %d", n.Number, a.number)
	should(uint64(n.Policy) >= a.policy, "its policy is recorded as number %d; the one before was %d", n.Policy, a.policy)
	a.number, a.policy, a.at = n.Number, uint64(n.Policy), n.At
	wrong = append(wrong, a.judgeTreatment(n, how)...)
	wrong = append(wrong, a.judgeRefusal(n)...)
	return append(wrong, a.firsts.judge(d)...)
}

// judgeTreatment judges what is recorded of how the terms have the request
// treated.
func (a *account) judgeTreatment(n *traffic.Decision, how traffic.Treatment) (wrong []string) {
	should := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	t := &a.terms
	kept := a.rules.Kept(t.Depth, how.Rank)
	should(n.Kept == kept, "%v of the assured bucket are recorded as kept from it; the terms in force keep %v from a variant of rank %d", n.Kept, kept, how.Rank)
	exempt := how.Exempt || t.Exempt
	should(n.Exempt == exempt, "exempt is recorded as %v; the terms in force make it %v", n.Exempt, exempt)
	limit := traffic.Amount(0)
	if n.Exempt || n.Vouched {
		limit = a.rules.Limit()
	}
	should(n.Limit == limit, "it is recorded that it may take the pool to %v below zero; exempt %v and vouched for %v make that %v", n.Limit, n.Exempt, n.Vouched, limit)
	rate := traffic.Rate(0)
	if t.Held {
		rate = t.Hold
	}
	should(n.Held == t.Held && n.HoldRate == rate, "held is recorded as %v, to %v; the terms in force say %v, %v", n.Held, n.HoldRate, t.Held, rate)
	return wrong
}

// cost is what the terms have a request cost that is treated so.
func (a *account) cost(how traffic.Treatment) traffic.Amount {
	switch {
	case how.Cost > 0:
		return how.Cost
	case a.terms.Cost > 0:
		return a.terms.Cost
	}
	return traffic.SR
}

// decide makes the decision anew from its own numbers.
func (a *account) decide(n *traffic.Decision) (traffic.Verdict, traffic.Reason) {
	reason := a.reason(n)
	verdict := reason.Verdict()
	if verdict == traffic.Throttle && (a.terms.Shadow || a.terms.Mode == traffic.ModeShadow) {
		verdict = traffic.Shadow
	}
	return verdict, reason
}

func (a *account) reason(n *traffic.Decision) traffic.Reason {
	beyond := n.Exempt || n.Vouched
	withheld := a.terms.Withhold && n.Active && !beyond
	switch {
	case a.terms.Mode == traffic.ModeOff:
		return traffic.Off
	case a.terms.Mode == traffic.ModeSuspended:
		return traffic.Suspended
	case a.terms.Closed:
		return traffic.Closed
	case n.Held && n.Hold < n.Cost:
		return traffic.Held
	case n.Cost <= n.Assured-n.Kept:
		return traffic.WithinAllocation
	case (n.Cost <= n.Spare || n.Cost <= n.Pool) && !withheld:
		return traffic.Spare
	case !beyond:
		return traffic.OverAllocation
	case n.Pool+n.Limit < n.Cost:
		return traffic.Capacity
	case n.Exempt:
		return traffic.Exempt
	}
	return traffic.Critical
}

// given says what the reason was made from.
func (a *account) given(n *traffic.Decision) string {
	s := fmt.Sprintf("assured %v, spare %v and pool %v", n.Assured, n.Spare, n.Pool)
	for _, more := range []struct {
		is   bool
		text string
	}{
		{n.Kept != 0, fmt.Sprintf("%v kept", n.Kept)},
		{n.Exempt || n.Vouched, fmt.Sprintf("exempt %v, vouched for %v, to %v below zero", n.Exempt, n.Vouched, n.Limit)},
		{n.Held, fmt.Sprintf("%v in the bucket of its hold", n.Hold)},
		{a.terms.Withhold, fmt.Sprintf("spare withheld while active, which is %v", n.Active)},
		{a.terms.Mode != traffic.ModeEnforce, fmt.Sprintf("the mode %v", a.terms.Mode)},
		{a.terms.Shadow, "the account in shadow"},
		{a.terms.Closed, "all closed"},
	} {
		if more.is {
			s += ", " + more.text
		}
	}
	return s
}
