package ledger

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"srtm/traffic"
)

// What is due is the weighted max-min, within a unit for each claim, as exact
// fractions give it by filling all claims at once until one is content.
func TestDueIsTheWeightedMaxMin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		claims := make([]claim, 1+rng.IntN(12))
		for i := range claims {
			claims[i].wanted = traffic.Amount(rng.Int64N(1_000_000)) * traffic.Amount(1+rng.IntN(1_000_000))
			if rng.IntN(5) > 0 {
				claims[i].allocation = traffic.Rate(1 + rng.Int64N(int64(traffic.MaxRate)))
			}
		}
		capacity := traffic.Amount(rng.Int64N(1 << 42))
		divide(capacity, claims)
		want := slowly(capacity, claims)
		var sum, wanted traffic.Amount
		for i, c := range claims {
			sum += c.due
			wanted += c.wanted
			if difference := new(big.Rat).Sub(want[i], ratio(int64(c.due), 1)); difference.Abs(difference).Cmp(ratio(int64(len(claims)), 1)) > 0 {
				t.Fatalf("claim %d of %+v: due %d, want %s", i, claims, c.due, want[i].FloatString(2))
			}
		}
		if sum > capacity || sum < min(capacity, wanted)-traffic.Amount(2*len(claims)) {
			t.Fatalf("%d are dealt out of %d, of which %d are wanted", sum, capacity, wanted)
		}
	})
}

func ratio(a, b int64) *big.Rat { return big.NewRat(a, b) }

// slowly fills the claims that have an allocation, then the others.
func slowly(capacity traffic.Amount, claims []claim) []*big.Rat {
	due, left := make([]*big.Rat, len(claims)), ratio(int64(capacity), 1)
	for i := range due {
		due[i] = new(big.Rat)
	}
	for _, others := range []bool{false, true} {
		for {
			weight, step := fill(claims, due, others)
			if weight.Sign() == 0 {
				break
			}
			if all := new(big.Rat).Quo(left, weight); all.Cmp(step) < 0 {
				step = all
			}
			for i, c := range claims {
				if w := weightOf(c, others); w.Sign() > 0 && due[i].Cmp(ratio(int64(c.wanted), 1)) < 0 {
					more := new(big.Rat).Mul(w, step)
					due[i].Add(due[i], more)
					left.Sub(left, more)
				}
			}
			if left.Sign() <= 0 {
				return due
			}
		}
	}
	return due
}

// fill returns the weight of those that are not content, and how far all can rise
// until one of them is.
func fill(claims []claim, due []*big.Rat, others bool) (weight, step *big.Rat) {
	weight = new(big.Rat)
	for i, c := range claims {
		w := weightOf(c, others)
		room := new(big.Rat).Sub(ratio(int64(c.wanted), 1), due[i])
		if w.Sign() == 0 || room.Sign() <= 0 {
			continue
		}
		weight.Add(weight, w)
		if r := room.Quo(room, w); step == nil || r.Cmp(step) < 0 {
			step = r
		}
	}
	return weight, step
}

func weightOf(c claim, others bool) *big.Rat {
	if others && c.allocation == 0 {
		return ratio(1, 1)
	}
	if others {
		return new(big.Rat)
	}
	return ratio(int64(c.allocation), 1)
}
