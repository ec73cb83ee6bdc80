package journal

import (
	"encoding/binary"
	"errors"
	"fmt"

	"srtm/duis"
)

// kind is the first octet of a record. Numbers are never used again for
// something else.
type kind uint8

const (
	kindDecision   kind = 1
	kindOutcome    kind = 2
	kindTerms      kind = 3
	kindLost       kind = 4
	kindNotice     kind = 5
	kindChallenge  kind = 6
	kindDelivery   kind = 7
	lastOwn             = kindDelivery
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
	kindProposal   kind = 30
	kindCommon     kind = 31
)

func (*Decision) kind() kind   { return kindDecision }
func (*Outcome) kind() kind    { return kindOutcome }
func (*Terms) kind() kind      { return kindTerms }
func (*Lost) kind() kind       { return kindLost }
func (*Notice) kind() kind     { return kindNotice }
func (*Challenge) kind() kind  { return kindChallenge }
func (*Delivery) kind() kind   { return kindDelivery }
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
func (*Proposal) kind() kind   { return kindProposal }

func (*CommonDelivery) kind() kind { return kindCommon }

// isOwn says that records of this kind belong to one account's chain.
func (k kind) isOwn() bool { return k >= kindDecision && k <= lastOwn }

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
	case *Notice:
		return &r.Own
	case *Challenge:
		return &r.Own
	case *Delivery:
		return &r.Own
	}
	return nil
}

// linkSize is how many octets at an own record's end are its Link.
const linkSize = len(Link{})

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
		return appendTerms(b, at, r)
	case *Lost:
		b = appendNumbers(b, r.Decisions, r.Outcomes)
		return appendSigned(b, r.From, r.To)
	case *Notice:
		b = appendStrings(b, r.Policy, r.PolicyName, r.OldWeight, r.Weight, r.Weights, r.Source)
		return appendSigned(append(b, octet(r.Shortened)), r.Effective, int64(r.Old), int64(r.New))
	case *Challenge:
		return appendStrings(append(appendNumbers(b, uint64(r.Notice)), octet(r.Answer)), r.Who, r.Text)
	case *Delivery:
		return appendTelling(b, &r.Telling)
	}
	return appendCommon(b, r)
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
		b = appendSigned(appendStrings(b, r.Who, r.What, r.Why, r.Account), r.Until)
		if r.Reference == "" && r.About == 0 {
			return b
		}
		return appendNumbers(appendString(b, r.Reference), uint64(r.About))
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
	case *Proposal:
		return appendProposal(b, r)
	case *CommonDelivery:
		return appendTelling(b, &r.Telling)
	}
	panic(fmt.Sprintf("journal: a record of kind %d has no fields", r.kind()))
}

func appendPolicy(b []byte, p *Policy) []byte {
	b = appendNumbers(b, uint64(p.Number))
	b = appendStrings(b, p.Name, p.Environment, p.Digest, p.Who, p.Why)
	return appendFiles(appendSigned(b, p.Effective), p.Files)
}

func appendProposal(b []byte, p *Proposal) []byte {
	b = appendStrings(append(b, byte(p.Step)), p.Name, p.Digest, p.Who, p.Why)
	return appendFiles(appendSigned(b, p.Effective), p.Files)
}

func appendFiles(b []byte, files []File) []byte {
	b = appendNumbers(b, uint64(len(files)))
	for _, f := range files {
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
