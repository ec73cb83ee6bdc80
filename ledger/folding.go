package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"srtm/journal"
)

// Source gives a journal's records in order: a journal.Reader is one. The entry
// needs to be valid until the next call only. It returns io.EOF when there is no
// more for now, and a *journal.DamageError where something cannot be read, after
// which it goes on.
type Source interface {
	Next() (*journal.Entry, error)
}

// AheadError says that the ledger was folded from something else than the journal
// that it is to be folded from now: the journal ends before the ledger's position,
// because a power failure took its end or another data folder was restored, or it
// has another record there. Rebuild the ledger, and fold again.
type AheadError struct {
	Ledger  journal.Position // how far the ledger is
	Journal journal.Position // the last record that the journal has; the ledger's position itself, where the record there is another one
}

// Error writes it in one line.
func (e *AheadError) Error() string {
	if e.Journal == e.Ledger {
		return fmt.Sprintf("record %d of the journal is not the one that the ledger has folded; rebuild the ledger", e.Ledger)
	}
	return fmt.Sprintf("the ledger has folded up to record %d, and the journal ends with %d; rebuild the ledger", e.Ledger, e.Journal)
}

var errReadOnly = errors.New("the ledger is open for reading only")

// Fold folds the records of r, beyond Position, until io.EOF, and calls progress,
// which may be nil, after each flush. It is best for r to begin with the record at
// Position: only so a journal that is another one is found out, which is an
// *AheadError. Each flush is a transaction; what an error, or the end of ctx, comes
// before is not folded. ErrOvertaken: another process was faster; fold again with a
// source that begins at Position.
func (l *Ledger) Fold(ctx context.Context, r Source, progress func(journal.Position)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.folding(ctx, r, progress)
}

func (l *Ledger) folding(ctx context.Context, r Source, progress func(journal.Position)) error {
	if l.write == nil {
		return fmt.Errorf("folding the journal: %w", errReadOnly)
	}
	f, err := l.resume(ctx)
	if err == nil {
		err = l.foldAll(ctx, f, r, progress)
	}
	l.fold = f
	if err != nil {
		l.fold = nil // what it has added up is not in the database
		return fmt.Errorf("folding the journal: %w", err)
	}
	return nil
}

func (l *Ledger) foldAll(ctx context.Context, f *fold, r Source, progress func(journal.Position)) error {
	begin := checker{position: f.position, mark: f.writtenMark}
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		e, err := r.Next()
		var damage *journal.DamageError
		switch {
		case err == nil:
			err = begin.see(f.at, e)
			if err == nil {
				err = f.take(e)
			}
		case errors.As(err, &damage):
			l.options.Logger.Warn("a part of the journal cannot be folded", "file", damage.File, "offset", damage.Offset, "what", damage.What)
			f.damaged(damage)
			err = nil
		}
		end := errors.Is(err, io.EOF)
		if end {
			err = begin.end()
		}
		if err == nil && (end || f.batch.records >= l.options.Batch) {
			err = l.flushed(ctx, f, progress)
		}
		if err != nil || end {
			return err
		}
	}
}

func (l *Ledger) flushed(ctx context.Context, f *fold, progress func(journal.Position)) error {
	if err := l.flush(ctx, f); err != nil {
		return err
	}
	if progress != nil {
		progress(f.position)
	}
	return nil
}

// checker finds out whether a source goes on where the ledger ends.
type checker struct {
	position journal.Position
	mark     []byte
	seen     journal.Position
	done     bool
}

func (c *checker) see(at int64, e *journal.Entry) error {
	if c.done {
		return nil
	}
	c.seen = e.Position
	c.done = e.Position >= c.position
	if e.Position == c.position && c.position > 0 && !bytes.Equal(markOf(at, e.Raw), c.mark) {
		return &AheadError{c.position, e.Position}
	}
	return nil
}

func (c *checker) end() error {
	if !c.done && c.seen > 0 {
		return &AheadError{c.position, c.seen}
	}
	return nil
}

// FoldOptions say how a journal is folded. All may be left out.
type FoldOptions struct {
	Until    func() journal.Position // nothing after that is folded: for the process that writes the journal, which gives Journal.Durable
	Progress func(journal.Position)  // called after each flush with the position reached
}

// FoldJournal folds what the journal in dir has beyond Position, to its present
// end, as Fold does; and goes on after another process that was faster. Called
// again, it goes on where it ended without looking for the place. Before it folds
// into a file it makes sure of that: ErrReplaced, and see Damaged.
func (l *Ledger) FoldJournal(ctx context.Context, dir string, o FoldOptions) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		if err := l.file.check(); err != nil {
			return fmt.Errorf("folding the journal in %s: %w", dir, err)
		}
		t, err := l.follow(ctx, dir)
		if err != nil {
			return fmt.Errorf("folding the journal in %s: %w", dir, withCause(err))
		}
		t.reader.Until(o.Until)
		err = l.folding(ctx, t, o.Progress)
		if err == nil {
			t.at = l.fold.position
			return nil
		}
		err = errors.Join(err, l.dropTail())
		if !errors.Is(err, ErrOvertaken) {
			return withCause(err)
		}
	}
}

// tail reads a journal and stays where it was read up to.
type tail struct {
	dir    string
	reader *journal.Reader
	at     journal.Position // that was folded last
	fresh  journal.Position // the ledger's position, as long as nothing was read
}

// Next gives the reader's next record. A journal that ends before the ledger does
// is not the one that it was folded from. One that may not be read so far yet is:
// another process did.
func (t *tail) Next() (*journal.Entry, error) {
	e, err := t.reader.Next()
	if !errors.Is(err, io.EOF) {
		t.fresh = 0
		return e, err
	}
	if t.fresh > 0 {
		_, last, bounds := journal.Bounds(t.dir)
		if bounds != nil {
			return nil, bounds
		}
		if last < t.fresh {
			return nil, &AheadError{t.fresh, last}
		}
	}
	return nil, io.EOF
}

// follow returns a reader that stands where the ledger ends.
func (l *Ledger) follow(ctx context.Context, dir string) (*tail, error) {
	f, err := l.resume(ctx)
	if err != nil {
		return nil, err
	}
	l.fold = f
	if l.tail != nil && l.tail.dir == dir && l.tail.at == f.position {
		return l.tail, nil
	}
	if err := l.dropTail(); err != nil {
		return nil, err
	}
	reader, err := journal.OpenReader(dir, max(f.position, 1))
	if err != nil {
		return nil, err
	}
	l.tail = &tail{dir: dir, reader: reader, at: f.position, fresh: f.position}
	return l.tail, nil
}

func (l *Ledger) dropTail() error {
	t := l.tail
	l.tail = nil
	if t == nil {
		return nil
	}
	return t.reader.Close()
}
