// Package journal keeps every decision, in order, durable and tamper-evident,
// and gives it back.
//
// # Model
//
// A journal is a folder of segments, files to which records are only appended.
// For each Service Request there are two: the [Decision], which is durable before
// any answer leaves, and the [Outcome], which a crash may lose. Beside these there
// is all that explains them: starts and stops, policies with their text, the
// [Terms] of each account, activations and releases, acts by hand, the clock.
//
// Whoever appends gets a [Ticket] at once and waits for it when it must. One
// goroutine commits: what was appended while the last write was on its way to
// the disk goes there together, as one block. The longer the disk takes the more
// is written at a time, so that the door's throughput hardly depends on it.
//
// # Two chains
//
// Each block's hash covers the one before it, and each segment begins with the
// hash that the last one ended with: nothing can be changed, cut out or put in
// without [Verify] finding where. The records of each account form a chain of
// their own beside that. Once an hour, and at the end, a [Head] is signed: it
// names the journal's chain and the root of a tree of all accounts' chains. With
// a head that was published, an account's own records and a few hashes anyone can
// tell that none of these records is missing or changed, without seeing anybody
// else's; and whoever has kept an old head can tell that the journal was not
// written anew.
//
// # When the disk fails
//
// A write that fails, or takes longer than Options.Patience, makes the journal
// fail: nobody waits for it any more, and what cannot be recorded is counted.
// When the disk works again a [Gap] says how much is missing, and a [Lost] says so
// in each account's chain. After a crash what was half written is cut off, kept
// in a file beside it, and named in a [Damage]; a part that cannot be read and is
// followed by more is left as it is.
//
// # What it does not do
//
// It does not keep what a signed head does not cover beyond its owner's reach:
// publishing heads is others' work. It sums up nothing; that is the ledger's. It
// does not encrypt: targets are personal data, and stand in it as they are.
package journal
