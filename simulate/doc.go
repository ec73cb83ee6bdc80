// Package simulate plays what Service Users send against the same core as the
// gateway, in virtual time: recorded days, and scenarios with clients that come back
// and a DSP that can fail.
//
// # Recorded days
//
// Arrivals come as an iterator, so that memory does not grow with the length of a
// day, and decisions go out as they are made. [ReplayPolicy] plays recorded
// arrivals, read by [ReadArrivals], under a policy with its reserved capacity and
// maintenance, [Replay] under rules that stay the same; [Decisions] writes what was
// decided. [Compare] plays them under two policies and counts.
//
// # Scenarios
//
// [Play] plays a scenario under several rules at once. A rule decides which messages
// go on to the DSP: none, first come first served at the threshold, a hard limit,
// Doorman's, Netflix's partitions, and any number of policies. Each has a lane of its
// own, with an outage.Server and the clients' state, and gets the same arrivals:
//
//	scenario.Arrivals → First → rule → outage.Server → scenario.Next → what waits to be sent → rule …
//
// What becomes of a message is settled when it is sent: the server answers from what
// reached it before, and a client's next step is a function of the answer. So only
// messages that are still to be sent are held, in the order of their times; at one
// time, what waits goes before what arrives.
//
// [Result] holds what came of it: counts by rule, Service User and variant, times,
// fairness, and series of bounded length. [WriteResults] and [WriteSeconds] write it as
// CSV. docs/simulate.md says what each figure is.
//
// Who is within its allocation is judged in every lane by traffic.Reference, from
// outside: of the first policy, and in a policy's lane of that policy.
//
// # Sweeps and need
//
// [PlaySweep] plays a scenario with one setting of a policy at several values, each of
// which is checked as a policy is when it is read, and finds the [Knee] from which on
// more of it brings little. [PlayNeed] looks for the capacity that the rules without
// the mechanism would need for the service that a policy gives. [WriteSweep] and
// [WriteNeed] write them as CSV.
//
// # What it does not do
//
// It reads no clock and no file: readers and writers are the caller's. The same
// policy and arrivals, or the same [Config], give the same bytes, every time and
// everywhere. It models no network between client, gateway and DSP, and no DSP that
// forgets messages. The rules of Doorman and Netflix follow these projects' published
// descriptions; they are not those programs.
package simulate
