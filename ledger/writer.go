package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"strings"
)

// session is a connection that writes, with what was prepared on it. Transactions
// are begun and ended by statements, because a sql.Tx prepares each anew.
type session struct {
	conn     *sql.Conn
	prepared map[statementKey]*sql.Stmt
}

type statementKey struct {
	table string
	rows  int
}

func (s *session) close() {
	for _, stmt := range s.prepared {
		_ = stmt.Close()
	}
	_ = s.conn.Close()
}

// transaction has do write, all or nothing. One at a time.
func (l *Ledger) transaction(ctx context.Context, do func(*writer) error) error {
	if l.session == nil {
		conn, err := l.write.Conn(ctx)
		if err != nil {
			return fmt.Errorf("connecting: %w", err)
		}
		l.session = &session{conn, map[statementKey]*sql.Stmt{}}
	}
	w := &writer{ctx: ctx, d: l.dialect, session: l.session}
	err := w.exec(l.dialect.begin)
	if err == nil {
		if err = do(w); err == nil {
			err = w.exec("commit")
		}
	}
	if err != nil { // whatever state it is in: it is not used again
		w.ctx = context.WithoutCancel(ctx)
		_ = w.exec("rollback")
		l.endSession()
	}
	return err
}

func (l *Ledger) endSession() {
	if l.session != nil {
		l.session.close()
		l.session = nil
	}
}

// writer puts rows into tables within one transaction, many with one statement.
type writer struct {
	ctx     context.Context
	d       dialect
	session *session
	args    []any
}

// rows puts n rows in; values appends those of row i.
func (w *writer) rows(t *table, n int, values func(i int, to []any) []any) error {
	for i := 0; i < n; {
		chunk := w.chunk(t, n-i)
		w.args = w.args[:0]
		for range chunk {
			w.args = values(i, w.args)
			i++
		}
		if len(w.args) != chunk*len(t.columns) {
			return fmt.Errorf("a row of %s has not %d values", t.name, len(t.columns))
		}
		if err := w.put(t, chunk); err != nil {
			return err
		}
	}
	return nil
}

// chunk returns how many of n rows go into one statement: so that few different
// statements are enough for any n.
func (w *writer) chunk(t *table, n int) int {
	size := 1
	for size*4 <= n && size*4*len(t.columns) <= w.d.insert {
		size *= 4
	}
	return size
}

func (w *writer) put(t *table, rows int) error {
	key := statementKey{t.name, rows}
	stmt := w.session.prepared[key]
	if stmt == nil {
		var err error
		if stmt, err = w.session.conn.PrepareContext(w.ctx, t.upsert(w.d, rows)); err != nil {
			return fmt.Errorf("preparing to write %s: %w", t.name, err)
		}
		w.session.prepared[key] = stmt
	}
	if _, err := stmt.ExecContext(w.ctx, w.args...); err != nil {
		return fmt.Errorf("writing %d rows of %s: %w", rows, t.name, err)
	}
	return nil
}

func (w *writer) exec(text string, args ...any) error {
	_, err := w.session.conn.ExecContext(w.ctx, w.d.statement(text), args...)
	return err
}

func (w *writer) ask(what, text string, args ...any) question {
	return question{w.ctx, w.session.conn, w.d, what, text, args}
}

// plainValue makes what a database takes of a value of a record: integers, texts that
// are texts, octets.
func plainValue(v any) any {
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Bool:
		return number(r.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return int64(r.Uint())
	case reflect.String:
		return text(r.String())
	}
	return v
}

func number(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

// text returns s as both databases can hold it.
func text(s string) string {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' {
			return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
		}
	}
	return s
}
