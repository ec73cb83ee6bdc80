package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"srtm/duis"
	"srtm/evidence"
	"srtm/journal"
)

// explainCmd says what was decided about a request, and why.
type explainCmd struct {
	Request string `arg:"" name:"request-id" help:"The RequestID, originator:target:counter, also with the target's pseudonym; or a position in the journal, as reports give it."`
	Data    string `required:"" placeholder:"DIR" help:"The gateway's data folder; it may be running."`
	From    moment `placeholder:"TIME" help:"Look no further back than this, UTC."`
	To      moment `placeholder:"TIME" help:"Look only before this time."`
	Long    bool   `help:"Every number, exactly."`
	targetFlags
}

// Help shows examples.
func (explainCmd) Help() string {
	return `Examples:
  srtm explain --data /var/lib/srtm 90-B3-D5-1F-30-02-00-00:00-DB-12-34-56-78-90-A0:1000
  srtm explain --data /var/lib/srtm 90-B3-D5-1F-30-02-00-00:85c2711a4349d7d3857d79f0960a470f:1000
  srtm explain --data /var/lib/srtm 4711 --long

All decisions about the RequestID, the newest first: a refused request may be sent again, and a critical
command takes two messages. Amounts are rounded down to two decimals; --long has every digit. Targets that
you did not name yourself are pseudonyms. Exit 1 when there is none.`
}

// Run says it.
func (c *explainCmd) Run(a *app) error {
	if err := c.check(); err != nil {
		return err
	}
	found, err := findJournal(c.Data)
	if err != nil {
		return err
	}
	if position, err := strconv.ParseUint(c.Request, 10, 64); err == nil {
		return c.position(a, found, journal.Position(position))
	}
	id, pseudonymous, err := found.requestID(c.Request)
	if err != nil {
		return usageError{err}
	}
	target, err := c.writer(found, "explain "+c.Request, "")
	if err != nil {
		return err
	}
	return c.all(a, found, id, func(t duis.EUI64) string {
		if t == id.Target && !pseudonymous { // who asks has it already
			return t.String()
		}
		return target(t)
	})
}

func (c *explainCmd) position(a *app, found recorded, p journal.Position) error {
	target, err := c.writer(found, "explain position "+c.Request, "")
	if err != nil {
		return err
	}
	f, err := evidence.FindAt(found.journal, p)
	if err != nil {
		return err
	}
	return c.print(a.stdout, &f, target)
}

func (c *explainCmd) all(a *app, found recorded, id duis.RequestID, target func(duis.EUI64) string) error {
	bar := newProgress(a.stderr, "explain", 1)
	defer bar.end()
	search := evidence.Search{From: c.From.nanoseconds(), To: c.To.nanoseconds(),
		Progress: func(done, total journal.Position) { bar.reach(int64(done), int64(total)) }}
	some := false
	for f, err := range evidence.Find(found.journal, id, search) {
		bar.end()
		var damage *journal.DamageError
		if errors.As(err, &damage) {
			fmt.Fprintf(a.stderr, "srtm: warning: %v\n", damage)
			continue
		}
		if err != nil {
			return err
		}
		some = true
		if err := c.print(a.stdout, &f, target); err != nil {
			return err
		}
	}
	if !some {
		return fmt.Errorf("no decision about the RequestID %s is in the journal\nhint: did it reach this gateway, and was it a Service Request? what is refused before a decision (400, 403, 413) is not recorded; and see --from and --to", c.Request)
	}
	return nil
}

func (c *explainCmd) print(w io.Writer, f *evidence.Found, target func(duis.EUI64) string) error {
	o := evidence.Options{Target: target, Outcome: f.Outcome, Terms: f.Terms, Since: f.Since}
	if !c.Long {
		_, err := fmt.Fprintln(w, evidence.Sentence(&f.Decision, o))
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	var s strings.Builder
	for _, field := range evidence.Fields(&f.Entry, &f.Decision, o) {
		fmt.Fprintf(&s, "%s\t%s\n", field.Name, field.Value)
	}
	if _, err := io.WriteString(table, s.String()+"\n"); err != nil {
		return err
	}
	return table.Flush()
}
