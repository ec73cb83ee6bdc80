package evidence

import (
	"fmt"
	"math/bits"
	"time"

	"srtm/traffic"
)

// judgeRefusal judges what only a refusal has, in shadow too, and whether the
// decision made traffic management active.
func (a *account) judgeRefusal(n *traffic.Decision) (wrong []string) {
	if want := activates(n.Reason) && !n.Active && n.Cold == 0; n.Activated != want {
		wrong = append(wrong, fmt.Sprintf("activated is recorded as %v; %v while active is %v and cold %v makes it %v", n.Activated, n.Reason, n.Active, n.Cold, want))
	}
	if n.Verdict == traffic.Forward {
		if n.Refusals != 0 || n.RetryAfter != 0 {
			wrong = append(wrong, fmt.Sprintf("it was forwarded, and is recorded with refusal %d, Retry-After %d; these belong to refusals", n.Refusals, n.RetryAfter))
		}
		return wrong
	}
	if second := n.At / int64(time.Second); second != a.second {
		a.second, a.refusals = second, 0
	}
	a.refusals++
	if n.Refusals != a.refusals && a.second > a.partial || n.Refusals < a.refusals {
		wrong = append(wrong, fmt.Sprintf("it is recorded as refusal %d in this second; it is the account's number %d", n.Refusals, a.refusals))
	} else {
		a.refusals = n.Refusals
	}
	if want, how := a.retryAfter(n); n.RetryAfter != want {
		wrong = append(wrong, fmt.Sprintf("its Retry-After is recorded as %d s; %s is %d s", n.RetryAfter, how, want))
	}
	return wrong
}

// activates says whether a reason means that the pool could not hold the cost.
func activates(r traffic.Reason) bool {
	return r == traffic.OverAllocation || r == traffic.Capacity || r == traffic.Exempt || r == traffic.Critical
}

// retryAfter is what a refusal says, and how it is made: for an account's own
// bucket clamp(ceil((cost × k + kept − assured) / a), least, most) in seconds, the
// like for one that is held to a rate, and where all is closed the time until
// that ends.
func (a *account) retryAfter(n *traffic.Decision) (seconds uint32, how string) {
	switch n.Reason {
	case traffic.Closed:
		return a.reopens(n.At), fmt.Sprintf("closed until %s", until(a.terms.Until))
	case traffic.Held:
		return a.wait(n, n.Hold, n.HoldRate), fmt.Sprintf("%d times its cost of %v, less %v in the bucket of its hold, at %v", n.Refusals, n.Cost, n.Hold, n.HoldRate)
	}
	how = fmt.Sprintf("%d times its cost of %v, less %v, at %v", n.Refusals, n.Cost, n.Assured, n.Allocation)
	if n.Kept != 0 {
		how = fmt.Sprintf("%d times its cost of %v, less %v of which %v are kept, at %v", n.Refusals, n.Cost, n.Assured, n.Kept, n.Allocation)
	}
	return a.wait(n, n.Assured-n.Kept, n.Allocation), how
}

// until writes when something ends.
func until(at int64) string {
	if at == 0 {
		return "a time that is not known"
	}
	return moment(at)
}

// reopens is in how many seconds requests are taken again; where that is not
// known, the usual most.
func (a *account) reopens(at int64) uint32 {
	const longest = uint64(traffic.MaxHold * 365 / time.Second)
	if a.terms.Until <= at {
		return uint32(a.terms.RetryMost / time.Second)
	}
	left := uint64(a.terms.Until - at)
	seconds := left / uint64(time.Second)
	if left%uint64(time.Second) > 0 {
		seconds++
	}
	return uint32(min(max(seconds, uint64(a.terms.RetryLeast/time.Second)), longest))
}

// wait is in how many seconds k times the cost is there at a rate, of which so
// much is there already, or is missing.
func (a *account) wait(n *traffic.Decision, there traffic.Amount, rate traffic.Rate) uint32 {
	least, most := uint64(a.terms.RetryLeast/time.Second), uint64(a.terms.RetryMost/time.Second)
	if rate <= 0 {
		return uint32(most)
	}
	hi, lo := bits.Mul64(uint64(max(n.Cost, 0)), uint64(n.Refusals))
	var carry uint64
	if there < 0 {
		lo, carry = bits.Add64(lo, -uint64(there), 0)
		hi += carry
	} else {
		lo, carry = bits.Sub64(lo, uint64(there), 0)
		if hi < carry { // what a sound record never has: more is there than all of them cost
			return uint32(least)
		}
		hi -= carry
	}
	lo, carry = bits.Add64(lo, uint64(rate)-1, 0)
	if hi += carry; hi >= uint64(rate) {
		return uint32(most)
	}
	seconds, _ := bits.Div64(hi, lo, uint64(rate))
	return uint32(min(max(seconds, least), most))
}
