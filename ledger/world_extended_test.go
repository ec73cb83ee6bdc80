package ledger

import (
	"time"

	"srtm/journal"
	"srtm/traffic"
)

// lowering is what a policy, a maintenance or a hand may do to allocations.
var lowering = []string{"reserved 22:00–05:00 20/s: DCC Scheduled reads", "maintenance 2026-11-01: DSP release\nby hand: slow (capacity 50/s)"}

// extend has rules be anything that they can be.
func (w *world) extend(r *traffic.Rules) {
	w.usual = r.Threshold
	w.standing, w.cause = make([]traffic.Rate, len(r.Accounts)), ""
	for i, a := range r.Accounts {
		w.standing[i] = a.Allocation
	}
	if w.rng.IntN(3) == 0 {
		return
	}
	one := func(in int) bool { return w.rng.IntN(in) == 0 }
	switch w.rng.IntN(10) {
	case 0, 1:
		r.Mode = traffic.ModeShadow
	case 2:
		r.Mode = traffic.ModeOff
	case 3:
		r.Mode = traffic.ModeSuspended
	}
	r.Withhold, r.Activate = one(8), one(8)
	if one(2) {
		r.Margin = r.Threshold / 9
		r.Variants = map[string]traffic.Treatment{"1.5": {Exempt: true}, "4.1.1": {Cost: traffic.SR / 2}}
	}
	if one(3) {
		r.Keep = []traffic.Fraction{traffic.Whole / 5, traffic.Whole / 4}
		if r.Variants == nil {
			r.Variants = map[string]traffic.Treatment{}
		}
		r.Variants["2.2"] = traffic.Treatment{Rank: 1}
		r.Variants["4.8.1"] = traffic.Treatment{Rank: 2}
	}
	if one(3) {
		r.FinishCritical = time.Minute
	}
	for i := range r.Accounts {
		a := &r.Accounts[i]
		a.Shadow, a.Exempt = one(4), one(8)
		if one(6) {
			a.Held, a.Hold, w.cause = true, traffic.Rate(w.rng.IntN(8))*traffic.PerSecond, "by hand: "+a.Name+" is too loud"
		}
	}
	w.lower(r)
}

// lower closes, or lowers all allocations, or does neither.
func (w *world) lower(r *traffic.Rules) {
	switch w.rng.IntN(6) {
	case 0:
		r.Closed, r.Until, r.Threshold, r.Release, w.cause = true, w.at+int64(time.Hour), 0, 0, "maintenance: nothing works"
		for i := range r.Accounts {
			r.Accounts[i].Allocation = 0
		}
	case 1, 2:
		w.cause = lowering[w.rng.IntN(len(lowering))]
		r.Threshold, r.Release = r.Threshold/2, r.Release/2
		r.Burst *= 2
		for i := range r.Accounts {
			r.Accounts[i].Allocation /= 2
		}
	}
}

// terms are those of an account.
func (w *world) terms(i int) journal.Terms {
	t := journal.TermsOf(w.rules, i)
	t.Own, t.Standing, t.Cause = w.own(i), w.standing[i], w.cause
	t.Policy, t.PolicyName, t.Weight, t.Weights = "digest", "P", "1.5", "9"
	return t
}

// byHand tells that the rules made traffic management active.
func (w *world) byHand() {
	if active, _ := w.control.Active(); active && !w.active {
		w.active = true
		w.emit(w.at, &journal.Activation{})
	}
}

// inform writes what goes on around a policy.
func (w *world) inform() {
	w.emit(w.at, &journal.Proposal{Step: journal.Step(w.rng.IntN(4)), Name: "next", Digest: "d", Who: "olga", Why: "because", Effective: w.at + 9,
		Files: []journal.File{{Name: "policy.yaml", Text: "name: next"}}})
	notice := w.emit(w.at, &journal.Notice{Own: w.own(0), Policy: "d", PolicyName: "next", Effective: w.at + 1e15, Old: 5, New: 7, OldWeight: "1", Weight: "2.5",
		Weights: "11", Source: "MPxN count", Shortened: w.rng.IntN(2) == 0})
	w.emit(w.at, &journal.Challenge{Own: w.own(0), Notice: notice, Who: "ursula", Text: "we have \x00 more"})
	w.emit(w.at, &journal.Challenge{Own: w.own(0), Notice: notice, Answer: true, Who: "olga", Text: "no"})
	told := journal.Telling{ID: "e-1", Kind: "act", Concerns: "ALPHA", Happened: w.at, Sentence: "held", Subscription: "s", Who: "ALPHA", Means: "mail", Address: "a@b.example",
		Attempt: 2, Began: w.at - 1, Took: 5, Outcome: "delivered", Detail: "250 ok", SHA256: "ab"}
	w.emit(w.at, &journal.Delivery{Own: w.own(0), Telling: told})
	told.Who = "operators"
	w.emit(w.at, &journal.CommonDelivery{Telling: told})
}
