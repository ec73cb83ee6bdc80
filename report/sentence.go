package report

import (
	"fmt"
	"strings"
	"time"
)

// summary is what the first sentence of a Service User's report says.
type summary struct {
	name, month                   string
	offered, forwarded, throttled uint64
	closed, shadow, held          uint64 // refused while closed; would have been throttled; the part of throttled over a rate by hand
	active                        time.Duration
	episodes                      int
	broken                        uint64 // refusals within the allocation
	unjudged                      uint64 // decisions that nobody could judge
	lowest, highest               int64  // allocations in force, in 10⁻⁹ a second
	known                         bool   // there was an allocation at all
	lost                          uint64 // decisions that were not recorded
	part                          bool   // there may be more in the month than was recorded
	bound                         string // how sure active is
}

// String writes the sentences.
func (s summary) String() string {
	var b strings.Builder
	b.WriteString(s.sent())
	if s.episodes == 0 {
		b.WriteString("Traffic management was not active")
		if s.part || s.lost > 0 {
			b.WriteString(", as far as there are records")
		}
	} else {
		fmt.Fprintf(&b, "Traffic management was active for %s in %s", bounded(s.bound, roughly(s.active)), numbered(uint64(s.episodes), "episode", "episodes"))
	}
	if s.offered > 0 {
		b.WriteString(s.refused())
	}
	b.WriteString(".")
	if s.closed > 0 {
		fmt.Fprintf(&b, " %s refused because nothing was taken, as in maintenance: that is not throttling.", wereRequests(s.closed))
	}
	if s.shadow > 0 {
		fmt.Fprintf(&b, " In shadow %s would have been throttled; nothing of them was refused, and they went on to the DSP.", numbered(s.shadow, "request", "requests"))
	}
	return b.String()
}

// sent says how many there were and how many of them went on. What was decided
// without a record is in neither, and nothing is said of all but it.
func (s summary) sent() string {
	month := s.month
	if s.part {
		month = "the recorded part of " + s.month
	}
	all := numbered(s.offered+s.lost, "Service Request", "Service Requests")
	forwarded := fmt.Sprintf("%s (%s %%) %s forwarded", grouped(int64(s.forwarded)), shortShare(s.forwarded, s.offered), was(s.forwarded))
	switch {
	case s.offered+s.lost == 0:
		return fmt.Sprintf("In %s %s sent no Service Requests. ", month, s.name)
	case s.offered == 0:
		return fmt.Sprintf("In %s %s sent %s, about which no decision could be recorded: whether any was forwarded is not known. ", month, s.name, all)
	case s.lost > 0:
		return fmt.Sprintf("In %s %s sent %s. About %s of them no decision could be recorded, and whether they were forwarded is not known; of the other %s, %s. ",
			month, s.name, all, grouped(int64(s.lost)), grouped(int64(s.offered)), forwarded)
	}
	return fmt.Sprintf("In %s %s sent %s; %s. ", month, s.name, all, forwarded)
}

// refused says how many were throttled, and how that stands to the allocation.
func (s summary) refused() string {
	switch {
	case s.throttled == 0 && (s.part || s.lost > 0):
		return "; no request of which there is a record was throttled"
	case s.throttled == 0:
		return "; no request was throttled"
	case s.broken > 0:
		return fmt.Sprintf("; %s throttled, %s of them while you were within your allocation%s, which must not happen",
			wereRequests(s.throttled), grouped(int64(s.broken)), s.allocation())
	case s.unjudged > 0:
		return fmt.Sprintf("; %s throttled, none of them within your allocation%s as far as it could be judged: that was not possible for %s",
			wereRequests(s.throttled), s.allocation(), numbered(s.unjudged, "decision", "decisions"))
	}
	if s.held > 0 {
		return fmt.Sprintf("; %s throttled, %s of them while you were over your allocation%s and %s over the rate that the operator held you to",
			wereRequests(s.throttled), grouped(int64(s.throttled-s.held)), s.allocation(), grouped(int64(s.held)))
	}
	return fmt.Sprintf("; %s throttled, all while you were over your allocation%s", wereRequests(s.throttled), s.allocation())
}

func (s summary) allocation() string {
	switch {
	case !s.known:
		return ""
	case s.lowest == s.highest:
		return " of " + rate(s.lowest)
	}
	return " of " + rate(s.lowest) + " to " + rate(s.highest)
}

// rate writes a rate in 10⁻⁹ a second: "540/s".
func rate(perSecond int64) string {
	c := thousandths(perSecond)
	return groupedDecimal(c.n, decimalsOf(c.n)) + "/s"
}

// amount writes 10⁻⁹ Service Requests: "270 SR".
func amount(n int64) string {
	c := thousandths(n)
	return groupedDecimal(c.n, decimalsOf(c.n)) + " SR"
}

// aboutAmount is amount, whole where it is large.
func aboutAmount(n int64) string {
	const whole = 1_000_000_000
	if n >= 100*whole {
		n = (n + whole/2) / whole * whole
	}
	return amount(n)
}

// shortShare writes a part as per cent for a sentence: with at most one decimal, or
// as many as tell it from 0 and from 100.
func shortShare(part, whole uint64) string {
	n := share(int64(part), int64(whole)).n
	switch off := min(n, 100_000-n); {
	case off < 100: // thousandths tell it from 0 and 100
	case off < 1000:
		n = roundedRatio(n, 10, 1) * 10
	default:
		n = roundedRatio(n, 100, 1) * 100
	}
	return groupedDecimal(n, decimalsOf(n))
}

func numbered(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(int64(n)) + " " + many
}

func was(n uint64) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

func wereRequests(n uint64) string { return numbered(n, "request", "requests") + " " + was(n) }

// advice says what would have avoided the refusals of one account in one
// episode.
type advice struct {
	throttled uint64
	pace      int64 // allocation, 10⁻⁹ a second
	queue     queue
	over      int64  // cost beyond the allocation, 10⁻⁹
	reads     uint64 // offered in the process reads
	offered   uint64
}

// Numbers of the advice. They are this project's own.
const (
	patience = 30 * time.Second // a longer wait is no longer mere pacing
)

// String writes it; nothing where nothing was throttled.
func (a advice) String() string {
	switch {
	case a.throttled == 0:
		return ""
	case a.pace <= 0:
		return "Nothing of your own: without an allocation you live on what others leave."
	case !a.queue.paced:
		return fmt.Sprintf("A steady rate of at most %s.", rate(a.pace))
	}
	steady := fmt.Sprintf("Held back to a steady %s, none would have been refused; the longest wait would have been %s", rate(a.pace), roughly(a.queue.wait.Round(time.Second)))
	if a.queue.wait < time.Second {
		steady = fmt.Sprintf("Held back to a steady %s, none would have been refused; no wait would have been longer than a second", rate(a.pace))
	}
	if a.queue.wait <= patience || a.reads == 0 {
		return steady + "."
	}
	return fmt.Sprintf("%s. Sent at another hour instead: %s were beyond the allocation, and %s of the %s sent in this episode were reads.",
		steady, aboutAmount(a.over), grouped(int64(a.reads)), grouped(int64(a.offered)))
}
