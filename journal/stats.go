package journal

import (
	"sync/atomic"
	"time"
)

// Stats is what a Journal has done since it was opened, at one moment.
type Stats struct {
	Position Position // of the last record
	Durable  Position // up to which everything is durable
	Failing  string   // why nothing can be recorded at present; empty: it can
	Failures uint64   // how often it began to fail
	Missing  uint64   // decisions that could not be recorded and are not yet on record as missing
	Octets   uint64   // written, before compression
	Commits  Histogram
}

// Histogram counts durations in buckets.
type Histogram struct {
	Bounds []time.Duration
	Counts []uint64 // of at most the bound
	Count  uint64
	Sum    time.Duration
}

// bounds are the buckets of how long a commit takes.
var bounds = [...]time.Duration{
	100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond, time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond,
	10 * time.Millisecond, 25 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second,
}

// tally is what Stats is read from.
type tally struct {
	failures atomic.Uint64
	buckets  [len(bounds) + 1]atomic.Uint64
	sum      atomic.Int64
	octets   atomic.Uint64
}

func (t *tally) observe(octets int, took time.Duration) {
	i := 0
	for i < len(bounds) && took > bounds[i] {
		i++
	}
	t.buckets[i].Add(1)
	t.sum.Add(int64(took))
	t.octets.Add(uint64(octets))
}

// Stats returns what has been done.
func (j *Journal) Stats() Stats {
	j.mu.Lock()
	s := Stats{Position: j.next - 1, Durable: j.Durable(), Missing: j.lost.decisions}
	if why := j.why(); why != nil {
		s.Failing = why.Error()
	}
	j.mu.Unlock()
	t := &j.tally
	s.Failures, s.Octets = t.failures.Load(), t.octets.Load()
	s.Commits = Histogram{Bounds: bounds[:], Sum: time.Duration(t.sum.Load())}
	for i := range t.buckets {
		s.Commits.Count += t.buckets[i].Load()
		if i < len(bounds) {
			s.Commits.Counts = append(s.Commits.Counts, s.Commits.Count)
		}
	}
	return s
}
