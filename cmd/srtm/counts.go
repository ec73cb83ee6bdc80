package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"srtm/journal"
	"srtm/ledger"
)

// ledgerFlags say where the ledger is.
type ledgerFlags struct {
	Postgres string `placeholder:"DSN" env:"SRTM_POSTGRES" help:"Keep the ledger in this PostgreSQL database, not in the data folder; better given as $$SRTM_POSTGRES."`
}

// open opens the ledger of a data folder.
func (f ledgerFlags) open(data string, log *slog.Logger) (*ledger.Ledger, *journal.Pseudonyms, error) {
	pseudonyms, err := journal.LoadPseudonyms(pseudonymKey(data))
	if err != nil {
		return nil, nil, err
	}
	o := ledger.Options{Pseudonyms: pseudonyms, Logger: log}
	var l *ledger.Ledger
	if f.Postgres != "" {
		l, err = ledger.OpenPostgres(f.Postgres, o)
	} else {
		path := filepath.Join(data, "ledger.db")
		if l, err = ledger.OpenSQLite(path, o); err != nil {
			err = fmt.Errorf("%w\nhint: if the file is damaged, move %s away; the ledger is made again from the journal", err, path)
		}
	}
	return l, pseudonyms, err
}

// fold brings the ledger to the journal's present end. One that was made from
// another journal, or from one whose end was lost, is made anew if nothing of it
// is older than the journal.
func fold(ctx context.Context, l *ledger.Ledger, dir string, o ledger.FoldOptions) error {
	err := l.FoldJournal(ctx, dir, o)
	var ahead *ledger.AheadError
	if errors.As(err, &ahead) {
		first, _, bounds := journal.Bounds(dir)
		if bounds != nil || first > 1 {
			return fmt.Errorf("%w\nhint: the journal begins at position %d; what the ledger has from before that would be lost: keep a copy of it, then srtm report --rebuild", err, first)
		}
		if err = l.Rebuild(ctx); err == nil {
			err = l.FoldJournal(ctx, dir, o)
		}
	}
	if err != nil {
		return fmt.Errorf("folding the journal into the ledger: %w", err)
	}
	return nil
}

// counts folds the journal of a running gateway into its ledger, behind its back:
// what goes wrong is logged, and no request waits for it.
type counts struct {
	flags   ledgerFlags
	data    string
	journal *journal.Journal
	log     *slog.Logger
	ledger  *ledger.Ledger // nil: not opened yet
	wrong   string         // as last logged
}

// keep folds every few seconds until ctx ends.
func (c *counts) keep(ctx context.Context) {
	const often = 5 * time.Second
	c.tell(ctx, c.step(ctx))
	stop := every(ctx, often, func() { c.tell(ctx, c.step(ctx)) })
	<-ctx.Done()
	stop()
	if c.ledger != nil {
		_ = c.ledger.Close()
	}
}

func (c *counts) step(ctx context.Context) (err error) {
	if c.ledger == nil {
		if c.ledger, _, err = c.flags.open(c.data, c.log); err != nil {
			c.ledger = nil
			return err
		}
	}
	return fold(ctx, c.ledger, journalFolder(c.data), ledger.FoldOptions{Until: c.journal.Durable})
}

// tell logs what changed.
func (c *counts) tell(ctx context.Context, err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	switch {
	case text == c.wrong || ctx.Err() != nil:
		return
	case err != nil:
		c.log.Warn("the ledger does not keep up; reports will fold what it lacks", "error", text)
	default:
		c.log.Info("the ledger keeps up again")
	}
	c.wrong = text
}
