// Package amendment takes a policy from its proposal over checks, approval and
// notice to the time at which it takes effect, and remembers every version.
//
// # Model
//
// A Register keeps what one gateway was told to obey, in a folder. A policy that
// somebody proposes is checked against the one that will be in force when it
// takes effect. It is then refused, and nothing has changed; or it waits, for an
// answer to questions, a second person, or a shorter notice to be allowed; or it
// is accepted and becomes a Version with a time from which it holds. At any time
// the Version in force is that with the latest such time; one accepted for the
// time of another that is to come replaces it. So later versions stay planned when an earlier one is accepted,
// and nothing but time puts a Version into force: whoever carries out the rules
// asks Plan what changes when.
//
// The rules are in judge.go, one function each, in the order of docs/change.md.
// What a portfolio must not change without a question is in compare.go, and
// moving units from one account to another is in transfer.go.
//
// # The folder
//
// register.json is the whole state, with its SHA-256 in the first line; texts
// holds each file of each policy under its SHA-256. A step first writes the texts
// that it needs, then the state beside the old one, and then renames it: the step
// is done then and not before, and whatever is killed between is opened as it was
// before or after. Each step's Events are in the state until the caller says that
// they are recorded, so that after a crash or a failure an Event may be given
// twice, with the same number, but never not at all.
//
// # What it does not do
//
// It has no timers and puts nothing into force: the caller does at the times that
// Plan names. It does not know who a person is, only names. It does not write the
// journal. Two processes must not open one folder at a time; a gateway's journal
// beside it sees to that.
package amendment
