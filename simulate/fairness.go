package simulate

import (
	"slices"
	"time"

	"srtm/traffic"
)

// fairWindow is over how long fairness is measured.
const fairWindow = 5 * time.Second

// Fairness says how evenly those got their due who wanted more than their
// allocation, over all stretches of 5 s in which together more was offered than the
// operating threshold, at least two were hungry and somebody was answered.
//
// Hungry is who offers more than its allocation. Its weighted share is its part of an
// exact weighted max-min of T among what all offer, in proportion to allocation.
// Jain's index of a stretch is (Σx)² / (n × Σx²) for x = answered / share of the n
// hungry: 1 when all got the same part of their share, 1/n when one got all.
type Fairness struct {
	Windows int     // how many such stretches there were
	Silent  int     // how many more there would be, had anybody hungry been answered
	Jain    float64 // their mean; 0 where there were none
	Least   float64 // of the worst of them
}

// fairness measures it as time goes on.
type fairness struct {
	offered  []traffic.Amount // by Service User, in this window
	answered []traffic.Amount
	hungry   []int // kept to save allocations
	share    []float64
	ends     int64
	result   Fairness
	sum      float64
}

func newFairness(users int, at int64) fairness {
	return fairness{
		offered: make([]traffic.Amount, users), answered: make([]traffic.Amount, users), share: make([]float64, users),
		ends: at + int64(fairWindow),
	}
}

// pass ends the window, and begins that of a time.
func (f *fairness) pass(at int64, now *terms) {
	f.measure(now)
	clear(f.offered)
	clear(f.answered)
	f.ends += (at - f.ends + int64(fairWindow)) / int64(fairWindow) * int64(fairWindow)
}

func (f *fairness) measure(now *terms) {
	var all traffic.Amount
	for _, o := range f.offered {
		all += o
	}
	if total := now.threshold.Over(fairWindow); all <= total || total == 0 {
		return
	}
	f.divide(now)
	var n, sum, squares float64
	for i, o := range f.offered {
		if f.share[i] > 0 && o > now.allocations[i].Over(fairWindow) {
			x := float64(f.answered[i]) / f.share[i]
			n, sum, squares = n+1, sum+x, squares+x*x
		}
	}
	if n < 2 {
		return
	}
	if squares == 0 {
		f.result.Silent++
		return
	}
	jain := sum * sum / (n * squares)
	if f.result.Windows == 0 || jain < f.result.Least {
		f.result.Least = jain
	}
	f.result.Windows++
	f.sum += jain
	f.result.Jain = f.sum / float64(f.result.Windows)
}

// divide computes every Service User's weighted share of T.
func (f *fairness) divide(now *terms) {
	left, weight := float64(now.threshold.Over(fairWindow)), 0.0
	f.hungry = f.hungry[:0]
	for i, a := range now.allocations {
		f.share[i] = 0
		if a > 0 {
			f.hungry = append(f.hungry, i)
			weight += float64(a)
		}
	}
	for len(f.hungry) > 0 {
		before, level := len(f.hungry), left/weight
		f.hungry = slices.DeleteFunc(f.hungry, func(i int) bool {
			a, want := float64(now.allocations[i]), float64(f.offered[i])
			if want > level*a {
				return false
			}
			f.share[i] = want
			left, weight = left-want, weight-a
			return true
		})
		if len(f.hungry) == before {
			break
		}
	}
	for _, i := range f.hungry {
		f.share[i] = left / weight * float64(now.allocations[i])
	}
}
