package evidence

import (
	"math/rand/v2"
	"testing"
	"time"

	"srtm/journal"
	"srtm/traffic"
)

// extension is one thing that a policy may add.
type extension struct {
	name string
	add  func(rng *rand.Rand, r *traffic.Rules)
}

func treat(r *traffic.Rules, variant string, change func(*traffic.Treatment)) {
	how := r.Variants[variant]
	change(&how)
	r.Variants[variant] = how
}

func extensions() []extension {
	bravo := func(r *traffic.Rules) *traffic.Account { return &r.Accounts[1] }
	return []extension{
		{"shadow for all", func(_ *rand.Rand, r *traffic.Rules) { r.Mode = traffic.ModeShadow }},
		{"shadow for one", func(_ *rand.Rand, r *traffic.Rules) { bravo(r).Shadow = true }},
		{"spare withheld", func(_ *rand.Rand, r *traffic.Rules) { r.Withhold = true }},
		{"cost by variant", func(rng *rand.Rand, r *traffic.Rules) {
			r.Cost = oneOf(rng, 0, traffic.SR, traffic.SR/2)
			treat(r, "4.8.1", func(t *traffic.Treatment) { t.Cost = oneOf(rng, 3*traffic.SR, 2*traffic.SR, traffic.MinCost) })
		}},
		{"exempt variants", func(_ *rand.Rand, r *traffic.Rules) {
			treat(r, "7.1", func(t *traffic.Treatment) { t.Exempt = true })
		}},
		{"priority", func(rng *rand.Rand, r *traffic.Rules) {
			r.Keep = []traffic.Fraction{traffic.Whole / traffic.Fraction(2+rng.IntN(9)), traffic.Whole / traffic.Fraction(3+rng.IntN(9))}
			treat(r, "2.2", func(t *traffic.Treatment) { t.Rank = 1 })
			treat(r, "7.1", func(t *traffic.Treatment) { t.Rank = 2 })
		}},
		{"critical commands finished", func(rng *rand.Rand, r *traffic.Rules) {
			r.FinishCritical = oneOf(rng, 50*time.Millisecond, 300*time.Millisecond, time.Minute)
		}},
		{"an account held", func(rng *rand.Rand, r *traffic.Rules) {
			a := bravo(r)
			a.Held, a.Hold = true, oneOf(rng, 0, a.Allocation/2, a.Allocation, 2*a.Allocation)
		}},
		{"an account exempt", func(_ *rand.Rand, r *traffic.Rules) { bravo(r).Exempt = true }},
		{"held active", func(_ *rand.Rand, r *traffic.Rules) { r.Activate = true }},
		{"suspended", func(rng *rand.Rand, r *traffic.Rules) {
			r.Mode = oneOf(rng, traffic.ModeSuspended, traffic.ModeOff)
		}},
		{"closed", func(rng *rand.Rand, r *traffic.Rules) {
			r.Closed, r.Until, r.Threshold, r.Release = true, oneOf(rng, 0, noon+5*second), 0, 0
			for i := range r.Accounts {
				r.Accounts[i].Allocation = 0
			}
		}},
	}
}

func oneOf[T any](rng *rand.Rand, these ...T) T { return these[rng.IntN(len(these))] }

// extended are rules with the extensions whose bits are set in which.
func extended(rng *rand.Rand, threshold traffic.Rate, which uint32) traffic.Rules {
	r := rulesOfWorld(threshold)
	r.LargestCost, r.Margin, r.Burst = 3*traffic.SR, threshold/traffic.Rate(5+rng.IntN(10)), 2*time.Second
	for i, e := range extensions() {
		if which>>i&1 == 1 {
			e.add(rng, &r)
		}
	}
	return r
}

// anyRequest has a request ask for one of several variants; some are messages of
// critical commands, whose second comes some time after the first.
func (w *world) anyRequest() func(*traffic.Request) {
	firsts := map[uint64][]traffic.Request{} // by User ID
	return func(q *traffic.Request) {
		q.Variant = oneOf(w.random, "1.1.1", "2.2", "4.8.1", "7.1", "4.8.1", "nonsense")
		sent := firsts[q.User]
		switch n := len(sent); w.random.IntN(4) {
		case 0:
			q.Command = 4
			firsts[q.User] = append(sent, *q)
		case 1, 2:
			if n > 0 {
				i := max(0, n-1-w.random.IntN(20))
				*q = sent[i]
				q.Command = uint8(5 + w.random.IntN(3))
			}
		}
	}
}

// change with extensions, in the name of another policy or of the same.
func (w *world) extend(which uint32) {
	threshold := oneOf[traffic.Rate](w.random, 60, 30, 90) * traffic.PerSecond
	r := extended(w.random, threshold, which)
	w.late = w.random.Int64N(int64(25 * time.Millisecond))
	if w.name = oneOf(w.random, "", "other "); w.random.IntN(3) == 0 {
		r.Accounts = r.Accounts[:2]
	}
	w.lowered = map[string]traffic.Rate{}
	if r.Closed {
		for _, a := range rulesOfWorld(threshold).Accounts {
			w.lowered[a.Name] = a.Allocation
		}
	}
	w.change(r)
}

// extensive is a world that begins with some extensions, in which policies bring
// others and take them away, with a restart.
func extensive(t testing.TB, seed uint64, which uint32) *world {
	w := newWorldOf(t, seed, extended(rand.New(rand.NewPCG(seed, 9)), 60*traffic.PerSecond, which))
	w.ask = w.anyRequest()
	w.run(900, 20, 90, 40)
	w.extend(w.random.Uint32() & w.random.Uint32() & 0x3ff) // neither suspended nor closed
	w.run(600, 30, 70, 60)
	w.extend(which)
	w.run(500, 30, 70, 60)
	w.close()
	w.open()
	w.start(true)
	w.run(500, 40, 60, 20)
	w.extend(w.random.Uint32() & w.random.Uint32())
	w.run(500, 10, 60, 30)
	w.extend(0)
	w.run(300, 30, 90, 20)
	w.close()
	return w
}

// Every bundle of an honest gateway holds, with every extension, alone and in
// pairs, with changes of policy that bring and take any of them, and restarts.
func TestBundlesHoldWithEveryExtension(t *testing.T) {
	var seen [traffic.Verdicts][traffic.Reasons]int
	var vouched, kept, held, unseen int
	list := extensions()
	for i := range list {
		for j := range list[:i+1] {
			w := extensive(t, uint64(i*len(list)+j), 1<<i|1<<j)
			for _, account := range names {
				for _, from := range []float64{0, 2} {
					bundle, _ := w.pack(account, from, 4)
					r := check(bundle, Trust{Keys: []string{w.key()}, Decision: func(_ *journal.Entry, d *journal.Decision) {
						n := &d.Numbers
						seen[n.Verdict][n.Reason]++
						vouched += count(n.Vouched)
						kept += count(n.Kept > 0)
						held += count(n.Held)
					}})
					if !r.Sound() {
						t.Errorf("%s and %s", list[i].name, list[j].name)
					}
					wantSound(t, r)
					unseen += count(len(r.Reservations) > 0)
				}
			}
		}
	}
	for reason := range traffic.Reason(traffic.Reasons) {
		verdict := reason.Verdict()
		if seen[verdict][reason] == 0 || verdict == traffic.Throttle && seen[traffic.Shadow][reason] == 0 {
			t.Errorf("%v was decided %d times, in shadow %d: this shows little", reason, seen[verdict][reason], seen[traffic.Shadow][reason])
		}
	}
	if vouched == 0 || kept == 0 || held == 0 {
		t.Errorf("%d vouched for, %d with kept parts, %d held: this shows little", vouched, kept, held)
	}
	t.Logf("decided %v; %d vouched for, %d with kept parts, %d held, %d bundles with reservations", seen, vouched, kept, held, unseen)
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}
