package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
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
		return nil, nil, f.helped(data, err)
	}
	o := ledger.Options{Pseudonyms: pseudonyms, Logger: log}
	var l *ledger.Ledger
	if f.Postgres != "" {
		l, err = ledger.OpenPostgres(f.Postgres, o)
	} else {
		l, err = ledger.OpenSQLite(ledgerFile(data), o)
	}
	return l, pseudonyms, f.helped(data, err)
}

// remove removes a ledger that is a file, to be made anew; one in PostgreSQL stays.
func (f ledgerFlags) remove(data string) error {
	if f.Postgres != "" {
		return nil
	}
	return f.helped(data, ledger.RemoveSQLite(ledgerFile(data)))
}

// helped adds to what went wrong with the ledger a hint at the way out, where there
// is one and none is named yet.
func (f ledgerFlags) helped(data string, err error) error {
	switch {
	case err == nil || strings.Contains(err.Error(), hintMark):
		return err
	case ledger.Damaged(err):
		first, _, _ := journal.Bounds(journalFolder(data))
		return fmt.Errorf("%w%ssrtm report --rebuild makes the ledger anew from the journal, and so does a running gateway as soon as %s is removed; "+
			"the journal begins at position %d, and what the ledger had from before that is lost then: keep a copy if that is not 1", err, hintMark, ledgerFile(data), first)
	case errors.Is(err, ledger.ErrReplaced):
		return fmt.Errorf("%w%sdo it again: what is missing is folded from the journal", err, hintMark)
	}
	return folderHelp(data, err)
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
	opened  sync.RWMutex   // held to read while the ledger is used beside keep, to write while it is opened and closed
	ledger  *ledger.Ledger // nil: not opened yet
	wrong   string         // as last logged

	failing atomic.Pointer[string] // why it does not keep up; nil: it does
	folded  atomic.Int64           // everything recorded before is in the ledger: nanoseconds since 1970 UTC; 0: not yet
}

// keep folds every few seconds until ctx ends.
func (c *counts) keep(ctx context.Context) {
	const often = 5 * time.Second
	c.tell(ctx, c.step(ctx))
	stop := every(ctx, often, func() { c.tell(ctx, c.step(ctx)) })
	<-ctx.Done()
	stop()
	if err := c.close(); err != nil {
		c.log.Warn("the ledger was not closed in order; what it lacks is folded the next time", "error", err.Error())
	}
}

func (c *counts) close() error {
	c.opened.Lock()
	defer c.opened.Unlock()
	if c.ledger == nil {
		return nil
	}
	l := c.ledger
	c.ledger = nil
	return l.Close()
}

// step folds what is new; into a new file, where somebody removed the old one.
func (c *counts) step(ctx context.Context) error {
	err := c.fold(ctx)
	if !errors.Is(err, ledger.ErrReplaced) {
		return err
	}
	c.replaced()
	if err := c.close(); err != nil { // nothing of it is wanted any more
		c.log.Debug("closing a ledger whose file is gone", "error", err.Error())
	}
	return c.fold(ctx)
}

func (c *counts) fold(ctx context.Context) (err error) {
	if c.ledger == nil {
		l, _, err := c.flags.open(c.data, c.log)
		if err != nil {
			return err
		}
		c.opened.Lock()
		c.ledger = l
		c.opened.Unlock()
	}
	began := time.Now().UnixNano()
	if err = fold(ctx, c.ledger, journalFolder(c.data), ledger.FoldOptions{Until: c.journal.Durable}); err == nil {
		c.folded.Store(began)
	}
	return c.flags.helped(c.data, err)
}

// replaced raises the alarm that the ledger's file is not there any more. Counting
// goes on with the one that is there now, or with a new one.
func (c *counts) replaced() {
	first, _, _ := journal.Bounds(journalFolder(c.data))
	out := "nothing is to be done: the journal has everything"
	if first > 1 {
		out = fmt.Sprintf("the journal begins at position %d; to have again what the ledger had from before that, stop the gateway, put a copy of the file back, and start it", first)
	}
	c.log.Error("the ledger is made anew from the journal, unless a ledger stands in its place", "error", ledger.ErrReplaced.Error(), "file", ledgerFile(c.data), "way out", out)
	c.wrong = ledger.ErrReplaced.Error() // so that it is told when it keeps up again
}

// tell logs what changed.
func (c *counts) tell(ctx context.Context, err error) {
	text := ""
	c.failing.Store(nil)
	if err != nil {
		text = err.Error()
		c.failing.Store(&text)
	}
	what, out, known := strings.Cut(text, hintMark)
	details := []any{"error", what}
	if known {
		details = append(details, "way out", out)
	}
	switch {
	case text == c.wrong || ctx.Err() != nil:
		return
	case ledger.Damaged(err):
		c.log.Error("the ledger is damaged: nothing is counted any more, and there are no reports; the journal goes on", details...)
	case err != nil:
		c.log.Warn("the ledger does not keep up; reports will fold what it lacks", details...)
	default:
		c.log.Info("the ledger keeps up again")
	}
	c.wrong = text
}
