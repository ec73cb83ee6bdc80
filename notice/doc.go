// Package notice tells Service Users and operators what they must be told, by
// e-mail and by signed webhooks, until it is delivered or given up.
//
// # Model
//
// An [Event] is put into an [Outbox]: a folder, so that what was put is not lost
// when the process is killed. A [Configuration], one file, says who hears what and
// where: an event about one account goes to that account and to the operators, one
// about no account to all; each takes the kinds it asked for, but an act by hand on
// an account goes to that account always, and alarms go to operators alone. Each
// e-mail address and each webhook is a target with a queue of its own.
//
// # Delivery
//
// At least once: whoever receives a notice twice knows it by its webhook-id or
// Message-ID. In the order of putting, one at a time for each target. A target
// that fails is left alone for a while that doubles with each failure; the others
// do not wait for it. A notice that its target alone refuses (a status such as
// 400, a mailbox that does not exist) is tried again later and does not hold up
// those behind it. After a day a notice is given up. Every attempt and every
// end is given to Options.Record, as proof.
//
// Kinds that may flap (approaching, active, released, capacity) are limited for
// each target: at most so many an hour, the last of them always, with the number
// of those left out; approaching at most once in ten minutes.
//
// Webhooks are signed in the manner of the Standard Webhooks specification, 1.0.0
// (github.com/standard-webhooks/standard-webhooks): HMAC-SHA256 over
// "id.timestamp.body", base64, after "v1,".
//
// [Watch] finds out from one sample a second when traffic management is near,
// begins, and ends, and when the capacity changes.
//
// All figures here (90 %, 10 s, 10 min, 24 h and so on) are this project's choice;
// no public text on SECMP0067 gives any.
//
// # What it does not do
//
// It decides nothing, and nothing waits for it. It does not keep its folder from a
// second process: the folder that it lies in has a lock. It uses no HTTP proxy. It
// cannot tell whether a person has read what was delivered.
package notice
