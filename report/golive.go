package report

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"srtm/ledger"
)

func keysOf[K comparable, V any](rows map[K]V) iter.Seq[K] { return maps.Keys(rows) }

// shadowTitle is what the page is called on which going live is decided.
const shadowTitle = "A month in shadow"

// hasShadow says whether the month has shadow results, or was in shadow.
func (m *month) hasShadow() bool {
	return wouldBe(m.system.total.Parts) > 0 || m.held(m.span.From, m.until, inShadow) > 0
}

// shadowPage makes the report over a month of shadow: how often traffic management
// would have been active, why, whom it would have throttled, and what they could
// have done. It is the operator's and the Panel's, with names.
func (m *month) shadowPage(file string, version int) *page {
	p := m.newPage(cover{file: file, title: shadowTitle + ": " + m.period.Name(), classification: panelOnly, version: version, names: true})
	p.sections = []section{
		m.shadowSummary(),
		m.shadowEpisodes(),
		m.shadowShares(),
		m.shadowWhom(),
		m.shadowDone(),
		m.shadowReading(),
	}
	return p
}

// shadowEpisodesOf are the episodes in which something would have been throttled.
func (m *month) shadowEpisodesOf() []ledger.Episode {
	return slices.DeleteFunc(slices.Clone(m.episodes), func(e ledger.Episode) bool { return wouldBe(e.Parts) == 0 && !m.beganInShadow(e) })
}

// shadowLength is for how long traffic management was, or would have been, active
// in such episodes, within the month, for everybody in shadow or for some.
func (m *month) shadowLength(episodes []ledger.Episode, from, to int64) time.Duration {
	var sum time.Duration
	for _, e := range episodes {
		sum += time.Duration(max(0, min(to, m.ended(e))-max(from, e.Started)))
	}
	return sum
}

func (m *month) shadowSummary() section {
	total, episodes := m.system.total, m.shadowEpisodesOf()
	length := m.shadowLength(episodes, m.span.From, m.until)
	days := 0
	for d := range m.period.Days() {
		from := dayStart(m.period.firstDay() + int64(d))
		if m.shadowLength(episodes, from, min(m.until, dayStart(m.period.firstDay()+int64(d)+1))) > 0 {
			days++
		}
	}
	t := newTable("month", "The month in figures", cOffered, cForwarded, cThrottled, cClosed, cShadow, cShadowShare, cShadowTopUps, cShadowClosed, cActiveShadow, cActive, cEpisodesWould, cActiveDays,
		cShadowFor, cBrokenShadow, cBroken)
	t.upright = true
	would := m.activeShadow(m.span.From, m.until)
	was := length - would
	lasted := tile{column: cActiveShadow, beside: cEpisodesWould, words: "episodes: %s"}
	if would == 0 && was > 0 {
		lasted.column, lasted.title = cActive, "active, enforced for others"
	}
	t.page.tiles = []tile{lasted, {column: cShadow, beside: cShadowShare, words: "%s of offered"}, {column: cShadowTopUps}, {column: cBrokenShadow}}
	t.page.zeros = []name{cThrottled, cClosed, cBroken}
	t.add(count(total.Offered.Requests), count(total.Forwarded.Requests), count(total.Throttled.Requests), count(total.Closed.Requests), count(total.Shadow.Requests),
		share(int64(total.Shadow.Requests), int64(total.Offered.Requests)), count(shadowTopUps(m.services)), count(total.ShadowClosed.Requests), span(would), span(was), count(len(episodes)), count(days),
		span(m.held(m.span.From, m.until, inShadow)), count(brokenInShadow(m.broken)), count(brokenOf(m.broken)))
	t.note = "Episodes are those in which something would have been refused, or which began while everybody was in shadow. An episode's time is “active” where traffic management was enforced for those who were not in shadow, and “would have been active” where everybody was. Days active are those of such episodes."
	words := []string{fmt.Sprintf("Over %s%s everybody was in shadow for %s. %s. %s of %s would have been throttled (%s %%), among them %s. Nothing of this was refused.",
		m.period.Name(), m.asRecorded(), roughly(m.held(m.span.From, m.until, inShadow)), m.howActive(would, was, fmt.Sprintf("%s on %s in which something would have been refused", numbered(uint64(len(episodes)), "episode", "episodes"), numbered(uint64(days), "day", "days"))),
		numbered(total.Shadow.Requests, "request", "requests"), grouped(int64(total.Offered.Requests)), shortShare(total.Shadow.Requests, total.Offered.Requests),
		numbered(shadowTopUps(m.services), "prepayment top-up", "prepayment top-ups")), m.enforcement()}
	if n := total.ShadowClosed.Requests; n > 0 {
		words = append(words, fmt.Sprintf("In shadow %s more would have been refused because nothing was taken. %s", numbered(n, "request", "requests"), whileClosed))
	}
	if limit := m.exceptional(); length > limit {
		words = append(words, fmt.Sprintf("That is more than the %s a month up to which the policy calls it exceptional: before going live, look at the capacity and the threshold.", roughly(limit)))
	}
	return section{title: "In a sentence", words: append(words, m.completeness()...), tables: []*table{t}}
}

// howActive says for how long traffic management was, or would have been, active in
// the episodes of shadow.
func (m *month) howActive(would, was time.Duration, in string) string {
	alone := ""
	if names := m.inShadowAlone(); len(names) > 0 {
		alone = " (" + among(names) + ")"
	}
	switch {
	case was == 0:
		return fmt.Sprintf("Traffic management would have been active for %s in %s", roughly(would), in)
	case would == 0:
		return fmt.Sprintf("Traffic management was active for %s in %s, enforced for all but those in shadow%s", roughly(was), in, alone)
	}
	return fmt.Sprintf("Traffic management would have been active for %s, everybody being in shadow, and was active for %s, enforced for all but those in shadow%s, in %s", roughly(would), roughly(was), alone, in)
}

// enforcement says in one sentence what a month of it would have meant.
func (m *month) enforcement() string {
	var hit []*account
	served := 0
	for _, a := range m.accounts {
		if a.total.Offered.Requests > 0 {
			served++
		}
		if a.total.Shadow.Requests > 0 {
			hit = append(hit, a)
		}
	}
	if len(hit) == 0 {
		return "Enforced, the month would have been no different: nobody would have been throttled."
	}
	slices.SortStableFunc(hit, func(a, b *account) int {
		return cmp.Compare(b.total.Shadow.Requests, a.total.Shadow.Requests)
	})
	names := make([]string, len(hit))
	longest := time.Duration(0)
	for i, a := range hit {
		names[i] = plainText(a.name)
		for _, x := range m.shadowIn(a) {
			longest = max(longest, x.advice.queue.wait)
		}
	}
	text := fmt.Sprintf("Enforced, the month would have meant that %d of %s (%s) had %s refused at first, each beyond its allocation%s",
		len(hit), numbered(uint64(served), "Service User", "Service Users"), among(names), numbered(m.system.total.Shadow.Requests, "request", "requests"), orHeld(m.services))
	if n := brokenInShadow(m.broken); n > 0 {
		text += fmt.Sprintf(" but for %s, WHICH MUST NOT BE", grouped(int64(n)))
	}
	return text + fmt.Sprintf("; held back by themselves to a steady allocation none would have been, and the longest wait would have been %s.", roughly(longest))
}

// orHeld is added where some would have been refused as over a rate by hand.
func orHeld(rows []ledger.Service) string {
	if slices.ContainsFunc(rows, func(s ledger.Service) bool {
		return s.Verdict.String() == verdictShadow && s.Reason.String() == reasonHeld
	}) {
		return " or the rate that it was held to"
	}
	return ""
}

func (m *month) shadowEpisodes() section {
	t := newTable("episodes", "Episodes, had it been enforced", cEpisode, cFrom, cTo, cBegan, cActiveShadow, cActive, cTrigger, cVariant, cThreshold, cCapacity, cPeakSecond, cPeakSecondAt, cThresholdShare, cPeakForwarded,
		cOffered, cForwarded, cShadow, cShadowClosed, cThrottled, cClosed, cShadowSeconds, cP95, cDSPErrors, cFailed)
	t.page.wide = []name{cTo, cVariant, cCapacity, cPeakSecondAt, cForwarded, cShadowSeconds, cThrottled, cClosed}
	sec := section{title: "How often, and why", tables: []*table{t},
		words: []string{"Why is to be seen from the peak: what was offered in a second, against the operating threshold. What would have been throttled went on to the DSP; its answers and errors then are those of the same episode."}}
	for i, e := range m.episodes {
		if wouldBe(e.Parts) == 0 && !m.beganInShadow(e) {
			continue
		}
		trigger, variant, p95 := cell{}, cell{}, cell{}
		if name := m.names[e.Account]; name != "" {
			trigger, variant = words(name), words(e.Variant)
		}
		if e.Latency.Count() > 0 {
			p95 = milliseconds(e.Latency.Quantile(0.95))
		}
		t.add(m.episodeNumber(e.ID), at(e.Started), at(e.Ended), words(beganBy(e.Cause)), span(m.shadowed(e, e.Started, m.ended(e))), span(m.activeIn(e)), trigger, variant, thousandths(e.Threshold), m.capacity(e.Started),
			peak(e.PeakOffered), at(e.PeakOffered.At), ratio(int64(e.PeakOffered.Cost), int64(e.Threshold)), peak(e.PeakReached),
			count(e.Offered.Requests), count(e.Forwarded.Requests), count(e.Shadow.Requests), count(e.ShadowClosed.Requests), count(e.Throttled.Requests), count(e.Closed.Requests), count(e.ShadowSeconds), p95, count(e.DSPErrors), count(e.Failed))
		if drawn, ok := m.seconds.drawings[episodeAccount{e.ID, ledger.System}]; ok && len(sec.figures) < mostShadowPlots {
			how := ""
			if m.activeIn(e) == 0 {
				how = ", in shadow"
			}
			sec.figures = append(sec.figures, figure{title: fmt.Sprintf("Episode %d%s: the system, second by second", i+1, how), drawn: drawn})
		}
	}
	t.total(cActiveShadow, cActive, cOffered, cForwarded, cShadow, cShadowClosed, cThrottled, cClosed, cShadowSeconds, cDSPErrors, cFailed)
	return sec
}

// shadowShares says whose the traffic of each episode was.
func (m *month) shadowShares() section {
	t := newTable("shares", "Whose traffic it was, by episode", cEpisode, cAccount, cName, cOffered, cOfferedShare, cCost, cAllocationStart, cPeak, cDepth, cPeakShare, cOver, cShadow)
	for _, a := range m.sortedEpisodeAccounts() {
		n := m.episodeNumber(a.Episode)
		if !n.set || wouldBe(m.episodes[n.n-1].Parts) == 0 {
			continue
		}
		e := m.episodes[n.n-1]
		t.add(n, words(m.names[a.Account]), words(m.display(a.Account)), count(a.Offered.Requests), share(int64(a.Offered.Requests), int64(e.Offered.Requests)),
			thousandths(a.Offered.Cost), m.allocationAtStart(m.byID[a.Account], e), peak(a.Burst), m.allowed(a.Account, a.Burst, int64(a.Depth)), ratio(int64(a.Burst.Cost), int64(a.Depth)), thousandths(a.Over), count(a.Shadow.Requests))
	}
	t.page.wide, t.page.most = []name{cName, cCost, cPeakShare}, mostTerms
	t.note = "The share is that of all that was offered in the episode. Who was over its allocation is told by what went beyond it in the same seconds. What is allowed in burst / 2 is that when the peak was reached; there is none where nothing was taken then."
	return section{title: "Whose it was", tables: []*table{t}}
}

func (m *month) shadowWhom() section {
	t := newTable("accounts", "Whom it would have throttled", cAccount, cName, cAllocation, cOffered, cShadow, cShadowShare, cShadowTopUps, cShadowClosed, cEpisodesWould, cShadowSeconds)
	for _, a := range m.accounts {
		if wouldBe(a.total.Parts) == 0 {
			continue
		}
		allocation, seconds, in := cell{}, uint64(0), m.shadowIn(a)
		if usual := a.usual(); len(usual) > 0 {
			allocation = thousandths(usual[len(usual)-1].Allocation)
		}
		for _, x := range in {
			seconds += x.own.ShadowSeconds
		}
		t.add(words(a.name), words(a.display), allocation, count(a.total.Offered.Requests), count(a.total.Shadow.Requests), share(int64(a.total.Shadow.Requests), int64(a.total.Offered.Requests)),
			count(shadowTopUps(a.services)), count(a.total.ShadowClosed.Requests), count(len(in)), count(seconds))
	}
	t.total(cOffered, cShadow, cShadowTopUps, cShadowClosed)
	t.note = "Seconds and episodes are those with something of the Service User that would have been throttled."
	return section{title: "Whom", tables: []*table{t, shadowByReason(m.allServices(m.services))}}
}

func (m *month) shadowDone() section {
	t := newTable("advice", "What they could have done, by episode", slices.Concat([]name{cEpisode, cAccount, cName}, columnsOfTried)...)
	for _, a := range m.accounts {
		for _, x := range m.shadowIn(a) {
			t.add(slices.Concat([]cell{m.episodeNumber(x.episode.ID), words(a.name), words(a.display)}, x.cells())...)
		}
	}
	t.page.wide, t.page.most = []name{cName, cForwarded, cAllocationStart, cOver, cShadowSeconds, cReads, cShadowShare}, mostTerms
	t.note = "Computed from the Service User's own seconds of the episode, put through a queue that lets pass what its allocation was then, without what came while nothing was taken; the figures and the arithmetic are this project's own."
	return section{title: "What they could have done", tables: []*table{t}}
}

func (m *month) shadowReading() section {
	return section{title: "How to read this", words: []string{
		"In shadow every decision is made, counted and recorded as if it were enforced, and everything is forwarded. What would have been throttled is never added to what was throttled, nor to what was forwarded.",
		"What it does not tell: a refused request comes again, and a shadowed one does not, so that counts here are of first attempts; the DSP got all that was offered, so that its latency in these episodes is what traffic management would have avoided; and Service Users that know of refusals would send otherwise.",
		"Each Service User's own report has its own part of this, and nothing of others.",
	}}
}
