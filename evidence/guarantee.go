package evidence

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"srtm/journal"
	"srtm/traffic"
)

// guarantee recomputes what the account's own buckets held, and returns what is
// wrong: another amount than is recorded, or a refusal of what was within the
// allocation.
func (a *account) guarantee(d *journal.Decision) []string {
	n := &d.Numbers
	wrong := a.hold.judge(n)
	draws := a.draws(n)
	if draws && n.Verdict == traffic.Forward {
		a.hold.take(n)
	}
	rank := a.rules.Variants[d.Variant].Rank
	a.apart.see(n, &a.terms, a.standing.TakeAbove(n.At, n.Cost, a.rules.Kept(a.rules.Depth(a.terms.Standing), rank)))
	kept := a.rules.Kept(a.terms.Depth, rank)
	if !a.begun || a.lost {
		return append(wrong, a.resume(n, draws, kept)...)
	}
	held := a.refilled(n.At)
	within := draws && a.reference.TakeAbove(n.At, n.Cost, kept)
	if within && n.Verdict != traffic.Forward {
		wrong = append(wrong, fmt.Sprintf("it was refused within the allocation: the reference bucket held %v, %v of it kept from such a request, and its cost is %v", held, kept, n.Cost))
	}
	if held != n.Assured {
		wrong = append(wrong, fmt.Sprintf("assured is recorded as %v; recomputed from the account's own requests it was %v", n.Assured, held))
	}
	return wrong
}

// draws says whether the decision came as far as the account's own allocation.
func (a *account) draws(n *traffic.Decision) bool {
	r := a.reason(n)
	return r != traffic.Off && r != traffic.Suspended && r != traffic.Closed && r != traffic.Held
}

// refilled is what the reference bucket holds at a time.
func (a *account) refilled(at int64) traffic.Amount {
	const all = 1 << 61 // is kept: nothing is taken
	a.reference.TakeAbove(at, 1, all)
	held, _ := a.reference.Held()
	return held
}

// resume goes on with what is recorded, where what was before is not known.
func (a *account) resume(n *traffic.Decision, draws bool, kept traffic.Amount) []string {
	var wrong []string
	if a.begun { // decisions that are missing can only have taken
		if held := a.refilled(n.At); n.Assured > held {
			wrong = append(wrong, fmt.Sprintf("assured is recorded as %v; even without what is missing before it was at most %v", n.Assured, held))
		}
	}
	a.begun, a.lost = true, false
	a.reference.Resume(n.Assured, n.At/int64(a.terms.Slot))
	if draws {
		a.reference.TakeAbove(n.At, n.Cost, kept)
	}
	return wrong
}

// apart counts refusals that the allocation in force does not answer for, and
// that a bucket of the standing allocation would have paid for, so that none is
// passed over in silence.
type apart struct {
	held    uint64            // because the account was held to a rate
	drilled map[string]uint64 // the same in a drill that was ordered for the account, by cause
	lowered map[string]uint64 // while something had lowered the allocation, by cause
}

// mostCauses is how many causes are told apart.
const mostCauses = 16

func (p *apart) see(n *traffic.Decision, t *journal.Terms, within bool) {
	switch {
	case !within || n.Verdict != traffic.Throttle:
	case n.Reason == traffic.Held && strings.HasPrefix(t.Cause, drillCause):
		tally(&p.drilled, t.Cause)
	case n.Reason == traffic.Held:
		p.held++
	case t.Standing > t.Allocation:
		tally(&p.lowered, t.Cause)
	}
}

// drillCause begins the cause of terms under which an account is held to 0/s because
// a drill was ordered for it. The register of acts takes such a reason for nothing
// else.
const drillCause = "by hand: drill: "

// tally counts by cause.
func tally(by *map[string]uint64, cause string) {
	if *by == nil {
		*by = map[string]uint64{}
	}
	if _, known := (*by)[cause]; !known && len(*by) >= mostCauses {
		cause = "one of several others"
	}
	(*by)[cause]++
}

// say says what was counted.
func (p *apart) say(r *Result) {
	if p.held > 0 {
		r.reserve("%s refused because the account was held to a rate by the operator's hand: its standing allocation would have paid for them", many(p.held, "request"))
	}
	for _, cause := range slices.Sorted(maps.Keys(p.drilled)) {
		r.reserve("%s refused in a throttle drill, in which all of the account is refused because that was ordered: %s", many(p.drilled[cause], "request"), plain(cause))
	}
	for _, cause := range slices.Sorted(maps.Keys(p.lowered)) {
		r.reserve("%s refused that the standing allocation would have paid for, while it was lowered: %s", many(p.lowered[cause], "request"), plain(cause))
	}
}
