package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"srtm/ledger"
)

// absence is a part of the month of which there are no records.
type absence struct {
	from, to  int64 // within the month; to 0: not known
	why       lackOf
	decisions uint64 // that were made in it and counted, and no more
	outcomes  uint64
}

// lackOf says why there are no records.
type lackOf string

// The reasons, as reports write them.
const (
	notBegun   lackOf = "before the first record"
	notRunning lackOf = "no gateway ran"
	silent     lackOf = "nothing was recorded to the end: no gateway ran, or it could not write"
	notKept    lackOf = "records could not be kept"
	unreadable lackOf = "the journal cannot be read"
)

// idle says that nothing was decided in that time, as far as anybody can know.
func (why lackOf) idle() bool { return why == notRunning || why == silent }

// absences are the parts of the month without records: of the whole system, or as
// a Service User's own report has them, which knows what it lost itself.
func (m *month) absences(a *account) []absence {
	all := m.unrecorded
	if a == nil {
		for _, g := range m.gaps {
			all = m.append(all, absence{g.From, g.To, notKept, g.Decisions, g.Outcomes})
		}
	} else {
		for _, l := range a.losses {
			all = m.append(all, absence{l.From, l.To, notKept, l.Decisions, l.Outcomes})
		}
	}
	return slices.SortedStableFunc(slices.Values(all), func(a, b absence) int { return cmp.Compare(a.from, b.from) })
}

// append adds what of an absence is in the month; one that has no length, a moment,
// is kept.
func (m *month) append(all []absence, x absence) []absence {
	if x.to != 0 && x.to < m.span.From || x.from >= m.span.To {
		return all
	}
	x.from = max(x.from, m.span.From)
	if x.to != 0 {
		x.to = min(x.to, m.span.To)
	}
	return append(slices.Clip(all), x)
}

// findUnrecorded finds the parts without records that are everybody's alike.
func (m *month) findUnrecorded() {
	s := m.status
	if s.Position == 0 {
		return
	}
	if s.FirstAt > m.span.From {
		m.unrecorded = m.append(m.unrecorded, absence{from: m.span.From, to: s.FirstAt, why: notBegun})
	}
	for _, start := range m.later {
		if start.Before != 0 && start.Before < start.At {
			m.unrecorded = m.append(m.unrecorded, absence{from: start.Before, to: start.At, why: notRunning})
		}
	}
	for _, d := range m.damages {
		m.unrecorded = m.append(m.unrecorded, absence{from: d.At, why: unreadable})
	}
	now := m.config.Now.UnixNano()
	end := min(now, m.span.To)
	switch {
	case s.At >= end || m.behind():
	case !s.Running:
		m.unrecorded = m.append(m.unrecorded, absence{from: s.At, to: end, why: notRunning})
	case now >= m.span.To:
		m.unrecorded = m.append(m.unrecorded, absence{from: s.At, to: end, why: silent})
	}
}

// listed is up to when days are listed: to the month's end, once that is over and all
// that was recorded is known.
func (m *month) listed() int64 {
	if m.config.Now.UnixNano() < m.span.To || m.behind() {
		return m.until
	}
	return m.span.To
}

// within is for how long, between two times, one of the absences was that is
// chosen.
func within(all []absence, from, to int64, chosen func(lackOf) bool) time.Duration {
	var sum time.Duration
	for _, x := range all { // in the order of their beginnings
		if chosen(x.why) && x.to > from && x.from < to {
			sum += time.Duration(min(to, x.to) - max(from, x.from))
			from = min(to, x.to)
		}
	}
	return sum
}

func whatever(lackOf) bool { return true }

// stopped is for how long of the month no gateway ran.
func (m *month) stopped() time.Duration {
	return within(m.absences(nil), m.span.From, m.span.To, lackOf.idle)
}

// unknowing says whether there may be more in the month than was recorded, beside
// what was counted as lost.
func (m *month) unknowing() bool {
	return slices.ContainsFunc(m.unrecorded, func(x absence) bool { return !x.why.idle() })
}

// unkept are the absences in which records could not be kept.
func (m *month) unkept(a *account) []absence {
	return slices.DeleteFunc(m.absences(a), func(x absence) bool { return x.why != notKept })
}

// lost is how many decisions are counted as not recorded.
func lost(all []absence) (decisions uint64) {
	for _, x := range all {
		decisions += x.decisions
	}
	return decisions
}

// absencesTable lists the parts of the month without records. With counted it says
// how much is missing.
func absencesTable(all []absence, counted bool) *table {
	columns := []name{cFromMinute, cToMinute, cLack}
	if counted {
		columns = []name{cFrom, cTo, cLack, cWithout, cDecisions, cOutcomes}
	}
	t := newTable("unrecorded", "Parts of the month without records", columns...)
	for _, x := range all {
		if !counted {
			t.add(minuteOf(x.from), minuteOf(x.to), words(string(x.why)))
			continue
		}
		row := []cell{at(x.from), at(x.to), words(string(x.why)), {}, {}, {}}
		if x.to != 0 {
			row[3] = span(time.Duration(x.to - x.from))
		}
		if x.why == notKept {
			row[4], row[5] = count(x.decisions), count(x.outcomes)
		}
		t.add(row...)
	}
	t.page.sheets = len(all) == 0
	if counted {
		t.note = "What lies in them stands in no other figure; what is counted here is whole, also where a part of it lies in another month."
	}
	return t
}

// pauses says when no gateway ran, the longest, in their order.
func (m *month) pauses() string {
	const most = 3
	var all []absence
	for _, x := range m.unrecorded {
		if x.why.idle() {
			all = append(all, x)
		}
	}
	if len(all) == 0 {
		return ""
	}
	slices.SortStableFunc(all, func(a, b absence) int { return cmp.Compare(b.to-b.from, a.to-a.from) })
	var parts []string
	shown := all[:min(most, len(all))]
	slices.SortStableFunc(shown, func(a, b absence) int { return cmp.Compare(a.from, b.from) })
	for _, x := range shown {
		parts = append(parts, moment(x.from)+" to "+m.momentOf(x.to))
	}
	text := strings.Join(parts, ", ")
	if rest := len(all) - most; rest > 0 {
		text += fmt.Sprintf(" and %s", numbered(uint64(rest), "shorter part", "shorter parts"))
	}
	return fmt.Sprintf("%s of the month (%s UTC): nothing was recorded then.", m.stoppedWords(), text)
}

// stoppedWords says for how long no gateway ran, as far as that is known.
func (m *month) stoppedWords() string {
	for _, x := range m.unrecorded {
		if x.why == silent {
			return "No gateway ran, or it could not write, for " + roughly(m.stopped())
		}
	}
	return "No gateway ran for " + roughly(m.stopped())
}

// momentOf is moment, but that the month's end is called so.
func (m *month) momentOf(at int64) string {
	if at == m.span.To {
		return "the month's end"
	}
	return moment(at)
}

// bound says in which way the length of an episode is not sure, since records are
// missing: "at most", "at least", "perhaps"; nothing where it is as it stands.
func (m *month) bound(e ledger.Episode) string {
	late := e.Activation == 0 && e.Account == 0
	early := e.How == ledger.Unwitnessed
	for _, g := range m.gaps {
		early = early || g.From <= m.ended(e) && g.To >= e.Started
	}
	for _, d := range m.damages {
		early = early || int64(d.After) >= e.ID && d.After < e.Last
	}
	switch {
	case late && early:
		return "perhaps"
	case early:
		return "at most"
	case late:
		return "at least"
	}
	return ""
}

// bounds is the same of all the month's episodes together.
func (m *month) bounds() (text string) {
	for _, e := range m.episodes {
		b := m.bound(e)
		if text != "" && b != "" && b != text {
			return "perhaps"
		}
		text = cmp.Or(b, text)
	}
	return text
}

// bounded writes a length with what bound says of it.
func bounded(bound, length string) string {
	short, isShort := strings.CutPrefix(length, "less than ")
	switch {
	case isShort && bound == "at most":
		length = short
	case isShort && bound != "":
		bound = "perhaps"
	}
	return strings.TrimSpace(bound + " " + length)
}

// boundCell is what bound says, empty where it says nothing.
func boundCell(bound string) cell { return cell{set: bound != "", text: bound} }
