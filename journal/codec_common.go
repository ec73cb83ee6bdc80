package journal

import (
	"encoding/binary"
	"time"

	"srtm/duis"
)

// common reads the fields of a record that is nobody's own.
func common(c *cursor, k kind) Record {
	switch k {
	case kindStart:
		return &Start{Version: c.string(), Node: c.string(), Environment: c.string(), Restart: c.octet() != 0, Wall: c.signed()}
	case kindStop:
		return &Stop{Reason: c.string()}
	case kindPolicy:
		return readPolicy(c)
	case kindActivation:
		return &Activation{Decision: Position(c.number())}
	case kindRelease:
		return &Release{Since: c.signed()}
	case kindAct:
		return readAct(c)
	case kindCommon:
		return &CommonDelivery{readTelling(c)}
	case kindClock:
		return &Clock{Offset: time.Duration(c.signed())}
	case kindGap:
		return &Gap{Cause: c.string(), First: Position(c.number()), Last: Position(c.number()), Decisions: c.number(), Outcomes: c.number(),
			From: c.signed(), To: c.signed()}
	case kindDamage:
		return &Damage{File: c.string(), What: c.string(), Cut: c.octet() != 0, Offset: c.signed(), Bytes: c.signed()}
	case kindHead:
		return &Head{Text: c.string()}
	case kindRemoval:
		r := &Removal{First: Position(c.number()), Last: Position(c.number())}
		copy(r.Chain[:], c.take(len(r.Chain)))
		return r
	case kindCheckpoint:
		return readCheckpoint(c)
	case kindAccount:
		return &Account{ID: uint32(c.most(1<<32 - 1)), Name: c.string()}
	case kindSender:
		return &Sender{Fingerprint: c.string(), Subject: c.string()}
	case kindProposal:
		p := &Proposal{Step: Step(c.octet()), Name: c.string(), Digest: c.string(), Who: c.string(), Why: c.string(), Effective: c.signed(), Files: readFiles(c)}
		c.bad = c.bad || p.Step >= steps
		return p
	}
	return nil
}

// readAct reads an act; before acts had a reference their records ended earlier.
func readAct(c *cursor) *Act {
	a := &Act{Who: c.string(), What: c.string(), Why: c.string(), Account: c.string(), Until: c.signed()}
	if len(c.b) > 0 && !c.bad {
		a.Reference, a.About = c.string(), Position(c.number())
	}
	return a
}

func readPolicy(c *cursor) *Policy {
	return &Policy{Number: uint32(c.most(1<<32 - 1)), Name: c.string(), Environment: c.string(), Digest: c.string(),
		Who: c.string(), Why: c.string(), Effective: c.signed(), Files: readFiles(c)}
}

// maxFiles is more than a policy has, with its annexes.
const maxFiles = 64

func readFiles(c *cursor) []File {
	var files []File
	for range c.most(maxFiles) {
		files = append(files, File{Name: c.string(), Text: c.string()})
	}
	return files
}

func readCheckpoint(c *cursor) *Checkpoint {
	p := &Checkpoint{Journal: c.string(), Environment: c.string()}
	copy(p.Head[:], c.take(len(p.Head)))
	for n := c.number(); n > 0 && !c.bad; n-- {
		a := Chain{Account: Account{ID: uint32(c.most(1<<32 - 1))}, Nth: c.number()}
		a.Name = c.string()
		copy(a.Value[:], c.take(len(a.Value)))
		p.Accounts = append(p.Accounts, a)
	}
	for n := c.number(); n > 0 && !c.bad; n-- {
		p.Senders = append(p.Senders, Sender{Fingerprint: c.string(), Subject: c.string()})
	}
	for n := c.most(1); n > 0 && !c.bad; n-- {
		p.Policies = append(p.Policies, *readPolicy(c))
	}
	return p
}

func (c *cursor) take(n int) []byte {
	if c.bad || n < 0 || n > len(c.b) {
		c.bad = true
		return nil
	}
	taken := c.b[:n]
	c.b = c.b[n:]
	return taken
}

func (c *cursor) octet() byte {
	if b := c.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) fixed() uint64 {
	if b := c.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (c *cursor) number() uint64 {
	n, size := binary.Uvarint(c.b)
	if size <= 0 {
		c.bad = true
		return 0
	}
	c.take(size)
	return n
}

// most reads a number that is at most n.
func (c *cursor) most(n uint64) uint64 {
	v := c.number()
	if v > n {
		c.bad = true
		return 0
	}
	return v
}

func (c *cursor) signed() int64 {
	n, size := binary.Varint(c.b)
	if size <= 0 {
		c.bad = true
		return 0
	}
	c.take(size)
	return n
}

// text reads a text without copying it.
func (c *cursor) text() []byte { return c.take(int(min(c.number(), uint64(len(c.b))+1))) }

func (c *cursor) string() string { return string(c.text()) }

func (c *cursor) requestID() duis.RequestID {
	return duis.RequestID{Originator: duis.EUI64(c.fixed()), Target: duis.EUI64(c.fixed()), Counter: c.number()}
}
