package journal

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/duis"
	"srtm/traffic"
)

// second is the time of tests: nanoseconds since 1970 UTC.
const second = int64(time.Second)

// noon is when tests begin.
const noon = 1_800_000_000 * second

// clock is one that a test sets while the journal reads it.
type clock struct{ atomic.Int64 }

func atNoon() *clock {
	c := &clock{}
	c.Store(noon)
	return c
}

func options(change ...func(*Options)) Options {
	o := Options{Environment: "test", Now: atNoon().Load, Heads: time.Hour}
	for _, c := range change {
		c(&o)
	}
	return o
}

func open(t testing.TB, dir string, o Options) *Journal {
	t.Helper()
	j, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

// decision returns the nth decision about ALPHA or BRAVO.
func decision(n int) *Decision {
	account := [...]string{"ALPHA", "BRAVO"}[n%2]
	d := &Decision{
		Own: Own{Account: account}, CommandVariant: 1, Variant: "4.8.1",
		ID: duis.RequestID{Originator: duis.EUI64(0x90B3D51F30010000 + uint64(n%2)), Target: 0x00DB123456789000 + duis.EUI64(n), Counter: uint64(n)},
	}
	d.Numbers = traffic.Decision{Number: uint64(n), At: noon + int64(n)*1000, User: uint64(d.ID.Originator), Cost: traffic.SR,
		Assured: 3 * traffic.SR, Pool: traffic.Amount(n), Depth: 270 * traffic.SR, Allocation: 540 * traffic.PerSecond, Policy: 1}
	return d
}

func fill(t testing.TB, j *Journal, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		d := decision(n)
		j.Append(d.Numbers.At, d)
	}
	if err := j.Sync(); err != nil {
		t.Fatal(err)
	}
}

// all reads everything that can be read, and what cannot.
func all(t testing.TB, dir string, from Position) (entries []Entry, damage []*DamageError) {
	t.Helper()
	r, err := OpenReader(dir, from)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		e, err := r.Next()
		var d *DamageError
		switch {
		case err == nil:
			entries = append(entries, keepEntry(e))
		case errors.As(err, &d):
			damage = append(damage, d)
		case errors.Is(err, io.EOF):
			return entries, damage
		default:
			t.Fatal(err)
		}
	}
}

// keepEntry copies what the reader's next call would overwrite.
func keepEntry(e *Entry) Entry {
	k := *e
	k.Raw = append([]byte(nil), e.Raw...)
	switch r := e.Record.(type) {
	case *Decision:
		c := *r
		k.Record = &c
	case *Outcome:
		c := *r
		k.Record = &c
	}
	return k
}

func verify(t testing.TB, dir string, against Checks) *Verification {
	t.Helper()
	v, err := Verify(dir, against)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func wantWhole(t testing.TB, dir string) *Verification {
	t.Helper()
	v := verify(t, dir, Checks{})
	for _, p := range v.Problems {
		t.Errorf("verify: %v", p)
	}
	return v
}

// numbers returns the counters of the decisions among entries.
func numbers(entries []Entry) (list []int) {
	for _, e := range entries {
		if d, is := e.Record.(*Decision); is {
			list = append(list, int(d.ID.Counter))
		}
	}
	return list
}

func upTo(n int) (list []int) {
	for i := range n {
		list = append(list, i)
	}
	return list
}

func TestWhatWasAppendedIsRead(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, options())
	records := []Record{
		&Start{Version: "1", Node: "a", Environment: "test", Restart: true, Wall: noon},
		&Policy{Number: 1, Name: "TMMD", Environment: "test", Digest: "abc", Effective: 5, Who: "w", Why: "y", Files: []File{{"policy.yaml", "name: TMMD"}}},
		&Terms{Own: Own{Account: "ALPHA"}, Policy: "abc", PolicyName: "TMMD", Start: true, Allocation: 7, Depth: 8, Threshold: 9, Burst: time.Second, Slot: time.Millisecond,
			LargestCost: traffic.SR, RetryLeast: 1, RetryMost: 2, Weight: "12", Weights: "345", Minimum: 6},
		decision(1),
		&Outcome{Own: Own{Account: "BRAVO"}, Decision: 5, User: 17, Variant: "4.8.1", End: Answered, Status: 200, Latency: time.Second, ClientLeft: true},
		&Activation{Decision: 5}, &Release{Since: noon}, &Act{Who: "a", What: "b", Why: "c", Account: "ALPHA", Until: 9},
		&Act{Who: "a", What: "b", Why: "c", Reference: "INC-1", About: 4},
		&Clock{Offset: -3}, &Stop{Reason: "told to"},
	}
	var tickets []Ticket
	for _, r := range records {
		tickets = append(tickets, j.Append(noon, r))
	}
	for _, ticket := range tickets {
		if err := ticket.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	entries, damage := all(t, dir, 0)
	if len(damage) > 0 {
		t.Fatal(damage)
	}
	var got []Record
	for i, e := range entries {
		if e.Position != Position(i+1) || e.At != noon {
			t.Errorf("the %dth record has position %d and time %d", i+1, e.Position, e.At)
		}
		if _, is := e.Record.(*Account); !is {
			got = append(got, e.Record)
		}
	}
	for i, r := range records {
		if own := owner(r); own != nil { // the journal has filled it in
			own.Nth, own.Link = owner(got[i]).Nth, owner(got[i]).Link
		}
		if !reflect.DeepEqual(got[i], r) {
			t.Errorf("read %+v, appended %+v", got[i], r)
		}
	}
	wantWhole(t, dir)
}

func TestDecisionsComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n64 := rapid.Uint64()
		amount := rapid.Map(rapid.Int64(), func(n int64) traffic.Amount { return traffic.Amount(n) })
		id := func(name string) duis.RequestID {
			return duis.RequestID{Originator: duis.EUI64(n64.Draw(t, name)), Target: duis.EUI64(n64.Draw(t, "target")), Counter: n64.Draw(t, "counter")}
		}
		d := &Decision{Own: Own{Account: "ALPHA", ID: 1, Nth: n64.Draw(t, "nth")}, ID: id("id"), CommandVariant: duis.CommandVariant(rapid.IntRange(1, 9).Draw(t, "cv")),
			Variant: rapid.StringN(0, 32, 32).Draw(t, "variant"), HasFirstInSequence: rapid.Bool().Draw(t, "has"), FirstInSequence: rapid.Bool().Draw(t, "first")}
		if rapid.Bool().Draw(t, "preceding") {
			d.HasPreceding, d.Preceding = true, id("preceding")
		}
		copy(d.Sender[:], rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "sender"))
		reason := traffic.Reason(rapid.IntRange(0, traffic.Reasons-1).Draw(t, "reason"))
		at := rapid.Int64Range(0, 1<<62).Draw(t, "at")
		d.Numbers = traffic.Decision{Number: n64.Draw(t, "number"), At: at - rapid.Int64Range(0, 1<<40).Draw(t, "before"), User: uint64(d.ID.Originator), Cost: amount.Draw(t, "cost"), Assured: amount.Draw(t, "assured"),
			Spare: amount.Draw(t, "spare"), Pool: amount.Draw(t, "pool"), Cold: amount.Draw(t, "cold"), Depth: amount.Draw(t, "depth"),
			Allocation: traffic.Rate(rapid.Int64().Draw(t, "allocation")), Policy: rapid.Uint32().Draw(t, "policy"), Refusals: rapid.Uint32().Draw(t, "refusals"),
			RetryAfter: rapid.Uint32().Draw(t, "retry"), Reason: reason, Verdict: reason.Verdict(), Active: rapid.Bool().Draw(t, "active"), Activated: rapid.Bool().Draw(t, "activated")}
		raw := append(appendRecord(nil, at, d), d.Link[:]...)
		e, err := DecodeOwn(raw, func(uint32) (string, bool) { return "ALPHA", true })
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(e.Record, d) || e.At != at {
			t.Fatalf("read %+v, written %+v", e.Record, d)
		}
	})
}

func TestReaderFollowsAJournalThatGrows(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, options(func(o *Options) { o.Segment = 2000 }))
	r, err := OpenReader(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var got []int
	for n := 0; n < 300; n += 10 {
		fill(t, j, n, n+10)
		for {
			e, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if d, is := e.Record.(*Decision); is {
				got = append(got, int(d.ID.Counter))
			}
		}
	}
	if !reflect.DeepEqual(got, upTo(300)) {
		t.Errorf("read %v", got)
	}
	if list, _ := segments(dir); len(list) < 10 {
		t.Errorf("there are only %d segments", len(list))
	}
}

func TestReaderBeginsAtAnyPosition(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, options(func(o *Options) { o.Segment = 2000 }))
	fill(t, j, 0, 200)
	whole, _ := all(t, dir, 0)
	for _, from := range []Position{1, 2, 3, 17, 100, 150, 202, 203} {
		entries, damage := all(t, dir, from)
		want := whole[min(int(from)-1, len(whole)):]
		if len(damage) > 0 || len(entries) != len(want) || len(want) > 0 && !reflect.DeepEqual(entries, want) {
			t.Errorf("from %d: %d records, damage %v", from, len(entries), damage)
		}
	}
	first, last, err := Bounds(dir)
	if err != nil || first != 1 || last != 202 { // two Account records
		t.Errorf("bounds %d to %d, %v", first, last, err)
	}
	e, err := At(dir, 150)
	if err != nil || e.Position != 150 {
		t.Errorf("at 150: %+v, %v", e, err)
	}
	if _, err := At(dir, 9999); !errors.Is(err, ErrNoRecord) {
		t.Errorf("at 9999: %v", err)
	}
}

func TestOneProcessWrites(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, options())
	if _, err := Open(dir, options()); !errors.Is(err, ErrInUse) {
		t.Errorf("a second time: %v", err)
	}
}

func TestAnotherEnvironmentIsRefused(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, options())
	fill(t, j, 0, 1)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, options(func(o *Options) { o.Environment = "production" })); err == nil {
		t.Error("the journal of an environment was opened for another one")
	}
}

func files(t testing.TB, dir, suffix string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*"+suffix))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func size(t testing.TB, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
