package ledger

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"

	"srtm/journal"
	"srtm/traffic"
)

//go:embed schema.sql
var schema string

// version is that of the tables. Another one's are not read: they are rebuilt.
const version = 4

// Ledger is an open ledger. All its methods may be called from many goroutines at
// once; those that fold wait for each other.
type Ledger struct {
	options Options
	dialect dialect
	read    *sql.DB
	write   *sql.DB   // nil: read only
	file    *database // nil: it is in none

	mu      sync.Mutex // of what follows: one writes
	session *session   // nil: none yet
	fold    *fold      // as after the last flush; nil: to be loaded
	tail    *tail      // of the journal that was folded last
}

// Options say how a ledger is opened. All may be left out.
type Options struct {
	Pseudonyms *journal.Pseudonyms // nil: no target is stored, and no refusal is followed
	Logger     *slog.Logger        // nil: nothing is logged
	ReadOnly   bool                // nothing is written or made; folding is an error
	Batch      int                 // records folded in one transaction at the most; 0: 500,000
}

const (
	usualBatch      = 500_000
	mostConnections = 8
)

// ready makes and checks the tables.
func (l *Ledger) ready() (*Ledger, error) {
	if l.options.Batch <= 0 {
		l.options.Batch = usualBatch
	}
	if l.options.Logger == nil {
		l.options.Logger = slog.New(slog.DiscardHandler)
	}
	l.read.SetMaxOpenConns(mostConnections)
	ctx := context.Background()
	var err error
	if l.write != nil {
		err = l.make(ctx)
	}
	if err == nil {
		err = l.check(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Close ends it. A fold under way is to be ended before. What SQLite kept beside the
// file is brought into it, unless another process has it open.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.endSession()
	l.fold = nil
	err := l.dropTail()
	if l.read != l.write { // the one that may write goes last: whoever may only read cannot tidy up
		err = errors.Join(err, l.read.Close())
	}
	if l.write != nil {
		err = errors.Join(err, l.write.Close())
	}
	return errors.Join(err, l.file.close())
}

// make makes the tables where they are missing. Where they are there it leaves
// them alone: to make sure of a table is to lock it, and others may be folding.
func (l *Ledger) make(ctx context.Context) error {
	_, missing := l.meta(ctx, "version")
	return l.transaction(ctx, func(w *writer) error {
		if missing == nil {
			return l.begin(w)
		}
		if l.dialect.alone != "" {
			if err := w.exec(l.dialect.alone); err != nil {
				return err
			}
		}
		for _, statement := range l.dialect.schema(schema) {
			if err := w.exec(statement); err != nil {
				return fmt.Errorf("making the tables: %w", err)
			}
		}
		return l.begin(w)
	})
}

// begin fills an empty ledger with what every ledger has, and leaves others as
// they are.
func (l *Ledger) begin(w *writer) error {
	if err := w.exec("insert into meta (key, value) values ('version', ?) on conflict (key) do nothing", strconv.Itoa(version)); err != nil {
		return err
	}
	if err := w.exec("insert into meta (key, value) values ('pseudonyms', ?) on conflict (key) do nothing", l.keyCheck()); err != nil {
		return err
	}
	for v := range traffic.Verdict(traffic.Verdicts) {
		for r := range traffic.Reason(traffic.Reasons) {
			if !v.Allows(r) {
				continue
			}
			if err := w.exec(`insert into reasons (verdict, reason, verdict_name, reason_name) values (?, ?, ?, ?)
				on conflict (verdict, reason) do nothing`, int64(v), int64(r), v.String(), r.String()); err != nil {
				return err
			}
		}
	}
	return w.exec(`insert into folded (one, position, at, mark, first_position, first_at, decisions, outcomes, others, missing, state)
		values (1, 0, 0, ?, 0, 0, 0, 0, 0, 0, ?) on conflict (one) do nothing`, []byte{}, []byte{})
}

// keyCheck tells keys of pseudonyms apart: the pseudonym of no device.
func (l *Ledger) keyCheck() string {
	if l.options.Pseudonyms == nil {
		return noKey
	}
	p := l.options.Pseudonyms.Of(0)
	return hex.EncodeToString(p[:])
}

// check refuses a ledger of another version, whose numbers would mean something
// else.
func (l *Ledger) check(ctx context.Context) error {
	found, err := l.meta(ctx, "version")
	if err != nil {
		return fmt.Errorf("this is no ledger, or an empty one: %w", err)
	}
	if found != strconv.Itoa(version) {
		return fmt.Errorf("its tables are of version %q, and this program's of version %d; remove them and fold the journal again, for a file by srtm report --rebuild", found, version)
	}
	return l.ask(ctx, "its reasons", "select verdict, reason, verdict_name, reason_name from reasons").each(func(row *sql.Rows) error {
		var v, r int
		var verdict, reason string
		if err := row.Scan(&v, &r, &verdict, &reason); err != nil {
			return err
		}
		if v >= traffic.Verdicts || r >= traffic.Reasons || traffic.Verdict(v).String() != verdict || traffic.Reason(r).String() != reason {
			return fmt.Errorf("it calls verdict %d %s and reason %d %s, which this program does not; remove it and fold the journal again",
				v, verdict, r, reason)
		}
		return nil
	})
}

func (l *Ledger) meta(ctx context.Context, key string) (value string, err error) {
	err = l.read.QueryRowContext(ctx, l.dialect.statement("select value from meta where key = ?"), key).Scan(&value)
	return value, err
}

// noKey stands in meta where the ledger has no key of pseudonyms.
const noKey = "none"
