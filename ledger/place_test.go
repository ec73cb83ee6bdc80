package ledger

import (
	"bufio"
	"database/sql"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"srtm/journal"
)

// place is somewhere a ledger can be: a file, or a database of a real server.
type place struct {
	name string
	open func(Options) (*Ledger, error)
	db   func() (*sql.DB, error) // to look at the tables without a Ledger
}

// kinds are the databases that everything is tested on.
var kinds = []struct {
	name string
	make func(testing.TB) place
}{
	{"SQLite", sqlitePlace},
	{"PostgreSQL", postgresPlace},
}

// onBoth runs a test on both databases.
func onBoth(t *testing.T, test func(*testing.T, func() place)) {
	t.Helper()
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) { test(t, func() place { return k.make(t) }) })
	}
}

// stories has many stories checked; fewer where each takes long.
func stories(t *testing.T, p place, check func(rapid.TB, uint64)) {
	t.Helper()
	if p.name == "SQLite" {
		rapid.Check(t, func(rt *rapid.T) { check(rt, rapid.Uint64().Draw(rt, "seed")) })
		return
	}
	for seed := range uint64(16) {
		check(t, seed)
	}
	check(t, 22) // which has an episode whose end nobody witnessed: one story in sixty has
}

var places atomic.Int64

func sqlitePlace(tb testing.TB) place {
	path := filepath.Join(tb.TempDir(), fmt.Sprintf("a ledger?%d.db", places.Add(1)))
	return place{
		name: "SQLite",
		open: func(o Options) (*Ledger, error) { return OpenSQLite(path, o) },
		db: func() (*sql.DB, error) {
			return sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path}).String())
		},
	}
}

// postgresPlace is an empty database of a server that runs for these tests alone.
func postgresPlace(tb testing.TB) place {
	tb.Helper()
	s, err := server()
	if err != nil {
		tb.Fatalf("PostgreSQL: %v", err)
	}
	name := fmt.Sprintf("ledger%d", places.Add(1))
	admin, err := sql.Open("pgx", s.dsn("postgres"))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = admin.Close() }()
	if _, err := admin.Exec("create database " + name); err != nil {
		tb.Fatal(err)
	}
	return place{
		name: "PostgreSQL",
		open: func(o Options) (*Ledger, error) { return OpenPostgres(s.dsn(name), o) },
		db:   func() (*sql.DB, error) { return sql.Open("pgx", s.dsn(name)) },
	}
}

// postgres is a running server, in a folder that goes with it.
type postgres struct {
	folder  string
	command *exec.Cmd
	hold    io.Closer
}

func (p *postgres) dsn(database string) string {
	return fmt.Sprintf("host=%s user=postgres password=s3cret dbname=%s", p.folder, database)
}

// server starts the server when it is first needed; TestMain stops it.
var server = sync.OnceValues(startPostgres)

var started atomic.Pointer[postgres]

func TestMain(m *testing.M) {
	code := m.Run()
	if p := started.Load(); p != nil {
		_ = p.hold.Close()
		_ = p.command.Wait()
	}
	os.Exit(code)
}

// keeper has a server run for as long as somebody holds its standard input open:
// it ends with the tests, however they end.
const keeper = `
cd "$2" || exit 1
"$1/initdb" -D data -A trust -U postgres --no-sync --locale=C.UTF-8 -E UTF8 >log 2>&1 &&
"$1/pg_ctl" -w -t 60 -D data -l log -o "-c listen_addresses= -c fsync=off -c full_page_writes=off -k $2" start >>log 2>&1 ||
{ cat log; exit 1; }
echo ready
read -r _
"$1/pg_ctl" -m immediate -D data stop >>log 2>&1
cd / && rm -rf "$2"
`

func startPostgres() (*postgres, error) {
	out, err := exec.Command("../scripts/postgres").Output()
	if err != nil {
		return nil, fmt.Errorf("scripts/postgres: %w", err)
	}
	folder, err := os.MkdirTemp("", "srtm-pg-")
	if err != nil {
		return nil, err
	}
	p := &postgres{folder: folder, command: exec.Command("sh", "-c", keeper, "keeper", strings.TrimSpace(string(out)), folder)}
	if p.command.SysProcAttr, err = unprivileged(folder); err != nil {
		return nil, err
	}
	p.command.Dir = folder
	if p.hold, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	says, err := p.command.StdoutPipe()
	if err == nil {
		err = p.command.Start()
	}
	if err != nil {
		return nil, err
	}
	started.Store(p)
	lines := bufio.NewReader(says)
	if first, err := lines.ReadString('\n'); err != nil || first != "ready\n" {
		rest, _ := io.ReadAll(lines)
		return nil, fmt.Errorf("the server did not start: %s%s", first, rest)
	}
	return p, nil
}

// unprivileged hands a folder to somebody who is not root, as whom a PostgreSQL
// server may run.
func unprivileged(folder string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		if who, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, err1 := strconv.Atoi(who.Uid)
	gid, err2 := strconv.Atoi(who.Gid)
	if err1 != nil || err2 != nil {
		return nil, fmt.Errorf("user %s has no number", who.Username)
	}
	if err := os.Chown(folder, uid, gid); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

// dump returns all rows of all tables, as text, in order.
func dump(tb testing.TB, p place) map[string][]string {
	tb.Helper()
	db, err := p.db()
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	tables := map[string][]string{}
	for _, name := range sqliteDialect().tables(schema) {
		tables[name] = dumpTable(tb, db, name)
	}
	return tables
}

func dumpTable(tb testing.TB, db *sql.DB, name string) []string {
	tb.Helper()
	rows, err := db.Query("select * from " + name)
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		tb.Fatal(err)
	}
	var all []string
	for rows.Next() {
		values, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			tb.Fatal(err)
		}
		text := make([]string, len(columns))
		for i, v := range values {
			if b, ok := v.([]byte); ok {
				v = fmt.Sprintf("x%x", b)
			}
			text[i] = fmt.Sprintf("%s=%v", columns[i], v)
		}
		all = append(all, strings.Join(text, " "))
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// differences says in which rows two dumps differ.
func differences(a, b map[string][]string) string {
	var text strings.Builder
	for name := range a {
		for _, row := range a[name] {
			if _, found := slices.BinarySearch(b[name], row); !found {
				fmt.Fprintf(&text, "- %s: %s\n", name, row)
			}
		}
		for _, row := range b[name] {
			if _, found := slices.BinarySearch(a[name], row); !found {
				fmt.Fprintf(&text, "+ %s: %s\n", name, row)
			}
		}
	}
	return text.String()
}

func pseudonyms(tb testing.TB) *journal.Pseudonyms {
	tb.Helper()
	p, err := journal.LoadPseudonyms(filepath.Join(tb.TempDir(), "pseudonym.key"))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}
