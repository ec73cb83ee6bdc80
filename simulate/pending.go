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
// wheel reaches is in a heap of its own; clients seldom wait that long.
type pending struct {
	wheel   [wheelSize][]waiting // by slot modulo its size
	turning int                  // messages in it
	slot    int64                // whose messages are in near
	near    heap
	far     heap
	added   uint64
}

// The wheel reaches over some 68 s, in stretches of 8.4 ms.
const (
	wheelShift = 23
	wheelSize  = 1 << 13
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

func pack(at int64, order uint64, s *scenario.Send) waiting {
	a := &s.Arrival
	return waiting{at, order, a.At, a.Number, a.Target, uint32(a.User), uint16(s.Attempt), a.Variant, s.Command}
}

func (w *waiting) unpack() scenario.Send {
	a := scenario.Arrival{At: w.came, User: int(w.user), Number: w.number, Target: w.target, Variant: w.variant}
	return scenario.Send{Arrival: a, Command: w.command, Attempt: int(w.attempt)}
}

func (p *pending) size() int { return p.turning + len(p.near.keys) + len(p.far.keys) }

func (p *pending) add(at int64, s *scenario.Send) error {
	if p.size() >= maxPending {
		return errPending
	}
	p.added++
	w, slot := pack(at, p.added, s), at>>wheelShift
	switch {
	case slot <= p.slot:
		p.near.push(&w)
	case slot < p.slot+wheelSize:
		list := &p.wheel[slot%wheelSize]
		*list = append(*list, w)
		p.turning++
	default:
		p.far.push(&w)
	}
	return nil
}

// due tells whether a message is to be sent at a time or before it. Times never go
// back.
func (p *pending) due(at int64) bool {
	for len(p.near.keys) == 0 && p.slot < at>>wheelShift {
		p.turn(at >> wheelShift)
	}
	return len(p.near.keys) > 0 && p.near.keys[0].at <= at
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
	if list := &p.wheel[p.slot%wheelSize]; len(*list) > 0 {
		p.turning -= len(*list)
		*list = p.near.open(*list)
	}
	for len(p.far.keys) > 0 && p.far.keys[0].at>>wheelShift <= p.slot {
		w := p.far.pop()
		p.near.push(&w)
	}
}

// take removes the first message, which is due.
func (p *pending) take() (int64, scenario.Send) {
	w := p.near.pop()
	return w.at, w.unpack()
}

// heap has the earliest first. It has four children to a node, and keys only, so
// that little is moved.
type heap struct {
	keys []key
	all  []waiting
	free []int32 // places in all
}

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

// open fills an empty heap with a list, and gives a list to use instead.
func (h *heap) open(list []waiting) []waiting {
	h.all, list = list, h.all[:0]
	h.free = h.free[:0]
	for i := range h.all {
		h.keys = append(h.keys, key{h.all[i].at, h.all[i].order, int32(i)})
	}
	slices.SortFunc(h.keys, key.compare) // what is sorted is a heap
	return list
}

func (h *heap) push(w *waiting) {
	place := int32(len(h.all))
	if n := len(h.free); n > 0 {
		place = h.free[n-1]
		h.free = h.free[:n-1]
		h.all[place] = *w
	} else {
		h.all = append(h.all, *w)
	}
	h.keys = append(h.keys, key{})
	i := len(h.keys) - 1
	k := key{w.at, w.order, place}
	for i > 0 {
		parent := (i - 1) / 4
		if !k.before(h.keys[parent]) {
			break
		}
		h.keys[i] = h.keys[parent]
		i = parent
	}
	h.keys[i] = k
}

func (h *heap) pop() waiting {
	first := h.keys[0]
	last := len(h.keys) - 1
	k := h.keys[last]
	h.keys = h.keys[:last]
	if last > 0 {
		h.sink(k)
	}
	h.free = append(h.free, first.place)
	return h.all[first.place]
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
