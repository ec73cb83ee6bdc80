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
	// Terms are those in force for the account, and Since is from when what they
	// give as the cause of its treatment has been so: nanoseconds since 1970 UTC,
	// 0 where that is not known. Nil says nothing of them.
	Terms *journal.Terms
	Since int64
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
	fmt.Fprintf(&s, " Cost %s SR; %s; allocation %v; traffic management was %s", appendExact(nil, int64(n.Cost)), buckets(n), n.Allocation, activity(n))
	if n.Cold > 0 {
		fmt.Fprintf(&s, "; after a restart %s SR were still to be dealt before a refusal could activate it", short(n.Cold))
	}
	if n.Verdict != traffic.Forward {
		fmt.Fprintf(&s, "; refusal %d in this second, Retry-After %d s", n.Refusals, n.RetryAfter)
	}
	s.WriteByte('.')
	if o.Terms != nil {
		s.WriteString(circumstances(n, o.Terms, o.Since))
	}
	if n.Verdict != traffic.Throttle && o.Outcome != nil {
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

func activity(n *traffic.Decision) string {
	switch {
	case n.Activated && n.Verdict == traffic.Forward:
		return "not active, and became so by this request"
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
