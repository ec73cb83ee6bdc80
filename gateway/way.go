package gateway

import (
	"log/slog"
	"net/url"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// carry takes one Service Request its way, in order: whom may the sender carry;
// is this a DUIS request, and of whom; may it pass, which is recorded; then on to
// the DSP, and its answer back. At the first step that says no, the request is refused.
func (s *Server) carry(x *exchange) {
	no := s.identify(x)
	if no == nil {
		no = s.read(x)
	}
	if no == nil {
		no = s.decide(x)
	}
	if no == nil {
		no = s.forward(x)
	}
	if no != nil {
		s.refuse(x, no)
	}
}

// identify finds out whom the sender may carry. Nothing of the body has been
// read then, nor is it for a certificate that nothing is known of.
func (s *Server) identify(x *exchange) *refusal {
	c := x.session
	directory := x.manners.Directory
	if c.grant.directory == directory {
		return c.stranger
	}
	var known bool
	c.grant, known = directory.grant(c.identity)
	c.stranger = nil
	if !known {
		c.stranger = refuse(unknownCertificate, "nothing is known of the certificate with SHA-256 fingerprint %s; "+
			"use one whose User ID is in the portfolio, or have it named among the senders", c.identity.Fingerprint)
		s.log.say(certificateUnknown, slog.LevelWarn, "refused a certificate of which nothing is known",
			slog.String("fingerprint", c.identity.Fingerprint), slog.String("subject", c.identity.Subject), slog.String("from", c.remote()))
	}
	return c.stranger
}

// read finds out what the request is and whose.
func (s *Server) read(x *exchange) *refusal {
	r := &x.request
	if _, served := x.manners.services[string(r.path)]; !served {
		if _, err := url.ParseRequestURI(string(r.target)); err != nil {
			return refuse(malformed, "the request's target is %s; write a path, such as %s", excerpt(r.target), x.manners.Services[0])
		}
		return refuse(noService, "there is no service at %s; send to one of %s", excerpt(r.path), x.manners.serviceList)
	}
	if string(r.method) != "POST" {
		return refuse(wrongMethod, "the method is %s; use POST", excerpt(r.method))
	}
	if no := r.checkType(); no != nil {
		return no
	}
	if no := x.readBody(s.cfg.Limits.Message, s.cfg.Timeouts.Body); no != nil {
		return no
	}
	if no := r.checkCharset(); no != nil {
		return no
	}
	var err error
	if x.header, err = duis.ReadHeader(x.body); err != nil {
		return refuse(notDUIS, "not a DUIS request: %v", err)
	}
	if x.header.Variant == duis.Unknown {
		s.tally.unknown.Add(1)
	}
	no := x.session.grant.carries(x.header.ID.Originator)
	if no == nil && x.session.grant.admits(x.header.ID.Originator) {
		s.tally.unlisted.Add(1)
		s.log.say(originatorAdmitted, slog.LevelWarn, "carried a request whose originator is in nobody's portfolio, as the policy has it",
			slog.String("originator", x.header.ID.Originator.String()), slog.String("from", x.session.remote()))
	}
	if no != nil {
		s.log.say(originatorForeign, slog.LevelWarn, "refused an originator",
			slog.String("reason", no.kind.String()), slog.String("originator", x.header.ID.Originator.String()),
			slog.String("from", x.session.remote()), slog.String("fingerprint", x.session.fingerprint()))
	}
	return no
}

// decide asks the mechanism, and has the decision recorded. It does not wait for
// that: forward and refuse do, before an answer leaves.
func (s *Server) decide(x *exchange) *refusal {
	if no := s.recordable(x); no != nil {
		return no
	}
	decision := x.describe()
	var ok bool
	if x.ticket, ok = s.recorder.admit(s.cfg.Clock(), decision); !ok { // the policy has changed since the Directory was asked
		return refuse(unlisted, "the RequestID's originator %v is not in the portfolio; send under a User ID that is", decision.ID.Originator)
	}
	x.decided = true
	if decision.Numbers.Verdict == traffic.Throttle {
		return x.throttle(s.now())
	}
	return nil
}

// refuse answers in the DSP's place.
func (s *Server) refuse(x *exchange, no *refusal) {
	if end, went := ends[no.kind]; went {
		s.outcome(x, journal.Outcome{End: end})
	}
	if x.decided && no.kind != withheld {
		if instead := s.durable(x, no.kind == dspBroken || no.kind == dspTimeout); instead != nil {
			no = instead
		}
	}
	s.tally.refused[no.kind].Add(1)
	if no.kind.unframed() {
		x.unread, x.unframed = true, true
	}
	x.settle()
	x.out = no.appendTo(x.out[:0], x, s.now())
	x.write(x.out)
}
