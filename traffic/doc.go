// Package traffic is the mechanism of Service Request Traffic Management: it
// decides whether the next Service Request may pass to the DSP, and counts it.
//
// # What it is for
//
// The DSP can take so many Service Requests a second, its maximum capacity C.
// The operating threshold T is a fraction of C above which an outage is in
// danger. Every account (a Service User) has an allocation a(u); the allocations
// add up to no more than T. Below T nobody is held back, however far over its
// allocation it is. When traffic reaches T, traffic management becomes active:
// whoever is within its allocation is still never refused, and whoever is over
// it is held to its allocation, plus its share, in proportion to allocation, of
// what the others leave unused.
//
// # The model: deal, overflow, share
//
// Time is cut into slots (10 ms as a rule). Every slot deals out T × slot. Each
// account has an assured bucket that nobody else can touch, of depth
//
//	D(u) = max(the largest cost, a(u) × burst / 2), or 0 where a(u) is 0
//
// and a spare bucket, which holds what it was dealt of the others' leavings.
// What no bucket holds lies in the free pool. Everything together holds at most
//
//	B = max(T × burst, ΣD + T × burst / 2)
//
// At every slot boundary, in this order:
//
//  1. Assured: each assured bucket is topped up by a(u) × slot, to its depth.
//  2. Overflow: what full buckets could not hold, and what T has beyond the
//     allocations, falls into the free pool, which is cut so that all stays
//     within B.
//  3. Wants: what an account asked beyond its assured bucket in the slot just
//     ended sets its w = max(that, but at most one deal; w − w/32). It is hungry
//     when it so asked within the last second.
//  4. Release: traffic management ends when the offered cost of the last second
//     was below the release level at every boundary for Hold.
//  5. Return: what a spare bucket holds above the largest cost + 2w, or for an
//     account no longer hungry, or after release, goes back to the pool.
//  6. Share: while active, the pool is dealt to the hungry as an exact weighted
//     max-min: in proportion to allocation, no one beyond the room in its spare
//     bucket, the rest to the others.
//
// Between boundaries a decision is a few comparisons of integers, in this order:
//
//  1. the assured bucket holds the whole cost: forward, within-allocation
//  2. the spare bucket holds it: forward, spare
//  3. the free pool holds it: forward, spare
//  4. otherwise: activate if inactive, and refuse, over-allocation
//
// # What a policy may add
//
// All of it is off where [Rules] are zero there. Requests are then decided in
// this order, of which the numbers are the four rules above:
//
//	a. off or suspended: forward, off or suspended
//	b. closed, a capacity of nothing: refuse, closed
//	c. the account is held to a rate, and its bucket does not hold the cost: refuse, held
//	1. as above, with what priority keeps from this variant left in the bucket
//	2. and 3. as above, unless spare is withheld and traffic management is active
//	d. exempt, or the second message of a critical command whose first was
//	   forwarded: activate if inactive, and take the pool below zero, down to
//	   (C − T) × burst: forward, exempt or critical; beyond that refuse, capacity
//	4. as above
//
// In shadow all this is decided and counted, and nothing refused. A request costs
// what its variant does. Rules change at slot boundaries, by a plan of changes
// that is obeyed to the boundary ([Controller.Change]); less capacity for a while,
// such as reserved capacity or maintenance, is such a plan.
//
// # What always holds
//
// A request that finds its cost in a bucket of rate a(u) and depth D(u) is
// forwarded, whatever all the others do: the assured bucket has one writer at
// the top, the boundary, and one at the bottom, its own account. [Reference] is
// that bucket, for whoever judges from outside.
//
// With priority the bucket is to hold what is kept too; for an account that is
// held the request is to find its cost in that bucket as well.
//
// Forwarded in any time t never exceeds T × t + B + one deal, or (C − T) × burst
// more where something is exempt: let total be all
// that lies in buckets and pool; a boundary adds at most one deal and leaves
// total ≤ B, and only a forwarded request takes away.
//
// What an account gets depends on its allocation and on being hungry, never on
// how loudly it asks. The properties are tested one by one in
// properties_test.go and overload_test.go, and told as stories in
// testdata/scenarios.
//
// # Units and time
//
// [Amount] and [Rate] are integers of 10⁻⁹ Service Request, products take 128
// bits, and what does not divide is rounded down: the same policy and arrivals
// give the same decisions on every machine, to the last digit. Time is always
// an argument: nanoseconds since 1970 UTC, never going back.
//
// # What it does not do
//
// It reads no clock, file or network, knows nothing of XML or HTTP, keeps no
// record of single decisions and never waits: it refuses at once and queues
// nothing. The rule in plain words is SECMP0067's; buckets, slots, B, w and all
// constants are this project's own choices, for no public text gives them.
package traffic
