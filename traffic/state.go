package traffic

import (
	"errors"
	"fmt"
)

// State is everything that a Controller knows beside its Rules: buckets, pool,
// hunger, windows, activity and counts. A Controller imported from it decides
// exactly as the one that exported it would have gone on to do: for a planned
// hand-over, and for replay from the middle of a day.
type State struct {
	At      int64          `json:"at"`    // latest time seen, nanoseconds since 1970 UTC
	Slot    int64          `json:"slot"`  // the slot under way
	Bound   Amount         `json:"bound"` // B, by which the state tells which Rules it belongs to
	Number  uint64         `json:"number"`
	Policy  uint32         `json:"policy"`
	Pool    Amount         `json:"pool"`
	Active  bool           `json:"active"`
	Since   int64          `json:"since"` // when Active last changed
	Calm    int64          `json:"calm"`  // boundaries in a row below the release level
	Cold    Amount         `json:"cold"`  // still to be dealt before a refusal after a restart may activate
	Current Amount         `json:"current"`
	Offered []Amount       `json:"offered"`          // cost offered in each slot of the last second, oldest first
	Removed Counts         `json:"removed"`          // of accounts that a change of policy took away
	Plan    []Planned      `json:"plan,omitempty"`   // changes of policy that await their boundaries
	Issued  []Issued       `json:"issued,omitempty"` // vouchers that are out, oldest first
	Account []AccountState `json:"accounts"`
}

// AccountState is one account's part of State.
type AccountState struct {
	Name      string `json:"name"`
	Depth     Amount `json:"depth"` // D(u), likewise
	Assured   Amount `json:"assured"`
	Spare     Amount `json:"spare"`
	Asked     Amount `json:"asked"`      // beyond assured, in the slot under way
	Wants     Amount `json:"wants"`      // w
	LastAsked int64  `json:"last_asked"` // the slot in which it last asked beyond assured
	Second    int64  `json:"second"`     // the second that Refusals counts
	Refusals  uint32 `json:"refusals"`
	Hold      Amount `json:"hold,omitempty"` // in the bucket by which it is held to a rate
	Counts    Counts `json:"counts"`
}

// Issued is a voucher of State: a first message of a critical command that was
// forwarded, and until when it vouches for its second.
type Issued struct {
	voucher
	Until int64 `json:"until"`
}

// Export returns the whole state.
func (c *Controller) Export() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := &c.engine
	s := State{
		At: e.at, Slot: e.slot, Bound: e.bound, Number: e.number, Policy: e.policy, Pool: e.pool, Active: e.active, Since: e.since,
		Calm: e.calm, Cold: e.cold, Current: e.current, Removed: e.removed,
	}
	for i := range e.offered {
		s.Offered = append(s.Offered, e.offered[(e.slot+int64(i))%int64(len(e.offered))])
	}
	for _, p := range e.plan {
		s.Plan = append(s.Plan, Planned{p.from, p.terms.rules.clone()})
	}
	s.Issued = e.vouchers.out(e.at)
	for i, a := range e.accounts {
		account := AccountState{
			Name: e.rules.Accounts[i].Name, Depth: a.depth, Assured: a.assured, Spare: a.spare, Asked: a.asked, Wants: a.wants,
			LastAsked: a.lastAsked, Second: a.second, Refusals: a.refusals, Counts: e.counts[i],
		}
		if a.hold != nil {
			a.hold.refill(e.slot)
			account.Hold = a.hold.tokens
		}
		s.Account = append(s.Account, account)
	}
	return s
}

// Import returns a Controller that goes on from s under r, the Rules that were
// in force when s was exported. A state that these rules could not have led to
// is an error that says where.
func Import(r Rules, s State) (*Controller, error) {
	if err := check(r); err != nil {
		return nil, err
	}
	plan, err := makePlan(s.Plan)
	if err != nil {
		return nil, fmt.Errorf("a change of policy that the state awaits: %w", err)
	}
	for _, p := range plan {
		if p.terms.rules.Slot != r.Slot {
			return nil, errors.New("a change of policy that the state awaits changes slot, which needs a restart")
		}
	}
	e := newEngine(newTerms(r), Start{At: s.At})
	e.plan = plan
	if err := e.restore(s); err != nil {
		return nil, fmt.Errorf("import state: %w", err)
	}
	return control(e), nil
}

func (e *engine) restore(s State) error {
	if err := s.check(e); err != nil {
		return err
	}
	e.at, e.slot, e.slotEnd = s.At, s.Slot, (s.Slot+1)*e.slotLength
	e.number, e.policy, e.pool, e.active, e.since = s.Number, s.Policy, s.Pool, s.Active, s.Since
	e.calm, e.cold, e.current, e.removed = s.Calm, s.Cold, s.Current, s.Removed
	for i, cost := range s.Offered {
		e.offered[(s.Slot+int64(i))%int64(len(e.offered))] = cost
		e.window += cost
	}
	if e.life > 0 {
		for _, v := range s.Issued {
			e.vouchers.issue(s.At, v.voucher, v.Until)
		}
	}
	for i, was := range s.Account {
		a := &e.accounts[i]
		a.assured, a.spare, a.asked, a.wants, a.lastAsked = was.Assured, was.Spare, was.Asked, was.Wants, was.LastAsked
		a.second, a.refusals, a.awake = was.Second, was.Refusals, true
		e.counts[i] = was.Counts
		if a.hold != nil {
			a.hold.tokens = was.Hold
		}
		e.awake = append(e.awake, int32(i)) // a boundary lets those that are at rest sleep again
	}
	return nil
}

// check compares the state with what the engine's rules allow.
func (s *State) check(e *engine) error {
	switch {
	case s.Bound != e.bound:
		return fmt.Errorf("it belongs to rules with a bound of %v, and these have %v", s.Bound, e.bound)
	case s.At < 0 || s.At > lastTime || s.Slot != s.At/e.slotLength:
		return fmt.Errorf("time %d and slot %d do not fit together", s.At, s.Slot)
	case s.Since > s.At:
		return errors.New("active changed in the future")
	case len(s.Issued) > MaxVouchers:
		return fmt.Errorf("%d vouchers are more than %d", len(s.Issued), MaxVouchers)
	case len(s.Offered) != len(e.offered):
		return fmt.Errorf("offered has %d slots where a second has %d", len(s.Offered), len(e.offered))
	case len(s.Account) != len(e.accounts):
		return fmt.Errorf("%d accounts where the rules have %d", len(s.Account), len(e.accounts))
	case s.Pool < -MaxRate.Over(MaxBurst) || s.Pool > e.bound || s.Cold < 0 || s.Cold > e.half() || s.Calm < 0 || s.Calm > e.holdSlots:
		return errors.New("pool, cold or calm lies outside its bounds")
	case s.Current < 0 || s.Current > e.most:
		return errors.New("current lies outside its bounds")
	}
	for i, cost := range s.Offered {
		if cost < 0 || cost > e.most {
			return fmt.Errorf("offered in slot %d of the last second lies outside its bounds", i)
		}
	}
	return s.checkAccounts(e)
}

func (s *State) checkAccounts(e *engine) error {
	total := s.Pool
	for i, a := range s.Account {
		rule := e.rules.Accounts[i]
		switch {
		case a.Name != rule.Name:
			return fmt.Errorf("account %d is %q where the rules have %q", i, a.Name, rule.Name)
		case a.Depth != e.accounts[i].depth:
			return fmt.Errorf("account %q: the state has a depth of %v and the rules one of %v", a.Name, a.Depth, e.accounts[i].depth)
		case a.Assured < 0 || a.Assured > e.accounts[i].depth:
			return fmt.Errorf("account %q: assured %v is not within its depth of %v", a.Name, a.Assured, e.accounts[i].depth)
		case a.Spare < 0 || a.Spare > e.bound || a.Asked < 0 || a.Asked > e.most || a.Wants < 0 || a.Wants > e.most:
			return fmt.Errorf("account %q: spare, asked or wants lies outside its bounds", a.Name)
		case a.Hold < 0 || a.Hold > e.accounts[i].holds():
			return fmt.Errorf("account %q: the bucket by which it is held has %v, not 0 to %v", a.Name, a.Hold, e.accounts[i].holds())
		case a.LastAsked > s.Slot || a.LastAsked < never || a.Second > s.At/1_000_000_000:
			return fmt.Errorf("account %q: it last asked, or was refused, in the future", a.Name)
		}
		total += a.Assured + a.Spare
		if total > e.bound {
			return fmt.Errorf("buckets and pool hold more than the bound of %v", e.bound)
		}
	}
	return nil
}

// holds returns the depth of the bucket by which the account is held, 0 without
// one.
func (a *account) holds() Amount {
	if a.hold == nil {
		return 0
	}
	return a.hold.depth
}
