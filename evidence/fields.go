package evidence

import (
	"fmt"
	"strconv"

	"srtm/journal"
	"srtm/traffic"
)

// Field is one fact of a decision.
type Field struct{ Name, Value string }

// Fields gives everything that is kept of a decision, exactly: amounts to the
// last digit, times to the nanosecond. Names are those of the columns of
// Export, where it has them.
func Fields(e *journal.Entry, d *journal.Decision, o Options) []Field {
	n := &d.Numbers
	number := func(u uint64) string { return strconv.FormatUint(u, 10) }
	exact := func(a int64) string { return string(appendExact(nil, a)) }
	f := []Field{
		{"position", number(uint64(e.Position))},
		{"at", moment(n.At)},
		{"account", d.Account},
		{"nth_of_account", number(d.Nth)},
		{"link", fmt.Sprintf("%x", d.Link)},
		{"request_id", o.requestID(d.ID)},
		{"command_variant", number(uint64(d.CommandVariant))},
		{"srv", shown(d.Variant)},
		{"verdict", n.Verdict.String()},
		{"reason", n.Reason.String()},
		{"number", number(n.Number)},
		{"policy", number(uint64(n.Policy))},
		{"cost", exact(int64(n.Cost))},
		{"assured", exact(int64(n.Assured))},
		{"spare", exact(int64(n.Spare))},
		{"pool", exact(int64(n.Pool))},
		{"cold", exact(int64(n.Cold))},
		{"depth", exact(int64(n.Depth))},
		{"allocation_per_s", exact(int64(n.Allocation))},
		{"active", strconv.FormatBool(n.Active)},
		{"activated", strconv.FormatBool(n.Activated)},
		{"refusals", number(uint64(n.Refusals))},
		{"retry_after", number(uint64(n.RetryAfter))},
		{"sender", sender(d.Sender)},
		{"kept", exact(int64(n.Kept))},
		{"limit", exact(int64(n.Limit))},
		{"hold", exact(int64(n.Hold))},
		{"hold_rate", exact(int64(n.HoldRate))},
		{"exempt", strconv.FormatBool(n.Exempt)},
		{"vouched", strconv.FormatBool(n.Vouched)},
		{"held", strconv.FormatBool(n.Held)},
	}
	if d.HasFirstInSequence {
		f = append(f, Field{"first_in_sequence", strconv.FormatBool(d.FirstInSequence)})
	}
	if d.HasPreceding {
		f = append(f, Field{"preceding", o.requestID(d.Preceding)})
	}
	if o.Terms != nil {
		f = append(f, termsFields(o.Terms, o.Since)...)
	}
	if o.Outcome != nil && n.Verdict != traffic.Throttle {
		f = append(f, Field{"end", o.Outcome.End.String()}, Field{"status", number(uint64(o.Outcome.Status))},
			Field{"latency", o.Outcome.Latency.String()}, Field{"client_left", strconv.FormatBool(o.Outcome.ClientLeft)})
	}
	return f
}

// termsFields are what the terms say beyond the decision's own numbers.
func termsFields(t *journal.Terms, since int64) []Field {
	f := []Field{
		{"mode", t.Mode.String()},
		{"shadow", strconv.FormatBool(t.Shadow)},
		{"closed", strconv.FormatBool(t.Closed)},
		{"standing_per_s", string(appendExact(nil, int64(t.Standing)))},
		{"cause", plain(t.Cause)},
	}
	for _, more := range []struct {
		name string
		at   int64
	}{{"cause_since", since}, {"until", t.Until}} {
		if more.at != 0 {
			f = append(f, Field{more.name, moment(more.at)})
		}
	}
	return f
}
