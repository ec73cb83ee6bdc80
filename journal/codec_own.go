package journal

import (
	"encoding/binary"
	"time"

	"srtm/duis"
	"srtm/traffic"
)

// The flags of a Decision.
const (
	flagHasFirst = 1 << iota
	flagFirst
	flagHasPreceding
	flagActive
	flagActivated
	flagSender
	flagExtended
)

// appendDecision appends beside all else by how much the decision was made before
// the record's time: another record may have come between.
func appendDecision(b []byte, at int64, d *Decision) []byte {
	n := &d.Numbers
	var flags byte
	for _, f := range [...]struct {
		is   bool
		flag byte
	}{
		{d.HasFirstInSequence, flagHasFirst}, {d.FirstInSequence, flagFirst}, {d.HasPreceding, flagHasPreceding},
		{n.Active, flagActive}, {n.Activated, flagActivated}, {d.Sender != Fingerprint{}, flagSender}, {isExtended(n), flagExtended},
	} {
		if f.is {
			flags |= f.flag
		}
	}
	b = append(b, flags, byte(n.Verdict), byte(n.Reason), byte(d.CommandVariant))
	b = appendRequestID(b, d.ID)
	b = appendString(b, d.Variant)
	if flags&flagSender != 0 {
		b = append(b, d.Sender[:]...)
	}
	if d.HasPreceding {
		b = appendRequestID(b, d.Preceding)
	}
	b = appendNumbers(b, n.Number, uint64(n.Policy), uint64(n.Refusals), uint64(n.RetryAfter))
	b = appendSigned(b, at-n.At, int64(n.Cost), int64(n.Assured), int64(n.Spare), int64(n.Pool), int64(n.Cold), int64(n.Depth), int64(n.Allocation))
	if flags&flagExtended != 0 {
		b = append(b, octet(n.Exempt), octet(n.Vouched), octet(n.Held))
		b = appendSigned(b, int64(n.Kept), int64(n.Limit), int64(n.Hold), int64(n.HoldRate))
	}
	return b
}

// isExtended says whether a decision was made from more than most are.
func isExtended(n *traffic.Decision) bool {
	return n.Exempt || n.Vouched || n.Held || n.Kept != 0 || n.Limit != 0 || n.Hold != 0 || n.HoldRate != 0
}

func appendOutcome(b []byte, o *Outcome) []byte {
	left := byte(0)
	if o.ClientLeft {
		left = 1
	}
	b = append(b, byte(o.End), left)
	b = binary.BigEndian.AppendUint64(b, uint64(o.User))
	b = appendString(b, o.Variant)
	b = appendNumbers(b, uint64(o.Decision), uint64(o.Status))
	return appendSigned(b, int64(o.Latency))
}

// appendTerms appends where they begin only where that is not the record's time.
func appendTerms(b []byte, at int64, t *Terms) []byte {
	for _, s := range []string{t.Policy, t.PolicyName, t.Weight, t.Weights} {
		b = appendString(b, s)
	}
	b = append(b, octet(t.New), octet(t.Start), octet(t.Repeated))
	b = appendSigned(b, int64(t.Allocation), int64(t.Depth), int64(t.Threshold), int64(t.Burst), int64(t.Slot), int64(t.LargestCost),
		int64(t.RetryLeast), int64(t.RetryMost), int64(t.Minimum))
	from := t.From
	if from == at {
		from = 0
	}
	if t.isPlain() && from == 0 {
		return b
	}
	b = append(b, byte(t.Mode), octet(t.Shadow), octet(t.Exempt), octet(t.Held), octet(t.Withhold), octet(t.Closed))
	b = appendSigned(appendString(b, t.Cause), int64(t.Standing), t.Until, int64(t.Hold), int64(t.Margin), int64(t.Cost), int64(t.FinishCritical))
	b = appendNumbers(b, uint64(len(t.Keep)))
	for _, part := range t.Keep {
		b = appendSigned(b, int64(part))
	}
	b = appendNumbers(b, uint64(len(t.Variants)))
	for _, v := range t.Variants {
		b = append(appendString(b, v.Variant), octet(v.Exempt))
		b = appendNumbers(appendSigned(b, int64(v.Cost)), uint64(v.Rank))
	}
	return appendSigned(b, from)
}

// isPlain says that nothing holds that most policies do not have.
func (t *Terms) isPlain() bool {
	return t.Mode == traffic.ModeEnforce && !t.Shadow && !t.Exempt && !t.Held && !t.Withhold && !t.Closed && t.Cause == "" && t.Standing == t.Allocation &&
		t.Until == 0 && t.Hold == 0 && t.Margin == 0 && t.Cost == traffic.SR && t.FinishCritical == 0 && len(t.Keep) == 0 && len(t.Variants) == 0
}

func (d *decoder) own(c *cursor, k kind, at int64) Record {
	own := Own{ID: uint32(c.most(1<<32 - 1)), Nth: c.number()}
	if len(c.b) < linkSize {
		c.bad = true
		return nil
	}
	copy(own.Link[:], c.b[len(c.b)-linkSize:])
	c.b = c.b[:len(c.b)-linkSize]
	var known bool
	if own.Account, known = d.names(own.ID); !known {
		c.bad = true
	}
	switch k {
	case kindDecision:
		d.decision = Decision{Own: own}
		d.readDecision(c, at)
		return &d.decision
	case kindOutcome:
		d.outcome = Outcome{Own: own, End: End(c.most(uint64(Ends) - 1)), ClientLeft: c.octet() != 0, User: duis.EUI64(c.fixed())}
		o := &d.outcome
		o.Variant, o.Decision, o.Status = d.variant(c), Position(c.number()), int(c.most(999))
		o.Latency = time.Duration(c.signed())
		return o
	case kindTerms:
		return readTerms(c, own)
	case kindNotice:
		n := &Notice{Own: own, Policy: c.string(), PolicyName: c.string(), OldWeight: c.string(), Weight: c.string(), Weights: c.string(), Source: c.string()}
		n.Shortened, n.Effective, n.Old, n.New = c.octet() != 0, c.signed(), traffic.Rate(c.signed()), traffic.Rate(c.signed())
		return n
	case kindChallenge:
		return &Challenge{Own: own, Notice: Position(c.number()), Answer: c.octet() != 0, Who: c.string(), Text: c.string()}
	case kindDelivery:
		return &Delivery{Own: own, Telling: readTelling(c)}
	}
	return &Lost{Own: own, Decisions: c.number(), Outcomes: c.number(), From: c.signed(), To: c.signed()}
}

func (d *decoder) readDecision(c *cursor, at int64) {
	r := &d.decision
	n := &r.Numbers
	flags := c.octet()
	n.Verdict, n.Reason = traffic.Verdict(c.octet()), traffic.Reason(c.octet())
	if int(n.Reason) >= traffic.Reasons || int(n.Verdict) >= traffic.Verdicts || !n.Verdict.Allows(n.Reason) {
		c.bad = true
	}
	r.CommandVariant = duis.CommandVariant(c.octet())
	r.ID = c.requestID()
	r.Variant = d.variant(c)
	if flags&flagSender != 0 {
		copy(r.Sender[:], c.take(len(r.Sender)))
	}
	r.HasFirstInSequence, r.FirstInSequence = flags&flagHasFirst != 0, flags&flagFirst != 0
	if r.HasPreceding = flags&flagHasPreceding != 0; r.HasPreceding {
		r.Preceding = c.requestID()
	}
	n.User = uint64(r.ID.Originator)
	n.Active, n.Activated = flags&flagActive != 0, flags&flagActivated != 0
	n.Number, n.Policy = c.number(), uint32(c.most(1<<32-1))
	n.Refusals, n.RetryAfter = uint32(c.most(1<<32-1)), uint32(c.most(1<<32-1))
	n.At = at - c.signed()
	for _, to := range [...]*traffic.Amount{&n.Cost, &n.Assured, &n.Spare, &n.Pool, &n.Cold, &n.Depth} {
		*to = traffic.Amount(c.signed())
	}
	n.Allocation = traffic.Rate(c.signed())
	n.Exempt, n.Vouched, n.Held, n.Kept, n.Limit, n.Hold, n.HoldRate = false, false, false, 0, 0, 0, 0
	if flags&flagExtended != 0 {
		n.Exempt, n.Vouched, n.Held = c.octet() != 0, c.octet() != 0, c.octet() != 0
		n.Kept, n.Limit, n.Hold = traffic.Amount(c.signed()), traffic.Amount(c.signed()), traffic.Amount(c.signed())
		n.HoldRate = traffic.Rate(c.signed())
	}
}

// variant reads a variant's text, of which there are few.
func (d *decoder) variant(c *cursor) string {
	const most = 1000
	raw := c.text()
	if s, known := d.variants[string(raw)]; known {
		return s
	}
	s := string(raw)
	if d.variants == nil {
		d.variants = make(map[string]string)
	}
	if len(d.variants) < most {
		d.variants[s] = s
	}
	return s
}

func readTerms(c *cursor, own Own) *Terms {
	t := &Terms{Own: own, Policy: c.string(), PolicyName: c.string(), Weight: c.string(), Weights: c.string()}
	t.New, t.Start, t.Repeated = c.octet() != 0, c.octet() != 0, c.octet() != 0
	t.Allocation, t.Depth, t.Threshold = traffic.Rate(c.signed()), traffic.Amount(c.signed()), traffic.Rate(c.signed())
	t.Burst, t.Slot, t.LargestCost = time.Duration(c.signed()), time.Duration(c.signed()), traffic.Amount(c.signed())
	t.RetryLeast, t.RetryMost, t.Minimum = time.Duration(c.signed()), time.Duration(c.signed()), traffic.Rate(c.signed())
	t.Standing, t.Cost = t.Allocation, traffic.SR
	if len(c.b) > 0 && !c.bad {
		readExtendedTerms(c, t)
	}
	return t
}

// readExtendedTerms reads what most terms do not have.
func readExtendedTerms(c *cursor, t *Terms) {
	t.Mode = traffic.Mode(c.octet())
	c.bad = c.bad || t.Mode > traffic.ModeSuspended
	t.Shadow, t.Exempt, t.Held, t.Withhold, t.Closed = c.octet() != 0, c.octet() != 0, c.octet() != 0, c.octet() != 0, c.octet() != 0
	t.Cause, t.Standing, t.Until = c.string(), traffic.Rate(c.signed()), c.signed()
	t.Hold, t.Margin = traffic.Rate(c.signed()), traffic.Rate(c.signed())
	t.Cost, t.FinishCritical = traffic.Amount(c.signed()), time.Duration(c.signed())
	for n := c.most(traffic.MaxVariants); n > 0 && !c.bad; n-- {
		t.Keep = append(t.Keep, traffic.Fraction(c.signed()))
	}
	for n := c.most(traffic.MaxVariants); n > 0 && !c.bad; n-- {
		v := Variant{Variant: c.string()}
		v.Exempt, v.Cost, v.Rank = c.octet() != 0, traffic.Amount(c.signed()), int(c.most(uint64(len(t.Keep))))
		t.Variants = append(t.Variants, v)
	}
	t.From = c.signed()
}
