// Package alarm says what an operator should look at, and proposes what to do. It
// never acts: an [Alarm] is words and numbers, and whoever reads it decides.
//
// The model. A [Board] is told a [Sample] about once a second and returns the
// alarms that stand. Each rule (rules.go, one function each) makes a level of the
// sample: nothing, look, or act. A level is reached when it was there for the
// rule's time without a break, and left when it was not there for the rule's hold:
// so an alarm changes down at most once in its hold, however the numbers jump. What
// is usual for the DSP's latency is learned while traffic management is inactive
// (usual.go).
//
// Pure: the same samples give the same alarms. No alarm speaks of one Service User's
// traffic; unlisted originators are numbers alone.
//
// All figures are this project's choice; no public text on SECMP0067 gives any.
// docs/alarms.md lists them.
//
// What it does not do: deliver alarms (see package notice), remember them over a
// restart, or judge anything that has no number in a Sample.
package alarm
