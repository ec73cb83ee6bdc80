package ledger

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"srtm/traffic"
)

// What a fold needs to go on, beside the rows, stands in the database as octets:
// signed varints in the order of the functions below, which write and read.

const stateVersion = 3

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

// text is a string: its length, and its octets.
func (c *coder) text(s *string) {
	n := c.length(len(*s))
	if !c.reading {
		c.b = append(c.b, *s...)
		return
	}
	*s, c.b = string(c.b[:n]), c.b[n:]
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
	code(c, &a.depth)
	a.court.code(c)
	a.window.code(c)
	a.second.code(c)
	code(c, &a.listedMinute, &a.brokenDay, &a.sentIn, &a.refusedIn)
	code(c, &a.listed, &a.brokenListed)
}

func (c *court) code(k *coder) {
	codeRules(k, &c.rules)
	codeRules(k, &c.usual)
	code(k, &c.rate, &c.standing, &c.hold)
	for _, is := range []*bool{&c.held, &c.closed, &c.doubted} {
		k.flag(is)
	}
	k.text(&c.cause)
	codeBucket(k, &c.inForce, c.rules, c.rate)
	codeBucket(k, &c.upright, c.usual, c.standing)
	codeBucket(k, &c.pace, c.pacedBy(), c.hold)
}

func codeRules(c *coder, r *traffic.Rules) {
	code(c, &r.Slot, &r.Burst)
	code(c, &r.LargestCost, &r.Cost)
	codeList(c, &r.Keep, func(f *traffic.Fraction) { code(c, f) })
	names := slices.Sorted(maps.Keys(r.Variants))
	codeList(c, &names, func(name *string) {
		c.text(name)
		how := r.Variants[*name]
		code(c, &how.Rank)
		if c.reading {
			if how.Rank < 0 || how.Rank > len(r.Keep) {
				c.err = errState
				return
			}
			if r.Variants == nil {
				r.Variants = map[string]traffic.Treatment{}
			}
			r.Variants[*name] = how
		}
	})
	if c.reading && len(r.Keep) == 0 {
		r.Keep = nil
	}
}

func codeBucket(c *coder, b **traffic.Reference, r traffic.Rules, rate traffic.Rate) {
	has := *b != nil
	c.flag(&has)
	if !has {
		return
	}
	var tokens traffic.Amount
	var slot int64
	if !c.reading {
		tokens, slot = (*b).Held()
	}
	code(c, &tokens)
	code(c, &slot)
	if !c.reading {
		return
	}
	if r.Slot < traffic.MinSlot {
		c.err = errState
		return
	}
	*b = traffic.NewReference(r, rate, 0)
	(*b).Resume(tokens, slot)
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
	for _, n := range []*Count{&s.Offered, &s.Forwarded, &s.Throttled, &s.Closed, &s.Shadow, &s.ShadowClosed} {
		code(c, &n.Requests)
		code(c, &n.Cost)
	}
	code(c, &s.tenths)
}
