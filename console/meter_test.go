package console

import (
	"testing"
	"time"

	"srtm/policy"
)

// What all who watch share is made once a second, however many classes of viewers there
// are: finding out what holds now costs more than all the rest of it.
func TestTheStateIsMadeOnceForAllWhoWatch(t *testing.T) {
	w, asked := newWorld(t), 0
	capacity := policy.Rate{Thousandths: 50_000, Per: time.Second}
	w.source.Period = func() policy.Period { asked++; return policy.Period{Capacity: capacity} }
	s, _ := running(t, w)
	classes := []string{classAll, "ALPHA", "BRAVO"}
	for _, class := range classes {
		s.hub.join(class, "")
	}
	s.beat()
	alone := asked
	asked = 0
	s.meter.tick()
	if ticking := asked; alone != ticking+1 {
		t.Errorf("what holds was asked for %d times in a second of %d classes, of which measuring takes %d", alone, len(classes), ticking)
	}

	capacity.Thousandths = 40_000
	for range 2 {
		if told := s.meter.told(); told.Now.Capacity != Exact(capacity.PerSecond()) {
			t.Errorf("in the next second a capacity of %v is told, not %v", told.Now.Capacity, capacity)
		}
	}
}

// Before the first second is over there is something to tell already, and it is not kept.
func TestTheStateIsToldBeforeTheFirstTick(t *testing.T) {
	w := newWorld(t)
	s, _ := running(t, w)
	for range 2 {
		w.set(func() { w.now = w.now.Add(time.Second) })
		if told := s.meter.told(); !told.At.Equal(w.now) {
			t.Errorf("at %v the state of %v is told", w.now, told.At)
		}
	}
}
