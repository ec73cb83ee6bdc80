package evidence

import (
	"fmt"

	"srtm/journal"
)

// A bundle is a ZIP archive with the entries below and no other, in any order,
// whose comment is the seal. docs/evidence.md describes it for who writes
// another program.
const (
	formatName    = "srtm-bundle-1"
	readmeEntry   = "README.txt"
	manifestEntry = "bundle.json"
	headsEntry    = "heads.jsonl"
	recordsEntry  = "records.txt"
)

// policyEntry is the name of the n-th policy's text, from 1.
func policyEntry(n int) string { return fmt.Sprintf("policy-%d.yaml", n) }

// The most that a bundle may hold, so that a hostile one is refused and not
// swallowed.
const (
	maxManifest = 16 << 20
	maxHeads    = 1 << 17 // fourteen years of hours
	maxHeadLine = 1 << 16
	maxPolicies = 1 << 12
	maxPolicy   = 16 << 20
	maxRecord   = 1 << 18 // octets; a Terms or Challenge record is the longest
)

// manifest is what bundle.json holds: whose records these are, and what comes
// before the first of them.
type manifest struct {
	Format      string `json:"format"`
	Account     string `json:"account"`
	AccountID   uint32 `json:"account_id"`
	Journal     string `json:"journal"`
	Environment string `json:"environment"`
	From        string `json:"from"` // the time asked for, RFC 3339
	To          string `json:"to"`   // not included
	NthBefore   uint64 `json:"nth_before"`
	ChainBefore string `json:"chain_before"` // hexadecimal
	Records     uint64 `json:"records"`
	Heads       int    `json:"heads"`
	// Policies are in the order of their entries; empty where the texts are left out.
	Policies []policyDigest `json:"policies"`
}

// policyDigest says which policy a text belongs to. A policy's digest is made of
// the SHA-256 of each of its files, so that the text is proved without the
// other files, which are confidential. These hashes have no salt: whoever has
// one can tell whether a guessed file is the one.
type policyDigest struct {
	Digest    string `json:"digest"` // as in Terms
	Portfolio string `json:"portfolio_sha256"`
	Senders   string `json:"senders_sha256"` // empty: the policy has none
	// Annexes are in the policy's order.
	Annexes []string `json:"annexes_sha256,omitempty"`
}

// headLine is a line of heads.jsonl: a head, and the path from the account's
// leaf to its root.
type headLine struct {
	Nth   uint64   `json:"nth"`   // how many records the account had when it was signed
	Proof []string `json:"proof"` // from the leaf upwards; null: there is none
	Note  string   `json:"note"`  // the signed text
}

// readme is the same in all bundles of the format, also where policies are left
// out, so that programs of earlier check these too.
const readme = `This is a bundle of evidence: the records of one Service User's own Service
Requests, as the gateway of Service Request Traffic Management kept them, with
proof. Nothing of any other Service User is in it except hashes.

Check it with

    srtm verify FILE --key KEY

where KEY is the public key that you know from elsewhere, such as from a
monthly report. Without --key or --head the check says only that the bundle
agrees with itself and with whoever signed it.

  bundle.json    whose records, of what time, and what came before them
  records.txt    the records: each line has a position in the journal and the
                 record's octets in hexadecimal
  heads.jsonl    the signed heads around that time, with Merkle proofs
  policy-*.yaml  the policies that were in force

The archive's comment is the SHA-256 of all octets before it.
`

// own returns what a record has in common with all of its account; nil: it is no
// account's own.
func own(r journal.Record) *journal.Own {
	switch r := r.(type) {
	case *journal.Decision:
		return &r.Own
	case *journal.Outcome:
		return &r.Own
	case *journal.Terms:
		return &r.Own
	case *journal.Lost:
		return &r.Own
	case *journal.Notice:
		return &r.Own
	case *journal.Challenge:
		return &r.Own
	case *journal.Delivery:
		return &r.Own
	}
	return nil
}
