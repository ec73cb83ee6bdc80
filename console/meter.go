package console

import (
	"context"
	"sync"
	"time"

	"srtm/traffic"
)

// meter keeps the counters of about a second ago, so that rates can be shown.
type meter struct {
	source Source
	mu     sync.Mutex
	last   sample // at the last tick
	before sample // at the one before
}

// sample is the counters at one time.
type sample struct {
	at       time.Time
	snapshot traffic.Snapshot
}

func (m *meter) take() sample {
	return sample{m.source.Now(), m.source.Traffic(nil)}
}

// run takes a sample every second until ctx ends.
func (m *meter) run(ctx context.Context) {
	m.tick()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			m.tick()
		}
	}
}

func (m *meter) tick() {
	now := m.take()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last, m.before = now, m.last
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
