package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"srtm/evidence"
	"srtm/journal"
)

// journalCmd is the verbs about a journal as a whole.
type journalCmd struct {
	Verify journalVerifyCmd `cmd:"" help:"Check a journal from end to end: nothing altered, cut or missing."`
	Export journalExportCmd `cmd:"" help:"Write decisions as CSV."`
	Heads  journalHeadsCmd  `cmd:"" help:"Print the signed heads."`
	Acts   journalActsCmd   `cmd:"" help:"List what persons did: acts by hand, policies, notices, challenges, and who was shown targets."`
}

// journalVerifyCmd checks a journal.
type journalVerifyCmd struct {
	Dir  string   `arg:"" help:"The gateway's data folder, or the journal in it."`
	Key  string   `placeholder:"KEY" help:"The public key that signs the heads, known from elsewhere; or a file with it."`
	Head []string `placeholder:"FILE" sep:"none" help:"A file of signed heads that were published, or a folder of such files: the journal must have each. May be repeated."`
}

// Help shows examples.
func (journalVerifyCmd) Help() string {
	return `Examples:
  srtm journal verify /var/lib/srtm
  srtm journal verify /var/lib/srtm --key head.pub --head 2026-10-14T03.head
  srtm journal verify /var/lib/srtm --head heads

Also while a gateway writes there. Exit 0 when the journal is as it was written, 1 when not; then it is said
where. Whoever owns a journal can write it anew, whole: only heads that others have kept find that.`
}

// Run checks it.
func (c *journalVerifyCmd) Run(a *app) error {
	found, err := findJournal(c.Dir)
	if err != nil {
		return err
	}
	trust, err := readTrust(nonEmpty(c.Key), c.Head)
	if err != nil {
		return err
	}
	bar := newProgress(a.stderr, "verify", 1)
	checks := journal.Checks{Heads: trust.Heads, Progress: func(done, segments int) { bar.reach(int64(done), int64(segments)) }}
	for _, key := range trust.Keys {
		checks.Key = key
	}
	v, err := journal.Verify(found.journal, checks)
	bar.end()
	if err != nil {
		return err
	}
	if err := c.report(a.stdout, v); err != nil {
		return err
	}
	var wrong []error
	for _, p := range v.Problems {
		wrong = append(wrong, p)
	}
	return errors.Join(wrong...)
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func (c *journalVerifyCmd) report(w io.Writer, v *journal.Verification) error {
	var s strings.Builder
	fmt.Fprintf(&s, "records    %d, positions %d to %d, in %s\n", v.Records, v.First, v.Last, many(v.Segments, "segment"))
	if v.Heads == 0 {
		fmt.Fprintf(&s, "heads      none yet: %s that nothing signed proves\n", many(v.Unproved, "record"))
	} else {
		fmt.Fprintf(&s, "heads      %d signed by %s; %s after the last\n", v.Heads, strings.Join(v.Signers, " and "), many(v.Unproved, "record"))
	}
	writeEarlier(&s, v.Earlier)
	if v.Removed > 0 {
		fmt.Fprintf(&s, "removed    up to position %d, older than the policy keeps\n", v.Removed)
	}
	if v.Crashes > 0 {
		fmt.Fprintf(&s, "crashes    %d\n", v.Crashes)
	}
	if v.Tail > 0 {
		fmt.Fprintf(&s, "tail       %s that are not whole: being written, or what a crash left\n", many(v.Tail, "octet"))
	}
	for _, g := range v.Gaps {
		fmt.Fprintf(&s, "gap        positions %d to %d: %s and %s could not be kept: %s\n", g.First, g.Last, many(g.Decisions, "decision"), many(g.Outcomes, "outcome"), g.Cause)
	}
	for _, d := range v.Damages {
		fmt.Fprintf(&s, "damage     noted on opening: %s at octet %d, %s: %s\n", d.File, d.Offset, many(d.Bytes, "octet"), d.What)
	}
	if len(v.Problems) == 0 {
		s.WriteString("The journal is as it was written.\n")
	} else {
		fmt.Fprintf(&s, "The journal FAILS: %s.\n", many(len(v.Problems), "problem"))
	}
	_, err := io.WriteString(w, s.String())
	return err
}

// writeEarlier names the heads given that prove nothing here; of many, the first
// and the last.
func writeEarlier(s *strings.Builder, heads []journal.HeadClaims) {
	const most = 5
	if len(heads) > most {
		first, last := heads[0], heads[len(heads)-1]
		fmt.Fprintf(s, "earlier    %d heads given, of positions %d to %d, of %s to %s, are of a time that is no longer kept: they prove nothing here, and nothing against it\n",
			len(heads), first.Position, last.Position, rfc3339(first.At), rfc3339(last.At))
		return
	}
	for _, h := range heads {
		fmt.Fprintf(s, "earlier    the head given of position %d, of %s, is of a time that is no longer kept: it proves nothing here, and nothing against it\n", h.Position, rfc3339(h.At))
	}
}

// journalExportCmd writes decisions as CSV.
type journalExportCmd struct {
	Dir      string `arg:"" help:"The gateway's data folder, or the journal in it."`
	Account  string `placeholder:"NAME" help:"Only this one's."`
	From     moment `placeholder:"TIME" help:"From when on, UTC."`
	To       moment `placeholder:"TIME" help:"Up to and without this time."`
	Arrivals bool   `help:"Write the columns that srtm replay --arrivals reads."`
	Out      string `default:"-" placeholder:"CSV" help:"Where they go; - is stdout."`
	targetFlags
}

// Help shows examples.
func (journalExportCmd) Help() string {
	return `Examples:
  srtm journal export /var/lib/srtm --from 2026-10-14 --to 2026-10-15 > decisions.csv
  srtm journal export /var/lib/srtm --account BRAVO --targets --as "J. Smith" --reason "query 4711" --out bravo.csv
  srtm journal export /var/lib/srtm --arrivals --out day.csv && srtm replay --policy stricter.yaml --arrivals day.csv

Also while a gateway writes there. Targets are pseudonyms, the same every time, unless --targets is given.
Amounts are exact, in Service Requests.`
}

// Run writes them.
func (c *journalExportCmd) Run(a *app) error {
	if err := c.check(); err != nil {
		return err
	}
	if c.From.given && c.To.given && !c.From.Before(c.To.Time) {
		return usageError{errors.New("--from is not before --to; did you mean them the other way round?")}
	}
	found, err := findJournal(c.Dir)
	if err != nil {
		return err
	}
	sel := evidence.Selection{Account: c.Account, From: c.From.nanoseconds(), To: c.To.nanoseconds(), Arrivals: c.Arrivals}
	if sel.Target, err = c.writer(found, "journal export with targets", c.Account); err != nil {
		return err
	}
	r, err := journal.OpenReader(found.journal, 0)
	if err != nil {
		return err
	}
	defer r.Close()
	if c.From.given {
		if err := r.SeekTime(sel.From); err != nil {
			return err
		}
	}
	done, err := c.export(a, found, r, sel)
	if err != nil {
		return err
	}
	return c.conclude(a.stderr, done)
}

func (c *journalExportCmd) export(a *app, found recorded, r *journal.Reader, sel evidence.Selection) (done evidence.Exported, err error) {
	bar := newProgress(a.stderr, "export", 1)
	defer bar.end()
	sel.Progress = func(p journal.Position) { bar.reach(int64(p-min(p, found.first)), int64(found.last-found.first)) }
	err = writeWhole(c.Out, forOwner, a.stdout, func(w io.Writer) error {
		done, err = evidence.Export(w, r, sel)
		return err
	})
	return done, err
}

// conclude says what is missing.
func (c *journalExportCmd) conclude(stderr io.Writer, done evidence.Exported) error {
	var errs []error
	for _, d := range done.Damage {
		errs = append(errs, d)
	}
	if len(errs) > 0 {
		return errors.Join(append(errs, errors.New("the export is without what could not be read"))...)
	}
	if done.Decisions == 0 {
		fmt.Fprintln(stderr, "srtm: warning: there is no such decision; is the account written as in the portfolio, and the time UTC?")
	}
	return nil
}

// journalHeadsCmd prints signed heads.
type journalHeadsCmd struct {
	Dir  string `arg:"" help:"The gateway's data folder, or the journal in it."`
	From moment `placeholder:"TIME" help:"From when on, UTC."`
	To   moment `placeholder:"TIME" help:"Up to and without this time."`
	Last bool   `help:"Only the last."`
	Out  string `placeholder:"DIR" help:"Write each to a file of its own here, named after its time."`
}

// Help shows examples.
func (journalHeadsCmd) Help() string {
	return `Examples:
  srtm journal heads /var/lib/srtm --last > now.head
  srtm journal heads /var/lib/srtm --from 2026-10-01 --to 2026-11-01 --out heads

Give heads to those who may one day ask for proof, and let them be kept where the operator cannot reach:
srtm verify --head compares a bundle with them.`
}

// Run prints them.
func (c *journalHeadsCmd) Run(a *app) error {
	found, err := findJournal(c.Dir)
	if err != nil {
		return err
	}
	if c.Out != "" {
		if err := makeFolder(c.Out); err != nil {
			return err
		}
	}
	from := c.From.nanoseconds()
	if c.Last && !c.From.given { // most often it is among the latest records
		if from, err = shortlyBefore(found); err != nil {
			return err
		}
	}
	some, err := c.heads(a, found, from)
	if !some && err == nil && from > c.From.nanoseconds() {
		some, err = c.heads(a, found, c.From.nanoseconds())
	}
	if !some && err == nil {
		err = errors.New("there is no signed head in that time; one is signed every full hour, and when the gateway stops")
	}
	return err
}

// shortlyBefore returns a time some hours before the journal's last record.
func shortlyBefore(found recorded) (int64, error) {
	e, err := journal.At(found.journal, found.last)
	if err != nil {
		return 0, err
	}
	return max(0, e.At-int64(3*time.Hour)), nil
}

// heads prints those from a time on, and says whether there were some.
func (c *journalHeadsCmd) heads(a *app, found recorded, from int64) (some bool, err error) {
	r, err := journal.OpenReader(found.journal, 0)
	if err != nil {
		return false, err
	}
	defer r.Close()
	if err := r.SeekTime(from); err != nil {
		return false, err
	}
	var last journal.Head
	var lastAt int64
	damage, err := evidence.Heads(r, from, c.To.nanoseconds(), func(at int64, h *journal.Head) error {
		last, lastAt, some = *h, at, true
		if c.Last {
			return nil
		}
		return c.print(a.stdout, at, h.Text, "\n")
	})
	for _, d := range damage {
		fmt.Fprintf(a.stderr, "srtm: warning: %v\n", d)
	}
	if some && c.Last && err == nil {
		err = c.print(a.stdout, lastAt, last.Text, "")
	}
	return some, err
}

// print writes one head: to a file of its own, or to stdout and something after
// it.
func (c *journalHeadsCmd) print(stdout io.Writer, at int64, text, after string) error {
	if c.Out == "" {
		_, err := io.WriteString(stdout, text+after)
		return err
	}
	name := time.Unix(0, at).UTC().Format("20060102T150405.000000000Z") + ".head"
	return os.WriteFile(filepath.Join(c.Out, name), []byte(text), 0o644)
}
