package ledger

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// script makes records one after the other.
type script struct {
	items []item
	at    int64
}

func (s *script) add(r journal.Record) *script {
	s.items = append(s.items, item{entry: &journal.Entry{Position: journal.Position(len(s.items) + 1), At: s.at, Record: r}})
	return s
}

// terms are those of account 1: an allocation of 2/s, so two at once at most.
func (s *script) terms() *script {
	return s.add(&journal.Start{}).add(&journal.Terms{Own: journal.Own{Account: "A", ID: 1}, Start: true, Allocation: 2 * traffic.PerSecond,
		Depth: 2 * traffic.SR, Threshold: 100 * traffic.PerSecond, Burst: 2 * time.Second, Slot: 10 * time.Millisecond, LargestCost: traffic.SR})
}

// decide has account 1 send request n, after some time.
func (s *script) decide(after time.Duration, n uint64, change ...func(*journal.Decision)) *script {
	s.at += int64(after)
	d := &journal.Decision{Own: journal.Own{Account: "A", ID: 1}, ID: duis.RequestID{Originator: 1, Target: duis.EUI64(n), Counter: n}, Variant: "4.8.1",
		CommandVariant: 1, Numbers: traffic.Decision{At: s.at, Cost: traffic.SR, Allocation: 2 * traffic.PerSecond, Depth: 2 * traffic.SR}}
	for _, c := range change {
		c(d)
	}
	return s.add(d)
}

func refused(d *journal.Decision) {
	d.Numbers.Verdict, d.Numbers.Reason = traffic.Throttle, traffic.OverAllocation
}

func costs(c traffic.Amount) func(*journal.Decision) {
	return func(d *journal.Decision) { d.Numbers.Cost = c }
}

func (s *script) fold(t *testing.T, p place, o Options) *Ledger {
	t.Helper()
	l, err := p.open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if err := l.Fold(t.Context(), &slice{s.items, -1}, nil); err != nil {
		t.Fatal(err)
	}
	return l
}

// A refusal that finds its cost in the reference bucket breaks the guarantee, is
// counted, and is a row even where a hundred are.
func TestABrokenGuaranteeShows(t *testing.T) {
	onBoth(t, func(t *testing.T, make func() place) {
		s := (&script{at: worldStart}).terms()
		for n := range uint64(150) { // two fit in; the others are rightly refused
			change := refused
			if n < 2 {
				change = func(*journal.Decision) {}
			}
			s.decide(0, n, change)
		}
		s.decide(500*time.Millisecond, 200, refused) // one SR has come in
		s.decide(0, 201, refused)
		l := s.fold(t, make(), Options{})
		broken, err := l.Broken(t.Context(), always)
		want := []Broken{{Day: day(s.at), Account: 1, Count: Count{1, traffic.SR}, First: 153}}
		if err != nil || len(broken) != 1 || broken[0] != want[0] {
			t.Errorf("got %+v want %+v (%v)", broken, want, err)
		}
		list, err := l.Refusals(t.Context(), always, 1, 1000)
		if err != nil || len(list) != 101 || !list[100].Within || list[100].Position != 153 || list[99].Within {
			t.Errorf("%d refusals are rows, the last %+v (%v)", len(list), list[len(list)-1], err)
		}
		if some, err := l.Refusals(t.Context(), always, 1, 7); err != nil || len(some) != 7 {
			t.Errorf("%d of at most 7 (%v)", len(some), err)
		}
	})
}

// What is more than a column can hold stays at its most, in batches or at once.
func TestCostsStayAtTheirMost(t *testing.T) {
	onBoth(t, func(t *testing.T, make func() place) {
		s := (&script{at: worldStart}).terms()
		for n := range uint64(4) {
			s.decide(time.Second, n, costs(math.MaxInt64)) // which is read as the largest there is
		}
		p := make()
		l := s.fold(t, p, Options{Batch: 1})
		// As if years had passed: the row is near its end already.
		for _, table := range []string{"minutes set offered_cost", "days set offered_cost", "counts set cost", "day_counts set cost"} {
			execute(t, p, "update "+table+" = 9223372036854775000")
		}
		s.decide(0, 9)
		s.decide(time.Minute, 10)
		if err := l.Fold(t.Context(), &slice{s.items, -1}, nil); err != nil {
			t.Fatal(err)
		}
		totals, err := l.Totals(t.Context(), always)
		if err != nil || len(totals) != 2 || totals[0].Offered != (Count{6, math.MaxInt64}) || totals[1].Offered != (Count{6, math.MaxInt64}) {
			t.Errorf("totals %+v (%v)", totals, err)
		}
		services, err := l.Services(t.Context(), always)
		if err != nil || len(services) != 1 || services[0].Count != (Count{6, math.MaxInt64}) {
			t.Errorf("services %+v (%v)", services, err)
		}
	})
}

// Whoever makes up variants does not fill the ledger: beyond 256 they are one. Texts
// that no database takes are taken.
func TestSendersCannotFillTheLedger(t *testing.T) {
	onBoth(t, func(t *testing.T, make func() place) {
		s := (&script{at: worldStart}).terms()
		strange := []string{"", "a\x00b", "\xff\xfe", "'; drop table counts; --", strings.Repeat("9", 500), "unknown", "?"}
		for n := range uint64(600) {
			s.decide(time.Millisecond, n, func(d *journal.Decision) {
				d.Variant = fmt.Sprintf("77.%d", n)
				if int(n) < len(strange) {
					d.Variant = strange[n]
				}
			}, refused)
		}
		l := s.fold(t, make(), Options{Batch: 50, Pseudonyms: pseudonyms(t)})
		services, err := l.Services(t.Context(), always)
		if err != nil || len(services) != mostOthers+1 {
			t.Fatalf("%d variants of 600 made up ones are told apart, want %d (%v)", len(services), mostOthers+1, err)
		}
		var unknown uint64
		for _, row := range services {
			if row.Variant == "unknown" {
				unknown = row.Requests
			}
		}
		if unknown != uint64(600-mostOthers) {
			t.Errorf("%d are counted as unknown, want %d", unknown, 600-mostOthers)
		}
	})
}

// Following needs memory: beyond so many open requests the others are counted, and
// not followed.
func TestTooManyOpenRequestsAreNotFollowed(t *testing.T) {
	s := (&script{at: worldStart}).terms()
	for n := range uint64(10) {
		s.decide(time.Millisecond, n, refused)
	}
	s.decide(time.Second, 3) // two are forwarded later, which makes room for two
	s.decide(0, 4)
	s.decide(0, 9, refused)
	s.decide(0, 9, refused)
	f := newFold(pseudonyms(t))
	f.follower.most = 6
	for _, i := range s.items {
		if err := f.take(i.entry); err != nil {
			t.Fatal(err)
		}
	}
	row := f.batch.followed[followedKey{day(worldStart), 1, f.variantOf("4.8.1")}]
	if row == nil || row.refusals != 12 || row.requests != 7 || row.later != 2 || row.notFollowed != 4 {
		t.Errorf("got %+v, want 12 refusals, 7 requests of which 2 later, and 4 refusals not followed", row)
	}
	if f.follower.live != 5 || len(f.follower.slots) != 6 {
		t.Errorf("%d are open in %d slots", f.follower.live, len(f.follower.slots))
	}
}

// After four hours of an episode its seconds are kept by the minute.
func TestLongEpisodesAreKeptByTheMinute(t *testing.T) {
	onBoth(t, func(t *testing.T, make func() place) {
		s := (&script{at: worldStart}).terms()
		s.decide(0, 0, refused, func(d *journal.Decision) { d.Numbers.Activated = true })
		for n := range uint64(5 * 360) { // every ten seconds, five hours
			s.decide(10*time.Second, n, func(d *journal.Decision) { d.Numbers.Active = true })
		}
		s.decide(24*time.Hour, 0)
		l := s.fold(t, make(), Options{Batch: 100})
		rows, requests := map[int]int{}, uint64(0)
		for x, err := range l.EpisodeSeconds(t.Context(), 3) {
			if err != nil {
				t.Fatal(err)
			}
			if x.Account == System {
				rows[x.Seconds]++
				requests += x.Offered.Requests
			}
		}
		if rows[1] != 4*360-5 || rows[60] != 61 || requests != 1801 {
			t.Errorf("%d seconds and %d minutes of %d requests", rows[1], rows[60], requests)
		}
		for range l.EpisodeSeconds(t.Context(), 3) {
			break // as whoever has seen enough does
		}
		if _, err := l.Status(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// An episode lies in a Span with the part of it that does.
func TestTheTimeOfAnEpisodeInASpan(t *testing.T) {
	for _, c := range []struct {
		what           string
		started, ended int64
		span           Span
		want           int64
	}{
		{"one that lies within", 20, 30, Span{10, 40}, 10},
		{"one that began before", 5, 30, Span{10, 40}, 20},
		{"one that ended after", 20, 50, Span{10, 40}, 20},
		{"one that was over before", 2, 8, Span{10, 40}, 0},
		{"one that has not ended lasts until now", 20, 0, Span{10, 40}, 15},
	} {
		e := Episode{Started: c.started, Ended: c.ended}
		if got := e.In(c.span, 35); got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
	}
}

func TestWhatEndIsUnknown(t *testing.T) {
	s := Sums{Parts: Parts{Forwarded: Count{Requests: 7}, Shadow: Count{Requests: 3}}, Answered: 5, DSPErrors: 2, Failed: 2, Busy: 1, ClientLeft: 3}
	if s.Unknown() != 2 {
		t.Errorf("of 10 that went on 8 have ended, and %d are unknown", s.Unknown())
	}
	s.Answered = 50
	if s.Unknown() != 0 {
		t.Errorf("more have ended than went on, and %d are unknown", s.Unknown())
	}
}

// What is not to be done is an error that says what to do.
func TestRefusedUses(t *testing.T) {
	onBoth(t, func(t *testing.T, make func() place) {
		p, key := make(), pseudonyms(t)
		s := (&script{at: worldStart}).terms()
		if _, err := p.open(Options{ReadOnly: true}); err == nil {
			t.Error("a ledger that is not there was opened for reading only")
		}
		s.fold(t, p, Options{Pseudonyms: key})
		for what, open := range map[string]func() error{
			"folding with another key": func() error { return foldWith(p, s, Options{Pseudonyms: pseudonyms(t)}) },
			"folding without the key":  func() error { return foldWith(p, s, Options{}) },
			"folding when read only":   func() error { return foldWith(p, s, Options{Pseudonyms: key, ReadOnly: true}) },
			"rebuilding when read only": func() error {
				r, err := p.open(Options{ReadOnly: true})
				if err != nil {
					t.Fatal(err)
				}
				return errors.Join(r.Rebuild(context.Background()), r.Close())
			},
			"another version": func() error {
				execute(t, p, "update meta set value = '99' where key = 'version'")
				defer execute(t, p, "update meta set value = '4' where key = 'version'")
				_, err := p.open(Options{Pseudonyms: key})
				return err
			},
		} {
			if what != "another version" && open() == nil {
				t.Errorf("%s is allowed", what)
			}
			if what == "another version" {
				if err := open(); err == nil || !strings.Contains(err.Error(), "version") {
					t.Errorf("%s: %v", what, err)
				}
			}
		}
		r, err := p.open(Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		if status, err := r.Status(t.Context()); err != nil || status.Others != 2 || !status.Pseudonyms {
			t.Errorf("reading only: %+v (%v)", status, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}

// execute changes the tables behind the ledger's back.
func execute(t *testing.T, p place, text string) {
	t.Helper()
	db, err := p.db()
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(text)
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func foldWith(p place, s *script, o Options) error {
	l, err := p.open(o)
	if err != nil {
		return err
	}
	return errors.Join(l.Fold(context.Background(), &slice{s.items, -1}, nil), l.Close())
}

// No error shows a password, wherever it stands in the DSN.
func TestNoErrorShowsAPassword(t *testing.T) {
	for _, dsn := range []string{
		"postgres://srtm:s3cret@127.0.0.1:1/ledger", "host=/nowhere user=srtm password=s3cret dbname=ledger", "postgres://srtm:s3cret@[::1/ledger",
		"host=127.0.0.1 port=nine password=s3cret", "password = 's3cret", "s3cret",
	} {
		_, err := OpenPostgres(dsn, Options{})
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", strings.ReplaceAll(dsn, "s3cret", "…"), err)
		}
	}
	if _, err := OpenSQLite(filepath.Join(t.TempDir(), "no", "such", "ledger.db"), Options{}); err == nil {
		t.Error("a ledger was opened in a folder that is not there")
	}
}

// A ledger that nobody has open can be read, also by whoever may not write it.
func TestReadingWhatIsAtRest(t *testing.T) {
	onBoth(t, func(t *testing.T, make func() place) {
		p := make()
		folded(t, p, (&script{at: worldStart}).terms().decide(0, 1).items, Options{})
		l, err := p.open(Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		totals, err := l.Totals(t.Context(), always)
		if err = errors.Join(err, l.Close()); err != nil || len(totals) != 2 {
			t.Errorf("%+v (%v)", totals, err)
		}
	})
}

// A fold that is ended from outside has folded what it flushed and no more.
func TestAFoldThatIsEnded(t *testing.T) {
	onBoth(t, func(t *testing.T, make func() place) {
		s := (&script{at: worldStart}).terms()
		for n := range uint64(5000) {
			s.decide(time.Millisecond, n)
		}
		p := make()
		l, err := p.open(Options{Batch: 1500})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		ctx, cancel := context.WithCancel(t.Context())
		var flushed []journal.Position
		err = l.Fold(ctx, &slice{s.items, -1}, func(p journal.Position) {
			if flushed = append(flushed, p); len(flushed) == 2 {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) || position(t, l) != 3000 || len(flushed) != 2 {
			t.Fatalf("at %d after %v: %v", position(t, l), flushed, err)
		}
		if err := l.Fold(t.Context(), from(s.items, 3000), nil); err != nil {
			t.Fatal(err)
		}
		if totals, err := l.Totals(t.Context(), always); err != nil || totals[0].Offered.Requests != 5000 {
			t.Errorf("%+v (%v)", totals, err)
		}
	})
}
