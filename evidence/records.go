package evidence

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// recordChecker goes through an account's records.
type recordChecker struct {
	chain      journal.Chain // after the record before
	broken     bool          // chain is no longer known: something before is wrong
	head       int           // the next of the bundle's heads
	first      place         // of the first record
	position   journal.Position
	at         int64
	sinceProof uint64 // records since the last head that proved the chain

	account  account
	outcomes outcomes
	notices  notices
	tellings tellings
	counts   [traffic.Verdicts][traffic.Reasons]uint64
	unruled  uint64 // decisions before any terms
	unknown  bool   // what came before the first decision is not in the bundle
	resumed  uint64 // how often decisions were missing in between
	late     uint64 // decisions that were recorded long after they were made

	lostRecords, lostDecisions, lostOutcomes uint64
}

func (c *checker) readRecords() error {
	entry, err := c.bundle.reader(recordsEntry)
	if err != nil {
		return inPart("chain", err)
	}
	defer entry.Close()
	m, rec := &c.manifest, &c.records
	rec.chain = journal.Chain{Account: journal.Account{ID: m.AccountID, Name: m.Account}, Nth: m.NthBefore, Value: c.before}
	rec.outcomes, rec.account = newOutcomes(), newAccount()
	if m.NthBefore == 0 && c.before != journal.Genesis(m.Journal, m.Account) {
		c.result.fail(Failure{Part: "chain", What: "the chain does not begin as that of this account in this journal does"})
		rec.broken = true
	}
	c.reachHeads()
	lines := bufio.NewReaderSize(entry, 2*maxRecord+32)
	raw := make([]byte, maxRecord)
	for n := uint64(0); ; n++ {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			if n != m.Records {
				return c.wrongCount(n)
			}
			break
		}
		if err != nil {
			return inPart("chain", fmt.Errorf("%s, line %d: it does not end, or is longer than a record: %w", recordsEntry, n+1, err))
		}
		if n >= m.Records {
			return c.wrongCount(n + 1)
		}
		position, octets, err := parseLine(line, raw)
		if err != nil {
			return inPart("chain", fmt.Errorf("%s, line %d: %w", recordsEntry, n+1, err))
		}
		if err := c.record(position, octets); err != nil {
			return err
		}
		if c.trust.Progress != nil && n%4096 == 0 {
			c.trust.Progress(n, m.Records)
		}
	}
	c.endRecords()
	return nil
}

func (c *checker) wrongCount(n uint64) error {
	return Failure{Part: "chain", Nth: c.records.chain.Nth, Position: c.records.position, At: c.records.at,
		What: fmt.Sprintf("this is the last record here, and there should be %d records in all instead of %d", c.manifest.Records, n)}
}

func parseLine(line, buffer []byte) (journal.Position, []byte, error) {
	number, digits, ok := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
	position, err := strconv.ParseUint(string(number), 10, 64)
	if !ok || err != nil || len(digits)/2 > len(buffer) {
		return 0, nil, errors.New("it is not a position, a space and a record's octets in hexadecimal")
	}
	n, err := hex.Decode(buffer, digits)
	return journal.Position(position), buffer[:n], err
}

// record checks one record: that it is the account's next, then what it says.
func (c *checker) record(position journal.Position, raw []byte) error {
	rec := &c.records
	e, err := journal.DecodeOwn(raw, func(id uint32) (string, bool) { return c.manifest.Account, id == c.manifest.AccountID })
	if err != nil {
		return Failure{Part: "chain", Nth: rec.chain.Nth + 1, Position: position, What: fmt.Sprintf("this is no record of the account %s: %v", c.manifest.Account, err)}
	}
	e.Position = position
	c.link(&e, raw)
	if position <= rec.position || e.At < rec.at {
		c.wrong(&e, "chain", fmt.Sprintf("it stands after position %d of %s", rec.position, moment(rec.at)))
	}
	if rec.position == 0 {
		rec.first = place{position, e.At}
		if c.manifest.NthBefore > 0 {
			rec.account.firsts.miss(e.At)
		}
	}
	rec.position, rec.at = position, e.At
	rec.sinceProof++
	c.result.Records++
	c.content(&e)
	c.reachHeads()
	return nil
}

// link checks that the record is the next link of the chain.
func (c *checker) link(e *journal.Entry, raw []byte) {
	rec, o := &c.records, own(e.Record)
	value := journal.Extend(rec.chain.Value, raw)
	switch {
	case rec.broken:
	case o.Nth != rec.chain.Nth+1:
		c.breakChain(e, fmt.Sprintf("record %d should stand here: records are missing, or out of order", rec.chain.Nth+1))
	case o.Link != journal.Link(value[:len(o.Link)]):
		c.breakChain(e, fmt.Sprintf("its link is %x, and with the chain before it should be %x: it was altered, or is not the one that was made", o.Link, value[:len(o.Link)]))
	case rec.head > 0 && position(&c.heads[rec.head-1]) >= e.Position:
		c.wrong(e, "chain", fmt.Sprintf("it stands before the head at position %d, and that head after it", position(&c.heads[rec.head-1])))
	}
	rec.chain.Nth, rec.chain.Value = o.Nth, value
}

// position is where a head stands.
func position(h *head) journal.Position { return h.claims.Position + 1 }

// breakChain says where the chain broke. What follows cannot be tied to it.
func (c *checker) breakChain(e *journal.Entry, what string) {
	c.wrong(e, "chain", what)
	c.records.broken = true
	c.records.account.miss(e.At)
	c.records.outcomes.forget(e.Position)
}

// reachHeads checks the proofs of the heads that stand after the records so far.
func (c *checker) reachHeads() {
	rec := &c.records
	for ; rec.head < len(c.heads) && c.heads[rec.head].nth <= rec.chain.Nth; rec.head++ {
		h := &c.heads[rec.head]
		if rec.broken {
			continue
		}
		if what := c.prove(h); what != "" {
			c.result.fail(Failure{Part: "proofs", Nth: rec.chain.Nth, Position: rec.position, At: rec.at, What: what})
			rec.broken = true
		} else if h.has {
			h.proved = true
			rec.sinceProof = 0
		}
	}
}

// prove says why a head does not prove the chain so far; an empty text: it does,
// or it comes without a proof.
func (c *checker) prove(h *head) string {
	rec := &c.records
	switch {
	case rec.position > h.claims.Position || rec.at > h.claims.At:
		return fmt.Sprintf("the head of %s at position %d should stand after it", moment(h.claims.At), position(h))
	case h.nth != rec.chain.Nth:
		return fmt.Sprintf("the head of %s is said to stand after record %d", moment(h.claims.At), h.nth)
	case !h.has && h.claims.Accounts >= int(rec.chain.ID) && rec.chain.Nth > 0:
		c.result.reserve("the head of %s comes without a proof: the operator's journal is damaged there", moment(h.claims.At))
		return ""
	case !h.has:
		return ""
	}
	leaf := journal.Leaf(rec.chain)
	err := tlog.CheckRecord(h.proof, int64(h.claims.Accounts), h.claims.Root, int64(rec.chain.ID)-1, leaf)
	if err == nil {
		return ""
	}
	since := "the beginning"
	if rec.head > 0 {
		since = "the head of " + moment(c.heads[rec.head-1].claims.At)
	}
	return fmt.Sprintf("the account's chain here does not lead to the root in the head of %s: something between %s and it was altered, left out or added, with all links made anew, or the proof is another account's",
		moment(h.claims.At), since)
}

// content checks what the record says.
func (c *checker) content(e *journal.Entry) {
	rec := &c.records
	switch r := e.Record.(type) {
	case *journal.Decision:
		c.decision(e, r)
		if c.trust.Decision != nil {
			c.trust.Decision(e, r)
		}
	case *journal.Terms:
		c.wrongAll(e, "rules", rec.account.obey(r, e.At))
		c.policies[r.Policy] = policyUse{here: c.policies[r.Policy].here, named: true}
	case *journal.Outcome:
		if what := rec.outcomes.take(r, e.Position); what != "" {
			c.wrong(e, "rules", what)
		}
	case *journal.Notice:
		rec.notices.add(e, r)
	case *journal.Challenge:
		if what := rec.notices.challenge(e, r, rec.first.position); what != "" {
			c.wrong(e, "rules", what)
		}
	case *journal.Delivery:
		rec.tellings.add(e, &r.Telling)
	case *journal.Lost:
		rec.lostRecords++
		rec.lostDecisions += r.Decisions
		rec.lostOutcomes += r.Outcomes
		rec.account.miss(e.At)
		rec.outcomes.forget(e.Position)
	}
}

// usualDelay is how much later than a decision was made its record may be
// stamped: records of other threads come between.
const usualDelay = time.Second

func (c *checker) decision(e *journal.Entry, d *journal.Decision) {
	rec := &c.records
	c.result.Decisions++
	rec.counts[d.Numbers.Verdict][d.Numbers.Reason]++
	switch late := e.At - d.Numbers.At; {
	case late < 0:
		c.wrong(e, "rules", fmt.Sprintf("it was recorded at %s, before it was made at %s", moment(e.At), moment(d.Numbers.At)))
	case late > int64(usualDelay):
		rec.late++
	}
	if d.Numbers.Verdict != traffic.Throttle {
		rec.outcomes.expect(e.Position, d)
	}
	if !rec.account.ruled {
		rec.unruled++
		return
	}
	c.wrongAll(e, "rules", rec.account.judge(d))
	switch {
	case !rec.account.begun:
		rec.unknown = true
	case rec.account.lost:
		rec.resumed++
	}
	c.wrongAll(e, "guarantee", rec.account.guarantee(d))
}

func (c *checker) endRecords() {
	rec, r := &c.records, c.result
	if rec.head < len(c.heads) && !rec.broken {
		r.fail(Failure{Part: "proofs", Nth: rec.chain.Nth, Position: rec.position, At: rec.at,
			What: fmt.Sprintf("this is the last record here, and the head of %s stands after record %d: records are missing", moment(c.heads[rec.head].claims.At), c.heads[rec.head].nth)})
	}
	proved := 0
	for _, h := range c.heads {
		if h.proved {
			proved++
		}
	}
	r.part("proofs").Says = fmt.Sprintf("%d of %s: the account's chain is a leaf of its tree", proved, many(len(c.heads), "head"))
	r.part("chain").Says = fmt.Sprintf("%s of the account's own, numbers %d to %d, each linked to the one before; none is left out", many(r.Records, "record"), c.manifest.NthBefore+1, rec.chain.Nth)
	if r.Records == 0 {
		r.part("chain").Says = fmt.Sprintf("the account has no record in that time; before it had %d", rec.chain.Nth)
	}
	r.part("rules").Says = fmt.Sprintf("%s (%s): each follows from its numbers", many(r.Decisions, "decision"), rec.sayCounts())
	says := fmt.Sprintf("recomputed from the account's own requests: assured as recorded before each of %s; none refused that it would have paid for", many(r.Decisions-rec.unruled, "decision"))
	if rec.unknown {
		says += "; the first's assured is taken as recorded, for what came before it is not in the bundle"
	}
	r.part("guarantee").Says = says
	r.Notices, r.Told = rec.notices.said, rec.tellings.all()
}

// many writes a number of things.
func many[N int | uint64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func (c *checker) wrongAll(e *journal.Entry, part string, all []string) {
	for _, what := range all {
		c.wrong(e, part, what)
	}
}

func (c *checker) wrong(e *journal.Entry, part, what string) {
	f := Failure{Part: part, Nth: own(e.Record).Nth, Position: e.Position, At: e.At, What: what}
	if d, is := e.Record.(*journal.Decision); is {
		f.RequestID = d.ID.String()
	}
	c.result.fail(f)
}

// outcomes remembers decisions whose outcome has not come, as many as are usual.
type outcomes struct {
	open  map[journal.Position]expected
	queue []journal.Position
	floor journal.Position // outcomes of decisions up to it may be unknown here
}

type expected struct {
	user    duis.EUI64
	variant string
}

const maxOpen = 1 << 18

func newOutcomes() outcomes { return outcomes{open: make(map[journal.Position]expected)} }

func (o *outcomes) expect(p journal.Position, d *journal.Decision) {
	if o.floor == 0 && len(o.queue) == 0 {
		o.floor = p - 1 // those before the bundle
	}
	if len(o.queue) >= maxOpen {
		half := len(o.queue) / 2
		for _, old := range o.queue[:half] {
			delete(o.open, old)
		}
		o.floor = o.queue[half-1]
		o.queue = o.queue[:copy(o.queue, o.queue[half:])]
	}
	o.queue = append(o.queue, p)
	o.open[p] = expected{d.ID.Originator, d.Variant}
}

// forget lets outcomes of decisions up to a position be unknown.
func (o *outcomes) forget(p journal.Position) { o.floor = max(o.floor, p) }

// take says what is wrong with an outcome; an empty text: nothing.
func (o *outcomes) take(r *journal.Outcome, at journal.Position) string {
	want, is := o.open[r.Decision]
	switch {
	case r.Decision >= at:
		return fmt.Sprintf("it is the outcome of position %d, which stands after it", r.Decision)
	case !is && r.Decision > o.floor && len(o.queue) > 0:
		return fmt.Sprintf("it is the outcome of position %d, where the account has no forwarded request, or one whose outcome has been there", r.Decision)
	case is && (want.user != r.User || want.variant != r.Variant):
		return fmt.Sprintf("it is the outcome of a request of %v for %q; the one at position %d was of %v for %q", r.User, r.Variant, r.Decision, want.user, want.variant)
	}
	delete(o.open, r.Decision)
	return ""
}
