package act

import (
	"maps"
	"slices"
	"strings"
	"time"

	"srtm/policy"
)

// Limits on acts.
const (
	Least      = policy.LeastAct // for which an act lasts
	Most       = policy.MostAct
	MaxRunning = 100       // acts that run, and as many that wait
	MaxReason  = 300       // characters of a reason
	MaxRefer   = 100       // characters of a reference
	MaxNamed   = 100       // accounts of one act
	MaxHistory = 1000      // acts that are over; the oldest go first
	Patience   = time.Hour // for which an act waits for a second person
)

// Order is what somebody wants to do by hand. Either Preset is given, or one or
// more of what follows it.
type Order struct {
	Preset    string                 `json:"preset,omitempty"`   // the name of one that the policy prepared
	Activate  bool                   `json:"activate,omitempty"` // traffic management is active and is not released
	Suspend   bool                   `json:"suspend,omitempty"`  // everything is forwarded; nothing else may be wanted then
	Shadow    bool                   `json:"shadow,omitempty"`   // nothing is refused, and all is decided and counted
	Capacity  *policy.Rate           `json:"capacity,omitempty"` // the maximum capacity; 0/s closes
	Hold      map[string]policy.Rate `json:"hold,omitempty"`     // accounts, each held to a rate
	Exempt    []string               `json:"exempt,omitempty"`   // accounts of which everything is exempt
	Drill     bool                   `json:"drill,omitempty"`    // it is a drill: Hold has one account, at 0/s; see OrderDrill
	For       Length                 `json:"for"`                // from Least to Most; of a preset at most its own, which 0 stands for
	Reason    string                 `json:"reason"`
	Reference string                 `json:"reference,omitempty"` // of an incident elsewhere, such as INC-1234
}

// Hand is what the order does, from a time on.
func (o *Order) Hand(from time.Time) policy.Hand {
	h := policy.Preset{Activate: o.Activate, Suspend: o.Suspend, Shadow: o.Shadow, Capacity: o.Capacity, Hold: o.Hold, Exempt: o.Exempt}.Hand()
	h.From, h.Until, h.Reason, h.Reference = from, from.Add(time.Duration(o.For)), o.Reason, o.Reference
	return h
}

// State says how far an act has come.
type State string

// The states of an act.
const (
	Waiting   State = "waiting" // for another person's approval
	Running   State = "running"
	Ended     State = "ended"     // by itself, or by a person: Over
	Withdrawn State = "withdrawn" // before it ran, by a person: Over
	Lapsed    State = "lapsed"    // nobody approved it in time
)

// Assent is that somebody said something, and when.
type Assent struct {
	By  string    `json:"by"`
	Why string    `json:"why,omitempty"`
	At  time.Time `json:"at"`
}

// Act is an order that was taken. What a preset stood for is in the Order, as it was
// when it was asked for.
type Act struct {
	ID uint64 `json:"id"` // from 1
	Order
	Does     string    `json:"does"` // in words: "capacity 1200/s, BRAVO held to 5/s"
	State    State     `json:"state"`
	Asked    Assent    `json:"asked"`
	Approved *Assent   `json:"approved,omitempty"`
	Over     *Assent   `json:"over,omitempty"`      // who ended or withdrew it; absent: nobody did
	From     time.Time `json:"from,omitzero"`       // from when it runs
	Until    time.Time `json:"until,omitzero"`      // when it ends by itself; while it waits, when it lapses
	OverAt   time.Time `json:"over_since,omitzero"` // when it ended, was withdrawn or lapsed
}

// running tells whether the act holds at a time.
func (a *Act) running(at time.Time) bool { return a.State == Running && at.Before(a.Until) }

// Kind says what an Event tells.
type Kind string

// The kinds of events.
const (
	KindAsked     Kind = "asked" // and waits for approval
	KindApproved  Kind = "approved"
	KindBegan     Kind = "began"
	KindEnded     Kind = "ended"
	KindWithdrawn Kind = "withdrawn"
	KindLapsed    Kind = "lapsed"
	KindReferred  Kind = "referred" // a record was given a reference
)

// Event is something that happened to an act, as it concerns everybody or one
// account: an act that does something to everybody and to two accounts gives three
// each time. None that concerns everybody names an account.
type Event struct {
	Number    uint64    `json:"number"` // counts events from 1; one that is given twice has the same
	At        time.Time `json:"at"`
	Kind      Kind      `json:"kind"`
	Act       uint64    `json:"act,omitempty"`
	What      string    `json:"what"`         // in words: "act 3 began: capacity 1200/s"
	By        string    `json:"by,omitempty"` // empty: it came with time
	Why       string    `json:"why,omitempty"`
	Account   string    `json:"account,omitempty"` // whom it concerns; empty: everybody
	Until     time.Time `json:"until,omitzero"`    // with began: when it ends by itself
	Reference string    `json:"reference,omitempty"`
	Drill     bool      `json:"drill,omitempty"` // the act is a drill
	About     uint64    `json:"about,omitempty"` // with referred: the position of the record
	// Withheld: the act does something to an account other than Account by its name, so
	// that Why and Reference are for operators and their records alone.
	Withheld bool `json:"withheld,omitempty"`
}

// part is what an act does to everybody or to one account.
type part struct{ account, does string }

// parts says what an order does, to everybody first.
func (o *Order) parts() []part {
	var parts []part
	add := func(account string, p policy.Preset) {
		if does := p.Words(func(string) bool { return true }); does != "" {
			if o.Drill {
				does = drillWord + ", " + does
			}
			parts = append(parts, part{account, does})
		}
	}
	add("", policy.Preset{Activate: o.Activate, Suspend: o.Suspend, Shadow: o.Shadow, Capacity: o.Capacity})
	for _, name := range o.accounts() {
		alone := policy.Preset{}
		if rate, held := o.Hold[name]; held {
			alone.Hold = map[string]policy.Rate{name: rate}
		}
		for _, e := range o.Exempt {
			if e == name {
				alone.Exempt = []string{name}
			}
		}
		add(name, alone)
	}
	return parts
}

// accounts are those that an order names, each once.
func (o *Order) accounts() []string {
	names := slices.AppendSeq(slices.Clone(o.Exempt), maps.Keys(o.Hold))
	slices.Sort(names)
	return slices.Compact(names)
}

// does says what an order does, in words.
func (o *Order) does() string {
	var all []string
	for _, p := range o.parts() {
		all = append(all, p.does)
	}
	return strings.Join(all, ", ")
}
