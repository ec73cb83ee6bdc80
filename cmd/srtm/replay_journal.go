package main

import (
	"fmt"
	"io"
	"iter"
	"time"

	"srtm/journal"
	"srtm/simulate"
)

// recordedDay is a part of a journal to be decided about again.
type recordedDay struct {
	recorded
	from, to int64         // nanoseconds since 1970 UTC; to 0: to the end
	burst    time.Duration // in which every bucket that nobody draws on fills
	bar      *progress
	stderr   io.Writer
}

// arrivals gives what arrived, in the order in which it was decided about. That
// there is nothing is an error.
func (d recordedDay) arrivals() iter.Seq2[simulate.Arrival, error] {
	return func(yield func(simulate.Arrival, error) bool) {
		some, start := false, start{burst: d.burst}
		for decision, err := range d.decisions() {
			if err != nil { // also damage: what is left of a day is another day
				yield(simulate.Arrival{}, err)
				return
			}
			some = true
			if what := start.unlike(decision); what != "" {
				d.bar.end()
				fmt.Fprintf(d.stderr, "srtm: warning: the replay begins with full buckets and traffic management not active, and the gateway did not: %s. Decisions differ for that at first; begin at a start of the gateway, or after %v without traffic\n", what, d.burst)
			}
			if !yield(simulate.Arrival{At: decision.Numbers.At, Account: decision.Account, Variant: decision.Variant,
				User: decision.Numbers.User, HasUser: true,
				Target: uint64(decision.ID.Target), Counter: decision.ID.Counter, Command: uint8(decision.CommandVariant)}, nil) {
				return
			}
		}
		if !some {
			yield(simulate.Arrival{}, d.empty())
		}
	}
}

// decisions gives those of the time asked for; each is valid until the next.
func (d recordedDay) decisions() iter.Seq2[*journal.Decision, error] {
	return func(yield func(*journal.Decision, error) bool) {
		r, err := journal.OpenReader(d.journal, 0)
		if err != nil {
			yield(nil, err)
			return
		}
		defer r.Close()
		if err := r.SeekTime(d.from); err != nil {
			yield(nil, err)
			return
		}
		for e, err := range r.All() {
			if err != nil {
				yield(nil, err)
				return
			}
			if d.to != 0 && e.At >= d.to {
				return
			}
			d.bar.reach(int64(e.Position), int64(d.last))
			if decision, is := e.Record.(*journal.Decision); is && decision.Numbers.At >= d.from && !yield(decision, nil) {
				return
			}
		}
	}
}

// empty says that there is nothing to replay, and where there would be.
func (d recordedDay) empty() error {
	from, to, err := d.times()
	if err != nil {
		return err
	}
	between := ""
	switch {
	case d.from != 0 && d.to != 0:
		between = fmt.Sprintf(" between %s and %s", rfc3339(d.from), rfc3339(d.to))
	case d.from != 0:
		between = " from " + rfc3339(d.from) + " on"
	case d.to != 0:
		between = " before " + rfc3339(d.to)
	}
	return fmt.Errorf("no decisions%s; the journal has %s to %s", between, rfc3339(from), rfc3339(to))
}

// times are those of the journal's first and last record.
func (d recorded) times() (from, to int64, err error) {
	r, err := journal.OpenReader(d.journal, 0)
	if err != nil {
		return 0, 0, err
	}
	defer r.Close()
	first, err := r.Next()
	if err != nil {
		return 0, 0, err
	}
	from = first.At
	last, err := journal.At(d.journal, d.last)
	if err != nil {
		return 0, 0, err
	}
	return from, last.At, nil
}

// start finds out from the first decisions of a replay whether the gateway was then
// as a replay begins: every bucket full, and traffic management not active.
type start struct {
	burst time.Duration
	began int64
	seen  map[string]bool // accounts
	known bool            // there is nothing more to find out
}

// unlike says, once, what was otherwise.
func (s *start) unlike(d *journal.Decision) string {
	n := &d.Numbers
	if s.known {
		return ""
	}
	if s.seen == nil {
		s.began, s.seen = n.At, make(map[string]bool)
		s.known = n.Number == 1 && n.Cold == 0
	}
	first := !s.seen[d.Account]
	s.seen[d.Account] = true
	what := ""
	switch {
	case s.known:
	case n.At > s.began+int64(s.burst): // by then all may have filled that was not full
		s.known = true
	case n.Cold > 0:
		what = fmt.Sprintf("at %s it had just been started again", rfc3339(n.At))
	case len(s.seen) == 1 && first && n.Active:
		what = fmt.Sprintf("at %s traffic management was active", rfc3339(n.At))
	case first && n.Assured < n.Depth:
		what = fmt.Sprintf("at %s the assured bucket of %s held %v of %v", rfc3339(n.At), d.Account, n.Assured, n.Depth)
	}
	s.known = s.known || what != ""
	return what
}
