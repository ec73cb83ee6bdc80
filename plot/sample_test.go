package plot

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// october is the beginning of October 2026.
const october = int64(1_790_812_800) * second

// bare builds a plot from random numbers: of every kind, as strange as may be.
type bare struct{ *rapid.T }

func (r bare) value() float64 {
	return rapid.OneOf(
		rapid.Float64Range(0, 5000), rapid.Float64Range(0, 0.01), rapid.Map(rapid.IntRange(0, 2_000_000_000), func(i int) float64 { return float64(i) }),
		rapid.Float64(), rapid.SampledFrom([]float64{0, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64}),
	).Draw(r.T, "value")
}

func (r bare) time() int64 {
	return rapid.OneOf(
		rapid.Int64Range(october, october+31*day), rapid.Int64Range(october, october+hour), rapid.Int64(),
		rapid.SampledFrom([]int64{math.MinInt64, -1, 0, 1, math.MaxInt64}),
	).Draw(r.T, "time")
}

func (r bare) text() string {
	return rapid.OneOf(
		rapid.String(), rapid.SampledFrom([]string{"", "offered", "<script>alert(1)</script>", `"'><b>&amp;]]>`, strings.Repeat("W", 300), "\x00\xff\u202e a\nb"}),
	).Draw(r.T, "text")
}

func (r bare) ink() Ink { return Ink(rapid.IntRange(0, int(inks)+1).Draw(r.T, "ink")) }

func (r bare) many(most int) int { return rapid.IntRange(0, most).Draw(r.T, "how many") }

func (r bare) points(most int) []Point {
	points := make([]Point, r.many(most))
	for i := range points {
		points[i] = Point{r.time(), r.value()}
	}
	return points
}

func (r bare) caption() Caption { return Caption{r.text(), r.text(), r.text()} }

func (r bare) timeline() Timeline {
	t := Timeline{Caption: r.caption(), From: october, To: october + 31*day, Unit: r.text(), Top: r.value()}
	if rapid.Bool().Draw(r.T, "any time") {
		t.From, t.To = r.time(), r.time()
	}
	t.Bar = rapid.SampledFrom([]int64{0, -1, 1, second, hour, day, 30 * day, math.MaxInt64}).Draw(r.T, "bar")
	t.Height = rapid.SampledFrom([]int{0, -5, 1, 160, 100_000}).Draw(r.T, "height")
	for range r.many(4) {
		t.Series = append(t.Series, Series{r.text(), Kind(rapid.IntRange(0, 4).Draw(r.T, "kind")), r.ink(), r.points(40)})
	}
	for range r.many(3) {
		t.Levels = append(t.Levels, Level{r.text(), r.ink(), r.value(), r.points(3)})
	}
	for range r.many(5) {
		t.Spans = append(t.Spans, Span{r.time(), r.time(), r.text()})
	}
	return t
}

func (r bare) rows() Rows {
	rows := Rows{Caption: r.caption(), Unit: r.text(), Top: r.value(), Mark: r.text()}
	if rapid.Bool().Draw(r.T, "names") {
		rows.Names = map[Ink]string{r.ink(): r.text(), r.ink(): r.text()}
	}
	for range r.many(8) {
		if rapid.Bool().Draw(r.T, "against") {
			rows.Rows = append(rows.Rows, Against(r.text(), r.value(), r.value()))
			continue
		}
		row := Row{Name: r.text(), Mark: r.value(), Note: r.text()}
		for range r.many(4) {
			row.Parts = append(row.Parts, Part{r.ink(), r.value()})
		}
		rows.Rows = append(rows.Rows, row)
	}
	return rows
}

func (r bare) quantiles() Quantiles {
	q := Quantiles{Caption: r.caption()}
	notes := rapid.Bool().Draw(r.T, "notes")
	for range r.many(8) {
		row := Quantile{Name: r.text(), P50: r.value(), P95: r.value(), P99: r.value()}
		if notes {
			row.Note = r.text()
		}
		q.Rows = append(q.Rows, row)
	}
	return q
}

func (r bare) histogram() Histogram {
	h := Histogram{Caption: r.caption(), Counted: r.text(), Log: rapid.Bool().Draw(r.T, "log")}
	h.Unit = rapid.OneOf(rapid.Just("s"), rapid.Just(""), rapid.String()).Draw(r.T, "unit")
	for range r.many(40) {
		h.Buckets = append(h.Buckets, Bucket{r.value(), r.value(), r.value()})
	}
	for range r.many(7) {
		h.Marks = append(h.Marks, Mark{r.text(), r.value()})
	}
	return h
}

func (r bare) plot() Plot {
	switch rapid.IntRange(0, 4).Draw(r.T, "plot") {
	case 0:
		return r.rows()
	case 1:
		return r.quantiles()
	case 2:
		return r.histogram()
	}
	return r.timeline()
}

// samples are plots as reports have them.
func samples() map[string]Plot {
	var forwarded, throttled, peaks, offered, passed []Point
	for i := range int64(31) {
		at := october + i*day
		forwarded = append(forwarded, Point{at, float64(1_200_000 + i*i*400)})
		if i%9 == 6 {
			throttled = append(throttled, Point{at, float64(i * 7000)})
		}
		peaks = append(peaks, Point{at, float64(400 + i*37%200)})
	}
	for i := range int64(4800) {
		rate := 1200 + 200*math.Sin(float64(i)/7)
		if i > 900 && i < 3600 {
			rate *= 2
		}
		offered = append(offered, Point{october + i*second, rate})
		passed = append(passed, Point{october + i*second, min(rate, 1800)})
	}
	spans := []Span{{From: october + 6*day, To: october + 6*day + hour}, {From: october + 15*day, To: october + 16*day}}
	rows := Rows{Caption: Caption{Title: "Service Users"}, Unit: "SR/s"}
	for i := range 30 {
		rows.Rows = append(rows.Rows, Against(fmt.Sprintf("Service User %d", i), float64(900-i*29), float64(600-i*11)))
	}
	return map[string]Plot{
		"days": Timeline{Caption: Caption{Title: "Offered by day"}, From: october, To: october + 31*day, Unit: "Service Requests", Spans: spans,
			Series: []Series{{Kind: Bars, Ink: Forwarded, Points: forwarded}, {Kind: Bars, Ink: Throttled, Points: throttled}}},
		"peaks": Timeline{Caption: Caption{Title: "Peaks"}, From: october, To: october + 31*day, Unit: "SR/s", Spans: spans,
			Series: []Series{{Kind: Dots, Ink: Peak, Points: peaks}}, Levels: []Level{{Ink: Allocation, Value: 540}}},
		"episode": Timeline{Caption: Caption{Title: "Episode"}, From: october, To: october + 80*minute, Unit: "SR/s",
			Series: []Series{{Kind: Area, Ink: Forwarded, Points: passed}, {Kind: Line, Ink: Offered, Points: offered}},
			Levels: []Level{{Ink: Threshold, Value: 1800}, {Ink: Capacity, Value: 2000}}},
		"rows":      rows,
		"quantiles": Quantiles{Caption: Caption{Title: "Latency"}, Rows: []Quantile{{Name: "2.2 Top Up Device", P50: 0.08, P95: 0.3, P99: 1.2}}},
		"histogram": Histogram{Caption: Caption{Title: "Latency"}, Unit: "s", Counted: "Service Requests", Log: true, Buckets: []Bucket{{0.05, 0.1, 500}, {0.1, 0.2, 90}}, Marks: []Mark{{"p95", 0.15}}},
	}
}

// The size of a page is its plots', so theirs may not grow unseen.
func TestPlotsStaySmall(t *testing.T) {
	most := map[string]int{"days": 12_000, "peaks": 9_000, "episode": 20_000, "rows": 12_000, "quantiles": 4_000, "histogram": 4_500}
	for name, p := range samples() {
		if n := len(p.HTML()); n > most[name] {
			t.Errorf("%s: %d bytes, more than %d", name, n, most[name])
		}
	}
}
