package traffic

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Share against a slow reference in rational numbers: sort the claims by how
// full they can get, and raise one level until the pool is used up.
func TestMaxMinIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pool := Amount(rapid.Int64Range(0, 1e13).Draw(t, "pool"))
		claims := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) claim {
			return claim{
				weight: Rate(rapid.Int64Range(1, 1e12).Draw(t, "weight")),
				room:   Amount(rapid.Int64Range(1, 1e13).Draw(t, "room")),
			}
		}), 0, 40).Draw(t, "claims")
		for i := range claims {
			claims[i].account = int32(i)
		}
		want := slowMaxMin(pool, slices.Clone(claims))
		given := slices.Clone(claims)
		left := maxMin(pool, given)
		var sum Amount
		for _, c := range given {
			if c.grant != want[c.account] {
				t.Fatalf("account %d gets %d, want %d", c.account, c.grant, want[c.account])
			}
			sum += c.grant
		}
		if sum+left != pool || left < 0 {
			t.Fatalf("%d dealt and %d left of %d", sum, left, pool)
		}
		rng := rand.New(rand.NewPCG(uint64(pool), 1))
		rng.Shuffle(len(claims), func(i, j int) { claims[i], claims[j] = claims[j], claims[i] })
		maxMin(pool, claims)
		for _, c := range claims {
			if c.grant != want[c.account] {
				t.Fatalf("in another order account %d gets %d, want %d", c.account, c.grant, want[c.account])
			}
		}
	})
}

func slowMaxMin(pool Amount, claims []claim) map[int32]Amount {
	slices.SortFunc(claims, func(a, b claim) int {
		return big.NewRat(int64(a.room), int64(a.weight)).Cmp(big.NewRat(int64(b.room), int64(b.weight)))
	})
	grants := map[int32]Amount{}
	left, weights := new(big.Rat).SetInt64(int64(pool)), new(big.Rat)
	for _, c := range claims {
		weights.Add(weights, new(big.Rat).SetInt64(int64(c.weight)))
	}
	for _, c := range claims {
		share := new(big.Rat).Mul(left, new(big.Rat).Quo(new(big.Rat).SetInt64(int64(c.weight)), weights))
		if room := new(big.Rat).SetInt64(int64(c.room)); share.Cmp(room) >= 0 {
			grants[c.account] = c.room
			left.Sub(left, room)
			weights.Sub(weights, new(big.Rat).SetInt64(int64(c.weight)))
			continue
		}
		grants[c.account] = Amount(new(big.Int).Quo(share.Num(), share.Denom()).Int64())
		// The level is found: nobody from here on is limited by its room.
	}
	return grants
}

// Reference follows a bucket that is refilled slot by slot.
func TestReferenceIsABucketRefilledAtBoundaries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := chance(t)
		r := anyRules(rng)
		a := r.Accounts[0].Allocation
		b := NewReference(r, a, 0)
		depth, topUp, slot := r.Depth(a), a.Over(r.Slot), int64(0)
		tokens, at := depth, int64(0)
		for range 50 {
			at += rng.Int64N(int64(2*time.Second) >> rng.IntN(12))
			for ; slot < at/int64(r.Slot); slot++ {
				tokens = min(depth, tokens+topUp)
			}
			cost := min(oneOf(rng, SR, SR/3, 3*SR), r.largestCost())
			within := cost <= tokens
			if within {
				tokens -= cost
			}
			if b.Take(at, cost) != within {
				t.Fatalf("at %d with %v in the bucket: within is %v", at, tokens, within)
			}
		}
	})
}

// Rules that cannot work are found, each by its key.
func TestRulesThatCannotWork(t *testing.T) {
	for _, row := range []struct {
		sentence, key string
		spoil         func(*Rules)
	}{
		{"a threshold below 0.001/s", "threshold", func(r *Rules) { r.Threshold = MinRate - 1 }},
		{"a threshold beyond all measure", "threshold", func(r *Rules) { r.Threshold = MaxRate + 1 }},
		{"a release level at the threshold", "release", func(r *Rules) { r.Release = r.Threshold }},
		{"no hold", "hold", func(r *Rules) { r.Hold = 0 }},
		{"a slot that does not divide one second", "slot", func(r *Rules) { r.Slot = 7 * time.Millisecond }},
		{"a slot longer than half of burst", "burst", func(r *Rules) { r.Burst = 15 * time.Millisecond }},
		{"a threshold that cannot hold two requests in burst", "burst", func(r *Rules) {
			*r = national(20)
			r.Accounts, r.Burst = r.Accounts[1:2], 20*time.Millisecond
			r.Threshold, r.Release = 99*PerSecond, PerSecond
		}},
		{"very many very small accounts", "burst", func(r *Rules) {
			*r = national(20)
			r.Threshold, r.Release = 19*PerSecond, PerSecond
			for i := range r.Accounts {
				r.Accounts[i].Allocation = PerSecond / 10
			}
		}},
		{"no accounts", "portfolio", func(r *Rules) { r.Accounts = nil }},
		{"allocations beyond the threshold", "portfolio", func(r *Rules) { r.Accounts[0].Allocation = r.Threshold }},
		{"an account twice", "portfolio", func(r *Rules) { r.Accounts[1].Name = r.Accounts[0].Name }},
		{"a User ID of two accounts", "portfolio", func(r *Rules) { r.Accounts[1].Users = r.Accounts[0].Users }},
		{"an account for unlisted originators that is not there", "portfolio", func(r *Rules) { r.Unlisted = "nobody" }},
		{"a negative allocation", "portfolio", func(r *Rules) { r.Accounts[0].Allocation = -1 }},
		{"a largest cost beyond all measure", "cost", func(r *Rules) { r.LargestCost = MaxCost + 1 }},
		{"a Retry-After that ends before it begins", "refusal.retry_after", func(r *Rules) { r.RetryMost = time.Millisecond }},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			r := national(20)
			row.spoil(&r)
			faults := r.Check()
			if len(faults) == 0 || faults[0].Key != row.key || faults[0].Wrong == "" || faults[0].Right == "" {
				t.Fatalf("found %+v, want first one of %s", faults, row.key)
			}
			if _, err := New(r, Start{}); err == nil {
				t.Fatal("a Controller accepts them")
			}
		})
	}
}

// Many goroutines at once: every decision is made once, none is lost, and the
// bound holds over the order in which they were made.
func TestConcurrentUse(t *testing.T) {
	r := national(20)
	c := mustNew(t, r)
	const each = 20_000
	results := make(chan []Decision)
	for g := range 4 {
		go func() {
			var ds []Decision
			for i := range each {
				d, ok := c.Admit(int64(i)*20_000, Request{User: userOf((i*7 + g) % 20)})
				if !ok {
					t.Error("an account was not found")
				}
				ds = append(ds, d)
				if i%1000 == 0 {
					c.Snapshot(nil)
					if _, err := c.Change(Planned{Rules: r}); err != nil {
						t.Error(err)
					}
				}
			}
			results <- ds
		}()
	}
	var all []Decision
	for range 4 {
		all = append(all, <-results...)
	}
	slices.SortFunc(all, func(a, b Decision) int { return int(a.Number) - int(b.Number) })
	p := newProtection(r, 0)
	for i, d := range all {
		if d.Number != uint64(i+1) {
			t.Fatalf("decision %d has the number %d", i+1, d.Number)
		}
		if d.Verdict == Forward {
			if over := p.forwarded(d.At, d.Cost); over > 0 {
				t.Fatalf("the bound is broken by %v: %+v", over, d)
			}
		}
	}
}

// A Controller whose Rules name an account for unlisted originators has one for
// every User ID; any other has not.
func TestUnlisted(t *testing.T) {
	r := national(3)
	r.Accounts[0].Allocation, r.Accounts = PerSecond, append(r.Accounts, Account{Name: "unlisted"})
	c := mustNew(t, r)
	if _, ok := c.Admit(0, Request{User: 42}); ok {
		t.Error("an unlisted originator was found an account")
	}
	r.Unlisted = "unlisted"
	c = mustNew(t, r)
	if d, ok := c.Admit(0, Request{User: 42}); !ok || d.Account != 3 || d.Reason != Spare {
		t.Errorf("an unlisted originator: %v %+v", ok, d)
	}
}

// A time that lies before the latest seen is taken as that, whoever saw it; so
// no decision's time lies before its slot.
func TestTimeNeverGoesBack(t *testing.T) {
	c := mustNew(t, national(20))
	c.Advance(int64(10 * time.Millisecond))
	if d, _ := c.Admit(int64(10*time.Millisecond)-1, Request{User: userOf(0)}); d.At != int64(10*time.Millisecond) || d.Slot != 1 {
		t.Errorf("after an advance to 10 ms a decision before it is made at %d in slot %d", d.At, d.Slot)
	}
	c.Admit(int64(30*time.Millisecond), Request{User: 42}) // nobody's
	if d, _ := c.Admit(0, Request{User: userOf(0)}); d.At != int64(30*time.Millisecond) || d.Slot != 3 {
		t.Errorf("after an unknown originator at 30 ms a decision at 0 is made at %d in slot %d", d.At, d.Slot)
	}
	if d, _ := c.Admit(math.MaxInt64, Request{User: userOf(0)}); d.At != lastTime || d.Verdict != Forward {
		t.Errorf("at the end of time: %+v", d)
	}
}

// At the limits of what Rules may hold nothing overflows.
func TestLimits(t *testing.T) {
	r := Rules{
		Threshold: MaxRate, Release: MaxRate / 2, Hold: MaxHold, Burst: MaxBurst, Slot: MaxSlot,
		LargestCost: MaxCost, RetryLeast: time.Second, RetryMost: MaxHold,
	}
	for i := range MaxAccounts {
		r.Accounts = append(r.Accounts, Account{Name: fmt.Sprint(i), Allocation: MaxRate / MaxAccounts, Users: []uint64{uint64(i)}})
	}
	c := mustNew(t, r)
	var offered uint64
	for range 3 {
		for range 1000 {
			c.Admit(c.engine.at, Request{User: 0, Cost: MaxCost})
		}
		// As if the same had gone on all the second: far beyond what can be counted.
		c.engine.current, c.engine.accounts[0].asked = c.engine.most, c.engine.most
		c.Admit(c.engine.at, Request{User: 0, Cost: MaxCost})
		offered += 1001
		s := c.Export()
		if s.Current < 0 || s.Account[0].Asked < 0 {
			t.Fatalf("offered %v, asked %v", s.Current, s.Account[0].Asked)
		}
		var err error
		if c, err = Import(r, s); err != nil {
			t.Fatal(err)
		}
		c.Advance(c.engine.at + int64(time.Second))
		if c.engine.window < 0 || c.engine.pool < 0 {
			t.Fatalf("window %v, pool %v", c.engine.window, c.engine.pool)
		}
	}
	if sum := c.Snapshot(nil).Accounts[0].Counts.Offered(); sum != (Count{offered, Total{Whole: offered * 1000}}) {
		t.Errorf("counted %+v of %d", sum, offered)
	}
}

// Costs are added up over years without loss.
func TestTotal(t *testing.T) {
	var c Counts
	c[Forward][Spare].Cost = Total{1 << 60, SR - 1}
	c.add(Forward, Spare, 3*SR/2)
	c.Add(c)
	// Twice (2⁶⁰ + 0.999999999 + 1.5) Service Requests.
	if want := (Total{1<<61 + 4, SR - 2}); c.Of(Forward).Cost != want {
		t.Errorf("the sum is %+v", c.Of(Forward).Cost)
	}
}

func TestReferenceGoesOnFromWhatItHeld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRules(chance(t))
		a := r.Accounts[0].Allocation
		whole, stopped := NewReference(r, a, 0), NewReference(r, a, 0)
		at := int64(0)
		for range rapid.IntRange(1, 50).Draw(t, "requests") {
			at += rapid.Int64Range(0, int64(time.Second)).Draw(t, "pause")
			next := NewReference(r, a, at)
			next.Resume(stopped.Held())
			stopped = next
			if got, want := stopped.Take(at, SR), whole.Take(at, SR); got != want {
				t.Fatalf("at %d the bucket that went on says %v, the other %v", at, got, want)
			}
		}
	})
}
