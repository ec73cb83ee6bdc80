package outage

import (
	"fmt"
	"math/bits"
	"time"
)

// latest is the last point in time that the server knows, in the year 2116;
// what comes after it happens then.
const latest = int64(1) << 62

// most is the longest that one request can keep the server at its best.
const most = int64(time.Hour)

// Status is what becomes of an arrival.
type Status uint8

const (
	// Refused means that the server turns the request away at once.
	Refused Status = iota
	// Served means that the server works on the request and answers it,
	// perhaps too late.
	Served
)

// String returns the status as a word.
func (s Status) String() string {
	switch s {
	case Refused:
		return "refused"
	case Served:
		return "served"
	}
	return fmt.Sprintf("status %d", uint8(s))
}

// Answer is what becomes of one arrival.
type Answer struct {
	Status Status
	Done   int64 // when the answer is out, in nanoseconds since 1970 UTC; a refusal is out on arrival
}

// Server is a finite server in virtual time. The package comment has its rules.
type Server struct {
	config   Config
	capacity int64 // 10⁻⁹ SR/s; 0 while closed

	now    int64
	free   int64 // when all that was taken in is worked off
	strain int64 // nanoseconds of calm that it needs
	ailing bool

	cost, work int64 // the last cost and its work, as most requests cost the same

	meter meter
}

// New returns a healthy, idle server, or says what is wrong with the
// configuration and what would be right.
func New(c Config) (*Server, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("finite server: %w", err)
	}
	return &Server{config: c, capacity: c.Capacity, meter: newMeter(c.Seconds)}, nil
}

// Arrive tells the server that a request of the cost arrives, and returns when
// it is answered. A time before that of an earlier call counts as the same
// time. It takes constant time and no memory.
func (s *Server) Arrive(at, cost int64) Answer {
	at = s.advance(at)
	wait := max(0, s.free-at)
	if s.shut(wait) {
		s.refuse(wait, cost)
		s.meter.refused(s.strain, s.free-at)
		return Answer{Refused, at}
	}
	s.free = at + wait + s.price(s.workOf(cost))
	s.raiseStrain()
	latency := wait + int64(s.config.Latency)
	s.meter.served(latency <= int64(s.config.InTime), s.strain, s.free-at)
	return Answer{Served, at + latency}
}

// shut reports whether a server with that backlog refuses.
func (s *Server) shut(wait int64) bool {
	return s.capacity == 0 || s.ailing && wait > int64(s.config.Comfort)/2
}

// refuse does the work of a refusal. A closed server has nothing that works.
func (s *Server) refuse(wait, cost int64) {
	full := int64(s.config.Full)
	if s.capacity == 0 || wait >= full {
		return
	}
	effort := s.workOf(cost) * int64(s.config.Refusal) / 1000
	s.free = s.now + min(full, wait+s.price(effort))
	s.raiseStrain()
}

// advance moves time on to at and lets calm heal. It returns the time that
// counts.
func (s *Server) advance(at int64) int64 {
	at = min(max(at, s.now), latest)
	if s.strain > 0 {
		calm := at - max(s.now, s.free-int64(s.config.Comfort))
		s.strain -= min(s.strain, max(0, calm))
		s.ailing = s.ailing && s.strain > 0
	}
	s.now = at
	s.meter.advance(at)
	return at
}

// raiseStrain brings the strain up to what the backlog makes of it.
func (s *Server) raiseStrain() {
	wait := s.free - s.now
	comfort, full, recovery := int64(s.config.Comfort), int64(s.config.Full), int64(s.config.Recovery)
	switch {
	case wait <= comfort:
	case wait < full:
		s.strain = max(s.strain, divide(recovery, wait-comfort, full-comfort))
	default:
		s.strain, s.ailing = recovery, true
	}
}

// workOf returns how long the server at its best takes for the cost.
func (s *Server) workOf(cost int64) int64 {
	if cost != s.cost {
		s.cost = cost
		s.work = min(most, divide(min(max(cost, 0), MaxCost), int64(time.Second), s.capacity))
	}
	return s.work
}

// price returns how long the work takes at the present efficiency.
func (s *Server) price(work int64) int64 {
	if s.strain == 0 {
		return work
	}
	return divide(work, 1000*int64(s.config.Recovery), s.speed(s.strain))
}

// speed is the efficiency under a strain, as a part of 1000 × Recovery.
func (s *Server) speed(strain int64) int64 {
	return 1000*int64(s.config.Recovery) - int64(1000-s.config.Floor)*strain
}

// SetCapacity changes what the server works off from at on; 0 closes it, and
// then it refuses everybody at once. What was taken in before is answered as
// promised. It returns an error, and changes nothing, for a capacity that New
// would not take.
func (s *Server) SetCapacity(at, capacity int64) error {
	if capacity != 0 {
		if err := checkCapacity(capacity); err != nil {
			return fmt.Errorf("change of capacity: %w", err)
		}
	}
	s.advance(at)
	s.capacity = capacity
	s.cost, s.work = 0, 0
	return nil
}

// divide returns a × b / c, rounded up. The caller sees to it that the result
// fits: the limits of Config are chosen for that.
func divide(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, rest := bits.Div64(hi, lo, uint64(c))
	if rest > 0 {
		q++
	}
	return int64(q)
}
