package scenario

import (
	"fmt"
	"math"
	"time"

	"srtm/duis"
)

// Behaviour is what a Service User's software does with a send that was
// refused, failed or was not answered in time.
type Behaviour uint8

// The behaviours.
const (
	Never   Behaviour = iota // takes it for final and sends nothing more
	Blind                    // sends again after the same wait, whatever the answer said
	Backoff                  // sends again after a wait that doubles each time, less some jitter
	Obey                     // sends again when Retry-After says; backs off where there is none
)

// Limits on what a Client may hold.
const (
	MaxSends   = 1000
	MaxWait    = 24 * time.Hour
	MaxTimeout = 10 * time.Minute
)

// Client is how one Service User's software behaves. What it does by chance is
// drawn from the scenario's seed and the arrival, so it does not depend on the
// order in which answers come.
type Client struct {
	Timeout time.Duration // it waits this long for an answer
	Retry   Retry
	Finish  float64       // share of critical commands whose second message is sent after a good answer
	Sign    time.Duration // how long signing that second message takes
}

// Retry is when a Client sends the same message again.
type Retry struct {
	How    Behaviour
	On     Causes        // what makes it send again
	Sends  int           // at most so often in all, the first included
	Wait   time.Duration // Blind
	Base   time.Duration // Backoff, and Obey without Retry-After: the first wait …
	Most   time.Duration // … and the longest
	Jitter float64       // … and how much of a wait chance may take away: 0 nothing, 1 all
}

// Causes is a set of outcomes after which a Client sends again.
type Causes struct{ Throttled, Failed, TimedOut bool }

// DefaultClient never sends again, waits 3 s for an answer, and finishes every
// critical command 100 ms after its first answer. The parameters of the other
// behaviours are set too, so that choosing one is enough.
func DefaultClient() Client {
	return Client{
		Timeout: 3 * time.Second,
		Retry: Retry{
			On: Causes{true, true, true}, Sends: 5, Wait: time.Second,
			Base: 500 * time.Millisecond, Most: 30 * time.Second, Jitter: 0.5,
		},
		Finish: 1,
		Sign:   100 * time.Millisecond,
	}
}

// Outcome is how one send ended for its sender.
type Outcome uint8

// The outcomes.
const (
	Done      Outcome = iota // accepted
	Rejected                 // answered, and not for traffic: the same again would not help
	Throttled                // refused for traffic
	Failed                   // the other side or the connection failed
	TimedOut                 // no answer in time
)

// Answer is what a Client learns about one send.
type Answer struct {
	Outcome    Outcome
	RetryAfter time.Duration // of Throttled or Failed; 0: none was given
}

// The Command Variants of a critical command's two messages, as the DUIS schema
// numbers them. Local delivery (6 and 7) is left out: such a message comes to
// the same system by the same road.
const (
	preCommand       duis.CommandVariant = 4 // to be turned into a Pre-Command
	signedPreCommand duis.CommandVariant = 5 // that Pre-Command, signed, for the device
)

// Send is one message that a Client puts on the wire.
type Send struct {
	Arrival Arrival
	Command duis.CommandVariant
	Attempt int // 1 for the first time that this message is sent
}

// Verdict is what becomes of a Service Request after an answer.
type Verdict uint8

// The verdicts.
const (
	Again    Verdict = iota // the same message is sent again
	Second                  // the second message of a critical command is sent
	Finished                // accepted, and nothing more is to be sent
	GaveUp                  // not accepted, and the Client sends nothing more
	Left                    // more would be sent, but the scenario is over by then
)

// Step is what a Client does after an answer. Send and At hold for Again and
// Second only.
type Step struct {
	Verdict Verdict
	At      time.Duration // when to send
	Send    Send
}

// First returns the message that an arrival puts on the wire at its time.
func (s *Scenario) First(a Arrival) Send {
	return Send{a, a.Variant.CommandVariant(), 1}
}

// Next says what the Client of a send does when it gets this answer at this
// time. It keeps nothing: what is on the way is the caller's to remember.
//
//  1. A good answer finishes the request; to the first message of a critical
//     command it leads to the second, with the same RequestID, for the share of
//     requests that the Client finishes.
//  2. A rejection ends it.
//  3. Otherwise the Client gives up where it never retries, where the outcome
//     is not one that it retries, or where it has sent the message often enough.
//  4. Otherwise it sends the message again after its wait.
//
// Nothing is sent at or after the scenario's end.
func (s *Scenario) Next(sent Send, at time.Duration, answer Answer) Step {
	c := s.software(sent.Arrival.User)
	verdict, when := c.next(&sent, at, answer)
	switch {
	case verdict > Second:
		return Step{Verdict: verdict}
	case when >= s.Length:
		return Step{Verdict: Left}
	}
	return Step{verdict, when, sent}
}

// Clients are a scenario's clients made ready for many answers. Any number of
// goroutines may use them.
type Clients struct {
	length   time.Duration
	each     []software
	commands [256]duis.CommandVariant // of first messages, by variant
}

// Clients returns the clients as they are now.
func (s *Scenario) Clients() *Clients {
	c := &Clients{length: s.Length, each: make([]software, len(s.Users))}
	for i := range c.each {
		c.each[i] = s.software(i)
	}
	for v := range duis.Variants() {
		c.commands[v] = v.CommandVariant()
	}
	return c
}

// First is Scenario.First in place.
func (c *Clients) First(send *Send, a *Arrival) {
	send.Arrival, send.Command, send.Attempt = *a, c.commands[a.Variant], 1
}

// Next is Scenario.Next in place: after Again and Second, sent is what is to be
// sent next, at the time that it returns.
func (c *Clients) Next(sent *Send, at time.Duration, answer Answer) (Verdict, time.Duration) {
	verdict, when := c.each[sent.Arrival.User].next(sent, at, answer)
	if verdict <= Second && when >= c.length {
		verdict = Left
	}
	return verdict, when
}

// software is one Service User's Client, and what its chance is drawn from, in one of
// the processor's cache lines.
type software struct {
	how        Behaviour
	on         Causes
	sends      int32
	wait       time.Duration
	base, most float64
	jitter     float64
	finish     float64
	sign       time.Duration
	key        uint64
}

func (s *Scenario) software(user int) software {
	u := &s.Users[user]
	c, r := &u.Client, &u.Client.Retry
	return software{
		how: r.How, on: r.On, sends: int32(r.Sends), wait: r.Wait, base: float64(r.Base), most: float64(r.Most), jitter: r.Jitter,
		finish: c.Finish, sign: c.Sign, key: scramble(s.Seed ^ accountKey(u.Account)),
	}
}

// next turns what was sent into what is sent next, if anything is.
func (c *software) next(sent *Send, at time.Duration, answer Answer) (Verdict, time.Duration) {
	switch answer.Outcome {
	case Done:
		if sent.Command != preCommand || c.chance(sent, finishing) >= c.finish {
			return Finished, 0
		}
		sent.Command, sent.Attempt = signedPreCommand, 1
		return Second, at + c.sign
	case Throttled, Failed, TimedOut:
		if c.how == Never || !c.on.has(answer.Outcome) || sent.Attempt >= int(c.sends) {
			return GaveUp, 0
		}
		sent.Attempt++
		return Again, at + c.pause(sent, answer)
	}
	return GaveUp, 0
}

// pause returns how long a Client waits before a send that is not its first.
func (c *software) pause(again *Send, answer Answer) time.Duration {
	switch {
	case c.how == Blind:
		return c.wait
	case c.how == Obey && answer.RetryAfter > 0:
		return min(answer.RetryAfter, MaxLength) // hostile answers must not overflow a time
	}
	longest := min(c.base*doubled(again.Attempt-2), c.most)
	return time.Duration(longest * (1 - c.jitter*c.chance(again, jittering)))
}

// doubled returns 2ⁿ, for n from 0 to MaxSends.
func doubled(n int) float64 { return math.Float64frombits(uint64(1023+n) << 52) }

func (c Causes) has(o Outcome) bool {
	return o == Throttled && c.Throttled || o == Failed && c.Failed || o == TimedOut && c.TimedOut
}

// What a draw by chance is for.
const (
	finishing uint64 = iota
	jittering
)

// chance draws a number in [0, 1) that depends on the seed and the send only.
func (c *software) chance(send *Send, what uint64) float64 {
	h := scramble(c.key ^ send.Arrival.Number)
	h = scramble(h ^ what ^ uint64(send.Command)<<8 ^ uint64(send.Attempt)<<16)
	return float64(h>>11) / (1 << 53)
}

func (c *Client) check() error {
	r := &c.Retry
	switch {
	case c.Timeout <= 0 || c.Timeout > MaxTimeout:
		return fmt.Errorf("the time-out %v is not above 0 and at most %v", c.Timeout, MaxTimeout)
	case !(c.Finish >= 0 && c.Finish <= 1):
		return fmt.Errorf("the share of critical commands that are finished, %g, is not between 0 and 1", c.Finish)
	case c.Sign < 0 || c.Sign > MaxWait:
		return fmt.Errorf("the time that signing takes, %v, is not between 0 and %v", c.Sign, MaxWait)
	case r.How > Obey:
		return fmt.Errorf("%d is no behaviour; Never, Blind, Backoff and Obey are", r.How)
	case r.How == Never:
		return nil
	case r.Sends < 1 || r.Sends > MaxSends:
		return fmt.Errorf("%d sends of one message are not between 1 and %d", r.Sends, MaxSends)
	case !(r.Jitter >= 0 && r.Jitter <= 1):
		return fmt.Errorf("the jitter %g is not between 0 and 1", r.Jitter)
	case r.Base > r.Most:
		return fmt.Errorf("the first wait, %v, is longer than the longest, %v", r.Base, r.Most)
	}
	for _, wait := range []time.Duration{r.Wait, r.Base, r.Most} {
		if wait < 0 || wait > MaxWait {
			return fmt.Errorf("a wait of %v is not between 0 and %v", wait, MaxWait)
		}
	}
	return nil
}
