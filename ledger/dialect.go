package ledger

import (
	"database/sql"
	"fmt"
	"strconv"
	"strings"
)

// dialect is what SQLite and PostgreSQL differ by.
type dialect struct {
	name      string
	bytes     string             // the type of octets
	clustered string             // after a table whose rows are kept in the order of its key
	numbered  bool               // parameters are $1, $2, … and not ?
	begin     string             // a transaction that writes
	alone     string             // makes others wait that make tables; two at once are an error in PostgreSQL
	lock      string             // after a select of rows that are then changed
	insert    int                // parameters of one insert at the most
	isolation sql.IsolationLevel // in which several reads see one state
}

func sqliteDialect() dialect {
	return dialect{name: "SQLite", bytes: "blob", clustered: "without rowid", begin: "begin immediate", insert: 4096}
}

func postgresDialect() dialect {
	return dialect{name: "PostgreSQL", bytes: "bytea", numbered: true, begin: "begin", alone: "select pg_advisory_xact_lock(7283746)", lock: " for update", insert: 16384, isolation: sql.LevelRepeatableRead}
}

// statement returns a statement as the database wants it: each ? becomes a
// parameter. No statement has a ? elsewhere.
func (d dialect) statement(text string) string {
	if !d.numbered {
		return text
	}
	var b strings.Builder
	for n, part := range strings.Split(text, "?") {
		if n > 0 {
			b.WriteString("$" + strconv.Itoa(n))
		}
		b.WriteString(part)
	}
	return b.String()
}

// schema returns the statements that make the tables.
func (d dialect) schema(text string) []string {
	var plain strings.Builder
	for line := range strings.Lines(text) {
		before, _, _ := strings.Cut(line, "--")
		plain.WriteString(before)
	}
	text = strings.NewReplacer("{bytes}", d.bytes, "{clustered}", d.clustered).Replace(plain.String())
	var all []string
	for statement := range strings.SplitSeq(text, ";") {
		if statement = strings.TrimSpace(statement); statement != "" {
			all = append(all, statement)
		}
	}
	return all
}

// tables returns the names of the tables.
func (d dialect) tables(text string) []string {
	var names []string
	for _, statement := range d.schema(text) {
		if rest, ok := strings.CutPrefix(statement, "create table if not exists "); ok {
			name, _, _ := strings.Cut(rest, " ")
			names = append(names, name)
		}
	}
	return names
}

// merge says what becomes of a column when a row of the same key is there.
type merge uint8

const (
	key      merge = iota // part of the key
	keep                  // it stays as it is
	replace               // it is overwritten
	sum                   // the two are added
	amount                // the two are added, and stay at the most that the column can hold
	first                 // it stays, if it is not 0
	last                  // it is overwritten, if the new one is not 0
	peak                  // the greater one stays: that of the nearest column before that is called greatest
	greatest              // the greater one stays, and rules the peak columns after it
)

// column is one of a table, in the order of its insert.
type column struct {
	name string
	how  merge
}

// table is one that the fold writes.
type table struct {
	name    string
	columns []column
}

// upsert returns the statement that puts so many rows in, or merges them into
// those that are there.
func (t *table) upsert(d dialect, rows int) string {
	var names, keys, sets []string
	ruler := ""
	for _, c := range t.columns {
		names = append(names, c.name)
		if c.how == key {
			keys = append(keys, c.name)
		}
		if c.how == greatest {
			ruler = c.name
		}
		if set := t.set(c, ruler); set != "" {
			sets = append(sets, c.name+" = "+set)
		}
	}
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", len(names)), ",") + ")"
	text := fmt.Sprintf("insert into %s (%s) values %s", t.name, strings.Join(names, ", "),
		strings.TrimSuffix(strings.Repeat(row+",", rows), ","))
	switch {
	case len(keys) > 0 && len(sets) > 0:
		text += fmt.Sprintf(" on conflict (%s) do update set %s", strings.Join(keys, ", "), strings.Join(sets, ", "))
	case len(keys) > 0:
		text += fmt.Sprintf(" on conflict (%s) do nothing", strings.Join(keys, ", "))
	}
	return d.statement(text)
}

func (t *table) set(c column, ruler string) string {
	old, new := t.name+"."+c.name, "excluded."+c.name
	switch c.how {
	case replace:
		return new
	case sum:
		return old + " + " + new
	case amount:
		return fmt.Sprintf("case when %s > 9223372036854775807 - %s then 9223372036854775807 else %s + %s end", old, new, old, new)
	case first:
		return fmt.Sprintf("case when %s = 0 then %s else %s end", old, new, old)
	case last:
		return fmt.Sprintf("case when %s <> 0 then %s else %s end", new, new, old)
	case peak, greatest:
		return fmt.Sprintf("case when excluded.%s > %s.%s then %s else %s end", ruler, t.name, ruler, new, old)
	}
	return ""
}
