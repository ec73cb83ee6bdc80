package evidence

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// Search says where Find looks.
type Search struct {
	From, To int64 // nanoseconds since 1970 UTC, From ≤ at < To; a To of 0 is no end
	// Progress is called with how many of so many records have been looked at,
	// from time to time; nil: nobody wants to know.
	Progress func(done, total journal.Position)
}

// Found is a decision, and what became of the request.
type Found struct {
	Entry    journal.Entry // without Raw
	Decision journal.Decision
	Outcome  *journal.Outcome // nil where it was refused; with the end Unknown where none was found
	// Terms are those in force for the account, where the decision is one that its
	// numbers alone do not explain; nil: it is not, or none were found. Since is from
	// when their cause has been what it is; 0: not known.
	Terms *journal.Terms
	Since int64
}

// Find gives all decisions about the RequestID in the journal in dir, the newest
// first. What cannot be read it gives as a *journal.DamageError, and goes on;
// after another error it ends.
func Find(dir string, id duis.RequestID, s Search) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		first, last, err := journal.Bounds(dir)
		if err != nil {
			yield(Found{}, err)
			return
		}
		to, err := s.end(dir, last)
		if err != nil {
			yield(Found{}, err)
			return
		}
		limit := last + 1
		for back := time.Duration(0); limit > first && to-int64(back)/2 >= s.From; back = max(time.Hour, 2*back) {
			w := search{dir: dir, id: id, Search: s, first: first, last: last, limit: limit}
			if err := w.read(to - int64(back)); err != nil {
				yield(Found{}, err)
				return
			}
			for _, d := range w.damage {
				if !yield(Found{}, d) {
					return
				}
			}
			for _, f := range slices.Backward(w.found) {
				if err = f.complete(dir); !yield(f, err) || err != nil {
					return
				}
			}
			limit = min(limit, max(w.begin, first))
		}
	}
}

// end returns the time to look back from.
func (s *Search) end(dir string, last journal.Position) (int64, error) {
	if s.To != 0 || last == 0 {
		return s.To, nil
	}
	e, err := journal.At(dir, last)
	if errors.Is(err, journal.ErrNoRecord) {
		return time.Now().UnixNano(), nil // the last is damaged, or was removed meanwhile
	}
	if err != nil {
		return 0, err
	}
	return e.At + 1, nil
}

// search is one step back: from the segment of a time to where the step before
// began.
type search struct {
	Search
	dir         string
	id          duis.RequestID
	first, last journal.Position // the journal's
	limit       journal.Position
	begin       journal.Position // of its records
	found       []Found
	damage      []*journal.DamageError
}

func (w *search) read(at int64) error {
	r, err := journal.OpenReader(w.dir, 0)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.SeekTime(max(0, at)); err != nil {
		return err
	}
	r.Only(w.id)
	w.begin = w.limit
	for e, err := range r.All() {
		if damage := (*journal.DamageError)(nil); errors.As(err, &damage) {
			w.damage = append(w.damage, damage)
			continue
		}
		if err != nil {
			return fmt.Errorf("read the journal: %w", err)
		}
		w.begin = min(w.begin, e.Position)
		if e.Position >= w.limit || w.To != 0 && e.At >= w.To {
			return nil
		}
		if w.Progress != nil && e.Position%4096 == 0 {
			w.Progress(w.last-w.limit+e.Position-w.begin, w.last-w.first)
		}
		if d, is := e.Record.(*journal.Decision); is && d.ID == w.id && e.At >= w.From {
			w.found = append(w.found, keep(e, d))
		}
	}
	return nil
}

// keep copies what the reader will overwrite.
func keep(e *journal.Entry, d *journal.Decision) Found {
	return Found{Entry: journal.Entry{Position: e.Position, At: e.At}, Decision: *d}
}

// FindAt returns the decision at a position of the journal in dir. The error
// says what else is there.
func FindAt(dir string, p journal.Position) (Found, error) {
	e, err := journal.At(dir, p)
	if err != nil {
		return Found{}, err
	}
	d, is := e.Record.(*journal.Decision)
	if !is {
		what := strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", e.Record), "*journal."))
		return Found{}, fmt.Errorf("position %d is no decision: it has a record of the kind %q", p, what)
	}
	f := keep(e, d)
	return f, f.complete(dir)
}

// outcomeOf looks for what became of a forwarded request. Outcomes follow their
// decisions at the distance of the DSP's time to answer.
func outcomeOf(dir string, f *Found) (*journal.Outcome, error) {
	const longest = 5 * time.Minute
	if f.Decision.Numbers.Verdict == traffic.Throttle {
		return nil, nil
	}
	r, err := journal.OpenReader(dir, f.Entry.Position+1)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for e, err := range r.All() {
		if damage := (*journal.DamageError)(nil); errors.As(err, &damage) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look for the outcome: %w", err)
		}
		if e.At > f.Entry.At+int64(longest) {
			break
		}
		if o, is := e.Record.(*journal.Outcome); is && o.Decision == f.Entry.Position {
			found := *o
			return &found, nil
		}
	}
	return &journal.Outcome{End: journal.Unknown}, nil
}
