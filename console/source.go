package console

import (
	"time"

	"srtm/journal"
	"srtm/policy"
	"srtm/traffic"
)

// Source is where the console's numbers come from. Its functions may be called
// from many goroutines at once.
type Source struct {
	Version string
	Policy  func() *policy.Policy // in force
	Traffic func(into []traffic.AccountSnapshot) traffic.Snapshot
	Door    func() Door
	Journal func() journal.Stats
	Head    func() (last *journal.Head, key string) // nil: none has been signed yet
	Period  func() policy.Period                    // what holds now, and why where it is not the standing; nil: that is not known
	Ready   func() error                            // why requests should not be sent here, or nil
	Now     func() time.Time                        // that decisions are made by
	Offset  func() time.Duration                    // by how much the wall clock is ahead of it

	Amendments Amendments // nil: policies are not changed here
}

// Door is what the gateway has counted since it began. Counters never go down.
type Door struct {
	Requests        uint64   // whose head began to arrive
	InFlight        int64    // not answered yet
	Answers         []Answer // what was answered
	Unrecorded      uint64   // decisions that could not be recorded
	ClientLeft      uint64   // callers who had gone before the DSP's answer came
	Unlisted        uint64   // requests carried although their originator is in nobody's portfolio
	UnknownVariants uint64   // requests of a variant that is not in the catalogue
	Connections     int64    // of callers, open
	TurnedAway      uint64   // connections beyond the limit
	Handshakes      uint64   // TLS handshakes that failed
	DSPInUse        int      // connections to the DSP on which an answer is awaited
	DSPIdle         int
	DSPDialled      uint64
	DSPLatency      Histogram
}

// Answer counts the answers with one status code for one reason.
type Answer struct {
	Status int
	Reason string // "dsp" for what the DSP answered
	Count  uint64
}

// Histogram counts durations: Buckets[i] those of at most Bounds[i].
type Histogram struct {
	Bounds  []time.Duration
	Buckets []uint64
	Count   uint64
	Sum     time.Duration
}
