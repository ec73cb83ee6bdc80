package ledger

import (
	"container/heap"
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// BenchmarkFold folds minutes of a busy day into a new ledger: 200 accounts, 30
// variants, 1,850 decisions a second, and an outcome for each that is forwarded.
// In overload twice that is offered, and what is refused is sent again.
func BenchmarkFold(b *testing.B) {
	for _, c := range []struct {
		name string
		load func(second int) float64
	}{
		{"quiet", func(int) float64 { return 0.9 }},
		{"tenth in overload", func(s int) float64 {
			if s%300 >= 270 {
				return 1.8
			}
			return 0.9
		}},
		{"overload", func(int) float64 { return 1.8 }},
	} {
		b.Run(c.name, func(b *testing.B) {
			items := busy(300, c.load)
			b.ResetTimer()
			var records int
			var spent time.Duration
			for range b.N {
				l, err := OpenSQLite(filepath.Join(b.TempDir(), "ledger.db"), Options{Pseudonyms: pseudonyms(b)})
				if err != nil {
					b.Fatal(err)
				}
				start := time.Now()
				if err := l.Fold(context.Background(), &slice{items, -1}, nil); err != nil {
					b.Fatal(err)
				}
				spent += time.Since(start)
				records += len(items)
				if err := l.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(records)/spent.Seconds(), "records/s")
		})
	}
}

// BenchmarkFoldJournal folds the same from the files of a journal.
func BenchmarkFoldJournal(b *testing.B) {
	items := busy(120, func(s int) float64 {
		if s >= 108 {
			return 1.8
		}
		return 0.9
	})
	s := openScribe(b, filepath.Join(b.TempDir(), "journal"))
	for part := range slices.Chunk(items, 50_000) {
		s.write(part)
	}
	s.close()
	b.ResetTimer()
	for range b.N {
		l, err := OpenSQLite(filepath.Join(b.TempDir(), "ledger.db"), Options{Pseudonyms: pseudonyms(b)})
		if err != nil {
			b.Fatal(err)
		}
		if err := l.FoldJournal(context.Background(), s.dir, FoldOptions{}); err != nil {
			b.Fatal(err)
		}
		if got, err := l.Status(context.Background()); err != nil || got.Decisions+got.Outcomes+got.Others < uint64(len(items)) {
			b.Fatalf("folded %+v of %d (%v)", got, len(items), err)
		}
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(items)*b.N)/b.Elapsed().Seconds(), "records/s")
}

// busy makes the records of so many seconds, of which each has a load of T.
func busy(seconds int, load func(second int) float64) []item {
	const accounts, threshold = 200, 2050
	w := &world{rng: newWorld(1).rng, at: worldStart}
	w.rules = traffic.Rules{Threshold: threshold * traffic.PerSecond, Release: threshold * traffic.PerSecond / 10 * 8, Hold: 30 * time.Second,
		Burst: time.Second, Slot: 10 * time.Millisecond, RetryLeast: time.Second, RetryMost: time.Minute}
	var variants []string
	for v := range duis.Variants() {
		if len(variants) < 30 {
			variants = append(variants, v.String())
		}
	}
	for i := range accounts {
		w.rules.Accounts = append(w.rules.Accounts, traffic.Account{Name: string(rune('A'+i%26)) + string(rune('A'+i/26)),
			Users: []uint64{uint64(i)<<8 | 1}, Allocation: threshold * traffic.PerSecond / accounts})
	}
	w.standing = make([]traffic.Rate, accounts) // nothing lowers them
	w.start(false)
	for s := range seconds {
		n := int(load(s) * threshold)
		for i := range n {
			account := w.rng.IntN(accounts)
			if load(s) > 1 && i%2 == 0 {
				account %= 30 // the loud ones
			}
			w.counter++
			w.lean(worldStart+int64(s)*int64(time.Second)+int64(i)*int64(time.Second)/int64(n), &request{account: account, command: 1,
				variant: variants[w.rng.IntN(30)*w.rng.IntN(30)/30], id: duis.RequestID{Originator: duis.EUI64(account<<8 | 1),
					Target: duis.EUI64(w.rng.Uint64()), Counter: w.counter}})
		}
	}
	return w.items
}

// lean sends a request; its outcome comes some records later, and what is refused
// comes again.
func (w *world) lean(at int64, r *request) {
	for len(w.due) > 0 && w.due[0].at <= at {
		f := heap.Pop(&w.due).(future)
		if f.outcome != nil {
			w.emit(f.at, f.outcome)
		} else {
			w.lean(f.at, f.again)
		}
	}
	w.advance(at)
	d, _ := w.control.Admit(at, traffic.Request{User: uint64(r.id.Originator)})
	p := w.emit(d.At, &journal.Decision{Own: w.own(r.account), Numbers: d, ID: r.id, CommandVariant: r.command, Variant: r.variant})
	if d.Activated {
		w.active = true
		w.emit(d.At, &journal.Activation{Decision: p})
	}
	if d.Verdict == traffic.Throttle {
		if r.attempts++; r.attempts < 4 {
			w.later(future{at: at + int64(d.RetryAfter)*int64(time.Second), again: r})
		}
		return
	}
	latency := time.Duration(20+w.rng.ExpFloat64()*30) * time.Millisecond
	w.later(future{at: at + int64(latency), outcome: &journal.Outcome{Own: w.own(r.account), Decision: p, User: r.id.Originator,
		Variant: r.variant, End: journal.Answered, Status: 200, Latency: latency}})
}
