package ledger

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"srtm/journal"
)

// folded folds items into a place in one batch.
func folded(tb testing.TB, p place, items []item, o Options) {
	tb.Helper()
	l, err := p.open(o)
	if err != nil {
		tb.Fatal(err)
	}
	if err := l.Fold(context.Background(), &slice{items, -1}, nil); err != nil {
		tb.Fatal(err)
	}
	if err := l.Close(); err != nil {
		tb.Fatal(err)
	}
}

// Whatever the batches are, wherever a fold stops and another one goes on, and
// however often it is rebuilt: the rows are the same, in every table.
func TestTheRowsAreAFunctionOfTheJournal(t *testing.T) {
	onBoth(t, func(t *testing.T, make func() place) {
		key := pseudonyms(t)
		whole, parts := make(), make()
		stories(t, whole, func(rt rapid.TB, seed uint64) {
			rng := rand.New(rand.NewPCG(seed, 1))
			items := story(seed, 1+rng.IntN(6))
			if rng.IntN(4) == 0 { // of a journal whose oldest records are gone
				items = items[rng.IntN(len(items)/2):]
			}
			rebuilt(t, whole, Options{Pseudonyms: key})
			folded(t, whole, items, Options{Pseudonyms: key})
			rebuilt(t, parts, Options{Pseudonyms: key})
			inParts(t, parts, items, chance{rng, key})
			if text := differences(dump(t, whole), dump(t, parts)); text != "" {
				rt.Fatalf("seed %d: the rows differ (- in one batch, + in parts):\n%.4000s", seed, text)
			}
		})
	})
}

// chance decides in how many parts something is folded.
type chance struct {
	rng *rand.Rand
	key *journal.Pseudonyms
}

// inParts folds items with ledgers that are closed and opened again, each of which
// sees the journal up to somewhere.
func inParts(tb testing.TB, p place, items []item, c chance) {
	tb.Helper()
	for end := 0; end < len(items); {
		l, err := p.open(Options{Pseudonyms: c.key, Batch: 1 + c.rng.IntN(1+len(items)/3)})
		if err != nil {
			tb.Fatal(err)
		}
		for range 1 + c.rng.IntN(3) {
			end = min(len(items), end+1+c.rng.IntN(len(items)/2+1))
			at, err := l.Position()
			if err != nil {
				tb.Fatal(err)
			}
			if err := l.Fold(context.Background(), from(items[:end], at), nil); err != nil {
				tb.Fatal(err)
			}
		}
		if err := l.Close(); err != nil {
			tb.Fatal(err)
		}
	}
}

func rebuilt(tb testing.TB, p place, o Options) {
	tb.Helper()
	l, err := p.open(o)
	if err != nil {
		tb.Fatal(err)
	}
	if err := l.Rebuild(context.Background()); err != nil {
		tb.Fatal(err)
	}
	if err := l.Close(); err != nil {
		tb.Fatal(err)
	}
}

// overtaker is a source during which, at some record, another process folds.
type overtaker struct {
	slice
	at   int
	fold func()
}

func (o *overtaker) Next() (*journal.Entry, error) {
	if o.at--; o.at == 0 {
		o.fold()
	}
	return o.slice.Next()
}

// Of two that fold into one ledger at once the slower is told, has written
// nothing, and goes on from where the other is.
func TestTwoThatFoldAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, make func() place) {
		key := pseudonyms(t)
		whole, shared := make(), make()
		overtaken := 0
		for seed := range uint64(8) {
			rng := rand.New(rand.NewPCG(seed, 2))
			items := story(seed, 4)
			rebuilt(t, whole, Options{Pseudonyms: key})
			folded(t, whole, items, Options{Pseudonyms: key})
			rebuilt(t, shared, Options{Pseudonyms: key})
			var two [2]*Ledger
			for i := range two {
				var err error
				if two[i], err = shared.open(Options{Pseudonyms: key, Batch: 1 + rng.IntN(len(items))}); err != nil {
					t.Fatal(err)
				}
			}
			for end := 1; end < len(items); {
				end = min(len(items), end+1+rng.IntN(len(items)/2))
				first, other := two[rng.IntN(2)], two[rng.IntN(2)]
				until := min(len(items), end+rng.IntN(20))
				source := &overtaker{*from(items[:end], position(t, first)), 1 + rng.IntN(100), func() {
					if other != first {
						if err := other.Fold(context.Background(), from(items[:until], position(t, other)), nil); err != nil {
							t.Error(err)
						}
					}
				}}
				err := first.Fold(context.Background(), source, nil)
				if errors.Is(err, ErrOvertaken) {
					overtaken++
					err = first.Fold(context.Background(), from(items[:end], position(t, first)), nil)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			for _, l := range two {
				if err := l.Fold(context.Background(), from(items, position(t, l)), nil); err != nil {
					t.Fatal(err)
				}
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if text := differences(dump(t, whole), dump(t, shared)); text != "" {
				t.Fatalf("seed %d: the rows differ (- of one, + of two):\n%.4000s", seed, text)
			}
		}
		if overtaken == 0 {
			t.Error("nobody was ever overtaken")
		}
	})
}

func position(tb testing.TB, l *Ledger) journal.Position {
	tb.Helper()
	p, err := l.Position()
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// Whoever reads while somebody folds sees whole transactions: at any time the
// accounts add up to the system, and to the services.
func TestReadingWhileFolding(t *testing.T) {
	onBoth(t, func(t *testing.T, make func() place) {
		p := make()
		l, err := p.open(Options{Batch: 40})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		items := story(9, 8)
		done := inBackground(func() error { return l.Fold(context.Background(), &slice{items, -1}, nil) })
		for reads := 0; ; reads++ {
			totals, err := l.Totals(t.Context(), always)
			if err != nil {
				t.Fatal(err)
			}
			var sum uint64
			for _, x := range totals {
				if x.Account != System {
					sum += x.Offered.Requests
				}
			}
			if len(totals) > 0 && totals[0].Offered.Requests != sum {
				t.Fatalf("the accounts sent %d together, and the system %d", sum, totals[0].Offered.Requests)
			}
			select {
			case err := <-done:
				if err != nil || reads < 2 {
					t.Fatalf("after %d reads: %v", reads, err)
				}
				return
			default:
			}
		}
	})
}

func inBackground(do func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	return done
}
