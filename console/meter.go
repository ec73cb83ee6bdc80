package console

import (
	"sync"
	"time"

	"srtm/traffic"
)

// meter keeps the counters of the last seconds, so that rates can be shown, and
// the rates of the last ten minutes.
type meter struct {
	source  Source
	mu      sync.Mutex
	last    sample // at the last tick
	before  sample // at the one before
	history history
	doors   []doorSample // of the last seconds, the oldest first
	ticks   uint64
	shared  State  // of the tick whose number is made, for all who watch
	made    uint64 // 0: it was not made yet
}

// sample is the counters at one time.
type sample struct {
	at       time.Time
	snapshot traffic.Snapshot
}

// doorSample is what the door had counted at one time.
type doorSample struct {
	at   time.Time
	door Door
}

// doorSeconds is over how long latency and errors of the DSP are measured.
const doorSeconds = 10

func (m *meter) take() sample {
	return sample{m.source.Now(), m.source.Traffic(nil)}
}

// tick takes a sample, as is done every second.
func (m *meter) tick() sample {
	now, door := m.take(), m.source.Door()
	capacity := m.capacity()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last, m.before = now, m.last
	m.ticks++
	if !m.before.at.IsZero() {
		m.history.add(pointOf(now, m.before, capacity))
	}
	if len(m.doors) > doorSeconds {
		m.doors = append(m.doors[:0], m.doors[1:]...)
	}
	m.doors = append(m.doors, doorSample{now.at, door})
	return now
}

// capacity is the maximum capacity now.
func (m *meter) capacity() traffic.Rate {
	if m.source.Period != nil {
		return m.source.Period().Capacity.PerSecond()
	}
	return m.source.Policy().Capacity.PerSecond()
}

// state returns the state now, with rates since a sample that is one to two
// seconds old, or as old as there is.
func (m *meter) state() State {
	now := m.take()
	m.mu.Lock()
	before := m.before
	if before.at.IsZero() {
		before = m.last
	}
	m.mu.Unlock()
	if before.at.IsZero() {
		before = now
	}
	return stateOf(m.source, now, before)
}

// latest is the state at the last tick, which all who ask within one second share.
func (m *meter) latest() State {
	m.mu.Lock()
	now, before := m.last, m.before
	m.mu.Unlock()
	if now.at.IsZero() {
		return m.state()
	}
	if before.at.IsZero() {
		before = now
	}
	return stateOf(m.source, now, before)
}

// told is the state at the last tick for all who watch, and must not be changed: it is made
// once, because there are as many classes of viewers as accounts and one more. One
// goroutine at a time may call it.
func (m *meter) told() State {
	m.mu.Lock()
	ticks := m.ticks
	m.mu.Unlock()
	if ticks == 0 || m.made != ticks {
		m.shared, m.made = m.latest(), ticks
	}
	return m.shared
}

// lately is the door at the last tick and some seconds before.
func (m *meter) lately() (now, before doorSample) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.doors) == 0 {
		return now, before
	}
	return m.doors[len(m.doors)-1], m.doors[0]
}

// past returns the points of the last ten minutes, the oldest first.
func (m *meter) past() []point {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.history.all()
}
