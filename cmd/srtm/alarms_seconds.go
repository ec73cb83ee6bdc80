package main

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"srtm/gateway"
	"srtm/ledger"
	"srtm/traffic"
)

// instant is what the counters were at one time.
type instant struct {
	at         time.Time
	snapshot   traffic.Snapshot
	offered    traffic.Total // cost
	forwarded  traffic.Total // cost that went on to the DSP
	answers    uint64        // of what went on to the DSP
	errors     uint64        // of these
	timeouts   uint64        // of these, and not of errors
	unlisted   uint64
	unrecorded uint64
	inUse      int
	latency    gateway.Histogram
}

// instantOf reads the counters.
func instantOf(d *door) instant {
	snapshot, stats := d.controller.Snapshot(nil), d.gateway.Stats()
	m := instant{at: time.Unix(0, d.clock()).UTC(), snapshot: snapshot, unlisted: stats.Unlisted, unrecorded: stats.Unrecorded, inUse: stats.DSP.InUse, latency: stats.DSP.Latency}
	sum := snapshot.Removed
	for i := range snapshot.Accounts {
		sum.Add(snapshot.Accounts[i].Counts)
	}
	m.offered = sum.Offered().Cost
	forward, shadow := sum.Of(traffic.Forward).Cost, sum.Of(traffic.Shadow).Cost
	m.forwarded = traffic.Total{Whole: forward.Whole + shadow.Whole, Part: forward.Part + shadow.Part}
	for _, a := range stats.Answers {
		switch {
		case a.Reason == gateway.DSPReason:
			m.answers += a.Count
			if a.Status >= 500 {
				m.errors += a.Count
			}
		case a.Reason == "dsp-timeout":
			m.answers += a.Count
			m.timeouts += a.Count
		case a.Reason == "dsp-unreachable", a.Reason == "dsp-broken":
			m.answers += a.Count
			m.errors += a.Count
		}
	}
	return m
}

// costBetween is in Service Requests.
func costBetween(was, now traffic.Total) float64 {
	return float64(now.Whole) - float64(was.Whole) + float64(now.Part-was.Part)/float64(traffic.SR)
}

// fewAnswers are too few for a p99.
const fewAnswers = 100

// p99 is within what time 99 % of the answers between came, taking it that they lie
// evenly within a class; 0: there were too few.
func p99(now, was gateway.Histogram) time.Duration {
	n := now.Count - was.Count
	if n < fewAnswers {
		return 0
	}
	need := float64(n) * 0.99
	var least time.Duration
	var below float64
	for i, b := range now.Buckets {
		upTo := float64(b.Count)
		if i < len(was.Buckets) {
			upTo -= float64(was.Buckets[i].Count)
		}
		if upTo >= need {
			return least + time.Duration(float64(b.Most-least)*(need-below)/(upTo-below))
		}
		least, below = b.Most, upTo
	}
	return least
}

// slowly is what is looked at once a minute.
type slowly struct {
	free      uint64
	freeKnown bool
	dayNeeds  uint64
	active    time.Duration // in this month
	asked     time.Time     // for active
}

// lookSlowly asks the disk, and the ledger where the policy says how long is
// exceptional.
func (l *lookout) lookSlowly(ctx context.Context) {
	d := l.door
	l.mu.Lock()
	s := l.slow
	l.mu.Unlock()
	now := time.Unix(0, d.clock()).UTC()
	s.free, s.freeKnown = freeBytes(journalFolder(d.books.data))
	s.dayNeeds = grownInADay(journalFolder(d.books.data), time.Now())
	const often = 5 * time.Minute
	if d.policy().Exceptional > 0 && d.books.counts != nil && now.Sub(s.asked) >= often {
		month := ledger.Span{From: time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC).UnixNano(), To: now.UnixNano()}
		err := d.books.counts.look(func(l *ledger.Ledger) (err error) {
			s.active, err = activeIn(ctx, l, month)
			return err
		})
		if err == nil {
			s.asked = now
		} // otherwise the ledger's own alarm says that it does not keep up
	}
	l.mu.Lock()
	l.slow = s
	l.mu.Unlock()
}

// activeIn is for how long traffic management was active, and not everybody in
// shadow.
func activeIn(ctx context.Context, l *ledger.Ledger, span ledger.Span) (active time.Duration, err error) {
	status, err := l.Status(ctx)
	if err != nil {
		return 0, err
	}
	episodes, err := l.Episodes(ctx, span)
	if err != nil {
		return 0, err
	}
	held, err := l.Conditions(ctx, span)
	for i := range episodes {
		active += time.Duration(episodes[i].In(span, status.At))
		for _, c := range held {
			if c.Mode != traffic.ModeShadow {
				continue
			}
			until := span.To
			if c.To != 0 {
				until = min(until, c.To)
			}
			active -= time.Duration(episodes[i].In(ledger.Span{From: max(span.From, c.From), To: until}, status.At))
		}
	}
	return active, err
}

// grownInADay is how much the journal's files have that were written to within a
// day; 0 where the first of them is younger than a quarter of one.
func grownInADay(dir string, now time.Time) (octets uint64) {
	const day, least = 24 * time.Hour, 6 * time.Hour
	oldest := now
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.Contains(e.Name(), ".srtm") {
			return nil // what was removed meanwhile is not counted
		}
		info, err := e.Info()
		if err != nil {
			return nil
		}
		if info.ModTime().Before(oldest) {
			oldest = info.ModTime()
		}
		if now.Sub(info.ModTime()) <= day {
			octets += uint64(info.Size())
		}
		return nil
	})
	if err != nil || now.Sub(oldest) < least {
		return 0
	}
	return octets
}
