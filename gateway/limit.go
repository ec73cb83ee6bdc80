package gateway

import (
	"strconv"

	"srtm/traffic"
)

// appendLimit appends, where the policy wants it, what the request's account may
// send, as draft-ietf-httpapi-ratelimit-headers has it:
//
//	RateLimit-Policy: "allocation";q=540;w=1
//	RateLimit: "allocation";r=12;t=1
//
// w is how long the allocation takes to fill the assured bucket, in whole seconds
// as the draft wants it, and q what the allocation gives in that time, so that
// q/w is the allocation. r is what is left in the bucket, t when it will be full.
// An account without an allocation has nothing to be told.
func (x *exchange) appendLimit(dst []byte) []byte {
	if !x.manners.LimitHeaders || !x.decided || x.decision.Numbers.Allocation <= 0 {
		return dst
	}
	l := limitOf(&x.decision.Numbers)
	dst = appendNumber(append(dst, `RateLimit-Policy: "allocation"`...), ";q=", l.quota)
	dst = appendNumber(dst, ";w=", l.window)
	dst = appendNumber(append(dst, "\r\nRateLimit: \"allocation\""...), ";r=", l.left)
	dst = appendNumber(dst, ";t=", l.full)
	return append(dst, "\r\n"...)
}

func appendNumber(dst []byte, key string, n int64) []byte {
	return strconv.AppendInt(append(dst, key...), n, 10)
}

// limit is what an account with an allocation may send.
type limit struct {
	quota  int64 // Service Requests in a window
	window int64 // seconds
	left   int64 // Service Requests at once
	full   int64 // seconds until nothing more is put by
}

// limitOf returns the limit as it stands after a decision. Whoever is held to a
// rate has no more left than that leaves it.
func limitOf(d *traffic.Decision) limit {
	assured, held := d.Assured, d.Hold
	switch {
	case d.Verdict != traffic.Forward || d.Reason == traffic.Off || d.Reason == traffic.Suspended: // nothing was taken
	case d.Reason == traffic.WithinAllocation:
		assured, held = assured-d.Cost, held-d.Cost
	default:
		held -= d.Cost
	}
	left := assured
	if d.Held {
		left = min(left, held)
	}
	rate := traffic.Amount(d.Allocation) // in a second
	l := limit{window: max(1, divideUp(d.Depth, rate)), left: int64(max(0, left) / traffic.SR), full: divideUp(d.Depth-assured, rate)}
	l.quota = int64(rate) * l.window / int64(traffic.SR)
	return l
}

func divideUp(a, b traffic.Amount) int64 { return int64((max(0, a) + b - 1) / b) }
