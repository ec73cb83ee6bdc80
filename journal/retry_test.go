package journal

import (
	"errors"
	"slices"
	"syscall"
	"testing"
)

// What a restart on a full disk says of itself is needed to understand what comes
// after; it is recorded once there is room.
func TestStartPolicyAndTermsOutliveAFullDisk(t *testing.T) {
	dir, d := t.TempDir(), &disk{room: 0}
	j := open(t, dir, onDisk(d))
	j.Append(noon, &Start{Version: "1", Environment: "test"})
	j.Append(noon, &Policy{Number: 1, Digest: "abc"})
	terms := j.Append(noon, &Terms{Own: Own{Account: "ALPHA"}, Policy: "abc", Start: true, Allocation: 5})
	if err := terms.Wait(); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	d.set(func() { d.room = 50 })
	for range 3 { // still full
		j.tryAgain()
		if err := j.Sync(); err == nil {
			t.Fatal("a full disk takes records")
		}
	}
	d.set(func() { d.room = -1 })
	j.tryAgain()
	fill(t, j, 0, 4)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	var kinds []kind
	entries, _ := all(t, dir, 0)
	for _, e := range entries {
		kinds = append(kinds, e.Record.kind())
		if l, is := e.Record.(*Lost); is {
			t.Errorf("%s is told of %d lost decisions", l.Account, l.Decisions)
		}
		if r, is := e.Record.(*Terms); is && (!r.Start || r.Nth != 1 || r.Allocation != 5) {
			t.Errorf("the terms are %+v", r)
		}
	}
	want := []kind{kindGap, kindStart, kindPolicy, kindTerms, kindDecision, kindAccount, kindDecision, kindDecision, kindDecision, kindHead}
	if !slices.Equal(kinds, want) {
		t.Errorf("on record are kinds %v, not %v", kinds, want)
	}
	wantWhole(t, dir)
}

// Whoever asks whether decisions can be recorded is told no until one was.
func TestAJournalFailsUntilSomethingIsDurable(t *testing.T) {
	dir, d := t.TempDir(), &disk{room: -1}
	begun, may := make(chan struct{}, 1), make(chan struct{}, 1)
	may <- struct{}{}
	o := onDisk(d)
	o.Create = func(path string) (Sink, error) {
		begun <- struct{}{}
		<-may
		return d.create(path)
	}
	j := open(t, dir, o)
	fill(t, j, 0, 1)
	<-begun
	d.set(func() { d.room = 0 })
	if err := j.Append(noon, decision(1)).Wait(); err == nil {
		t.Fatal("a full disk takes records")
	}
	d.set(func() { d.room = -1 })
	j.tryAgain()
	<-begun // it is about to write what is missing
	if j.Failing() == nil || j.Stats().Failing == "" {
		t.Error("it works, and nothing is durable")
	}
	may <- struct{}{}
	fill(t, j, 2, 3)
	if err := j.Failing(); err != nil {
		t.Error(err)
	}
}
