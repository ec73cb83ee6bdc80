package journal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

// writer turns batches into blocks of the segment under way. It is the
// committer's alone.
type writer struct {
	j       *Journal
	signer  signer
	journal string // its number

	file   Sink   // nil: a new segment is to be begun
	path   string // of file
	marker [markerSize]byte
	size   int64 // octets that are durable in file
	full   int64 // size at which a new segment is tried for

	chain    [32]byte // the journal's, after the last block
	chains   []Chain  // the accounts'
	lastHead [32]byte
	was      before
	buffer   []byte
	scratch  []byte // the chain before, then a record
	block    int    // where in buffer the block under way begins; -1: none does
	holds    contents
}

// before is what write goes back to when it fails.
type before struct {
	chain, lastHead [32]byte
	chains          []Chain
	touched         map[uint32]bool
}

// write makes a batch durable, whole; or nothing of it counts.
func (w *writer) write(b *batch) error {
	if len(b.items) == 0 {
		return nil
	}
	w.was = before{chain: w.chain, lastHead: w.lastHead, chains: w.was.chains[:0], touched: w.was.touched}
	clear(w.was.touched)
	w.buffer, w.block = w.buffer[:0], -1
	err := w.begin(b)
	if err == nil {
		err = w.encode(b)
	}
	if err == nil {
		_, err = w.file.Write(w.buffer)
	}
	if err == nil {
		err = w.file.Sync()
	}
	if err != nil {
		w.forget()
		return fmt.Errorf("writing the journal: %w", err)
	}
	w.size += int64(len(w.buffer))
	if head := b.head(); head != nil {
		w.j.head.Store(head)
	}
	return nil
}

// head returns the last head in the batch, if there is one.
func (b *batch) head() *Head {
	for i := len(b.others) - 1; i >= 0; i-- {
		if h, is := b.others[i].(*Head); is {
			return h
		}
	}
	return nil
}

// forget goes back to before a write that failed.
func (w *writer) forget() {
	w.chain, w.lastHead = w.was.chain, w.was.lastHead
	for _, c := range w.was.chains {
		w.chains[c.ID-1] = c
	}
}

// repair cuts off what a failed write may have left. A new segment follows: what
// was lost may have been names that later records refer to, and a checkpoint
// gives them all.
func (w *writer) repair() error {
	if w.file == nil {
		return nil
	}
	var err error
	if w.size > 0 {
		if err = w.file.Truncate(w.size); err == nil {
			err = w.file.Sync()
		}
	} else if err = os.Remove(w.path); errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return err
	}
	_ = w.file.Close()
	w.file = nil
	return nil
}

// begin begins a new segment where one is due. While one cannot be had, most
// likely because too many files are open, that under way goes on.
func (w *writer) begin(b *batch) error {
	if w.file != nil && w.size < w.full {
		return nil
	}
	path := segmentPath(w.j.dir, b.first)
	file, err := w.create(path)
	if err != nil && w.file != nil {
		w.full = w.size + fullBlock
		w.j.o.Logger.Warn("the journal goes on in a segment that is full: a new one cannot be begun", "error", err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	if w.file != nil {
		_ = w.file.Close() // all that it has is durable
		w.j.house.nudge()
	}
	w.file, w.path, w.size, w.full = file, path, 0, w.j.o.Segment
	checkpoint := w.checkpoint()
	if _, err := rand.Read(w.marker[:]); err != nil {
		return err
	}
	w.buffer, w.chain = header{w.marker, b.first, b.items[0].at, w.chain}.append(w.buffer)
	w.open(b.first)
	w.holds.defines = true
	w.put(appendRecord(w.scratch[:0], b.items[0].at, checkpoint))
	w.seal()
	return nil
}

// create makes the file of a new segment, and sees that it cannot be lost.
func (w *writer) create(path string) (Sink, error) {
	file, err := w.j.o.Create(path)
	if err != nil {
		return nil, err
	}
	if err := syncDir(w.j.dir); err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(path))
	}
	return file, nil
}

// checkpoint returns how far everything has come.
func (w *writer) checkpoint() *Checkpoint {
	w.j.mu.Lock()
	defer w.j.mu.Unlock()
	for name, id := range w.j.accounts {
		w.know(Account{id, name})
	}
	c := &Checkpoint{Journal: w.journal, Environment: w.j.o.Environment, Accounts: w.chains, Head: w.lastHead}
	for _, s := range w.j.senders {
		c.Senders = append(c.Senders, s)
	}
	if w.j.policy != nil {
		c.Policies = []Policy{*w.j.policy}
	}
	return c
}

// know has a chain begin for the account if it has none.
func (w *writer) know(a Account) {
	for len(w.chains) < int(a.ID) {
		w.chains = append(w.chains, Chain{})
	}
	if c := &w.chains[a.ID-1]; c.ID == 0 {
		*c = Chain{a, 0, Genesis(w.journal, a.Name)}
	}
}

// encode appends the batch's blocks to the buffer.
func (w *writer) encode(b *batch) error {
	for i, item := range b.items {
		r := b.record(item)
		position := b.first + Position(i)
		if head, is := r.(*Head); is {
			w.seal()
			if err := w.signHead(head, item.at, position-1); err != nil {
				return err
			}
		}
		if w.block < 0 {
			w.open(position)
		}
		if own := owner(r); own != nil {
			w.putOwn(own, item.at, r)
		} else {
			w.putCommon(item.at, r)
		}
		w.holds.records++
		if len(w.buffer)-w.block > fullBlock {
			w.seal()
		}
	}
	w.seal()
	return nil
}

func (w *writer) open(first Position) {
	w.block, w.holds = len(w.buffer), contents{first: first}
	w.buffer = append(w.buffer, make([]byte, blockHeader)...)
}

func (w *writer) seal() {
	if w.block < 0 {
		return
	}
	w.chain = sealBlock(w.buffer[w.block:], w.marker, w.holds, w.chain)
	w.block = -1
}

func (w *writer) put(raw []byte) {
	w.buffer = binary.AppendUvarint(w.buffer, uint64(len(raw)))
	w.buffer = append(w.buffer, raw...)
	w.scratch = raw[:0]
}

func (w *writer) putCommon(at int64, r Record) {
	if a, is := r.(*Account); is {
		w.know(*a)
		w.holds.defines = true
	}
	w.put(appendRecord(w.scratch[:0], at, r))
}

// putOwn extends the account's chain by the record.
func (w *writer) putOwn(own *Own, at int64, r Record) {
	c := &w.chains[own.ID-1]
	if !w.was.touched[own.ID] {
		w.was.touched[own.ID] = true
		w.was.chains = append(w.was.chains, *c)
	}
	c.Nth++
	own.Nth = c.Nth
	b := append(w.scratch[:0], c.Value[:]...)
	b = appendRecord(b, at, r)
	c.Value = sha256.Sum256(b)
	raw := append(b[len(c.Value):], c.Value[:linkSize]...)
	w.buffer = binary.AppendUvarint(w.buffer, uint64(len(raw)))
	w.buffer = append(w.buffer, raw...)
	w.scratch = b[:0]
}

// signHead fills in the head that follows the last block.
func (w *writer) signHead(h *Head, at int64, last Position) error {
	root, err := Root(w.chains)
	if err != nil {
		return err
	}
	signed, err := w.signer.sign(HeadClaims{
		Environment: w.j.o.Environment, Journal: w.journal, At: at, Position: last, Chain: w.chain,
		Accounts: len(w.chains), Root: root, Previous: w.lastHead,
	})
	if err != nil {
		return err
	}
	*h, w.lastHead = *signed, textHash(signed)
	return nil
}

func (w *writer) close() error {
	if w.file == nil {
		return nil
	}
	err := w.file.Close()
	w.file = nil
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
