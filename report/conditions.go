package report

import (
	"slices"
	"strings"
	"time"

	"srtm/ledger"
)

// Why something held for a while: the beginnings of the lines of
// ledger.Condition.Cause, as package policy writes them.
const (
	byReserve     = "reserved "
	byMaintenance = "maintenance "
	byHand        = "by hand: "
	byClosing     = "closed: "
)

// causes are the parts of a cause. A semicolon within a person's words is none
// between two.
func causes(text string) []string {
	var all []string
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "\n", "; "), "; ") {
		part = strings.TrimSpace(part)
		begins := slices.ContainsFunc([]string{byReserve, byMaintenance, byHand, byClosing}, func(kind string) bool { return strings.HasPrefix(part, kind) })
		switch n := len(all); {
		case part == "":
		case begins || n == 0:
			all = append(all, part)
		default:
			all[n-1] += "; " + part
		}
	}
	return all
}

// because says whether one of the lines of a cause is of a kind.
func because(cause, kind string) bool {
	return slices.ContainsFunc(causes(cause), func(line string) bool { return strings.HasPrefix(line, kind) })
}

// kinds names what a cause is, without who did it, why, or whom it concerns: what
// everybody may know.
func kinds(cause string) string {
	var all []string
	add := func(name string) {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	for _, line := range causes(cause) {
		switch {
		case strings.HasPrefix(line, byReserve):
			add("reserved capacity")
		case strings.HasPrefix(line, byMaintenance):
			add("maintenance")
		case strings.HasPrefix(line, byHand):
			add("by hand")
		case strings.HasPrefix(line, byClosing):
			add("closed")
		default:
			add("other")
		}
	}
	return strings.Join(all, ", ")
}

// kindsOf names why terms are not the standing ones, as far as that concerns their
// account: an act by hand that concerns others alone changes nothing in them.
func kindsOf(t ledger.Terms) string {
	concerned := t.Closed || t.Held || t.Exempt || t.Standing > t.Allocation || t.Mode.String() != modeEnforce
	var all []string
	for _, line := range causes(t.Cause) {
		if concerned || !strings.HasPrefix(line, byHand) {
			all = append(all, line)
		}
	}
	return kinds(strings.Join(all, "\n"))
}

// held is for how long, between two times and as far as is folded, a condition
// held that is chosen.
func (m *month) held(from, to int64, chosen func(ledger.Condition) bool) time.Duration {
	var sum time.Duration
	for _, c := range m.conditions {
		if chosen(c) {
			sum += time.Duration(max(0, min(to, m.over(c))-max(from, c.From)))
		}
	}
	return sum
}

// over is when a condition ended, as far as this month's reports know.
func (m *month) over(c ledger.Condition) int64 {
	if c.To == 0 {
		return m.until
	}
	return min(c.To, m.until)
}

func inShadow(c ledger.Condition) bool   { return c.Mode.String() == modeShadow }
func isClosed(c ledger.Condition) bool   { return c.Closed }
func isReserved(c ledger.Condition) bool { return because(c.Cause, byReserve) }
func isMaintained(c ledger.Condition) bool {
	return because(c.Cause, byMaintenance)
}
func isByHand(c ledger.Condition) bool { return because(c.Cause, byHand) }

// shadowed is for how long, between two times, an episode was one in which
// everybody was in shadow.
func (m *month) shadowed(e ledger.Episode, from, to int64) time.Duration {
	var sum time.Duration
	for _, c := range m.inShadow {
		sum += time.Duration(max(0, min(to, m.ended(e), m.over(c))-max(from, e.Started, c.From)))
	}
	return sum
}

// activeIn is for how long traffic management was active in an episode, and not
// everybody in shadow.
func (m *month) activeIn(e ledger.Episode) time.Duration {
	return time.Duration(m.ended(e)-e.Started) - m.shadowed(e, e.Started, m.ended(e))
}

// beganInShadow says whether everybody was in shadow when an episode began: it is then
// one of those of shadow, and no other.
func (m *month) beganInShadow(e ledger.Episode) bool {
	return slices.ContainsFunc(m.inShadow, func(c ledger.Condition) bool {
		return c.From <= e.Started && (c.To == 0 || e.Started < c.To)
	})
}

// enforced are the episodes that did not begin in shadow.
func (m *month) enforced() []ledger.Episode {
	return slices.DeleteFunc(slices.Clone(m.episodes), m.beganInShadow)
}

// activeShadow is for how long traffic management, everybody being in shadow,
// would have been active between two times.
func (m *month) activeShadow(from, to int64) time.Duration {
	var sum time.Duration
	for _, e := range m.episodes {
		sum += m.shadowed(e, from, to)
	}
	return sum
}

// whatHeld lists the conditions of the month that were not the standing policy,
// enforced.
func (m *month) whatHeld() *table {
	t := newTable("conditions", "What held for a while", cFrom, cTo, cLasted, cCause, cMode, cThreshold)
	for _, c := range m.conditions {
		if c.Cause == "" && c.Mode.String() == modeEnforce && !c.Closed {
			continue
		}
		from, to := max(c.From, m.span.From), min(m.over(c), m.span.To)
		if from >= to {
			continue
		}
		t.add(at(from), at(to), span(time.Duration(to-from)), words(strings.Join(causes(c.Cause), "; ")), words(c.Mode.String()), thousandths(c.Threshold))
	}
	t.page.most = mostConditions
	t.note = "Stretches in which the standing policy did not hold as it stands: reserved capacity, maintenance, acts by hand, shadow. A threshold of 0 is closed."
	return t
}

// mostConditions is how many of them a page lists: every night has one.
const mostConditions = 31

// beganBy says in words what made traffic management active.
func beganBy(c ledger.Cause) string {
	switch c {
	case ledger.ByRefusal:
		return "refusal"
	case ledger.ByShadow:
		return "would-be refusal"
	case ledger.ByExempt:
		return "exempt request"
	case ledger.ByHand:
		return "by hand"
	}
	return "unknown"
}

// Verdicts, reasons and modes, as package traffic writes them.
const (
	verdictThrottle = "throttle"
	verdictShadow   = "shadow"
	reasonSpare     = "spare"
	reasonHeld      = "held"
	reasonClosed    = "closed"
	reasonOff       = "off"
	reasonSuspended = "suspended"
	modeEnforce     = "enforce"
	modeShadow      = "shadow"
)

// explained is a reason, and what people read.
type explained struct{ reason, words string }

// explanations are all reasons, in the order of the mechanism's rules.
func explanations() []explained {
	return []explained{
		{"within-allocation", "within the allocation"},
		{reasonSpare, "by spare capacity"},
		{"over-allocation", "over the allocation, and no spare capacity was left"},
		{"exempt", "exempt, where capacity was short"},
		{"critical", "second message of a critical command, where capacity was short"},
		{"capacity", "exempt or the second message of a critical command, but even the capacity was used up"},
		{reasonHeld, "over the rate that the operator held the account to"},
		{reasonClosed, "closed: nothing was taken"},
		{reasonOff, "the mechanism was off"},
		{reasonSuspended, "the mechanism was suspended by hand"},
	}
}

// reasonWords says a reason in words.
func reasonWords(reason string) string {
	for _, e := range explanations() {
		if e.reason == reason {
			return e.words
		}
	}
	return reason
}

// reasons divides what was decided by reason, in words.
func reasons(rows []ledger.Service) *table {
	t := newTable("reasons", "By reason", cReason, cForwarded, cThrottled, cClosed, cShadow, cShadowClosed)
	sums := tallies(rows, nil, func(s ledger.Service) string { return s.Reason.String() })
	for _, e := range explanations() {
		if sum := sums[e.reason]; sum != nil {
			t.add(words(e.words), count(sum.forwarded), count(sum.throttled), count(sum.closed), count(sum.shadow), count(sum.shadowClosed))
		}
	}
	t.total(cForwarded, cThrottled, cClosed, cShadow, cShadowClosed)
	t.note = "They are together all that was offered."
	return t
}

// undecided is how many requests of rows nothing was decided about: the mechanism
// was off, or suspended.
func undecided(rows []ledger.Service) (n uint64) {
	for _, s := range rows {
		if s.Reason.String() == reasonOff || s.Reason.String() == reasonSuspended {
			n += s.Requests
		}
	}
	return n
}

// reasoned is how many requests of rows were refused for a reason.
func reasoned(rows []ledger.Service, reason string) (n uint64) {
	for _, s := range rows {
		if s.Verdict.String() == verdictThrottle && s.Reason.String() == reason {
			n += s.Requests
		}
	}
	return n
}
