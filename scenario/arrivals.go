package scenario

import (
	"iter"
	"time"
)

// Arrivals gives every arrival of the scenario, the earliest first; those of one
// instant in the order of the Service Users and of their parts. It is generated
// as it is asked for, in memory that depends on the number of Service Users and
// parts only, never on the scenario's length. Each use begins anew and gives
// the same arrivals. It panics when Check does not pass.
func (s *Scenario) Arrivals() iter.Seq[Arrival] {
	if err := s.Check(); err != nil {
		panic("scenario: Arrivals of a scenario that does not pass Check: " + err.Error())
	}
	return func(yield func(Arrival) bool) {
		q := newQueue(s)
		numbers := make([]uint64, len(s.Users))
		for len(q.heads) > 0 {
			at, stream := q.first()
			a := stream.arrival(at)
			numbers[a.User]++
			a.Number = numbers[a.User]
			if !yield(a) {
				return
			}
			q.step()
		}
	}
}

// queue merges the streams by time: a binary heap of the next arrival of each.
type queue struct {
	streams []*stream
	heads   []head
}

type head struct {
	at     time.Duration
	stream int32
}

// before orders by time, and by place where times are equal.
func (h head) before(o head) bool {
	return h.at < o.at || h.at == o.at && h.stream < o.stream
}

func newQueue(s *Scenario) *queue {
	q := &queue{}
	for user := range s.Users {
		for part := range s.Users[user].Traffic {
			st := newStream(s, user, part)
			q.streams = append(q.streams, st)
			if at, ok := st.next(); ok {
				q.heads = append(q.heads, head{at, int32(len(q.streams) - 1)})
			}
		}
	}
	for i := len(q.heads)/2 - 1; i >= 0; i-- {
		q.sink(i)
	}
	return q
}

// first returns the next arrival's time and stream, without taking it.
func (q *queue) first() (time.Duration, *stream) {
	return q.heads[0].at, q.streams[q.heads[0].stream]
}

// step moves the first stream on to its next arrival, or takes it out where it
// has none.
func (q *queue) step() {
	top := &q.heads[0]
	at, ok := q.streams[top.stream].next()
	if ok {
		top.at = at
	} else {
		last := len(q.heads) - 1
		q.heads[0] = q.heads[last]
		q.heads = q.heads[:last]
	}
	q.sink(0)
}

// sink puts the head at i, which may be too late for its place, into order.
func (q *queue) sink(i int) {
	heads := q.heads
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
