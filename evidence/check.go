package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"srtm/journal"
)

// Trust is what is known from elsewhere, and what else Check is to do.
type Trust struct {
	Keys []string // verifier keys (golang.org/x/mod/sumdb/note): each head must be signed by one of them. None: by any
	// Heads are texts of heads that were got earlier. One of the bundle's range must
	// be in it as it is; one outside it proves nothing.
	Heads []string
	// Decision is called with each decision in order, before it is known whether
	// the bundle holds; nil: nobody wants them.
	Decision func(*journal.Entry, *journal.Decision)
	// Progress is called with how many of so many records have been checked,
	// from time to time; nil: nobody wants to know.
	Progress func(done, total uint64)
}

// Check finds out from a bundle of so many octets alone whether it holds. Every
// octet is taken as hostile. Memory does not grow with the number of records.
func Check(r io.ReaderAt, size int64, trust Trust) *Result {
	c := &checker{trust: trust, result: &Result{}}
	for _, name := range []string{"file", "policies", "heads", "chain", "proofs", "rules", "guarantee"} {
		c.result.part(name)
	}
	for _, step := range []func() error{
		func() (err error) { c.bundle, err = open(r, size); return inPart("file", err) },
		c.readManifest, c.readPolicies, c.readTrust, c.readHeads, c.readRecords, c.cover,
	} {
		if err := step(); err != nil {
			f := failureOf(err)
			c.result.fail(f)
			if f.Part == "file" {
				break // there is nothing to go on with
			}
		}
	}
	return c.result
}

// inPart has an error fail a part.
func inPart(part string, err error) error {
	if err == nil {
		return nil
	}
	return Failure{Part: part, What: err.Error()}
}

func failureOf(err error) Failure {
	var f Failure
	if !errors.As(err, &f) {
		f = Failure{Part: "file", What: err.Error()}
	}
	return f
}

// checker goes through one bundle.
type checker struct {
	trust    Trust
	bundle   *opened
	result   *Result
	manifest manifest
	from, to int64
	before   [32]byte
	keys     []string // that are trusted; none: any
	heads    []head
	missing  []journal.HeadClaims // of the heads given, those that are not in the bundle
	policies map[string]policyUse
	records  recordChecker
}

// policyUse says of a policy whether its text is in the bundle, and whether some
// of the account's Terms name it.
type policyUse struct{ here, named bool }

// readManifest checks that the bundle has the entries that it should.
func (c *checker) readManifest() error {
	text, err := c.bundle.text(manifestEntry, maxManifest)
	if err != nil {
		return inPart("file", err)
	}
	m := &c.manifest
	if err := unmarshal(text, m); err != nil {
		return inPart("file", fmt.Errorf("%s: %w", manifestEntry, err))
	}
	if m.Format != formatName {
		return inPart("file", fmt.Errorf("%s: the format is %q, and this program knows %q; is there a newer one?", manifestEntry, m.Format, formatName))
	}
	if err := c.readBeginning(); err != nil {
		return inPart("file", fmt.Errorf("%s: %w", manifestEntry, err))
	}
	c.result.Account, c.result.Environment, c.result.Journal, c.result.From, c.result.To = m.Account, m.Environment, m.Journal, m.From, m.To
	if want := 4 + len(m.Policies); len(c.bundle.entries) != want {
		return inPart("file", fmt.Errorf("the archive has %d entries; with %d policies there are %d", len(c.bundle.entries), len(m.Policies), want))
	}
	if text, err := c.bundle.text(readmeEntry, int64(len(readme))); err != nil || string(text) != readme {
		return inPart("file", fmt.Errorf("%s is not that of %s", readmeEntry, formatName))
	}
	c.result.part("file").Says = fmt.Sprintf("whole and as it was written; journal %s", m.Journal)
	return nil
}

func (c *checker) readBeginning() (err error) {
	m := &c.manifest
	if c.from, err = parseMoment(m.From); err != nil {
		return fmt.Errorf("from: %w", err)
	}
	if c.to, err = parseMoment(m.To); err != nil {
		return fmt.Errorf("to: %w", err)
	}
	value, err := hex.DecodeString(m.ChainBefore)
	switch {
	case c.from >= c.to:
		return fmt.Errorf("from, %s, is not before to, %s: no bundle is of such a time", m.From, m.To)
	case err != nil || len(value) != len(c.before):
		return fmt.Errorf("chain_before is not %d hexadecimal digits", 2*len(c.before))
	case m.Account == "" || m.AccountID == 0:
		return errors.New("it names no account")
	case len(m.Policies) > maxPolicies || m.Heads < 0 || m.Heads > maxHeads:
		return fmt.Errorf("more than %d policies or %d heads", maxPolicies, maxHeads)
	}
	copy(c.before[:], value)
	return nil
}

// readPolicies checks that the policies' texts are those that their digests
// name. Which digest was in force, the account's Terms say.
func (c *checker) readPolicies() error {
	c.policies = make(map[string]policyUse)
	part := c.result.part("policies")
	for i, d := range c.manifest.Policies {
		text, err := c.bundle.text(policyEntry(i+1), maxPolicy)
		if err != nil {
			return inPart("policies", err)
		}
		if got := d.of(fmt.Sprintf("%x", sha256.Sum256(text))); got != d.Digest {
			return inPart("policies", fmt.Errorf("%s with the given files beside it has the digest %s, and should have %s", policyEntry(i+1), got, d.Digest))
		}
		if _, twice := c.policies[d.Digest]; twice {
			return inPart("policies", fmt.Errorf("the policy %s is there twice", d.Digest))
		}
		c.policies[d.Digest] = policyUse{here: true}
	}
	if len(c.manifest.Policies) > 0 {
		part.Says = fmt.Sprintf("%d, with the text that its digest names", len(c.manifest.Policies))
	}
	return nil
}

// cover says how much of the time asked for the heads prove, and what else could
// not be.
func (c *checker) cover() error {
	r, m := c.result, &c.manifest
	first, last, proved := c.proved()
	c.coverBeginning()
	switch {
	case !proved:
		r.reserve("no signed head proves anything in the bundle: nothing in it is proved by a signature")
	case m.NthBefore > 0 && first > c.from:
		r.reserve("no signed head from %s or before is in the bundle: records of the account between then and %s may be missing", m.From, moment(first))
	}
	if proved && last < c.to {
		r.reserve("the last signed head is of %s, before %s: that no record after it is missing is not proved yet; ask again after the next head", moment(last), m.To)
	}
	if tail := c.records.sinceProof; tail > 0 && proved {
		r.reserve("%s after that head: not yet proved by a signed head; they form one chain with the others", many(tail, "record"))
	}
	c.coverDecisions()
	c.coverGiven()
	if len(r.Signers) > 0 && len(c.keys) == 0 { // neither --key nor --head
		r.reserve("whose key signed the heads is known only from this bundle; give --key, or --head with a head that you got earlier")
	}
	return nil
}

// coverBeginning says so where the time asked for begins before the account's
// records do.
func (c *checker) coverBeginning() {
	m, rec := &c.manifest, &c.records
	switch {
	case m.NthBefore > 0:
	case rec.position == 0:
		c.result.reserve("the journal has no record of the account up to %s: of the time asked for it proves nothing", m.To)
	case rec.first.at >= c.to:
		c.result.reserve("the account's records in this journal begin at %s, after the time asked for: of that it proves nothing", moment(rec.first.at))
	case rec.first.at > c.from:
		c.result.reserve("the account's records in this journal begin at %s: of the time before, from %s on, it proves nothing", moment(rec.first.at), m.From)
	}
}

func (c *checker) coverDecisions() {
	r, rec := c.result, &c.records
	if rec.unruled > 0 {
		r.reserve("%s before the first terms in the bundle could not be recomputed", many(rec.unruled, "decision"))
	}
	if rec.late > 0 {
		r.reserve("%s recorded more than %v after they were made", many(rec.late, "decision"), usualDelay)
	}
	if rec.lostRecords > 0 {
		r.reserve("the operator's journal failed: %s and %s of this account were not kept", many(rec.lostDecisions, "decision"), many(rec.lostOutcomes, "outcome"))
	}
	if rec.resumed > 0 {
		r.reserve("where decisions are missing, what the assured bucket then held is taken as recorded: %s", many(rec.resumed, "time"))
	}
	rec.account.apart.say(r)
	rec.account.firsts.say(r)
	c.coverPolicies()
}

// coverPolicies says which texts are missing. Where there are none at all, they
// were left out: nothing is the less proved by that.
func (c *checker) coverPolicies() {
	r := c.result
	if len(c.manifest.Policies) == 0 {
		r.part("policies").Says = fmt.Sprintf("%d, named by the account's terms, which hold what counts for it; their texts were left out", len(c.policies))
		return
	}
	for _, digest := range slices.Sorted(maps.Keys(c.policies)) {
		switch use := c.policies[digest]; {
		case !use.here:
			r.reserve("the text of the policy %s is not in the bundle; what counts, its terms for this account, is", digest)
		case !use.named:
			r.fail(Failure{Part: "policies", What: fmt.Sprintf("none of the account's terms names the policy %s", digest)})
		}
	}
}

// proved returns the times of the first and last head whose proof was right.
func (c *checker) proved() (first, last int64, any bool) {
	for _, h := range c.heads {
		if h.proved {
			if !any {
				first = h.claims.At
			}
			last, any = h.claims.At, true
		}
	}
	return first, last, any
}

// unmarshal reads exactly one JSON value without unknown keys.
func unmarshal(text []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the value")
	}
	return nil
}

func parseMoment(text string) (int64, error) {
	t, err := time.Parse(stamp, text)
	if err != nil || t.Year() < 1970 || t.Year() > 2261 {
		return 0, fmt.Errorf("%q is not a time such as 2026-10-14T02:00:00.000000000Z", text)
	}
	return t.UnixNano(), nil
}
