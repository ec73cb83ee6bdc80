package traffic

import (
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
			as = append(as, arrival{int64(at), s.user, s.cost})
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

// drawRules draws rules that can work: 1 to 8 accounts, some of allocation 0,
// thresholds from tens to thousands a second.
func drawRules(t *rapid.T) Rules {
	threshold := Rate(rapid.Int64Range(20_000, 2_000_000).Draw(t, "threshold in thousandths")) * (PerSecond / 1000)
	r := Rules{
		Threshold:  threshold,
		Release:    threshold / 100 * Rate(rapid.IntRange(50, 95).Draw(t, "release %")),
		Hold:       time.Duration(rapid.IntRange(1, 5).Draw(t, "hold")) * time.Second,
		Slot:       rapid.SampledFrom([]time.Duration{1, 5, 10, 20, 100}).Draw(t, "slot") * time.Millisecond,
		Burst:      time.Duration(rapid.IntRange(4, 20).Draw(t, "burst")) * 100 * time.Millisecond,
		RetryLeast: time.Second, RetryMost: time.Minute,
		LargestCost: rapid.SampledFrom([]Amount{0, SR, 3 * SR}).Draw(t, "largest cost"),
	}
	weights := rapid.SliceOfN(rapid.IntRange(0, 1000), 1, 8).Draw(t, "weights")
	dealt := rapid.IntRange(50, 100).Draw(t, "% of T that is allocated")
	sum := 0
	for _, w := range weights {
		sum += w
	}
	for i, w := range weights {
		a := Rate(0)
		if sum > 0 {
			a = threshold / 1_000_000 * Rate(w) * Rate(dealt) / 100 / Rate(sum) * 1_000_000
		}
		r.Accounts = append(r.Accounts, Account{Name: string(rune('A' + i)), Allocation: a, Users: []uint64{userOf(i)}})
	}
	for r.Burst < MaxBurst && len(r.Check()) > 0 { // few large requests a second need a longer burst
		r.Burst *= 2
	}
	return r
}

// drawSenders draws what each account sends in the time from 0 to length: quiet,
// steady, lumpy and sudden, from nothing to ten times the threshold.
func drawSenders(t *rapid.T, r Rules, length time.Duration) []sender {
	var all []sender
	parts := rapid.IntRange(1, 12).Draw(t, "senders")
	for range parts {
		from := rapid.Int64Range(0, int64(length)/2).Draw(t, "from")
		all = append(all, sender{
			user:    rapid.IntRange(0, len(r.Accounts)-1).Draw(t, "user"),
			from:    time.Duration(from),
			to:      time.Duration(rapid.Int64Range(from, int64(length)).Draw(t, "to")),
			rate:    float64(r.Threshold) / 1e9 * rapid.SampledFrom([]float64{0.01, 0.1, 0.5, 0.9, 1, 1.1, 2, 5}).Draw(t, "rate / T"),
			lump:    rapid.SampledFrom([]int{1, 1, 1, 2, 10, 100}).Draw(t, "lump"),
			poisson: rapid.Bool().Draw(t, "poisson"),
			cost:    rapid.SampledFrom([]Amount{0, SR, SR / 2, 3 * SR}).Draw(t, "cost"),
			seed:    rapid.Uint64().Draw(t, "seed"),
		})
	}
	return all
}

// drawn is a random policy with random arrivals of some seconds.
func drawn(t *rapid.T) (Rules, []arrival) {
	r := drawRules(t)
	return r, merged(drawSenders(t, r, 8*time.Second))
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
