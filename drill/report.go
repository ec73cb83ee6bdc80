package drill

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Report says how the adapter behaved, by what the Judge has been shown.
func (j *Judge) Report() Report {
	r := Report{
		Account: j.span.Account, From: j.span.From, To: j.span.To, Until: j.span.until(),
		Complete: !j.span.Now.Before(j.span.To.Add(After)), Missing: j.missing, Damaged: j.damaged,
		Before: j.phase(j.begin, j.from), During: j.phase(j.from, j.to), After: j.phase(j.to, j.end),
		Refusals: j.refusals, Kinds: j.kindsOf(), Series: j.series(),
	}
	j.outcomes(&r)
	r.Waits = j.waits.report()
	r.Ending = j.ending(&r)
	r.Style = r.style()
	r.Findings = r.findings()
	return r
}

// bin is the first one that begins at or after a time.
func (j *Judge) bin(at int64) int {
	n := (at - j.begin + int64(time.Second) - 1) / int64(time.Second)
	return int(min(max(n, 0), int64(len(j.bins))))
}

func (j *Judge) phase(from, to int64) Phase {
	p := Phase{Seconds: max(0, time.Duration(to-from).Seconds())}
	for _, b := range j.bins[j.bin(from):max(j.bin(from), j.bin(to))] {
		p.Messages += b.offered
		p.Refused += b.refused
		p.Peak = max(p.Peak, b.offered)
	}
	if p.Seconds > 0 {
		p.Mean = float64(p.Messages) / p.Seconds
	}
	return p
}

// outcomes says what became of each request.
func (j *Judge) outcomes(r *Report) {
	f := &r.Refusals
	f.Requests = uint64(len(j.requests))
	for _, q := range j.requests {
		if q.key.second {
			r.Seconds.Refused++
			r.Seconds.count(q)
		}
		switch {
		case q.passed:
			f.MadeUp++
			continue
		case q.repeats > 0:
			f.GivenUp++
		default:
			f.NotAgain++
		}
		if q.renewed {
			f.Renewed++
		}
	}
	if f.Requests > 0 {
		f.PerRequest = float64(f.Messages-f.Unfollowed) / float64(f.Requests)
	}
}

func (s *Seconds) count(q *request) {
	if q.repeats > 0 {
		s.Repeated++
	}
	if q.passed {
		s.MadeUp++
	} else {
		s.NotAgain++
	}
}

func (w *waits) report() Waits {
	out := Waits{
		Count: w.count, Least: w.least.Seconds(), Median: w.median(), Most: w.most.Seconds(),
		SaidLeast: w.saidLeast.Seconds(), SaidMost: w.saidMost.Seconds(), Early: w.early, Worst: 1, Growth: w.growth(),
	}
	if w.count > 0 {
		out.EarlyShare, out.Worst = float64(w.early)/float64(w.count), w.worst
	}
	return out
}

func (j *Judge) ending(r *Report) Ending {
	e := Ending{Refused: r.After.Refused}
	if j.last > j.to {
		e.LastAfter = time.Duration(j.last - j.to).Seconds()
	}
	first := j.bin(j.to)
	for i, b := range j.bins[first:] {
		if b.offered > e.Peak {
			e.Peak, e.PeakAfter = b.offered, float64(i)
		}
	}
	most := uint64(0)
	for i, b := range j.bins {
		if b.repeats > most {
			most = b.repeats
			e.AtOnceAt = float64(i) - Before.Seconds()
		}
	}
	if j.refusals.Repeats > 0 {
		e.AtOnce = float64(most) / float64(j.refusals.Repeats)
	}
	if r.During.Seconds > 0 {
		e.NewInDrill = float64(j.fresh+j.refusals.Unfollowed) / r.During.Seconds
	}
	e.LastMinute = j.phase(max(j.from, j.to-int64(time.Minute)), j.to).Mean
	return e
}

func (j *Judge) kindsOf() []Kind {
	all := []Kind{}
	for _, name := range slices.Sorted(maps.Keys(j.kinds)) {
		k := j.kinds[name]
		out := Kind{Name: name, Requests: k.requests, Repeated: k.repeated, MadeUp: k.madeUp}
		if k.late > 0 {
			out.After = (k.after / time.Duration(k.late)).Seconds()
		}
		all = append(all, out)
	}
	slices.SortStableFunc(all, func(a, b Kind) int { return cmp.Compare(b.Requests, a.Requests) })
	return all
}

// mostBins is how many bins a Series has at most.
const mostBins = 300

func (j *Judge) series() Series {
	every := max(1, (len(j.bins)+mostBins-1)/mostBins)
	s := Series{From: time.Unix(0, j.begin).UTC(), Every: every, Offered: []uint64{}, Refused: []uint64{}}
	for bins := range slices.Chunk(j.bins, every) {
		var sum bin
		for _, b := range bins {
			sum.offered += b.offered
			sum.refused += b.refused
		}
		s.Offered, s.Refused = append(s.Offered, sum.offered), append(s.Refused, sum.refused)
	}
	return s
}

// style says how the adapter takes a refusal:
//
//  1. Of fewer than enough refusals nothing is said.
//  2. Where hardly any request was repeated it never repeats.
//  3. Of fewer than enough waits nothing is said.
//  4. Where hardly any repeat was early it obeys, where some were it does in part.
//  5. Where waits grow it backs off, otherwise it is blind.
func (r *Report) style() Style {
	f, w := &r.Refusals, &r.Waits
	switch {
	case f.Messages < enough:
		return TooFew
	case float64(f.Repeated) < fewRepeat*float64(f.Requests):
		return Never
	case w.Count < enough:
		return TooFew
	case w.EarlyShare < obeysBelow:
		return Obeys
	case w.EarlyShare < mixedBelow:
		return Mixed
	case w.Growth >= growing:
		return Backoff
	}
	return Blind
}
