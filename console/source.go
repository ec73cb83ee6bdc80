package console

import (
	"context"
	"time"

	"srtm/access"
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

	Gate       *access.Gate   // says who asks; nil: nobody signs in, and whoever reaches the listener may do everything
	Recent     *Recent        // what was decided lately; nil: that is not known
	Alarms     func() []Alarm // nil: what the numbers here show of the journal and the clock
	Amendments Amendments     // nil: policies are not changed here
	Acts       Acts           // nil: nothing is done by hand here
	Beside     func() Beside  // what runs beside the gateway; nil: that is not known

	Ledger   func(ctx context.Context, use func(Ledger) error) error // has what is counted looked at; nil: nothing is counted
	Arrivals Arrivals                                                // what arrived, as it was recorded; nil: nothing can be tried on it
	Archive  *Archive                                                // the journal; nil: single decisions are not looked up here
	Shown    func(from, to time.Time) ([]Happening, error)           // who was shown personal data, from the records beside the journal; nil: none
	Machine  func() Machine                                          // nil: nothing is known of it
	// Verify checks the whole journal, as somebody asked; nil: that is not done here.
	Verify  func(by string, progress func(done, segments int)) (*journal.Verification, error)
	Reports *Reports // nil: no reports are made here
	Judge   Judge    // of throttle drills; nil, or where Acts is: there are none
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
