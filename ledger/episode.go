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
		f.begin(e.position, e.at, causeOf(n))
		row := f.batch.episode(int64(e.position))
		row.Account, row.Variant = a.id, f.names.name(e.variant)
	case f.unsure && n.Active && !f.active:
		f.begin(e.position, e.at, CauseUnknown)
	case f.unsure && !n.Active:
		f.end(e.at, Unwitnessed, e.position-1)
	}
	f.unsure = false
}

// causeOf says why a decision made traffic management active.
func causeOf(n *traffic.Decision) Cause {
	switch {
	case n.Verdict == traffic.Shadow:
		return ByShadow
	case n.Exempt || n.Vouched: // forwarded, or refused as too much even for that
		return ByExempt
	}
	return ByRefusal
}

// activated takes in that traffic management became active. Where no decision said
// so it was made so by hand, or that decision is missing.
func (f *fold) activated(p journal.Position, r *journal.Activation) {
	began := f.unsure || !f.active
	if began {
		f.end(f.at, Unwitnessed, p-1)
		if r.Decision == 0 {
			f.begin(p, f.at, ByHand)
		} else {
			f.begin(p, f.clock, CauseUnknown)
		}
	}
	if id := f.current().id; began || id == int64(r.Decision) {
		f.batch.episode(id).Activation = p
	}
}

// begin begins an episode with a record, at a time.
func (f *fold) begin(p journal.Position, at int64, why Cause) {
	row := f.batch.episode(int64(p))
	row.Started, row.Threshold, row.Cause = at, f.system.allocation, why
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
	a.episode.decided(e.numbers, e.cost)
	row.variant(a.id, e.variant).decided(e.numbers, e.cost)
	if a.episode.enter(e) {
		a.refusedIn = row.ID
	}
}

// enter counts what only episodes have, and says whether it was a refusal for
// traffic, or would have been.
func (x *EpisodeAccount) enter(e *event) bool {
	var topUps uint64
	if e.decision.Variant == topUp {
		topUps = 1
	}
	switch n := e.numbers; {
	case n.Reason == traffic.Closed:
	case n.Verdict == traffic.Shadow:
		x.ShadowTopUps += topUps
		x.FirstShadow, x.LastShadow = cmp.Or(x.FirstShadow, e.at), e.at
		return true
	case n.Verdict == traffic.Throttle:
		x.ThrottledTopUps += topUps
		x.FirstRefusal, x.LastRefusal = cmp.Or(x.FirstRefusal, e.at), e.at
		return true
	case n.Verdict == traffic.Forward && n.Reason == traffic.Spare:
		x.Spare.one(e.cost)
	}
	return false
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
	row.PeakOffered.see(s.Offered.Cost, begin)
	reached := s.Reached().Cost
	row.PeakReached.see(reached, begin)
	pressed := s.tenths == allTenths
	if s.Shadow.Requests > 0 {
		row.ShadowSeconds++
	}
	if s.tenths != 0 {
		unused := max(0, capacity-reached)
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
	x.Second.see(a.second.Offered.Cost, a.second.at*int64(time.Second))
	most := max(a.allocation.Over(time.Second), a.depth)
	x.Over = add(x.Over, max(0, a.second.Offered.Cost-most))
	if a.second.Throttled.Requests > 0 {
		x.RefusedSeconds++
	}
	if a.second.Shadow.Requests > 0 {
		x.ShadowSeconds++
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
	f.batch.second(key, seconds).count(a.second.Parts)
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
		claims[i] = claim{wanted: a.second.Offered.Cost, allocation: a.allocation}
	}
	divide(capacity, claims)
	for i, a := range f.asked {
		if a.second.tenths == 0 || a.sentIn != row.ID {
			continue
		}
		x := row.account(a.id)
		x.HungrySeconds++
		x.Due = add(x.Due, claims[i].due)
		x.Got = add(x.Got, a.second.Forwarded.Cost)
	}
}
