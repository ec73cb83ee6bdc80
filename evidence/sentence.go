package evidence

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// Options say what a sentence may show, and what is known beside the decision.
type Options struct {
	// Target says how a target is written: targets are personal data. Without
	// it none is shown, and … stands in its place.
	Target func(duis.EUI64) string
	// Outcome is what became of a forwarded request. Nil says nothing of it; one
	// with the end Unknown says that it is not known.
	Outcome *journal.Outcome
}

// AsItIs is Options.Target where targets may be shown.
func AsItIs(target duis.EUI64) string { return target.String() }

// Pseudonymous returns an Options.Target that shows pseudonyms.
func Pseudonymous(p *journal.Pseudonyms) func(duis.EUI64) string {
	return func(target duis.EUI64) string { return p.Of(target).String() }
}

// requestID writes a RequestID with its target as it may be shown.
func (o Options) requestID(id duis.RequestID) string {
	target := "…"
	if o.Target != nil {
		target = o.Target(id.Target)
	}
	return id.Originator.String() + ":" + target + ":" + strconv.FormatUint(id.Counter, 10)
}

// Sentence says one decision in a line of plain words with the numbers that it
// was made from. Amounts are rounded down to two decimals; Fields has them
// exactly.
func Sentence(d *journal.Decision, o Options) string {
	n := &d.Numbers
	var s strings.Builder
	fmt.Fprintf(&s, "%s  %s  %s of %s: %s.", clock(n.At), o.requestID(d.ID), variant(d), d.Account, verdict(n))
	fmt.Fprintf(&s, " Cost %s SR; assured %s of %s SR, spare %s, pool %s; allocation %v; traffic management was %s",
		appendExact(nil, int64(n.Cost)), short(n.Assured), short(n.Depth), short(n.Spare), short(n.Pool), n.Allocation, activity(n))
	if n.Cold > 0 {
		fmt.Fprintf(&s, "; after a restart %s SR were still to be dealt before a refusal could activate it", short(n.Cold))
	}
	if n.Verdict == traffic.Throttle {
		fmt.Fprintf(&s, "; refusal %d in this second, Retry-After %d s", n.Refusals, n.RetryAfter)
	}
	s.WriteByte('.')
	if n.Verdict == traffic.Forward && o.Outcome != nil {
		s.WriteString(" " + outcome(o.Outcome))
	}
	return s.String()
}

// variant names what was asked for. The text came from the wire: one that the
// catalogue does not know is quoted.
func variant(d *journal.Decision) string {
	v, known := duis.ParseVariant(d.Variant)
	if !known {
		return fmt.Sprintf("unknown variant %q (CV %d)", d.Variant, d.CommandVariant)
	}
	return fmt.Sprintf("%s (%v, CV %d)", v.Name(), v, d.CommandVariant)
}

func verdict(n *traffic.Decision) string {
	switch {
	case n.Verdict == traffic.Throttle:
		return "throttled, over allocation"
	case n.Reason == traffic.WithinAllocation:
		return "forwarded, within allocation"
	case n.Cost <= n.Spare:
		return "forwarded, on spare capacity it had been dealt"
	default:
		return "forwarded, on spare capacity from the free pool"
	}
}

func activity(n *traffic.Decision) string {
	switch {
	case n.Activated:
		return "not active, and became so by this refusal"
	case n.Active:
		return "active"
	default:
		return "not active"
	}
}

func outcome(o *journal.Outcome) string {
	var s string
	switch o.End {
	case journal.Answered:
		s = fmt.Sprintf("The DSP answered %d in %s.", o.Status, latency(o.Latency))
	case journal.Busy:
		s = "It was not sent: all connections to the DSP were in use."
	case journal.Unreachable:
		s = "It was not sent: the DSP could not be reached."
	case journal.Broken:
		s = "The DSP broke off before it had answered."
	case journal.TimedOut:
		s = "The DSP did not answer in time."
	default:
		s = "What became of it at the DSP is not known."
	}
	if o.ClientLeft {
		s += " The sender had left before it had the answer."
	}
	return s
}

// latency writes a duration as people read it: whole milliseconds, or tenths
// below ten.
func latency(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.1f ms", float64(d.Round(100*time.Microsecond))/float64(time.Millisecond))
	}
	return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
}

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
	}
	if d.HasFirstInSequence {
		f = append(f, Field{"first_in_sequence", strconv.FormatBool(d.FirstInSequence)})
	}
	if d.HasPreceding {
		f = append(f, Field{"preceding", o.requestID(d.Preceding)})
	}
	if o.Outcome != nil && n.Verdict == traffic.Forward {
		f = append(f, Field{"end", o.Outcome.End.String()}, Field{"status", number(uint64(o.Outcome.Status))},
			Field{"latency", o.Outcome.Latency.String()}, Field{"client_left", strconv.FormatBool(o.Outcome.ClientLeft)})
	}
	return f
}

// shown writes a text from the wire: as it is where it is plain, else quoted.
func shown(text string) string {
	if _, known := duis.ParseVariant(text); known {
		return text
	}
	return strconv.Quote(text)
}

func sender(f journal.Fingerprint) string {
	if f == (journal.Fingerprint{}) {
		return "not known: over loopback without TLS"
	}
	return fmt.Sprintf("certificate %x…", f)
}
