package simulate

import (
	"errors"
	"slices"
	"time"

	"srtm/duis"
	"srtm/scenario"
)

// maxPending is how many messages may wait to be sent at once in one lane: some
// gigabytes of memory.
const maxPending = 16 << 20

var errPending = errors.New("more than 16,777,216 messages wait to be sent again; let the clients of the scenario give up sooner or wait less")

// pending holds the messages that are still to be sent, the earliest first; those
// of one instant in the order in which they were added.
//
// It is a wheel of short stretches of time, each a list that nobody sorts before
// its turn: in a retry storm hundreds of thousands wait, and a heap of them would
// miss the processor's caches at every step. What lies further ahead than the
// wheel reaches is in a heap of its own, and so is what is added to the stretch
// whose turn it is; clients seldom wait that long, or that short.
//
// Lists are chains of blocks, and the block that was given back last is the first to
// be used again: it is near the processor still.
type pending struct {
	wheel   [wheelSize]chain // by slot modulo its size
	turning int              // messages in it
	all     []waiting        // in blocks
	links   []int32          // by block: one more than the next one of its chain, or of those that are free
	free    int32            // one more than the first free block; 0: there is none

	slot  int64 // whose turn it is
	open  chain // its list
	loose []key // of that list
	keys  []key // the same in order
	taken int   // of keys
	near  heap  // added to that slot since
	far   heap
	added uint64
}

// chain is a list in blocks. The zero value is empty.
type chain struct{ first, last, length int32 }

// The wheel reaches over some 68 s, in stretches of 8.4 ms.
const (
	wheelShift = 23
	wheelSize  = 1 << 13
	blockSize  = 16
)

// waiting is a message that waits, in few bytes.
type waiting struct {
	at      int64
	order   uint64
	came    time.Duration
	number  uint64
	target  duis.EUI64
	user    uint32
	attempt uint16
	variant duis.Variant
	command duis.CommandVariant
}

// pack writes a message into its place, and unpack out of it: field by field, as a
// value would be made elsewhere and copied.
func (w *waiting) pack(at int64, order uint64, s *scenario.Send) {
	a := &s.Arrival
	w.at, w.order, w.came, w.number, w.target = at, order, a.At, a.Number, a.Target
	w.user, w.attempt, w.variant, w.command = uint32(a.User), uint16(s.Attempt), a.Variant, s.Command
}

func (w *waiting) unpack(s *scenario.Send) {
	a := &s.Arrival
	a.At, a.Number, a.Target, a.User, a.Variant = w.came, w.number, w.target, int(w.user), w.variant
	s.Command, s.Attempt = w.command, int(w.attempt)
}

func (p *pending) size() int {
	return p.turning + len(p.keys) - p.taken + len(p.near.keys) + len(p.far.keys)
}

func (p *pending) add(at int64, s *scenario.Send) error {
	if p.size() >= maxPending {
		return errPending
	}
	p.added++
	var w *waiting
	switch slot := at >> wheelShift; {
	case slot <= p.slot:
		w = p.near.push(at, p.added)
	case slot < p.slot+wheelSize:
		w = p.put(&p.wheel[slot%wheelSize])
		p.turning++
	default:
		w = p.far.push(at, p.added)
	}
	w.pack(at, p.added, s)
	return nil
}

// put makes room for a message at the end of a chain.
func (p *pending) put(c *chain) *waiting {
	in := c.length % blockSize
	if in == 0 {
		block := p.block()
		if c.length == 0 {
			c.first = block
		} else {
			p.links[c.last] = block + 1
		}
		c.last = block
	}
	c.length++
	return &p.all[c.last*blockSize+in]
}

// block finds a free block, or makes one.
func (p *pending) block() int32 {
	if p.free == 0 {
		p.all = append(p.all, make([]waiting, blockSize)...)
		p.links = append(p.links, 0)
		return int32(len(p.links) - 1)
	}
	block := p.free - 1
	p.free = p.links[block]
	return block
}

// giveBack frees a chain's blocks.
func (p *pending) giveBack(c *chain) {
	if c.length > 0 {
		p.links[c.last] = p.free
		p.free = c.first + 1
	}
	*c = chain{}
}

// due tells whether a message is to be sent at a time or before it. Times never go
// back.
func (p *pending) due(at int64) bool {
	for p.taken == len(p.keys) && len(p.near.keys) == 0 {
		if p.slot >= at>>wheelShift {
			return false
		}
		p.turn(at >> wheelShift)
	}
	return p.taken < len(p.keys) && p.keys[p.taken].at <= at || len(p.near.keys) > 0 && p.near.keys[0].at <= at
}

// turn goes on to the next slot that has something, or to the last.
func (p *pending) turn(last int64) {
	switch {
	case p.turning > 0:
		p.slot++
	case len(p.far.keys) > 0:
		p.slot = min(last, max(p.slot+1, p.far.keys[0].at>>wheelShift))
	default:
		p.slot = last
	}
	if next := &p.wheel[p.slot%wheelSize]; next.length > 0 {
		p.giveBack(&p.open)
		p.open, *next = *next, chain{}
		p.turning -= int(p.open.length)
		p.sort()
	}
	for len(p.far.keys) > 0 && p.far.keys[0].at>>wheelShift <= p.slot {
		w := p.far.pop()
		*p.near.push(w.at, w.order) = *w
	}
}

// take removes the first message, which is due, and returns when.
func (p *pending) take(s *scenario.Send) int64 {
	var w *waiting
	if p.taken < len(p.keys) && (len(p.near.keys) == 0 || p.keys[p.taken].before(p.near.keys[0])) {
		w = &p.all[p.keys[p.taken].place]
		p.taken++
	} else {
		w = p.near.pop()
	}
	w.unpack(s)
	return w.at
}

// key says when a message is to be sent, and where it is.
type key struct {
	at    int64
	order uint64
	place int32
}

func (k key) compare(o key) int {
	if k.before(o) {
		return -1
	}
	return 1 // no two are equal
}

func (k key) before(o key) bool { return k.at < o.at || k.at == o.at && k.order < o.order }

// A slot is sorted by parts of it first, in which there are few.
const (
	parts     = 256
	partShift = wheelShift - 8
	few       = 24
)

// sort puts the open list's keys into order.
func (p *pending) sort() {
	var ends [parts + 1]int32 // where each part ends, and from that where the next begins
	p.loose = p.loose[:0]
	for block, i := p.open.first, int32(0); i < p.open.length; i++ {
		place := block*blockSize + i%blockSize
		w := &p.all[place]
		p.loose = append(p.loose, key{w.at, w.order, place})
		ends[w.at>>partShift%parts+1]++
		if i%blockSize == blockSize-1 {
			block = p.links[block] - 1
		}
	}
	for i := 1; i < parts; i++ {
		ends[i+1] += ends[i]
	}
	p.taken, p.keys = 0, slices.Grow(p.keys[:0], len(p.loose))[:len(p.loose)]
	for i := range p.loose {
		end := &ends[p.loose[i].at>>partShift%parts]
		p.keys[*end] = p.loose[i]
		*end++
	}
	begin := int32(0)
	for _, end := range ends[:parts] {
		if end-begin > 1 {
			sort(p.keys[begin:end])
		}
		begin = end
	}
}

// sort puts keys into order: few by insertion.
func sort(keys []key) {
	if len(keys) > few {
		slices.SortFunc(keys, key.compare)
		return
	}
	for i := 1; i < len(keys); i++ {
		for j := i; j > 0 && keys[j].before(keys[j-1]); j-- {
			keys[j], keys[j-1] = keys[j-1], keys[j]
		}
	}
}

// heap has the earliest first. It has four children to a node, and keys only, so
// that little is moved.
type heap struct {
	keys []key
	all  []waiting
	free []int32 // places in all
}

// push makes room for a message, which is good until the next push.
func (h *heap) push(at int64, order uint64) *waiting {
	place := int32(len(h.all))
	if n := len(h.free); n > 0 {
		place = h.free[n-1]
		h.free = h.free[:n-1]
	} else {
		h.all = append(h.all, waiting{})
	}
	h.keys = append(h.keys, key{})
	i := len(h.keys) - 1
	k := key{at, order, place}
	for i > 0 {
		parent := (i - 1) / 4
		if !k.before(h.keys[parent]) {
			break
		}
		h.keys[i] = h.keys[parent]
		i = parent
	}
	h.keys[i] = k
	return &h.all[place]
}

// pop removes the first message, which is good until the next push.
func (h *heap) pop() *waiting {
	first := h.keys[0]
	last := len(h.keys) - 1
	k := h.keys[last]
	h.keys = h.keys[:last]
	if last > 0 {
		h.sink(k)
	}
	h.free = append(h.free, first.place)
	return &h.all[first.place]
}

// sink puts a key into the place that the first one left.
func (h *heap) sink(k key) {
	i := 0
	for {
		child := 4*i + 1
		if child >= len(h.keys) {
			break
		}
		least := child
		for c := child + 1; c < min(child+4, len(h.keys)); c++ {
			if h.keys[c].before(h.keys[least]) {
				least = c
			}
		}
		if !h.keys[least].before(k) {
			break
		}
		h.keys[i] = h.keys[least]
		i = least
	}
	h.keys[i] = k
}
