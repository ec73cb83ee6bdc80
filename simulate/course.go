package simulate

import (
	"fmt"
	"time"

	"srtm/duis"
	"srtm/policy"
	"srtm/traffic"
)

// course follows a policy through its periods, and judges by it, from outside, who
// is within its allocation.
type course struct {
	policy *policy.Policy
	places []int // of the scenario's Service Users among the policy's accounts
	rules  traffic.Rules
	terms  terms
	next   int64 // the slot boundary at which another period begins; 0: none does
	begins time.Time

	references []traffic.Reference
	costs      [256]traffic.Amount // by variant
	ranks      [256]int
	kept       [][]traffic.Amount // by Service User and rank; nil where nothing is kept
}

// newCourse finds the Service Users in the policy.
func newCourse(p *policy.Policy, users []string, at int64) (*course, error) {
	c := &course{policy: p, places: make([]int, len(users))}
	period := p.At(time.Unix(0, at).UTC())
	place := make(map[string]int)
	for i, a := range period.Rules.Accounts {
		if len(a.Users) > 0 {
			place[a.Name] = i
		}
	}
	for i, name := range users {
		at, known := place[name]
		if !known {
			return nil, fmt.Errorf("the scenario's Service User %q is not in the portfolio of the policy %q; add it there, or name another policy", name, p.Name)
		}
		c.places[i] = at
	}
	c.begin(at, period)
	return c, nil
}

func (c *course) begin(at int64, period policy.Period) {
	c.adopt(period)
	c.references = make([]traffic.Reference, len(c.places))
	for i := range c.references {
		c.references[i] = *traffic.NewReference(c.rules, c.terms.allocations[i], at)
	}
}

// adopt takes over what a period says.
func (c *course) adopt(period policy.Period) {
	r := period.Rules
	c.rules = r
	c.terms = terms{
		rules:     r,
		threshold: r.Threshold, burst: r.Burst, least: r.RetryLeast, largest: c.policy.LargestCost(),
		allocations: make([]traffic.Rate, len(c.places)), depths: make([]traffic.Amount, len(c.places)),
		latency: c.terms.latency,
	}
	c.kept = nil
	for i, place := range c.places {
		a := r.Accounts[place].Allocation
		c.terms.allocations[i], c.terms.depths[i] = a, r.Depth(a)
		if len(r.Keep) > 0 {
			each := make([]traffic.Amount, len(r.Keep)+1)
			for rank := range each {
				each[rank] = r.Kept(c.terms.depths[i], rank)
			}
			c.kept = append(c.kept, each)
		}
	}
	for v := range duis.Variants() {
		how := r.Variants[v.String()]
		c.costs[v], c.ranks[v] = how.Cost, how.Rank
		if how.Cost == 0 {
			c.costs[v] = c.usual()
		}
	}
	c.costs[duis.Unknown] = c.usual()
	c.next = 0
	if until := period.Until; !until.IsZero() && until.Year() < lastYear && until.Year() >= 1970 {
		slot := int64(r.Slot)
		c.begins, c.next = until, (until.UnixNano()+slot-1)/slot*slot
	}
}

func (c *course) usual() traffic.Amount {
	if c.rules.Cost > 0 {
		return c.rules.Cost
	}
	return traffic.SR
}

// pass goes on to the next period, which begins at the boundary that it returns.
func (c *course) pass() int64 {
	at := c.next
	c.adopt(c.policy.At(c.begins))
	for i := range c.references {
		c.references[i].Change(c.rules, c.terms.allocations[i], at)
	}
	return at
}

// within says whether a message is within its Service User's allocation, and takes
// it from that if it is.
func (c *course) within(at int64, m *message) bool {
	var kept traffic.Amount
	if c.kept != nil {
		kept = c.kept[m.user][c.ranks[m.variant]]
	}
	return c.references[m.user].TakeAbove(at, c.costs[m.variant], kept)
}

// userIDs returns one User ID for each of the Service Users.
func (c *course) userIDs() []uint64 {
	ids := make([]uint64, len(c.places))
	for i, place := range c.places {
		ids[i] = c.rules.Accounts[place].Users[0]
	}
	return ids
}
