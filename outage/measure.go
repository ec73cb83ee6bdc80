package outage

import "time"

// Second is what became of the requests that arrived in one second.
type Second struct {
	Start   int64 // seconds since 1970 UTC
	InTime  int64 // answered within Config.InTime: the goodput
	Late    int64 // answered later than that
	Refused int64 // turned away

	Backlog    time.Duration // the longest backlog left by an arrival, as the time to work it off
	Efficiency int           // the least efficiency after an arrival, in thousandths; 1000 where none arrived
}

// Arrived is how many requests arrived in the second.
func (s Second) Arrived() int64 { return s.InTime + s.Late + s.Refused }

// Outage reports whether fewer than half of the requests that arrived in the
// second were answered in time. A second without arrivals is none.
func (s Second) Outage() bool { return 2*s.InTime < s.Arrived() }

// Totals are counts of all requests since the start.
type Totals struct {
	InTime, Late, Refused int64
	OutageSeconds         int64 // of the seconds that are over
}

// Arrived is how many requests arrived.
func (t Totals) Arrived() int64 { return t.InTime + t.Late + t.Refused }

// Observation is the state of a server at one time.
type Observation struct {
	Totals
	Capacity   int64         // 10⁻⁹ SR/s; 0 while closed
	Backlog    time.Duration // time that it takes to work off what was taken in
	Efficiency int           // thousandths
	Ailing     bool          // it was full and has not recovered
}

// Observe returns the state at that time, or at the time of the latest call if
// that is later. It has no influence on later answers.
func (s *Server) Observe(at int64) Observation {
	at = s.advance(at)
	return Observation{
		Totals:     s.meter.totals,
		Capacity:   s.capacity,
		Backlog:    time.Duration(max(0, s.free-at)),
		Efficiency: s.efficiency(s.strain),
		Ailing:     s.ailing,
	}
}

// Recent appends to into the last n seconds that are over, the oldest first
// and idle ones included, as far as they are kept: Config.Seconds, and none
// before the first call. Call Observe first to move time on.
func (s *Server) Recent(into []Second, n int) []Second {
	m := &s.meter
	if m.current == nil {
		return into
	}
	from := max(m.current.Start-int64(min(max(n, 0), len(m.ring)-1)), m.first)
	for second := from; second < m.current.Start; second++ {
		tally := m.ring[second%int64(len(m.ring))]
		if tally.Start != second {
			tally = tallied{Second: Second{Start: second}}
		}
		tally.Efficiency = s.efficiency(tally.strain)
		into = append(into, tally.Second)
	}
	return into
}

// efficiency is the efficiency under a strain, in thousandths.
func (s *Server) efficiency(strain int64) int {
	return int(s.speed(strain) / int64(s.config.Recovery))
}

// tallied is one second while it is counted: the strain is kept instead of the
// efficiency, which would cost a division on each arrival.
type tallied struct {
	Second
	strain int64
}

// meter counts what became of arrivals, by the second in which they arrived.
type meter struct {
	totals  Totals
	ring    []tallied // by second modulo its length, the unfinished one included
	current *tallied  // nil before the first call
	ends    int64     // when the current second is over
	first   int64     // the second of the first call
}

func newMeter(seconds int) meter {
	return meter{ring: make([]tallied, seconds+1)}
}

// advance closes the current second if at lies after it.
func (m *meter) advance(at int64) {
	if at < m.ends {
		return
	}
	second := at / int64(time.Second)
	if m.current == nil {
		m.first = second
	} else if m.current.Outage() {
		m.totals.OutageSeconds++
	}
	m.current = &m.ring[second%int64(len(m.ring))]
	*m.current = tallied{Second: Second{Start: second}}
	m.ends = (second + 1) * int64(time.Second)
}

func (m *meter) served(inTime bool, strain, backlog int64) {
	if inTime {
		m.current.InTime++
		m.totals.InTime++
	} else {
		m.current.Late++
		m.totals.Late++
	}
	m.worst(strain, backlog)
}

func (m *meter) refused(strain, backlog int64) {
	m.current.Refused++
	m.totals.Refused++
	m.worst(strain, backlog)
}

func (m *meter) worst(strain, backlog int64) {
	m.current.strain = max(m.current.strain, strain)
	m.current.Backlog = max(m.current.Backlog, time.Duration(backlog))
}
