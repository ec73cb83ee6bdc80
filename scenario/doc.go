// Package scenario says who sends what when, and how clients behave when they
// are refused, all from a seed.
//
// # Model
//
// A Scenario has Service Users. A Service User's traffic is a sum of parts: a
// rate (steady, or rising and falling along a ramp), perhaps with a daily
// shape, or a burst of many requests at one instant. Each part names a mix of
// Service Request Variants. Arrivals of a part are a Poisson process, or evenly
// spaced. How the Service User's software behaves when it is refused, fails or
// hears nothing is its Client: a pure function from an answer to what it does
// next and when.
//
// Times are durations since the scenario's start. Nothing here reads a clock:
// the same Scenario is played over HTTP in real time and by a simulator in
// virtual time.
//
// A Setting says what surrounds the Service Users in a simulation: policies, what
// to compare, the DSP's capacity and its changes, and the work that the DSP does
// without an incoming request. It is read and checked here and obeyed elsewhere.
//
// # Random numbers
//
// Every part of every Service User has a stream of its own, seeded from the
// scenario's seed, the account's name and the part's place in that user's
// traffic. So the same seed gives the same arrivals, and adding a Service User
// changes nobody else's. What a client decides by chance (jitter, whether it
// sends the second message of a critical command) depends on the seed and the
// arrival only, never on the order in which answers come.
//
// # What it does not do
//
// It opens no files: policies are named in a Setting, not read. It writes no
// messages, knows no User IDs and no addresses, and does not know which accounts
// exist: whoever plays it does. Named mixes, shapes and days are assumptions for
// modelling, not data.
package scenario
