package act

import (
	"math/bits"

	"srtm/traffic"
)

// Flow is what would become of what one account offers, in cost per second.
type Flow struct {
	Account    string
	Allocation traffic.Rate
	Offered    traffic.Rate
	Forwarded  traffic.Rate
	Throttled  traffic.Rate // Offered − Forwarded; in shadow, what would be
	Shadow     bool         // it is forwarded all the same
}

// Outlook is what becomes of constant rates under constant rules, once it has come to
// rest.
type Outlook struct {
	Active    bool // traffic management
	Offered   traffic.Rate
	Forwarded traffic.Rate // by the mechanism's decisions
	Throttled traffic.Rate
	Flows     []Flow // in the rules' order
}

// LookOut says what becomes of rates that are offered without a change under rules
// without one, where traffic management is active now or not. Rates are in cost per
// second, by account; one that is not named offers nothing.
//
// It is what the mechanism does, in this order:
//
//  1. Off and suspended forward all; closed nothing.
//  2. An account that is held passes its rate on, and no more.
//  3. Traffic management is active if a hand says so, if what passes on is more
//     than T, or if it was and what is offered has not fallen below the release
//     level.
//  4. Everybody has what it asks up to its allocation. What that leaves of T goes
//     first to what exempt accounts ask beyond, then as an exact weighted max-min to
//     what the others do, and what is left to accounts without an allocation, in
//     proportion to what they ask. While inactive that is all they ask. While active
//     and spare is withheld only the exempt get any of it.
//
// It leaves out what passes: buckets and pool that are full let up to B more
// through in the beginning, and an exempt account up to (C − T) × burst. It knows
// nothing of variants: of those that are exempt, of priorities within an
// allocation, of second messages of critical commands. Where there is none of that
// and every account that asks beyond its allocation does so at least some times a
// second, the mechanism forwards in 10 s what is said here to within 3 % and 3
// requests (TestTheMechanismDoesAsThePreviewSays): each account, and together those
// who take what is left as they come, these to within 2 % of T more.
func LookOut(r traffic.Rules, offered map[string]traffic.Rate, active bool) Outlook {
	o := Outlook{Flows: make([]Flow, len(r.Accounts))}
	passing := make([]traffic.Rate, len(r.Accounts))
	var sum traffic.Rate
	for i, a := range r.Accounts {
		rate := min(max(offered[a.Name], 0), traffic.MaxRate)
		o.Flows[i] = Flow{Account: a.Name, Allocation: a.Allocation, Offered: rate, Shadow: a.Shadow || r.Mode == traffic.ModeShadow}
		o.Offered += rate
		passing[i] = rate
		if a.Held {
			passing[i] = min(rate, a.Hold)
		}
		sum += passing[i]
	}
	switch {
	case r.Mode == traffic.ModeOff || r.Mode == traffic.ModeSuspended:
		for i := range passing {
			passing[i] = o.Flows[i].Offered
		}
		o.Active = r.Activate
	case r.Closed:
		clear(passing)
		o.Active = r.Activate || active
	default:
		o.Active = r.Activate || sum > r.Threshold || active && o.Offered >= r.Release
		if o.Active {
			passing = divide(r, passing)
		}
	}
	for i := range o.Flows {
		f := &o.Flows[i]
		f.Forwarded = passing[i]
		f.Throttled = f.Offered - f.Forwarded
		o.Forwarded += f.Forwarded
		o.Throttled += f.Throttled
	}
	return o
}

// divide is rule 4, while active: what each account gets of what it passes on.
func divide(r traffic.Rules, passing []traffic.Rate) (got []traffic.Rate) {
	n := len(passing)
	got = make([]traffic.Rate, n)
	left := traffic.Amount(r.Threshold) // of one second
	exempt, idle := make([]traffic.Amount, n), make([]traffic.Amount, n)
	weights, rooms := make([]traffic.Rate, n), make([]traffic.Amount, n)
	for i, a := range r.Accounts {
		got[i] = min(passing[i], a.Allocation)
		left -= traffic.Amount(got[i])
		beyond := traffic.Amount(passing[i] - got[i])
		switch {
		case a.Exempt:
			exempt[i] = beyond
		case r.Withhold:
		case a.Allocation == 0:
			idle[i] = beyond
		default:
			weights[i], rooms[i] = a.Allocation, beyond
		}
	}
	left = first(left, exempt, got)
	grants, left := traffic.MaxMin(left, weights, rooms)
	for i, g := range grants {
		got[i] += traffic.Rate(g)
	}
	first(left, idle, got)
	return got
}

// first gives those who take what they find as it comes: all, or in proportion to
// what they ask.
func first(left traffic.Amount, asked []traffic.Amount, got []traffic.Rate) traffic.Amount {
	var sum traffic.Amount
	for _, a := range asked {
		sum += a
	}
	if sum == 0 {
		return left
	}
	there := max(0, min(left, sum))
	for i, a := range asked {
		hi, lo := bits.Mul64(uint64(there), uint64(a))
		share, _ := bits.Div64(hi, lo, uint64(sum))
		got[i] += traffic.Rate(share)
		left -= traffic.Amount(share)
	}
	return left
}
