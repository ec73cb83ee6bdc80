package report

import (
	"fmt"
	"math"
	"time"

	"srtm/ledger"
	"srtm/plot"
)

// spans are the times in which traffic management was active.
func (m *month) spans() []plot.Span {
	var spans []plot.Span
	for _, e := range m.episodes {
		spans = append(spans, plot.Span{From: max(e.Started, m.span.From), To: min(m.ended(e), m.span.To)})
	}
	return spans
}

// glance is how high plots of a month are, in pixels, so that two of them leave
// room on a sheet.
const glance = 130

// offeredByDay draws what was forwarded and throttled by day.
func (m *month) offeredByDay(days []ledger.Day) figure {
	forwarded := plot.Series{Kind: plot.Bars, Ink: plot.Forwarded}
	throttled := plot.Series{Kind: plot.Bars, Ink: plot.Throttled}
	shadow := plot.Series{Kind: plot.Bars, Ink: plot.Spare, Name: "would have been refused, in shadow"}
	sum := uint64(0)
	for _, d := range days {
		forwarded.Points = append(forwarded.Points, plot.Point{At: dayStart(d.Day), Value: float64(d.Forwarded.Requests)})
		throttled.Points = append(throttled.Points, plot.Point{At: dayStart(d.Day), Value: float64(d.Throttled.Requests)})
		shadow.Points = append(shadow.Points, plot.Point{At: dayStart(d.Day), Value: float64(wouldBe(d.Parts))})
		sum += wouldBe(d.Parts)
	}
	series := []plot.Series{forwarded, throttled}
	if sum > 0 {
		series = []plot.Series{forwarded, shadow, throttled}
	}
	title := "Offered by day, " + m.period.Name()
	return figure{title: title, plot: plot.Timeline{
		Caption: plot.Caption{Title: title, ID: "offered",
			Description: "One bar for each day: requests forwarded and, on top, throttled. Shaded: traffic management was active."},
		From: m.span.From, To: m.span.To, Unit: "requests", Height: glance, Series: series, Spans: m.spans(),
	}}
}

// aboutByDay draws the rounded volumes of a table of days, and nothing else.
func (m *month) aboutByDay(t *table) figure {
	offered := plot.Series{Kind: plot.Bars, Ink: plot.Plain, Name: "offered, rounded"}
	for _, row := range t.rows {
		offered.Points = append(offered.Points, plot.Point{At: dayStart(row[0].n), Value: float64(row[1].n)})
	}
	title := "Offered by day, rounded, " + m.period.Name()
	return figure{title: title, plot: plot.Timeline{
		Caption: plot.Caption{Title: title, ID: "offered", Description: "One bar for each day: requests offered to the whole system, to two significant digits."},
		From:    m.span.From, To: m.span.To, Unit: "requests", Height: glance, Series: []plot.Series{offered},
	}}
}

// peaksByDay draws the own peaks against what the allocation allows.
func (m *month) peaksByDay(a *account) figure {
	dots := plot.Series{Name: "peak in burst / 2", Kind: plot.Dots, Ink: plot.Peak}
	for _, d := range a.days {
		if d.Burst.At != 0 {
			dots.Points = append(dots.Points, plot.Point{At: dayStart(d.Day), Value: float64(d.Burst.Cost) / 1e9})
		}
	}
	level := plot.Level{Name: "allowed", Ink: plot.Allocation, Value: math.NaN()}
	for i, t := range a.terms {
		value := float64(t.Depth) / 1e9
		if i == 0 || t.At <= m.span.From {
			level.Value = value
			continue
		}
		if last := len(level.Steps) - 1; last >= 0 && level.Steps[last].Value == value || last < 0 && level.Value == value {
			continue
		}
		level.Steps = append(level.Steps, plot.Point{At: t.At, Value: value})
	}
	t := plot.Timeline{
		Caption: plot.Caption{Title: "Own peak against the allocation, " + m.period.Name(), ID: "peaks",
			Description: "One dot for each day: the most that was offered in any burst / 2. The line: what the allocation allows in burst / 2."},
		From: m.span.From, To: m.span.To, Unit: "SR", Height: glance, Series: []plot.Series{dots}, Spans: m.spans(),
	}
	if len(a.terms) > 0 {
		t.Levels = []plot.Level{level}
	}
	return figure{title: t.Title, note: "The numbers of both are in the table by day. An allocation is compared with the peak in burst / 2, never with a second: see “How to read this”.", plot: t}
}

func (m *month) glanceFigures(a *account) []figure {
	return []figure{m.offeredByDay(a.days), m.peaksByDay(a)}
}

// latencyFigure draws quantiles by Service.
func latencyFigure(title string, rows []ledger.ServiceLatency) []figure {
	q := plot.Quantiles{Caption: plot.Caption{Title: title, ID: "latency", Description: "For each Service the median, p95 and p99 of the DSP's synchronous answers."}}
	for _, r := range rows {
		if r.Latency.Count() == 0 {
			continue
		}
		q.Rows = append(q.Rows, plot.Quantile{Name: r.Service, P50: r.Latency.Quantile(0.5).Seconds(), P95: r.Latency.Quantile(0.95).Seconds(), P99: r.Latency.Quantile(0.99).Seconds()})
	}
	if len(q.Rows) == 0 || len(q.Rows) > mostRows {
		return nil
	}
	return []figure{{title: title, note: "Its numbers are in the table below.", plot: q}}
}

// mostRows is how many rows of one plot a page of A4 holds.
const mostRows = 35

// systemPeaks draws the system's daily peak against threshold and capacity, over
// the months of the trend.
func (m *month) systemPeaks() []figure {
	if len(m.peaks) == 0 {
		return nil
	}
	dots := plot.Series{Name: "peak second", Kind: plot.Dots, Ink: plot.Peak}
	for _, d := range m.days {
		if d.Account == ledger.System {
			dots.Points = append(dots.Points, plot.Point{At: dayStart(d.Day), Value: float64(d.Second.Cost) / 1e9})
		}
	}
	t := plot.Timeline{
		Caption: plot.Caption{Title: "System peak by day, " + m.period.Name(), ID: "system-peaks",
			Description: "One dot for each day: the most that was offered to the whole system in a second, with operating threshold and maximum capacity."},
		From: m.span.From, To: m.span.To, Unit: "SR/s", Height: glance, Series: []plot.Series{dots}, Spans: m.spans(), Levels: m.levels(),
	}
	return []figure{{title: t.Title, note: "Its numbers are in the table by day.", plot: t}}
}

// peaksFigure draws the daily peaks that the trend goes through.
func (m *month) peaksFigure(threshold int64) []figure {
	dots := plot.Series{Name: "peak second of a day", Kind: plot.Dots, Ink: plot.Peak}
	for _, d := range m.peaks {
		if d.Second.At != 0 && dayStart(d.Day) < m.until {
			dots.Points = append(dots.Points, plot.Point{At: dayStart(d.Day), Value: float64(d.Second.Cost) / 1e9})
		}
	}
	if len(dots.Points) == 0 || dots.Points[0].At >= m.span.From {
		return nil // the month's own are drawn with the system's
	}
	from := time.Unix(0, dots.Points[0].At).UTC()
	first := Period{from.Year(), from.Month()}
	t := plot.Timeline{
		Caption: plot.Caption{Title: fmt.Sprintf("System peak by day, %s to %s", first.Name(), m.period.Name()), ID: "trend",
			Description: "One dot for each day: the most that was offered to the whole system in a second, with the operating threshold at the month's end."},
		From: first.From(), To: m.span.To, Unit: "SR/s", Height: glance, Series: []plot.Series{dots}, Levels: []plot.Level{{Ink: plot.Threshold, Value: float64(threshold) / 1e9}},
	}
	return []figure{{title: t.Title, plot: t}}
}

// levels are threshold and capacity as the policies of the month had them.
func (m *month) levels() []plot.Level {
	threshold := plot.Level{Ink: plot.Threshold, Value: math.NaN()}
	capacity := plot.Level{Ink: plot.Capacity, Value: math.NaN()}
	found := false
	for _, p := range m.policies {
		if p.read == nil {
			continue
		}
		t, c := float64(p.read.Rules().Threshold)/1e9, float64(p.read.Capacity.PerSecond())/1e9
		if !found || p.At <= m.span.From {
			threshold.Value, capacity.Value, found = t, c, true
			continue
		}
		threshold.Steps = append(threshold.Steps, plot.Point{At: p.At, Value: t})
		capacity.Steps = append(capacity.Steps, plot.Point{At: p.At, Value: c})
	}
	if !found {
		return nil
	}
	return []plot.Level{threshold, capacity}
}

// against draws the Service Users' peaks beside what their allocations allow, in
// as many plots as pages need.
func against(accounts []*account) []figure {
	var rows []plot.Row
	top := 0.0
	for _, a := range accounts {
		if a.total.Burst.At == 0 {
			continue
		}
		value := float64(a.total.Burst.Cost) / 1e9
		rows = append(rows, plot.Against(a.name, value, float64(a.total.Depth)/1e9))
		top = max(top, value, float64(a.total.Depth)/1e9)
	}
	var figures []figure
	for i := 0; i < len(rows); i += mostRows {
		part := rows[i:min(i+mostRows, len(rows))]
		title := "Greatest peak in burst / 2 against what is allowed"
		if len(rows) > mostRows {
			title += fmt.Sprintf(", %s to %s", part[0].Name, part[len(part)-1].Name)
		}
		figures = append(figures, figure{title: title, plot: plot.Rows{
			Caption: plot.Caption{Title: title, ID: fmt.Sprintf("against-%d", i/mostRows), Description: "One bar for each Service User, with a tick at what its allocation allows in burst / 2."},
			Unit:    "SR", Top: top, Rows: part, Mark: "allowed in burst / 2",
			Names: map[plot.Ink]string{plot.Forwarded: "up to it", plot.Spare: "beyond it"},
		}})
	}
	return figures
}
