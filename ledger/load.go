package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"time"

	"srtm/duis"
	"srtm/journal"
)

// resume returns the fold as the database has it: the one at hand, if nobody else
// has folded since.
func (l *Ledger) resume(ctx context.Context) (*fold, error) {
	if l.write == nil {
		return nil, errReadOnly
	}
	tx, err := l.read.BeginTx(ctx, &sql.TxOptions{Isolation: l.dialect.isolation, ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("beginning to read: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	s := &loader{ctx: ctx, tx: tx, d: l.dialect}
	var position int64
	var mark []byte
	if err := tx.QueryRowContext(ctx, "select position, mark from folded where one = 1").Scan(&position, &mark); err != nil {
		return nil, fmt.Errorf("reading how far the ledger is: %w", err)
	}
	if f := l.fold; f != nil && int64(f.written) == position && bytes.Equal(f.writtenMark, mark) {
		return f, nil
	}
	if err := l.checkKey(ctx); err != nil {
		return nil, err
	}
	f := newFold(l.options.Pseudonyms)
	for _, part := range []func(*fold) error{s.system, s.variants, s.accounts, s.open} {
		if err := part(f); err != nil {
			return nil, fmt.Errorf("reading the state of the fold: %w", err)
		}
	}
	f.gather()
	return f, nil
}

// checkKey refuses to go on with another key of pseudonyms: one device would have
// two.
func (l *Ledger) checkKey(ctx context.Context) error {
	kept, err := l.meta(ctx, "pseudonyms")
	if err != nil {
		return fmt.Errorf("reading whose pseudonyms it has: %w", err)
	}
	if kept != l.keyCheck() {
		return fmt.Errorf("the ledger was begun with another key of pseudonyms, or with none; give it the same or rebuild it")
	}
	return nil
}

// gather finds the accounts of the second under way.
func (f *fold) gather() {
	for _, a := range f.accounts {
		if now := f.clock / int64(time.Second); f.position > 0 && a.second.at == now {
			f.asked = append(f.asked, a)
		}
	}
}

type loader struct {
	ctx context.Context
	tx  *sql.Tx
	d   dialect
}

func (s *loader) ask(what, text string) question { return question{s.ctx, s.tx, s.d, what, text, nil} }

func (s *loader) system(f *fold) error {
	return s.ask("how far it is", `select position, at, mark, first_position, first_at, decisions, outcomes, others, missing, state from folded
		where one = 1`).each(func(r *sql.Rows) error {
		var state []byte
		t := &f.tallies
		if err := r.Scan(&f.position, &f.at, &f.writtenMark, &f.first, &f.firstAt, &t.decisions, &t.outcomes, &t.others, &t.missing,
			&state); err != nil {
			return err
		}
		f.written = f.position
		if f.position == 0 {
			return nil
		}
		c := &coder{b: state, reading: true}
		f.code(c)
		return c.finish()
	})
}

func (s *loader) variants(f *fold) error {
	return s.ask("variants that are in no catalogue", "select variant from other_variants order by id").each(func(r *sql.Rows) error {
		var name string
		err := r.Scan(&name)
		f.names.learn(name)
		return err
	})
}

func (s *loader) accounts(f *fold) error {
	return s.ask("accounts", "select id, name, state from accounts").each(func(r *sql.Rows) error {
		a := newAccount(0, "")
		var state []byte
		if err := r.Scan(&a.id, &a.name, &state); err != nil {
			return err
		}
		c := &coder{b: state, reading: true}
		a.code(c)
		f.accounts[a.id] = a
		return c.finish()
	})
}

func (s *loader) open(f *fold) error {
	return s.ask("refused requests that are followed", `select position, at, account, user_id, target, counter, second_message, likely, variant
		from open_refusals order by position`).each(func(r *sql.Rows) error {
		var o open
		var user, counter int64
		var target []byte
		var second, likely int64
		var name string
		if err := r.Scan(&o.position, &o.at, &o.account, &user, &target, &counter, &second, &likely, &name); err != nil {
			return err
		}
		var p journal.Pseudonym
		if copy(p[:], target) != len(p) || f.pseudonyms == nil {
			return errState
		}
		device, ok := f.pseudonyms.Target(p)
		if !ok {
			return errState
		}
		o.id = duis.RequestID{Originator: duis.EUI64(user), Target: device, Counter: uint64(counter)}
		o.second, o.likely, o.kept = second != 0, likely != 0, true
		o.variant, _ = f.names.variant(name)
		f.follower.insert(o)
		return nil
	})
}

// Position returns the position of the last record that was folded; 0: none.
func (l *Ledger) Position() (p journal.Position, err error) {
	err = l.read.QueryRow("select position from folded where one = 1").Scan(&p)
	if err != nil {
		return 0, fmt.Errorf("reading how far the ledger is: %w", err)
	}
	return p, nil
}

// Rebuild empties the ledger; the next fold begins with the oldest record kept. It
// also takes on the key of pseudonyms that the ledger was opened with.
func (l *Ledger) Rebuild(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.write == nil {
		return fmt.Errorf("rebuilding the ledger: %w", errReadOnly)
	}
	l.fold = nil
	if err := l.empty(ctx); err != nil {
		return fmt.Errorf("rebuilding the ledger: %w", err)
	}
	return l.dropTail()
}

func (l *Ledger) empty(ctx context.Context) error {
	return l.transaction(ctx, func(w *writer) error {
		if err := w.ask("its lock", "select one from folded where one = 1"+w.d.lock).each(func(*sql.Rows) error { return nil }); err != nil {
			return err
		}
		for _, name := range l.dialect.tables(schema) {
			if err := w.exec("delete from " + name); err != nil {
				return err
			}
		}
		return l.begin(w)
	})
}
