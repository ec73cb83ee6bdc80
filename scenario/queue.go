package scenario

import (
	"math/bits"
	"slices"
	"time"
)

// queue merges the streams by time. It holds the next arrival of each, its
// head, in one of three places, so that finding the earliest takes the same
// time however many streams there are:
//
//	now    heads of the bucket that is being emptied, and of earlier: a heap
//	later  heads of the buckets after it, unsorted: lists through the streams' link
//	far    heads beyond the last bucket, unsorted
//
// When all buckets are empty, new ones are laid out from the earliest head in
// far on, as wide as to hold one arrival or somewhat less, to judge by the buckets
// before: a power of two, for a division would take longer than all the rest.
// The width changes how fast this is, never what comes out.
type queue struct {
	streams []stream
	now     []head
	later   []int32 // for each bucket the first stream in it, or none
	far     []head

	start  time.Duration // of the buckets
	width  int           // log₂ of theirs
	bucket int           // that is being emptied
	taken  time.Duration // how many heads were taken since start
}

type head struct {
	at     time.Duration
	stream int32
}

const none int32 = -1

// before orders by time, and by place where times are equal.
func (h head) before(o head) bool {
	return h.at < o.at || h.at == o.at && h.stream < o.stream
}

func newQueue(s *Scenario) *queue {
	n := 0
	for i := range s.Users {
		n += len(s.Users[i].Traffic)
	}
	q := &queue{width: 20, streams: make([]stream, n)}
	mixes := make(tables)
	n = 0
	for user := range s.Users {
		for part := range s.Users[user].Traffic {
			st := &q.streams[n]
			st.begin(s, user, part)
			st.mix = mixes.of(s.Users[user].Traffic[part].Mix)
			if at, ok := st.next(); ok {
				q.far = append(q.far, head{at, int32(n)})
			}
			n++
		}
	}
	q.later = slices.Repeat([]int32{none}, max(256, 2*len(q.streams)))
	q.bucket = len(q.later) - 1
	q.fill()
	return q
}

// first returns the next arrival's time and stream, without taking it.
func (q *queue) first() (time.Duration, *stream, bool) {
	if len(q.now) == 0 {
		return 0, nil, false
	}
	return q.now[0].at, &q.streams[q.now[0].stream], true
}

// step moves the first stream on to its next arrival, or takes it out where it
// has none.
func (q *queue) step() {
	top := q.now[0]
	at, ok := q.streams[top.stream].next()
	q.taken++
	bucket := q.place(at)
	if ok && bucket <= q.bucket {
		q.now[0].at = at
		q.sink(0)
		return
	}
	last := len(q.now) - 1
	q.now[0] = q.now[last]
	q.now = q.now[:last]
	q.sink(0)
	if ok {
		q.put(head{at, top.stream}, bucket)
	}
	if last == 0 {
		q.fill()
	}
}

// place returns the bucket of a time; beyond the last one it is any number
// above.
func (q *queue) place(at time.Duration) int { return int(at-q.start) >> q.width }

// put lays a head into its bucket, which is after the one that is being emptied, or
// beyond the last.
func (q *queue) put(h head, bucket int) {
	if bucket >= len(q.later) {
		q.far = append(q.far, h)
		return
	}
	st := &q.streams[h.stream]
	st.head, st.link = h.at, q.later[bucket]
	q.later[bucket] = h.stream
}

// fill moves on to the next bucket with something in it, if there is one.
func (q *queue) fill() {
	for len(q.now) == 0 {
		for q.bucket++; q.bucket < len(q.later) && q.later[q.bucket] == none; q.bucket++ {
		}
		if q.bucket >= len(q.later) {
			if len(q.far) == 0 {
				return
			}
			q.layOut()
			continue
		}
		for s := q.later[q.bucket]; s != none; s = q.streams[s].link {
			q.now = append(q.now, head{q.streams[s].head, s})
		}
		q.later[q.bucket] = none
	}
	for i := len(q.now)/2 - 1; i >= 0; i-- {
		q.sink(i)
	}
}

// layOut begins anew with the earliest of far, all buckets being empty.
func (q *queue) layOut() {
	if q.taken > 0 {
		fitting := time.Duration(len(q.later)) << q.width / q.taken
		most := bits.Len64(uint64(MaxLength)/uint64(len(q.later))) - 1
		q.width = min(max(bits.Len64(uint64(fitting))-1, q.width-4, 0), q.width+4, most)
	}
	far := q.far
	q.start, q.taken, q.bucket = far[0].at, 0, -1
	for _, h := range far {
		q.start = min(q.start, h.at)
	}
	q.far = q.far[:0] // put writes no further than it has read
	for _, h := range far {
		q.put(h, q.place(h.at))
	}
}

// sink puts the head at i, which may be too late for its place, into order.
func (q *queue) sink(i int) {
	heads := q.now
	if i >= len(heads) {
		return
	}
	moving := heads[i]
	for {
		child := 2*i + 1
		if child >= len(heads) {
			break
		}
		if right := child + 1; right < len(heads) && heads[right].before(heads[child]) {
			child = right
		}
		if !heads[child].before(moving) {
			break
		}
		heads[i] = heads[child]
		i = child
	}
	heads[i] = moving
}
