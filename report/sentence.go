package report

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"srtm/ledger"
)

// summary is what the first sentence of a Service User's report says.
type summary struct {
	name, month                   string
	offered, forwarded, throttled uint64
	lowered                       []above // of throttled, while the allocation was lowered
	shadowClosed                  uint64  // would have been refused while closed
	closed, shadow, held          uint64  // refused while closed; would have been throttled; the part of throttled over a rate by hand
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
	if s.shadowClosed > 0 {
		fmt.Fprintf(&b, " In shadow %s would have been refused because nothing was taken; they went on too.", numbered(s.shadowClosed, "request", "requests"))
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
	if len(s.lowered) > 0 {
		return fmt.Sprintf("; %s throttled, all while you were over your allocation as it was then: %s", wereRequests(s.throttled), s.byAllocation())
	}
	if s.held > 0 {
		return fmt.Sprintf("; %s throttled, %s of them while you were over your allocation%s and %s over the rate that the operator held you to",
			wereRequests(s.throttled), grouped(int64(s.throttled-s.held)), s.allocation(), grouped(int64(s.held)))
	}
	return fmt.Sprintf("; %s throttled, all while you were over your allocation%s", wereRequests(s.throttled), s.allocation())
}

// byAllocation says over which allocations the requests were that were throttled,
// and what had lowered those. What was throttled beside the lowered ones was over
// the usual.
func (s summary) byAllocation() string {
	usual := s.throttled - min(s.throttled, s.held)
	for _, x := range s.lowered {
		usual -= min(usual, x.requests)
	}
	var all []string
	if usual > 0 {
		all = append(all, grouped(int64(usual))+" over"+strings.TrimPrefix(s.usual(), " of"))
	}
	for _, x := range s.lowered {
		all = append(all, fmt.Sprintf("%s over %s, to which it was lowered (%s)", grouped(int64(x.requests)), rate(x.allocation), x.kinds))
	}
	if s.held > 0 {
		all = append(all, grouped(int64(s.held))+" over the rate that the operator held you to")
	}
	if last := len(all) - 1; last > 0 {
		return strings.Join(all[:last], "; ") + "; and " + all[last]
	}
	return all[0]
}

// allocation is what to say of the allocation where what is said holds for all that
// was throttled.
func (s summary) allocation() string {
	if len(s.lowered) > 0 {
		return " as it was then"
	}
	return s.usual()
}

// usual is the allocation that nothing lowered.
func (s summary) usual() string {
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
	closed    uint64 // refused while nothing was taken, beside throttled
	pace      int64  // allocation, 10⁻⁹ a second
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
	case a.throttled == 0 && a.closed > 0:
		return whileClosed
	case a.throttled == 0:
		return ""
	case a.closed > 0:
		a.closed = 0
		return a.String() + " " + whileClosed
	case a.pace <= 0:
		return "Nothing of your own: without an allocation you live on what others leave."
	case !a.queue.paced:
		return fmt.Sprintf("A steady rate of at most %s.", rate(a.pace))
	}
	pace := a.paceWords()
	steady := fmt.Sprintf("Held back to %s, none would have been refused; the longest wait would have been %s", pace, roughly(a.queue.wait.Round(time.Second)))
	if a.queue.wait < time.Second {
		steady = fmt.Sprintf("Held back to %s, none would have been refused; no wait would have been longer than a second", pace)
	}
	if a.queue.wait <= patience || a.reads == 0 {
		return steady + "."
	}
	return fmt.Sprintf("%s. Sent at another hour instead: %s were beyond the allocation, and %s of the %s sent in this episode were reads.",
		steady, aboutAmount(a.over), grouped(int64(a.reads)), grouped(int64(a.offered)))
}

// whileClosed is what there is to say of what was refused because nothing was taken.
const whileClosed = "What came while nothing was taken could only have been sent at another time; holding back to an allocation does not help there."

// paceWords says what to hold back to: a rate, or the allocation where it changed.
func (a advice) paceWords() string {
	if a.queue.lowest == 0 || a.queue.lowest == a.queue.highest {
		return "a steady " + rate(a.pace)
	}
	return fmt.Sprintf("the allocation as it was then, %s to %s", rate(a.queue.lowest), rate(a.queue.highest))
}

// adviceOf is one account's in one episode, without what it is to be about.
func (m *month) adviceOf(a *account, e ledger.Episode, o ledger.EpisodeAccount) advice {
	q := m.seconds.queues[episodeAccount{e.ID, a.id}]
	return advice{pace: cmp.Or(q.lowest, m.usualIn(o, e)), queue: q, over: int64(o.Over), offered: o.Offered.Requests}
}

// usualIn is an account's allocation when an episode began, or else the highest in
// it: closing is not an allocation to hold back to.
func (m *month) usualIn(o ledger.EpisodeAccount, e ledger.Episode) int64 {
	a := m.byID[o.Account]
	if a == nil {
		return int64(o.Allocation)
	}
	if t, known := a.termsAt(e.Started); known && !t.Closed {
		return int64(t.Allocation)
	}
	return max(int64(o.Allocation), a.assuredIn(e.Started, m.ended(e)).highest)
}
