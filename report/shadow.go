package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"srtm/ledger"
)

// Shadow stands apart: nothing was refused, and what would have been is in no sum
// of what was.

// tried is one account's part in one episode in which something of it would have
// been throttled.
type tried struct {
	place   int // of the episode in m.episodes
	episode ledger.Episode
	own     ledger.EpisodeAccount
	advice  advice
	allowed cell // in burst / 2, when the peak was reached
	start   cell // the allocation when the episode began
}

// shadowIn are the episodes in which something of an account would have been
// throttled, in their order.
func (m *month) shadowIn(a *account) []tried {
	reads := map[int64]uint64{}
	for _, v := range a.variants {
		if describe(v.Variant).bulk() {
			reads[v.Episode] += v.Offered.Requests
		}
	}
	var all []tried
	for _, o := range a.episodes {
		n := m.episodeNumber(o.Episode)
		if wouldBe(o.Parts) == 0 || !n.set {
			continue
		}
		i := int(n.n - 1)
		x := tried{i, m.episodes[i], o, m.adviceOf(a, m.episodes[i], o), m.allowed(a.id, o.Burst, int64(o.Depth)), m.allocationAtStart(a, m.episodes[i])}
		x.advice.throttled, x.advice.closed, x.advice.reads = o.Shadow.Requests, o.ShadowClosed.Requests, reads[o.Episode]
		all = append(all, x)
	}
	slices.SortFunc(all, func(a, b tried) int { return cmp.Compare(a.place, b.place) })
	return all
}

// columnsOfTried are those of tried.cells.
var columnsOfTried = []name{cOffered, cForwarded, cShadow, cShadowClosed, cShadowShare, cShadowTopUps, cPeak, cDepth, cAllocationStart, cOver, cShadowSeconds, cReads, cWait, cAdvice}

func (t tried) cells() []cell {
	o, wait, text := t.own, cell{}, cell{}
	if t.advice.queue.paced {
		wait = span(t.advice.queue.wait)
	}
	if says := t.advice.String(); says != "" {
		text = words(says)
	}
	return []cell{count(o.Offered.Requests), count(o.Forwarded.Requests), count(o.Shadow.Requests), count(o.ShadowClosed.Requests), share(int64(o.Shadow.Requests), int64(o.Offered.Requests)), count(o.ShadowTopUps),
		peak(o.Burst), t.allowed, t.start, thousandths(o.Over), count(o.ShadowSeconds), count(t.advice.reads), wait, text}
}

// userShadow tells a Service User what in shadow would have been throttled of its
// own, and what would have avoided that.
func (m *month) userShadow(a *account) section {
	if wouldBe(a.total.Parts) == 0 {
		return section{}
	}
	in := m.shadowIn(a)
	t := newTable("shadow_episodes", "Episodes in which you would have been throttled", slices.Concat([]name{cEpisode, cFrom, cTo}, columnsOfTried)...)
	t.page.wide = []name{cForwarded, cAllocationStart, cOver, cShadowSeconds, cReads}
	var topUps uint64
	sec := section{title: "Shadow results"}
	for _, x := range in {
		t.add(slices.Concat([]cell{m.episodeNumber(x.episode.ID), at(x.episode.Started), at(x.episode.Ended)}, x.cells())...)
		topUps += x.own.ShadowTopUps
		if drawn, ok := m.seconds.drawings[episodeAccount{x.episode.ID, a.id}]; ok && len(sec.figures) < mostShadowPlots {
			sec.figures = append(sec.figures, figure{title: fmt.Sprintf("Episode %d, in shadow: what you sent, second by second", x.place+1), drawn: drawn,
				note: "From what would have been your first refusal on. All of it went on to the DSP."})
		}
	}
	t.total(cOffered, cForwarded, cShadow, cShadowClosed, cShadowTopUps)
	t.note = "Figures are of whole episodes. Nothing of this was refused, and so nothing came again that a refusal would have sent again."
	sec.tables = []*table{shadowByReason(a.services), t, m.wouldBe(a)}
	sec.words = []string{fmt.Sprintf("In shadow %s of yours would have been throttled (%s %% of what you sent), among them %s; nothing was refused.",
		numbered(a.total.Shadow.Requests, "request", "requests"), shortShare(a.total.Shadow.Requests, a.total.Offered.Requests),
		numbered(topUps, "prepayment top-up", "prepayment top-ups")), m.hadItBeen(in)}
	if n := a.total.ShadowClosed.Requests; n > 0 {
		sec.words = append(sec.words, fmt.Sprintf("%s more would have been refused because nothing was taken. %s", numbered(n, "request", "requests"), whileClosed))
	}
	return sec
}

// mostShadowPlots is how many episodes of shadow a page draws.
const mostShadowPlots = 3

// hadItBeen says what enforcement would have meant to one account, in a sentence.
func (m *month) hadItBeen(in []tried) string {
	if len(in) == 0 {
		return "Had it been enforced, these would have been refused; none of them was in an episode that is still known."
	}
	in = slices.DeleteFunc(slices.Clone(in), func(x tried) bool { return x.own.Shadow.Requests == 0 })
	if len(in) == 0 {
		return "Had it been enforced, none of yours would have been throttled."
	}
	longest := slices.MaxFunc(in, func(a, b tried) int { return cmp.Compare(a.advice.queue.wait, b.advice.queue.wait) }).advice
	seconds := uint64(0)
	for _, x := range in {
		seconds += x.own.ShadowSeconds
	}
	text := fmt.Sprintf("Had it been enforced, you would have been throttled in %s of %s", numbered(seconds, "second", "seconds"), numbered(uint64(len(in)), "episode", "episodes"))
	switch {
	case longest.pace <= 0:
		return text + "; without an allocation you live on what others leave."
	case !longest.queue.paced:
		return text + "."
	}
	return text + fmt.Sprintf("; held back by yourself to %s, none would have been throttled, and the longest wait would have been %s.", longest.paceWords(), roughly(longest.queue.wait))
}

// shadowByReason is what would have been refused, by variant and reason.
func shadowByReason(rows []ledger.Service) *table {
	t := newTable("shadow", "Would have been refused, by variant and reason", cVariant, cVariantName, cReason, cShadow, cShadowClosed)
	type key struct {
		variant string
		reason  string
	}
	sums := map[key]uint64{}
	for _, s := range rows {
		if s.Verdict.String() == verdictShadow {
			sums[key{s.Variant, s.Reason.String()}] += s.Requests
		}
	}
	for _, k := range slices.SortedFunc(keysOf(sums), func(a, b key) int {
		return cmp.Or(compareNumbers(a.variant, b.variant), cmp.Compare(a.reason, b.reason))
	}) {
		traffic, closed := sums[k], uint64(0)
		if k.reason == reasonClosed {
			traffic, closed = 0, sums[k]
		}
		t.add(words(k.variant), words(describe(k.variant).name), words(reasonWords(k.reason)), count(traffic), count(closed))
	}
	t.total(cShadow, cShadowClosed)
	return t
}

// wouldBe lists the first of an account's requests that would have been refused.
func (m *month) wouldBe(a *account) *table {
	t := m.refusalTable("would_be_refusals", "First that would have been refused", m.shadowRows[a.id])
	t.page.sheets = true
	return t
}

// panelShadow has what would have been throttled, apart.
func (m *month) panelShadow() section {
	t := newTable("shadow", "Would have been throttled", cAccount, cName, cOffered, cShadow, cShadowShare, cShadowTopUps, cShadowClosed)
	for _, a := range m.accounts {
		if s := a.total.Shadow.Requests; wouldBe(a.total.Parts) > 0 {
			t.add(words(a.name), words(a.display), count(a.total.Offered.Requests), count(s), share(int64(s), int64(a.total.Offered.Requests)), count(shadowTopUps(a.services)), count(a.total.ShadowClosed.Requests))
		}
	}
	t.total(cShadow, cShadowTopUps, cShadowClosed)
	sec := section{title: "Shadow results", tables: []*table{t}}
	if len(t.rows) == 0 {
		t.page.sheets = true
		sec.words = []string{"There are no shadow results: nothing would have been throttled that was let pass."}
		return sec
	}
	sec.words = []string{fmt.Sprintf("%s would have been throttled and went on to the DSP; nothing of this was refused, and none of it is in what was throttled. Everybody was in shadow for %s. The page “%s” has more of it.",
		numbered(m.system.total.Shadow.Requests, "request", "requests"), roughly(m.held(m.span.From, m.until, inShadow)), shadowTitle)}
	return sec
}

// shadowTopUps is how many prepayment top-ups would have been throttled.
func shadowTopUps(rows []ledger.Service) (n uint64) {
	for _, s := range rows {
		if s.Variant == topUp && s.Verdict.String() == verdictShadow && s.Reason.String() != reasonClosed {
			n += s.Requests
		}
	}
	return n
}

// among joins names for a sentence.
func among(names []string) string {
	const most = 5
	if rest := len(names) - most; rest > 0 {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %s", numbered(uint64(rest), "other", "others"))
	}
	return strings.Join(names, ", ")
}
