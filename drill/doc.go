// Package drill judges from an account's own decisions how the software that sends
// for it, its adapter, behaved while it was refused.
//
// # Model
//
// A throttle drill is a stretch of time in which everything that one account sends
// is refused, because it ordered that: it is held to 0/s. A Span names the account
// and the time. A Judge is shown the account's Messages in the order in which they
// were decided about: some time before the drill, the drill, and some time after
// it. Its Report counts, and says in Findings what was good, what is to be looked
// at, what was bad, and what to change.
//
// Two messages with the same RequestID are one Service Request, unless one of them
// is the first message of a critical command and the other its second. A message
// about a Service Request that was refused before, and has not passed since, is a
// repeat. How long the adapter waited is the time between the two decisions, so
// network and gateway count as waiting: a wait is never found shorter than it was.
// What a refusal said is the Retry-After that stands in its decision; of a hold to
// 0/s that is always the most that the policy says.
//
// What a Judge needs grows neither with the number of messages nor with the time:
// it follows MaxFollowed Service Requests one by one, and only counts the messages
// of further ones.
//
// # What it does not know
//
// It sees what was sent, and not why. A new RequestID for the same device and
// variant may be the same business again, or other business. That nothing was sent
// may mean that the adapter obeys, or that nobody wanted anything. Where there are
// too few messages to tell, it says so.
//
// The thresholds in thresholds.go, and all that is called good or bad, are this
// project's own choices: no public text on SECMP0067 says how a Service User's
// software is to behave when it is refused.
package drill
