package simulate

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"srtm/traffic"
)

// termsOf are those of Service Users with these allocations per second.
func termsOf(threshold int, allocations ...int) *terms {
	r := traffic.Rules{Threshold: traffic.Rate(threshold) * traffic.PerSecond, Burst: time.Second, Slot: 10 * time.Millisecond}
	t := &terms{rules: r, threshold: r.Threshold, burst: r.Burst, least: time.Second, largest: traffic.SR, latency: 60 * time.Millisecond}
	for _, a := range allocations {
		rate := traffic.Rate(a) * traffic.PerSecond
		t.allocations = append(t.allocations, rate)
		t.depths = append(t.depths, r.Depth(rate))
	}
	return t
}

// offer has Service Users send at rates for some seconds from a second on, by
// chance, and returns how many a second are let through.
func offer(r rule, from, seconds int, rates ...int) []float64 {
	passed := make([]float64, len(rates))
	chance := rand.New(rand.NewPCG(1, uint64(from)))
	for tenth := range seconds * 10_000 {
		at := int64(from)*int64(time.Second) + int64(tenth)*int64(100*time.Microsecond)
		for u, rate := range rates {
			if chance.IntN(10_000) >= rate {
				continue
			}
			m := &message{user: int32(u), cost: traffic.SR}
			if said := r.admit(at, m); said.forward {
				passed[u]++
				r.forwarded(at, m, at+60*int64(time.Millisecond), true)
			}
		}
	}
	for u := range passed {
		passed[u] /= float64(seconds)
	}
	return passed
}

func TestWhatEachRuleGives(t *testing.T) {
	for _, row := range []struct {
		sentence string
		rule     rule
		rates    []int
		want     []float64
		within   float64 // per second
	}{
		{"none lets everything through", unbound{}, []int{900, 100}, []float64{900, 100}, 20},
		{"at the threshold, the share is as loud as one asks", &firstCome{}, []int{900, 100}, []float64{270, 30}, 12},
		{"below the threshold, first come is all served", &firstCome{}, []int{250, 30}, []float64{250, 30}, 10},
		{"a hard limit gives the allocation", &hardLimit{}, []int{900, 300}, []float64{100, 200}, 1},
		{"a hard limit lends nothing", &hardLimit{}, []int{900, 10}, []float64{100, 10}, 2},
		{"doorman shares by allocation when all want more", &doorman{}, []int{900, 900}, []float64{100, 200}, 4},
		{"doorman gives to one what the other does not want", &doorman{}, []int{900, 50}, []float64{200, 50}, 10},
		{"doorman gives what is wanted where there is enough", &doorman{}, []int{50, 100}, []float64{50, 100}, 6},
	} {
		r := row.rule
		r.change(0, termsOf(300, 100, 200))
		offer(r, 0, 60, row.rates...) // it has settled then
		for u, got := range offer(r, 60, 60, row.rates...) {
			if math.Abs(got-row.want[u]) > row.within {
				t.Errorf("%s: user %d gets %.1f/s, want %.1f/s", row.sentence, u, got, row.want[u])
			}
		}
	}
}

func TestDoormanNeverLendsMoreThanThereIs(t *testing.T) {
	d := &doorman{}
	d.change(0, termsOf(300, 100, 120, 80))
	for second, rates := range [][]int{{900, 10, 10}, {10, 900, 10}, {900, 900, 900}, {0, 0, 0}, {900, 0, 0}, {0, 0, 900}} {
		offer(d, second*7, 7, rates...)
		var sum traffic.Rate
		for _, c := range d.clients {
			sum += c.has
		}
		if sum > d.now.threshold {
			t.Errorf("after %d s the leases add up to %v", (second+1)*7, sum)
		}
	}
	d.change(int64(100*time.Second), termsOf(150, 50, 60, 40))
	var sum traffic.Rate
	for _, c := range d.clients {
		sum += c.has
	}
	if sum > d.now.threshold {
		t.Errorf("with less capacity the leases add up to %v", sum)
	}
}

func TestPartition(t *testing.T) {
	fly := func(p *partition, user, n int, at, latency int64) (let int) {
		for range n {
			m := &message{user: int32(user), cost: traffic.SR}
			if p.admit(at, m).forward {
				let++
				p.forwarded(at, m, at+latency, true)
			}
		}
		return let
	}
	p := &partition{}
	p.change(0, termsOf(1000, 300, 700)) // 1,000/s × 60 ms: a limit of 60
	second := int64(time.Second)
	if got := fly(p, 0, 100, 0, second); got != 60 {
		t.Errorf("alone a partition may have all of the limit: %d under way, want 60", got)
	}
	if got := fly(p, 1, 100, 0, second); got != 42 {
		t.Errorf("at the limit a partition still gets its own percentage: %d under way, want 42", got)
	}
	if got := fly(p, 0, 1, 0, second); got != 0 {
		t.Error("beyond its percentage, at the limit, a partition is let through")
	}
	if got := fly(p, 0, 1, second, second); got != 1 {
		t.Error("when the answers are there the partition is not let through")
	}
	p = &partition{}
	p.change(0, termsOf(1000, 300, 700))
	p.forwarded(0, &message{}, 0, false)
	p.reach(int64(vegasWindow))
	if p.limit >= 60 {
		t.Errorf("after a refusal by the DSP the limit is still %v", p.limit)
	}
	low := p.limit
	for ms := range int64(1000) {
		fly(p, 0, 40, ms*int64(time.Millisecond)+second, int64(60*time.Millisecond))
	}
	if p.limit <= low {
		t.Errorf("at a latency that does not grow the limit stays at %v", p.limit)
	}
	high := p.limit
	for ms := range int64(5000) {
		fly(p, 0, 40, ms*int64(time.Millisecond)+3*second, int64(600*time.Millisecond))
	}
	if p.limit >= high {
		t.Errorf("at ten times the latency the limit stays at %v", p.limit)
	}
}

func TestJain(t *testing.T) {
	sr := func(n ...int) (all []traffic.Amount) {
		for _, x := range n {
			all = append(all, traffic.Amount(x)*traffic.SR)
		}
		return all
	}
	now := termsOf(300, 100, 100, 100) // 1,500 in 5 s
	for _, row := range []struct {
		sentence          string
		offered, answered []traffic.Amount
		windows           int
		jain              float64
	}{
		{"in proportion to the shares it is 1", sr(1000, 1000, 1000), sr(500, 500, 500), 1, 1},
		{"what somebody else does not want counts to the shares", sr(5000, 5000, 100), sr(700, 700, 100), 1, 1},
		{"one of two that gets all has a half", sr(5000, 5000, 100), sr(1400, 0, 100), 1, 0.5},
		{"a share is no more than what is wanted", sr(5000, 600, 100), sr(100, 600, 0), 1, 1.125 * 1.125 / (2 * (1.0/64 + 1))}, // x = 100/800 and 600/600
		{"below the threshold nothing is measured", sr(700, 700, 100), sr(700, 0, 0), 0, 0},
		{"with one who is hungry nothing is measured", sr(5000, 500, 500), sr(500, 500, 500), 0, 0},
		{"where nobody is answered nothing is measured", sr(5000, 5000, 500), sr(0, 0, 0), 0, 0},
	} {
		f := newFairness(3, 0)
		copy(f.offered, row.offered)
		copy(f.answered, row.answered)
		f.pass(int64(fairWindow), now)
		if f.result.Windows != row.windows || math.Abs(f.result.Jain-row.jain) > 1e-9 {
			t.Errorf("%s: %+v, want %d windows and %v", row.sentence, f.result, row.windows, row.jain)
		}
	}
}

func TestSeriesAreBounded(t *testing.T) {
	for _, row := range []struct {
		length, want time.Duration
		points       int
	}{
		{time.Second / 2, time.Second, 2000},
		{2000 * time.Second, time.Second, 2000},
		{2001 * time.Second, 2 * time.Second, 2000},
		{24 * time.Hour, time.Minute, 2000},
		{24 * time.Hour, 2 * time.Minute, 1000},
		{400 * 24 * time.Hour, 6 * time.Hour, 2000},
	} {
		if got := stepFor(row.length, row.points); got != row.want {
			t.Errorf("%v in %d points: %v each, want %v", row.length, row.points, got, row.want)
		}
	}
	if n := len(fill[Point](400*24*time.Hour, stepFor(400*24*time.Hour, 100))); n > 2000 || n < 1 {
		t.Errorf("%d points", n)
	}
}
