package traffic

import (
	"errors"
	"fmt"
	"slices"
)

// Planned is a set of Rules, and when it is to be obeyed.
type Planned struct {
	From  int64 `json:"from"` // nanoseconds since 1970 UTC; in the past: at once
	Rules Rules `json:"rules"`
}

type planned struct {
	from  int64
	terms terms
}

// Change has the Controller obey each of the plan's Rules from the first slot
// boundary on that lies at its time or after it, and is passed by a decision or
// by Advance. The plan replaces any that was there before, is in order of time
// and may be empty. Change returns the times of those boundaries; of several Rules
// with the same the last are obeyed.
//
// The error joins every Fault of the rules, or says that slot differs, which
// needs a restart; then nothing changes.
func (c *Controller) Change(plan ...Planned) ([]int64, error) {
	made, err := makePlan(plan)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e := &c.engine
	for _, p := range made {
		if p.terms.slotLength != e.slotLength {
			return nil, fmt.Errorf("slot: a change from %v to %v needs a restart", e.rules.Slot, p.terms.rules.Slot)
		}
	}
	e.plan = made
	boundaries := make([]int64, len(made))
	for i, p := range made {
		boundaries[i] = max(e.slotEnd, (max(p.from, 0)+e.slotLength-1)/e.slotLength*e.slotLength)
	}
	return boundaries, nil
}

// makePlan checks a plan and makes it ready for use.
func makePlan(plan []Planned) ([]planned, error) {
	made := make([]planned, 0, len(plan))
	for i, p := range plan {
		if err := check(p.Rules); err != nil {
			return nil, err
		}
		if i > 0 && p.From < plan[i-1].From {
			return nil, errors.New("the changes of policy are not in order of time")
		}
		made = append(made, planned{min(p.From, lastTime), newTerms(p.Rules)})
	}
	return made, nil
}

// obeyPlan puts in force what is due at a boundary: of several the last, since
// nobody would have lived under the others. All are counted.
func (e *engine) obeyPlan(at int64) {
	due := 0
	for due < len(e.plan) && e.plan[due].from <= at {
		due++
	}
	if due == 0 {
		return
	}
	e.policy += uint32(due - 1)
	e.adopt(&e.plan[due-1].terms)
	e.plan = e.plan[due:]
}

// adopt puts a change of policy in force, at a boundary and before its steps.
// Accounts are the same where their names are; they keep what they had, clipped
// to the new depths. New accounts, and depth that grew, start empty; what a
// removed account had vanishes. So no change can create a burst: what buckets
// and pool hold together only shrinks here, and step 2 cuts it to the new B.
func (e *engine) adopt(t *terms) {
	old := make(map[string]int32, len(e.accounts))
	for i, a := range e.rules.Accounts {
		old[a.Name] = int32(i)
	}
	accounts := make([]account, len(t.rules.Accounts))
	counts := make([]Counts, len(accounts))
	e.awake = make([]int32, 0, len(accounts))
	for i, a := range t.rules.Accounts {
		accounts[i] = t.newAccount(a, e.slot)
		if was, ok := old[a.Name]; ok {
			accounts[i].carryOver(&e.accounts[was])
			counts[i] = e.counts[was]
			delete(old, a.Name)
		}
		accounts[i].awake = true
		e.awake = append(e.awake, int32(i))
	}
	for _, gone := range old {
		e.removed.Add(e.counts[gone])
	}
	e.terms, e.accounts, e.counts = *t, accounts, counts
	e.claims = slices.Grow(e.claims[:0], len(accounts))
	e.cold = min(e.cold, e.half())
	e.policy++
	if e.life == 0 {
		e.vouchers = vouchers{}
	}
	if e.rules.Activate && !e.active {
		e.active, e.since, e.calm = true, e.slot*e.slotLength, 0
	}
}

// carryOver takes over what the account had under the policy before.
func (a *account) carryOver(was *account) {
	a.assured = min(was.assured, a.depth)
	a.spare, a.asked, a.wants, a.lastAsked = was.spare, was.asked, was.wants, was.lastAsked
	a.second, a.refusals = was.second, was.refusals
	if a.hold != nil && was.hold != nil {
		now := *a.hold
		*a.hold = *was.hold
		a.hold.change(now.depth, now.topUp, now.slot)
	}
}
