package report

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func line(days int, at func(day int) float64) []dayValue {
	var values []dayValue
	for d := range days {
		values = append(values, dayValue{20000 + int64(d), at(d)})
	}
	return values
}

func TestTrend(t *testing.T) {
	for _, row := range []struct {
		rule                string
		values              []dayValue
		slope, level        float64
		soon, middle, later float64 // months until 1300
	}{
		{"a straight line is found exactly", line(31, func(d int) float64 { return 1000 + 2*float64(d) }), 2, 1060, 3.943, 3.943, 3.943},
		{"one wild day changes nothing", line(31, func(d int) float64 {
			if d == 17 {
				return 1e6
			}
			return 1000 + 2*float64(d)
		}), 2, 1060, 3.943, 3.943, 3.943},
		{"what does not grow never meets the level", line(31, func(int) float64 { return 500 }), 0, 500, math.Inf(1), math.Inf(1), math.Inf(1)},
		{"what lies above the level has met it", line(20, func(int) float64 { return 1400 }), 0, 1400, 0, 0, 0},
	} {
		got, ok := findTrend(row.values)
		middle, soon, later := got.months(1300)
		if !ok || !near(got.slope, row.slope) || !near(got.level, row.level) || !near(middle, row.middle) || !near(soon, row.soon) || !near(later, row.later) {
			t.Errorf("%s: got %+v, %v months (%v to %v)", row.rule, got, middle, soon, later)
		}
	}
	if _, ok := findTrend(line(leastDays-1, func(int) float64 { return 1 })); ok {
		t.Error("a trend was made of too few days")
	}
}

func near(a, b float64) bool { return a == b || math.Abs(a-b) < 0.001 }

func TestTrendHasItsSlopeInItsInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(leastDays, 60).Draw(t, "days")
		noise := rapid.SliceOfN(rapid.Float64Range(-100, 100), n, n).Draw(t, "noise")
		slope := rapid.Float64Range(-5, 5).Draw(t, "slope")
		got, ok := findTrend(line(n, func(d int) float64 { return 1000 + slope*float64(d) + noise[d] }))
		if !ok || got.low > got.slope || got.slope > got.high {
			t.Fatalf("got %+v", got)
		}
	})
}

func TestJain(t *testing.T) {
	for _, row := range []struct {
		rule   string
		values []float64
		want   float64
	}{
		{"all alike", []float64{0.8, 0.8, 0.8}, 1},
		{"one has all", []float64{1, 0, 0, 0}, 0.25},
		{"half of them have all", []float64{2, 2, 0, 0}, 0.5},
	} {
		if got, ok := jain(row.values); !ok || !near(got, row.want) {
			t.Errorf("%s: %v", row.rule, got)
		}
	}
	if _, ok := jain(nil); ok {
		t.Error("nothing has an index")
	}
}
