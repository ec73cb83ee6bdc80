package gateway

import (
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"srtm/journal"
	"srtm/traffic"
)

// faulty is the disk of a journal: it can be full, and it can be held up.
type faulty struct {
	full atomic.Bool
	held atomic.Pointer[sync.Mutex]
}

type faultyFile struct {
	*os.File
	disk *faulty
}

func (d *faulty) create(path string) (journal.Sink, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	return faultyFile{f, d}, err
}

// Write fails when the disk is full.
func (f faultyFile) Write(b []byte) (int, error) {
	if f.disk.full.Load() {
		return 0, syscall.ENOSPC
	}
	return f.File.Write(b)
}

// Sync waits while the disk is held.
func (f faultyFile) Sync() error {
	if held := f.disk.held.Load(); held != nil {
		held.Lock()
		defer held.Unlock()
	}
	return f.File.Sync()
}

// kept opens a gateway with a journal on a disk, and returns how to read back
// what was recorded.
func kept(t testing.TB, url string, disk *faulty, change func(*Config, *traffic.Rules)) (*door, func() []journal.Record) {
	t.Helper()
	dir := t.TempDir()
	j, err := journal.Open(dir, journal.Options{Environment: "test", Create: disk.create, Patience: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	g := open(t, url, func(c *Config, r *traffic.Rules) {
		c.Journal = j
		if change != nil {
			change(c, r)
		}
	})
	return g, func() []journal.Record {
		if err := j.Sync(); err != nil {
			t.Fatal(err)
		}
		return recordsIn(t, dir)
	}
}

func recordsIn(t testing.TB, dir string) (all []journal.Record) {
	t.Helper()
	r, err := journal.OpenReader(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for e, err := range r.All() {
		if err != nil {
			t.Fatal(err)
		}
		switch record := e.Record.(type) {
		case *journal.Decision:
			c := *record
			all = append(all, &c)
		case *journal.Outcome:
			c := *record
			all = append(all, &c)
		case *journal.Terms:
			record.From = record.Begin(e.At)
			all = append(all, record)
		default:
			all = append(all, record)
		}
	}
	return all
}

func TestEveryRequestIsRecordedWithItsOutcome(t *testing.T) {
	d := startDSP(t, says(accepted))
	g, records := kept(t, d.url(), &faulty{}, func(_ *Config, r *traffic.Rules) { *r = scarce() })
	v := g.visit()
	for range 3 {
		v.send(post(variantMessage(alpha1, 4, "6.8"))).reply()
	}
	await(func() bool { return slices.ContainsFunc(records(), isOutcome) && len(outcomes(records())) == 2 })
	var got []string
	for _, r := range records() {
		switch r := r.(type) {
		case *journal.Decision:
			got = append(got, r.Account+" "+r.ID.String()+" "+r.Variant+" "+r.Numbers.Verdict.String())
			if r.CommandVariant != 4 || r.Numbers.Depth != traffic.SR || r.Numbers.At == 0 {
				t.Errorf("recorded as %+v", r)
			}
		case *journal.Activation:
			got = append(got, "active")
		}
	}
	id := "ALPHA 90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000 6.8 "
	if want := []string{id + "forward", id + "forward", id + "throttle", "active"}; !slices.Equal(got, want) {
		t.Errorf("recorded are %q", got)
	}
	for i, o := range outcomes(records()) {
		if o.End != journal.Answered || o.Status != 200 || o.Account != "ALPHA" || o.Variant != "6.8" || o.User != alpha1 || o.Decision == 0 {
			t.Errorf("outcome %d: %+v", i, o)
		}
	}
}

func isOutcome(r journal.Record) bool {
	_, is := r.(*journal.Outcome)
	return is
}

func outcomes(records []journal.Record) (all []*journal.Outcome) {
	for _, r := range records {
		if o, is := r.(*journal.Outcome); is {
			all = append(all, o)
		}
	}
	return all
}

func TestFailuresOfTheDSPAreRecorded(t *testing.T) {
	breaks := startDSP(t, func(net.Conn, int, string) bool { return false })
	hangs := startDSP(t, func(c net.Conn, _ int, _ string) bool { _, _ = io.Copy(io.Discard, c); return false })
	for url, want := range map[string]journal.End{
		"http://127.0.0.1:1": journal.Unreachable, breaks.url(): journal.Broken, hangs.url(): journal.TimedOut,
	} {
		t.Run(want.String(), func(t *testing.T) {
			g, records := kept(t, url, &faulty{}, func(c *Config, _ *traffic.Rules) { c.Timeouts.DSP = 50 * time.Millisecond })
			if r := g.visit().send(post(message(alpha1))).reply(); r.StatusCode < 502 {
				t.Errorf("the answer is %d", r.StatusCode)
			}
			if o := outcomes(records()); len(o) != 1 || o[0].End != want {
				t.Errorf("outcomes %+v", o)
			}
		})
	}
}

// Nobody hears of a decision that could still be lost.
func TestNoAnswerLeavesBeforeItsDecisionIsDurable(t *testing.T) {
	d := startDSP(t, says(accepted))
	disk := &faulty{}
	held := &sync.Mutex{}
	disk.held.Store(held)
	g, _ := kept(t, d.url(), disk, func(_ *Config, r *traffic.Rules) { *r = scarce() })
	held.Lock()
	visitors := []*visitor{g.visit(), g.visit(), g.visit()} // the third is refused
	for _, v := range visitors {
		v.send(post(message(alpha1)))
	}
	await(func() bool { return len(d.requests()) == 2 }) // the wait overlaps the DSP's
	for _, v := range visitors {
		_ = v.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if b, err := v.in.ReadByte(); err == nil {
			t.Errorf("an answer begins with %q while its decision is not on the disk", b)
		}
		_ = v.conn.SetReadDeadline(time.Time{})
	}
	held.Unlock()
	codes := map[int]int{}
	for _, v := range visitors {
		codes[v.reply().StatusCode]++
	}
	if codes[200] != 2 || codes[503] != 1 {
		t.Errorf("the answers are %v", codes)
	}
}

func TestAJournalThatFails(t *testing.T) {
	for _, c := range []struct {
		rule   string
		refuse bool
		codes  []int
		reason string
	}{
		{"goes on within the mechanism where the policy says forward", false, []int{200, 200, 503}, "throttled"},
		{"refuses what cannot be recorded where the policy says refuse", true, []int{502, 503, 503}, "unrecorded"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			d := startDSP(t, says(accepted))
			disk := &faulty{}
			disk.full.Store(true)
			g, _ := kept(t, d.url(), disk, func(cfg *Config, r *traffic.Rules) {
				*r, cfg.RefuseUnrecorded = scarce(), c.refuse
			})
			v := g.visit()
			var codes []int
			for range 3 {
				r := v.send(post(message(alpha1))).reply()
				codes = append(codes, r.StatusCode)
				if r.StatusCode != 200 && (r.body == "") != (g.count("throttled") > 0) {
					t.Errorf("%d says %q", r.StatusCode, r.body)
				}
			}
			if !slices.Equal(codes, c.codes) || g.count(c.reason) == 0 || g.server.Stats().Unrecorded == 0 {
				t.Errorf("the answers are %v, %+v", codes, g.server.Stats())
			}
			if sent := len(d.requests()); c.refuse && sent != 1 {
				t.Errorf("%d requests went to the DSP after the journal failed", sent-1)
			}
		})
	}
}

// However requests race, they stand in the journal as they were decided.
func TestOrderOfRecordsIsThatOfDecisions(t *testing.T) {
	d := startDSP(t, says(accepted))
	g, records := kept(t, d.url(), &faulty{}, func(c *Config, r *traffic.Rules) {
		*r, c.Clock = scarce(), NewClock(c.Clock())
		r.Threshold, r.Release, r.Hold = 400*traffic.PerSecond, 300*traffic.PerSecond, 20*time.Millisecond
		r.Accounts[0].Allocation, r.Accounts[1].Allocation = 100*traffic.PerSecond, 100*traffic.PerSecond
	})
	var clients sync.WaitGroup
	for range 8 {
		v := g.visit()
		clients.Go(func() {
			for range 200 {
				v.send(post(message(alpha1))).reply()
			}
		})
	}
	clients.Wait()
	g.server.Advance(g.server.cfg.Clock() + int64(time.Hour))
	number, active := uint64(0), false
	for _, r := range records() {
		switch r := r.(type) {
		case *journal.Decision:
			number++
			if r.Numbers.Number != number || r.Numbers.Active != active {
				t.Fatalf("decision %d, active %v, stands where %d, %v should", r.Numbers.Number, r.Numbers.Active, number, active)
			}
		case *journal.Activation:
			active = true
		case *journal.Release:
			active = false
		}
	}
	if number != 1600 || active {
		t.Errorf("%d decisions, at the end active: %v", number, active)
	}
}
