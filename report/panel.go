package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"srtm/ledger"
)

// panelOnly is the classification of what has everybody's names.
const panelOnly = "Confidential: Panel and operator"

// panelPage makes the report to the operator and the Panel, with names.
func (m *month) panelPage(file string, version int) *page {
	p := m.newPage(cover{file: file, title: "Traffic management report to the operator and the Panel, " + m.period.Name(), classification: panelOnly,
		version: version, names: true})
	p.sections = []section{
		m.panelSummary(),
		m.panelSystem(),
		m.panelEpisodes(),
		m.panelDays(),
		m.panelAccounts(),
		m.panelFairness(),
		m.panelService(),
		m.panelChanges(),
		m.panelNotices(),
		m.panelTold(),
		m.panelGrowth(),
		m.panelShadow(),
		m.panelRecord(),
	}
	return p
}

// verdict is what the operator's first sentences say.
type verdict struct {
	month          string
	active         time.Duration
	days           int
	episodes       int
	exceptional    time.Duration
	refused        ledger.Count // requests throttled
	seconds        uint64       // with refusals
	unused         int64        // in them, 10⁻⁹ SR
	broken         uint64
	unjudged       uint64
	closed, shadow uint64   // requests refused while closed; that would have been throttled
	shadowClosed   uint64   // that would have been refused while closed
	alone          []string // who was in shadow while others were not
	activeShadow   time.Duration
	episodesShadow int
	beside         string // what stands beside the nought of broken
	worst          *account
	worstTopUps    uint64
	lost           uint64 // decisions that were not recorded
	part           bool   // there may be more in the month than was recorded
	bound          string // how sure active is
}

func (v verdict) sentences() []string {
	var all []string
	if v.episodes == 0 {
		all = append(all, fmt.Sprintf("In %s%s traffic management was not active.", v.month, v.asRecorded()))
	} else {
		all = append(all, fmt.Sprintf("In %s%s traffic management was active for %s in %s on %s. %s throttled. While somebody was refused, in %s, %s of the operating threshold were left unused.",
			v.month, v.asRecorded(), bounded(v.bound, roughly(v.active)), numbered(uint64(v.episodes), "episode", "episodes"), numbered(uint64(v.days), "day", "days"),
			wereRequests(v.refused.Requests), numbered(v.seconds, "second", "seconds"), aboutAmount(v.unused)))
	}
	all = append(all, v.apart()...)
	if v.active > v.exceptional {
		all = append(all, fmt.Sprintf("ALARM: that is more than the %s a month up to which the policy calls it exceptional (its figure, not the Code's). The mechanism is for exceptional circumstances; beyond them more capacity is the remedy.", roughly(v.exceptional)))
	}
	switch {
	case v.broken > 0:
		all = append(all, fmt.Sprintf("ALARM: %s refused within the allocation in force. There must be none: see Fairness.", wereRequests(v.broken)))
	default:
		all = append(all, fmt.Sprintf("Requests refused within the allocation in force: 0%s by an independent reference bucket for each Service User.", cmp.Or(v.asRecorded(), ",")))
	}
	if v.beside != "" {
		all = append(all, v.beside)
	}
	if v.unjudged > 0 {
		all = append(all, fmt.Sprintf("%s could not be judged by it: made before the Service User's terms were known.", numbered(v.unjudged, "decision", "decisions")))
	}
	if v.worst != nil {
		t := v.worst.total
		all = append(all, fmt.Sprintf("Worst hit was %s: %s of %s throttled (%s %%), among them %s.", v.worst.display, grouped(int64(t.Throttled.Requests)),
			wereRequests(t.Offered.Requests), shortShare(t.Throttled.Requests, t.Offered.Requests), numbered(v.worstTopUps, "prepayment top-up", "prepayment top-ups")))
	}
	return all
}

// apart says what is no throttling, and never added to it.
func (v verdict) apart() []string {
	var all []string
	if v.shadow > 0 || v.episodesShadow > 0 {
		text := fmt.Sprintf("Shadow: %s would have been throttled; nothing of them was refused.", numbered(v.shadow, "request", "requests"))
		if v.episodesShadow > 0 || v.activeShadow > 0 {
			text += fmt.Sprintf(" Everybody being in shadow, traffic management would have been active for %s in %s.", roughly(v.activeShadow), numbered(uint64(v.episodesShadow), "episode", "episodes"))
		}
		if len(v.alone) > 0 {
			text += fmt.Sprintf(" In shadow by themselves, while for all others it was enforced: %s.", among(v.alone))
		}
		all = append(all, text)
	}
	if v.shadowClosed > 0 {
		all = append(all, fmt.Sprintf("In shadow %s would have been refused because nothing was taken; they went on too.", numbered(v.shadowClosed, "request", "requests")))
	}
	if v.closed > 0 {
		all = append(all, fmt.Sprintf("%s refused because nothing was taken: neither throttled nor unavailable, see Service levels.", wereRequests(v.closed)))
	}
	return all
}

// asRecorded is added to what is known only of what was recorded.
func (v verdict) asRecorded() string {
	if v.lost == 0 && !v.part {
		return ""
	}
	return ", as far as there are records,"
}

func (m *month) panelSummary() section {
	total := m.system.total
	v := verdict{month: m.period.Name(), active: m.active(m.span.From, m.until), days: m.activeDays(), episodes: len(m.enforced()),
		closed: total.Closed.Requests, shadow: total.Shadow.Requests, shadowClosed: total.ShadowClosed.Requests, alone: m.inShadowAlone(), activeShadow: m.activeShadow(m.span.From, m.until),
		exceptional: m.exceptional(), refused: total.Throttled, broken: brokenOf(m.broken), beside: besideTheZero(m.lowered), worst: m.worst(),
		lost: lost(m.absences(nil)), part: m.unknowing(), bound: m.bounds()}
	v.episodesShadow = len(m.episodes) - v.episodes
	for _, e := range m.episodes {
		v.seconds += e.RefusedSeconds
		v.unused = saturated(v.unused, int64(e.Unused))
	}
	judged := m.system.checked.Within.Requests + m.system.checked.Beyond.Requests
	if decided := total.Offered.Requests - undecided(m.services); judged < decided {
		v.unjudged = decided - judged
	}
	d := dividedAs(total.Parts)
	t := newTable("month", "The month in figures", d.with(cOffered, cForwarded, cForwardedShare, cSpare, cThrottled, cThrottledShare, cTopUps, cImpaired, cBefore, cActive, cBound, cActiveDays, cEpisodes,
		cRefusedSeconds, cUnused, cBroken, cJudged, cWorst, cWorstShare, cAnswers, cP50, cP95, cDSPErrors, cFailed, cBusy, cUnknown, cClientLeft, cDecisions, cWithout)...)
	t.upright = true
	t.page.tiles = []tile{{column: cActive, title: strings.TrimSpace("traffic management active " + v.bound), beside: cEpisodes, words: "episodes: %s"}, {column: cThrottled, beside: cThrottledShare, words: "%s of offered"},
		{column: cBroken}, {column: cUnused, beside: cRefusedSeconds, words: "in %s s with refusals"}, {column: cWorst, title: "worst hit", beside: cWorstShare, words: "%s of its requests throttled"},
		{column: cP95, title: "the DSP's p95 while active", beside: cP50, words: "p50 %s"}}
	t.page.zeros = zeroes
	worst, worstShare := cell{}, cell{}
	if v.worst != nil {
		worst, worstShare = words(v.worst.name), share(int64(v.worst.total.Throttled.Requests), int64(v.worst.total.Offered.Requests))
		v.worstTopUps = topUps(v.worst.services)
	}
	p50, p95 := m.latencyActive()
	o := int64(total.Offered.Requests)
	cells := d.put(t.columns, []cell{count(o), count(total.Forwarded.Requests), share(int64(total.Forwarded.Requests), o), count(total.Spare.Requests), count(total.Throttled.Requests),
		share(int64(total.Throttled.Requests), o), count(topUps(m.services)), count(m.throttledImpaired()), where(m.beforeKnown(), int64(m.system.before.total.Offered.Requests)), span(v.active), boundCell(v.bound), count(v.days), count(v.episodes),
		count(v.seconds), thousandths(v.unused), count(v.broken), count(judged), worst, worstShare,
		count(total.Answered), p50, p95, count(total.DSPErrors), count(total.Failed), count(total.Busy), count(total.Unknown()), count(total.ClientLeft),
		count(v.lost), span(within(m.absences(nil), m.span.From, m.span.To, whatever))}, total.Parts)
	if m.hasShadow() {
		t.columns = append(t.columns, cEpisodesShadow, cActiveShadow, cBrokenShadow)
		cells = append(cells, count(v.episodesShadow), span(v.activeShadow), count(brokenInShadow(m.broken)))
	}
	t.add(cells...)
	t.note = "Seconds with refusals, what was unused in them, p50 and p95 are of whole episodes, also where a part lies in another month."
	return section{title: "Exceptional, needed, fair", words: append(v.sentences(), m.completeness()...), tables: []*table{t}}
}

// exceptional is for how long a month traffic management may be active: as it was
// configured, or as the month's last policy that can be read has it.
func (m *month) exceptional() time.Duration {
	if m.config.Exceptional > 0 {
		return m.config.Exceptional
	}
	for _, p := range slices.Backward(m.policies) {
		if p.read != nil && p.read.Exceptional > 0 {
			return p.read.Exceptional
		}
	}
	return exceptionalUsual
}

// worst is the account of whose requests the largest part was throttled; of
// equal ones the first by name.
func (m *month) worst() *account {
	var worst *account
	for _, a := range m.accounts {
		if a.total.Throttled.Requests > 0 && (worst == nil || portion(a) > portion(worst)) {
			worst = a
		}
	}
	return worst
}

func portion(a *account) float64 {
	return float64(a.total.Throttled.Requests) / float64(a.total.Offered.Requests)
}

// topUps is how many prepayment top-ups were throttled.
func topUps(rows []ledger.Service) (n uint64) {
	for _, s := range rows {
		if s.Variant == topUp && s.Verdict.String() == verdictThrottle && s.Reason.String() != reasonClosed {
			n += s.Requests
		}
	}
	return n
}

// latencyActive is how long the DSP took to answer while traffic management was
// active.
func (m *month) latencyActive() (p50, p95 cell) {
	var all ledger.Histogram
	for _, e := range m.episodes {
		all.Merge(e.Latency)
	}
	if all.Count() == 0 {
		return cell{}, cell{}
	}
	return milliseconds(all.Quantile(0.5)), milliseconds(all.Quantile(0.95))
}

func (m *month) panelSystem() section {
	return section{title: "System", figures: append([]figure{m.offeredByDay(m.system.days)}, m.systemPeaks()...)}
}

func (m *month) panelDays() section {
	p := dividedAs(m.system.total.Parts)
	days := newTable("days", "The system by day", p.with(cDay, cOffered, cForwarded, cThrottled, cSpare, cPeakSecond, cPeakSecondAt, cThreshold, cThresholdShare, cCapacity,
		cAnswers, cDSPErrors, cFailed, cBusy, cActive, cWithout, cFirstPosition, cLastPosition)...)
	absent := m.absences(nil)
	for _, d := range m.system.days {
		days.add(slices.Concat([]cell{{set: true, n: d.Day}}, p.cells(d.Parts), []cell{count(d.Spare.Requests),
			peak(d.Second), at(d.Second.At), thousandths(d.Allocation), ratio(int64(d.Second.Cost), int64(d.Allocation)), m.capacity(d.Second.At),
			count(d.Answered), count(d.DSPErrors), count(d.Failed), count(d.Busy), span(m.active(dayStart(d.Day), min(m.until, dayStart(d.Day+1)))),
			span(within(absent, dayStart(d.Day), min(m.until, dayStart(d.Day+1)), whatever)), position(d.First), position(d.Last)})...)
	}
	days.total(cOffered, cForwarded, cThrottled, cClosed, cShadow, cShadowClosed, cSpare, cAnswers, cDSPErrors, cFailed, cBusy, cActive)
	days.page.wide = []name{cPeakSecondAt, cCapacity, cAnswers, cBusy, cFirstPosition, cLastPosition}
	days.note = "Days on which nothing arrived are not listed, nor those of which there are no records: they are in the table of parts without records. The threshold is the one in force when the day's peak in burst / 2 was reached, the capacity that of the policy in force at the peak second."
	tables := append([]*table{days}, m.breakdown(m.allServices(m.services), m.allServices(m.before.services))...)
	tables = append(tables, latencyTable(m.system.latency))
	return section{title: "The system in tables", tables: tables,
		words: []string{"SMETS1 and SMETS2+ are counted together: the header of a request does not tell them apart."}}
}

// allServices leaves out rows of the whole system, where there are any beside
// those of accounts.
func (m *month) allServices(rows []ledger.Service) []ledger.Service {
	return slices.DeleteFunc(slices.Clone(rows), func(s ledger.Service) bool { return s.Account == ledger.System })
}

func (m *month) panelEpisode(e ledger.Episode, t *table) []cell {
	latency := make([]cell, 3)
	if e.Latency.Count() > 0 {
		latency = []cell{milliseconds(e.Latency.Quantile(0.5)), milliseconds(e.Latency.Quantile(0.95)), milliseconds(e.Latency.Quantile(0.99))}
	}
	trigger, variant := cell{}, cell{}
	if name := m.names[e.Account]; name != "" {
		trigger, variant = words(name), words(e.Variant)
	}
	cells := []cell{m.episodeNumber(e.ID), at(e.Started), at(e.Ended), words(e.How.String()), words(beganBy(e.Cause)), span(m.activeIn(e)), boundCell(m.bound(e)), trigger, variant,
		thousandths(e.Threshold), m.capacity(e.Started), peak(e.PeakOffered), at(e.PeakOffered.At), peak(e.PeakReached),
		count(e.Offered.Requests), count(e.Forwarded.Requests), count(e.Spare.Requests), count(e.Throttled.Requests), count(e.RefusedSeconds), thousandths(e.Unused),
		count(e.PressedSeconds), thousandths(e.PressedUnused), ratio(int64(e.PressedUnused), int64(e.PressedCapacity)), count(e.Answered)}
	cells = append(append(cells, latency...), count(e.DSPErrors), count(e.Failed), count(e.Busy), position(e.First), position(e.Last))
	d := dividedAs(m.system.total.Parts)
	if d.shadow {
		cells = append(cells, count(e.ShadowSeconds), span(m.shadowed(e, e.Started, m.ended(e))))
		return d.put(t.columns, cells, e.Parts)
	}
	return d.put(t.columns, cells, e.Parts)
}

// capacity is C of the policy in force at a time.
func (m *month) capacity(when int64) cell {
	found := cell{}
	for _, p := range m.policies {
		if p.At > when {
			break
		}
		if found = (cell{}); p.read != nil {
			found = thousandths(p.read.Capacity.PerSecond())
		}
	}
	return found
}

func (m *month) panelAccounts() section {
	d := dividedAs(m.system.total.Parts)
	t := newTable("accounts", "Service Users", d.with(cAccount, cName, cAllocation, cOffered, cForwarded, cSpare, cThrottled, cThrottledShare, cTopUps, cImpaired, cPeak, cPeakAt, cDepth, cPeakShare,
		cBefore, cChange, cDecisions, cBroken, cJudged, cAnswers, cDSPErrors, cFailed, cBusy, cUnknown, cClientLeft, cRequests, cLater, cLikely, cNever, cOpen)...)
	for _, a := range m.accounts {
		t.add(d.put(t.columns, m.accountCells(a), a.total.Parts)...)
	}
	t.total(cOffered, cForwarded, cSpare, cThrottled, cClosed, cShadow, cShadowClosed, cTopUps, cImpaired, cBefore, cChange, cDecisions, cBroken, cJudged, cAnswers, cDSPErrors, cFailed, cBusy, cUnknown, cClientLeft,
		cRequests, cLater, cLikely, cNever, cOpen)
	t.page.wide = []name{cJudged, cPeakAt, cChange, cBefore, cAnswers, cUnknown, cClientLeft}
	t.note = "The allocation is that at the end of the month, or the last that nothing lowered; peak and what is allowed in burst / 2 belong to the moment of the peak."
	over := newTable("over", "Who asked for more than its allocation, by episode", cEpisode, cAccount, cName, cAllocation, cOffered, cForwarded, cSpare, cThrottled, cClosed, cShadow, cShadowClosed, cTopUps, cPeak, cDepth, cPeakShare,
		cOver, cRefusedSeconds, cFirstRefusal, cLastRefusal)
	over.page.wide = []name{cName, cAllocation, cForwarded, cSpare, cFirstRefusal, cLastRefusal}
	for _, e := range m.sortedEpisodeAccounts() {
		if isOver(e) {
			over.add(m.episodeNumber(e.Episode), words(m.names[e.Account]), words(m.display(e.Account)), thousandths(e.Allocation), count(e.Offered.Requests), count(e.Forwarded.Requests),
				count(e.Spare.Requests), count(e.Throttled.Requests), count(e.Closed.Requests), count(e.Shadow.Requests), count(e.ShadowClosed.Requests), count(e.ThrottledTopUps), peak(e.Burst), m.allowed(e.Account, e.Burst, int64(e.Depth)), ratio(int64(e.Burst.Cost), int64(e.Depth)),
				thousandths(e.Over), count(e.RefusedSeconds), at(e.FirstRefusal), at(e.LastRefusal))
		}
	}
	terms := newTable("terms", "Allocations and their changes", cFrom, cAccount, cPolicy, cThreshold, cWeight, cWeights, cMinimum, cStanding, cAllocation, cCause, cMode, cDepth, cPosition)
	terms.page.wide, terms.page.most = []name{cPosition, cMinimum, cPolicy, cWeights}, mostTerms
	for _, a := range m.accounts {
		for _, row := range changed(a.terms) {
			terms.add(at(row.At), words(a.name), words(row.PolicyName), thousandths(row.Threshold), words(row.Weight), words(row.Weights), thousandths(row.Minimum),
				thousandths(standing(row)), thousandths(row.Allocation), words(kindsOf(row)), words(modeOf(row)), thousandths(row.Depth), position(row.Position))
		}
	}
	return section{title: "Service Users", tables: []*table{t, over, terms}, figures: against(m.accounts)}
}

func (m *month) sortedEpisodeAccounts() []ledger.EpisodeAccount {
	return slices.SortedStableFunc(slices.Values(m.episodeAccounts), func(a, b ledger.EpisodeAccount) int {
		return cmp.Or(cmp.Compare(a.Episode, b.Episode), strings.Compare(m.names[a.Account], m.names[b.Account]))
	})
}

func (m *month) display(id uint32) string {
	if name := m.directory.display[m.names[id]]; name != "" {
		return name
	}
	return m.names[id]
}

func (m *month) accountCells(a *account) []cell {
	allocation, depth, against := cell{}, cell{}, cell{}
	if usual := a.usual(); len(usual) > 0 {
		allocation = thousandths(usual[len(usual)-1].Allocation)
	}
	if a.total.Burst.At != 0 {
		depth, against = m.allowed(a.id, a.total.Burst, int64(a.total.Depth)), ratio(int64(a.total.Burst.Cost), int64(a.total.Depth))
	}
	var f ledger.Followed
	for _, row := range a.followed {
		f.Merge(row)
	}
	t := a.total
	o, before := int64(t.Offered.Requests), int64(a.before.total.Offered.Requests)
	return []cell{words(a.name), words(a.display), allocation, count(o), count(t.Forwarded.Requests), count(t.Spare.Requests), count(t.Throttled.Requests),
		share(int64(t.Throttled.Requests), o), count(topUps(a.services)), count(m.seconds.impaired[a.id]), peak(t.Burst), at(t.Burst.At), depth, against, where(m.beforeKnown(), before), where(m.beforeKnown(), o-before),
		count(lost(m.absences(a))), count(brokenOf(a.broken)), count(a.checked.Within.Requests + a.checked.Beyond.Requests), count(t.Answered), count(t.DSPErrors), count(t.Failed), count(t.Busy),
		count(t.Unknown()), count(t.ClientLeft), count(f.Requests), count(f.Later), count(f.Likely), count(f.Never), count(f.Open)}
}
