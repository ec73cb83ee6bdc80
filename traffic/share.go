package traffic

import "math/bits"

// claim is one account's part in a share of the free pool.
type claim struct {
	weight  Rate   // its allocation, above 0
	room    Amount // the most it can take, above 0
	grant   Amount // what it gets
	account int32
}

// maxMin divides pool over the claims and returns what is left: the exact
// weighted max-min in whole units. There is one level λ so that every claim
// gets the smaller of its room and ⌊λ × weight⌋, and λ is as high as the pool
// allows. The order of claims changes, their grants do not depend on it.
//
// Each round takes the level that would be right if nobody else were limited by
// its room, satisfies those that are, and thereby raises the level for the
// rest. That is Newton's method on a concave function: it ends exactly, as a
// rule after three or four rounds.
func maxMin(pool Amount, claims []claim) (left Amount) {
	var weights uint64
	for i := range claims {
		weights += uint64(claims[i].weight)
	}
	open := claims
	for len(open) > 0 {
		limited := 0
		var taken Amount
		var lighter uint64
		for i := range open {
			c := &open[i]
			if atMost(uint64(c.room), weights, uint64(pool), uint64(c.weight)) {
				c.grant = c.room
				taken += c.room
				lighter += uint64(c.weight)
				open[i], open[limited] = open[limited], open[i]
				limited++
			}
		}
		if limited == 0 {
			return pool - deal(pool, weights, open)
		}
		pool -= taken
		weights -= lighter
		open = open[limited:]
	}
	return pool
}

// deal gives each of open ⌊pool × weight / weights⌋ and returns the sum.
func deal(pool Amount, weights uint64, open []claim) (dealt Amount) {
	for i := range open {
		hi, lo := bits.Mul64(uint64(pool), uint64(open[i].weight))
		q, _ := bits.Div64(hi, lo, weights)
		open[i].grant = Amount(q)
		dealt += Amount(q)
	}
	return dealt
}

// atMost says whether a × b ≤ c × d.
func atMost(a, b, c, d uint64) bool {
	hi1, lo1 := bits.Mul64(a, b)
	hi2, lo2 := bits.Mul64(c, d)
	return hi1 < hi2 || hi1 == hi2 && lo1 <= lo2
}

// MaxMin returns what each of some accounts gets of a pool, and what is left of
// it: the exact weighted max-min by which the mechanism shares (step 6). None gets
// more than its room; what one cannot take goes to the others in proportion to
// their weights. A weight or a room of 0 or less gets nothing. Weights must add up
// to no more than 2⁶³, and rooms are as many as weights.
func MaxMin(pool Amount, weights []Rate, rooms []Amount) (grants []Amount, left Amount) {
	claims := make([]claim, 0, len(weights))
	for i, w := range weights {
		if w > 0 && rooms[i] > 0 {
			claims = append(claims, claim{weight: w, room: rooms[i], account: int32(i)})
		}
	}
	grants = make([]Amount, len(weights))
	if pool <= 0 || len(claims) == 0 {
		return grants, pool
	}
	left = maxMin(pool, claims)
	for _, c := range claims {
		grants[c.account] = c.grant
	}
	return grants, left
}
