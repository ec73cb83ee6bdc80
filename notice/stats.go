package notice

import (
	"slices"
	"strings"
	"time"
)

// Stats are numbers for pages and metrics, since Open where nothing else is said.
type Stats struct {
	Put       uint64
	Delivered uint64
	Failures  uint64    // attempts
	GivenUp   uint64    // notices at a target
	HeldBack  uint64    // coalesced or superseded
	Pending   int       // notices times targets, now
	Oldest    time.Time // of these; zero: none
	Bytes     int64     // of the log, now
	Damaged   int       // lines that could not be read by Open
	Failing   []Failing // targets that do not answer, now
}

// Failing is a target that failed, and is tried again.
type Failing struct {
	Target  Target
	Since   int       // failures in a row
	Until   time.Time // it is left alone until then
	Why     string
	Waiting int // notices
}

// Stats returns the numbers of this moment.
func (b *Outbox) Stats() Stats {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.stats
	s.Pending, s.Bytes, s.Failing = b.pending, b.file.size, nil
	for _, h := range b.notices {
		if s.Oldest.IsZero() || h.put.Before(s.Oldest) {
			s.Oldest = h.put
		}
	}
	for _, q := range b.queues {
		if t, ok := b.config.targets[q.key]; ok && q.why != "" {
			s.Failing = append(s.Failing, Failing{t.Target, q.failures, q.until, q.why, len(q.items)})
		}
	}
	slices.SortFunc(s.Failing, func(x, y Failing) int {
		return strings.Compare(x.Target.Subscription+" "+x.Target.Address, y.Target.Subscription+" "+y.Target.Address)
	})
	return s
}
