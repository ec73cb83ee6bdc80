package evidence

import (
	"cmp"
	"fmt"
	"math/bits"
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
}

// obey takes in Terms, and returns what is wrong with them.
func (a *account) obey(t *journal.Terms, at int64) []string {
	if t.Repeated {
		return a.repeat(t, at)
	}
	r := rulesOf(t)
	if faults := r.Check(); len(faults) > 0 {
		a.ruled = false
		return []string{fmt.Sprintf("these terms cannot be: %v", faults[0])}
	}
	var wrong []string
	if want := r.Depth(t.Allocation); t.Depth != want {
		wrong = append(wrong, fmt.Sprintf("the depth is recorded as %v; an allocation of %v and a burst of %v make it %v", t.Depth, t.Allocation, t.Burst, want))
	}
	switch {
	case t.Start:
		a.reference = traffic.NewReference(r, t.Allocation, at)
		a.begun, a.lost, a.number, a.policy = true, false, 0, 0
		a.partial, a.second, a.refusals = -1, 0, 0
	case t.New:
		a.reference = traffic.NewReference(r, t.Allocation, at-int64(t.Slot))
		a.reference.Empty()
		a.begun, a.lost = true, false
		a.partial, a.second, a.refusals = -1, 0, 0
	case a.reference != nil && a.ruled && a.terms.Slot != t.Slot:
		wrong = append(wrong, fmt.Sprintf("the slot changes from %v to %v without a start", a.terms.Slot, t.Slot))
		a.reference = nil
	case a.reference != nil:
		a.reference.Change(r, t.Allocation, at)
	}
	a.terms, a.rules, a.ruled = *t, r, true
	if a.reference == nil {
		a.reference, a.begun, a.lost = traffic.NewReference(r, t.Allocation, at), false, false
		a.partial = at / int64(time.Second)
	}
	return wrong
}

// repeat takes in Terms that say again what is in force.
func (a *account) repeat(t *journal.Terms, at int64) []string {
	if !a.ruled {
		first := *t
		first.Repeated, first.Start, first.New = false, false, false
		return a.obey(&first, at)
	}
	was := a.terms
	was.Own, was.New, was.Start, was.Repeated = t.Own, t.New, t.Start, true
	if !reflect.DeepEqual(was, *t) {
		return []string{"these terms are marked as repeated, and differ from those before"}
	}
	return nil
}

// rulesOf makes Rules of one account's Terms. Release and hold are not in them,
// and do not matter here.
func rulesOf(t *journal.Terms) traffic.Rules {
	return traffic.Rules{
		Threshold: t.Threshold, Release: max(1, t.Threshold/2), Hold: time.Second, Burst: t.Burst, Slot: t.Slot, LargestCost: t.LargestCost,
		RetryLeast: t.RetryLeast, RetryMost: t.RetryMost, Accounts: []traffic.Account{{Name: t.Account, Allocation: t.Allocation}},
	}
}

// miss notes that decisions are missing, up to a time.
func (a *account) miss(at int64) { a.lost, a.partial = true, at/int64(time.Second) }

// judge returns what a decision's rules, in the order in which they are numbered
// in package traffic, make of its numbers, and does not.
func (a *account) judge(n *traffic.Decision) []string {
	var wrong []string
	should := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	reason := traffic.OverAllocation
	switch {
	case n.Cost <= n.Assured:
		reason = traffic.WithinAllocation
	case n.Cost <= n.Spare || n.Cost <= n.Pool:
		reason = traffic.Spare
	}
	should(n.Reason == reason && n.Verdict == reason.Verdict(), "it is recorded as %v, %v; with assured %v, spare %v and pool %v a cost of %v makes %v, %v",
		n.Verdict, n.Reason, n.Assured, n.Spare, n.Pool, n.Cost, reason.Verdict(), reason)
	largest := cmp.Or(a.terms.LargestCost, traffic.SR)
	should(n.Cost > 0 && n.Cost <= largest, "its cost is recorded as %v; costs lie above 0 and at %v at most", n.Cost, largest)
	should(n.Allocation == a.terms.Allocation, "its allocation is recorded as %v; the terms in force say %v", n.Allocation, a.terms.Allocation)
	should(n.Depth == a.terms.Depth, "the depth is recorded as %v; the terms in force say %v", n.Depth, a.terms.Depth)
	should(n.Assured >= 0 && n.Assured <= n.Depth, "assured is recorded as %v; it lies between 0 and the depth of %v", n.Assured, n.Depth)
	should(n.Spare >= 0 && n.Cold >= 0, "spare %v and cold %v cannot be below 0", n.Spare, n.Cold)
	should(n.At >= a.at, "it was made at %s, before the one before it, of %s", moment(n.At), moment(a.at))
	should(n.Number > a.number, "it is recorded as decision %d; the one before was %d", n.Number, a.number)
	should(uint64(n.Policy) >= a.policy, "its policy is recorded as number %d; the one before was %d", n.Policy, a.policy)
	a.number, a.policy, a.at = n.Number, uint64(n.Policy), n.At
	wrong = append(wrong, a.judgeRefusal(n)...)
	return wrong
}

// judgeRefusal judges what only a refusal has.
func (a *account) judgeRefusal(n *traffic.Decision) []string {
	if n.Verdict == traffic.Forward {
		if n.Refusals != 0 || n.RetryAfter != 0 || n.Activated {
			return []string{fmt.Sprintf("it was forwarded, and is recorded with refusal %d, Retry-After %d, activated %v; these belong to refusals", n.Refusals, n.RetryAfter, n.Activated)}
		}
		return nil
	}
	var wrong []string
	if second := n.At / int64(time.Second); second != a.second {
		a.second, a.refusals = second, 0
	}
	a.refusals++
	if n.Refusals != a.refusals && a.second > a.partial || n.Refusals < a.refusals {
		wrong = append(wrong, fmt.Sprintf("it is recorded as refusal %d in this second; it is the account's number %d", n.Refusals, a.refusals))
	} else {
		a.refusals = n.Refusals
	}
	if want := a.retryAfter(n); n.RetryAfter != want {
		wrong = append(wrong, fmt.Sprintf("its Retry-After is recorded as %d s; %d times its cost of %v, less %v, at %v is %d s", n.RetryAfter, n.Refusals, n.Cost, n.Assured, n.Allocation, want))
	}
	if want := !n.Active && n.Cold == 0; n.Activated != want {
		wrong = append(wrong, fmt.Sprintf("activated is recorded as %v; a refusal while active is %v and cold %v makes it %v", n.Activated, n.Active, n.Cold, want))
	}
	return wrong
}

// retryAfter is clamp(ceil((cost × k − assured) / a), least, most) in seconds.
func (a *account) retryAfter(n *traffic.Decision) uint32 {
	least, most := uint64(a.terms.RetryLeast/time.Second), uint64(a.terms.RetryMost/time.Second)
	if n.Allocation <= 0 {
		return uint32(most)
	}
	hi, lo := bits.Mul64(uint64(max(n.Cost, 0)), uint64(n.Refusals))
	lo, borrow := bits.Sub64(lo, uint64(max(n.Assured, 0)), 0)
	if hi < borrow { // what a sound record never has: assured holds more than all of them
		return uint32(least)
	}
	hi -= borrow
	lo, carry := bits.Add64(lo, uint64(n.Allocation)-1, 0)
	hi += carry
	if hi >= uint64(n.Allocation) {
		return uint32(most)
	}
	seconds, _ := bits.Div64(hi, lo, uint64(n.Allocation))
	return uint32(min(max(seconds, least), most))
}

// guarantee recomputes what the assured bucket held, and returns what is wrong:
// another amount than is recorded, or a refusal of what was within the
// allocation.
func (a *account) guarantee(n *traffic.Decision) []string {
	if !a.begun || a.lost {
		return a.resume(n)
	}
	held, within := a.take(n)
	var wrong []string
	if within && n.Verdict == traffic.Throttle {
		wrong = append(wrong, fmt.Sprintf("it was refused within the allocation: the reference bucket held %v, its cost is %v", held, n.Cost))
	}
	if held != n.Assured {
		wrong = append(wrong, fmt.Sprintf("assured is recorded as %v; recomputed from the account's own requests it was %v", n.Assured, held))
	}
	return wrong
}

// take returns what the reference bucket held when the request came, and whether
// that paid for it.
func (a *account) take(n *traffic.Decision) (held traffic.Amount, within bool) {
	within = a.reference.Take(n.At, n.Cost)
	held, _ = a.reference.Held()
	if within {
		held += n.Cost
	}
	return held, within
}

// resume goes on with what is recorded, where what was before is not known.
func (a *account) resume(n *traffic.Decision) []string {
	var wrong []string
	if a.begun { // decisions that are missing can only have taken
		if held, _ := a.take(n); n.Assured > held {
			wrong = append(wrong, fmt.Sprintf("assured is recorded as %v; even without what is missing before it was at most %v", n.Assured, held))
		}
	}
	a.begun, a.lost = true, false
	a.reference.Resume(n.Assured, n.At/int64(a.terms.Slot))
	a.reference.Take(n.At, n.Cost)
	return wrong
}
