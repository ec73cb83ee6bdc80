package allocate_test

import (
	"math/big"

	"pgregory.net/rapid"

	"srtm/allocate"
)

// reference divides by the words of the rule and not by the way that the
// package does it: in fractions, without sorting, one thousandth at a time.
type reference struct{ division }

// quotas returns max(minimum, λ × weight) exactly: as long as anyone is below
// the minimum under the λ of those that are not raised, all such are raised.
func (r reference) quotas(t *rapid.T) []*big.Rat {
	weights := make([]*big.Rat, len(r.accounts))
	for i := range weights {
		weights[i] = new(big.Rat).SetInt(r.weight(t, i).Thousandths())
	}
	minimum := big.NewRat(int64(r.minimum), 1)
	raised := make([]bool, len(weights))
	for {
		left, whole := big.NewRat(int64(r.total), 1), new(big.Rat)
		for i, w := range weights {
			if raised[i] {
				left.Sub(left, minimum)
			} else {
				whole.Add(whole, w)
			}
		}
		lambda := left.Quo(left, whole)
		quotas, again := make([]*big.Rat, len(weights)), false
		for i, w := range weights {
			quotas[i] = minimum
			if raised[i] {
				continue
			}
			if quotas[i] = new(big.Rat).Mul(lambda, w); quotas[i].Cmp(minimum) < 0 {
				raised[i], again = true, true
			}
		}
		if !again {
			return quotas
		}
	}
}

func (r reference) fractions(t *rapid.T) []*big.Rat {
	fractions := r.quotas(t)
	for i, q := range fractions {
		fractions[i] = new(big.Rat).Sub(q, new(big.Rat).SetInt(floor(q)))
	}
	return fractions
}

// divide rounds the quotas down and gives what is left one by one to the
// largest fraction that has had none.
func (r reference) divide(t *rapid.T) []allocate.Thousandths {
	quotas, fractions := r.quotas(t), r.fractions(t)
	parts := make([]allocate.Thousandths, len(quotas))
	left := r.total
	for i, q := range quotas {
		parts[i] = allocate.Thousandths(floor(q).Int64())
		left -= parts[i]
	}
	for ; left > 0; left-- {
		best := 0
		for i, f := range fractions {
			if f.Cmp(fractions[best]) > 0 {
				best = i
			}
		}
		parts[best]++
		fractions[best] = big.NewRat(-1, 1)
	}
	return parts
}

func floor(q *big.Rat) *big.Int { return new(big.Int).Quo(q.Num(), q.Denom()) }
