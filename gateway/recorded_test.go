package gateway

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// ways are all those in which the DSP does not answer.
func ways(t *testing.T) map[journal.End]string {
	breaks := startDSP(t, func(net.Conn, int, string) bool { return false })
	hangs := startDSP(t, func(c net.Conn, _ int, _ string) bool { _, _ = io.Copy(io.Discard, c); return false })
	return map[journal.End]string{journal.Unreachable: "http://127.0.0.1:1", journal.Broken: breaks.url(), journal.TimedOut: hangs.url()}
}

// That the DSP does not answer is no reason to answer sooner.
func TestNoFailureOfTheDSPIsToldBeforeItsDecisionIsDurable(t *testing.T) {
	for end, url := range ways(t) {
		t.Run(end.String(), func(t *testing.T) {
			disk, held := &faulty{}, &sync.Mutex{}
			disk.held.Store(held)
			g, records := kept(t, url, disk, func(c *Config, _ *traffic.Rules) { c.Timeouts.DSP = 50 * time.Millisecond })
			held.Lock()
			v := g.visit()
			v.send(post(message(alpha1)))
			_ = v.conn.SetReadDeadline(time.Now().Add(150 * time.Millisecond))
			if b, err := v.in.ReadByte(); err == nil {
				t.Errorf("an answer begins with %q while its decision is not on the disk", b)
			}
			_ = v.conn.SetReadDeadline(time.Time{})
			held.Unlock()
			if r := v.reply(); r.StatusCode < 502 {
				t.Errorf("the answer is %d", r.StatusCode)
			}
			if o := outcomes(records()); len(o) != 1 || o[0].End != end {
				t.Errorf("outcomes %+v", o)
			}
		})
	}
}

// Where nothing goes unrecorded, whoever may send again is told so, and whoever may
// not is told that too.
func TestWhatMayBeSentAgainWhenNothingCanBeRecorded(t *testing.T) {
	want := map[journal.End]string{journal.Unreachable: "unrecorded", journal.Broken: "withheld", journal.TimedOut: "withheld"}
	for end, url := range ways(t) {
		t.Run(end.String(), func(t *testing.T) {
			disk := &faulty{}
			disk.full.Store(true)
			g, _ := kept(t, url, disk, func(c *Config, _ *traffic.Rules) { c.RefuseUnrecorded, c.Timeouts.DSP = true, 50*time.Millisecond })
			g.visit().send(post(message(alpha1))).reply()
			if g.count(want[end]) != 1 {
				t.Errorf("the answers are %+v", g.server.Stats().Answers)
			}
		})
	}
}

// A decision may be the first to pass the boundary at which traffic management
// ends: the release stands before it, and says when it had begun.
func TestAReleaseStandsBeforeTheDecisionThatMeetsIt(t *testing.T) {
	dir := t.TempDir()
	j, err := journal.Open(dir, journal.Options{Environment: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	rules, begin := scarce(), time.Now().UnixNano()
	rules.Hold = time.Second
	c, err := traffic.New(rules, traffic.Start{At: begin})
	if err != nil {
		t.Fatal(err)
	}
	r := newRecorder(c, j, Conduct{}, "")
	admit := func(at int64) *journal.Decision {
		d := &journal.Decision{Own: journal.Own{Account: "ALPHA"}, ID: duis.RequestID{Originator: alpha1}}
		if _, ok := r.admit(at, d); !ok {
			t.Fatal("nobody holds the User ID")
		}
		return d
	}
	var active []int64
	for range 2 {
		for at := begin; ; at += int64(time.Millisecond) {
			if d := admit(at); d.Numbers.Activated {
				active = append(active, d.Numbers.At)
				break
			}
		}
		begin += int64(time.Hour)
		if d := admit(begin); d.Numbers.Active {
			t.Fatal("an hour later it is still active")
		}
	}
	if err := j.Sync(); err != nil {
		t.Fatal(err)
	}
	on, released := false, 0
	for _, record := range recordsIn(t, dir) {
		switch record := record.(type) {
		case *journal.Decision:
			if record.Numbers.Active != on {
				t.Fatalf("decision %d says active %v and stands where it is %v", record.Numbers.Number, record.Numbers.Active, on)
			}
		case *journal.Activation:
			on = true
		case *journal.Release:
			if record.Since != active[released] {
				t.Errorf("release %d says since %d and not %d", released+1, record.Since, active[released])
			}
			on, released = false, released+1
		}
	}
	if released != 2 {
		t.Errorf("%d releases", released)
	}
}
