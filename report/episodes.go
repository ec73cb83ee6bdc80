package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"srtm/ledger"
)

// userEpisodes has a line for each episode, then a card for each, and what every
// variant did in it.
func (m *month) userEpisodes(a *account) section {
	d := dividedAs(a.total.Parts)
	t := newTable("episodes", "The month's episodes", d.with(cEpisode, cFrom, cTo, cEnding, cBegan, cActive, cBound, cAbout, cPeakBand, cOffered, cForwarded, cSpare, cThrottled, cTopUps,
		cPeak, cDepth, cAllocation, cOver, cFirstRefusal, cLastRefusal, cRefusedSeconds, cReads, cWait, cAdvice)...)
	everybody := d.shadow && m.activeShadow(m.span.From, m.until) > 0
	if everybody {
		t.columns = append(t.columns, cActiveShadow)
	}
	t.page.brief = d.with(cEpisode, cFrom, cTo, cActive, cBound, cPeakBand, cOffered, cForwarded, cThrottled, cTopUps)
	if everybody {
		t.page.brief = append(t.page.brief, cActiveShadow)
	}
	v := newTable("episode_variants", "By variant", cEpisode, cVariant, cVariantName, cProcess, cOffered, cForwarded, cThrottled, cClosed, cShadow, cShadowClosed)
	v.page.cards, v.page.brief = true, d.with(cVariant, cVariantName, cProcess, cOffered, cForwarded, cThrottled)
	own := map[int64]ledger.EpisodeAccount{}
	for _, e := range a.episodes {
		own[e.Episode] = e
	}
	reads := map[int64]uint64{}
	all := divided{true, true, true}
	for _, r := range slices.SortedStableFunc(slices.Values(a.variants), func(a, b ledger.EpisodeVariant) int { return int(min(max(a.Episode-b.Episode, -1), 1)) }) {
		what := describe(r.Variant)
		if what.bulk() {
			reads[r.Episode] += r.Offered.Requests
		}
		v.add(append([]cell{m.episodeNumber(r.Episode), words(r.Variant), words(what.name), words(string(what.process))}, all.cells(r.Parts)...)...)
	}
	sec := section{title: "Each episode", tables: []*table{t, v}}
	var topUps uint64
	advices := make([]advice, len(m.episodes))
	for i, e := range m.episodes {
		o := own[e.ID]
		advices[i] = m.adviceOf(a, e, o)
		advices[i].throttled, advices[i].closed, advices[i].reads = o.Throttled.Requests, o.Closed.Requests, reads[e.ID]
		topUps += o.ThrottledTopUps
		cells := m.episodeCells(e, o, advices[i])
		if everybody {
			cells = append(cells, span(m.shadowed(e, e.Started, m.ended(e))))
		}
		t.add(d.put(t.columns, cells, o.Parts)...)
	}
	t.total(cActive, cActiveShadow, cOffered, cForwarded, cSpare, cThrottled, cClosed, cShadow, cShadowClosed, cTopUps)
	t.note = "System figures are rounded or banded, so that nobody's can be had by taking away one's own. Who began an episode is not told to Service Users. Figures are of the whole episode, also where a part of it lies in another month."
	refused := a.refusedIn()
	places := m.carded(func(e ledger.Episode) bool { return refused[e.ID] })
	for _, i := range places {
		e := m.episodes[i]
		c := card{title: fmt.Sprintf("Episode %d", i+1), words: []string{m.episodeSentence(e, own[e.ID])}, table: t, row: i, lines: v}
		c.first, c.last = rowsOf(v, int64(i)+1)
		if drawn, ok := m.seconds.drawings[episodeAccount{e.ID, a.id}]; ok {
			c.figure = &figure{title: "What you sent, second by second", drawn: drawn,
				note: "From your first refusal on. An allocation is compared with the peak in burst / 2, never with a second: its line is there to compare by eye."}
		}
		sec.cards = append(sec.cards, c)
	}
	sec.words = m.episodesWords(topUps, len(places))
	return sec
}

func (m *month) episodesWords(topUps uint64, cards int) []string {
	var all []string
	switch {
	case len(m.episodes) == 0:
		return []string{"Traffic management was not active."}
	case topUps > 0:
		all = append(all, fmt.Sprintf("Of what was throttled, %s prepayment top-ups (2.2 Top Up Device).", wasOrWere(topUps)))
	default:
		all = append(all, "No prepayment top-up (2.2 Top Up Device) was throttled.")
	}
	switch {
	case cards == mostCards:
		all = append(all, fmt.Sprintf("Of the episodes in which you were refused the %d longest follow one by one. All figures of every episode are in the CSV and the XLSX.", mostCards))
	case cards > 0 && cards < len(m.episodes):
		all = append(all, "Those in which you were refused follow one by one. All figures of every episode are in the CSV and the XLSX.")
	}
	return all
}

// rowsOf are the rows of a table, in order of its first column, which have a number
// there.
func rowsOf(t *table, number int64) (first, last int) {
	for first < len(t.rows) && t.rows[first][0].n < number {
		first++
	}
	for last = first; last < len(t.rows) && t.rows[last][0].n == number; {
		last++
	}
	return first, last
}

func wasOrWere(n uint64) string { return grouped(int64(n)) + " " + was(n) }

func (m *month) episodeCells(e ledger.Episode, o ledger.EpisodeAccount, a advice) []cell {
	about, band := m.episodeProtected(e)
	cells := []cell{m.episodeNumber(e.ID), at(e.Started), at(e.Ended), words(e.How.String()), words(beganBy(e.Cause)), span(m.activeIn(e)), boundCell(m.bound(e)), about, band,
		count(o.Offered.Requests), count(o.Forwarded.Requests), count(o.Spare.Requests), count(o.Throttled.Requests), count(o.ThrottledTopUps),
		peak(o.Burst)}
	if o.Burst.At == 0 {
		cells = append(cells, cell{}, cell{})
	} else {
		cells = append(cells, m.allowed(o.Account, o.Burst, int64(o.Depth)), thousandths(o.Allocation))
	}
	cells = append(cells, thousandths(o.Over), at(o.FirstRefusal), at(o.LastRefusal), count(o.RefusedSeconds), count(a.reads))
	if a.throttled > 0 && a.queue.paced {
		cells = append(cells, span(a.queue.wait))
	} else {
		cells = append(cells, cell{})
	}
	if text := a.String(); text != "" {
		return append(cells, words(text))
	}
	return append(cells, cell{})
}

// when says from when to when an episode was, and how long.
func (m *month) when(e ledger.Episode) string {
	const day = "2 Jan 15:04:05"
	from, to := time.Unix(0, e.Started).UTC(), time.Unix(0, m.ended(e)).UTC()
	layout := time.TimeOnly
	if from.Truncate(24*time.Hour) != to.Truncate(24*time.Hour) {
		layout = day
	}
	if e.Ended == 0 || e.How == ledger.Active {
		return fmt.Sprintf("From %s UTC on, not over after %s", from.Format(day), bounded(m.bound(e), roughly(to.Sub(from))))
	}
	return fmt.Sprintf("%s to %s UTC, %s", from.Format(day), to.Format(layout), bounded(m.bound(e), roughly(to.Sub(from))))
}

// episodeSentence tells a Service User its part in an episode.
func (m *month) episodeSentence(e ledger.Episode, o ledger.EpisodeAccount) string {
	var b strings.Builder
	b.WriteString(m.when(e) + ".")
	if _, band := m.episodeProtected(e); band.set {
		fmt.Fprintf(&b, " The system's peak second was %s of the operating threshold.", band.text)
	}
	if o.Offered.Requests == 0 {
		return b.String() + " You sent nothing in it."
	}
	fmt.Fprintf(&b, " You sent %s; %s forwarded", numbered(o.Offered.Requests, "request", "requests"), wasOrWere(o.Forwarded.Requests))
	if o.Spare.Requests > 0 {
		fmt.Fprintf(&b, ", %s of them by spare capacity", grouped(int64(o.Spare.Requests)))
	}
	if o.Shadow.Requests > 0 {
		fmt.Fprintf(&b, ", %s would have been throttled and went on in shadow", grouped(int64(o.Shadow.Requests)))
	}
	if o.ShadowClosed.Requests > 0 {
		fmt.Fprintf(&b, ", %s would have been refused while closed and went on in shadow", grouped(int64(o.ShadowClosed.Requests)))
	}
	if o.Closed.Requests > 0 {
		fmt.Fprintf(&b, ", %s refused while closed", wasOrWere(o.Closed.Requests))
	}
	if o.Throttled.Requests == 0 {
		return b.String() + ", and none was throttled."
	}
	fmt.Fprintf(&b, ", and %s throttled (%s %%)", wasOrWere(o.Throttled.Requests), shortShare(o.Throttled.Requests, o.Offered.Requests))
	if o.ThrottledTopUps > 0 {
		fmt.Fprintf(&b, ", among them %s", numbered(o.ThrottledTopUps, "prepayment top-up", "prepayment top-ups"))
	}
	return b.String() + "."
}
