// Package act takes what an operator does by hand, from asking over approval to
// its end, and says beforehand what it will do.
//
// # Model
//
// An Order says what is wanted, why, and for how long: traffic management active
// or suspended, shadow, another capacity, an account held to a rate or exempt. Ask
// checks it against the policy in force and makes an Act of it. The Act runs from
// then on; or, where the policy wants two persons and the act is not one that it
// prepared, waits for another person's Approve. It ends by itself at its Until, or
// before by anybody's End. One that waits lapses after an hour.
//
// Nothing but time ends an act that nobody ends: Hands gives every running act with
// its end, for whoever makes a plan of what holds when, and Pass only notes what is
// over. So nothing is left behind: after all acts have ended what holds is what the
// policy says.
//
// Foresee puts in words and numbers what an order would do: what policy.At gives
// with it and without it, and how much of the rates that are offered at present
// would be throttled then, by the weighted max-min that the mechanism itself shares
// by. See outlook.go for how exact that is.
//
// # The folder
//
// acts.json is the whole state, sealed with its SHA-256. A step is done when the
// file has its new name and not before; only End is done in any case, and says so
// where it could not be kept. Each step's Events are in the state until Record has
// taken them, so that after a crash or a failure an Event may be given twice, with
// the same Number, but never not at all.
//
// # What it does not do
//
// It has no timers, puts nothing into force and does not write the journal: the
// caller does. It does not know who may do what, only names. Two processes must
// not open one folder at a time; a gateway's journal beside it sees to that.
package act
