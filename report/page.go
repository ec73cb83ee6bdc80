package report

import (
	"fmt"
	"html/template"
	"strings"

	"srtm/plot"
)

// page is one edition for one reader, with all its figures. HTML, CSV and XLSX
// are renderings of it and add nothing.
type page struct {
	file           string // without ending, as 2026-10-BRAVO
	title          string
	classification string
	facts          []fact // month, version, environment and so on, as they stand under the title
	notices        []string
	sections       []section
}

// fact is something that the head of a page says.
type fact struct{ Name, Value string }

// section is a part of a page with its own heading.
type section struct {
	title   string
	words   []string // paragraphs before tables
	figures []figure
	tables  []*table
	cards   []card   // after the tables
	after   []string // paragraphs after them
	text    string   // to be shown as it is, line by line
}

// figure is a plot with what stands below it.
type figure struct {
	title string
	note  string
	plot  plot.Plot
	drawn template.HTML // the plot, where it was drawn before
}

// card is what HTML shows of one row of a table: a sentence, a plot, and the
// row's figures, all together.
type card struct {
	title  string
	words  []string
	figure *figure
	table  *table
	row    int
	lines  *table // another table whose rows from first to before last belong to it; may be nil
	first  int
	last   int
}

// tile is a figure that matters: HTML shows it large.
type tile struct {
	title  string // the column's own where empty
	column name
	beside name   // another figure in small letters below it
	words  string // how beside is said: %s is the figure
}

// table is what a page says in rows: a table of the HTML, a sheet of the XLSX,
// the rows of one name in the CSV.
type table struct {
	id      string // stable, lower case
	title   string
	note    string
	columns []name
	rows    [][]cell
	sum     bool // the last row is the sum of the others
	upright bool // there is one row, which HTML shows as a list
	page    onPage
}

// onPage is what HTML does otherwise than to show a table as it is. CSV and XLSX
// have all of it in any case.
type onPage struct {
	tiles   []tile // of an upright table: shown large
	zeros   []name // of an upright table: said in one line where they are 0
	brief   []name // only these columns; cards have the others
	wide    []name // not on paper, where the table does not fit with them
	most    int    // only so many rows; 0: all
	hidden  string // of an upright table: what stands for a figure that is missing; empty: it is left out
	quiet   bool   // days in a row on which nothing was, or of which nothing is known, are one line
	unknown string // what that line says of the latter; empty: that there are no records
	fine    bool   // times to the millisecond
	cards   bool   // only the rows that belong to cards, in them
	sheets  bool   // nothing: the page says it otherwise, or not
}

// newTable returns a table without rows.
func newTable(id, title string, columns ...name) *table {
	return &table{id: id, title: title, columns: columns}
}

// add appends a row, which must have a cell for each column.
func (t *table) add(cells ...cell) {
	if len(cells) != len(t.columns) {
		panic(fmt.Sprintf("report: table %s has %d columns and a row of %d cells", t.id, len(t.columns), len(cells)))
	}
	t.rows = append(t.rows, cells)
}

// total appends the sum of all rows, named so in the first column. Only the
// named columns are added up; the others stay empty.
func (t *table) total(added ...name) {
	if len(t.rows) < 2 {
		return
	}
	sums := make([]cell, len(t.columns))
	for i, c := range t.columns {
		for _, a := range added {
			if a != c {
				continue
			}
			for _, row := range t.rows {
				sums[i].set = sums[i].set || row[i].set
				sums[i].n += row[i].n
			}
		}
	}
	t.rows, t.sum = append(t.rows, sums), true
}

// summands are the rows without their sum.
func (t *table) summands() [][]cell {
	if t.sum {
		return t.rows[:len(t.rows)-1]
	}
	return t.rows
}

// tables returns all tables of the page, in their order.
func (p *page) tables() []*table {
	var all []*table
	for _, s := range p.sections {
		all = append(all, s.tables...)
	}
	return all
}

// decimals is how many decimals each column of the table shows to people: as
// many as its longest needs.
func (t *table) decimals() []int {
	shown := make([]int, len(t.columns))
	for _, row := range t.rows {
		for i, c := range row {
			if c.set && catalogue[t.columns[i]].form == formDecimal {
				shown[i] = max(shown[i], decimalsOf(c.n))
			}
		}
	}
	return shown
}

// drawing is the plot as a part of the page. The room plot escapes every text.
func (f figure) drawing() template.HTML {
	if f.drawn != "" {
		return f.drawn
	}
	return template.HTML(f.plot.HTML())
}

// anchor makes a section's name for links.
func anchor(title string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(title)), "-")
}
