package load

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"srtm/scenario"
)

// Answers counts sends by how they ended; each ended in exactly one way.
type Answers struct {
	Forwarded uint64 // 2xx with a DUIS response whose code is no error: I0, I99
	Throttled uint64 // refused for traffic: 503 with Retry-After and no body; 429; or Config.RefusalCode
	Rejected  uint64 // answered otherwise: 4xx, or a DUIS response with an error
	Failed    uint64 // another 5xx, or a 2xx whose body is no DUIS response
	TimedOut  uint64 // no answer within the client's time-out
	Broken    uint64 // no connection could be made, or it broke
	Abandoned uint64 // on the way when the player was stopped
}

// Sum is the number of sends that have ended.
func (a Answers) Sum() uint64 {
	return a.Forwarded + a.Throttled + a.Rejected + a.Failed + a.TimedOut + a.Broken + a.Abandoned
}

func (a *Answers) add(e ending) {
	*[endings]*uint64{&a.Forwarded, &a.Throttled, &a.Rejected, &a.Failed, &a.TimedOut, &a.Broken, &a.Abandoned}[e]++
}

// Counts is what has become of a Service User's requests so far.
//
// When nothing is on the way, Sends is the sum of the Answers. When the player
// has ended of itself, Arrivals = Finished + GaveUp + Left + Crowded; where it
// was stopped, arrivals that were on the way or waiting are in none of these.
type Counts struct {
	Arrivals uint64 // Service Requests whose time came
	Requests uint64 // of these, sent at least once: distinct RequestIDs
	Sends    uint64 // messages put on the wire, each one HTTP request
	Retries  uint64 // of these, the same message again
	Answers
	Crowded  uint64 // messages not sent, and so requests lost, because too many were on the way or waiting
	Finished uint64 // requests that were accepted, the second message of a critical command too where it was sent
	GaveUp   uint64 // requests that were not accepted, and the client sent no more
	Left     uint64 // requests that were to be sent again when the scenario was over
	Overdue  uint64 // requests Finished more than a minute after they came, or Left when a minute had passed
}

func (c *Counts) add(o Counts) {
	for _, pair := range [][2]*uint64{
		{&c.Arrivals, &o.Arrivals}, {&c.Requests, &o.Requests}, {&c.Sends, &o.Sends}, {&c.Retries, &o.Retries},
		{&c.Forwarded, &o.Forwarded}, {&c.Throttled, &o.Throttled}, {&c.Rejected, &o.Rejected}, {&c.Failed, &o.Failed},
		{&c.TimedOut, &o.TimedOut}, {&c.Broken, &o.Broken}, {&c.Abandoned, &o.Abandoned},
		{&c.Crowded, &o.Crowded}, {&c.Finished, &o.Finished}, {&c.GaveUp, &o.GaveUp}, {&c.Left, &o.Left}, {&c.Overdue, &o.Overdue},
	} {
		*pair[0] += *pair[1]
	}
}

// Second is one second of a Service User's traffic: what was sent in it, and how
// what was answered in it ended.
type Second struct {
	Number int // since the scenario's start
	Sends  uint64
	Answers
}

// tally counts for one Service User. Any number of goroutines may use it.
type tally struct {
	account   string
	mu        sync.Mutex
	counts    Counts
	forwarded *hdrhistogram.Histogram // latency
	throttled *hdrhistogram.Histogram
	took      *hdrhistogram.Histogram // of requests, from their time to their acceptance
	seconds   []Second                // a ring by the second's number
	keep      int
}

func newTally(account string, keep int) *tally {
	return &tally{account: account, forwarded: newTimes(), throttled: newTimes(), took: newLongTimes(), keep: keep}
}

// newTimes makes a histogram of microseconds up to beyond the longest time-out,
// exact to a tenth of a per cent.
func newTimes() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, (2 * scenario.MaxTimeout).Microseconds(), 3)
}

// newLongTimes makes a histogram of microseconds up to a scenario's greatest length,
// exact to one per cent.
func newLongTimes() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, scenario.MaxLength.Microseconds(), 2)
}

func record(h *hdrhistogram.Histogram, d time.Duration) {
	us := min(max(d.Microseconds(), 1), h.HighestTrackableValue())
	_ = h.RecordValue(us) // it is within the histogram's bounds
}

func (t *tally) count(what func(*Counts)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	what(&t.counts)
}

// sent counts a message that goes out now.
func (t *tally) sent(send scenario.Send, at time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts.Sends++
	if send.Attempt > 1 {
		t.counts.Retries++
	} else if send.Command != signedPreCommand {
		t.counts.Requests++
	}
	t.second(at).Sends++
}

// settled is how a send ended, and what becomes of its request.
type settled struct {
	end     ending
	verdict scenario.Verdict
	at      time.Duration // when it ended
	latency time.Duration
	age     time.Duration // of the request: since its time, when this ended or the scenario is over
}

// overdue is how long after its time a request is overdue.
const overdue = time.Minute

// answered counts an answer.
func (t *tally) answered(a settled) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts.Answers.add(a.end)
	t.second(a.at).Answers.add(a.end)
	switch a.end {
	case endForwarded:
		record(t.forwarded, a.latency)
	case endThrottled:
		record(t.throttled, a.latency)
	case endAbandoned:
		return
	}
	late := uint64(0)
	if a.age > overdue {
		late = 1
	}
	switch a.verdict {
	case scenario.Finished:
		t.counts.Finished++
		t.counts.Overdue += late
		record(t.took, a.age)
	case scenario.GaveUp:
		t.counts.GaveUp++
	case scenario.Left:
		t.counts.Left++
		t.counts.Overdue += late
	}
}

// second returns the ring's entry for a time, made anew where it is of an older
// second.
func (t *tally) second(at time.Duration) *Second {
	n := int(at / time.Second)
	for len(t.seconds) < t.keep && len(t.seconds) <= n {
		t.seconds = append(t.seconds, Second{Number: len(t.seconds)})
	}
	s := &t.seconds[n%t.keep]
	if s.Number < n {
		*s = Second{Number: n}
	}
	return s
}
