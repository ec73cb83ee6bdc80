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
	court      court
	window     window
	second     second

	listedMinute int64 // of refusals, and what would have been some, kept as rows
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
	at int64 // whole seconds since 1970 UTC
	Parts
	tenths uint16 // in which something was throttled for want of capacity, a bit each
}

func newAccount(id uint32, name string) *account {
	return &account{id: id, name: name, second: second{at: -1}}
}

const allTenths = 1<<10 - 1

func (s *second) take(at int64, d *traffic.Decision, cost traffic.Amount) {
	s.decided(d, cost)
	if d.Verdict == traffic.Throttle && (d.Reason == traffic.OverAllocation || d.Reason == traffic.Capacity) {
		s.tenths |= 1 << (at % int64(time.Second) / int64(time.Second/10))
	}
}

// obey takes in terms.
func (a *account) obey(at int64, t *journal.Terms) {
	if t.Slot <= 0 {
		return
	}
	a.court.obey(t.Begin(at), t)
	a.known, a.allocation, a.depth = true, t.Allocation, a.court.rules.Depth(t.Allocation)
	a.window.change(t.Slot, t.Burst)
}

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
	a.second.take(e.at, e.numbers, e.cost)
	row.Second.see(a.second.Offered.Cost, a.second.at*int64(time.Second))
	sum := a.window.add(e.at, e.cost)
	if row.Burst.see(sum, e.at) {
		row.allocation, row.depth = a.allocation, a.depth
	}
	if a.episode != nil && a.episode.Burst.see(sum, e.at) {
		a.episode.Allocation, a.episode.Depth = a.allocation, a.depth
	}
}
