package journal

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// walk goes through a segment block by block and recomputes everything: hashes,
// chains, positions.
type walk struct {
	source     *source
	decoder    decoder
	chain      [32]byte // the journal's
	chains     []Chain
	broken     map[uint32]bool // accounts whose chain is not known since something is missing
	checkpoint Checkpoint
	next       Position
	at         int64
	head       *Head    // the last
	previous   [32]byte // hash of the one before it
	block      Position // the first of the block under way
	headed     Position
	whole      bool     // its beginning could be read
	lost       bool     // nothing whole comes after what cannot be read
	adrift     bool     // the chain before the next block cannot be known
	before     [32]byte // the journal's chain before the block under way
	records    uint64
	entry      func(*Entry) *Problem
}

// Problem is one thing that is wrong with a journal, and where.
type Problem struct {
	File   string
	Offset int64    // in the segment as it was written, before compression
	After  Position // the last that was right before it
	What   string
}

// Error writes the problem in one line: where it is, as far as that is known, and
// what.
func (p *Problem) Error() string {
	var where []string
	if p.File != "" {
		where = append(where, fmt.Sprintf("%s, octet %d", p.File, p.Offset))
	}
	if p.After > 0 {
		where = append(where, fmt.Sprintf("after position %d", p.After))
	}
	if len(where) == 0 {
		return p.What
	}
	return strings.Join(where, ", ") + ": " + p.What
}

func (w *walk) start(src *source, chain [32]byte) {
	w.source, w.chain, w.whole, w.lost = src, chain, false, false
	w.next = src.header.first
	w.decoder.names = func(id uint32) (string, bool) {
		if id == 0 || int(id) > len(w.chains) {
			return "", false
		}
		return w.chains[id-1].Name, true
	}
}

func (w *walk) problem(format string, args ...any) *Problem {
	return &Problem{filepath.Base(w.source.path), w.source.offset, w.next - 1, fmt.Sprintf(format, args...)}
}

// step goes through the next block. It returns what is wrong with it, and io.EOF
// at the clean end. After a problem, lost says that there is nothing to go on
// with.
func (w *walk) step() (*Problem, error) {
	b, n, err := w.source.block()
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	default:
		return w.skip(b, err), nil
	}
	defer w.source.use(len(b))
	claimed := [32]byte(b[28:blockHeader])
	w.before, w.chain = w.chain, link(w.chain, b)
	if w.adrift {
		w.adrift, w.chain = false, claimed
	}
	if w.chain != claimed {
		found := w.problem("the hash of the block with positions %d to %d is not the one it should have", n.first, int(n.first)+n.records-1)
		w.chain = claimed
		_ = w.read(b, n)
		return found, nil
	}
	return w.read(b, n), nil
}

// skip steps over a part that cannot be read, to the next whole block.
func (w *walk) skip(b []byte, why error) *Problem {
	found := w.problem("%v", why)
	if errors.Is(why, errChecksum) {
		claimed := [32]byte(b[28:blockHeader])
		if w.source.pass(b) { // what it says of itself is the chain after it
			w.chain = claimed
			return found
		}
	}
	if _, err := w.source.resync(); err != nil {
		w.lost = true
	}
	w.adrift = true
	return found
}

// read goes through a block's records.
func (w *walk) read(b []byte, n contents) *Problem {
	payload := b[blockHeader:]
	if n.records == 0 {
		return w.readCheckpoint(payload)
	}
	if n.first < w.next {
		return w.problem("a block begins with position %d, which has been there already", n.first)
	}
	var found *Problem
	w.block = n.first
	jumped := n.first > w.next
	for i := range n.records {
		raw, rest, ok := nextRecord(payload)
		e, err := w.decoder.decode(raw)
		if !ok || err != nil {
			unread := w.problem("record %d of a block is none", i+1)
			w.next = max(w.next, n.first+Position(n.records)) // whatever they are, their positions are taken
			return unread
		}
		payload, e.Position = rest, n.first+Position(i)
		if p := w.take(&e, jumped && i == 0); found == nil {
			found = p
		}
	}
	if len(payload) > 0 && found == nil {
		found = w.problem("a block has %d octets more than its records", len(payload))
	}
	return found
}

// take checks one record against what came before it.
func (w *walk) take(e *Entry, jumped bool) (found *Problem) {
	if gap, is := e.Record.(*Gap); jumped && (!is || gap.Last+1 != e.Position) {
		found = w.problem("positions %d to %d are missing, and nothing says why", w.next, e.Position-1)
	}
	if e.At < w.at && found == nil {
		found = w.problem("the time of position %d lies before that of the record before it", e.Position)
	}
	if own := owner(e.Record); own != nil {
		if p := w.link(e, own); found == nil {
			found = p
		}
	}
	switch r := e.Record.(type) {
	case *Account:
		if p := w.name(r); found == nil {
			found = p
		}
	case *Head:
		w.previous = w.lastHead()
		w.head, w.headed = r, e.Position+1
	case *Sender:
		w.checkpoint.Senders = append(w.checkpoint.Senders, *r)
	case *Policy:
		w.checkpoint.Policies = []Policy{*r}
	}
	w.next, w.at = e.Position+1, max(w.at, e.At)
	w.records++
	if w.entry != nil && found == nil {
		found = w.entry(e)
	}
	return found
}

// lastHead returns the hash of the last head so far; zeros where there is none.
func (w *walk) lastHead() [32]byte {
	if w.head != nil {
		return textHash(w.head)
	}
	return w.checkpoint.Head
}

// name begins an account's chain, unless the segment's checkpoint did.
func (w *walk) name(a *Account) *Problem {
	switch n := len(w.chains); {
	case int(a.ID) == n+1:
		w.chains = append(w.chains, Chain{*a, 0, Genesis(w.checkpoint.Journal, a.Name)})
	case a.ID == 0 || int(a.ID) > n || w.chains[a.ID-1].Name != a.Name:
		return w.problem("the account %q has the number %d, which is not its own", a.Name, a.ID)
	}
	return nil
}

// link recomputes the account's chain.
func (w *walk) link(e *Entry, own *Own) *Problem {
	c := &w.chains[own.ID-1]
	c.Nth++
	c.Value = Extend(c.Value, e.Raw)
	var found *Problem
	switch {
	case own.Nth != c.Nth:
		found = w.problem("position %d is the record %d of %s and should be its record %d", e.Position, own.Nth, own.Account, c.Nth)
		c.Nth = own.Nth
	case own.Link != Link(c.Value[:linkSize]) && !w.broken[own.ID]:
		found = w.problem("position %d, the record %d of %s, is not the one that the account's chain has there", e.Position, own.Nth, own.Account)
	}
	if found != nil { // one is enough to say: what follows cannot be judged until the next checkpoint
		if w.broken == nil {
			w.broken = make(map[uint32]bool)
		}
		w.broken[own.ID] = true
	}
	return found
}

// readCheckpoint begins with what the segment's checkpoint says. Where the walk
// came from the segment before, that must be the same.
func (w *walk) readCheckpoint(payload []byte) *Problem {
	raw, _, ok := nextRecord(payload)
	e, err := w.decoder.decode(raw)
	c, is := e.Record.(*Checkpoint)
	if !ok || err != nil || !is {
		return w.problem("the segment does not begin with a checkpoint")
	}
	var found *Problem
	if w.chains != nil {
		found = w.compare(c)
	}
	w.checkpoint, w.chains, w.broken, w.whole = *c, c.Accounts, nil, true
	if e.At < w.at && found == nil {
		found = w.problem("the segment begins before the last record of the one before it")
	}
	w.at = max(w.at, e.At)
	return found
}

func (w *walk) compare(c *Checkpoint) *Problem {
	if c.Journal != w.checkpoint.Journal || c.Environment != w.checkpoint.Environment {
		return w.problem("the segment belongs to another journal")
	}
	if len(c.Accounts) < len(w.chains) {
		return w.problem("the segment knows %d accounts and the one before it %d", len(c.Accounts), len(w.chains))
	}
	for i, a := range w.chains {
		if c.Accounts[i] != a && !w.broken[a.ID] {
			return w.problem("the chain of %s is not the one that it had at the end of the segment before", a.Name)
		}
	}
	if c.Head != w.lastHead() {
		return w.problem("the last head is not the one of the segment before")
	}
	return nil
}
