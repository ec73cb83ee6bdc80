package report

import (
	"cmp"
	"math"
	"slices"
	"time"

	"srtm/ledger"
)

// termsAt are the terms in force for an account at a time.
func (a *account) termsAt(at int64) (t ledger.Terms, known bool) {
	after, _ := slices.BinarySearchFunc(a.terms, at, func(t ledger.Terms, at int64) int {
		if t.Begin(t.At) <= at {
			return -1
		}
		return 1
	})
	if after == 0 {
		return t, false
	}
	return a.terms[after-1], true
}

// closedAt says whether nothing was taken of an account at a time.
func (a *account) closedAt(at int64) bool {
	t, known := a.termsAt(at)
	return known && t.Closed && (t.Until == 0 || at < t.Until)
}

// allowed is what was allowed in burst / 2 when a peak was reached. Where nothing
// was taken then there is nothing to compare the peak with.
func (m *month) allowed(id uint32, p ledger.Peak, depth int64) cell {
	if p.At == 0 {
		return cell{}
	}
	if a := m.byID[id]; a != nil && a.closedAt(p.At) {
		return cell{}
	}
	return thousandths(depth)
}

// assured is what an account is assured of in some time: the lowest and the highest
// rate, and whether nothing was taken in some of it.
type assured struct {
	lowest, highest int64 // 10⁻⁹ a second
	closed          bool
}

// assuredIn is what an account was assured of between two times: its allocation, or
// the rate by hand that it was held to where that is less.
func (a *account) assuredIn(from, to int64) (s assured) {
	s.lowest = math.MaxInt64
	take := func(t ledger.Terms, at int64) {
		if t.Closed {
			s.closed = s.closed || t.Until == 0 || at < t.Until
			return
		}
		rate := int64(t.Allocation)
		if t.Held {
			rate = min(rate, int64(t.Hold))
		}
		s.lowest, s.highest = min(s.lowest, rate), max(s.highest, rate)
	}
	if t, known := a.termsAt(from); known {
		take(t, from)
	}
	for _, t := range a.terms {
		if at := t.Begin(t.At); at > from && at < to {
			take(t, at)
		}
	}
	if s.lowest == math.MaxInt64 {
		s.lowest = 0
	}
	return s
}

// queue is what would have happened in an episode if an account's requests had
// been held back, on its own side, to its allocation.
type queue struct {
	paced           bool          // it had an allocation to be held back to
	wait            time.Duration // of the last in the queue when that was longest
	lowest, highest int64         // what it would have been held back to, 10⁻⁹ a second
}

// heldBack puts the seconds through a queue that lets pass what is assured in each.
// What came while nothing was taken is left out: no holding back helps there, and
// who waits already waits so much longer. The wait is an upper bound.
func heldBack(rows []ledger.EpisodeSecond, in func(from, to int64) assured) (q queue) {
	var waiting int64 // cost
	var stalled, longest, stall int64
	for _, s := range rows {
		const second = int64(time.Second)
		now := in(s.Second*second, (s.Second+int64(s.Seconds))*second)
		switch {
		case now.closed && waiting > 0:
			stalled += int64(s.Seconds)
			stall = max(stall, stalled)
			continue
		case now.closed:
			continue
		case now.lowest <= 0:
			return queue{}
		}
		if waiting = max(0, waiting+int64(s.Offered.Cost)-now.lowest*int64(s.Seconds)); waiting == 0 {
			stalled = 0
		}
		longest = max(longest, waiting)
		q.lowest, q.highest, q.paced = min(cmp.Or(q.lowest, now.lowest), now.lowest), max(q.highest, now.highest), true
	}
	if q.paced {
		q.wait = quotient(longest, q.lowest)
		q.wait = min(q.wait, math.MaxInt64-time.Duration(stall)*time.Second) + time.Duration(stall)*time.Second
	}
	return q
}

// inShadowAlone are the names of the accounts that were in shadow at some time of
// the month while others were not.
func (m *month) inShadowAlone() (names []string) {
	for _, a := range m.accounts {
		if slices.ContainsFunc(a.terms, func(t ledger.Terms) bool { return t.Shadow && t.Mode.String() == modeEnforce }) {
			names = append(names, plainText(a.name))
		}
	}
	return names
}

// wouldBe is how many requests would have been refused, for traffic or because
// nothing was taken.
func wouldBe(p ledger.Parts) uint64 { return p.Shadow.Requests + p.ShadowClosed.Requests }

// above is how many of an account's requests were throttled over one allocation,
// and what had lowered it; nothing where it was the standing one.
type above struct {
	requests   uint64
	allocation int64
	kinds      string
}

// loweredAbove are those throttled while the allocation was lowered, in the order of
// causes, the highest allocation first.
func loweredAbove(rows []ledger.Lowered) (all []above) {
	for _, r := range rows {
		if r.Verdict.String() != verdictThrottle || r.Reason.String() == reasonClosed || r.Reason.String() == reasonHeld {
			continue
		}
		next := above{allocation: int64(r.Allocation), kinds: kinds(r.Cause)}
		i := slices.IndexFunc(all, func(x above) bool { return x.allocation == next.allocation && x.kinds == next.kinds })
		if i < 0 {
			i = len(all)
			all = append(all, next)
		}
		all[i].requests += r.Requests
	}
	slices.SortFunc(all, func(a, b above) int {
		return cmp.Or(cmp.Compare(b.allocation, a.allocation), cmp.Compare(a.kinds, b.kinds))
	})
	return all
}

// allocationAtStart is an account's allocation when an episode began.
func (m *month) allocationAtStart(a *account, e ledger.Episode) cell {
	if a == nil {
		return cell{}
	}
	t, known := a.termsAt(e.Started)
	return cell{set: known, n: thousandths(t.Allocation).n}
}
