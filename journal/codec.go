package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"srtm/duis"
	"srtm/traffic"
)

// kind is the first octet of a record. Numbers are never used again for
// something else.
type kind uint8

const (
	kindDecision   kind = 1
	kindOutcome    kind = 2
	kindTerms      kind = 3
	kindLost       kind = 4
	kindStart      kind = 16
	kindStop       kind = 17
	kindPolicy     kind = 18
	kindActivation kind = 19
	kindRelease    kind = 20
	kindAct        kind = 21
	kindClock      kind = 22
	kindGap        kind = 23
	kindDamage     kind = 24
	kindHead       kind = 25
	kindRemoval    kind = 26
	kindCheckpoint kind = 27
	kindAccount    kind = 28
	kindSender     kind = 29
)

func (*Decision) kind() kind   { return kindDecision }
func (*Outcome) kind() kind    { return kindOutcome }
func (*Terms) kind() kind      { return kindTerms }
func (*Lost) kind() kind       { return kindLost }
func (*Start) kind() kind      { return kindStart }
func (*Stop) kind() kind       { return kindStop }
func (*Policy) kind() kind     { return kindPolicy }
func (*Activation) kind() kind { return kindActivation }
func (*Release) kind() kind    { return kindRelease }
func (*Act) kind() kind        { return kindAct }
func (*Clock) kind() kind      { return kindClock }
func (*Gap) kind() kind        { return kindGap }
func (*Damage) kind() kind     { return kindDamage }
func (*Head) kind() kind       { return kindHead }
func (*Removal) kind() kind    { return kindRemoval }
func (*Checkpoint) kind() kind { return kindCheckpoint }
func (*Account) kind() kind    { return kindAccount }
func (*Sender) kind() kind     { return kindSender }

// isOwn says that records of this kind belong to one account's chain.
func (k kind) isOwn() bool { return k >= kindDecision && k <= kindLost }

// owner returns what r has in common with all records of an account; nil: it is
// nobody's own.
func owner(r Record) *Own {
	switch r := r.(type) {
	case *Decision:
		return &r.Own
	case *Outcome:
		return &r.Own
	case *Terms:
		return &r.Own
	case *Lost:
		return &r.Own
	}
	return nil
}

// linkSize is how many octets at an own record's end are its Link.
const linkSize = len(Link{})

// The flags of a Decision.
const (
	flagHasFirst = 1 << iota
	flagFirst
	flagHasPreceding
	flagActive
	flagActivated
	flagSender
)

// appendRecord appends the record's octets: its kind, its time, then for an
// account's own its number and count, then its fields. An own record's Link is
// not appended: it is made from these octets.
func appendRecord(b []byte, at int64, r Record) []byte {
	b = append(b, byte(r.kind()))
	b = binary.BigEndian.AppendUint64(b, uint64(at))
	if own := owner(r); own != nil {
		b = binary.AppendUvarint(b, uint64(own.ID))
		b = binary.AppendUvarint(b, own.Nth)
	}
	switch r := r.(type) {
	case *Decision:
		return appendDecision(b, at, r)
	case *Outcome:
		return appendOutcome(b, r)
	case *Terms:
		return appendTerms(b, r)
	case *Lost:
		b = appendNumbers(b, r.Decisions, r.Outcomes)
		return appendSigned(b, r.From, r.To)
	}
	return appendCommon(b, r)
}

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
		{n.Active, flagActive}, {n.Activated, flagActivated}, {d.Sender != Fingerprint{}, flagSender},
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
	return appendSigned(b, at-n.At, int64(n.Cost), int64(n.Assured), int64(n.Spare), int64(n.Pool), int64(n.Cold), int64(n.Depth), int64(n.Allocation))
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

func appendTerms(b []byte, t *Terms) []byte {
	for _, s := range []string{t.Policy, t.PolicyName, t.Weight, t.Weights} {
		b = appendString(b, s)
	}
	b = append(b, octet(t.New), octet(t.Start), octet(t.Repeated))
	return appendSigned(b, int64(t.Allocation), int64(t.Depth), int64(t.Threshold), int64(t.Burst), int64(t.Slot), int64(t.LargestCost),
		int64(t.RetryLeast), int64(t.RetryMost), int64(t.Minimum))
}

// appendCommon appends the fields of a record that is nobody's own.
func appendCommon(b []byte, r Record) []byte {
	switch r := r.(type) {
	case *Start:
		b = appendStrings(b, r.Version, r.Node, r.Environment)
		return appendSigned(append(b, octet(r.Restart)), r.Wall)
	case *Stop:
		return appendString(b, r.Reason)
	case *Policy:
		return appendPolicy(b, r)
	case *Activation:
		return appendNumbers(b, uint64(r.Decision))
	case *Release:
		return appendSigned(b, r.Since)
	case *Act:
		return appendSigned(appendStrings(b, r.Who, r.What, r.Why, r.Account), r.Until)
	case *Clock:
		return appendSigned(b, int64(r.Offset))
	case *Gap:
		b = appendString(b, r.Cause)
		b = appendNumbers(b, uint64(r.First), uint64(r.Last), r.Decisions, r.Outcomes)
		return appendSigned(b, r.From, r.To)
	case *Damage:
		return appendSigned(append(appendStrings(b, r.File, r.What), octet(r.Cut)), r.Offset, r.Bytes)
	case *Head:
		return appendString(b, r.Text)
	case *Removal:
		return append(appendNumbers(b, uint64(r.First), uint64(r.Last)), r.Chain[:]...)
	case *Checkpoint:
		return appendCheckpoint(b, r)
	case *Account:
		return appendString(appendNumbers(b, uint64(r.ID)), r.Name)
	case *Sender:
		return appendStrings(b, r.Fingerprint, r.Subject)
	}
	panic(fmt.Sprintf("journal: a record of kind %d has no fields", r.kind()))
}

func appendPolicy(b []byte, p *Policy) []byte {
	b = appendNumbers(b, uint64(p.Number))
	b = appendStrings(b, p.Name, p.Environment, p.Digest, p.Who, p.Why)
	b = appendSigned(b, p.Effective)
	b = appendNumbers(b, uint64(len(p.Files)))
	for _, f := range p.Files {
		b = appendStrings(b, f.Name, f.Text)
	}
	return b
}

func appendCheckpoint(b []byte, c *Checkpoint) []byte {
	b = appendStrings(b, c.Journal, c.Environment)
	b = append(b, c.Head[:]...)
	b = appendNumbers(b, uint64(len(c.Accounts)))
	for _, a := range c.Accounts {
		b = appendNumbers(b, uint64(a.ID), a.Nth)
		b = append(appendString(b, a.Name), a.Value[:]...)
	}
	b = appendNumbers(b, uint64(len(c.Senders)))
	for _, s := range c.Senders {
		b = appendStrings(b, s.Fingerprint, s.Subject)
	}
	b = appendNumbers(b, uint64(len(c.Policies)))
	for i := range c.Policies {
		b = appendPolicy(b, &c.Policies[i])
	}
	return b
}

func octet(is bool) byte {
	if is {
		return 1
	}
	return 0
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendStrings(b []byte, all ...string) []byte {
	for _, s := range all {
		b = appendString(b, s)
	}
	return b
}

func appendNumbers(b []byte, all ...uint64) []byte {
	for _, n := range all {
		b = binary.AppendUvarint(b, n)
	}
	return b
}

func appendSigned(b []byte, all ...int64) []byte {
	for _, n := range all {
		b = binary.AppendVarint(b, n)
	}
	return b
}

func appendRequestID(b []byte, id duis.RequestID) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(id.Originator))
	b = binary.BigEndian.AppendUint64(b, uint64(id.Target))
	return binary.AppendUvarint(b, id.Counter)
}

// errRecord says that octets are no record; the caller knows where they stand.
var errRecord = errors.New("octets that are no record")

// decoder reads records. What recurs in many of them is kept once.
type decoder struct {
	names    func(id uint32) (string, bool)
	variants map[string]string
	decision Decision
	outcome  Outcome
}

// cursor steps through the octets of one record. After a fault everything reads
// as zero and bad is true.
type cursor struct {
	b   []byte
	bad bool
}

// decode reads one record. What is returned shares the decoder's memory, and is
// valid until the next call, but for the strings.
func (d *decoder) decode(raw []byte) (Entry, error) {
	c := &cursor{b: raw}
	k := kind(c.octet())
	e := Entry{At: int64(c.fixed()), Raw: raw}
	if k.isOwn() {
		e.Record = d.own(c, k, e.At)
	} else {
		e.Record = common(c, k)
	}
	if c.bad || e.Record == nil || len(c.b) > 0 {
		return Entry{}, errRecord
	}
	return e, nil
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
	}
	return &Lost{Own: own, Decisions: c.number(), Outcomes: c.number(), From: c.signed(), To: c.signed()}
}

func (d *decoder) readDecision(c *cursor, at int64) {
	r := &d.decision
	n := &r.Numbers
	flags := c.octet()
	n.Verdict, n.Reason = traffic.Verdict(c.octet()), traffic.Reason(c.octet())
	if int(n.Reason) >= traffic.Reasons || n.Verdict != n.Reason.Verdict() {
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
	return t
}
