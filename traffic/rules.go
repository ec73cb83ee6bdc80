package traffic

import (
	"cmp"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"time"
)

// Amount is a quantity of Service Requests in units of 10⁻⁹ Service Request.
// Integers, so that an auditor who recomputes a decision gets the same number.
type Amount int64

// SR is one Service Request.
const SR Amount = 1_000_000_000

// Rate is Service Requests per second in units of 10⁻⁹ Service Request per
// second.
type Rate int64

// PerSecond is a rate of one Service Request per second.
const PerSecond Rate = 1_000_000_000

// Over returns what flows at rate r in d, rounded down to a whole unit.
// Negative rates and durations count as zero; what does not fit saturates.
func (r Rate) Over(d time.Duration) Amount {
	if r <= 0 || d <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(r), uint64(d))
	if hi >= uint64(time.Second)/2 {
		return 1<<63 - 1
	}
	q, _ := bits.Div64(hi, lo, uint64(time.Second))
	return Amount(q)
}

// Limits on what Rules may hold. They keep every sum and product of the
// mechanism within its integers and a boundary within its time.
const (
	MaxRate     = 10_000_000 * PerSecond // threshold
	MinRate     = PerSecond / 1000       // threshold
	MaxCost     = 1000 * SR
	MinSlot     = time.Millisecond
	MaxSlot     = time.Second
	MaxBurst    = time.Minute
	MaxHold     = 24 * time.Hour
	MaxAccounts = 100_000
)

// Account is whoever has an allocation: a Service User.
type Account struct {
	Name       string   // unique among the accounts of one set of Rules
	Allocation Rate     // a(u); 0 is legal: such an account lives on what is free
	Users      []uint64 // its User IDs (EUI-64); each belongs to one account only

	Shadow bool // decided and counted as if enforced, and forwarded
	Exempt bool // all that it sends is treated like an exempt variant
	Held   bool // it passes a bucket of the rate Hold, one second deep, before all others
	Hold   Rate // 0 is legal: nothing passes
}

// Rules are all that the mechanism obeys. They are a value: a Controller
// keeps what it derives from them, and a change is a whole new set.
type Rules struct {
	Threshold   Rate          // T, the operating threshold
	Release     Rate          // offered traffic below this for Hold ends traffic management
	Hold        time.Duration // rounded up to whole slots
	Burst       time.Duration // what the DSP can take at once, as time at T
	Slot        time.Duration // divides one second
	LargestCost Amount        // the largest cost of any request; zero means the largest of Cost and those of Variants
	RetryLeast  time.Duration // bounds of Retry-After, whole seconds
	RetryMost   time.Duration
	Accounts    []Account
	Unlisted    string // account that User IDs of no account draw on; empty: there is none

	// What follows is off where it is zero.

	Mode           Mode
	Withhold       bool                 // while active nobody gets what others leave
	Cost           Amount               // of variants that Variants gives none; zero means SR
	Variants       map[string]Treatment // of Service Request Variants that are not like all others
	Keep           []Fraction           // of every assured bucket: what the ranks 1, 2, … keep from those after them
	Margin         Rate                 // C − T: over Burst, by how much what is exempt may take the pool below zero
	FinishCritical time.Duration        // how long a forwarded Command Variant 4 vouches for its second message
	Activate       bool                 // traffic management is active and is not released
	Closed         bool                 // nothing is taken at all; Threshold and allocations are 0
	Until          int64                // when Closed ends, for Retry-After: nanoseconds since 1970 UTC; 0: not known
}

// Fault is one reason why Rules cannot work.
type Fault struct {
	Key   string // the policy's key that is at fault, such as "release"
	Wrong string // what is wrong, with the numbers
	Right string // what would be right
}

// Error writes the fault in one line.
func (f Fault) Error() string { return f.Key + ": " + f.Wrong + "; " + f.Right }

// Depth returns D(u), the most that the assured bucket of an account with
// allocation a holds: what the allocation gives in half of Burst, but at least
// the largest cost, so that everyone can always reach it; 0 where a is 0.
func (r Rules) Depth(a Rate) Amount { return r.depth(a, r.largestCost()) }

// depth is Depth for who asks for many accounts and knows the largest cost.
func (r Rules) depth(a Rate, largest Amount) Amount {
	if a <= 0 {
		return 0
	}
	return max(largest, a.Over(r.Burst)/2)
}

// Bound returns B, the most that all buckets and the free pool hold together,
// and ΣD, the sum of all depths. Forwarded in any time t never exceeds
// T × t + B + one slot's deal.
func (r Rules) Bound() (bound, depths Amount) {
	largest := r.largestCost()
	for _, a := range r.Accounts {
		depths += r.depth(a.Allocation, largest)
	}
	whole := r.Threshold.Over(r.Burst)
	return max(whole, depths+whole/2), depths
}

// Check returns every reason why the rules cannot work, in the order of the
// policy's keys; none means that a Controller will accept them.
func (r Rules) Check() []Fault {
	faults := r.checkNumbers()
	faults = append(faults, r.checkExtensions()...)
	faults = append(faults, r.checkAccounts()...)
	if len(faults) > 0 || r.Closed {
		return faults // the sums below would only repeat what is wrong
	}
	return r.checkSums()
}

func (r Rules) checkNumbers() []Fault {
	var faults []Fault
	wrong := func(ok bool, key, wrong, right string) {
		if !ok {
			faults = append(faults, Fault{key, wrong, right})
		}
	}
	wrong(r.Threshold >= MinRate || r.Closed && r.Threshold == 0, "threshold", fmt.Sprintf("the operating threshold %v is below 0.001/s", r.Threshold),
		"raise capacity or threshold")
	wrong(r.Threshold <= MaxRate, "threshold", fmt.Sprintf("the operating threshold %v is above %v", r.Threshold, MaxRate),
		"lower capacity or threshold")
	wrong(r.Release > 0 && r.Release < r.Threshold || r.Closed && r.Release == 0, "release",
		fmt.Sprintf("the release level %v is not below the operating threshold %v", r.Release, r.Threshold),
		"choose one between 0 and the threshold, such as five sixths of it")
	wrong(r.Hold > 0 && r.Hold <= MaxHold, "hold", fmt.Sprintf("%v is not between 0 and %v", r.Hold, MaxHold), "30s is usual")
	wrong(r.Slot >= MinSlot && r.Slot <= MaxSlot && time.Second%max(r.Slot, 1) == 0, "slot",
		fmt.Sprintf("%v does not divide one second into slots of %v to %v", r.Slot, MinSlot, MaxSlot), "10ms is usual")
	wrong(r.Burst >= 2*r.Slot && r.Burst <= MaxBurst, "burst",
		fmt.Sprintf("%v is not between two slots (%v) and %v", r.Burst, 2*r.Slot, MaxBurst), "1s is usual")
	wrong(r.largestCost() > 0 && r.largestCost() <= MaxCost, "cost",
		fmt.Sprintf("the largest cost %v is not above 0 and at most %v", r.LargestCost, MaxCost), "1 is usual")
	whole := r.RetryLeast%time.Second == 0 && r.RetryMost%time.Second == 0
	wrong(whole && r.RetryLeast > 0 && r.RetryMost >= r.RetryLeast && r.RetryMost <= MaxHold, "refusal.retry_after",
		fmt.Sprintf("least %v and most %v are not whole seconds with 1s ≤ least ≤ most ≤ %v", r.RetryLeast, r.RetryMost, MaxHold), "1s and 60s are usual")
	return faults
}

func (r Rules) checkAccounts() []Fault {
	var faults []Fault
	wrong := func(format string, args ...any) {
		faults = append(faults, Fault{"portfolio", fmt.Sprintf(format, args...), "correct the portfolio"})
	}
	if len(r.Accounts) == 0 || len(r.Accounts) > MaxAccounts {
		wrong("%d accounts are not between 1 and %d", len(r.Accounts), MaxAccounts)
	}
	names := make(map[string]bool, len(r.Accounts))
	users := make(map[uint64]string)
	var sum Rate
	for _, a := range r.Accounts {
		if names[a.Name] {
			wrong("account %q is there twice", a.Name)
		}
		names[a.Name] = true
		if a.Allocation < 0 || a.Allocation > MaxRate {
			wrong("account %q has an allocation of %v", a.Name, a.Allocation)
			continue
		}
		if a.Hold < 0 || a.Hold > MaxRate {
			wrong("account %q is held to a rate of %v", a.Name, a.Hold)
		}
		if sum <= r.Threshold { // stop adding where it is too much already: sums of hostile rates overflow
			sum += a.Allocation
		}
		for _, u := range a.Users {
			if other, taken := users[u]; taken {
				wrong("User ID %016X belongs to account %q and to account %q", u, other, a.Name)
			}
			users[u] = a.Name
		}
	}
	if r.Unlisted != "" && !names[r.Unlisted] {
		wrong("the account %q for unlisted originators is not there", r.Unlisted)
	}
	if sum > r.Threshold {
		wrong("the allocations add up to more than the operating threshold %v", r.Threshold)
	}
	return faults
}

// checkSums finds rules whose parts are right and whose whole protects nothing.
func (r Rules) checkSums() []Fault {
	var faults []Fault
	whole := r.Threshold.Over(r.Burst)
	if _, depths := r.Bound(); depths > whole {
		faults = append(faults, Fault{"burst",
			fmt.Sprintf("the accounts' buckets hold %v together, more than the %v that the threshold gives in burst, so the bound would protect nothing", depths, whole),
			r.remedy(depths) + ", or have fewer very small accounts"})
	}
	if whole < 2*r.largestCost() {
		faults = append(faults, Fault{"burst",
			fmt.Sprintf("the threshold gives %v in burst, less than twice the largest cost of %v, so a full pool could not hold one request", whole, r.largestCost()),
			r.remedy(2 * r.largestCost())})
	}
	return faults
}

// remedy says what makes the threshold give amount in burst.
func (r Rules) remedy(amount Amount) string {
	hi, lo := bits.Mul64(uint64(amount), 1000)
	if hi < uint64(r.Threshold) {
		if ms, _ := bits.Div64(hi, lo, uint64(r.Threshold)); ms < uint64(MaxBurst/time.Millisecond) {
			return fmt.Sprintf("lengthen burst to at least %v, or raise capacity", time.Duration(ms+1)*time.Millisecond)
		}
	}
	return "raise capacity"
}

func (r Rules) clone() Rules {
	r.Accounts = slices.Clone(r.Accounts)
	for i := range r.Accounts {
		r.Accounts[i].Users = slices.Clone(r.Accounts[i].Users)
	}
	r.Variants, r.Keep = maps.Clone(r.Variants), slices.Clone(r.Keep)
	return r
}

func (r Rules) usualCost() Amount { return cmp.Or(r.Cost, SR) }

func (r Rules) largestCost() Amount {
	if r.LargestCost != 0 {
		return r.LargestCost
	}
	largest := r.usualCost()
	for _, t := range r.Variants {
		largest = max(largest, t.Cost)
	}
	return largest
}
