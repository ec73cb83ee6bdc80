// Package evidence packs one account's decisions with their proof, recomputes
// the guarantee from them alone, and says any decision as a sentence.
//
// # What it is for
//
// The journal belongs to the operator. A Service User that was refused must not
// have to believe it: [Pack] writes a bundle that holds every record of one
// account from a time, and [Check] finds out from the bundle alone whether all
// of them are there as they were made, whether each decision follows from its
// own numbers, and whether anything was refused that was within the allocation.
// Nothing of any other account is in a bundle except hashes, unless the policies'
// texts are asked for, which is for the Panel: they tell of others, and the plain
// hashes that prove them let a guessed portfolio be checked. The digest of a policy
// is in every bundle, see docs/evidence.md.
//
// # The model
//
// An account's records form a chain: each one's hash is made of it and of the
// hash before. Every hour the journal signs a head, which holds the root of a
// Merkle tree over all accounts' chains. A bundle has the heads around its time
// and, for each, the path from this account's chain to the root. So whoever
// has one signed head, or only the public key, needs nobody's word for what the
// account's records up to that head were. The file's form is in bundle.go and,
// for who writes another program that checks, in docs/evidence.md.
//
// What is recomputed of a decision: the rules of package traffic with all that a
// policy may add, the count of refusals in a second and Retry-After, with
// [traffic.Reference] what the assured bucket held, the bucket of a hold, and which
// first message vouched for the second of a critical command. Spare bucket and
// free pool depend on what others did: they are taken as recorded. What was refused
// while something had lowered the allocation, or by an operator's act, is counted
// apart.
//
// # What it does not do
//
// It cannot see what was never recorded, nor make an operator hand out a bundle:
// docs/evidence.md says what is proved and what is not. It reads no network,
// and signs nothing.
package evidence
