package gateway

import (
	"encoding/hex"
	"log/slog"
	"sync"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// recorder has decisions, and what they change, stand in the journal in the
// order in which they were made.
type recorder struct {
	mu         sync.Mutex
	controller Controller
	journal    *journal.Journal // nil: nothing is kept
	active     bool             // after the last decision or boundary
	since      int64
}

func newRecorder(c Controller, j *journal.Journal) *recorder {
	r := &recorder{controller: c, journal: j}
	if c != nil {
		r.active, r.since = c.Active()
	}
	return r
}

// admit decides about the request in d at a time, fills in the decision, and
// appends it. It returns false if no account holds the User ID.
func (r *recorder) admit(at int64, d *journal.Decision) (journal.Ticket, bool) {
	request := traffic.Request{User: uint64(d.ID.Originator)}
	var ok bool
	if r.journal == nil {
		d.Numbers, ok = r.controller.Admit(at, request)
		return journal.Ticket{}, ok
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if d.Numbers, ok = r.controller.Admit(at, request); !ok {
		return journal.Ticket{}, false
	}
	n := &d.Numbers
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
		r.controller.Advance(at)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.controller.Advance(at)
	active, since := r.controller.Active()
	if r.active && !active {
		r.journal.Append(since, &journal.Release{Since: r.since})
		r.active = false
	}
}

// Advance passes the mechanism's slot boundaries up to a time, in nanoseconds
// since 1970 UTC, and has a release that comes with them recorded. It is to be
// called once a slot.
func (s *Server) Advance(at int64) { s.recorder.advance(at) }

// describe fills in what the journal keeps of the request.
func (x *exchange) describe() *journal.Decision {
	h, d := &x.header, &x.decision
	*d = journal.Decision{
		ID: h.ID, CommandVariant: h.CommandVariant, Variant: h.VariantText, Sender: x.session.sender,
		FirstInSequence: h.FirstInSequence, HasFirstInSequence: h.HasFirstInSequence, HasPreceding: h.HasPreceding, Preceding: h.Preceding,
	}
	d.Account = x.session.grant.directory.name(h.ID.Originator)
	return d
}

// introduce has the journal know whose certificate a connection shows.
func (s *Server) introduce(c *session) {
	if _, err := hex.Decode(c.sender[:], []byte(c.identity.Fingerprint)[:2*len(c.sender)]); err != nil || s.cfg.Journal == nil {
		return
	}
	s.cfg.Journal.Introduce(s.cfg.Clock(), journal.Sender{Fingerprint: c.identity.Fingerprint, Subject: c.identity.Subject})
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
	case !s.cfg.RefuseUnrecorded:
		return nil
	case processed:
		return refuse(withheld, "the request was sent to the DSP and its decision could not be recorded, so the DSP's answer is withheld; whether the DSP acts on it is not known here")
	}
	return refuseUnrecorded()
}

// recordable says no where the policy wants no request carried that cannot be
// recorded.
func (s *Server) recordable() *refusal {
	if s.cfg.Journal == nil || !s.cfg.RefuseUnrecorded || s.cfg.Journal.Failing() == nil {
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
	s.cfg.Journal.Append(s.cfg.Clock(), &o)
}

// answered is the outcome of a request to which the DSP gave a status code.
func answered(status int, latency time.Duration, left bool) journal.Outcome {
	return journal.Outcome{End: journal.Answered, Status: status, Latency: latency, ClientLeft: left}
}

// name returns the account of an originator; that of unlisted ones where nobody
// lists it.
func (d *Directory) name(originator duis.EUI64) string {
	if i, listed := d.accounts[originator]; listed {
		return d.names[i]
	}
	return d.unlisted
}
