package traffic

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// arrival is one request of a test, from the account of that index.
type arrival struct {
	at   int64
	user int
	cost Amount

	variant string
	command uint8
	counter uint64
}

func (a arrival) request() Request {
	return Request{User: userOf(a.user), Cost: a.cost, Variant: a.variant, Command: a.command, Counter: a.counter}
}

// sender is one Service User's traffic for a while.
type sender struct {
	user     int
	from, to time.Duration
	rate     float64 // requests a second
	lump     int     // so many at the same moment
	poisson  bool
	cost     Amount
	seed     uint64

	variant string
	command uint8 // the n-th request with it has the counter n
}

func (s sender) arrivals() []arrival {
	var as []arrival
	if s.rate <= 0 {
		return nil
	}
	rng := rand.New(rand.NewPCG(s.seed, 7))
	gap := float64(time.Second) * float64(s.lump) / s.rate
	for at := float64(s.from) + gap*rng.Float64(); at < float64(s.to); {
		for range s.lump {
			as = append(as, arrival{int64(at), s.user, s.cost, s.variant, s.command, uint64(len(as))})
		}
		if s.poisson {
			at += gap * rng.ExpFloat64()
		} else {
			at += gap
		}
	}
	return as
}

// merged returns the arrivals of all senders in the order of time.
func merged(senders []sender) []arrival {
	var as []arrival
	for _, s := range senders {
		as = append(as, s.arrivals()...)
	}
	slices.SortStableFunc(as, func(a, b arrival) int { return int(a.at - b.at) })
	return as
}

// play sends arrivals through a fresh Controller and shows each decision.
func play(tb rapid.TB, r Rules, as []arrival, see func(*Controller, Decision)) *Controller {
	tb.Helper()
	c, err := New(r, Start{})
	if err != nil {
		tb.Fatalf("rules: %v", err)
	}
	playOn(tb, c, as, see)
	return c
}

func playOn(tb rapid.TB, c *Controller, as []arrival, see func(*Controller, Decision)) {
	tb.Helper()
	for _, a := range as {
		d, ok := c.Admit(a.at, Request{User: userOf(a.user), Cost: a.cost})
		if !ok {
			tb.Fatalf("account %d was not found", a.user)
		}
		see(c, d)
	}
}

// chance draws evenly. rapid's own numbers lean towards zero, which is good for
// finding small counterexamples and bad for reaching overload: so rapid draws
// the seed alone.
func chance(t *rapid.T) *rand.Rand {
	return rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
}

func oneOf[T any](rng *rand.Rand, these ...T) T { return these[rng.IntN(len(these))] }

// anyRules draws rules that can work: 2 to 8 accounts, some of allocation 0,
// thresholds from 20/s to 1,000/s, now and then rather more.
func anyRules(rng *rand.Rand) Rules {
	threshold := Rate(math.Exp(math.Log(20)+rng.Float64()*math.Log(50))*1000) * (PerSecond / 1000) * oneOf[Rate](rng, 1, 1, 1, 5)
	r := Rules{
		Threshold: threshold, Release: threshold / 100 * Rate(50+rng.IntN(46)),
		Hold:       time.Duration(300+rng.IntN(1200)) * time.Millisecond,
		Slot:       oneOf[time.Duration](rng, 1, 5, 10, 20, 100) * time.Millisecond,
		RetryLeast: time.Second, RetryMost: time.Minute, LargestCost: oneOf(rng, 0, SR, 3*SR),
	}
	return withAccounts(rng, r, 2+rng.IntN(7))
}

// withAccounts gives the rules n accounts, with allocations that add up to half
// of T or more, and a burst with which they can work.
func withAccounts(rng *rand.Rand, r Rules, n int) Rules {
	weights, sum := make([]int, n), 0
	for i := range weights {
		if i == 0 || rng.IntN(6) > 0 {
			weights[i] = 1 + rng.IntN(1000)
		}
		sum += weights[i]
	}
	dealt := Rate(50 + rng.IntN(51))
	r.Accounts = nil
	for i, w := range weights {
		a := r.Threshold / 1_000_000 * Rate(w) * dealt / 100 / Rate(sum) * 1_000_000
		r.Accounts = append(r.Accounts, Account{Name: string(rune('A' + i)), Allocation: a, Users: []uint64{userOf(i)}})
	}
	r.Burst = max(2*r.Slot, time.Duration(1+rng.IntN(20))*100*time.Millisecond)
	for r.Burst < MaxBurst && len(r.Check()) > 0 { // few large requests a second need a longer burst
		r.Burst *= 2
	}
	return r
}

// otherRules draws a change of policy: another threshold, burst and largest
// cost, other allocations, some accounts gone and some come.
func otherRules(rng *rand.Rand, old Rules) Rules {
	r := old
	r.Threshold = old.Threshold / 100 * Rate(50+rng.IntN(101))
	r.Release = r.Threshold / 100 * 80
	r.LargestCost = oneOf(rng, 0, SR, 3*SR)
	r = withAccounts(rng, r, 2+rng.IntN(7))
	if gone := rng.IntN(2 * len(r.Accounts)); gone < len(r.Accounts) && len(r.Accounts) > 1 {
		r.Accounts = append(r.Accounts[:gone:gone], r.Accounts[gone+1:]...)
	}
	if len(r.Check()) > 0 {
		return old
	}
	return r
}

// anyArrivals draws what accounts send in 8 s: quiet, steady, lumpy and sudden,
// from next to nothing to four times the threshold.
func anyArrivals(rng *rand.Rand, r Rules) []arrival {
	const length, most = 8 * time.Second, 15_000
	var all []sender
	for range 2 + rng.IntN(10) {
		x, y := rng.Int64N(int64(length)), rng.Int64N(int64(length))
		all = append(all, sender{
			user: rng.IntN(len(r.Accounts)), from: time.Duration(min(x, y)), to: time.Duration(max(x, y)),
			rate: float64(r.Threshold) / 1e9 * oneOf(rng, 0.01, 0.1, 0.3, 0.5, 0.9, 1.1, 2, 4),
			lump: oneOf(rng, 1, 1, 1, 2, 10, 100), poisson: rng.IntN(2) == 0,
			cost: oneOf(rng, 0, SR, SR/2, 3*SR), seed: rng.Uint64(),
		})
	}
	as := merged(all)
	return as[:min(len(as), most)]
}

// drawn is a random policy with random arrivals of some seconds.
func drawn(t *rapid.T) (Rules, []arrival) {
	rng := chance(t)
	r := anyRules(rng)
	if len(r.Check()) > 0 {
		t.Fatalf("drew rules that cannot work: %v", r.Check())
	}
	return r, anyArrivals(rng, r)
}

// protection checks from outside that what is forwarded in any time t stays
// within T × t + B + one deal (+ extra).
type protection struct {
	threshold Rate
	most      Amount
	sum, low  Amount // forwarded so far less T × time, and its minimum
	begun     bool
}

func newProtection(r Rules, extra Amount) *protection {
	bound, _ := r.Bound()
	return &protection{threshold: r.Threshold, most: bound + r.Threshold.Over(r.Slot) + extra + 1}
}

// forwarded adds one forwarded cost at time at and returns by how much the
// bound is broken: 0 or less where it is kept.
func (p *protection) forwarded(at int64, cost Amount) Amount {
	level := p.sum - p.threshold.Over(time.Duration(at))
	if !p.begun || level < p.low {
		p.low, p.begun = level, true
	}
	p.sum += cost
	return level + cost - p.low - p.most
}
