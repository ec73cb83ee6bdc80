package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"srtm/act"
	"srtm/drill"
	"srtm/journal"
	"srtm/notice"
)

// Whom a drill concerns is told that it is one, and not that an operator did
// something to it.
func TestADrillIsToldAsOne(t *testing.T) {
	at := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	e := act.Event{Number: 4, At: at, Kind: act.KindBegan, Act: 7, What: "act 7 began: drill, BRAVO held to 0/s", By: "bravo", Why: "drill: ordered by the Service User itself", Account: "BRAVO", Until: at.Add(10 * time.Minute), Drill: true}
	n, told := noticeOfAct(e)
	if !told || n.Kind != notice.Drill || n.Account != "BRAVO" || n.Sentence != "A throttle drill of BRAVO, act 7, began at 2026-11-24 10:00:00 UTC, until 2026-11-24 10:10:00 UTC unless it is ended before." {
		t.Errorf("%+v", n)
	}
	e.Kind = act.KindEnded
	if n, _ = noticeOfAct(e); n.Kind != notice.Drill || !strings.Contains(n.Advice, "report") {
		t.Errorf("%+v", n)
	}
}

// A complete report is made once; one that is not is made again, and nobody waits
// longer than it wants to.
func TestCompleteReportsAreKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	j, err := journal.Open(dir, journal.Options{Environment: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	s := drill.Span{Account: "BRAVO", From: from, To: from.Add(10 * time.Minute), Now: from.Add(time.Minute)}
	reports := newJudged(dir)
	if r, err := reports.judge(t.Context(), s); err != nil || r.Complete {
		t.Fatalf("%+v, %v", r, err)
	}
	s.Now = s.To.Add(time.Hour)
	if r, err := reports.judge(t.Context(), s); err != nil || !r.Complete {
		t.Fatalf("%+v, %v", r, err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	s.Now = s.Now.Add(time.Hour)
	if r, err := reports.judge(t.Context(), s); err != nil || !r.Complete {
		t.Errorf("it is made again: %v", err)
	}
	reports.turn <- struct{}{}
	gone, leave := context.WithCancel(t.Context())
	leave()
	s.Account = "ALPHA"
	if _, err := reports.judge(gone, s); err == nil {
		t.Error("who left is answered")
	}
}
