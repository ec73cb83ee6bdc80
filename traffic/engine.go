package traffic

import (
	"math"
	"time"
)

// engine is the mechanism itself: one thread's arithmetic. Controller adds the
// lock. What is derived from Rules is in terms, what lives is beside it.
type engine struct {
	terms
	accounts []account
	counts   []Counts  // beside accounts, so that a boundary reads less memory
	awake    []int32   // the accounts that a boundary may change; all others are at rest
	pool     Amount    // the free pool
	removed  Counts    // of accounts that a change of policy took away
	claims   []claim   // of the boundary's share; kept to save allocations
	offered  []Amount  // cost offered in each of the last second's slots, at slot mod len
	window   Amount    // their sum
	plan     []planned // changes of policy that await their boundaries, in order of time
	vouchers vouchers

	number  uint64 // decisions so far
	at      int64  // latest time seen
	slot    int64
	slotEnd int64  // first nanosecond of the next slot
	current Amount // cost offered in the slot under way
	active  bool
	since   int64 // when active last changed
	calm    int64 // boundaries in a row, since activation, with the window below release
	cold    Amount
	policy  uint32
}

// account is one Service User's part of the state.
type account struct {
	assured    Amount
	depth      Amount // D(u)
	topUp      Amount // a × slot
	spare      Amount
	asked      Amount // beyond assured, in the slot under way
	wants      Amount // w
	lastAsked  int64  // the slot in which it last asked beyond assured
	allocation Rate
	second     int64   // the second that refusals counts
	hold       *bucket // of an account that is held to a rate; otherwise nil
	holdRate   Rate
	refusals   uint32
	awake      bool
	shadow     bool
	exempt     bool
}

// never is a slot before all others.
const never = math.MinInt64 / 2

// lastTime keeps sums of times and slots within their integers.
const lastTime = math.MaxInt64 - int64(2*MaxSlot)

// newEngine starts with buckets at D; the pool starts full, or after a restart
// empty, or as far below zero as it may be: what was forwarded just before it is
// not known here.
func newEngine(t terms, start Start) engine {
	e := engine{terms: t, policy: 1}
	e.at = min(max(start.At, 0), lastTime)
	e.slot = e.at / e.slotLength
	e.slotEnd = (e.slot + 1) * e.slotLength
	e.since = e.at
	e.offered = make([]Amount, t.second())
	e.active = t.rules.Activate
	e.accounts = make([]account, len(t.rules.Accounts))
	e.counts = make([]Counts, len(t.rules.Accounts))
	for i, a := range t.rules.Accounts {
		e.accounts[i] = e.newAccount(a, e.slot)
		e.accounts[i].assured = e.accounts[i].depth
	}
	e.pool = e.bound - e.depths
	if start.Restart {
		e.pool = 0
		if t.beyond { // what is exempt may have taken as much just before
			e.pool = -t.limit
		}
		e.cold = t.half()
	}
	return e
}

// decide makes one decision in the slot under way, and counts it.
func (e *engine) decide(at int64, i int32, r *Request, d *Decision) {
	e.at = max(e.at, min(at, lastTime))
	a := &e.accounts[i]
	how := e.treatment(r)
	e.number++
	*d = Decision{} // and field by field, for a whole value would be made elsewhere and copied here
	d.Number, d.At, d.Slot, d.Policy, d.Active = e.number, e.at, e.slot, e.policy, e.active
	d.User, d.Account, d.Cost = r.User, i, how.Cost
	d.Assured, d.Spare, d.Pool, d.Cold = a.assured, a.spare, e.pool, e.cold
	d.Depth, d.Allocation = a.depth, a.allocation
	if e.extended {
		e.extend(a, r, how, d)
	}
	if !a.awake {
		a.awake = true
		e.awake = append(e.awake, i)
	}
	e.current = min(e.current+d.Cost, e.most)
	e.judge(a, d)
	if d.Verdict == Forward {
		e.remember(d.At, r)
	}
	e.counts[i].add(d.Verdict, d.Reason, d.Cost)
}

// extend fills in what a decision is made from beyond the four rules.
func (e *engine) extend(a *account, r *Request, how Treatment, d *Decision) {
	d.Kept = kept(a.depth, e.largest, e.floors[how.Rank])
	d.Exempt = how.Exempt || a.exempt
	if d.Vouched = e.vouched(r); d.Exempt || d.Vouched {
		d.Limit = e.limit
	}
	if a.hold != nil {
		a.hold.refill(e.slot)
		d.Held, d.Hold, d.HoldRate = true, a.hold.tokens, a.holdRate
	}
}

// judge makes the decision. Rules, in order; those with a letter are there only
// where a policy asks for them:
//
//	a. off or suspended: forward
//	b. closed: refuse
//	c. the account is held to a rate, and its bucket does not hold the cost: refuse
//	1. the assured bucket holds the whole cost above what is kept: take it there, forward
//	2. the spare bucket holds it: take it there, forward
//	3. the free pool holds it: take it there, forward
//	d. exempt or vouched for: activate if inactive; take it from the pool, which
//	   may go below zero, forward; or refuse where it would go too far
//	4. otherwise activate if inactive, and refuse
//
// While active and spare is withheld, 2 and 3 are for d alone.
func (e *engine) judge(a *account, d *Decision) {
	beyond := d.Exempt || d.Vouched
	switch {
	case e.open:
		d.Reason = e.openReason
		return
	case e.rules.Closed:
		e.refuse(a, d, Closed)
		return
	case d.Held && d.Cost > d.Hold:
		e.refuse(a, d, Held)
		return
	case d.Cost+d.Kept <= d.Assured:
		a.assured -= d.Cost
	case beyond:
		e.exempt(a, d)
	default:
		a.asked = min(a.asked+d.Cost, e.most)
		a.lastAsked = e.slot
		if !e.lend(a, d) {
			e.activate(d)
			e.refuse(a, d, OverAllocation)
		}
	}
	if d.Held && d.Verdict == Forward {
		a.hold.tokens -= d.Cost
	}
}

// lend is rules 2 and 3.
func (e *engine) lend(a *account, d *Decision) bool {
	withheld := e.rules.Withhold && e.active && !d.Exempt && !d.Vouched
	switch {
	case withheld:
		return false
	case d.Cost <= d.Spare:
		a.spare -= d.Cost
	case d.Cost <= d.Pool:
		e.pool -= d.Cost
	default:
		return false
	}
	d.Reason = Spare
	return true
}

// exempt is rules 2, 3 and d for what may go beyond them. It does not make its
// account hungry: what it takes is not the account's own.
func (e *engine) exempt(a *account, d *Decision) {
	if e.lend(a, d) {
		return
	}
	e.activate(d)
	if d.Pool-d.Cost < -d.Limit {
		e.refuse(a, d, Capacity)
		return
	}
	e.pool -= d.Cost
	d.Reason = Exempt
	if !d.Exempt {
		d.Reason = Critical
	}
}

// activate is what a pool means that cannot hold the cost: the danger of a
// breach. Only just after a restart it is not, for then the pool began empty.
func (e *engine) activate(d *Decision) {
	if !e.active && e.cold == 0 {
		e.active, e.since, e.calm = true, e.at, 0
		d.Activated = true
	}
}

// refuse refuses for a reason, or says that it would have.
func (e *engine) refuse(a *account, d *Decision, why Reason) {
	d.Verdict, d.Reason = Throttle, why
	if a.shadow {
		d.Verdict = Shadow
	}
	if second := e.at / int64(time.Second); second != a.second {
		a.second, a.refusals = second, 0
	}
	a.refusals++
	d.Refusals = a.refusals
	d.RetryAfter = e.retryAfter(d)
}
