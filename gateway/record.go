package gateway

import (
	"encoding/hex"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"srtm/journal"
	"srtm/traffic"
)

// recorder has decisions, and what they change, stand in the journal in the
// order in which they were made.
type recorder struct {
	controller Controller
	journal    *journal.Journal // nil: nothing is kept
	manners    atomic.Pointer[manners]
	next       atomic.Int64 // boundary of the first of plan; never: there is none
	mu         sync.Mutex
	active     bool // after the last decision or boundary
	since      int64
	force      force
	plan       []step // in order of boundaries
}

// never is after all boundaries.
const never = math.MaxInt64

func newRecorder(c Controller, j *journal.Journal, conduct Conduct, digest string) *recorder {
	r := &recorder{controller: c, journal: j, force: force{from: math.MinInt64, digest: digest}}
	r.manners.Store(newManners(conduct))
	r.next.Store(never)
	if c != nil {
		r.active, r.since = c.Active()
		s := c.Snapshot(nil)
		r.force.rules, r.force.number, r.force.names = s.Rules, s.Policy, namesOf(s.Rules)
	}
	return r
}

// admit decides about the request in d at a time, fills in the decision and whose
// it is, and appends it. It returns false if no account holds the User ID.
func (r *recorder) admit(at int64, d *journal.Decision) (journal.Ticket, bool) {
	request := traffic.Request{
		User: uint64(d.ID.Originator), Variant: d.Variant,
		Target: uint64(d.ID.Target), Counter: d.ID.Counter, Command: uint8(d.CommandVariant),
	}
	var ok bool
	if r.journal == nil {
		r.pass(at)
		d.Numbers, ok = r.controller.Admit(at, request)
		return journal.Ticket{}, ok
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reach(at)
	if d.Numbers, ok = r.controller.Admit(at, request); !ok {
		return journal.Ticket{}, false
	}
	n := &d.Numbers
	d.Account = r.force.names[n.Account]
	if r.active && !n.Active {
		r.journal.Append(n.At, &journal.Release{Since: r.since})
	}
	ticket := r.journal.Append(n.At, d)
	if n.Activated {
		r.journal.Append(n.At, &journal.Activation{Decision: ticket.Position()})
		r.since = n.At
	}
	r.active = n.Active || n.Activated
	return ticket, true
}

// advance passes slot boundaries, off the path of requests.
func (r *recorder) advance(at int64) {
	if r.journal == nil {
		r.pass(at)
		r.controller.Advance(at)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reach(at)
	r.boundaries(at)
}

// Advance passes the mechanism's slot boundaries up to a time, in nanoseconds
// since 1970 UTC, and has a release that comes with them recorded, and so
// what Change has planned. It is to be
// called once a slot.
func (s *Server) Advance(at int64) { s.recorder.advance(at) }

// describe fills in what the journal keeps of the request.
func (x *exchange) describe() *journal.Decision {
	h, d := &x.header, &x.decision
	*d = journal.Decision{
		ID: h.ID, CommandVariant: h.CommandVariant, Variant: h.VariantText, Sender: x.session.sender,
		FirstInSequence: h.FirstInSequence, HasFirstInSequence: h.HasFirstInSequence, HasPreceding: h.HasPreceding, Preceding: h.Preceding,
	}
	return d
}

// introduce has the journal know whose certificate a connection shows.
func (s *Server) introduce(c *session) {
	if _, err := hex.Decode(c.sender[:], []byte(c.identity.Fingerprint)[:2*len(c.sender)]); err != nil || s.cfg.Journal == nil {
		return
	}
	at := s.cfg.Clock()
	s.recorder.pass(at)
	s.cfg.Journal.Introduce(at, journal.Sender{Fingerprint: c.identity.Fingerprint, Subject: c.identity.Subject})
}

// durable waits until the decision about the request, if there is one, cannot be
// lost. Where it cannot be recorded the policy says whether the answer may leave
// all the same; if not, durable returns the one to give instead.
func (s *Server) durable(x *exchange, processed bool) *refusal {
	err := x.ticket.Wait()
	if err == nil {
		return nil
	}
	s.tally.unrecorded.Add(1)
	s.log.say(journalFails, slog.LevelError, "a decision could not be recorded", slog.String("error", err.Error()))
	switch {
	case !x.manners.RefuseUnrecorded:
		return nil
	case processed:
		return refuse(withheld, "the request was sent to the DSP and its decision could not be recorded, so the DSP's answer is withheld; whether the DSP acts on it is not known here")
	}
	return refuseUnrecorded()
}

// recordable says no where the policy wants no request carried that cannot be
// recorded.
func (s *Server) recordable(x *exchange) *refusal {
	if s.cfg.Journal == nil || !x.manners.RefuseUnrecorded || s.cfg.Journal.Failing() == nil {
		return nil
	}
	return refuseUnrecorded()
}

func refuseUnrecorded() *refusal {
	return refuse(unrecorded, "decisions cannot be recorded at present and none is made without; the request was not sent to the DSP; it may be sent again")
}

// ends says how the way of a request ended that the gateway answers in the DSP's
// place.
var ends = map[kind]journal.End{
	dspBusy: journal.Busy, dspUnreachable: journal.Unreachable, dspBroken: journal.Broken, dspTimeout: journal.TimedOut,
}

// outcome records what became of a request that was to go on to the DSP.
func (s *Server) outcome(x *exchange, o journal.Outcome) {
	if s.cfg.Journal == nil {
		return
	}
	o.Account, o.Decision = x.decision.Account, x.ticket.Position()
	o.User, o.Variant = x.decision.ID.Originator, x.decision.Variant
	at := s.cfg.Clock()
	s.recorder.pass(at) // what changes at a boundary stands before what comes after it
	s.cfg.Journal.Append(at, &o)
}

// answered is the outcome of a request to which the DSP gave a status code.
func answered(status int, latency time.Duration, left bool) journal.Outcome {
	return journal.Outcome{End: journal.Answered, Status: status, Latency: latency, ClientLeft: left}
}
