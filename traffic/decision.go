package traffic

import "math/bits"

// Request is what the mechanism needs to know of one Service Request.
type Request struct {
	User uint64 // User ID (EUI-64) of the originator: it alone says whose allocation is spent
	Cost Amount // zero or less counts as SR; above Rules.LargestCost as that
}

// Verdict says what becomes of a request.
type Verdict uint8

// The verdicts.
const (
	Forward  Verdict = iota // goes on to the DSP
	Throttle                // refused for traffic
)

// String returns the verdict as files and reports write it.
func (v Verdict) String() string { return [...]string{"forward", "throttle"}[v] }

// Reason says which rule made the verdict.
type Reason uint8

// The reasons, in the order of the rules.
const (
	WithinAllocation Reason = iota // rule 1: the assured bucket held the cost
	Spare                          // rules 2 and 3: the spare bucket or the free pool held it
	OverAllocation                 // rule 4: nothing held it
	reasons
)

// Reasons is the number of reasons: they are 0 to Reasons−1.
const Reasons = int(reasons)

// String returns the reason as files and reports write it.
func (r Reason) String() string {
	return [...]string{"within-allocation", "spare", "over-allocation"}[r]
}

// Verdict returns the verdict that a reason stands for.
func (r Reason) Verdict() Verdict {
	if r == OverAllocation {
		return Throttle
	}
	return Forward
}

// Decision is the answer for one request, with every number that it was made
// from: another program can recompute it. Amounts are as they stood before the
// request took anything.
type Decision struct {
	Number     uint64 // counts decisions from 1, in the order in which they were made
	At         int64  // the time used: nanoseconds since 1970 UTC, never before the decision before
	Slot       int64  // floor(At / Rules.Slot)
	User       uint64 // as asked
	Cost       Amount
	Assured    Amount // in the account's assured bucket
	Spare      Amount // in its spare bucket
	Pool       Amount // in the free pool
	Cold       Amount // after a restart: still to be dealt before a refusal may activate; else 0
	Depth      Amount // D(u): what the assured bucket holds when full
	Allocation Rate   // a(u)
	Policy     uint32 // counts sets of Rules from 1
	Account    int32  // index in the Accounts of those Rules
	Refusals   uint32 // this account's refusals in the current second, with this one; 0 when forwarded
	RetryAfter uint32 // whole seconds; 0 when forwarded
	Verdict    Verdict
	Reason     Reason
	Active     bool // traffic management was active when the request came
	Activated  bool // this refusal made it active
}

// retryAfter returns in how many whole seconds a refused account may count on
// its k-th refused request of this second, from its allocation alone:
// clamp(ceil((cost × k − assured) / a), least, most). That spreads the callers
// without a random number. An account of allocation 0 is told the most.
func (e *engine) retryAfter(a *account, cost Amount, k uint32) uint32 {
	if a.allocation <= 0 {
		return e.retryMost
	}
	hi, lo := bits.Mul64(uint64(cost), uint64(k))
	lo, borrow := bits.Sub64(lo, uint64(a.assured), 0)
	hi -= borrow // k ≥ 1 and cost > assured: never below zero
	lo, carry := bits.Add64(lo, uint64(a.allocation)-1, 0)
	hi += carry
	if hi >= uint64(a.allocation) {
		return e.retryMost
	}
	seconds, _ := bits.Div64(hi, lo, uint64(a.allocation))
	return uint32(min(max(seconds, uint64(e.retryLeast)), uint64(e.retryMost)))
}
