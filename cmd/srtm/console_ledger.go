package main

import (
	"context"
	"errors"
	"io"
	"iter"
	"path/filepath"
	"time"

	"srtm/console"
	"srtm/journal"
	"srtm/ledger"
	"srtm/report"
	"srtm/simulate"
)

func reportsFolder(data string) string { return filepath.Join(data, "reports") }

// past gives the console what was: the ledger, what arrived, and the months'
// reports. A door that had nothing counted has it from now on.
func (d *door) past(s *console.Source) {
	b := d.books
	if b.counts == nil {
		b.counts = &counts{data: b.data, journal: b.journal, log: d.log}
	}
	s.Ledger = func(ctx context.Context, use func(console.Ledger) error) error {
		return b.counts.look(func(l *ledger.Ledger) error { return use(l) })
	}
	s.Arrivals = d.arrivals
	s.Reports = &console.Reports{Folder: reportsFolder(b.data), Make: d.makeReports}
}

// look has the ledger used that is kept up to date. It stays open meanwhile.
func (c *counts) look(use func(*ledger.Ledger) error) error {
	c.opened.RLock()
	defer c.opened.RUnlock()
	if c.ledger == nil {
		return console.ErrUncounted
	}
	return c.flags.helped(c.data, use(c.ledger))
}

// arrivals gives what the journal has of a time.
func (d *door) arrivals(from, to time.Time) iter.Seq2[simulate.Arrival, error] {
	return func(yield func(simulate.Arrival, error) bool) {
		found, err := findJournal(d.books.data)
		if err != nil {
			yield(simulate.Arrival{}, err)
			return
		}
		day := recordedDay{found, from.UnixNano(), to.UnixNano(), d.policy().Burst, newProgress(io.Discard, "replay", 1), io.Discard}
		day.arrivals()(yield)
	}
}

// makeReports makes a month's reports in the data folder.
func (d *door) makeReports(ctx context.Context, o console.ReportOrder, progress func(what string, done, total int)) (done report.Result, err error) {
	b := d.books
	err = b.counts.look(func(l *ledger.Ledger) error {
		pseudonyms, err := journal.LoadPseudonyms(pseudonymKey(b.data))
		if err != nil {
			return err
		}
		progress("counting what is not counted yet", 0, 1)
		end := b.journal.Durable()
		if err := fold(ctx, l, journalFolder(b.data), ledger.FoldOptions{Until: func() journal.Position { return end }}); err != nil {
			return err
		}
		done, err = month{
			month: o.Month, out: reportsFolder(b.data), reason: o.Reason, ledger: l, pseudonyms: pseudonyms, end: end, now: time.Unix(0, d.clock()).UTC(),
			progress: func(done, total int) { progress("writing", done, total) },
		}.write(ctx)
		if err == nil && len(done.Files) == 0 {
			err = errNoReports
		}
		return err
	})
	return done, err
}

var errNoReports = errors.New("no report was written")
