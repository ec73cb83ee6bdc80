package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"html"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// read is a table as it was found in a rendering: rows of cells by column, each
// in the form that machines read.
type read struct{ rows []map[string]string }

// readCSV reads a CSV file of a page by tables.
func readCSV(t *testing.T, text []byte) map[string]*read {
	t.Helper()
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]*read{}
	for _, line := range lines[1:] {
		name := line[slices.Index(lines[0], "table")]
		if tables[name] == nil {
			tables[name] = &read{}
		}
		row := map[string]string{}
		for i, id := range lines[0] {
			if i >= len(csvLead) && line[i] != "" {
				row[id] = line[i]
			}
		}
		tables[name].rows = append(tables[name].rows, row)
	}
	return tables
}

// readXLSX reads a workbook by sheets.
func readXLSX(t *testing.T, text []byte) map[string]*read {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tables := map[string]*read{}
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		if panes, err := f.GetPanes(sheet); err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("sheet %s has no frozen heading: %+v, %v", sheet, panes, err)
		}
		if sheet == "about" || len(rows) == 0 {
			continue
		}
		tables[sheet] = &read{}
		for n, line := range rows[1:] {
			row := map[string]string{}
			for i, value := range line {
				place, err := excelize.CoordinatesToCellName(i+1, n+2)
				if err != nil {
					t.Fatal(err)
				}
				if formula, err := f.GetCellFormula(sheet, place); err != nil || formula != "" {
					t.Errorf("%s!%s is a formula: %q, %v", sheet, place, formula, err)
				}
				if value != "" {
					row[rows[0][i]] = value
				}
			}
			tables[sheet].rows = append(tables[sheet].rows, row)
		}
	}
	return tables
}

// machine turns what a person or a spreadsheet reads into what a machine reads,
// to the millisecond.
func machine(t *testing.T, f form, text string) string {
	t.Helper()
	number := func(text string) float64 {
		n, err := strconv.ParseFloat(strings.NewReplacer(",", "", "−", "-").Replace(text), 64)
		if err != nil {
			t.Fatalf("%q is no number", text)
		}
		return n
	}
	switch f {
	case formCount, formReference:
		return fmt.Sprintf("%.0f", number(text))
	case formDecimal:
		return fmt.Sprintf("%.3f", number(text))
	case formDuration:
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return fmt.Sprintf("%.3f", n)
		}
		fields := strings.Fields(strings.ReplaceAll(text, "−", "-"))
		seconds := 0.0
		for i := 0; i+1 < len(fields); i += 2 {
			seconds += number(fields[i]) * map[string]float64{"h": 3600, "min": 60, "s": 1}[fields[i+1]]
		}
		return fmt.Sprintf("%.3f", seconds)
	case formMoment, formDay:
		if serial, err := strconv.ParseFloat(text, 64); err == nil {
			at := time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC).Add(time.Duration(serial * 86400e9))
			return at.Round(time.Millisecond).Format("2006-01-02 15:04:05.000")
		}
		for _, layout := range []string{"2006-01-02 15:04:05.000", time.RFC3339Nano, time.DateOnly, "Mon 2 Jan"} {
			if at, err := time.Parse(layout, text); err == nil {
				if at.Year() == 0 {
					at = at.AddDate(2026, 0, 0)
				}
				return at.Format("2006-01-02 15:04:05.000")
			}
		}
		t.Fatalf("%q is no time", text)
	}
	return strings.TrimPrefix(text, "'")
}

// TestTheSameFiguresInAllThree reads each edition's three files back and compares
// all cells.
func TestTheSameFiguresInAllThree(t *testing.T) {
	for month, tell := range map[string]func(testing.TB) *teller{
		"quiet and overload":   tellOctober,
		"all that can happen":  func(t testing.TB) *teller { return tellMonth(t, lively) },
		"records only of some": tellGaps,
		"a month in shadow":    tellShadow,
		"one in shadow":        tellApart,
	} {
		t.Run(month, func(t *testing.T) {
			m, _ := theMonth(t, tell(t))
			compareEditions(t, m)
		})
	}
}

func compareEditions(t *testing.T, m *month) {
	t.Helper()
	for _, e := range m.editions(1) {
		p := e.make()
		files := render(t, m, e)
		page, sheet, lines := readHTML(t, files[".html"]), readXLSX(t, files[".xlsx"]), readCSV(t, files[".csv"])
		for _, table := range p.tables() {
			rows := table.rows
			if table.sum {
				rows = rows[:len(rows)-1]
			}
			for name, found := range map[string]*read{"XLSX": sheet[table.id], "CSV": lines[table.id]} {
				if len(rows) > 0 && (found == nil || len(found.rows) != len(rows)) {
					t.Fatalf("%s: table %s has %d rows and the %s has %+v", e.file, table.id, len(rows), name, found)
				}
				for i, row := range rows {
					comparison{fmt.Sprintf("%s: %s row %d in the %s", e.file, table.id, i, name), table, row, table.columns}.with(t, found.rows[i])
				}
			}
			onPage := page[table.id]
			for i, row := range rows {
				must, why := mustShow(p, table, i)
				if shown := onPage.row(i); (shown != nil) != (must != nil) {
					t.Errorf("%s: %s row %d: %s; on the page is %v", e.file, table.id, i, why, shown)
				} else {
					comparison{fmt.Sprintf("%s: %s row %d on the page", e.file, table.id, i), table, row, must}.with(t, shown)
				}
			}
		}
		if text := string(files[".html"]); e.kind != "public" && m.head != "" && !strings.Contains(text, html.EscapeString(m.head)) {
			t.Errorf("%s has no signed head", e.file)
		}
	}
}

// comparison is of one row of the model with what was found of it.
type comparison struct {
	where string
	table *table
	row   []cell
	must  []name // columns that must be there
}

func (r comparison) with(t *testing.T, found map[string]string) {
	t.Helper()
	for j, c := range r.table.columns {
		column := catalogue[c]
		want := r.row[j].plain(column.form)
		got, there := found[column.id]
		if !there && (want == "" || !slices.Contains(r.must, c)) {
			continue
		}
		if !there || machine(t, column.form, got) != machine(t, column.form, want) {
			t.Errorf("%s: %s is %q, and %q in the model", r.where, column.id, got, want)
		}
	}
}

// mustShow says which columns of a row the page must have; nil: it must not have
// the row at all, for the reason that is given.
func mustShow(p *page, table *table, i int) (must []name, why string) {
	for _, s := range p.sections {
		for _, c := range s.cards {
			switch {
			case c.table == table && c.row == i:
				return slices.DeleteFunc(slices.Clone(table.columns), func(n name) bool { return n == cEpisode && len(table.page.brief) == 0 }), "it has a card"
			case c.lines == table && i >= c.first && i < c.last:
				return table.page.brief, "its card lists it"
			}
		}
	}
	must = table.columns
	if len(table.page.brief) > 0 {
		must = table.page.brief
	}
	offered, cost := slices.Index(table.columns, cOffered), slices.Index(table.columns, cCost)
	if cost >= 0 && !slices.ContainsFunc(table.rows, func(row []cell) bool { return row[cost].n != 1000*row[offered].n }) {
		must = slices.DeleteFunc(slices.Clone(must), func(n name) bool { return n == cCost })
	}
	without := slices.Index(table.columns, cWithout)
	if without >= 0 && !slices.ContainsFunc(table.rows, func(row []cell) bool { return row[without].n != 0 }) {
		must = slices.DeleteFunc(slices.Clone(must), func(n name) bool { return n == cWithout })
	}
	if i := slices.Index(table.columns, cShadowClosed); i >= 0 && !slices.ContainsFunc(table.rows, func(row []cell) bool { return row[i].n != 0 }) {
		must = slices.DeleteFunc(slices.Clone(must), func(n name) bool { return n == cShadowClosed })
	}
	empty := func(j int) bool { // and as empty as row i: nothing was, or nothing is known
		if j < 0 || j >= len(table.rows) || table.rows[j][1].set != table.rows[i][1].set {
			return false
		}
		row := slices.Clone(table.rows[j][1:])
		if without >= 0 && !row[0].set {
			row[without-1] = cell{}
		}
		return !slices.ContainsFunc(row, func(c cell) bool { return c.n != 0 || c.text != "" && c.text != "none" })
	}
	switch {
	case table.page.sheets:
		return nil, "the table is not on the page"
	case table.page.cards:
		return nil, "no card lists it"
	case table.page.most > 0 && i >= table.page.most:
		return nil, "it is beyond the first ones"
	case table.page.quiet && empty(i) && (empty(i-1) || empty(i+1)):
		return nil, "there was nothing, as on the day beside"
	}
	return must, "it is in the table"
}

// render returns an edition's files by their endings.
func render(t testing.TB, m *month, e edition) map[string][]byte {
	t.Helper()
	tmpl, err := newTemplate()
	if err != nil {
		t.Fatal(err)
	}
	p := e.make()
	files := map[string][]byte{}
	for ending, write := range map[string]func(io.Writer) error{
		".html": func(w io.Writer) error { return p.writeHTML(w, tmpl) },
		".csv":  func(w io.Writer) error { return p.writeCSV(w, m.lead(e, 1)) },
		".xlsx": p.writeXLSX,
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		files[ending] = b.Bytes()
	}
	return files
}
