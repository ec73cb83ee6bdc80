package ledger

import (
	"time"

	"srtm/journal"
	"srtm/traffic"
)

// account is what the fold keeps of an account, or of System, to go on.
type account struct {
	id   uint32
	name string

	// Of the terms in force. For System, allocation is T and depth what T gives
	// in burst / 2.
	known      bool
	allocation traffic.Rate
	depth      traffic.Amount
	rules      traffic.Rules // what the reference bucket needs of them

	reference *traffic.Reference // nil: none yet
	doubted   bool               // what it holds is unknown
	window    window
	second    second

	listedMinute int64 // of refusals kept as rows
	listed       int
	brokenDay    int64 // of broken ones kept as rows
	brokenListed int
	sentIn       int64 // episode in which it sent something last
	refusedIn    int64 // episode in which it was refused last

	batch   *batch // of the next three; another one's are stale
	row     *minuteRow
	counts  map[countKey]*Count
	episode *EpisodeAccount
}

// second is what happened in the latest second of UTC with a decision.
type second struct {
	at                            int64 // whole seconds since 1970 UTC
	offered, forwarded, throttled Count
	tenths                        uint16 // in which something was refused, a bit each
}

func newAccount(id uint32, name string) *account {
	return &account{id: id, name: name, second: second{at: -1}}
}

const allTenths = 1<<10 - 1

func (s *second) count(at int64, d *traffic.Decision, cost traffic.Amount) {
	s.offered.one(cost)
	if d.Verdict != traffic.Throttle {
		s.forwarded.one(cost)
		return
	}
	s.throttled.one(cost)
	s.tenths |= 1 << (at % int64(time.Second) / int64(time.Second/10))
}

// obey takes in terms. The account's reference bucket begins full with the
// mechanism, and empty where the account is new.
func (a *account) obey(at int64, t *journal.Terms) {
	rules := traffic.Rules{Slot: t.Slot, Burst: t.Burst, LargestCost: t.LargestCost}
	switch same := a.rules.Slot == t.Slot; {
	case t.Slot <= 0:
		return
	case t.Start:
		a.reference, a.doubted = traffic.NewReference(rules, t.Allocation, at), false
	case t.New:
		a.reference, a.doubted = traffic.NewReference(rules, t.Allocation, at), false
		a.reference.Empty()
	case a.reference == nil || !same:
		a.reference, a.doubted = traffic.NewReference(rules, t.Allocation, at), true
	case !t.Repeated:
		a.reference.Change(rules, t.Allocation, at)
	}
	a.known, a.rules, a.allocation, a.depth = true, rules, t.Allocation, rules.Depth(t.Allocation)
	a.window.change(t.Slot, t.Burst)
}

// doubt says that decisions are missing until now: what the reference bucket holds
// is unknown until the next one says what there was. Beginning empty would not do:
// a bucket that holds less may let pass what the right one paid for, and so hold
// more later.
func (a *account) doubt() { a.doubted = true }

// use has the account add up into a batch, in the row of a minute.
func (a *account) use(b *batch, minute int64) {
	if a.batch != b {
		a.batch, a.row, a.episode = b, nil, nil
		b.accounts[a] = true
	}
	if a.row == nil || a.row.minute != minute {
		a.settle()
		a.row = b.minute(a.id, minute)
	}
}

// settle hands the counts of a minute to the batch.
func (a *account) settle() {
	for k, c := range a.counts {
		if c.Requests > 0 {
			a.batch.counts = append(a.batch.counts, countRow{a.row.minute, a.id, k, *c})
		}
	}
	clear(a.counts)
}

func (a *account) count(k countKey, cost traffic.Amount) {
	c := a.counts[k]
	if c == nil {
		if a.counts == nil {
			a.counts = map[countKey]*Count{}
		}
		c = &Count{}
		a.counts[k] = c
	}
	c.one(cost)
}

// tally counts a decision into the minute, the second and the window.
func (a *account) tally(e *event) {
	row := a.row
	row.decided(e.numbers, e.cost)
	a.second.count(e.at, e.numbers, e.cost)
	row.Second.see(a.second.offered.Cost, a.second.at*int64(time.Second))
	sum := a.window.add(e.at, e.cost)
	if row.Burst.see(sum, e.at) {
		row.allocation, row.depth = a.allocation, a.depth
	}
	if a.episode != nil && a.episode.Burst.see(sum, e.at) {
		a.episode.Allocation, a.episode.Depth = a.allocation, a.depth
	}
}

// judge asks the reference bucket, and says whether the guarantee was broken. A
// decision that was made by other terms than those at hand is not judged.
func (a *account) judge(e *event) (broken bool) {
	if e.numbers.Allocation != a.allocation || e.numbers.Depth != a.depth {
		a.doubted = true
		return false
	}
	if a.doubted {
		a.reference = traffic.NewReference(a.rules, a.allocation, e.at)
		a.reference.Resume(e.numbers.Assured, e.at/int64(a.rules.Slot))
		a.doubted = false
	}
	if !a.reference.Take(e.at, e.cost) {
		a.row.beyond.one(e.cost)
		return false
	}
	a.row.within.one(e.cost)
	return e.numbers.Verdict == traffic.Throttle
}
