package ledger

import (
	"cmp"
	"slices"
	"time"

	"srtm/journal"
	"srtm/traffic"
)

// watch finds out from a decision whether traffic management is active, where the
// records of its beginning or end are missing.
func (f *fold) watch(e *event, a *account) {
	n := e.numbers
	switch {
	case n.Activated:
		f.end(e.at, Unwitnessed, e.position-1)
		f.begin(e.position, e.at, a, f.names.name(e.variant))
	case f.unsure && n.Active && !f.active:
		f.begin(e.position, e.at, nil, "")
	case f.unsure && !n.Active:
		f.end(e.at, Unwitnessed, e.position-1)
	}
	f.unsure = false
}

// begin begins an episode with a record, at a time, because an account was refused, if it is
// known which.
func (f *fold) begin(p journal.Position, at int64, a *account, variant string) {
	row := f.batch.episode(int64(p))
	row.Started, row.Threshold, row.Variant = at, f.system.allocation, variant
	if a != nil {
		row.Account = a.id
	}
	f.episodes = append(f.episodes, stretch{id: int64(p), started: at})
	f.episodes = f.episodes[max(0, len(f.episodes)-keptEpisodes):]
	f.active, f.unsure = true, false
}

// end ends the episode, if there is one.
func (f *fold) end(at int64, how Ending, last journal.Position) {
	f.unsure = false
	if !f.active {
		return
	}
	s := f.current()
	s.last = last
	row := f.batch.episode(s.id)
	row.Ended, row.How = max(at, s.started), how
	f.active = false
}

func (f *fold) current() *stretch { return &f.episodes[len(f.episodes)-1] }

// topUp is Top Up Device, the prepayment vend.
const topUp = "2.2"

// enterEpisode counts a decision into the episode, if there is one.
func (f *fold) enterEpisode(a *account, e *event) {
	if !f.active {
		a.episode = nil
		return
	}
	row := f.batch.episode(f.current().id)
	f.touching = row.ID
	row.decided(e.numbers, e.cost)
	row.Range.see(e.position)
	if a.episode == nil || a.episode.Episode != row.ID {
		a.episode, a.sentIn = row.account(a.id), row.ID
	}
	x, v := a.episode, row.variant(a.id, e.variant)
	x.Offered.one(e.cost)
	v.Offered.one(e.cost)
	if e.numbers.Verdict != traffic.Throttle {
		x.Forwarded.one(e.cost)
		v.Forwarded.one(e.cost)
		if e.numbers.Reason == traffic.Spare {
			x.Spare.one(e.cost)
		}
		return
	}
	x.Throttled.one(e.cost)
	v.Throttled.one(e.cost)
	if e.decision.Variant == topUp {
		x.ThrottledTopUps++
	}
	if x.FirstRefusal == 0 {
		x.FirstRefusal = e.at
	}
	x.LastRefusal, a.refusedIn = e.at, row.ID
}

// enterSecond begins the second of an account's and of the system's decision.
func (f *fold) enterSecond(a *account) {
	now := f.clock / int64(time.Second)
	if a.second.at != now {
		a.second = second{at: now}
		f.asked = append(f.asked, a)
	}
	if f.system.second.at != now {
		f.system.second = second{at: now}
	}
}

// endSecond looks at the second that has just ended.
func (f *fold) endSecond() {
	if f.touching != 0 && len(f.asked) > 0 {
		f.assess(f.batch.episode(f.touching))
	}
	f.asked, f.touching = f.asked[:0], 0
}

// assess counts a whole second into the episode in which its last decision was.
func (f *fold) assess(row *episodeRow) {
	s, capacity := &f.system.second, f.system.allocation.Over(time.Second)
	begin := s.at * int64(time.Second)
	row.PeakOffered.see(s.offered.Cost, begin)
	row.PeakForwarded.see(s.forwarded.Cost, begin)
	pressed := s.tenths == allTenths
	if s.throttled.Requests > 0 {
		unused := max(0, capacity-s.forwarded.Cost)
		row.RefusedSeconds++
		row.Unused = add(row.Unused, unused)
		if pressed {
			row.PressedSeconds++
			row.PressedUnused = add(row.PressedUnused, unused)
			row.PressedCapacity = add(row.PressedCapacity, capacity)
		}
	}
	f.keepSecond(f.system)
	slices.SortFunc(f.asked, func(a, b *account) int { return cmp.Compare(a.id, b.id) })
	for _, a := range f.asked {
		f.assessAccount(row, a)
	}
	if pressed {
		f.divide(row, capacity)
	}
}

func (f *fold) assessAccount(row *episodeRow, a *account) {
	if a.sentIn != row.ID {
		return
	}
	x := row.account(a.id)
	x.Second.see(a.second.offered.Cost, a.second.at*int64(time.Second))
	most := max(a.allocation.Over(time.Second), a.depth)
	x.Over = add(x.Over, max(0, a.second.offered.Cost-most))
	if a.second.throttled.Requests > 0 {
		x.RefusedSeconds++
	}
	if a.refusedIn == row.ID {
		f.keepSecond(a)
	}
}

// detailed is how many minutes of an episode are kept by the second.
const detailed = 4 * 60

// keepSecond keeps a second of the account, or of System, as a row or a part of
// one.
func (f *fold) keepSecond(a *account) {
	key := secondKey{f.touching, a.id, a.second.at}
	seconds := 1
	if a.second.at/60-f.started(f.touching)/int64(time.Minute) >= detailed {
		key.second, seconds = a.second.at/60*60, 60
	}
	row := f.batch.second(key, seconds)
	row.Offered.count(a.second.offered)
	row.Forwarded.count(a.second.forwarded)
	row.Throttled.count(a.second.throttled)
}

func (f *fold) started(episode int64) int64 {
	for _, s := range slices.Backward(f.episodes) {
		if s.id == episode {
			return s.started
		}
	}
	return 0
}

// divide says what would have been fair in a second in which somebody was
// refused all the time.
func (f *fold) divide(row *episodeRow, capacity traffic.Amount) {
	claims := make([]claim, len(f.asked))
	for i, a := range f.asked {
		claims[i] = claim{wanted: a.second.offered.Cost, allocation: a.allocation}
	}
	divide(capacity, claims)
	for i, a := range f.asked {
		if a.second.throttled.Requests == 0 || a.sentIn != row.ID {
			continue
		}
		x := row.account(a.id)
		x.HungrySeconds++
		x.Due = add(x.Due, claims[i].due)
		x.Got = add(x.Got, a.second.forwarded.Cost)
	}
}
