package plot

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// whole checks what must hold of every drawing.
func whole(t rapid.TB, p Plot) {
	t.Helper()
	html, file := p.HTML(), p.SVG()
	page, err := read(html)
	if err != nil {
		t.Fatalf("in a page: %v\n%s", err, html)
	}
	if page.elements["svg"] != 2 || page.elements["style"] != 0 {
		t.Errorf("a page's plot has %d drawings and %d styles, not 2 and 0", page.elements["svg"], page.elements["style"])
	}
	slices.Sort(page.ids)
	if n := len(slices.Compact(slices.Clone(page.ids))); n != len(page.ids) {
		t.Errorf("identifiers are not unique: %v", page.ids)
	}
	alone, err := read(file)
	if err != nil {
		t.Fatalf("as a file: %v\n%s", err, file)
	}
	if alone.elements["svg"] != 1 || alone.elements["style"] != 1 {
		t.Errorf("a file has %d drawings and %d styles, not 1 each", alone.elements["svg"], alone.elements["style"])
	}
	for class := range page.classes {
		if class != "p-svg" && !strings.Contains(CSS(), "."+class) {
			t.Errorf("the class %s has no rule in CSS", class)
		}
	}
	if strings.Contains(html+file, idMark) {
		t.Errorf("a mark is left in %q", html)
	}
	if p.HTML() != html || p.SVG() != file {
		t.Error("drawn twice, it is not the same")
	}
}

func TestWhateverIsDrawnIsSoundAndWithinItsBox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { whole(t, bare{t}.plot()) })
}

func TestSamplesAreSound(t *testing.T) {
	for name, p := range samples() {
		t.Run(name, func(t *testing.T) { whole(t, p) })
	}
	for name, p := range map[string]Plot{"timeline": Timeline{}, "rows": Rows{}, "quantiles": Quantiles{}, "histogram": Histogram{}} {
		t.Run("an empty "+name, func(t *testing.T) { whole(t, p) })
	}
}

// A single value that stands out of any number of points is drawn at its full
// height and depth.
func TestSpikesSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 20_000).Draw(t, "points")
		at := rapid.IntRange(0, n-1).Draw(t, "spike")
		kind := rapid.SampledFrom([]Kind{Line, Area}).Draw(t, "kind")
		points := make([]Point, n)
		for i := range points {
			points[i] = Point{october + int64(i)*second, 100}
		}
		points[at].Value = 1000
		line := Timeline{From: october, To: october + int64(n)*second, Height: 160, Series: []Series{{Kind: kind, Ink: Offered, Points: points}}}
		d := timeline{Timeline: line, canvas: &canvas{width: wideWidth}}
		d.all()
		drawing, err := read(`<svg viewBox="0 0 720 400">` + string(d.b) + "</svg>")
		if err != nil {
			t.Fatal(err)
		}
		reached := math.Inf(1)
		for class, ys := range drawing.heights {
			for _, y := range ys {
				if within := y >= d.time.y-1; within && (strings.Contains(class, "p-band") || strings.Contains(class, "p-line")) {
					reached = min(reached, y)
				}
			}
		}
		if want := d.value.y(1000); math.Abs(reached-want) > 0.5 {
			t.Fatalf("a spike among %d points reaches y %v instead of %v", n, reached, want)
		}
	})
}

func TestSimplifyKeepsExtremesAndMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 3000).Draw(t, "points")
		axis := timeAxis{october, october + hour, field{0, 0, float64(rapid.IntRange(40, 800).Draw(t, "pixels")), 100}}
		var points []Point
		low, high, sum := math.Inf(1), math.Inf(-1), 0.0
		for range n {
			p := Point{rapid.Int64Range(october, october+hour-1).Draw(t, "at"), float64(rapid.IntRange(0, 1e9).Draw(t, "value")) / 1000}
			low, high, sum = min(low, p.Value), max(high, p.Value), sum+p.Value
			points = append(points, p)
		}
		columns, _ := simplify(points, axis)
		gotLow, gotHigh, gotSum, gotN := math.Inf(1), math.Inf(-1), 0.0, 0
		for _, c := range columns {
			gotLow, gotHigh, gotSum, gotN = min(gotLow, c.low), max(gotHigh, c.high), gotSum+c.mean*float64(c.n), gotN+c.n
		}
		if gotLow != low || gotHigh != high || gotN != n || math.Abs(gotSum-sum) > 1e-6*sum {
			t.Fatalf("of %d points from %v to %v, %d remain from %v to %v (sum %v, %v)", n, low, high, gotN, gotLow, gotHigh, sum, gotSum)
		}
		if most := int(axis.w) + 2; len(columns) > most {
			t.Fatalf("%d columns on %v pixels", len(columns), axis.w)
		}
		if !slices.IsSortedFunc(columns, func(a, b column) int { return int(a.x - b.x) }) {
			t.Fatal("columns are not in order")
		}
	})
}

func TestTheOrderOfPointsDoesNotMatter(t *testing.T) {
	for name, p := range samples() {
		before, ok := p.(Timeline)
		if !ok {
			continue
		}
		after := before
		after.Series = slices.Clone(before.Series)
		for i := range after.Series {
			after.Series[i].Points = slices.Clone(after.Series[i].Points)
			slices.Reverse(after.Series[i].Points)
		}
		if after.HTML() != before.HTML() {
			t.Errorf("%s: drawn otherwise with its points reversed", name)
		}
		if name == "days" && slices.IsSortedFunc(after.Series[0].Points, func(a, b Point) int { return int(a.At/day - b.At/day) }) {
			t.Error("the points were sorted in the caller's hands")
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"offered", "", "<script>", `"'&<>`, "a\x00b\xff", "\u202eabc", strings.Repeat("漢", 90), "]]>", "&#0;", "\ufffe"} {
		f.Add(s, s, s)
	}
	f.Fuzz(func(t *testing.T, name, unit, id string) {
		whole(t, Timeline{Caption: Caption{name, unit, id}, From: october, To: october + day, Unit: unit,
			Series: []Series{{Name: name, Kind: Bars, Ink: Throttled, Points: []Point{{october, 5}}}, {Name: name, Kind: Dots, Points: []Point{{october, 7}}}},
			Levels: []Level{{Name: name, Ink: Allocation, Value: 6}}, Spans: []Span{{october, october + hour, name}}})
		whole(t, Rows{Caption: Caption{ID: id}, Unit: unit, Mark: name, Rows: []Row{Against(name, 5, 3), {Name: unit, Note: name}}})
		whole(t, Histogram{Unit: unit, Counted: name, Buckets: []Bucket{{1, 2, 3}}, Marks: []Mark{{name, 1.5}}})
		whole(t, Quantiles{Rows: []Quantile{{Name: name, P50: 1, P95: 2, P99: 3, Note: unit}}})
	})
}
