package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"srtm/amendment"
	"srtm/gateway"
	"srtm/journal"
	"srtm/policy"
	"srtm/traffic"
)

// What lies in a data folder.
func journalFolder(data string) string { return filepath.Join(data, "journal") }
func keysFolder(data string) string    { return filepath.Join(data, "keys") }
func pseudonymKey(data string) string  { return filepath.Join(keysFolder(data), "pseudonym.key") }
func ledgerFile(data string) string    { return filepath.Join(data, "ledger.db") }

// books are what a gateway keeps in its data folder. One gateway at a time may
// have it.
type books struct {
	data    string
	journal *journal.Journal
	clock   func() int64 // nanoseconds since 1970 UTC, never before the journal's last record
	restart bool         // a gateway ran here before, which may have burdened the DSP a moment ago
	log     *slog.Logger
	offset  time.Duration // of the wall clock, as last recorded
	counts  *counts       // nil: nothing is folded meanwhile
	notices *notices      // nil: nobody is told anything
}

// openBooks makes sure of the folder and takes it for this process. Nothing is
// recorded there until begin.
func openBooks(data string, p *policy.Policy, log *slog.Logger) (*books, error) {
	if err := os.MkdirAll(data, 0o750); err != nil {
		return nil, folderHelp(data, fmt.Errorf("data folder %s: %w", data, err))
	}
	clock := &lateClock{}
	j, err := journal.Open(journalFolder(data), journal.Options{
		Environment: p.Environment, Keys: keysFolder(data), Keep: p.Journal.Keep, Logger: log, Now: clock.now,
	})
	if err != nil {
		return nil, folderHelp(data, fmt.Errorf("data folder %s: %w", data, err))
	}
	b := &books{data: data, journal: j, clock: clock.start(j.LastTime()), restart: j.LastTime() > 0, log: log}
	b.lookBack(j.Durable())
	if behind := time.Duration(j.LastTime() - time.Now().UnixNano()); behind > time.Second {
		log.Error("the wall clock is behind the journal's last record; time goes on from there, because it never goes back", "behind", behind.Round(time.Millisecond).String())
	}
	return b, nil
}

// lateClock is the wall clock until it is known how far the journal had come, and
// then one that never goes back behind that.
type lateClock struct{ known atomic.Pointer[func() int64] }

func (c *lateClock) now() int64 {
	if known := c.known.Load(); known != nil {
		return (*known)()
	}
	return time.Now().UnixNano()
}

func (c *lateClock) start(least int64) func() int64 {
	clock := gateway.NewClock(least)
	c.known.Store(&clock)
	return clock
}

// begin records that the gateway starts, under which policy, and what that gives
// to whom.
func (b *books) begin(s amendment.Step, a *amendments) {
	at, wall := b.clock(), time.Now()
	node, _ := os.Hostname()
	b.journal.Append(at, &journal.Start{Version: version, Node: node, Environment: s.Policy.Environment, Restart: b.restart, Wall: wall.UnixNano()})
	inForce := a.policyRecord(s)
	inForce.Number = 1
	b.journal.Append(at, inForce)
	terms := termsOf(s)
	for i := range terms {
		terms[i].Start = true
		b.journal.Append(at, &terms[i])
	}
	b.measureClock()
	if err := b.journal.Sync(); err != nil { // the journal logs that it fails, and the policy says what then happens
		_, out, _ := strings.Cut(folderHelp(b.data, err).Error(), hintMark)
		b.log.Error("the start could not be recorded; the gateway goes on as the policy says, and tries again every second", "data", b.data, "way out", out)
	}
}

// remember has the mechanism know which first messages of critical commands were
// forwarded before this start, so that their second ones are let through.
func (b *books) remember(c *traffic.Controller, life time.Duration) error {
	if life == 0 || !b.restart {
		return nil
	}
	r, err := journal.OpenReader(journalFolder(b.data), 0)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.SeekTime(b.clock() - int64(life)); err != nil {
		return err
	}
	for e, err := range r.All() {
		if damage := (&journal.DamageError{}); errors.As(err, &damage) { // what is lost vouches for nothing
			continue
		}
		if err != nil {
			return err
		}
		if d, is := e.Record.(*journal.Decision); is && d.Numbers.Verdict == traffic.Forward {
			c.Remember(d.Numbers.At, traffic.Request{User: d.Numbers.User, Target: uint64(d.ID.Target), Counter: d.ID.Counter, Command: uint8(d.CommandVariant)})
		}
	}
	return nil
}

// offsetNow is by how much the wall clock is ahead of the time that decisions are
// made by.
func (b *books) offsetNow() time.Duration { return time.Duration(time.Now().UnixNano() - b.clock()) }

// measureClock records it.
func (b *books) measureClock() {
	at := b.clock()
	offset := b.offsetNow()
	b.journal.Append(at, &journal.Clock{Offset: offset})
	if moved := (offset - b.offset).Abs(); moved > time.Second {
		b.log.Warn("the wall clock was set, or drifts: decisions go on by a clock that never goes back", "wall clock ahead by", offset.Round(time.Millisecond).String())
	}
	b.offset = offset
}

// tend keeps the books while the gateway runs, until ctx ends.
func (b *books) tend(ctx context.Context) {
	stop := every(ctx, time.Minute, b.measureClock)
	if b.counts != nil {
		b.counts.keep(ctx)
	}
	<-ctx.Done()
	stop()
}

// close records that the gateway stopped in order, and gives the folder back.
func (b *books) close(reason string) error {
	err := b.notices.close() // which may record something
	b.journal.Append(b.clock(), &journal.Stop{Reason: reason})
	if failed := b.journal.Close(); failed != nil {
		return errors.Join(err, folderHelp(b.data, fmt.Errorf("closing the journal: %w", failed)))
	}
	return err
}
