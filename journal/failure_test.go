package journal

import (
	"errors"
	"os"
	"reflect"
	"sync"
	"syscall"
	"testing"
	"time"
)

// disk is one that can be made to fail. What is written to it lies in real files.
type disk struct {
	mu    sync.Mutex
	room  int           // octets that still fit; below 0: any number
	stuck chan struct{} // while it is there, nothing is synced
	waits chan struct{} // says that something waits for that
}

func (d *disk) create(path string) (Sink, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	return &diskFile{f, d}, err
}

func (d *disk) set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}

type diskFile struct {
	*os.File
	disk *disk
}

// Write writes as much as there is room for.
func (f *diskFile) Write(b []byte) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.disk.room >= 0 && len(b) > f.disk.room {
		n, _ := f.File.Write(b[:f.disk.room])
		f.disk.room = 0
		return n, syscall.ENOSPC
	}
	if f.disk.room >= 0 {
		f.disk.room -= len(b)
	}
	return f.File.Write(b)
}

// Sync waits while the disk is stuck.
func (f *diskFile) Sync() error {
	f.disk.mu.Lock()
	stuck := f.disk.stuck
	f.disk.mu.Unlock()
	if stuck != nil {
		f.disk.waits <- struct{}{}
		<-stuck
	}
	return f.File.Sync()
}

func onDisk(d *disk, change ...func(*Options)) Options {
	return options(append(change, func(o *Options) { o.Create, o.Retry = d.create, time.Hour })...)
}

func TestFullDiskIsSurvivedAndOnRecord(t *testing.T) {
	dir, d := t.TempDir(), &disk{room: -1}
	j := open(t, dir, onDisk(d))
	fill(t, j, 0, 10)
	d.set(func() { d.room = 50 })
	var refused []Ticket
	for n := 10; n < 20; n++ {
		refused = append(refused, j.Append(noon, decision(n)))
		if err := refused[len(refused)-1].Wait(); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("a decision that cannot be recorded: %v", err)
		}
	}
	if j.Failing() == nil || j.Stats().Missing != 10 {
		t.Errorf("failing: %v, missing %d", j.Failing(), j.Stats().Missing)
	}
	j.tryAgain() // still full
	j.nudge()
	if err := j.Sync(); err == nil {
		t.Error("a full disk takes records")
	}
	d.set(func() { d.room = -1 })
	j.tryAgain()
	fill(t, j, 20, 30)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	entries, damage := all(t, dir, 0)
	want := append(upTo(10), 20, 21, 22, 23, 24, 25, 26, 27, 28, 29)
	if got := numbers(entries); len(damage) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("on record are %v, damage %v", got, damage)
	}
	v := wantWhole(t, dir)
	if len(v.Gaps) != 1 || v.Gaps[0].Decisions != 10 || v.Gaps[0].First > refused[0].Position() || v.Gaps[0].Last < refused[9].Position() {
		t.Errorf("gaps %+v", v.Gaps)
	}
	for _, e := range entries {
		if l, is := e.Record.(*Lost); is && l.Decisions != 5 {
			t.Errorf("%s is told of %d lost decisions", l.Account, l.Decisions)
		}
	}
}

func TestStuckDiskHoldsNobody(t *testing.T) {
	dir, d := t.TempDir(), &disk{room: -1, waits: make(chan struct{}, 1)}
	j := open(t, dir, onDisk(d, func(o *Options) { o.Patience = 300 * time.Millisecond }))
	fill(t, j, 0, 10)
	stuck := make(chan struct{})
	d.set(func() { d.stuck = stuck })
	first := j.Append(noon, decision(10))
	<-d.waits
	second := j.Append(noon, decision(11))
	if err := errors.Join(first.Wait(), second.Wait()); !errors.Is(err, errSlow) {
		t.Fatalf("behind a stuck disk: %v", err)
	}
	if err := j.Append(noon, decision(12)).Wait(); !errors.Is(err, errSlow) {
		t.Errorf("while it is stuck: %v", err)
	}
	d.set(func() { d.stuck = nil })
	close(stuck) // what waited becomes durable after all
	for j.Durable() < first.Position() {
		time.Sleep(0)
	}
	j.tryAgain()
	fill(t, j, 13, 15)
	entries, _ := all(t, dir, 0)
	if got, want := numbers(entries), append(upTo(11), 13, 14); !reflect.DeepEqual(got, want) {
		t.Errorf("on record are %v", got)
	}
	if v := wantWhole(t, dir); len(v.Gaps) != 1 || v.Gaps[0].Decisions != 2 {
		t.Errorf("gaps %+v", v.Gaps)
	}
}

func TestTooManyWaitingAreLostAndOnRecord(t *testing.T) {
	dir, d := t.TempDir(), &disk{room: -1, waits: make(chan struct{}, 1)}
	j := open(t, dir, onDisk(d, func(o *Options) { o.Pending = 5 }))
	stuck := make(chan struct{})
	d.set(func() { d.stuck = stuck })
	first := j.Append(noon, decision(0))
	<-d.waits
	var rest []Ticket
	for n := 1; n < 10; n++ {
		rest = append(rest, j.Append(noon, decision(n)))
	}
	if err := rest[8].Wait(); !errors.Is(err, errFull) {
		t.Errorf("one too many: %v", err)
	}
	d.set(func() { d.stuck = nil })
	close(stuck)
	if err := first.Wait(); err != nil {
		t.Error(err)
	}
	j.tryAgain()
	fill(t, j, 20, 21)
	entries, _ := all(t, dir, 0)
	if got := numbers(entries); !reflect.DeepEqual(got, []int{0, 20}) {
		t.Errorf("on record are %v", got)
	}
	wantWhole(t, dir)
}

func TestTimeNeverGoesBack(t *testing.T) {
	dir := t.TempDir()
	now := atNoon()
	o := options(func(o *Options) { o.Now = now.Load })
	j := open(t, dir, o)
	fill(t, j, 0, 5)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	now.Add(-3600 * second) // somebody set the clock back
	j = open(t, dir, o)
	if j.LastTime() < noon {
		t.Errorf("the last time is %d", j.LastTime())
	}
	j.Append(now.Load(), &Clock{Offset: -time.Hour})
	fill(t, j, 5, 6)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	wantWhole(t, dir)
	var last int64
	entries, _ := all(t, dir, 0)
	for _, e := range entries {
		if e.At < last {
			t.Errorf("position %d is at %d, after %d", e.Position, e.At, last)
		}
		last = e.At
	}
}

func TestHeadsAreSignedHourlyAndTheTermsRepeated(t *testing.T) {
	dir := t.TempDir()
	now := atNoon()
	keys := t.TempDir()
	o := options(func(o *Options) { o.Now, o.Keys, o.Retry = now.Load, keys, time.Hour })
	j := open(t, dir, o)
	j.Append(now.Load(), &Terms{Own: Own{Account: "ALPHA"}, Start: true, Allocation: 5})
	fill(t, j, 0, 5)
	if j.Head() != nil {
		t.Error("there is a head before the hour")
	}
	now.Add(3600 * second)
	fill(t, j, 5, 10)
	first := j.Head()
	if first == nil {
		t.Fatal("there is no head after the hour")
	}
	key := j.Key()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open(t, dir, o)
	if j.Key() != key {
		t.Error("after a restart the key is another one")
	}
	now.Add(3600 * second)
	fill(t, j, 10, 11)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	v := verify(t, dir, Checks{Key: key, Heads: []string{first.Text}})
	if len(v.Problems) > 0 || v.Heads < 2 {
		t.Errorf("%d heads, problems %v", v.Heads, v.Problems)
	}
	repeated := 0
	entries, _ := all(t, dir, 0)
	for _, e := range entries {
		if r, is := e.Record.(*Terms); is && r.Repeated {
			repeated++
			if r.Start || r.Allocation != 5 {
				t.Errorf("repeated as %+v", r)
			}
		}
	}
	if repeated == 0 {
		t.Error("the terms are not repeated")
	}
	other, err := loadSigner("")
	if err != nil {
		t.Fatal(err)
	}
	if v := verify(t, dir, Checks{Key: other.verifier}); len(v.Problems) != v.Heads+len(v.Problems) || len(v.Problems) == 0 {
		t.Errorf("with another key: %d heads, problems %v", v.Heads, v.Problems)
	}
}
