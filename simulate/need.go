package simulate

import (
	"srtm/traffic"
)

// MostNeed is how many times the given capacity PlayNeed tries at most.
const MostNeed = 64

// NeedConfig is what PlayNeed needs to know.
type NeedConfig struct {
	Config // with one policy. Compare: the rules without the mechanism, see PlayNeed; empty: none. Progress is not told

	Done func(played, most int) // told, in order, when the scenario has been played once more, of so many times at most; may be nil
}

// Need is the business case: which capacity other rules would need for the service
// that a policy gives with a given one. It is a result of the model, in Service
// Requests a second and not in money.
type Need struct {
	Scenario string
	Policy   string
	Given    traffic.Rate // the DSP's capacity
	Service  Service      // under the policy, with that
	Rules    []RuleNeed   // in the order of Compare
}

// Service is what is compared: none of it may be more.
type Service struct {
	WithinThrottled, WithinFailed, WithinLost uint64 // of those within the allocations of the policy as it is given
	Lost, VendsFailed, Overdue                uint64 // of all
	OutageSeconds                             int64
}

// RuleNeed is what one rule needs.
type RuleNeed struct {
	Label  string
	Within CapacityNeed // that those within their allocation suffer no more than under the policy
	All    CapacityNeed // that beside this no more is lost, overdue, or outage, of all
}

// CapacityNeed is a capacity that was looked for.
type CapacityNeed struct {
	Found    bool
	Capacity traffic.Rate // if Found: what does; not less than Given, and else the least to within 1 %
	Service  Service      // at Capacity; if not Found at Tried

	Short      traffic.Rate // if Found: what is just below Capacity and does not; 0 where Given does
	ShortWants []string     // what was more there than under the policy, in words; if not Found at Tried

	Tried  traffic.Rate // the highest that was tried
	Uneven bool         // more than one that does was tried and did not; Capacity is above it
}
