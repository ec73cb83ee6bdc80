package outage

import (
	"testing"
	"time"
)

// start is some time in 2026.
const start = int64(1_790_000_000) * int64(time.Second)

func must(t testing.TB, c Config) *Server {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tally is what became of a stretch of arrivals.
type tally struct {
	arrived, inTime, late, refused int
	slowest                        time.Duration // latency of the slowest answer
}

func (y *tally) add(a Answer, at int64) {
	y.arrived++
	latency := time.Duration(a.Done - at)
	switch {
	case a.Status == Refused:
		y.refused++
		return
	case latency <= 2500*time.Millisecond:
		y.inTime++
	default:
		y.late++
	}
	y.slowest = max(y.slowest, latency)
}

// steady sends requests of cost 1 at even distances, rate in 10⁻⁹ per second.
func steady(s *Server, from int64, d time.Duration, rate int64) tally {
	var y tally
	if rate == 0 {
		return y
	}
	for i := int64(0); ; i++ {
		at := divide(i, int64(time.Second)*SR, rate)
		if at >= int64(d) {
			return y
		}
		y.add(s.Arrive(from+at, SR), from+at)
	}
}
