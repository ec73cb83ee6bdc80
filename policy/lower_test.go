package policy

import (
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/allocate"
)

// The ways to another operating threshold that are checked are those that some
// minute has, and no others.
func TestEveryLoweringIsCheckedAndNoOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minute := func(what string) time.Duration {
			return time.Duration(rapid.IntRange(0, 24*60-1).Draw(t, what)) * time.Minute
		}
		p := &Policy{Capacity: Rate{100_000, time.Second}}
		for i := range rapid.IntRange(0, 4).Draw(t, "reserved") {
			r := Reserved{From: minute("from"), To: minute("to"), Rate: Rate{1 << i, time.Second}}
			if r.From != r.To {
				p.Reserved = append(p.Reserved, r)
			}
		}
		start := time.Unix(0, 0).UTC()
		for i := range rapid.IntRange(0, 3).Draw(t, "maintenance") {
			start = start.Add(minute("pause"))
			end := start.Add(time.Minute + time.Duration(rapid.IntRange(0, 3*24*60).Draw(t, "length"))*time.Minute)
			p.Maintenance = append(p.Maintenance, Maintenance{Start: start, End: end, Capacity: Rate{int64(i), time.Second}})
			start = end
		}
		got := map[lowered]bool{}
		for _, l := range p.lowerings() {
			got[lowered{l.capacity, l.reserved}] = true
		}
		if want := byTheMinute(p); !maps.Equal(got, want) {
			t.Errorf("with %v and %v it is checked for %v, want %v", p.Reserved, p.Maintenance, got, want)
		}
	})
}

type lowered struct {
	capacity Rate
	reserved allocate.Thousandths
}

// byTheMinute goes through a day without maintenance and through every
// maintenance, minute by minute.
func byTheMinute(p *Policy) map[lowered]bool {
	all := map[lowered]bool{}
	add := func(capacity Rate, at time.Time) {
		var sum allocate.Thousandths
		for _, r := range p.Reserved {
			if r.during(timeOfDay(at)) {
				sum += r.Rate.atLeast()
			}
		}
		if capacity != p.Capacity && capacity.Thousandths > 0 || capacity == p.Capacity && sum > 0 {
			all[lowered{capacity, sum}] = true
		}
	}
	midnight := time.Unix(0, 0).UTC()
	for at := midnight; at.Before(midnight.Add(day)); at = at.Add(time.Minute) {
		add(p.Capacity, at)
	}
	for _, m := range p.Maintenance {
		for at := m.Start; at.Before(m.End); at = at.Add(time.Minute) {
			add(m.Capacity, at)
		}
	}
	return all
}
