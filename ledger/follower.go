package ledger

import (
	"hash/maphash"
	"time"

	"srtm/duis"
	"srtm/journal"
)

// follower finds out what becomes of refused requests. It holds those of the last
// 24 hours that were not forwarded since, in the order of their first refusal,
// at most so many; each takes some 120 octets.
type follower struct {
	on   bool // off where there is no key to keep targets by
	most int
	seed maphash.Seed // of the two indexes; they decide nothing but speed

	slots   []open
	free    []int32
	oldest  int32 // of slots; none: nothing is open
	newest  int32
	live    int
	exact   map[uint64]int32 // the newest of those with this hash of RequestID; the others hang from it
	similar map[uint64]int32 // likewise by User ID, target and variant
}

const (
	none        int32 = -1
	mostOpen          = 1 << 21
	followedFor       = int64(24 * time.Hour)
)

// open is a refused request that is being followed.
type open struct {
	position journal.Position // of the first refusal
	at       int64            // its time
	id       duis.RequestID
	account  uint32
	variant  variant
	second   bool // the second message of a critical command
	likely   bool // another request may stand for it
	kept     bool // it is in the database
	used     bool

	byTime, byExact, bySimilar link // by first refusal; among those of the same hash
}

// link has the places of a slot's neighbours in one order: before is nearer to
// where the order is entered.
type link struct{ before, after int32 }

func newFollower(on bool) *follower {
	return &follower{
		on: on, most: mostOpen, seed: maphash.MakeSeed(), oldest: none, newest: none,
		exact: map[uint64]int32{}, similar: map[uint64]int32{},
	}
}

func (w *follower) any() bool { return w.live > 0 }

type exactKey struct {
	id     duis.RequestID
	second bool
}

type similarKey struct {
	user, target duis.EUI64
	variant      variant
	second       bool
}

func (o *open) exactKey() exactKey { return exactKey{o.id, o.second} }

func (o *open) similarKey() similarKey {
	return similarKey{o.id.Originator, o.id.Target, o.variant, o.second}
}

func (o *open) key() followedKey { return followedKey{day(o.at), o.account, o.variant} }

// refused takes in a refusal.
func (w *follower) refused(r open, b *batch) {
	if i := w.find(&r); i != none {
		b.follow(w.slots[i].key()).refusals++
		return
	}
	row := b.follow(r.key())
	row.refusals++
	if !w.on || w.live >= w.most {
		row.notFollowed++
		return
	}
	row.requests++
	b.opened = append(b.opened, w.insert(r))
}

// forwarded takes in a request that went on: it ends the following of itself or,
// where it was never refused, of those it is likely to stand for.
func (w *follower) forwarded(r open, b *batch) {
	if i := w.find(&r); i != none {
		o := &w.slots[i]
		row := b.follow(o.key())
		row.later++
		row.laterDelay.Add(time.Duration(r.at - o.at))
		w.close(i, b)
		return
	}
	if !r.likely {
		return
	}
	key := r.similarKey()
	i, ok := w.similar[maphash.Comparable(w.seed, key)]
	for ok && i != none {
		o := &w.slots[i]
		next := o.bySimilar.after
		if o.similarKey() == key {
			row := b.follow(o.key())
			row.likely++
			row.likelyDelay.Add(time.Duration(r.at - o.at))
			w.close(i, b)
		}
		i = next
	}
}

// expire ends the following of what was refused 24 hours ago.
func (w *follower) expire(now int64, b *batch) {
	for w.oldest != none && w.slots[w.oldest].at+followedFor <= now {
		b.follow(w.slots[w.oldest].key()).never++
		w.close(w.oldest, b)
	}
}

func (w *follower) find(r *open) int32 {
	if w.live == 0 {
		return none
	}
	key := r.exactKey()
	i, ok := w.exact[maphash.Comparable(w.seed, key)]
	if !ok {
		return none
	}
	for i != none && w.slots[i].exactKey() != key {
		i = w.slots[i].byExact.after
	}
	return i
}

// insert puts in what is newer than all others.
func (w *follower) insert(o open) int32 {
	i := int32(len(w.slots))
	if n := len(w.free); n > 0 {
		i, w.free = w.free[n-1], w.free[:n-1]
	} else {
		w.slots = append(w.slots, open{})
	}
	o.used = true
	w.slots[i] = o
	w.newest = w.enter(i, w.newest, byTime)
	if w.oldest == none {
		w.oldest = i
	}
	w.index(i, w.exact, w.hashExact(&o), byExact)
	if o.likely {
		w.index(i, w.similar, w.hashSimilar(&o), bySimilar)
	}
	w.live++
	return i
}

func byTime(o *open) *link    { return &o.byTime }
func byExact(o *open) *link   { return &o.byExact }
func bySimilar(o *open) *link { return &o.bySimilar }

func (w *follower) hashExact(o *open) uint64   { return maphash.Comparable(w.seed, o.exactKey()) }
func (w *follower) hashSimilar(o *open) uint64 { return maphash.Comparable(w.seed, o.similarKey()) }

// enter puts slot i before the one at which an order is entered so far, and
// returns i.
func (w *follower) enter(i, head int32, order func(*open) *link) int32 {
	*order(&w.slots[i]) = link{none, head}
	if head != none {
		order(&w.slots[head]).before = i
	}
	return i
}

// leave takes slot i out of an order, and returns its neighbours.
func (w *follower) leave(i int32, order func(*open) *link) link {
	l := *order(&w.slots[i])
	if l.before != none {
		order(&w.slots[l.before]).after = l.after
	}
	if l.after != none {
		order(&w.slots[l.after]).before = l.before
	}
	return l
}

func (w *follower) index(i int32, index map[uint64]int32, hash uint64, order func(*open) *link) {
	head, ok := index[hash]
	if !ok {
		head = none
	}
	index[hash] = w.enter(i, head, order)
}

func (w *follower) unindex(i int32, index map[uint64]int32, hash uint64, order func(*open) *link) {
	switch l := w.leave(i, order); {
	case l.before != none:
	case l.after != none:
		index[hash] = l.after
	default:
		delete(index, hash)
	}
}

// close takes out what need not be followed any more.
func (w *follower) close(i int32, b *batch) {
	o := w.slots[i]
	if o.kept {
		b.closed = append(b.closed, o.position)
	}
	l := w.leave(i, byTime)
	if l.before == none {
		w.newest = l.after
	}
	if l.after == none {
		w.oldest = l.before
	}
	w.unindex(i, w.exact, w.hashExact(&o), byExact)
	if o.likely {
		w.unindex(i, w.similar, w.hashSimilar(&o), bySimilar)
	}
	w.slots[i] = open{}
	w.free = append(w.free, i)
	w.live--
}
