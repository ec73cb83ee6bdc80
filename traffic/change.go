package traffic

import "slices"

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
		accounts[i] = t.newAccount(a)
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
	e.next = nil
}

// carryOver takes over what the account had under the policy before.
func (a *account) carryOver(was *account) {
	a.assured = min(was.assured, a.depth)
	a.spare, a.asked, a.wants, a.lastAsked = was.spare, was.asked, was.wants, was.lastAsked
	a.second, a.refusals = was.second, was.refusals
}
