package simulate

import (
	"math"
	"time"

	"srtm/traffic"
)

// How the adaptive limit is set here.
const (
	vegasWindow  = 100 * time.Millisecond
	vegasAlpha   = 3   // requests: a shorter queue raises the limit by one
	vegasBeta    = 6   // requests: a longer one lowers it by one
	vegasBackOff = 0.9 // what is left of the limit after a window with a refusal by the DSP
)

// partition is Netflix's concurrency-limits with a limit that adapts (Vegas) and is
// divided by percentages, written from its published description (the project's
// README).
//
// From the description: what is limited is how many requests are under way at
// once; the limit is learned from latency, the queue being estimated as
// L × (1 − least latency / latency in the window), and moves by one at the end of
// each window, up when the queue is below alpha (2 to 3), down when it is above beta
// (4 to 6); refusals make it back off; below the limit everybody is let through,
// and at the limit a partition is still let through while it has less under way
// than its own percentage of the limit.
//
// Chosen here: a partition is a Service User, its percentage its part of all
// allocations, at least one request; a window lasts 100 ms and its latency is the
// mean of the answers in it; the limit begins at T × the DSP's latency (Little's
// law), shrinks to 90 % after a window in which the DSP refused, and does not grow
// while less than half of it is used. Cost is not counted: a request is a request.
// Retry-After is not part of it, and none is given.
type partition struct {
	limit  float64
	parts  []float64 // percentages, by Service User
	busy   []int32   // under way, by Service User
	total  int32
	most   int32 // under way in this window
	flying queue

	window  int64 // when it ends
	sum     int64 // of latencies in it
	answers int64
	dropped bool
	least   int64 // latency ever seen
}

// flight is a request under way.
type flight struct {
	done, latency int64
	user          int32
}

func (p *partition) change(at int64, now *terms) {
	if p.parts == nil {
		p.parts, p.busy = make([]float64, len(now.allocations)), make([]int32, len(now.allocations))
		p.limit = max(1, float64(now.threshold)/float64(traffic.PerSecond)*now.latency.Seconds())
		p.window = at + int64(vegasWindow)
	}
	var sum float64
	for _, a := range now.allocations {
		sum += float64(a)
	}
	for i, a := range now.allocations {
		p.parts[i] = float64(a) / max(1, sum)
	}
}

func (p *partition) admit(at int64, m *message) answer {
	p.reach(at)
	own := int32(max(1, math.Ceil(p.limit*p.parts[m.user])))
	if p.total >= int32(p.limit) && p.busy[m.user] >= own {
		return answer{}
	}
	return answer{forward: true}
}

func (p *partition) forwarded(at int64, m *message, done int64, taken bool) {
	if !taken {
		p.dropped = true
		return
	}
	p.busy[m.user]++
	p.total++
	p.most = max(p.most, p.total)
	p.flying.push(flight{done, done - at, m.user})
}

// reach takes note of the answers up to a time, and of the windows that ended.
func (p *partition) reach(at int64) {
	for p.flying.size > 0 && p.flying.first().done <= at {
		f := p.flying.pop()
		p.pass(f.done)
		p.busy[f.user]--
		p.total--
		p.sum += f.latency
		p.answers++
		if p.least == 0 || f.latency < p.least {
			p.least = f.latency
		}
	}
	p.pass(at)
}

// pass ends the window if it is over.
func (p *partition) pass(at int64) {
	if at < p.window {
		return
	}
	p.window = at - at%int64(vegasWindow) + int64(vegasWindow)
	switch {
	case p.dropped:
		p.limit = max(1, p.limit*vegasBackOff)
	case p.answers > 0 && 2*float64(p.most) >= p.limit:
		queue := p.limit * (1 - float64(p.least)*float64(p.answers)/float64(p.sum))
		if queue < vegasAlpha {
			p.limit++
		} else if queue > vegasBeta {
			p.limit = max(1, p.limit-1)
		}
	}
	p.sum, p.answers, p.dropped, p.most = 0, 0, false, p.total
}

// queue is a ring of flights, the earliest first: a server that works in order
// answers in order.
type queue struct {
	ring []flight
	head int
	size int
}

func (q *queue) first() *flight { return &q.ring[q.head] }

func (q *queue) push(f flight) {
	if q.size == len(q.ring) {
		grown := make([]flight, max(64, 2*len(q.ring)))
		n := copy(grown, q.ring[q.head:])
		copy(grown[n:], q.ring[:q.head])
		q.ring, q.head = grown, 0
	}
	q.ring[(q.head+q.size)%len(q.ring)] = f
	q.size++
}

func (q *queue) pop() flight {
	f := q.ring[q.head]
	q.head = (q.head + 1) % len(q.ring)
	q.size--
	return f
}
