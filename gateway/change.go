package gateway

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"srtm/journal"
	"srtm/traffic"
)

// Change is what is to hold from a time on, and what the journal keeps of it.
type Change struct {
	From    int64 // nanoseconds since 1970 UTC; in the past: at once
	Rules   traffic.Rules
	Conduct Conduct
	// Policy is recorded when it comes into force, with the number that it then
	// has; nil: the policy is the same, only its Rules change for a while.
	Policy *journal.Policy
	// Terms are those of every account of Rules, in their order. New and From are filled in.
	// With no journal there may be none.
	Terms []journal.Terms
}

// Change has each of the plan hold from the first slot boundary on that lies at
// its time or after it. The plan replaces the one that was there before, is in
// order of time and may be empty. At the boundary mechanism, Conduct and records
// change together: whatever is decided after it stands in the journal after the
// Policy and the Terms by which it was decided. No request is refused, lost or
// decided again because of it.
//
// Of what should hold already only the latest counts. It holds from the next
// boundary on, unless it is what holds now.
//
// The plan is checked whole first. The error joins all that is wrong with it;
// then nothing changes, and the plan from before stands.
func (s *Server) Change(plan ...Change) error {
	if err := checkPlan(plan, s.cfg.Journal != nil); err != nil {
		return err
	}
	steps := make([]step, len(plan))
	for i, c := range plan {
		steps[i] = newStep(c)
	}
	return s.recorder.change(s.cfg.Clock, steps)
}

// Planned returns how many of the plan are still to come.
func (s *Server) Planned() int { return s.recorder.planned() }

func checkPlan(plan []Change, kept bool) error {
	var errs []error
	for i, c := range plan {
		if err := c.check(kept); err != nil {
			errs = append(errs, fmt.Errorf("what is to hold from %s: %w", time.Unix(0, c.From).UTC().Format(time.RFC3339Nano), err))
		}
		if i > 0 && c.From < plan[i-1].From {
			errs = append(errs, fmt.Errorf("the plan's %dth change lies before its %dth; put them in order of time", i+1, i))
		}
	}
	return errors.Join(errs...)
}

func (c Change) check(kept bool) error {
	errs := []error{c.Conduct.Check()}
	for _, f := range c.Rules.Check() {
		errs = append(errs, f)
	}
	if len(c.Terms) != len(c.Rules.Accounts) && (kept || len(c.Terms) > 0) {
		errs = append(errs, fmt.Errorf("terms: there are %d for %d accounts; give each account its own", len(c.Terms), len(c.Rules.Accounts)))
		return errors.Join(errs...)
	}
	for i, t := range c.Terms {
		if name := c.Rules.Accounts[i].Name; t.Account != "" && t.Account != name {
			errs = append(errs, fmt.Errorf("terms: the %dth are those of %q, the account is %q; give them in the accounts' order", i+1, t.Account, name))
		}
	}
	return errors.Join(errs...)
}

// step is a Change made ready for its boundary.
type step struct {
	Change
	manners  *manners
	names    []string // of the accounts
	boundary int64    // its time, once the Controller has it
}

func newStep(c Change) step {
	st := step{Change: c, manners: newManners(c.Conduct), names: namesOf(c.Rules)}
	if c.Policy != nil {
		p := *c.Policy
		st.Policy = &p
	}
	st.Terms = slices.Clone(c.Terms)
	return st
}

func namesOf(r traffic.Rules) []string {
	names := make([]string, len(r.Accounts))
	for i, a := range r.Accounts {
		names[i] = a.Name
	}
	return names
}

// force is what holds at present.
type force struct {
	from   int64  // as planned
	digest string // of the policy; empty: not known
	rules  traffic.Rules
	number uint32 // as the Controller counts Rules
	names  []string
}

// renews says whether the policy is another one than that which is in force.
func (f *force) renews(p *journal.Policy) bool {
	return p != nil && (p.Digest == "" || p.Digest != f.digest)
}

// due leaves out of a plan what lies behind, all but the latest of it if that is
// something new: it then carries the latest policy of what was left out.
func (f *force) due(now int64, steps []step, in *manners) []step {
	past := 0
	for past < len(steps) && steps[past].From <= max(now, f.from) {
		past++
	}
	if past == 0 {
		return steps
	}
	latest := &steps[past-1]
	for i := past - 2; i >= 0 && latest.Policy == nil; i-- {
		latest.Policy = steps[i].Policy
	}
	if !f.renews(latest.Policy) && sameRules(f.rules, latest.Rules) && latest.Conduct.equal(in.Conduct) {
		return steps[past:]
	}
	return steps[past-1:]
}

// sameRules says whether two sets of Rules are one, whatever they are kept in.
func sameRules(a, b traffic.Rules) bool {
	same := maps.Equal(a.Variants, b.Variants) && slices.Equal(a.Keep, b.Keep) && slices.EqualFunc(a.Accounts, b.Accounts, sameAccount)
	a.Variants, a.Keep, a.Accounts = nil, nil, nil
	b.Variants, b.Keep, b.Accounts = nil, nil, nil
	return same && reflect.DeepEqual(a, b)
}

func sameAccount(a, b traffic.Account) bool {
	same := slices.Equal(a.Users, b.Users)
	a.Users, b.Users = nil, nil
	return same && reflect.DeepEqual(a, b)
}
