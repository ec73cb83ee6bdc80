package ledger

import (
	"encoding/binary"
	"errors"

	"srtm/traffic"
)

// What a fold needs to go on, beside the rows, stands in the database as octets:
// signed varints in the order of the functions below, which write and read.

const stateVersion = 1

// coder writes or reads numbers, so that one function says the order for both.
type coder struct {
	b       []byte
	reading bool
	err     error
}

var errState = errors.New("the state of the fold cannot be read; rebuild the ledger")

func (c *coder) number(n int64) int64 {
	if !c.reading {
		c.b = binary.AppendVarint(c.b, n)
		return n
	}
	n, size := binary.Varint(c.b)
	if size <= 0 {
		c.b, c.err = nil, errState
		return 0
	}
	c.b = c.b[size:]
	return n
}

// length is of a list; each element takes at least one octet.
func (c *coder) length(n int) int {
	n = int(c.number(int64(n)))
	if c.reading && (n < 0 || n > len(c.b)) {
		c.err = errState
		return 0
	}
	return n
}

func (c *coder) flag(is *bool) {
	var n int64
	if *is {
		n = 1
	}
	*is = c.number(n) != 0
}

func code[T ~int64 | ~uint64 | ~int | ~uint16](c *coder, fields ...*T) {
	for _, field := range fields {
		*field = T(c.number(int64(*field)))
	}
}

// finish says whether all was read, and rightly.
func (c *coder) finish() error {
	if c.err == nil && len(c.b) > 0 {
		c.err = errState
	}
	return c.err
}

func (f *fold) code(c *coder) {
	if c.number(stateVersion) != stateVersion {
		c.err = errState
		return
	}
	code(c, &f.before, &f.clock, &f.touching)
	c.flag(&f.active)
	c.flag(&f.unsure)
	c.flag(&f.running)
	codeList(c, &f.minutes, func(m *mark) {
		code(c, &m.minute)
		code(c, &m.first)
	})
	codeList(c, &f.episodes, func(s *stretch) {
		code(c, &s.id, &s.started)
		code(c, &s.last)
	})
	codeList(c, &f.holes, func(h *hole) { code(c, &h.first, &h.last) })
	f.system.code(c)
	if c.reading && f.active && len(f.episodes) == 0 {
		c.err = errState
	}
}

func codeList[T any](c *coder, list *[]T, each func(*T)) {
	n := c.length(len(*list))
	if c.reading {
		*list = make([]T, n)
	}
	for i := range *list {
		each(&(*list)[i])
	}
}

func (a *account) code(c *coder) {
	c.flag(&a.known)
	code(c, &a.allocation)
	code(c, &a.depth, &a.rules.LargestCost)
	code(c, &a.rules.Slot, &a.rules.Burst)
	a.codeReference(c)
	a.window.code(c)
	a.second.code(c)
	code(c, &a.listedMinute, &a.brokenDay, &a.sentIn, &a.refusedIn)
	code(c, &a.listed, &a.brokenListed)
}

func (a *account) codeReference(c *coder) {
	has := a.reference != nil
	c.flag(&has)
	c.flag(&a.doubted)
	if !has {
		return
	}
	var tokens traffic.Amount
	var slot int64
	if !c.reading {
		tokens, slot = a.reference.Held()
	}
	code(c, &tokens)
	code(c, &slot)
	if !c.reading {
		return
	}
	if a.rules.Slot < traffic.MinSlot {
		c.err = errState
		return
	}
	a.reference = traffic.NewReference(a.rules, a.allocation, 0)
	a.reference.Resume(tokens, slot)
}

func (w *window) code(c *coder) {
	code(c, &w.slot, &w.slots)
	live := w.queue[w.head:]
	codeList(c, &live, func(s *slotCost) {
		code(c, &s.slot)
		code(c, &s.cost)
		if c.reading {
			w.sum += s.cost
		}
	})
	if c.reading {
		w.queue = live
	}
}

func (s *second) code(c *coder) {
	code(c, &s.at)
	for _, n := range []*Count{&s.offered, &s.forwarded, &s.throttled} {
		code(c, &n.Requests)
		code(c, &n.Cost)
	}
	code(c, &s.tenths)
}
