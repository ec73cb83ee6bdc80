package report

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // to try the page's queries
)

func docsPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "reports.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestThePageHasEveryColumn compares the page's list with the catalogue.
func TestThePageHasEveryColumn(t *testing.T) {
	page := docsPage(t)
	_, list, _ := strings.Cut(page, "| column | unit | meaning |\n|---|---|---|\n")
	var want strings.Builder
	for _, c := range catalogue {
		fmt.Fprintf(&want, "| `%s` | %s | %s |\n", c.id, c.unit, c.meaning)
	}
	if list != want.String() {
		t.Errorf("docs/reports.md lists other columns than the catalogue, which has\n%s", want.String())
	}
	for _, word := range csvLead {
		if !strings.Contains(page, "`"+word+"`") {
			t.Errorf("the page does not name the column %s", word)
		}
	}
}

// query runs one of the page's queries on a ledger.
func docsQuery(t *testing.T, path, name string) (rows [][]string) {
	t.Helper()
	match := regexp.MustCompile("(?s)```sql " + name + "\n(.*?)```").FindStringSubmatch(docsPage(t))
	if match == nil {
		t.Fatalf("the page has no query %s", name)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	found, err := db.Query(match[1])
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for found.Next() {
		cells, places := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range cells {
			places[i] = &cells[i]
		}
		if err := found.Scan(places...); err != nil {
			t.Fatal(err)
		}
		row := make([]string, len(columns))
		for i, c := range cells {
			row[i] = c.String
		}
		rows = append(rows, row)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestThePagesQueriesGiveTheReportsNumbers follows numbers of a report to the
// ledger's rows as the page tells its readers to.
func TestThePagesQueriesGiveTheReportsNumbers(t *testing.T) {
	s := tellOctober(t)
	m, _ := theMonth(t, s)
	p, _ := pageOf(t, m, "BRAVO")
	for _, row := range []struct {
		query, table string
		columns      map[int]name // of the query's columns, those that stand in the table
	}{
		{"month", "month", map[int]name{0: cOffered, 1: cForwarded, 2: cThrottled}},
		{"variants", "variants", map[int]name{0: cVariant, 1: cOffered, 2: cThrottled}},
		{"users", "users", map[int]name{1: cOffered}},
		{"episodes", "episodes", map[int]name{3: cOffered, 4: cForwarded, 5: cSpare, 6: cThrottled, 7: cTopUps}},
		{"followed", "followed", map[int]name{0: cVariant, 1: cRefusals, 2: cRequests, 3: cLater, 4: cLikely, 5: cNever}},
	} {
		rows := docsQuery(t, s.path, row.query)
		for place, column := range row.columns {
			cells := cellsOf(t, p, row.table, column)
			if len(cells) != len(rows) || len(rows) == 0 {
				t.Fatalf("%s: %d rows, and %d in the report", row.query, len(rows), len(cells))
			}
			for i, c := range cells {
				want, got := c.plain(catalogue[column].form), rows[i][place]
				if got == "" {
					got = "0" // nothing was sent in that episode
				}
				if got != want {
					t.Errorf("%s: row %d has %s %s, and the report %s", row.query, i, catalogue[column].id, got, want)
				}
			}
		}
	}
	if rows := docsQuery(t, s.path, "broken"); len(rows) != 0 {
		t.Errorf("broken: %v", rows)
	}
	shadow := tellShadow(t)
	m, _ = theMonth(t, shadow)
	p, _ = pageOf(t, m, "shadow")
	for query, column := range map[string]int{"shadow": 2, "lowered": 5} {
		var got, want uint64
		for _, row := range docsQuery(t, shadow.path, query) {
			n, err := strconv.ParseUint(row[column], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			got += n
		}
		if want = sumCells(cellsOf(t, p, "accounts", cShadow)); query == "lowered" {
			panel, _ := pageOf(t, m, "panel")
			want = sumCells(cellsOf(t, panel, "below_standing", cWithinStanding))
		}
		if got != want || got == 0 {
			t.Errorf("%s: the page's query gives %d, and the report %d", query, got, want)
		}
	}
	m, _ = theMonth(t, s)
	p, _ = pageOf(t, m, "BRAVO")
	if rows := docsQuery(t, s.path, "minutes"); len(rows) == 0 || rows[0][3] == "0" {
		t.Errorf("minutes: %v", rows)
	}
	rows := docsQuery(t, s.path, "peaks")
	if c := cellsOf(t, p, "month", cPeak)[0]; len(rows) != 5 || rows[0][1] != fmt.Sprint(c.n*1_000_000) {
		t.Errorf("peaks: %v, and in the report %d", rows, c.n)
	}
}

// TestEveryColumnIsUsed finds columns that no table has.
func TestEveryColumnIsUsed(t *testing.T) {
	var used [names]bool
	for _, s := range []*teller{tellMonth(t, lively), tellShadow(t), tellApart(t)} {
		m, _ := theMonth(t, s)
		for _, e := range m.editions(1) {
			for _, table := range e.make().tables() {
				for _, c := range table.columns {
					used[c] = true
				}
			}
		}
	}
	for i, there := range used {
		if !there {
			t.Errorf("no table has the column %s", catalogue[i].id)
		}
	}
}
