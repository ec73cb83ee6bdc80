package tmmd

import (
	"fmt"
	"math/big"

	"srtm/traffic"
)

func ratio(a, b int64) *big.Rat { return big.NewRat(a, b) }

// ceiling is a / b, rounded up; b is above 0.
func ceiling(a, b int64) int64 {
	q := a / b
	if a%b > 0 {
		q++
	}
	return q
}

// remaining is what the acts of the first slot left in somebody's assured bucket,
// and what that Service User asked beyond it.
func (y *play) remaining(who person) (assured, asked traffic.Amount) {
	assured = y.state.Account[who.account].Assured
	for _, a := range y.acts {
		total := a.first.Cost * traffic.Amount(a.count)
		switch {
		case a.slot != 0 || a.who.account != who.account:
		case placeOf(a.first) == assuredBucket:
			assured -= total
		case !a.first.Exempt && !a.first.Vouched:
			asked += total
		}
	}
	return assured, asked
}

// poolLeft is what the acts of the first slot left in the pool.
func (y *play) poolLeft() traffic.Amount {
	pool := y.state.Pool
	for _, a := range y.acts {
		if a.slot == 0 && placeOf(a.first) == freePool {
			pool -= a.first.Cost * traffic.Amount(a.count)
		}
	}
	return pool
}

// claimant is somebody at the first boundary.
type claimant struct {
	person
	left, topUp, after traffic.Amount // in the assured bucket
	asked, wants, room traffic.Amount
	rate               traffic.Rate
	spare              traffic.Amount // that it was dealt
}

func (y *play) claimant(who person) claimant {
	c := claimant{person: who, rate: y.rules.Accounts[who.account].Allocation}
	c.left, c.asked = y.remaining(who)
	now := y.after.Accounts[who.account]
	c.after, c.spare, c.topUp = now.Assured, now.Spare, now.Assured-c.left
	c.wants = min(c.asked, y.rules.Threshold.Over(y.rules.Slot))
	c.room = y.largest() + 2*c.wants
	return c
}

func (y *play) largest() traffic.Amount {
	largest := y.rules.Cost
	if largest == 0 {
		largest = traffic.SR
	}
	for _, t := range y.rules.Variants {
		largest = max(largest, t.Cost)
	}
	return largest
}

// firstBoundary says what the boundary to slot 1 does.
func (y *play) firstBoundary() points {
	people := []claimant{y.claimant(y.hero)}
	if y.other != nil {
		people = append(people, y.claimant(*y.other))
	}
	deal := y.rules.Threshold.Over(y.rules.Slot)
	var lines points
	taken, sum, dealt := "", traffic.Amount(0), traffic.Amount(0)
	for _, c := range people {
		step := c.rate.Over(y.rules.Slot)
		line := fmt.Sprintf("Boundary to slot 1, assured: %s is topped up by %s × slot = %s: %s + %s = %s", c.name, perSecondText(c.rate), sr(step), sr(c.left), sr(step), sr(c.left+step))
		if c.after < c.left+step {
			line += ", of which D(u) = " + sr(c.after) + " stays"
		}
		lines = append(lines, line+".")
		taken += " − " + sr(c.topUp)
		sum += c.topUp
		dealt += c.spare
	}
	before := y.poolLeft()
	shared := y.after.Pool + dealt
	line := fmt.Sprintf("Boundary to slot 1, overflow: all other buckets are full, so that the rest of the deal falls into the free pool: %s + %s%s = %s", sr(before), sr(deal), taken, sr(before+deal-sum))
	if shared < before+deal-sum {
		line += ", which is cut to " + sr(shared) + " so that everything stays within B"
	}
	lines = append(lines, line+".")
	if !y.after.Active {
		return append(lines, "Boundary to slot 1, release: hold is no longer than a slot, and what was offered in the last second is below the release level "+y.rules.Release.String()+". Traffic management ends, and nothing is shared.")
	}
	if y.rules.Withhold {
		return append(lines, "Boundary to slot 1, share: spare is withheld; nothing is shared.")
	}
	return append(lines, y.sharing(people, shared)...)
}

// sharing says how the pool is dealt to the hungry.
func (y *play) sharing(people []claimant, pool traffic.Amount) (lines points) {
	if pool <= 0 {
		return points{"Boundary to slot 1, share: nothing is in the pool to be shared."}
	}
	for _, c := range people {
		if c.asked == 0 {
			lines = append(lines, "Boundary to slot 1, share: "+c.name+" has not asked beyond its assured bucket and is not hungry.")
			continue
		}
		lines = append(lines, fmt.Sprintf("Boundary to slot 1, share: %s asked %s beyond its assured bucket and is hungry; w is that, or the deal %s if it is less: %s; room c + 2 × w = %s + 2 × %s = %s. It is dealt %s.",
			c.name, sr(c.asked), sr(y.rules.Threshold.Over(y.rules.Slot)), sr(c.wants), sr(y.largest()), sr(c.wants), sr(c.room), sr(c.spare)))
	}
	if len(people) == 2 && people[0].asked > 0 && people[1].asked > 0 {
		a, b := people[0], people[1]
		part := new(big.Rat).Mul(ratio(int64(pool), int64(traffic.SR)), ratio(int64(a.rate), int64(a.rate+b.rate)))
		lines = append(lines, fmt.Sprintf("Boundary to slot 1, share: in proportion %s would have %s × %s / (%s + %s) = %s; nobody has more than its room, and what one cannot take goes to the other, up to its room.",
			a.name, sr(pool), perSecondText(a.rate), perSecondText(a.rate), perSecondText(b.rate), rational(part, 9)))
	}
	return append(lines, "Boundary to slot 1: "+sr(y.after.Pool)+" is left in the free pool.")
}

// laterBoundaries says what the boundaries before the last act did to the one
// bucket that decides it.
func (y *play) laterBoundaries(i int) string {
	a, before := y.acts[i], y.acts[i-1]
	left := before.first.Assured
	if placeOf(before.first) == assuredBucket {
		left -= before.first.Cost * traffic.Amount(before.count)
	}
	slots := a.slot - before.slot
	step := a.first.Allocation.Over(y.rules.Slot)
	full := left + step*traffic.Amount(slots)
	text := fmt.Sprintf("Boundaries to slot %d: %s waited for its Retry-After, and nobody else sent anything. In %d slots its assured bucket is topped up by %s each: %s + %d × %s = %s", a.slot, a.who.name, slots, sr(step),
		sr(left), slots, sr(step), sr(full))
	if full > a.first.Assured {
		text += ", of which D(u) = " + sr(a.first.Assured) + " stays"
	}
	if a.first.Reason != traffic.WithinAllocation {
		return text + ". That is less than the request needs: Retry-After says no more than its most. What the spare bucket and the pool hold by then follows from the boundaries between in the same way, and is not worked out here."
	}
	return text + ". What its spare bucket and the pool hold does not matter to a request that its assured bucket holds."
}
