package simulate

import (
	"fmt"
	"math"
	"slices"
	"time"

	"srtm/policy"
	"srtm/scenario"
	"srtm/traffic"
)

// setting is what a sweep varies.
type setting struct {
	name, unit string
	scale      float64 // values are whole parts of so many to one
	most       float64
	of         func(*policy.Policy) float64
	variation  func(whole int64) policy.Variation // of so many parts
	say        func(whole int64) string
	scales     bool // the DSP too

	// What is sought as little as possible of, and whether only the small Service
	// Users' counts.
	measure string
	harm    func(*Counts) uint64
	small   bool
}

const (
	unserved   = "Service Requests lost or overdue"
	unanswered = "messages throttled, failed or late"
)

// notServed counts Service Requests that were not accepted within a minute: what
// Service Users lose by too small a system or allocation.
func notServed(c *Counts) uint64 { return c.GaveUp + c.Overdue }

// notAnswered counts messages: what is refused to keep the DSP from harm is set
// against what comes to harm there.
func notAnswered(c *Counts) uint64 { return c.Throttled + c.Failed + c.Late }

func settingNamed(name string) (setting, bool) {
	all := []setting{
		{
			name: "capacity", unit: "/s", scale: 1000, most: 1e9, scales: true, measure: unserved, harm: notServed,
			of:        func(p *policy.Policy) float64 { return float64(p.Capacity.PerSecond()) / float64(traffic.PerSecond) },
			variation: func(n int64) policy.Variation { return policy.Variation{Capacity: new(perSecond(n))} },
			say:       func(n int64) string { return perSecond(n).String() },
		},
		{
			name: "threshold", unit: "%", scale: 1000, most: 100, measure: unanswered, harm: notAnswered,
			of:        func(p *policy.Policy) float64 { return float64(p.Threshold) / 1000 },
			variation: func(n int64) policy.Variation { return policy.Variation{Threshold: new(policy.Percent(n))} },
			say:       func(n int64) string { return policy.Percent(n).String() },
		},
		{
			name: "burst", unit: "s", scale: 1e9, most: traffic.MaxBurst.Seconds(), measure: unanswered, harm: notAnswered,
			of:        func(p *policy.Policy) float64 { return p.Burst.Seconds() },
			variation: func(n int64) policy.Variation { return policy.Variation{Burst: new(time.Duration(n))} },
			say:       func(n int64) string { return time.Duration(n).String() },
		},
		{
			name: "minimum", unit: "/s", scale: 1000, most: 1e9, measure: unserved + " of those that the largest minimum lifts", harm: notServed, small: true,
			of:        func(p *policy.Policy) float64 { return float64(p.MinimumRate()) / float64(traffic.PerSecond) },
			variation: func(n int64) policy.Variation { return policy.Variation{Minimum: new(perSecond(n))} },
			say:       func(n int64) string { return perSecond(n).String() },
		},
	}
	i := slices.IndexFunc(all, func(s setting) bool { return s.name == name })
	if i < 0 {
		return setting{}, false
	}
	return all[i], true
}

func perSecond(thousandths int64) policy.Rate {
	return policy.Rate{Thousandths: thousandths, Per: time.Second}
}

// whole is a value in parts, rounded.
func (s *setting) whole(value float64) (int64, error) {
	if !(value >= 0 && value <= s.most) { // nor is it where it is no number
		return 0, fmt.Errorf("the %s %v%s is not from 0%s to %v%s", s.name, value, s.unit, s.unit, s.most, s.unit)
	}
	return int64(math.Round(value * s.scale)), nil
}

// lost is a rule's harm, of the small Service Users where the setting asks for that.
func (s *setting) lost(o *Outcome, small []string) uint64 {
	if !s.small {
		return s.harm(&o.Counts)
	}
	sum := uint64(0)
	for i := range o.Users {
		if slices.Contains(small, o.Users[i].Account) {
			sum += s.harm(&o.Users[i].Counts)
		}
	}
	return sum
}

// smallOf returns the scenario's Service Users whose allocation is a policy's
// minimum.
func smallOf(c Config) (small []string) {
	p := c.Policies[0]
	lifted := make(map[string]bool)
	for _, a := range p.Accounts {
		lifted[a.Name] = a.Allocation <= p.Minimum
	}
	for i := range c.Scenario.Users {
		if name := c.Scenario.Users[i].Account; lifted[name] {
			small = append(small, name)
		}
	}
	return small
}

// scaledDSP is a scenario with a DSP so many times as large, and what its changes
// leave of it too.
func scaledDSP(s *scenario.Scenario, factor float64) *scenario.Scenario {
	other := *s
	d := &other.Setting.DSP
	d.Capacity *= scenario.Rate(factor)
	d.Changes = slices.Clone(d.Changes)
	for i := range d.Changes {
		d.Changes[i].Capacity *= scenario.Rate(factor)
	}
	return &other
}
