package traffic

import (
	"math/bits"
	"time"
)

// Request is what the mechanism needs to know of one Service Request.
type Request struct {
	User    uint64 // User ID (EUI-64) of the originator: it alone says whose allocation is spent
	Cost    Amount // zero or less: what the Rules say of the Variant; above Rules.LargestCost as that
	Variant string // Service Request Variant, such as "4.8.1"

	// The rest matters only where Rules.FinishCritical is set. Target and Counter
	// are, with User, the RequestID; Command is the Command Variant, 0 where there
	// is none.
	Target, Counter uint64
	Command         uint8
}

// Verdict says what becomes of a request.
type Verdict uint8

// The verdicts.
const (
	Forward  Verdict = iota // goes on to the DSP
	Throttle                // refused for traffic
	Shadow                  // would have been refused, and goes on to the DSP all the same
	verdicts
)

// Verdicts is the number of verdicts: they are 0 to Verdicts−1.
const Verdicts = int(verdicts)

// String returns the verdict as files and reports write it.
func (v Verdict) String() string { return [...]string{"forward", "throttle", "shadow"}[v] }

// Reason says which rule made the verdict.
type Reason uint8

// The reasons.
const (
	WithinAllocation Reason = iota // rule 1: the assured bucket held the cost
	Spare                          // rules 2 and 3: the spare bucket or the free pool held it
	OverAllocation                 // rule 4: nothing held it
	Exempt                         // nothing held it, and the variant or the account is exempt
	Critical                       // nothing held it, and it is the second message of a critical command
	Capacity                       // exempt, or such a second message; but the pool was as far below zero as it may be
	Held                           // the account is held to a rate, and was over it
	Closed                         // nothing is taken at present
	Off                            // the mechanism is off
	Suspended                      // the mechanism is suspended
	reasons
)

// Reasons is the number of reasons: they are 0 to Reasons−1.
const Reasons = int(reasons)

// String returns the reason as files and reports write it.
func (r Reason) String() string {
	return [...]string{"within-allocation", "spare", "over-allocation", "exempt", "critical", "capacity", "held", "closed", "off", "suspended"}[r]
}

// Verdict returns the verdict that a reason stands for where it is enforced; in
// shadow Throttle becomes Shadow.
func (r Reason) Verdict() Verdict {
	if r == OverAllocation || r == Capacity || r == Held || r == Closed {
		return Throttle
	}
	return Forward
}

// Allows says whether a reason may stand beside a verdict.
func (v Verdict) Allows(r Reason) bool { return (r.Verdict() == Throttle) == (v != Forward) }

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
	Pool       Amount // in the free pool; below zero where what is exempt took more
	Cold       Amount // after a restart: still to be dealt before a refusal may activate; else 0
	Depth      Amount // D(u): what the assured bucket holds when full
	Kept       Amount // what of the assured bucket is kept from requests of this variant
	Limit      Amount // how far below zero the request may take the pool; 0 unless it is exempt or vouched for
	Hold       Amount // in the bucket of an account that is held to a rate
	HoldRate   Rate   // that rate
	Allocation Rate   // a(u)
	Policy     uint32 // counts sets of Rules from 1
	Account    int32  // index in the Accounts of those Rules
	Refusals   uint32 // this account's refusals in the current second, with this one; 0 when it was none
	RetryAfter uint32 // whole seconds; 0 when it was none
	Verdict    Verdict
	Reason     Reason
	Active     bool // traffic management was active when the request came
	Activated  bool // this request made it active
	Exempt     bool // the variant or the account is exempt
	Vouched    bool // its first message was forwarded: the second message of a critical command
	Held       bool // the account is held to HoldRate
}

// retryAfter returns in how many whole seconds a refused account may count on
// its k-th refused request of this second, from its allocation alone:
// clamp(ceil((cost × k + kept − assured) / a), least, most). That spreads the
// callers without a random number. An account of allocation 0 is told the most;
// one that is held to a rate the like for its bucket; and who is refused because
// nothing is taken, when that ends.
func (e *engine) retryAfter(d *Decision) uint32 {
	switch d.Reason {
	case Closed:
		return e.reopens(d.At)
	case Held:
		return e.wait(d.Cost, d.Hold, d)
	}
	return e.wait(d.Cost, d.Assured-d.Kept, d)
}

// wait is how long it takes until cost × k is there, where now there is less
// than one cost.
func (e *engine) wait(cost, there Amount, d *Decision) uint32 {
	rate := d.Allocation
	if d.Reason == Held {
		rate = d.HoldRate
	}
	if rate <= 0 {
		return e.retryMost
	}
	hi, lo := bits.Mul64(uint64(cost), uint64(d.Refusals))
	if there >= 0 {
		var borrow uint64
		lo, borrow = bits.Sub64(lo, uint64(there), 0)
		hi -= borrow // k ≥ 1 and cost > there: never below zero
	} else {
		var carry uint64
		lo, carry = bits.Add64(lo, uint64(-there), 0)
		hi += carry
	}
	lo, carry := bits.Add64(lo, uint64(rate)-1, 0)
	hi += carry
	if hi >= uint64(rate) {
		return e.retryMost
	}
	seconds, _ := bits.Div64(hi, lo, uint64(rate))
	return uint32(min(max(seconds, uint64(e.retryLeast)), uint64(e.retryMost)))
}

// reopens is how long it takes until requests are taken again; beyond the usual
// most, for whoever comes sooner comes in vain.
func (e *engine) reopens(at int64) uint32 {
	if e.rules.Until <= at {
		return e.retryMost
	}
	seconds := (e.rules.Until - at + int64(time.Second) - 1) / int64(time.Second)
	return uint32(min(max(seconds, int64(e.retryLeast)), int64(MaxHold*365/time.Second)))
}
