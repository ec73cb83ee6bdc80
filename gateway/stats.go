package gateway

import (
	"sync/atomic"
	"time"
)

// Stats is what a Server has counted since it began, at one moment. Counters
// never go down.
type Stats struct {
	Requests        uint64   // whose head began to arrive
	InFlight        int64    // between a request's first byte and the last of its answer
	Answers         []Answer // by status code and reason; only those that came up
	Unrecorded      uint64   // decisions that could not be recorded
	ClientLeft      uint64   // the client had gone, or half-closed, before the DSP's answer could be handed over
	Unlisted        uint64   // requests carried although their originator is in nobody's portfolio
	UnknownVariants uint64   // requests of a variant that is not in the catalogue
	DSP             DSPStats
	Clients         ClientStats
}

// Answer counts the answers with one status code for one reason. For those of
// the DSP the reason is DSPReason.
type Answer struct {
	Status int
	Reason string
	Count  uint64
}

// DSPReason is the reason in Answer of answers that the DSP gave.
const DSPReason = "dsp"

// DSPStats tells of the connections to the DSP.
type DSPStats struct {
	InUse   int // connections on which an answer is awaited, or which are being made
	Idle    int
	Dialled uint64
	Stale   uint64    // kept connections found closed by the DSP before anything was written
	Latency Histogram // from writing a request to the last byte of its answer, or of what of a large one is held
}

// ClientStats tells of the connections from clients.
type ClientStats struct {
	Open       int64
	Accepted   uint64
	TurnedAway uint64 // beyond Limits.Connections, or one certificate's part of them
	Handshakes uint64 // TLS handshakes that failed
}

// Histogram counts durations in buckets, as Prometheus has them.
type Histogram struct {
	Buckets []Bucket // in order; the count of all is Count
	Count   uint64
	Sum     time.Duration
}

// Bucket counts the durations of at most Most.
type Bucket struct {
	Most  time.Duration
	Count uint64
}

// bounds are the buckets of DSP latency.
var bounds = [...]time.Duration{
	1 * time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond,
	25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond,
	500 * time.Millisecond, 1 * time.Second, 2500 * time.Millisecond, 5 * time.Second,
	10 * time.Second, 30 * time.Second,
}

// tally is what Stats is read from. All of it is counted without a lock.
type tally struct {
	requests   atomic.Uint64
	inFlight   atomic.Int64
	refused    [kinds]atomic.Uint64
	answered   [1000]atomic.Uint64 // by the DSP, by status code
	clientLeft atomic.Uint64
	unrecorded atomic.Uint64
	unknown    atomic.Uint64
	unlisted   atomic.Uint64
	open       atomic.Int64
	accepted   atomic.Uint64
	turnedAway atomic.Uint64
	handshakes atomic.Uint64
	latency    latency
}

type latency struct {
	buckets [len(bounds) + 1]atomic.Uint64
	sum     atomic.Int64
}

func (l *latency) observe(d time.Duration) {
	i := 0
	for i < len(bounds) && d > bounds[i] {
		i++
	}
	l.buckets[i].Add(1)
	l.sum.Add(int64(d))
}

func (l *latency) snapshot() Histogram {
	h := Histogram{Sum: time.Duration(l.sum.Load())}
	for i := range l.buckets {
		h.Count += l.buckets[i].Load()
		if i < len(bounds) {
			h.Buckets = append(h.Buckets, Bucket{bounds[i], h.Count})
		}
	}
	return h
}

// Stats returns what has been counted. It may be called at any time; numbers
// that change meanwhile may be a request apart.
func (s *Server) Stats() Stats {
	t := &s.tally
	out := Stats{
		Requests: t.requests.Load(), InFlight: t.inFlight.Load(), ClientLeft: t.clientLeft.Load(), Unrecorded: t.unrecorded.Load(),
		UnknownVariants: t.unknown.Load(), Unlisted: t.unlisted.Load(),
		Clients: ClientStats{t.open.Load(), t.accepted.Load(), t.turnedAway.Load(), t.handshakes.Load()},
		DSP:     s.pool.stats(),
	}
	out.DSP.Latency = t.latency.snapshot()
	for status := range t.answered {
		if n := t.answered[status].Load(); n > 0 {
			out.Answers = append(out.Answers, Answer{status, DSPReason, n})
		}
	}
	for k := range kinds {
		if n := t.refused[k].Load(); n > 0 {
			out.Answers = append(out.Answers, Answer{k.status(), k.String(), n})
		}
	}
	return out
}
