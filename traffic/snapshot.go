package traffic

// Snapshot is what a person wants to see of a Controller at one moment.
type Snapshot struct {
	At       int64 // latest time seen
	Active   bool
	Since    int64  // when Active last changed
	Pool     Amount // in the free pool
	Offered  Amount // cost offered in the second before the slot under way
	Decided  uint64 // decisions since the start
	Policy   uint32 // counts sets of Rules from 1
	Rules    Rules  // in force; not to be changed
	Accounts []AccountSnapshot
	Removed  Counts // of accounts that a change of policy took away
}

// AccountSnapshot is one account's part of a Snapshot.
type AccountSnapshot struct {
	Name       string
	Allocation Rate
	Depth      Amount // D(u)
	Assured    Amount
	Spare      Amount
	Hungry     bool // it asked beyond assured in the last second
	Counts     Counts
}

// Active tells whether traffic management is active, and since when that is so:
// nanoseconds since 1970 UTC.
func (c *Controller) Active() (active bool, since int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.engine.active, c.engine.since
}

// Snapshot returns the present state for people and metrics, in the order of
// the Rules' accounts. It appends accounts to those of into, which may be nil,
// so that a caller that asks often need not allocate.
func (c *Controller) Snapshot(into []AccountSnapshot) Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := &c.engine
	s := Snapshot{
		At: e.at, Active: e.active, Since: e.since, Pool: e.pool, Offered: e.window,
		Decided: e.number, Policy: e.policy, Rules: e.rules, Removed: e.removed, Accounts: into,
	}
	for i := range e.accounts {
		a := &e.accounts[i]
		s.Accounts = append(s.Accounts, AccountSnapshot{
			Name: e.rules.Accounts[i].Name, Allocation: a.allocation, Depth: a.depth,
			Assured: a.assured, Spare: a.spare, Hungry: e.hungry(a), Counts: e.counts[i],
		})
	}
	return s
}
