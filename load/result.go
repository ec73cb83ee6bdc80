package load

import (
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Snapshot is how far a Player is.
type Snapshot struct {
	At       time.Duration // since the scenario's start
	OnTheWay int           // sends that are not answered yet
	Waiting  int           // messages that wait to be sent again, or as the second of a critical command
	Users    []UserCounts  // in the scenario's order
}

// UserCounts is one Service User's counts.
type UserCounts struct {
	Account string
	Counts
}

// Snapshot tells how far the player is. It is cheap enough to be asked for ten
// times a second: differences between two snapshots make a live picture.
func (p *Player) Snapshot() Snapshot {
	s := Snapshot{At: p.since(), OnTheWay: int(p.onTheWay.Load()), Waiting: p.waiting.len()}
	for _, t := range p.tallies {
		t.mu.Lock()
		s.Users = append(s.Users, UserCounts{t.account, t.counts})
		t.mu.Unlock()
	}
	return s
}

// Result is what came of playing a scenario.
type Result struct {
	Scenario string
	Played   time.Duration // from the start until nothing was on the way any more
	Stopped  bool          // the scenario was not played to its end
	Total    Counts
	Users    []UserResult // in the scenario's order

	Latency  Times // of the forwarded sends of all Service Users, from sending to the whole answer
	Refusal  Times // likewise of the throttled ones
	Lateness Times // of the player itself: from when a send was due until it went out
	Took     Times // of accepted requests, from when they came: waits and second messages included; to within 1 %
}

// UserResult is one Service User's part of a Result.
type UserResult struct {
	Account string
	Counts
	Latency Times    // of forwarded sends, from sending to the whole answer
	Refusal Times    // likewise of throttled ones
	Took    Times    // of accepted requests, as in Result
	Seconds []Second // in order; the last ones where there were too many to keep
}

// Times is a distribution of times, each exact to a tenth of a per cent where
// nothing else is said, and not better than a microsecond. All are 0 where Count is.
type Times struct {
	Count              uint64
	P50, P90, P99, Max time.Duration
}

func (p *Player) result(stopped bool) Result {
	r := Result{Scenario: p.scenario.Name, Played: p.since(), Stopped: stopped}
	forwarded, throttled, took := newTimes(), newTimes(), newLongTimes()
	for _, t := range p.tallies {
		t.mu.Lock()
		user := UserResult{Account: t.account, Counts: t.counts, Latency: times(t.forwarded), Refusal: times(t.throttled), Took: times(t.took)}
		user.Seconds = slices.SortedFunc(slices.Values(t.seconds), func(a, b Second) int { return a.Number - b.Number })
		forwarded.Merge(t.forwarded)
		throttled.Merge(t.throttled)
		took.Merge(t.took)
		t.mu.Unlock()
		r.Total.add(user.Counts)
		r.Users = append(r.Users, user)
	}
	p.lateMu.Lock()
	defer p.lateMu.Unlock()
	r.Latency, r.Refusal, r.Lateness, r.Took = times(forwarded), times(throttled), times(p.lateness), times(took)
	return r
}

func times(h *hdrhistogram.Histogram) Times {
	at := func(percentile float64) time.Duration {
		return time.Duration(h.ValueAtPercentile(percentile)) * time.Microsecond
	}
	if h.TotalCount() == 0 {
		return Times{}
	}
	return Times{uint64(h.TotalCount()), at(50), at(90), at(99), time.Duration(h.Max()) * time.Microsecond}
}
