package journal

import (
	"errors"
	"io"
	"os"
	"reflect"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A batch that fails leaves no trace in the chains, however much of it there was.
func TestABatchThatFailsLeavesTheChainsAsTheyWere(t *testing.T) {
	dir, d := t.TempDir(), &disk{room: -1, waits: make(chan struct{}, 1)}
	var now atomic.Int64
	now.Store(noon)
	j := open(t, dir, onDisk(d, func(o *Options) { o.Now = now.Load }))
	j.Append(noon, &Terms{Own: Own{Account: "ALPHA"}, Start: true})
	fill(t, j, 0, 10)
	stuck := make(chan struct{})
	d.set(func() { d.stuck = stuck })
	j.Append(noon, decision(10))
	<-d.waits
	var lost []Ticket
	for n := 11; n < 17; n++ {
		lost = append(lost, j.Append(noon, decision(n)))
	}
	now.Add(3600 * second) // with a head and the terms again
	d.set(func() { d.room, d.stuck = 100, nil })
	close(stuck)
	for _, ticket := range lost {
		if err := ticket.Wait(); !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	if j.Head() != nil {
		t.Error("a head is shown that is not on record")
	}
	d.set(func() { d.room = -1 })
	j.tryAgain()
	fill(t, j, 20, 25)
	now.Add(3600 * second)
	fill(t, j, 25, 30)
	j.Append(now.Load(), &Stop{})
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	v := wantWhole(t, dir)
	entries, _ := all(t, dir, 0)
	told := uint64(0)
	for _, e := range entries {
		if l, is := e.Record.(*Lost); is {
			told += l.Decisions
		}
	}
	if len(v.Gaps) != 1 || v.Gaps[0].Decisions != 6 || told != 6 {
		t.Errorf("gaps %+v; accounts are told of %d lost decisions", v.Gaps, told)
	}
	if _, is := entries[len(entries)-1].Record.(*Head); !is {
		t.Errorf("the last record is a %T", entries[len(entries)-1].Record)
	}
}

// Before a head is durable nobody is shown it, and no follower is given a record.
func TestNothingIsShownBeforeItIsDurable(t *testing.T) {
	dir, d := t.TempDir(), &disk{room: -1, waits: make(chan struct{}, 1)}
	var now atomic.Int64
	now.Store(noon)
	j := open(t, dir, onDisk(d, func(o *Options) { o.Now = now.Load }))
	fill(t, j, 0, 2)
	r, err := OpenReader(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.Until(j.Durable)
	given := func() (n int) {
		for _, err := r.Next(); !errors.Is(err, io.EOF); _, err = r.Next() {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		return n
	}
	given()
	stuck := make(chan struct{})
	d.set(func() { d.stuck = stuck })
	now.Add(3600 * second)
	j.Append(now.Load(), decision(2))
	<-d.waits
	if n := given(); n > 0 || j.Head() != nil {
		t.Errorf("%d records and a head %v are there before they are durable", n, j.Head())
	}
	synced := make(chan Position)
	go func() {
		if err := j.Sync(); err != nil {
			t.Error(err)
		}
		synced <- j.Durable()
	}()
	d.set(func() { d.stuck = nil })
	close(stuck)
	if at := <-synced; at < 6 || j.Head() == nil {
		t.Errorf("synced up to %d, head %v", at, j.Head())
	}
	if n := given(); n != 2 {
		t.Errorf("%d records are given", n)
	}
}

// What a segment needs to be read alone stands at its beginning, also after a
// restart.
func TestASegmentCanBeReadWithoutThoseBefore(t *testing.T) {
	dir := t.TempDir()
	for run := range 3 {
		j := open(t, dir, options())
		j.Introduce(noon, Sender{"ab", "CN=x"})
		if run == 0 {
			j.Append(noon, &Policy{Number: 1, Digest: "abc", Files: []File{{"p", "text"}}})
		}
		fill(t, j, 0, 2)
		j.Append(noon, &Clock{})
		if err := j.Sync(); err != nil {
			t.Fatal(err)
		}
		d := decision(3)
		d.Account = "CHARLIE" // named in the middle of a segment
		at := j.Append(noon, d).Position()
		if err := j.Sync(); err != nil {
			t.Fatal(err)
		}
		if e, err := At(dir, at); err != nil || e.Record.(*Decision).Account != "CHARLIE" {
			t.Errorf("%+v, %v", e, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		list, err := segments(dir)
		if err != nil {
			t.Fatal(err)
		}
		r, err := OpenReader(dir, list[len(list)-1].first)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		c := r.Checkpoint()
		if len(list) > 1 && (len(c.Senders) != 1 || len(c.Policies) != 1 || c.Policies[0].Files[0].Text != "text" || c.Head == [32]byte{}) {
			t.Errorf("the segment begins with %+v", c)
		}
		r.Close()
	}
	wantWhole(t, dir)
	senders := 0
	entries, _ := all(t, dir, 0)
	for _, e := range entries {
		if _, is := e.Record.(*Sender); is {
			senders++
		}
	}
	if senders != 1 {
		t.Errorf("one sender is introduced %d times", senders)
	}
}

// A segment may grow, and another one begin, between two looks of a follower.
func TestAFollowerLooksTwiceAtTheEndOfASegment(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, options(func(o *Options) { o.Segment = 1500 }))
	fill(t, j, 0, 5)
	r, err := OpenReader(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var got []int
	read := func() {
		for {
			e, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d, is := e.Record.(*Decision); is {
				got = append(got, int(d.ID.Counter))
			}
		}
	}
	read()
	fill(t, j, 5, 10)
	fill(t, j, 10, 15)
	fill(t, j, 15, 20)
	if err := r.endOfSegment(io.EOF); err != nil { // as it saw it before
		t.Fatal(err)
	}
	if read(); !reflect.DeepEqual(got, upTo(20)) {
		t.Errorf("given are %v", got)
	}
}

func TestAFollowerWaitsForTheBeginningOfASegment(t *testing.T) {
	dir := twoRuns(t, t.TempDir())
	list := files(t, dir, plainSuffix)
	b, err := os.ReadFile(list[1])
	if err != nil {
		t.Fatal(err)
	}
	truncate(t, list[1], 50-int64(len(b)))
	r, err := OpenReader(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var got []Position
	read := func() {
		for {
			e, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e.Position)
		}
	}
	read()
	if err := os.WriteFile(list[1], b, 0o640); err != nil {
		t.Fatal(err)
	}
	if read(); len(got) != int(got[len(got)-1]) {
		t.Errorf("given are %v", got)
	}
}

// Nobody who comes late is told that a record is kept.
func TestAClosedJournalTakesNothing(t *testing.T) {
	j := open(t, t.TempDir(), options())
	fill(t, j, 0, 1)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(noon, decision(1)).Wait(); !errors.Is(err, errClosed) {
		t.Errorf("appended: %v", err)
	}
}

// A clock that is behind the journal's last record does not have a head signed with
// every batch.
func TestHeadsAreNotMoreOftenThanHourlyWhereTheClockIsBehind(t *testing.T) {
	dir := t.TempDir()
	var now atomic.Int64
	now.Store(noon)
	o := options(func(o *Options) { o.Now = now.Load })
	for range 2 {
		j := open(t, dir, o)
		j.Append(noon+5*3600*second, &Clock{})
		for n := range 20 {
			now.Add(300 * second)
			fill(t, j, n, n+1)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		now.Store(noon)
	}
	if v := wantWhole(t, dir); v.Heads > 4 {
		t.Errorf("%d heads", v.Heads)
	}
}

// A batch that was given up as slow and then fails is missing from its own first
// record on.
func TestWhatWasSlowAndThenFailedIsMissing(t *testing.T) {
	dir, d := t.TempDir(), &disk{room: -1, waits: make(chan struct{}, 1)}
	j := open(t, dir, onDisk(d, func(o *Options) { o.Patience = 300 * time.Millisecond }))
	fill(t, j, 0, 2)
	stuck := make(chan struct{})
	d.set(func() { d.stuck = stuck })
	first := j.Append(noon, decision(2))
	<-d.waits
	j.Append(noon, &Outcome{Own: Own{Account: "ALPHA"}, End: Answered, Decision: 1, Status: 200})
	if err := first.Wait(); !errors.Is(err, errSlow) {
		t.Fatal(err)
	}
	j.out.file.(*diskFile).File.Close() // the disk is gone
	d.set(func() { d.stuck, d.room = nil, 0 })
	close(stuck)
	for j.Stats().Missing < 1 {
		time.Sleep(0)
	}
	j.mu.Lock()
	l := j.lost
	j.mu.Unlock()
	if l.first != first.Position() || l.decisions != 1 || l.outcome != 1 || l.accounts["ALPHA"].Outcomes != 1 {
		t.Errorf("lost are %+v", l)
	}
}
