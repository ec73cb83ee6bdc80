package plot

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func (r bare) curves() Curves {
	v := Curves{Caption: r.caption(), Unit: r.text(), Along: r.text(), Height: rapid.SampledFrom([]int{0, -5, 1, 160, 100_000}).Draw(r.T, "height")}
	for range r.many(9) {
		c := Curve{Name: r.text()}
		for range r.many(12) {
			c.Points = append(c.Points, Place{r.value(), r.value()})
		}
		v.Curves = append(v.Curves, c)
	}
	for range r.many(7) {
		v.Marks = append(v.Marks, Mark{r.text(), r.value()})
	}
	return v
}

func TestWhateverCurvesThereAreTheyAreSoundAndWithinTheirBox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { whole(t, bare{t}.curves()) })
	whole(t, Curves{})
}

func sweep() Curves {
	return Curves{Caption: Caption{Title: "Lost by capacity"}, Unit: "Service Requests", Along: "capacity, SR/s", Marks: []Mark{{"in force:", 2000}, {"beyond", 9000}},
		Curves: []Curve{
			{"no mechanism", []Place{{4000, 0}, {1000, 90_000}, {2000, 40_000}, {3000, math.NaN()}}},
			{"the policy", []Place{{1000, 9000}, {2000, 0}, {4000, 0}}},
			{"nothing", nil},
		}}
}

func TestCurvesSayWhatTheyShow(t *testing.T) {
	got := texts(t, sweep())
	for _, want := range []string{"no mechanism|the policy|", "Service Requests", "1,000", "4,000", "100,000", "capacity, SR/s", "in force: 2,000"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q holds no %q", got, want)
		}
	}
	for _, lack := range []string{"nothing", "beyond"} {
		if strings.Contains(got, lack) {
			t.Errorf("%q holds %q, of which nothing can be drawn", got, lack)
		}
	}
}

func TestNoTwoCurvesLookTheSame(t *testing.T) {
	seen := map[string]int{}
	for n := range curveLooks * curveForms {
		c := &canvas{width: wideWidth}
		c.curveSwatch(n, 10, 10)
		if other, found := seen[string(c.b)]; found {
			t.Errorf("curves %d and %d look the same", other, n)
		}
		seen[string(c.b)] = n
	}
}

// The greatest value reaches the height that the axis gives it, and the setting's
// ends are the field's.
func TestCurvesLieWhereTheirValuesAre(t *testing.T) {
	a := settingAxis{field{x: 50, y: 0, w: 600, h: 160}, 1000, 4000}
	for at, want := range map[float64]float64{1000: 50, 4000: 650, 2500: 350, 0: 50, 9999: 650} {
		if got := a.x(at); got != want {
			t.Errorf("%v lies at %v, not %v", at, got, want)
		}
	}
	if got := (settingAxis{field{x: 50, w: 600}, 7, 7}).x(7); got != 350 {
		t.Errorf("a single value lies at %v", got)
	}
	drawing, err := read(sweep().SVG())
	if err != nil {
		t.Fatal(err)
	}
	if ys := drawing.heights["p-curve p-c1"]; len(ys) != 2+3 { // two in the key
		t.Errorf("the second curve has %d points", len(ys))
	}
}

func TestOutagesAreShadedApart(t *testing.T) {
	p := Timeline{From: october, To: october + hour, Spans: []Span{{october, october + minute, "active"}},
		Outages: []Span{{october + minute, october + 2*minute, ""}, {october + 2*minute, october + 3*minute, ""}, {october - hour, october - minute, "before"}}}
	drawing, err := read(p.SVG())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(drawing.heights["p-outage"]); n != 2*4 { // one in the key, one in the field, as the two touch
		t.Errorf("%d corners of outages", n)
	}
	if n := len(drawing.heights["p-span"]); n != 2*4 {
		t.Errorf("%d corners of active times", n)
	}
	if got := strings.Join(drawing.texts, "|"); !strings.Contains(got, "active|outage|") || strings.Contains(got, "before") {
		t.Errorf("the key says %q", got)
	}
	whole(t, p)
}
