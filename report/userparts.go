package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"srtm/ledger"
)

func (m *month) userBreakdown(a *account) section {
	tables := append(m.breakdown(a.services, a.before.services), m.byUser(a.services, a.before.services), userBelow(loweredOf(m.lowered, a.id)))
	sec := section{title: "By business process, Service, variant and User ID", tables: tables,
		words: []string{"The grouping into business processes is this project's own; it is not in DUIS or the Smart Energy Code."}}
	if !m.beforeKnown() {
		sec.words = append(sec.words, "Records do not reach back over the whole month before, so there is no change on it.")
	}
	return sec
}

// episodeNumber counts the month's episodes from 1. Places in the journal are not
// told to Service Users: the distance of two of them is what everybody sent in
// between.
func (m *month) episodeNumber(id int64) cell {
	i, ok := slices.BinarySearchFunc(m.episodes, id, func(e ledger.Episode, id int64) int { return cmp.Compare(e.ID, id) })
	return cell{set: ok, n: int64(i) + 1}
}

func (m *month) userFollowed(a *account) section {
	t := newTable("followed", "What became of the refused, by variant", cVariant, cVariantName, cRefusals, cRequests, cLater, cLikely, cNever, cOpen, cNotFollowed,
		cLaterP50, cLaterP95, cLikelyP50, cLikelyP95)
	var sum ledger.Followed
	for _, f := range a.followed {
		t.add(append([]cell{words(f.Variant), words(describe(f.Variant).name)}, followedCells(f)...)...)
		sum.Merge(f)
	}
	t.total(cRefusals, cRequests, cLater, cLikely, cNever, cOpen, cNotFollowed)
	t.page.wide = []name{cOpen, cNotFollowed, cLikelyP50, cLikelyP95}
	t.note = "By the day of the first refusal: one just before midnight of the month's last day is followed into the next. Delays go from the first refusal to being forwarded."
	sec := section{title: "What became of the refused", tables: []*table{t, m.refusals(a)}}
	switch {
	case sum.Refusals == 0:
		sec.words = []string{"Nothing was refused for traffic."}
	default:
		sec.words = []string{fmt.Sprintf("%s concerned %s. Each was followed for 24 hours: %s forwarded later under the same RequestID%s; %s likely: a new request of the same User ID, target and variant was forwarded; %s never seen again.%s",
			numbered(sum.Refusals, "refusal", "refusals"), numbered(sum.Requests, "distinct request", "distinct requests"),
			wasOrWere(sum.Later), delays(sum.LaterDelay), wasOrWere(sum.Likely), wasOrWere(sum.Never), m.stillOpen(sum))}
	}
	return sec
}

func delays(h ledger.Histogram) string {
	if h.Count() == 0 {
		return ""
	}
	return fmt.Sprintf(" (median after %s, 95 of 100 within %s)", roughly(h.Quantile(0.5).Round(time.Millisecond)), roughly(h.Quantile(0.95).Round(time.Millisecond)))
}

func (m *month) stillOpen(f ledger.Followed) (text string) {
	if f.Open > 0 {
		text = fmt.Sprintf(" For %s the 24 hours are not over.", numbered(f.Open, "request", "requests"))
	}
	if f.NotFollowed > 0 {
		text += fmt.Sprintf(" %s could not be followed.", numbered(f.NotFollowed, "refusal", "refusals"))
	}
	return text
}

func followedCells(f ledger.Followed) []cell {
	quantiles := func(h ledger.Histogram) []cell {
		if h.Count() == 0 {
			return make([]cell, 2)
		}
		return []cell{span(h.Quantile(0.5)), span(h.Quantile(0.95))}
	}
	cells := []cell{count(f.Refusals), count(f.Requests), count(f.Later), count(f.Likely), count(f.Never), count(f.Open), count(f.NotFollowed)}
	return slices.Concat(cells, quantiles(f.LaterDelay), quantiles(f.LikelyDelay))
}

// latencyTable is by Service, in the Services' order.
func latencyTable(rows []ledger.ServiceLatency) *table {
	t := newTable("latency", "The DSP's synchronous answers, by Service", cService, cAnswers, cP50, cP95, cP99)
	sorted := slices.SortedFunc(slices.Values(rows), func(a, b ledger.ServiceLatency) int { return compareNumbers(a.Service, b.Service) })
	for _, r := range sorted {
		if n := r.Latency.Count(); n > 0 {
			t.add(words(r.Service), count(n), milliseconds(r.Latency.Quantile(0.5)), milliseconds(r.Latency.Quantile(0.95)), milliseconds(r.Latency.Quantile(0.99)))
		}
	}
	return t
}

func (m *month) userLatency(a *account) section {
	return section{
		title: "Latency", tables: []*table{latencyTable(a.latency)}, figures: latencyFigure("Latency of the DSP's synchronous answers", a.latency),
		words: []string{"How long the DSP took to answer at the door: for requests to Devices that is an acknowledgement, and the result comes later. The Target Response Times of the Code concern a leg that does not pass here, so these figures cannot be held against them. Throttled requests have no response time."},
	}
}
