package amendment

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// ledger is what a world has recorded, and whether it can at present.
type ledger struct {
	events  []Event
	durable int
	full    int  // so many events, and then an error; negative: any number
	lost    bool // what is recorded is not durable
	flushes int
	during  func() // called while it waits
}

var errJournal = errors.New("the journal fails")

func (l *ledger) record(e Event) (uint64, error) {
	if l.full == 0 {
		return 0, errJournal
	}
	l.full--
	l.events = append(l.events, e)
	return uint64(len(l.events)), nil
}

func (l *ledger) flush() error {
	l.flushes++
	if l.during != nil {
		l.during()
	}
	if l.lost {
		l.events = l.events[:l.durable]
		return errJournal
	}
	l.durable = len(l.events)
	return nil
}

func (l *ledger) kinds() string {
	var all []string
	for _, e := range l.events {
		all = append(all, string(e.Kind))
	}
	return strings.Join(all, " ")
}

// keeps opens a register whose steps are recorded in a ledger.
func keeps(t *testing.T, w *world, l *ledger, own bool) {
	t.Helper()
	o := w.options()
	if o.Record = l.record; own {
		o.Flush = l.flush
	}
	var err error
	if w.Register, err = Open(w.dir, o); err != nil {
		t.Fatal(err)
	}
}

// TestWhatCouldNotBeRecordedIsKept and recorded when it can be, after a restart too.
func TestWhatCouldNotBeRecordedIsKept(t *testing.T) {
	for full := range 4 {
		w, l := open(t), &ledger{full: -1}
		keeps(t, w, l, false)
		w.begins(made(t, "first", quick, half))
		l.events, l.full = nil, full
		w.proposes(made(t, "next", quick, more), ProposeOptions{})
		w.proposes(made(t, "third", quick, half), ProposeOptions{})
		if err := w.Flush(); !errors.Is(err, errJournal) {
			t.Fatal(err)
		}
		if full%2 == 1 {
			keeps(t, w, l, false)
		}
		l.full = -1
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		got, last := "", uint64(0)
		for _, e := range l.events {
			if e.Number > last {
				got, last = got+" "+string(e.Kind), e.Number
			}
		}
		if got != " prepared planned noticed noticed prepared planned noticed noticed" {
			t.Errorf("after %d:%s", full, got)
		}
		if told := w.Notices("A"); told[0].Reference == 0 || told[1].Reference == 0 {
			t.Errorf("%+v", told)
		}
		if len(w.state.Outbox) > 0 {
			t.Error("it is not forgotten")
		}
	}
}

// TestWhatIsNotDurableIsRecordedAgain: the outbox is emptied only when it is.
func TestWhatIsNotDurableIsRecordedAgain(t *testing.T) {
	w, l := open(t), &ledger{full: -1}
	keeps(t, w, l, true)
	w.begins(made(t, "first", quick, half))
	w.proposes(made(t, "next", quick, more), ProposeOptions{})
	if len(l.events) > 0 {
		t.Error("a step waited for its record")
	}
	l.lost = true
	if err := w.Flush(); !errors.Is(err, errJournal) || len(w.state.Outbox) == 0 {
		t.Fatal(err)
	}
	keeps(t, w, l, true)
	l.lost = false
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if l.kinds() != "prepared planned prepared planned noticed noticed" || len(l.events[0].Files) != 2 {
		t.Error(l.kinds())
	}
	if err := w.Flush(); err != nil || len(l.events) != 6 {
		t.Error("it was recorded twice", err)
	}
}

// TestManyNoticesWaitOnce for the disk of the journal, and hold up nobody.
func TestManyNoticesWaitOnce(t *testing.T) {
	const n = 200
	var before, after strings.Builder
	for i := range n {
		fmt.Fprintf(&before, "A%d,,90-B3-D5-1F-30-01-%02X-%02X,IS,1000\n", i, i>>8, i&255)
		fmt.Fprintf(&after, "A%d,,90-B3-D5-1F-30-01-%02X-%02X,IS,%d\n", i, i>>8, i&255, 1000+i%2)
	}
	w, l := open(t), &ledger{full: -1}
	keeps(t, w, l, true)
	w.begins(made(t, "first", quick+"capacity: 100000/s", before.String()))
	next := made(t, "next", quick+"capacity: 100000/s", after.String())
	w.proposes(next, ProposeOptions{})
	free := false
	l.during = func() {
		w.holds(monday, next)
		if l.during = nil; len(w.Notices("")) == n {
			free = true
		}
		w.proposes(made(t, "third", quick+"capacity: 100000/s\nrelease: 70%", after.String()), ProposeOptions{})
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if len(l.events) != 4+n+2 || l.flushes != 2 || !free {
		t.Errorf("%d events, waited %d times, others may go on: %v", len(l.events), l.flushes, free)
	}
	if told := w.Notices("A7"); len(told) != 1 || l.events[told[0].Reference-1].Notice.Account != "A7" {
		t.Errorf("%+v", told)
	}
}

// TestALongFailureOfTheJournalLeavesARegisterThatOpens, however much is kept that
// nobody would need but the journal.
func TestALongFailureOfTheJournalLeavesARegisterThatOpens(t *testing.T) {
	w, l := open(t), &ledger{full: -1}
	keeps(t, w, l, true)
	w.disk = hasty{}
	w.begins(made(t, "first", quick, half))
	filled(w, MaxVersions-1, 0)
	w.after(time.Hour)
	l.lost = true
	for i := range 6 {
		w.after(1)
		w.proposes(made(t, fmt.Sprint("p", i), quick, []string{more, half}[i%2]), ProposeOptions{})
		if err := w.Flush(); !errors.Is(err, errJournal) {
			t.Fatal(err)
		}
	}
	keeps(t, w, l, true)
	l.lost, l.events = false, nil
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	kept := 0
	for _, v := range w.History() {
		if !v.Dropped {
			kept++
		}
	}
	if kept != MaxVersions || strings.Count(l.kinds(), "noticed") != 12 {
		t.Error(kept, l.kinds())
	}
}
