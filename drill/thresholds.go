package drill

import "time"

// How much around a drill is looked at.
const (
	Before = 5 * time.Minute
	After  = 15 * time.Minute
)

// MaxFollowed is how many Service Requests are followed one by one.
const MaxFollowed = 200_000

// The thresholds of findings; this project's own choices.
const (
	enough       = 20                    // messages or waits, below which nothing is said about them
	tolerance    = 50 * time.Millisecond // by which a repeat may be early: clocks and rounding
	fewRepeat    = 0.01                  // share of Service Requests that are repeated, below which it never repeats
	obeysBelow   = 0.05                  // share of early repeats, below which it obeys
	mixedBelow   = 0.80                  // … and below which it obeys in part
	growing      = 1.3                   // how much longer the next wait is, from which it backs off
	growthSteps  = 5                     // of how many first waits: later ones are often as long as they may be
	fewMessages  = 1.5                   // messages for each Service Request, up to which that is well
	manyMessages = 3.0                   // … and above which it is bad
	heldBack     = 0.5                   // of the rate before, up to which new requests were held back
	surge        = 1.5                   // of the rate before, from which what is offered in the drill went up
	flood        = 3.0                   // … and from which that is bad
	bunch        = 3.0                   // of the rate before, from which the busiest second after the end is a bunch
	herd         = 10.0                  // … and from which it is bad
	atOnce       = 0.2                   // share of all repeats within one second, from which they come at once
	renews       = 0.1                   // share of Service Requests that come again under a new RequestID
	soon         = 2 * time.Minute       // within which all is made up for
)
