package alarm

import (
	"slices"
	"time"
)

// How the usual latency is learned: one value in five minutes of the last six
// hours, none of them while traffic management was active.
const (
	learnEvery = 5 * time.Minute
	learnMost  = 72
	learnLeast = 6 // values before anything is judged by them
)

// usual is the median of what the DSP's p99 was.
type usual struct {
	values []time.Duration // the oldest first
	last   time.Time
}

// see takes a p99 of a time when traffic management was inactive.
func (u *usual) see(at time.Time, p99 time.Duration) {
	if p99 <= 0 || !u.last.IsZero() && at.Sub(u.last) < learnEvery {
		return
	}
	u.last = at
	u.values = append(u.values, p99)
	if len(u.values) > learnMost {
		u.values = slices.Delete(u.values, 0, 1)
	}
}

// median returns the usual p99, if it is known.
func (u *usual) median() (time.Duration, bool) {
	if len(u.values) < learnLeast {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(u.values))
	return sorted[len(sorted)/2], true
}

// gap remembers for how long something was not kept.
type gap struct {
	known bool
	count uint64    // of what was not
	grew  time.Time // when the count last grew
	by    uint64    // since it began to grow
}

// gapFor is how long a gap stays alarming after the last loss in it.
const gapFor = 5 * time.Minute

func (g *gap) see(at time.Time, count uint64) {
	switch {
	case g.known && count > g.count:
		if at.Sub(g.grew) > gapFor {
			g.by = 0
		}
		g.by += count - g.count
		g.grew = at
	case g.known && count < g.count: // it started anew
		g.by = 0
	}
	g.known, g.count = true, count
}

func (b *Board) learn(s Sample) {
	if !s.Active {
		b.usual.see(s.At, s.P99)
	}
	b.journal.see(s.At, s.Unrecorded)
	b.notices.see(s.At, s.NoticesLost)
}
