package report

import (
	"math"
	"slices"
)

// trend is a straight line through daily values, found so that single days
// hardly matter (Theil and Sen): its slope is the median of the slopes of all
// pairs of days, with an interval of 95 % from Kendall's rank statistic (Sen
// 1968). Days are taken as independent; a week's rhythm makes the true interval
// wider.
type trend struct {
	days      int     // that went into it
	slope     float64 // a day
	low, high float64 // the interval of the slope
	level     float64 // of the line on the last day
}

// leastDays is how many days a trend needs.
const leastDays = 14

// dayValue is a value on a day, counted from 1970.
type dayValue struct {
	day   int64
	value float64
}

// findTrend needs days in their order; ok is false where there are too few.
func findTrend(values []dayValue) (t trend, ok bool) {
	n := len(values)
	if n < leastDays {
		return trend{days: n}, false
	}
	slopes := make([]float64, 0, n*(n-1)/2)
	for i, a := range values {
		for _, b := range values[i+1:] {
			slopes = append(slopes, (b.value-a.value)/float64(b.day-a.day))
		}
	}
	slices.Sort(slopes)
	t = trend{days: n, slope: median(slopes)}
	t.low, t.high = senInterval(slopes, n)
	last := values[n-1].day
	levels := make([]float64, n)
	for i, v := range values {
		levels[i] = v.value + t.slope*float64(last-v.day)
	}
	slices.Sort(levels)
	t.level = median(levels)
	return t, true
}

// senInterval is the interval of 95 % of the slope.
func senInterval(slopes []float64, n int) (low, high float64) {
	const z = 1.959964
	f := float64(n)
	c := z * math.Sqrt(f*(f-1)*(2*f+5)/18)
	pairs := float64(len(slopes))
	lower := int(math.Floor((pairs - c) / 2))
	upper := int(math.Ceil((pairs + c) / 2))
	return slopes[min(max(lower, 0), len(slopes)-1)], slopes[min(max(upper, 0), len(slopes)-1)]
}

func median(sorted []float64) float64 {
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// monthDays is the mean length of a month.
const monthDays = 365.2425 / 12

// months is in how many months the line meets a level, with the interval; never
// where the slope does not lead there, which is +Inf.
func (t trend) months(level float64) (middle, soonest, latest float64) {
	at := func(slope float64) float64 {
		switch {
		case t.level >= level:
			return 0
		case slope <= 0:
			return math.Inf(1)
		}
		return (level - t.level) / slope / monthDays
	}
	return at(t.slope), at(t.high), at(t.low)
}

// jain is Jain's index of fairness: 1 where all are alike, 1/n where one has
// all. There is none of nothing.
func jain(values []float64) (index float64, ok bool) {
	var sum, squares float64
	for _, v := range values {
		sum += v
		squares += v * v
	}
	if squares == 0 {
		return 0, false
	}
	return sum * sum / (float64(len(values)) * squares), true
}
