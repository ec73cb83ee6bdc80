package policy

import (
	"cmp"
	"slices"
	"time"
)

const day = 24 * time.Hour

// timeOfDay returns what has passed since midnight UTC.
func timeOfDay(at time.Time) time.Duration { return at.Sub(at.Truncate(day)) }

// String writes what it is and when: "reserved 22:00–05:00".
func (r Reserved) String() string { return "reserved " + clock(r.From) + "–" + clock(r.To) }

func (r Reserved) during(timeOfDay time.Duration) bool {
	if r.From < r.To {
		return timeOfDay >= r.From && timeOfDay < r.To
	}
	return timeOfDay >= r.From || timeOfDay < r.To
}

// String writes what it is and when: "maintenance
// 2026-11-20T22:00:00Z–2026-11-21T04:00:00Z".
func (m Maintenance) String() string { return "maintenance " + stamp(m.Start) + "–" + stamp(m.End) }

func (m Maintenance) during(at time.Time) bool { return !at.Before(m.Start) && at.Before(m.End) }

func (h Hand) during(at time.Time) bool {
	return !at.Before(h.From) && (h.Until.IsZero() || at.Before(h.Until))
}

// inForce returns the hands that hold at a time, in the order in which they
// began.
func inForce(hands []Hand, at time.Time) []Hand {
	var now []Hand
	for _, h := range hands {
		if h.during(at) {
			now = append(now, h)
		}
	}
	slices.SortStableFunc(now, func(a, b Hand) int { return a.From.Compare(b.From) })
	return now
}

// around returns the last time up to at, and the next one after it, at which
// anything may change; zero where there is none.
func (p *Policy) around(at time.Time, hands []Hand) (last, next time.Time) {
	edge := func(t time.Time) {
		switch {
		case t.IsZero():
		case t.After(at):
			if next.IsZero() || t.Before(next) {
				next = t.UTC()
			}
		case t.After(last):
			last = t.UTC()
		}
	}
	midnight := at.Truncate(day)
	for _, r := range p.Reserved {
		for days := -day; days <= day; days += day {
			edge(midnight.Add(days + r.From))
			edge(midnight.Add(days + r.To))
		}
	}
	for _, m := range p.Maintenance {
		edge(m.Start)
		edge(m.End)
	}
	for _, h := range hands {
		if h.Until.IsZero() || h.From.Before(h.Until) {
			edge(h.From)
			edge(h.Until)
		}
	}
	return last, next
}

// possible returns the nearest rate that a policy could have been given.
func possible(r Rate) Rate {
	r.Per = cmp.Or(r.Per, time.Second)
	if r.Per != time.Minute && r.Per != time.Hour {
		r.Per = time.Second
	}
	r.Thousandths = min(max(r.Thousandths, 0), maxRate*1000*int64(r.seconds()))
	return r
}
