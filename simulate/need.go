package simulate

import (
	"time"

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
	Given    traffic.Rate  // the DSP's capacity
	Service  Service       // under the policy, with that
	Allowed  Service       // how much more of each counts as no more: see NeedPart
	Down     time.Duration // of the scenario, in which the DSP is down, whatever its capacity
	Rules    []RuleNeed    // in the order of Compare
}

// What counts as no more than under the policy: of every figure so small a part of
// what it is of (messages within the allocation, vends, Service Requests), but at least
// so many; and of seconds of outage such a part of the policy's, but at least so many.
// Without that a single message among millions would decide. It is this project's
// choice.
const (
	NeedPart    = 0.001
	NeedLeast   = 10
	OutagePart  = 0.01
	OutageLeast = 1
)

// allowed is what counts as no more than under a policy.
func allowed(o *Outcome) Service {
	part := func(of uint64) uint64 { return max(NeedLeast, uint64(float64(of)*NeedPart)) }
	within, all := part(o.Within), part(o.Requests)
	return Service{
		WithinThrottled: within, WithinFailed: within, WithinLost: within, Lost: all, VendsFailed: part(o.Vends.Requests), Overdue: all,
		OutageSeconds: max(OutageLeast, int64(float64(o.OutageSeconds)*OutagePart)),
	}
}

// plus is the most that counts as no more than a service.
func (s Service) plus(a Service) Service {
	return Service{
		WithinThrottled: s.WithinThrottled + a.WithinThrottled, WithinFailed: s.WithinFailed + a.WithinFailed, WithinLost: s.WithinLost + a.WithinLost,
		Lost: s.Lost + a.Lost, VendsFailed: s.VendsFailed + a.VendsFailed, Overdue: s.Overdue + a.Overdue, OutageSeconds: s.OutageSeconds + a.OutageSeconds,
	}
}

// Service is what is compared: none of it may be more, by more than Need.Allowed.
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

	Half      traffic.Rate // if Found: half of Capacity, or Given where that is more; 0 where Given does
	HalfWants []string     // what is more there

	Tried  traffic.Rate // the highest that was tried
	Uneven bool         // more than one that does was tried and did not; Capacity is above it
}
