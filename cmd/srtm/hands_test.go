package main

import (
	"testing"
	"time"

	"srtm/act"
	"srtm/policy"
	"srtm/traffic"
)

// TestAnActIsPlannedWithItsEnd: the gateway is told of an act and of its end at one
// go, so that nothing has to happen for it to end; and after it is ended by hand
// nothing of it is planned.
func TestAnActIsPlannedWithItsEnd(t *testing.T) {
	s := &system{}
	t.Run("running", func(t *testing.T) {
		s.open(t, changed(t, 0), "http://127.0.0.1:1")
		h := s.door.amendments.acts
		standing := s.door.controller.Snapshot(nil).Rules.Threshold
		a, err := h.Ask(act.Order{Capacity: &policy.Rate{Thousandths: 50_000}, For: act.Length(time.Minute), Reason: "a test"}, "Olga")
		if err != nil {
			t.Fatal(err)
		}
		if got := s.told(); len(got) != 2 || !got[a.From.UnixNano()].less(standing) || got[a.Until.UnixNano()].threshold != standing {
			t.Errorf("the gateway is told %v", got)
		}
		if period := s.door.period(); !period.Until.Equal(a.Until) || len(period.Causes) != 1 {
			t.Errorf("%+v", period)
		}
		if _, err := h.End(a.ID, "Bob", ""); err != nil {
			t.Fatal(err)
		}
		for _, step := range s.told() {
			if step.threshold != standing {
				t.Errorf("the gateway is told %v", s.told())
			}
		}
		if h.Pass() {
			t.Error("something is not recorded")
		}
	})
}

type told struct{ threshold traffic.Rate }

func (o told) less(than traffic.Rate) bool { return o.threshold > 0 && o.threshold < than }

// told is what the gateway was told last, by when that holds; what holds already from
// when it did.
func (s *system) told() map[int64]told {
	a := s.door.amendments
	a.mu.Lock()
	defer a.mu.Unlock()
	all := map[int64]told{}
	for i, step := range a.obeys {
		from := step.From
		if i == 0 {
			from = step.Period.From
		}
		all[from.UnixNano()] = told{step.Period.Rules.Threshold}
	}
	return all
}

// TestRatesOfferedLately are those of the last ten seconds, in cost per second.
func TestRatesOfferedLately(t *testing.T) {
	var o offered
	if len(o.rates()) > 0 {
		t.Error("rates are known before anything was seen")
	}
	for second := range int64(30) {
		var counts traffic.Counts
		counts[traffic.Forward][traffic.Spare].Cost = traffic.Total{Whole: uint64(second * second)}
		o.sample(traffic.Snapshot{At: second * int64(time.Second), Accounts: []traffic.AccountSnapshot{{Name: "ALPHA", Counts: counts}}})
	}
	want := traffic.Rate(29*29-19*19) * traffic.PerSecond / 10
	if got := o.rates()["ALPHA"]; got != want {
		t.Errorf("%v and not %v", got, want)
	}
}
