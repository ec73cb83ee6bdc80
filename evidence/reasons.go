package evidence

import (
	"fmt"

	"srtm/journal"
	"srtm/traffic"
)

// verdict says what was decided, and why.
func verdict(n *traffic.Decision) string {
	switch n.Verdict {
	case traffic.Throttle:
		return "throttled, " + refused(n)
	case traffic.Shadow:
		return "forwarded in shadow; it would have been throttled, " + refused(n)
	}
	switch {
	case n.Reason == traffic.WithinAllocation:
		return "forwarded, within allocation"
	case n.Reason == traffic.Exempt:
		return "forwarded, exempt, beyond what the operating threshold leaves"
	case n.Reason == traffic.Critical:
		return "forwarded, to finish a critical command whose first message was forwarded, beyond what the operating threshold leaves"
	case n.Reason == traffic.Off:
		return "forwarded, the mechanism was switched off"
	case n.Reason == traffic.Suspended:
		return "forwarded, the mechanism was suspended by an operator's act"
	case n.Cost <= n.Spare:
		return "forwarded, on spare capacity it had been dealt"
	}
	return "forwarded, on spare capacity from the free pool"
}

func refused(n *traffic.Decision) string {
	switch {
	case n.Reason == traffic.Held:
		return fmt.Sprintf("held to %v by an operator's act", n.HoldRate)
	case n.Reason == traffic.Closed:
		return "closed, nothing was taken"
	case n.Reason == traffic.Capacity && n.Exempt:
		return "although exempt, because the pool was as far below zero as it may be"
	case n.Reason == traffic.Capacity:
		return "although the first message of its critical command was forwarded, because the pool was as far below zero as it may be"
	}
	return "over allocation"
}

// buckets says what the decision found, and what became of that where it is not
// plain.
func buckets(n *traffic.Decision) string {
	s := fmt.Sprintf("assured %s of %s SR", short(n.Assured), short(n.Depth))
	if n.Kept != 0 {
		s += fmt.Sprintf(" less %s kept for variants that rank before it, so %s", short(n.Kept), short(n.Assured-n.Kept))
	}
	s += fmt.Sprintf(", spare %s, pool %s", short(n.Spare), short(n.Pool))
	switch n.Reason {
	case traffic.Exempt, traffic.Critical:
		s += fmt.Sprintf(" less its cost, so %s, where it may go to %s", short(n.Pool-n.Cost), short(-n.Limit))
	case traffic.Capacity:
		s += fmt.Sprintf(" less its cost would be %s, where it may go to %s", short(n.Pool-n.Cost), short(-n.Limit))
	}
	if n.Held {
		s += fmt.Sprintf("; held to %v: that bucket held %s SR", n.HoldRate, short(n.Hold))
	}
	return s
}

// circumstances say what of the terms in force bears on the decision beyond its
// numbers.
func circumstances(n *traffic.Decision, t *journal.Terms, since int64) string {
	s := ""
	say := func(is bool, format string, args ...any) {
		if is {
			s += " " + fmt.Sprintf(format, args...) + "."
		}
	}
	say(t.Closed && t.Until != 0, "Closed until %s", clock(t.Until))
	say(t.Closed && t.Until == 0, "When that ends was not known")
	say(n.Verdict == traffic.Shadow && t.Mode == traffic.ModeShadow, "The mechanism was in shadow: it refused nobody")
	say(n.Verdict == traffic.Shadow && t.Mode != traffic.ModeShadow, "The account was in shadow")
	say(n.Exempt && t.Exempt, "The account was exempt")
	say(n.Reason == traffic.OverAllocation && t.Withhold && n.Active, "Spare capacity was withheld while traffic management was active")
	say(t.Standing > t.Allocation, "Its allocation was lowered from %v", t.Standing)
	cause := plain(t.Cause)
	say(t.Cause != "" && since != 0, "Since %s: %s", clock(since), cause)
	say(t.Cause != "" && since == 0, "The cause: %s", cause)
	return s
}
