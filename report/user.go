package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"srtm/ledger"
)

// userPage makes the report to one Service User.
func (m *month) userPage(a *account, file string, version int) *page {
	p := m.newPage(cover{file: file, title: fmt.Sprintf("Traffic report to %s, %s", a.display, m.period.Name()),
		classification: fmt.Sprintf("Confidential: %s and the DCC", a.display), version: version, reader: a.name})
	p.sections = []section{
		m.userSummary(a),
		m.userGlance(a),
		m.userEpisodes(a),
		m.userShadow(a),
		m.userDays(a),
		m.userBreakdown(a),
		m.userFollowed(a),
		m.userLatency(a),
		m.userNotices(a),
		m.userTold(a),
		m.userTerms(a),
	}
	p.sections = slices.DeleteFunc(p.sections, section.empty)
	return p
}

func (m *month) userSummary(a *account) section {
	s := summary{
		name: a.display, month: m.period.Name(),
		offered: a.total.Offered.Requests, forwarded: a.total.Forwarded.Requests, throttled: a.total.Throttled.Requests,
		closed: a.total.Closed.Requests, shadow: a.total.Shadow.Requests, shadowClosed: a.total.ShadowClosed.Requests, held: reasoned(a.services, reasonHeld),
		lowered: loweredAbove(loweredOf(m.lowered, a.id)),
		active:  m.active(m.span.From, m.until), episodes: len(m.enforced()), broken: brokenOf(a.broken),
	}
	if judged := a.checked.Within.Requests + a.checked.Beyond.Requests + undecided(a.services); judged < s.offered {
		s.unjudged = s.offered - judged
	}
	s.lowest, s.highest, s.known = allocations(a.usual())
	s.lost, s.part, s.bound = lost(m.absences(a)), m.unknowing(), m.bounds()
	sec := section{title: "In a sentence", words: []string{s.String()}}
	if beside := besideTheZero(loweredOf(m.lowered, a.id)); beside != "" {
		sec.words = append(sec.words, beside)
	}
	sec.words = append(sec.words, m.ownCompleteness()...)
	sec.tables = []*table{m.userMonth(a, s), m.systemTable(cActive)}
	return sec
}

// userMonth is the sentence in figures, and what belongs to them.
func (m *month) userMonth(a *account, s summary) *table {
	d := dividedAs(a.total.Parts)
	t := newTable("month", "The month in figures", d.with(cOffered, cForwarded, cForwardedShare, cSpare, cThrottled, cThrottledShare, cTopUps, cImpaired, cBefore, cChange,
		cActive, cBound, cEpisodes, cEpisodesThrottled, cAllocation, cPeak, cPeakAt, cDepth, cBroken, cJudged,
		cAnswers, cDSPErrors, cFailed, cBusy, cUnknown, cClientLeft, cDecisions, cWithout)...)
	t.upright = true
	of := "%s of offered"
	if s.part || s.lost > 0 {
		of = "%s of what is recorded"
	}
	t.page.tiles = []tile{{column: cOffered}, {column: cForwarded, beside: cForwardedShare, words: of},
		{column: cThrottled, beside: cThrottledShare, words: of}, {column: cBroken},
		{column: cPeak, beside: cDepth, words: "allowed: %s"}, {column: cActive, beside: cEpisodes, words: "episodes: %s", title: strings.TrimSpace("traffic management active " + s.bound)}}
	t.page.zeros = zeroes
	o, before := int64(s.offered), int64(a.before.total.Offered.Requests)
	last := cell{}
	if s.known {
		last = thousandths(a.usual()[len(a.usual())-1].Allocation)
	}
	depth := m.allowed(a.id, a.total.Burst, int64(a.total.Depth))
	if a.total.Burst.At != 0 && !depth.set {
		t.page.tiles[4].title = "peak in burst / 2, while nothing was taken"
	}
	t.add(d.put(t.columns, []cell{count(o), count(s.forwarded), share(int64(s.forwarded), o), count(a.total.Spare.Requests), count(s.throttled), share(int64(s.throttled), o), count(topUps(a.services)), count(m.seconds.impaired[a.id]),
		where(m.beforeKnown(), before), where(m.beforeKnown(), o-before), span(s.active), boundCell(s.bound), count(s.episodes), count(len(a.refusedIn())), last,
		peak(a.total.Burst), at(a.total.Burst.At), depth, count(s.broken), count(a.checked.Within.Requests + a.checked.Beyond.Requests),
		count(a.total.Answered), count(a.total.DSPErrors), count(a.total.Failed), count(a.total.Busy), count(a.total.Unknown()), count(a.total.ClientLeft),
		count(s.lost), span(within(m.absences(a), m.span.From, m.span.To, whatever))}, a.total.Parts)...)
	t.note = "The allocation is that at the end of the month, or the last that nothing lowered; what is allowed in burst / 2 is that when the peak was reached; there is none where nothing was taken then."
	return t
}

// peak is the cell of a peak, which is missing where nothing was offered.
func peak(p ledger.Peak) cell {
	if p.At == 0 {
		return cell{}
	}
	return thousandths(p.Cost)
}

func brokenOf(rows []ledger.Broken) (n uint64) {
	for _, b := range rows {
		n += b.Requests
	}
	return n
}

// usual are the account's terms that nothing lowered, or all where there are none.
func (a *account) usual() []ledger.Terms {
	plain := slices.DeleteFunc(slices.Clone(a.terms), func(t ledger.Terms) bool { return t.Closed || t.Standing > t.Allocation })
	if len(plain) == 0 {
		return a.terms
	}
	return plain
}

// allocations are the lowest and the highest of terms.
func allocations(terms []ledger.Terms) (lowest, highest int64, known bool) {
	lowest = math.MaxInt64
	for _, t := range terms {
		lowest, highest = min(lowest, int64(t.Allocation)), max(highest, int64(t.Allocation))
	}
	if len(terms) == 0 {
		return 0, 0, false
	}
	return lowest, highest, true
}

// brokenInShadow is what would have been refused within allocations.
func brokenInShadow(rows []ledger.Broken) (n uint64) {
	for _, b := range rows {
		n += b.Shadow.Requests
	}
	return n
}

// zeroes are what a page says in one line where all is well.
var zeroes = []name{cTopUps, cImpaired, cDSPErrors, cFailed, cBusy, cUnknown, cClientLeft, cDecisions, cWithout}

func (m *month) userGlance(a *account) section {
	return section{title: "Month at a glance", figures: m.glanceFigures(a)}
}

func (m *month) userDays(a *account) section {
	p := dividedAs(a.total.Parts)
	t := newTable("days", "By day", p.with(cDay, cOffered, cForwarded, cThrottled, cSpare, cPeak, cPeakAt, cDepth, cPeakShare, cAllocation, cPeakSecond, cActive, cWithout)...)
	absent := m.absences(a)
	byDay := map[int64]ledger.Day{}
	for _, d := range a.days {
		byDay[d.Day] = d
	}
	for i := range m.period.Days() {
		n := m.period.firstDay() + int64(i)
		if dayStart(n) >= m.listed() {
			break
		}
		d, sent := byDay[n]
		row := slices.Concat([]cell{{set: true, n: n}}, p.cells(d.Parts), []cell{count(d.Spare.Requests)})
		end := min(m.listed(), dayStart(n+1))
		without := within(absent, dayStart(n), end, whatever)
		if !sent && without == time.Duration(end-dayStart(n)) {
			row = append(row[:1], make([]cell, len(row)-1)...)
		}
		if sent {
			row = append(row, peak(d.Burst), at(d.Burst.At), m.allowed(a.id, d.Burst, int64(d.Depth)), ratio(int64(d.Burst.Cost), int64(d.Depth)), thousandths(d.Allocation), peak(d.Second))
		} else {
			row = append(row, make([]cell, 6)...)
		}
		t.add(append(row, span(m.active(dayStart(n), end)), span(without))...)
	}
	t.total(cOffered, cForwarded, cThrottled, cClosed, cShadow, cShadowClosed, cSpare, cActive)
	t.note = "A peak above what is allowed in burst / 2 is no offence: what is spare is free to all, and some of it may have been within the allocation, which is dealt out all the time. Of a day that is wholly without records no number is known."
	t.page.quiet, t.page.wide = true, []name{cAllocation}
	return section{title: "By day", tables: []*table{t, absencesTable(absent, true)}}
}
