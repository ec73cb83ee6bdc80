package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"srtm/ledger"
	"srtm/plot"
)

// panelEpisodes has a line for each episode, and a card for the longest.
func (m *month) panelEpisodes() section {
	d := dividedAs(m.system.total.Parts)
	columns := d.with(cEpisode, cFrom, cTo, cEnding, cBegan, cActive, cBound, cTrigger, cVariant, cThreshold, cCapacity, cPeakSecond, cPeakSecondAt, cPeakForwarded,
		cOffered, cForwarded, cSpare, cThrottled, cRefusedSeconds, cUnused, cPressedSeconds, cPressedUnused, cPressedShare,
		cAnswers, cP50, cP95, cP99, cDSPErrors, cFailed, cBusy, cFirstPosition, cLastPosition)
	if d.shadow {
		columns = append(columns, cShadowSeconds, cActiveShadow)
	}
	t := newTable("episodes", "The month's episodes", columns...)
	t.page.brief = d.with(cEpisode, cFrom, cActive, cBound, cTrigger, cPeakSecond, cThreshold, cOffered, cThrottled, cP95, cDSPErrors, cFailed)
	if d.shadow {
		t.page.brief = append(t.page.brief, cActiveShadow)
	}
	t.page.zeros, t.page.wide = []name{cPressedSeconds, cPressedUnused, cUnused, cDSPErrors, cFailed, cBusy}, []name{cOffered}
	for _, e := range m.episodes {
		t.add(m.panelEpisode(e, t)...)
	}
	t.total(cActive, cActiveShadow, cOffered, cForwarded, cSpare, cThrottled, cClosed, cShadow, cShadowClosed, cRefusedSeconds, cShadowSeconds, cUnused, cPressedSeconds, cPressedUnused, cAnswers, cDSPErrors, cFailed, cBusy)
	sec := section{title: "Each episode", tables: []*table{t}}
	over := map[int64][]ledger.EpisodeAccount{}
	for _, a := range m.sortedEpisodeAccounts() {
		if isOver(a) {
			over[a.Episode] = append(over[a.Episode], a)
		}
	}
	places := m.carded(always)
	for _, i := range places {
		e := m.episodes[i]
		c := card{title: fmt.Sprintf("Episode %d", i+1), words: []string{m.panelEpisodeSentence(e), m.whoWasOver(over[e.ID])}, table: t, row: i}
		if drawn, ok := m.seconds.drawings[episodeAccount{e.ID, ledger.System}]; ok {
			c.figure = &figure{title: "The system, second by second", drawn: drawn}
		}
		sec.cards = append(sec.cards, c)
	}
	switch {
	case len(m.episodes) == 0:
		sec.words = []string{"Traffic management was not active."}
	case len(places) < len(m.episodes):
		sec.words = []string{fmt.Sprintf("The %d longest of %d episodes follow one by one; all figures of every episode are in the CSV and the XLSX.", len(places), len(m.episodes))}
	}
	return sec
}

// isOver says whether an account asked for more than its allocation in an episode:
// whether some request found too little in its assured bucket. Its peaks do not
// tell: the bucket is filled also while it is drawn from.
func isOver(e ledger.EpisodeAccount) bool {
	return e.Spare.Requests+e.Throttled.Requests+e.Shadow.Requests > 0
}

// beyond is the cost of what an account asked for beyond its allocation.
func beyond(e ledger.EpisodeAccount) int64 {
	return saturated(int64(e.Spare.Cost), saturated(int64(e.Throttled.Cost), int64(e.Shadow.Cost)))
}

func (m *month) panelEpisodeSentence(e ledger.Episode) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s.", m.when(e), e.How)
	if name := m.names[e.Account]; name != "" {
		fmt.Fprintf(&b, " It began with %s (%s): %s.", plainText(m.display(e.Account)), plainText(e.Variant), beganBy(e.Cause))
	} else if e.Cause == ledger.ByHand {
		b.WriteString(" It was begun by hand.")
	}
	if e.PeakOffered.At != 0 {
		fmt.Fprintf(&b, " At the peak %s were offered in a second, the operating threshold being %s", amount(int64(e.PeakOffered.Cost)), rate(int64(e.Threshold)))
		if c := m.capacity(e.Started); c.set {
			fmt.Fprintf(&b, " and the maximum capacity %s", rate(c.n*1_000_000))
		}
		b.WriteString(".")
	}
	fmt.Fprintf(&b, " Of %s %s throttled.", numbered(e.Offered.Requests, "request", "requests"), wasOrWere(e.Throttled.Requests))
	if e.Shadow.Requests > 0 {
		fmt.Fprintf(&b, " In shadow %s would have been; none of them was refused.", grouped(int64(e.Shadow.Requests)))
	}
	if e.Latency.Count() > 0 {
		fmt.Fprintf(&b, " The DSP answered half within %s, 95 of 100 within %s", plot.Seconds(e.Latency.Quantile(0.5).Seconds()), plot.Seconds(e.Latency.Quantile(0.95).Seconds()))
		if bad := e.DSPErrors + e.Failed + e.Busy; bad > 0 {
			fmt.Fprintf(&b, "; %s failed for want of it", numbered(bad, "request", "requests"))
		} else {
			b.WriteString(", without an error")
		}
		b.WriteString(".")
	}
	return b.String()
}

// whoWasOver names the accounts that asked for most beyond their allocation.
func (m *month) whoWasOver(rows []ledger.EpisodeAccount) string {
	const most = 5
	if len(rows) == 0 {
		return "Nobody asked for more than its allocation."
	}
	ordered := slices.SortedStableFunc(slices.Values(rows), func(a, b ledger.EpisodeAccount) int { return cmp.Compare(beyond(b), beyond(a)) })
	var all []string
	for _, a := range ordered[:min(most, len(ordered))] {
		shadow := ""
		if a.Shadow.Requests > 0 {
			shadow = fmt.Sprintf(", %s in shadow", grouped(int64(a.Shadow.Requests)))
		}
		all = append(all, fmt.Sprintf("%s (%s of %s requests: %s by spare capacity, %s throttled%s)", plainText(m.names[a.Account]),
			grouped(int64(a.Spare.Requests+a.Throttled.Requests+a.Shadow.Requests)), grouped(int64(a.Offered.Requests)), grouped(int64(a.Spare.Requests)), grouped(int64(a.Throttled.Requests)), shadow))
	}
	text := "Beyond their allocation: " + strings.Join(all, ", ")
	if rest := len(ordered) - most; rest > 0 {
		text += fmt.Sprintf(", and %s: see Service Users", numbered(uint64(rest), "other", "others"))
	}
	return text + "."
}
