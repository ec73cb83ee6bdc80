package ledger

import (
	"cmp"
	"math/bits"
	"slices"

	"srtm/traffic"
)

// claim is what one account wanted of a second, and its weight.
type claim struct {
	wanted     traffic.Amount
	allocation traffic.Rate
	due        traffic.Amount
}

// divide gives each claim its due of a capacity, by weighted max-min: in
// proportion to allocation, no one beyond what it wanted, the rest to the others.
// What is left then goes, likewise but evenly, to those that have no allocation.
func divide(capacity traffic.Amount, claims []claim) {
	order := make([]*claim, 0, len(claims))
	var weight uint64
	for i := range claims {
		claims[i].due = 0
		if claims[i].allocation > 0 {
			order = append(order, &claims[i])
			weight += uint64(claims[i].allocation)
		}
	}
	slices.SortStableFunc(order, func(a, b *claim) int {
		hi1, lo1 := bits.Mul64(uint64(a.wanted), uint64(b.allocation))
		hi2, lo2 := bits.Mul64(uint64(b.wanted), uint64(a.allocation))
		return cmp.Or(cmp.Compare(hi1, hi2), cmp.Compare(lo1, lo2))
	})
	left := capacity
	for _, c := range order { // whoever is content with its share first
		c.due = min(c.wanted, share(left, uint64(c.allocation), weight))
		left -= c.due
		weight -= uint64(c.allocation)
	}
	divideEvenly(left, claims)
}

func divideEvenly(left traffic.Amount, claims []claim) {
	var order []*claim
	for i := range claims {
		if claims[i].allocation <= 0 {
			order = append(order, &claims[i])
		}
	}
	slices.SortStableFunc(order, func(a, b *claim) int { return cmp.Compare(a.wanted, b.wanted) })
	for i, c := range order {
		c.due = min(c.wanted, left/traffic.Amount(len(order)-i))
		left -= c.due
	}
}

// share is amount × weight / of, rounded down; weight is at most of.
func share(amount traffic.Amount, weight, of uint64) traffic.Amount {
	hi, lo := bits.Mul64(uint64(max(amount, 0)), weight)
	q, _ := bits.Div64(hi, lo, of)
	return traffic.Amount(q)
}
