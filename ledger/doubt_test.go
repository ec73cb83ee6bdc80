package ledger

import (
	"context"
	"errors"
	"testing"

	"srtm/journal"
	"srtm/traffic"
)

// Where decisions are missing the reference bucket accuses nobody: it goes on from
// what the next decision says there was; also where the fold stops in between.
func TestMissingDecisionsAccuseNobody(t *testing.T) {
	spent := func(d *journal.Decision) { d.Numbers.Assured = 0 }
	lost := &journal.Lost{Own: journal.Own{Account: "A", ID: 1}, Decisions: 2}
	for _, c := range []struct {
		what   string
		miss   func(*script)
		broken int
	}{
		{"nothing is missing, so the guarantee was broken", func(*script) {}, 1},
		{"positions are missing", func(s *script) { s.items = append(s.items, item{}) }, 0},
		{"records of the account could not be kept", func(s *script) { s.add(lost) }, 0},
		{"something cannot be read", func(s *script) {
			s.items = append(s.items, item{damage: &journal.DamageError{File: "segment", After: 2, What: "a flipped bit"}})
		}, 0},
		{"it was decided by terms that are not known", func(s *script) {
			s.decide(0, 5, func(d *journal.Decision) { d.Numbers.Allocation = traffic.PerSecond })
		}, 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			s := (&script{at: worldStart}).terms()
			c.miss(s)
			half := len(s.items)
			s.decide(0, 6, refused, spent)
			var items []item
			for _, i := range s.items {
				if i.entry != nil || i.damage != nil {
					items = append(items, i)
				} else {
					half--
				}
			}
			p := sqlitePlace(t)
			folded(t, p, items[:half], Options{})
			l, err := p.open(Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Fold(t.Context(), from(items, position(t, l)), nil); err != nil {
				t.Fatal(err)
			}
			broken, err := l.Broken(context.Background(), always)
			if err = errors.Join(err, l.Close()); err != nil || len(broken) != c.broken {
				t.Errorf("broken: %+v (%v)", broken, err)
			}
		})
	}
}

// A record that names no account is not folded, and neither is what follows.
func TestARecordOfNobody(t *testing.T) {
	s := (&script{at: worldStart}).terms()
	s.add(&journal.Decision{})
	p := sqlitePlace(t)
	l, err := p.open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if err := l.Fold(t.Context(), &slice{s.items, -1}, nil); err == nil || position(t, l) != 0 {
		t.Errorf("at %d: %v", position(t, l), err)
	}
}
