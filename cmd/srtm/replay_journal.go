package main

import (
	"iter"

	"srtm/journal"
	"srtm/simulate"
)

// recordedDay is a part of a journal to be decided about again.
type recordedDay struct {
	journal  string
	from, to int64 // nanoseconds since 1970 UTC; to 0: to the end
	bar      *progress
}

// arrivals gives what arrived, in the order in which it was decided about.
func (d recordedDay) arrivals() iter.Seq2[simulate.Arrival, error] {
	return func(yield func(simulate.Arrival, error) bool) {
		_, last, err := journal.Bounds(d.journal)
		if err != nil {
			yield(simulate.Arrival{}, err)
			return
		}
		r, err := journal.OpenReader(d.journal, 0)
		if err != nil {
			yield(simulate.Arrival{}, err)
			return
		}
		defer r.Close()
		if err := r.SeekTime(d.from); err != nil {
			yield(simulate.Arrival{}, err)
			return
		}
		for e, err := range r.All() {
			if err == nil && d.to != 0 && e.At >= d.to {
				return
			}
			if err != nil { // also damage: what is left of a day is another day
				yield(simulate.Arrival{}, err)
				return
			}
			d.bar.reach(int64(e.Position), int64(last))
			decision, is := e.Record.(*journal.Decision)
			if !is || decision.Numbers.At < d.from {
				continue
			}
			if !yield(simulate.Arrival{At: decision.Numbers.At, Account: decision.Account, Variant: decision.Variant,
				User: decision.Numbers.User, HasUser: true}, nil) {
				return
			}
		}
	}
}
