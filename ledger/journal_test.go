package ledger

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"srtm/journal"
)

// scribe has a real journal into which the records of a story are written.
type scribe struct {
	tb     testing.TB
	dir    string
	j      *journal.Journal
	now    atomic.Int64
	places map[journal.Position]journal.Position // of the story's records in this journal
}

func openScribe(tb testing.TB, dir string) *scribe {
	tb.Helper()
	w := &scribe{tb: tb, dir: dir, places: map[journal.Position]journal.Position{}}
	w.now.Store(worldStart)
	segment := int64(1 << 14) // small, so that there are several
	if _, is := tb.(*testing.B); is {
		segment = 0
	}
	var err error
	w.j, err = journal.Open(dir, journal.Options{Environment: "test", Segment: segment, Now: w.now.Load})
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

// write appends records and waits until they are durable.
func (w *scribe) write(items []item) {
	w.tb.Helper()
	for _, i := range items {
		if i.damage != nil {
			continue
		}
		record := copied(i.entry.Record)
		switch r := record.(type) {
		case *journal.Outcome:
			r.Decision = w.places[r.Decision]
		case *journal.Gap, *journal.Lost, *journal.Head: // the journal's own to write
			continue
		}
		w.now.Store(max(w.now.Load(), i.entry.At))
		w.places[i.entry.Position] = w.j.Append(i.entry.At, record).Position()
	}
	if err := w.j.Sync(); err != nil {
		w.tb.Fatal(err)
	}
}

func (w *scribe) close() {
	w.tb.Helper()
	if err := w.j.Close(); err != nil {
		w.tb.Fatal(err)
	}
}

func copied(r journal.Record) journal.Record {
	to := reflect.New(reflect.TypeOf(r).Elem())
	to.Elem().Set(reflect.ValueOf(r).Elem())
	return to.Interface().(journal.Record)
}

// readBack returns all that a Reader gives.
func readBack(tb testing.TB, dir string) (items []item) {
	tb.Helper()
	r, err := journal.OpenReader(dir, 1)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for {
		e, err := r.Next()
		var damage *journal.DamageError
		switch {
		case errors.As(err, &damage):
			items = append(items, item{damage: damage})
		case errors.Is(err, io.EOF):
			return items
		case err != nil:
			tb.Fatal(err)
		default:
			entry := *e
			entry.Record, entry.Raw = copied(e.Record), slices.Clone(e.Raw)
			items = append(items, item{entry: &entry})
		}
	}
}

// A ledger that follows a journal while it is written, and is opened again now
// and then, has in the end what one has that folds the whole journal.
func TestTheLedgerFollowsAJournal(t *testing.T) {
	onBoth(t, func(t *testing.T, make func() place) {
		o := Options{Pseudonyms: pseudonyms(t)}
		dir := filepath.Join(t.TempDir(), "journal")
		items := story(4, 6)
		follows, whole := make(), make()
		w := openScribe(t, dir)
		l, err := follows.open(o)
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(items); n += 300 {
			w.write(items[n:min(n+300, len(items))])
			if err := l.FoldJournal(t.Context(), dir, FoldOptions{Until: w.j.Durable}); err != nil {
				t.Fatal(err)
			}
			if p := position(t, l); p != w.j.Durable() {
				t.Fatalf("the ledger is at %d and the journal at %d", p, w.j.Durable())
			}
			if n%900 == 0 {
				l = reopened(t, follows, l, o)
			}
		}
		w.close()
		if err := l.FoldJournal(t.Context(), dir, FoldOptions{}); err != nil {
			t.Fatal(err)
		}
		l = reopened(t, follows, l, o)
		defer func() { _ = l.Close() }()
		back := readBack(t, dir)
		folded(t, whole, back, o)
		if text := differences(dump(t, whole), dump(t, follows)); text != "" {
			t.Fatalf("the rows differ (- folded at once, + following):\n%.4000s", text)
		}
		c := comparison{t, l, newNaive(back), back, true, map[string]int{}}
		c.minutes()
		c.services()
	})
}

func reopened(tb testing.TB, p place, l *Ledger, o Options) *Ledger {
	tb.Helper()
	if err := l.Close(); err != nil {
		tb.Fatal(err)
	}
	l, err := p.open(o)
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// Several processes, here several Ledgers, that fold one journal into one ledger
// at the same time, do it once.
func TestManyThatFoldOneJournal(t *testing.T) {
	onBoth(t, func(t *testing.T, make func() place) {
		o := Options{Pseudonyms: pseudonyms(t), Batch: 97}
		dir := filepath.Join(t.TempDir(), "journal")
		w := openScribe(t, dir)
		w.write(story(7, 6))
		w.close()
		shared, whole := make(), make()
		var all sync.WaitGroup
		for range 3 {
			l, err := shared.open(o)
			if err != nil {
				t.Fatal(err)
			}
			all.Go(func() {
				if err := errors.Join(l.FoldJournal(t.Context(), dir, FoldOptions{}), l.Close()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		folded(t, whole, readBack(t, dir), o)
		if text := differences(dump(t, whole), dump(t, shared)); text != "" {
			t.Fatalf("the rows differ (- of one, + of three):\n%.4000s", text)
		}
	})
}

// A journal that is not the one which the ledger was folded from is found out, and
// a ledger that is rebuilt is right again.
func TestALedgerAheadOfItsJournal(t *testing.T) {
	onBoth(t, func(t *testing.T, make func() place) {
		o := Options{Pseudonyms: pseudonyms(t)}
		items := story(5, 3)
		p := make()
		l, err := p.open(o)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		first := openScribe(t, filepath.Join(t.TempDir(), "journal"))
		first.write(items[:len(items)/2])
		if err := l.FoldJournal(t.Context(), first.dir, FoldOptions{}); err != nil {
			t.Fatal(err)
		}
		at := position(t, l)
		first.close()

		lost := openScribe(t, filepath.Join(t.TempDir(), "journal")) // its end is gone
		lost.write(items[:len(items)/3])
		var ahead *AheadError
		err = l.FoldJournal(t.Context(), lost.dir, FoldOptions{})
		if !errors.As(err, &ahead) || ahead.Ledger != at || ahead.Journal >= at || ahead.Journal == 0 {
			t.Fatalf("a journal that is shorter than the ledger: %v (%+v)", err, ahead)
		}
		lost.write(story(6, 3)) // and it went on differently
		err = l.FoldJournal(t.Context(), lost.dir, FoldOptions{})
		if !errors.As(err, &ahead) || ahead.Ledger != at || ahead.Journal != at {
			t.Fatalf("a journal that went on differently: %v", err)
		}
		if err := l.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := l.FoldJournal(t.Context(), lost.dir, FoldOptions{}); err != nil {
			t.Fatal(err)
		}
		lost.close()
		if err := l.FoldJournal(t.Context(), lost.dir, FoldOptions{}); err != nil {
			t.Fatal(err)
		}
		whole := make()
		folded(t, whole, readBack(t, lost.dir), o)
		if text := differences(dump(t, whole), dump(t, p)); text != "" {
			t.Fatalf("the rows differ (- new, + rebuilt):\n%.4000s", text)
		}
	})
}

// What cannot be read is on record, once, and all else is folded.
func TestADamagedJournal(t *testing.T) {
	o := Options{Pseudonyms: pseudonyms(t)}
	w := openScribe(t, filepath.Join(t.TempDir(), "journal"))
	for part := range slices.Chunk(story(8, 6), 100) {
		w.write(part) // each its own block, so that there are several segments
	}
	w.close()
	list, err := filepath.Glob(filepath.Join(w.dir, "*"))
	if err != nil || len(list) < 5 {
		t.Fatalf("the journal has %v (%v)", list, err)
	}
	damageOne(t, list)
	items := readBack(t, w.dir)
	if !slices.ContainsFunc(items, func(i item) bool { return i.damage != nil }) {
		t.Fatal("nothing is damaged")
	}
	p, whole := sqlitePlace(t), sqlitePlace(t)
	o.Batch = 50
	for range 3 {
		l, err := p.open(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.FoldJournal(context.Background(), w.dir, FoldOptions{}); err != nil {
			t.Fatal(err)
		}
		c := comparison{t, l, newNaive(items), items, true, map[string]int{}}
		c.minutes()
		c.days()
		c.episodes()
		if list, err := l.Damages(t.Context(), always); err != nil || !slices.ContainsFunc(list, func(d Damage) bool { return d.Found }) {
			t.Fatalf("damages: %v, %v", list, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	folded(t, whole, items, o)
	if text := differences(dump(t, whole), dump(t, p)); text != "" {
		t.Fatalf("the rows differ (- in one batch, + in many):\n%.4000s", text)
	}
}

// damageOne flips an octet in the middle of the first large file that is a
// segment.
func damageOne(t *testing.T, list []string) {
	t.Helper()
	for _, path := range list[len(list)/2:] { // in the middle: what it began with stays known
		text, err := os.ReadFile(path)
		if err != nil || len(text) < 2000 || filepath.Ext(path) == ".index" {
			continue
		}
		text[len(text)/2] ^= 0x40
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatal("no file is large enough to be damaged")
}
