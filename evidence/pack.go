package evidence

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"srtm/journal"
)

// Query says what Pack packs.
type Query struct {
	Journal  string // folder of the journal; a gateway may be writing there
	Account  string
	From, To int64 // nanoseconds since 1970 UTC, From ≤ at < To
	// WithPolicy puts the text of each policy that was in force into the bundle, and
	// what proves it: the plain hashes of the policy's other files. It shows what the
	// public edition of the policy does not: comments, names, who is in shadow, and
	// by the portfolio's hash whether a guessed portfolio is the one.
	WithPolicy bool
	// Progress is called with how many of so many records have been looked at,
	// from time to time; nil: nobody wants to know.
	Progress func(done, total journal.Position)
}

// Packed says what a bundle holds.
type Packed struct {
	Records   uint64 // of the account, all that are in the bundle
	Decisions uint64 // of them, those of the time asked for
	Heads     int
	Policies  int   // whose text is in the bundle
	Before    bool  // one of the heads is from From or before, or the account's records begin here
	After     bool  // one of the heads is from To or later: all of the time asked for is proved
	LastHead  int64 // its time; 0: there is none
	Begins    int64 // time of the account's first record, where that is in the bundle; 0: there were some before
	Tail      int64 // records after the last head, which no signature covers yet
	Damage    []*journal.DamageError
}

// Pack writes the bundle of one account's records: from the last head at or
// before From, to the first head at or after To or to the journal's end. Memory
// does not grow with the number of records.
func Pack(w io.Writer, q Query) (Packed, error) {
	if q.From >= q.To {
		return Packed{}, fmt.Errorf("pack the records of %s: %s is not before %s", q.Account, moment(q.From), moment(q.To))
	}
	b, last, err := rewind(q)
	if err != nil {
		return Packed{}, err
	}
	r, err := journal.OpenReader(q.Journal, b.from)
	if err != nil {
		return Packed{}, err
	}
	defer r.Close()
	p := &packer{query: q, begin: b, last: last, archive: newArchive(w, time.Unix(0, q.To).UTC()), policies: map[string]policyText{}}
	if err := p.pack(r); err != nil {
		return p.done, fmt.Errorf("pack the records of %s: %w", q.Account, err)
	}
	return p.done, nil
}

// packer writes a bundle in one pass over the journal.
type packer struct {
	query    Query
	begin    beginning
	last     journal.Position // the journal's, when it began
	chains   chains
	archive  *archive
	records  *bufio.Writer
	started  bool
	before   journal.Chain // the account's chain where the bundle begins
	id       uint32        // the account's number; 0: not known yet
	nth      uint64        // of the last record
	heads    []headLine
	policies map[string]policyText // that were in force, by digest
	digests  []string              // of those that the records name, in order
	done     Packed
	line     []byte
}

func (p *packer) pack(r *journal.Reader) (err error) {
	if p.records, err = p.archive.entry(recordsEntry); err != nil {
		return err
	}
	for over := false; !over && err == nil; {
		var e *journal.Entry
		e, err = r.Next()
		if damage := (*journal.DamageError)(nil); errors.As(err, &damage) {
			p.done.Damage = append(p.done.Damage, damage)
			p.chains.lose()
			err = nil
			continue
		}
		if err == nil {
			p.follow(r, e)
			over, err = p.see(e, r.Checkpoint)
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := p.records.Flush(); err != nil {
		return err
	}
	return p.finish()
}

// follow keeps the chains, and what is in force.
func (p *packer) follow(r *journal.Reader, e *journal.Entry) {
	if !p.chains.known {
		checkpoint := r.Checkpoint()
		if p.chains.begin(checkpoint) {
			for i := range checkpoint.Policies {
				p.policies[checkpoint.Policies[i].Digest] = showPolicy(&checkpoint.Policies[i])
			}
		}
	}
	if !p.started && p.chains.known && e.Position >= p.begin.head {
		p.started = true
		p.before = p.chains.of(p.query.Account)
		p.id, p.nth = p.before.ID, p.before.Nth
	}
	p.chains.follow(e, r.Checkpoint)
	if policy, is := e.Record.(*journal.Policy); is {
		p.policies[policy.Digest] = showPolicy(policy)
	}
}

// see takes the next record. It says so when it is the head that ends the
// bundle.
func (p *packer) see(e *journal.Entry, checkpoint func() journal.Checkpoint) (over bool, err error) {
	if p.query.Progress != nil && e.Position%4096 == 0 {
		p.query.Progress(e.Position-p.begin.from, p.last-p.begin.from)
	}
	if !p.started {
		return false, nil
	}
	switch r := e.Record.(type) {
	case *journal.Head:
		p.chains.learn(checkpoint())
		return p.head(e, r)
	case *journal.Account:
		if r.Name == p.query.Account {
			p.id = r.ID
		}
	}
	if o := own(e.Record); o != nil && o.Account == p.query.Account {
		return false, p.record(e, o)
	}
	return false, nil
}

func (p *packer) record(e *journal.Entry, o *journal.Own) error {
	p.id, p.nth = o.ID, o.Nth
	if o.Nth == 1 {
		p.done.Begins = e.At
	}
	p.done.Records++
	p.done.Tail++
	switch r := e.Record.(type) {
	case *journal.Decision:
		if e.At >= p.query.From && e.At < p.query.To {
			p.done.Decisions++
		}
	case *journal.Terms:
		p.use(r.Policy)
	}
	p.line = strconv.AppendUint(p.line[:0], uint64(e.Position), 10)
	p.line = append(p.line, ' ')
	p.line = hex.AppendEncode(p.line, e.Raw)
	p.line = append(p.line, '\n')
	_, err := p.records.Write(p.line)
	return err
}

// use remembers a policy that the records name.
func (p *packer) use(digest string) {
	if !slices.Contains(p.digests, digest) {
		p.digests = append(p.digests, digest)
	}
}

// head adds a head with its proof.
func (p *packer) head(e *journal.Entry, h *journal.Head) (over bool, err error) {
	line := headLine{Nth: p.nth, Note: h.Text}
	claims, err := claimsOf(h.Text)
	if err != nil {
		return false, fmt.Errorf("the head at position %d: %w", e.Position, err)
	}
	if line.Proof, err = p.prove(claims); err != nil {
		return false, err
	}
	if line.Proof != nil {
		p.done.Tail, p.done.LastHead = 0, claims.At
		p.done.Before = p.done.Before || claims.At <= p.query.From
		p.done.After = claims.At >= p.query.To
	}
	p.heads = append(p.heads, line)
	return claims.At >= p.query.To, nil
}

// prove returns the path from the account's leaf to the head's root; nil where
// the account was not there yet, or where damage hides other accounts' chains.
func (p *packer) prove(claims journal.HeadClaims) ([]string, error) {
	c := &p.chains
	if !c.known || p.id == 0 || len(c.all) != claims.Accounts {
		return nil, nil
	}
	proof, err := journal.Prove(c.all, p.id)
	if err != nil {
		return nil, err
	}
	leaf := journal.Leaf(c.all[p.id-1])
	if c.doubtful && tlog.CheckRecord(proof, int64(claims.Accounts), claims.Root, int64(p.id)-1, leaf) != nil {
		return nil, nil
	}
	path := make([]string, 0, len(proof))
	for _, hash := range proof {
		path = append(path, hex.EncodeToString(hash[:]))
	}
	return path, nil
}

// finish writes all that comes beside the records.
func (p *packer) finish() error {
	if p.id == 0 {
		return fmt.Errorf("no account of this name is in the journal up to that time, which has %d others; is it written as in the portfolio?", len(p.chains.all))
	}
	m := manifest{
		Format: formatName, Account: p.query.Account, AccountID: p.id, Journal: p.chains.journal, Environment: p.chains.environment,
		From: moment(p.query.From), To: moment(p.query.To), NthBefore: p.before.Nth, ChainBefore: hex.EncodeToString(p.before.Value[:]),
		Records: p.done.Records, Heads: len(p.heads), Policies: []policyDigest{},
	}
	if p.query.WithPolicy {
		if err := p.writePolicies(&m); err != nil {
			return err
		}
	}
	p.done.Heads, p.done.Policies = len(p.heads), len(m.Policies)
	p.done.Before = p.done.Before || p.before.Nth == 0
	if err := p.writeHeads(); err != nil {
		return err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := errors.Join(p.archive.text(manifestEntry, string(text)+"\n"), p.archive.text(readmeEntry, readme)); err != nil {
		return err
	}
	return p.archive.close()
}

// writePolicies adds the texts of the policies that the records name.
func (p *packer) writePolicies(m *manifest) error {
	for _, digest := range p.digests {
		policy, known := p.policies[digest]
		if !known {
			continue
		}
		m.Policies = append(m.Policies, policy.digest)
		if err := p.archive.text(policyEntry(len(m.Policies)), policy.text); err != nil {
			return err
		}
	}
	return nil
}

func (p *packer) writeHeads() error {
	w, err := p.archive.entry(headsEntry)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(w)
	for _, h := range p.heads {
		if err := lines.Encode(h); err != nil {
			return err
		}
	}
	return w.Flush()
}
