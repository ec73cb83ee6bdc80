package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/ledger"
	"srtm/report"
)

// reportCmd writes a month's reports.
type reportCmd struct {
	Data        string        `required:"" placeholder:"DIR" help:"The gateway's data folder; also while it runs."`
	Month       string        `placeholder:"YYYY-MM" help:"Which month, of UTC; default: the last one that is over."`
	Out         string        `required:"" placeholder:"DIR" help:"Where the reports go; created when missing."`
	Reason      string        `placeholder:"TEXT" help:"Why a month is reported again: this makes the next version."`
	Exceptional time.Duration `placeholder:"10h" help:"More time active in a month than this raises an alarm; default: as the policy has it."`
	Shadow      bool          `help:"Also write what a month in shadow would have been, enforced; a month with shadow results has that in any case."`
	Rebuild     bool          `help:"First make the ledger anew from the journal; what it has from before the journal's beginning is lost."`
	ledgerFlags
}

// Help shows examples.
func (reportCmd) Help() string {
	return `Examples:
  srtm report --data /var/lib/srtm --month 2026-10 --out reports
  srtm report --data /var/lib/srtm --out reports --reason "portfolio of BRAVO corrected"
  srtm report --data /var/lib/srtm --month 2026-10 --shadow --out golive

One report to each Service User, one to the operator and the Panel, one that is public; each as HTML, CSV and XLSX, with a
manifest of their SHA-256. What the ledger lacks of the journal is folded first. A month that is not over is marked provisional.`
}

// Run writes them.
func (c *reportCmd) Run(a *app) error {
	found, err := findJournal(c.Data)
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	if c.Month == "" {
		c.Month = now.AddDate(0, 0, -now.Day()).Format("2006-01")
	}
	if _, err := report.ParseMonth(c.Month); err != nil {
		return usageError{err}
	}
	return c.helped(found.data, c.write(a, found, now))
}

// write has a month that can be reported written.
func (c *reportCmd) write(a *app, found recorded, now time.Time) error {
	if c.Rebuild { // also what cannot be opened
		if err := c.remove(found.data); err != nil {
			return err
		}
	}
	l, pseudonyms, err := c.open(found.data, newLog(a.stderr, "text", slog.LevelWarn))
	if err != nil {
		return err
	}
	defer l.Close()
	end, err := c.fold(a, found, l)
	if err != nil {
		return err
	}
	bar := newProgress(a.stderr, "report", 1)
	defer bar.end()
	ctx, stop := a.untilStopped()
	defer stop()
	done, err := month{
		month: c.Month, out: c.Out, reason: c.Reason, exceptional: c.Exceptional, shadow: c.Shadow, ledger: l, pseudonyms: pseudonyms, end: end, now: now,
		progress: func(done, total int) { bar.reach(int64(done), int64(total)) },
	}.write(ctx)
	bar.end()
	if err != nil {
		return err
	}
	return c.conclude(a, done)
}

// month is one that is to be reported, from a ledger that has been brought up to
// date.
type month struct {
	month, out, reason string
	exceptional        time.Duration
	shadow             bool
	ledger             *ledger.Ledger
	pseudonyms         *journal.Pseudonyms
	end                journal.Position // of the journal
	now                time.Time
	progress           func(done, total int)
}

// write writes its reports. That no gateway ran in it or before is an error.
func (m month) write(ctx context.Context) (report.Result, error) {
	period, err := report.ParseMonth(m.month)
	if err != nil {
		return report.Result{}, err
	}
	starts, err := m.ledger.Starts(ctx, ledger.Span{To: period.To()})
	if err == nil && len(starts) == 0 {
		err = fmt.Errorf("there are no records of %s or before: no gateway ran then; name a later month", m.month)
	}
	if err != nil {
		return report.Result{}, err
	}
	return report.Month(ctx, m.month, report.Config{
		Ledger: m.ledger, Out: m.out, Now: m.now, JournalEnd: uint64(m.end), Reason: m.reason, Exceptional: m.exceptional, Shadow: m.shadow,
		Target:   func(p [16]byte) (duis.EUI64, bool) { return m.pseudonyms.Target(p) },
		Progress: m.progress,
	})
}

// fold brings the ledger up to date and returns where the journal ends.
func (c *reportCmd) fold(a *app, found recorded, l *ledger.Ledger) (journal.Position, error) {
	first, last, err := journal.Bounds(found.journal)
	if err != nil {
		return 0, err
	}
	bar := newProgress(a.stderr, "fold", 1)
	defer bar.end()
	ctx, stop := a.untilStopped()
	defer stop()
	if c.Rebuild {
		if err := l.Rebuild(ctx); err != nil {
			return 0, fmt.Errorf("making the ledger anew: %w", err)
		}
	}
	return last, fold(ctx, l, found.journal, ledger.FoldOptions{
		Progress: func(p journal.Position) { bar.reach(int64(p-min(p, first)), int64(last-first)) },
	})
}

func (c *reportCmd) conclude(a *app, done report.Result) error {
	state := ""
	if done.Provisional {
		state = ", provisional"
	}
	_, err := fmt.Fprintf(a.stdout, "%s: %d files in %s, version %d%s; due %s\n", c.Month, len(done.Files), c.Out, done.Version, state, done.Due.Format("Monday 2 January 2006"))
	if len(done.Files) == 0 {
		err = errors.Join(err, errNoReports)
	}
	return err
}
