package traffic

import (
	"fmt"
	"math/bits"
	"time"
)

// Mode says what the mechanism does with its own decisions.
type Mode uint8

// The modes. In shadow it decides, counts and activates as if it enforced, and
// forwards everything. Off and suspended it does not decide: everything is
// forwarded, and counted, and no bucket changes but by the boundaries.
const (
	ModeEnforce Mode = iota
	ModeShadow
	ModeOff
	ModeSuspended // by the operator's hand, for a while
	modes
)

// String returns the mode as policies and reports write it.
func (m Mode) String() string {
	return [...]string{"enforce", "shadow", "off", "suspended"}[m]
}

// Fraction is a part of a whole in units of 10⁻⁹.
type Fraction int64

// Whole is the fraction that is all.
const Whole Fraction = 1_000_000_000

// Of returns the part of a, rounded down to a whole unit; of what is below zero,
// nothing.
func (f Fraction) Of(a Amount) Amount {
	if f <= 0 || a <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(a), uint64(f))
	if hi >= uint64(Whole)/2 {
		return 1<<63 - 1
	}
	q, _ := bits.Div64(hi, lo, uint64(Whole))
	return Amount(q)
}

// Treatment says in what a Service Request Variant is not like the others.
type Treatment struct {
	Cost   Amount // zero: as all others
	Exempt bool   // may take the pool below zero
	Rank   int    // its place in Rules.Keep, from 1; zero: after all of them
}

// Extensions' limits.
const (
	MinCost           = SR / 1000
	MaxVariants       = 1000
	MaxFinishCritical = 24 * time.Hour
)

// checkExtensions finds what cannot work in what is off by default.
func (r Rules) checkExtensions() []Fault {
	var faults []Fault
	largest := r.largestCost()
	wrong := func(ok bool, key, wrong, right string) {
		if !ok {
			faults = append(faults, Fault{key, wrong, right})
		}
	}
	wrong(r.Mode < modes, "mode", fmt.Sprintf("there is no mode %d", r.Mode), "enforce is usual")
	wrong(r.Margin >= 0 && r.Margin <= MaxRate, "threshold", fmt.Sprintf("the capacity lies %v above the operating threshold", r.Margin),
		"choose a threshold of at most 100%")
	wrong(r.FinishCritical >= 0 && r.FinishCritical <= MaxFinishCritical, "finish_critical",
		fmt.Sprintf("%v is not between 0 and %v", r.FinishCritical, MaxFinishCritical), "10m is usual")
	wrong(!r.Closed || r.Threshold == 0, "capacity", "closed, and yet the operating threshold is not 0", "write a capacity of 0/s")
	wrong(r.Cost == 0 || r.Cost >= MinCost && r.Cost <= largest, "cost",
		fmt.Sprintf("the usual cost %v is not between %v and the largest, %v", r.Cost, MinCost, largest), "1 is usual")
	wrong(len(r.Variants) <= MaxVariants, "cost", fmt.Sprintf("%d variants are named, more than %d", len(r.Variants), MaxVariants), "name fewer")
	for name, t := range r.Variants {
		wrong(t.Cost == 0 || t.Cost >= MinCost && t.Cost <= largest, "cost",
			fmt.Sprintf("the cost %v of %q is not between %v and %v", t.Cost, name, MinCost, MaxCost), "1 is usual")
		wrong(t.Rank >= 0 && t.Rank <= len(r.Keep), "priority", fmt.Sprintf("%q has the rank %d of %d", name, t.Rank, len(r.Keep)), "name it in one entry")
	}
	var kept Fraction
	for _, f := range r.Keep {
		wrong(f > 0 && f < Whole, "priority", "a kept part is not above 0 and below all", "10% is usual")
		kept += min(max(f, 0), Whole)
	}
	wrong(kept < Whole && len(r.Keep) <= MaxVariants, "priority", "the kept parts together are all there is", "keep less than 100% together")
	return faults
}

// Limit returns by how much requests that are exempt may take the free pool below
// zero: what lies between threshold and capacity, over Burst.
func (r Rules) Limit() Amount { return r.Margin.Over(r.Burst) }

// Kept returns what of an assured bucket of depth d is kept from requests of a
// rank: the parts of the ranks before it, of rank 0 those of all; but so much
// always lies above it that the largest cost can be reached.
func (r Rules) Kept(d Amount, rank int) Amount {
	return kept(d, r.largestCost(), floors(r.Keep)[rank])
}

// floors returns for every rank the sum of the parts before it, and for rank 0
// of all.
func floors(keep []Fraction) []Fraction {
	sums := make([]Fraction, len(keep)+1)
	var sum Fraction
	for i, f := range keep {
		sums[i+1] = sum
		sum += f
	}
	sums[0] = sum
	return sums
}

func kept(depth, largest Amount, part Fraction) Amount {
	if part == 0 {
		return 0
	}
	return max(0, min(part.Of(depth), depth-largest))
}
