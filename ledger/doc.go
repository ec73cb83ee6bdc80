// Package ledger folds the journal into tables that can be asked: counts,
// peaks, episodes of traffic management, latency, refusals and what became of
// them. Reports and the console read it; nothing is decided by it.
//
// The model. The journal is the truth and the ledger is derived from it, record
// by record, in order. Each flush is one transaction that holds the sums of some
// records, all that the fold needs to go on after them, and the position of the
// last. So a fold that is killed goes on as if nothing had been; two processes may
// fold into one ledger, of which the slower finds that it was overtaken; and a
// ledger that is thrown away is built again with the same rows, whatever the
// batches were. Tests prove that on both databases.
//
// SQLite (in a file, for one machine) and PostgreSQL have the same tables,
// schema.sql, and the same code; a dialect says the few words in which they
// differ. The tables are for people too: every number of a report can be followed
// to rows of day tables, from there to rows of minute tables, and from there by
// position to the journal.
//
// Units. Times are nanoseconds since 1970 UTC; a minute or a day of a row is so
// many whole ones since then; a month is of UTC. Cost is in 10⁻⁹ Service Request
// and stands in 63 bits, which is 9.2 thousand million Service Requests: 3,500/s
// for a month. What would be more stays at that most (math.MaxInt64) and never
// wraps; numbers of requests do not come near it.
//
// Personal data. A target, the Device ID, is stored as its pseudonym alone, and
// not at all where the ledger was given no key.
//
// Shadow. What would have been refused and went on is a part of what was offered
// of its own, beside what was forwarded and what was throttled, and in no sum of
// either. What was refused because nothing was taken, as in maintenance, is too, and
// so is what shadow let pass of that.
//
// Judging. A request that was refused within the allocation in force is counted as
// such, by an independent reference bucket, from the account's own terms and
// requests: that count must be nought. So that it cannot be had by lowering
// allocations unseen, what is refused while something holds an account below its
// standing allocation is counted beside it, by cause and reason, with the part
// that a bucket of the standing allocation would have paid for.
//
// The package does not read policies, does not know what a report looks like, and
// draws no conclusion from what it counts.
package ledger
