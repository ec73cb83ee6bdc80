package main

import (
	"errors"
	"fmt"
	"io"

	"srtm/evidence"
	"srtm/journal"
)

// disputeCmd packs one account's records with their proof.
type disputeCmd struct {
	Data    string `required:"" placeholder:"DIR" help:"The gateway's data folder; it may be running."`
	Account string `required:"" placeholder:"NAME" help:"Whose records."`
	From    moment `required:"" placeholder:"TIME" help:"From when on, UTC."`
	To      moment `required:"" placeholder:"TIME" help:"Up to and without this time."`
	Out     string `placeholder:"FILE" help:"The bundle; - is stdout. Without it ACCOUNT-FROM.zip here."`

	WithPolicy bool `help:"With the policies' texts, for the Panel: they show more of others than a Service User may know."`
}

// Help shows examples.
func (disputeCmd) Help() string {
	return `Examples:
  srtm dispute --data /var/lib/srtm --account BRAVO --from "2026-10-14 02:00" --to "2026-10-14 04:00"
  srtm dispute --data /var/lib/srtm --account BRAVO --from 2026-10-14 --to 2026-10-15 --out bravo.zip
  srtm dispute --data /var/lib/srtm --account BRAVO --from 2026-10-14 --to 2026-10-15 --with-policy --out panel.zip

The bundle holds the account's own decisions in that time and around it to the nearest signed heads,
its terms, notices and challenges, and proofs. Nothing of any other account is in it except hashes. It names
the account's own targets: it is for that Service User. Whoever has it checks it with srtm verify.

The policies' texts are left out; the account's terms hold what counts for it. --with-policy puts them in, word for
word, with the hashes of portfolio, senders and annexes that prove them: that is for the Panel, not for a Service User.`
}

// Run packs them.
func (c *disputeCmd) Run(a *app) error {
	found, err := findJournal(c.Data)
	if err != nil {
		return err
	}
	if !c.From.Before(c.To.Time) {
		return usageError{errors.New("--from is not before --to; did you mean them the other way round?")}
	}
	if c.Out == "" {
		c.Out = fmt.Sprintf("%s-%s.zip", c.Account, c.From.Format("20060102T150405Z"))
	}
	bar := newProgress(a.stderr, "dispute", 1)
	defer bar.end()
	var packed evidence.Packed
	err = writeWhole(c.Out, forOwner, a.stdout, func(w io.Writer) error {
		packed, err = evidence.Pack(w, evidence.Query{Journal: found.journal, Account: c.Account, From: c.From.nanoseconds(), To: c.To.nanoseconds(), WithPolicy: c.WithPolicy,
			Progress: func(done, total journal.Position) { bar.reach(int64(done), int64(total)) }})
		return err
	})
	if err != nil {
		return err
	}
	bar.end()
	c.warn(a.stderr, packed)
	if c.Out == "-" {
		return nil
	}
	_, err = fmt.Fprintf(a.stdout, "%s: records of %s: %d, decisions of that time among them: %d, signed heads: %d\n", c.Out, c.Account, packed.Records, packed.Decisions, packed.Heads)
	return err
}

// warn says what the bundle cannot prove.
func (c *disputeCmd) warn(stderr io.Writer, p evidence.Packed) {
	for _, d := range p.Damage {
		fmt.Fprintf(stderr, "srtm: warning: %v\n", d)
	}
	if p.Policies > 0 {
		fmt.Fprintf(stderr, "srtm: warning: the bundle shows %s word for word, with comments, history and who is in shadow, and the SHA-256 of the portfolio and of the other files beside it, "+
			"by which a guessed one can be checked: it is for the Panel, not for a Service User\n", many(p.Policies, "policy text"))
	}
	if p.Begins > c.From.nanoseconds() {
		fmt.Fprintf(stderr, "srtm: warning: the account's records in this journal begin at %s, after --from: of the time before, the bundle proves nothing\n", rfc3339(p.Begins))
	}
	if !p.Before {
		fmt.Fprintln(stderr, "srtm: warning: the journal has no signed head from --from or before: what is missing at the beginning could not be noticed")
	}
	switch {
	case p.After:
	case p.LastHead == 0:
		fmt.Fprintln(stderr, "srtm: warning: no head has been signed since --from: nothing is proved yet; ask again after the next full hour")
	default:
		fmt.Fprintf(stderr, "srtm: warning: the last head was signed at %s, before --to: what comes after it is not proved yet (%s); ask again after the next full hour\n",
			rfc3339(p.LastHead), many(p.Tail, "record"))
	}
}
