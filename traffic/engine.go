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
	counts   []Counts // beside accounts, so that a boundary reads less memory
	awake    []int32  // the accounts that a boundary may change; all others are at rest
	pool     Amount   // the free pool
	removed  Counts   // of accounts that a change of policy took away
	claims   []claim  // of the boundary's share; kept to save allocations
	offered  []Amount // cost offered in each of the last second's slots, at slot mod len
	window   Amount   // their sum
	next     *terms   // the change of policy that awaits the next boundary

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
	second     int64 // the second that refusals counts
	refusals   uint32
	awake      bool
}

// never is a slot before all others.
const never = math.MinInt64 / 2

// lastTime keeps sums of times and slots within their integers.
const lastTime = math.MaxInt64 - int64(2*MaxSlot)

// newEngine starts with buckets at D; the pool starts full, or after a restart
// empty: what was forwarded just before it is not known here.
func newEngine(t terms, start Start) engine {
	e := engine{terms: t, policy: 1}
	e.at = min(max(start.At, 0), lastTime)
	e.slot = e.at / e.slotLength
	e.slotEnd = (e.slot + 1) * e.slotLength
	e.since = e.at
	e.offered = make([]Amount, t.second())
	e.accounts = make([]account, len(t.rules.Accounts))
	e.counts = make([]Counts, len(t.rules.Accounts))
	for i, a := range t.rules.Accounts {
		e.accounts[i] = e.newAccount(a)
		e.accounts[i].assured = e.accounts[i].depth
	}
	e.pool = e.bound - e.depths
	if start.Restart {
		e.pool = 0
		e.cold = t.half()
	}
	return e
}

// decide makes one decision in the slot under way. Rules, in order:
//
//  1. the assured bucket holds the whole cost: take it there, forward
//  2. the spare bucket holds it: take it there, forward
//  3. the free pool holds it: take it there, forward
//  4. otherwise activate if inactive, and refuse
func (e *engine) decide(at int64, i int32, r Request, d *Decision) {
	e.at = max(e.at, min(at, lastTime))
	cost := r.Cost
	if cost <= 0 {
		cost = SR
	} else if cost > e.largest {
		cost = e.largest
	}
	a := &e.accounts[i]
	e.number++
	*d = Decision{
		Number: e.number, At: e.at, Slot: e.slot, User: r.User, Cost: cost,
		Assured: a.assured, Spare: a.spare, Pool: e.pool, Depth: a.depth, Allocation: a.allocation,
		Cold: e.cold, Policy: e.policy, Account: i, Active: e.active,
	}
	if !a.awake {
		a.awake = true
		e.awake = append(e.awake, i)
	}
	e.current = min(e.current+cost, e.most)
	if cost <= a.assured {
		a.assured -= cost
	} else {
		a.asked = min(a.asked+cost, e.most)
		a.lastAsked = e.slot
		switch {
		case cost <= a.spare:
			a.spare -= cost
			d.Reason = Spare
		case cost <= e.pool:
			e.pool -= cost
			d.Reason = Spare
		default:
			e.refuse(a, d)
		}
	}
	e.counts[i].add(d.Reason, cost)
}

// refuse is rule 4. A pool that cannot hold the cost is the danger of a
// breach; only just after a restart it is not, for then the pool began empty.
func (e *engine) refuse(a *account, d *Decision) {
	d.Verdict, d.Reason = Throttle, OverAllocation
	if !e.active && e.cold == 0 {
		e.active, e.since, e.calm = true, e.at, 0
		d.Activated = true
	}
	if second := e.at / int64(time.Second); second != a.second {
		a.second, a.refusals = second, 0
	}
	a.refusals++
	d.Refusals = a.refusals
	d.RetryAfter = e.retryAfter(a, d.Cost, a.refusals)
}
