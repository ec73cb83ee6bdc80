package evidence

import (
	"fmt"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// firsts are the first messages of critical commands that were forwarded, each
// of which vouches for its second for a while.
type firsts struct {
	life   time.Duration // how long; 0: the terms have no such rule
	issued map[duis.RequestID]first
	queue  []duis.RequestID // in the order of issue
	dark   int64            // latest time at which one may have been forwarded that is not seen here
	unseen time.Duration    // how long such a one may vouch; 0: there is none
	// skipped is when the terms last began to have the rule: what was forwarded
	// before is not looked at here, and vouches again after a start.
	skipped int64

	starts, doubts int
	afterStart     time.Duration // how long those from before the last start vouch

	taken   uint64 // second messages that only one that is not seen here can have vouched for
	missing uint64 // that were not vouched for, and it cannot be told whether rightly
}

// first is one of them.
type first struct {
	at, end int64
	number  uint64 // of its decision
	starts  int    // how often the mechanism had started
	doubts  int    // how often that, or a User ID may have been another account's, or records were missing
}

// mostFirsts is how many are remembered.
const mostFirsts = 1 << 17

func newFirsts() firsts { return firsts{issued: map[duis.RequestID]first{}} }

// miss notes that some may not be seen, up to a time.
func (f *firsts) miss(at int64) {
	f.dark, f.unseen = at, traffic.MaxFinishCritical
	f.doubts++
}

// obey follows terms. At a start all are found again in the journal, and vouch
// for as long as the terms then say. With another policy a User ID may have come
// from another account, whose messages are not seen here.
func (f *firsts) obey(before, t *journal.Terms, how holding) {
	was := f.life
	f.life = t.FinishCritical
	other := !how.ruled || t.New || t.Policy != before.Policy
	if was == 0 {
		f.skipped = how.from
	}
	switch {
	case t.Start:
		f.restart(other, how.from)
	case f.life == 0:
		clear(f.issued)
		f.queue, f.unseen = nil, 0
	case other:
		if !how.ruled || t.New {
			was = traffic.MaxFinishCritical
		} else if f.mayBeUnseen(how.from) {
			was = max(was, f.unseen)
		}
		f.dark, f.unseen = how.from, was
		f.doubts++
	}
}

func (f *firsts) restart(other bool, from int64) {
	if other {
		f.dark = from
	}
	f.dark = max(f.dark, f.skipped)
	f.unseen = 0
	if f.dark > 0 {
		f.unseen = f.life
	}
	f.doubts++
	f.starts++
	f.afterStart = f.life
}

// until is how long a first message vouches.
func (f *firsts) until(v first) int64 {
	if v.starts != f.starts {
		return v.at + int64(f.afterStart)
	}
	return v.end
}

// judge says what is wrong with whether the decision's request was vouched for.
func (f *firsts) judge(d *journal.Decision) (wrong []string) {
	n := &d.Numbers
	second := d.CommandVariant >= 5 && d.CommandVariant <= 7
	v, seen := f.issued[d.ID]
	due := f.life > 0 && second && seen && n.At <= f.until(v)
	switch {
	case n.Vouched && f.life == 0:
		wrong = append(wrong, "it is recorded as vouched for by the first message of its command; the terms in force do not have that")
	case n.Vouched && !second:
		wrong = append(wrong, fmt.Sprintf("it is recorded as vouched for by the first message of its command; its Command Variant is %d, and only 5, 6 and 7 are second messages", d.CommandVariant))
	case n.Vouched && !due && !f.mayBeUnseen(n.At):
		wrong = append(wrong, fmt.Sprintf("it is recorded as vouched for by the first message of its command; none of this RequestID was forwarded in the %v before that had not vouched already", f.life))
	case n.Vouched && !due:
		f.taken++
	case due && !n.Vouched && (v.doubts != f.doubts || n.Number-v.number > traffic.MaxVouchers):
		f.missing++
	case due && !n.Vouched:
		wrong = append(wrong, fmt.Sprintf("it is recorded as not vouched for; the first message of its command was forwarded at %s, and vouched for it until %s", moment(v.at), moment(f.until(v))))
	}
	f.remember(d)
	return wrong
}

func (f *firsts) mayBeUnseen(at int64) bool {
	return f.unseen > 0 && at <= f.dark+int64(f.unseen)
}

// remember notes what the decision means for messages to come.
func (f *firsts) remember(d *journal.Decision) {
	n := &d.Numbers
	switch {
	case n.Verdict != traffic.Forward || f.life == 0: // what went on in shadow only vouches for nothing
	case d.CommandVariant == 4:
		v := first{at: n.At, end: n.At + int64(f.life), number: n.Number, starts: f.starts, doubts: f.doubts}
		f.issued[d.ID] = v
		f.queue = append(f.queue, d.ID)
		f.forget(n.At)
	case d.CommandVariant >= 5 && d.CommandVariant <= 7:
		delete(f.issued, d.ID)
	}
}

// forget drops the oldest: those that no start could bring back, and those beyond
// what is remembered.
func (f *firsts) forget(at int64) {
	for len(f.queue) > 0 {
		v, is := f.issued[f.queue[0]]
		old := !is || v.at+int64(traffic.MaxFinishCritical) < at
		if !old && len(f.queue) <= mostFirsts {
			return
		}
		if !old && f.until(v) >= at {
			f.dark, f.unseen = max(f.dark, v.at), traffic.MaxFinishCritical
		}
		delete(f.issued, f.queue[0])
		f.queue = f.queue[1:]
	}
}

// say says what could not be judged.
func (f *firsts) say(r *Result) {
	if f.taken > 0 {
		r.reserve("%s of a critical command recorded as vouched for by a first message that is not in the bundle: taken as recorded", many(f.taken, "second message"))
	}
	if f.missing > 0 {
		r.reserve("%s of a critical command not vouched for although the first was forwarded in time: it was forwarded before a start, a change of policy, missing records or very many others, after which that cannot be told", many(f.missing, "second message"))
	}
}
