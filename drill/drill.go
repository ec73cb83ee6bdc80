package drill

import (
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// Span is a drill: from when until when an account was held to 0/s.
type Span struct {
	Account  string
	From, To time.Time
	Now      time.Time // what comes later is not known yet
}

// begin and end say what is looked at.
func (s Span) begin() int64 { return s.From.Add(-Before).UnixNano() }
func (s Span) end() int64   { return s.until().UnixNano() }

func (s Span) until() time.Time {
	until := s.To.Add(After)
	if s.Now.Before(until) {
		until = s.Now
	}
	if until.Before(s.From) {
		until = s.From
	}
	return until
}

// Message is one message of the account, and what was decided about it.
type Message struct {
	At         int64 // nanoseconds since 1970 UTC
	ID         duis.RequestID
	Command    duis.CommandVariant
	Variant    string
	Refused    bool
	Held       bool          // it was refused because the account was held
	RetryAfter time.Duration // of a refusal
}

// Of is the Message that a decision was about.
func Of(d *journal.Decision) Message {
	refused := d.Numbers.Verdict == traffic.Throttle
	return Message{
		At: d.Numbers.At, ID: d.ID, Command: d.CommandVariant, Variant: d.Variant,
		Refused: refused, Held: refused && d.Numbers.Reason == traffic.Held,
		RetryAfter: time.Duration(d.Numbers.RetryAfter) * time.Second,
	}
}

// Style is how an adapter takes a refusal.
type Style string

// The styles.
const (
	TooFew  Style = "too-few"   // messages to tell
	Never   Style = "never"     // sends nothing again
	Blind   Style = "blind"     // sends again after waits that do not grow, earlier than it was told
	Backoff Style = "backs-off" // sends again after waits that grow, earlier than it was told
	Mixed   Style = "mixed"     // sends again partly when it was told, partly earlier
	Obeys   Style = "obeys"     // sends again when it was told, or later
)

// Mark is what is thought of a Finding.
type Mark string

// The marks.
const (
	Good   Mark = "good"
	LookAt Mark = "look-at"
	Bad    Mark = "bad"
)

// Finding is one thing that was found.
type Finding struct {
	Mark   Mark   `json:"mark"`
	About  string `json:"about"`            // in a word or two
	Says   string `json:"says"`             // a sentence with its numbers
	Change string `json:"change,omitempty"` // what to change; empty: nothing
}

// Phase is a stretch of time, and what was sent in it.
type Phase struct {
	Seconds  float64 `json:"seconds"`
	Messages uint64  `json:"messages"`
	Refused  uint64  `json:"refused"`
	Mean     float64 `json:"mean_per_s"`
	Peak     uint64  `json:"peak_per_s"` // most messages within one second, counted from the drill's beginning
}

// Refusals says what became of the Service Requests that the drill refused.
type Refusals struct {
	Messages   uint64  `json:"messages"`    // refused
	Requests   uint64  `json:"requests"`    // different ones among them that were followed
	Unfollowed uint64  `json:"unfollowed"`  // messages of further ones, which are counted here and nowhere below
	Others     uint64  `json:"others"`      // messages that were refused in the drill for another reason than that the account was held
	Passed     uint64  `json:"passed"`      // messages that were not refused although the drill ran: what the hold's bucket still held
	Repeated   uint64  `json:"repeated"`    // requests that were sent again
	Repeats    uint64  `json:"repeats"`     // messages that did so
	Most       uint64  `json:"most"`        // repeats of one request
	MadeUp     uint64  `json:"made_up"`     // requests that passed later, under the same RequestID
	GivenUp    uint64  `json:"given_up"`    // that were repeated, and have not passed
	NotAgain   uint64  `json:"not_again"`   // that were never sent again
	Renewed    uint64  `json:"renewed"`     // of these two, for whose device and variant came a new RequestID
	PerRequest float64 `json:"per_request"` // messages refused for each request that was followed
}

// Waits says how long the adapter waited before it sent again.
type Waits struct {
	Count      uint64  `json:"count"`
	Least      float64 `json:"least_s"`
	Median     float64 `json:"median_s"` // to within a tenth
	Most       float64 `json:"most_s"`
	SaidLeast  float64 `json:"retry_after_least_s"`
	SaidMost   float64 `json:"retry_after_most_s"`
	Early      uint64  `json:"early"`       // before Retry-After had passed
	EarlyShare float64 `json:"early_share"` // of Count
	Worst      float64 `json:"worst"`       // the least part of Retry-After that was waited; 1: none was early
	Growth     float64 `json:"growth"`      // by how much the next wait was longer, a mean over the first waits; 0: no request was repeated twice
}

// Ending says how it went when the drill was over.
type Ending struct {
	LastAfter  float64 `json:"last_after_s"`  // how long after the end the last request passed that still did; 0: none did
	Peak       uint64  `json:"peak_per_s"`    // messages in the busiest second after the end
	PeakAfter  float64 `json:"peak_after_s"`  // when that was
	Refused    uint64  `json:"refused"`       // messages that were refused after the end
	AtOnce     float64 `json:"at_once"`       // share of all repeats that came within one second
	AtOnceAt   float64 `json:"at_once_at_s"`  // that second, from the drill's beginning
	NewInDrill float64 `json:"new_per_s"`     // new requests a second, in the drill
	LastMinute float64 `json:"last_minute_s"` // messages a second in the drill's last minute
}

// Kind is a group of Service Request Variants.
type Kind struct {
	Name     string  `json:"name"` // as duis.Process, or "unknown"
	Requests uint64  `json:"requests"`
	Repeated uint64  `json:"repeated"`
	MadeUp   uint64  `json:"made_up"`
	After    float64 `json:"made_up_after_s"` // the end, on average, those that passed after it
}

// Seconds is about the second messages of critical commands.
type Seconds struct {
	Refused  uint64 `json:"refused"`   // different ones
	Repeated uint64 `json:"repeated"`  // of them
	MadeUp   uint64 `json:"made_up"`   // that passed later
	NotAgain uint64 `json:"not_again"` // that have not
}

// Series is how many messages were sent, and refused, in each bin of time.
type Series struct {
	From    time.Time `json:"from"`
	Every   int       `json:"every_s"`
	Offered []uint64  `json:"offered"`
	Refused []uint64  `json:"refused"`
}

// Report says how an adapter behaved.
type Report struct {
	Account  string    `json:"account"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Until    time.Time `json:"until"`    // up to when its messages were looked at
	Complete bool      `json:"complete"` // nothing will be added
	Missing  uint64    `json:"missing"`  // decisions of that time that could not be recorded
	Damaged  uint64    `json:"damaged"`  // parts of the journal that cannot be read
	Style    Style     `json:"style"`
	Findings []Finding `json:"findings"` // the worst first
	Before   Phase     `json:"before"`
	During   Phase     `json:"during"`
	After    Phase     `json:"after"`
	Refusals Refusals  `json:"refusals"`
	Waits    Waits     `json:"waits"`
	Ending   Ending    `json:"ending"`
	Kinds    []Kind    `json:"kinds"`
	Seconds  Seconds   `json:"second_messages"`
	Series   Series    `json:"series"`
}
