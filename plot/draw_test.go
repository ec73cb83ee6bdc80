package plot

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// texts returns what a reader sees written in a plot on a page, both drawings.
func texts(t *testing.T, p Plot) string {
	t.Helper()
	drawing, err := read(p.HTML())
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(drawing.texts, "|")
}

func TestWhatTheKeySays(t *testing.T) {
	dots := Series{Kind: Dots, Ink: Peak, Points: []Point{{october, 500}, {october + day, 600}}}
	month := Timeline{From: october, To: october + 31*day, Unit: "SR/s"}
	with := func(s []Series, l []Level, spans ...Span) Timeline {
		out := month
		out.Series, out.Levels, out.Spans = s, l, spans
		return out
	}
	noisy := Series{Kind: Line, Ink: Offered}
	for i := range 2000 {
		noisy.Points = append(noisy.Points, Point{october + int64(i)*10*minute, float64(i % 2 * 1000)})
	}
	for _, c := range []struct {
		rule       string
		plot       Plot
		want, lack string
	}{
		{"dots without an allocation are what they are", with([]Series{dots}, nil), "peak|", "within"},
		{"with one they are within or above it", with([]Series{dots}, []Level{{Ink: Allocation, Value: 540}}), "peak, within|peak, above|", ""},
		{"a level says its value", with([]Series{dots}, []Level{{Ink: Allocation, Value: 1540}}), "allocation 1,540 SR/s", ""},
		{"and its next", with([]Series{dots}, []Level{{Ink: Allocation, Value: 540, Steps: []Point{{october + day, 560}}}}), "allocation 540, then 560 SR/s", ""},
		{"but not what comes later", with([]Series{dots}, []Level{{Ink: Allocation, Value: 540, Steps: []Point{{october + 99*day, 560}}}}), "allocation 540 SR/s", "560"},
		{"spans of one name are one", with(nil, nil, Span{october, october + day, ""}, Span{october + 2*day, october + 3*day, ""}), "active", "active|active"},
		{"what was gathered says so", with([]Series{noisy}, nil), "offered|mean and range over 3 h|", ""},
		{"what was not does not", with([]Series{{Kind: Line, Points: []Point{{october, 1}, {october + day, 2}}}}, nil), "value|", "mean"},
		{"a user's bar is within and beyond", Rows{Rows: []Row{Against("A", 9, 5)}}, "within the allocation|beyond the allocation|allocation|", ""},
		{"nobody is beyond where nobody is", Rows{Rows: []Row{Against("A", 4, 5)}}, "within the allocation|allocation|", "beyond"},
		{"without allocations it is forwarded", Rows{Rows: []Row{{Name: "A", Parts: []Part{{Forwarded, 4}, {Throttled, 1}}}}}, "forwarded|throttled|", "allocation"},
		{"a long unit is written once", Rows{Unit: "Service Requests", Rows: []Row{{Name: "A", Parts: []Part{{Forwarded, 4000}}}}}, "|4,000|", "4,000 Service"},
		{"latencies stand beside their bars", Quantiles{Rows: []Quantile{{Name: "2.2", P50: 0.08, P95: 0.3, P99: math.NaN()}}}, "|p50|80 ms|p95|300 ms|p99|–", ""},
	} {
		got := texts(t, c.plot)
		if !strings.Contains(got, c.want) || c.lack != "" && strings.Contains(got, c.lack) {
			t.Errorf("%s: %q holds no %q, or holds %q", c.rule, got, c.want, c.lack)
		}
	}
}

func TestBarsStandOnEachOther(t *testing.T) {
	days := samples()["days"].(Timeline)
	d := timeline{Timeline: days, canvas: &canvas{width: wideWidth}, bars: stacks(days)}
	d.Bar, d.Height = day, 160
	d.all()
	for _, b := range d.bars {
		lower, upper := d.part(b, 0), d.part(b, 1)
		if b.values[1] > 0 && math.Abs(upper.y+upper.h-lower.y) > 1e-9 {
			t.Errorf("the upper part ends at %v, the lower begins at %v", upper.y+upper.h, lower.y)
		}
		if bottom := lower.y + lower.h; bottom != d.value.y(0) {
			t.Errorf("a bar stands at %v, not on the ground at %v", bottom, d.value.y(0))
		}
	}
	least := stack{at: october, values: []float64{1_000_000, 1}, total: 1_000_001}
	if h := d.part(least, 1).h; h < leastBar {
		t.Errorf("one request among a million is %v high", h)
	}
}

func TestASpanIsSeenHoweverShort(t *testing.T) {
	p := Timeline{From: october, To: october + 31*day, Spans: []Span{{october + day, october + day + second, "active"}, {october - day, october - hour, "before"}}}
	drawing, err := read(p.SVG())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(drawing.heights["p-span"]); n != 2*4 { // one in the key, one in the field; four corners each
		t.Errorf("%d corners of shaded times", n)
	}
}

func TestLevelsFindAPlace(t *testing.T) {
	quiet := Timeline{From: october, To: october + hour, Series: []Series{{Points: []Point{{october, 10}, {october + minute, 20}}}},
		Levels: []Level{{Ink: Threshold, Value: 1800}, {Ink: Capacity, Value: 2000}}}
	d := timeline{Timeline: quiet, canvas: &canvas{width: wideWidth}}
	d.Height = 160
	d.all()
	if len(d.found) != 0 {
		t.Errorf("with room enough, %v is not labelled at its line", d.found)
	}
	crowded := samples()["episode"].(Timeline)
	crowded.Levels = append(crowded.Levels, Level{Ink: Allocation, Value: 1900})
	got := texts(t, crowded)
	for _, want := range []string{"operating threshold 1,800 SR/s", "maximum capacity 2,000 SR/s", "allocation 1,900 SR/s"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not named", want)
		}
	}
}

func TestGapsDivideALine(t *testing.T) {
	points := []Point{{october, 1}, {october + minute, 2}, {october + 2*minute, math.NaN()}, {october + 3*minute, 3}, {october + 4*minute, math.Inf(1)}}
	columns, _ := simplify(points, timeAxis{october, october + hour, field{w: 600}})
	var lengths []int
	for run := range runs(columns) {
		lengths = append(lengths, len(run))
	}
	if !slices.Equal(lengths, []int{2, 1}) {
		t.Errorf("runs of %v", lengths)
	}
}
