// Package outage is a finite server in virtual time: a central system that
// answers what it can, slows down, collapses when it is given more than it can
// work off, and takes a while to recover.
//
// It stands in for the DSP in demonstrations, tests and simulations. No public
// figure says what the DSP's capacity is or how it fails: this model and its
// numbers are this project's own. It claims the shape of such failures, not
// their measure.
//
// # State
//
// Time is an argument, integer nanoseconds since 1970 UTC; it never goes back.
// Work is measured as the time that it takes the whole server at its best:
//
//	work = cost / capacity
//
// Four numbers are the whole state:
//
//	free      when all that has been taken in will have been worked off
//	wait      max(0, free − now): the backlog, as the time that it takes
//	strain    how much calm the server needs to be itself again; 0 is healthy
//	ailing    it has been full, and its strain is not yet gone
//
// # Rules
//
// In this order, at every arrival:
//
//  1. Calm heals. For as long as wait ≤ Comfort, strain shrinks by one
//     nanosecond each nanosecond. At strain 0 the server is no longer ailing.
//
//  2. Efficiency falls with strain, down to Floor:
//
//     efficiency = 1 − (1 − Floor) × strain / Recovery
//
//     and everything that is worked on now takes work / efficiency.
//
//  3. Take in, unless the server is ailing and wait > Comfort / 2. Then
//
//     answer = now + wait + Latency
//     free   = now + wait + work / efficiency
//
//     All that is taken in is worked on, in order, also when its caller has
//     long given up.
//
//  4. Otherwise refuse, at once. A refusal is work too:
//
//     free = min(now + Full, free + Refusal × work / efficiency)
//
//  5. Backlog strains. Where wait is now above Comfort,
//
//     strain = max(strain, Recovery × (wait − Comfort) / (Full − Comfort))
//
//     and at most Recovery. Where wait has reached Full the server is ailing.
//
// An arrival's fate is settled when it arrives, from what has arrived before
// it, so the server needs no memory of its queue: an arrival costs a few
// comparisons and, while strained, one division. The wait follows Lindley's
// recursion for a queue with a single server, except that a request's service
// time depends on the server's strain at its arrival.
//
// # What follows
//
// Below capacity there is never a failure. While strain is 0, the wait at t is
// the largest, over all s before t, of
//
//	(what arrived in (s, t]) / capacity − (t − s)
//
// For arrivals that never exceed T × t + B in any time t, with T ≤ capacity,
// this is at most B / capacity. So where B / capacity ≤ Comfort, strain stays
// 0 for good, nobody is refused and nobody waits longer than B / capacity +
// Latency. With B = one second of capacity and the defaults that is 1.06 s.
//
// Above capacity the backlog grows. Past Comfort the efficiency falls, so it
// grows faster: at twice the capacity and the defaults the server is full
// after some 3 s. Answers to those who came when the backlog was longer than
// callers wait are work for nobody; then callers are refused at once. The
// goodput (what is answered in time) falls to nothing, although the server is
// busier than ever.
//
// A full server works at Floor, and refusing takes Refusal of the work of a
// request. It heals only where refusing leaves something over, which is where
// the load is below
//
//	capacity × Floor / Refusal
//
// 1.6 times the capacity with the defaults. Above that, the outage lasts as long
// as the overload; between 1 and 1.6 it comes back again and again; below 1 it
// ends by itself. At a load L the backlog falls from Full to Comfort in
//
//	(Full − Comfort) / (1 − L × Refusal / (capacity × Floor))
//
// and then efficiency needs Recovery: 3.5 s + 5 s without any load, 8 s + 5 s
// at nine tenths of capacity. [New] refuses a Refusal above Floor, with which
// a load below capacity could keep a server down for ever.
//
// # Why this form
//
// Each rule stands for something that overloaded servers are known to do.
// Rule 2 and 5: threads, locks, caches and memory do worse the more is under
// way, and they do not come back the moment that the queue is empty. Rule 3:
// a queue in front of a server that is too slow is full of requests whose
// callers have gone, and working on them is what makes goodput collapse while
// throughput does not. The narrow door while ailing is what health checks and
// restarts do: they hold traffic off until the server answers quickly again.
// Rule 4 is receive livelock (Mogul and Ramakrishnan, 1997): a server that is
// offered enough spends itself on turning callers away. Together they make
// the failure outlive its cause (Bronson et al., "Metastable failures in
// distributed systems", 2021).
//
// # What it does not do
//
// It answers everybody with the same latency when nothing is ahead of them; it
// does not draw random numbers, tell Services apart, lose requests without an
// answer, fail in part, or serve anybody out of order. Callers' time-outs and
// repeats are the callers' own: see Config.InTime for the only use made here.
//
// A Server is for one goroutine at a time.
package outage
