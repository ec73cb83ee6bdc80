package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// htmlTable is a table of a page: a list, where it is upright, or else one table
// for screens and, where that is too wide for paper, several for paper.
type htmlTable struct {
	ID, Title, Note string
	Doubled         bool   // the section's heading says the title
	Of              string // the card that it is in; empty: none
	First           int    // the table's rows before the first one here
	List            *htmlList
	Whole           htmlPart
	Parts           []htmlPart // for paper; none: Whole is for it too
	Missing         string     // titles of columns that are not on paper
}

// Label names the table to those who do not see where it stands.
func (h htmlTable) Label() string {
	if h.Of == "" {
		return h.Title
	}
	return h.Of + ": " + h.Title
}

// htmlPart is as many columns of a table as fit on a page of paper, after those
// that name the row.
type htmlPart struct {
	Title   string
	Columns []htmlColumn
	Rows    []htmlRow
	Foot    []htmlCell
}

// Short says whether the part should stand whole on one sheet of paper.
func (h htmlPart) Short() bool { return len(h.Rows) <= 15 }

// Wide says whether the part is too wide for a telephone, which then has a card
// for each row.
func (h htmlPart) Wide() bool {
	const phone = 44 // letters side by side
	sum := 0
	for i := range h.Columns {
		sum += h.width(i)
	}
	return sum > phone
}

type htmlColumn struct {
	ID, Title, Unit, Class, Meaning string
}

// htmlRow has a cell for each column, or stands for several rows in which there
// is nothing.
type htmlRow struct {
	Cells []htmlCell
	Quiet string
	Count int // of rows that Quiet stands for
}

type htmlCell struct{ Class, Text, Exact string }

func (t *table) html() htmlTable {
	h := htmlTable{ID: t.id, Title: plainText(t.title), Note: plainText(t.note)}
	if t.upright && len(t.rows) == 1 {
		list := t.list(0)
		h.List = &list
		return h
	}
	h.Whole = t.htmlWhole()
	h.Parts, h.Missing = h.Whole.onPaper(t)
	if rest := t.beyond(); rest != "" {
		h.Note = strings.TrimSpace(rest + " " + h.Note)
	}
	return h
}

// onPaper divides what does not fit on a sheet: first without the columns that
// can be missed, then in several parts.
func (h htmlPart) onPaper(t *table) (parts []htmlPart, missing string) {
	places := h.divide(t.keys())
	if len(places) < 2 {
		return nil, ""
	}
	var kept []int
	var left []string
	for i, c := range h.Columns {
		if slices.ContainsFunc(t.page.wide, func(n name) bool { return catalogue[n].id == c.ID }) {
			left = append(left, c.Title)
		} else {
			kept = append(kept, i)
		}
	}
	h, missing = h.pick(kept), strings.Join(left, ", ")
	places = h.divide(t.keys())
	for i, columns := range places {
		part := h.pick(columns)
		if len(places) > 1 {
			part.Title = fmt.Sprintf("%s (%d of %d)", h.Title, i+1, len(places))
		}
		parts = append(parts, part)
	}
	return parts, missing
}

// beyond says what CSV and XLSX have of the table and the page has not.
func (t *table) beyond() string {
	if n := len(t.rows); t.page.most > 0 && n > t.page.most {
		return fmt.Sprintf("The first %d of %s rows; all of them are in the CSV and the XLSX.", t.page.most, grouped(int64(n)))
	}
	return ""
}

// columnsOnPage are the places of the columns that a page shows. Left out is one
// without any number, and cost where it is nothing but the number of requests.
func (t *table) columnsOnPage() []int {
	var places []int
	for i, c := range t.columns {
		switch {
		case len(t.page.brief) > 0 && !slices.Contains(t.page.brief, c):
		case i >= t.keys() && len(t.rows) > 0 && !slices.ContainsFunc(t.rows, func(row []cell) bool { return row[i].set }):
		case c == cCost && t.costIsOffered(i):
		case (c == cWithout || c == cShadowClosed) && !slices.ContainsFunc(t.rows, func(row []cell) bool { return row[i].n != 0 }):
		default:
			places = append(places, i)
		}
	}
	return places
}

func (t *table) costIsOffered(cost int) bool {
	offered := slices.Index(t.columns, cOffered)
	return offered >= 0 && !slices.ContainsFunc(t.rows, func(row []cell) bool { return row[cost].n != row[offered].n*1000 })
}

func (t *table) htmlWhole() htmlPart {
	h := htmlPart{Title: plainText(t.title)}
	places := t.columnsOnPage()
	for _, i := range places {
		col := catalogue[t.columns[i]]
		h.Columns = append(h.Columns, htmlColumn{col.id, col.title, col.showUnit(), col.class(), col.meaning})
	}
	decimals := t.decimals()
	cells := func(row []cell) []htmlCell {
		shown := make([]htmlCell, len(places))
		for to, i := range places {
			shown[to] = t.show(row, i, decimals[i])
		}
		return shown
	}
	rows := t.rows
	if t.sum {
		last := rows[len(rows)-1]
		rows = rows[:len(rows)-1]
		h.Foot = cells(last)
		for to, i := range places {
			if !last[i].set {
				h.Foot[to].Text = ""
			}
		}
		h.Foot[0] = htmlCell{Class: "w", Text: "Sum"}
	}
	if t.page.most > 0 {
		rows = rows[:min(len(rows), t.page.most)]
	}
	for i := 0; i < len(rows); {
		if n := t.quietFrom(rows[i:]); n > 1 {
			h.Rows = append(h.Rows, htmlRow{Quiet: t.quietDays(rows[i : i+n]), Count: n})
			i += n
			continue
		}
		h.Rows = append(h.Rows, htmlRow{Cells: cells(rows[i])})
		i++
	}
	return h
}

// quietFrom is how many rows there are, from the first on, in which nothing is; or
// of which nothing is known.
func (t *table) quietFrom(rows [][]cell) (n int) {
	if !t.page.quiet {
		return 0
	}
	without := slices.Index(t.columns, cWithout)
	quiet := func(row []cell) bool {
		for i, c := range row[1:] {
			if unknown := !row[1].set && i+1 == without; !unknown && (c.n != 0 || c.text != "" && c.text != nothing) {
				return false
			}
		}
		return true
	}
	for n < len(rows) && rows[n][1].set == rows[0][1].set && quiet(rows[n]) {
		n++
	}
	return n
}

// nothing is the band of a count of 0.
const nothing = "none"

// quietDays says of days in a row that nothing was, or that nothing is known.
func (t *table) quietDays(rows [][]cell) string {
	what := "nothing"
	if !rows[0][1].set {
		what = cmp.Or(t.page.unknown, "no records")
	}
	return rows[0][0].human(formDay, 0) + " to " + rows[len(rows)-1][0].human(formDay, 0) + ": " + what
}

// keys is how many columns at the beginning say what a row is about.
func (t *table) keys() int {
	if len(t.columns) > 1 && (t.columns[1] == cAccount || t.columns[0] == cEpisode && t.columns[1] == cVariant) {
		return 2
	}
	return 1
}

// paperWidth is how many letters of a table stand side by side on A4.
const paperWidth = 106

// divide returns the columns of each part: the first keys of them in all.
func (h htmlPart) divide(keys int) [][]int {
	keys = min(keys, len(h.Columns))
	base := 0
	var key []int
	for i := range keys {
		key, base = append(key, i), base+h.width(i)
	}
	var parts [][]int
	now, used := slices.Clone(key), base
	for i := keys; i < len(h.Columns); i++ {
		w := h.width(i)
		if used+w > paperWidth && len(now) > keys {
			parts = append(parts, now)
			now, used = slices.Clone(key), base
		}
		now, used = append(now, i), used+w
	}
	return append(parts, now)
}

// width is how many letters a column takes: texts are broken into lines.
func (h htmlPart) width(column int) int {
	const mostText, space = 24, 2
	most := 0
	for word := range strings.FieldsSeq(h.Columns[column].Title + " " + h.Columns[column].Unit) {
		most = max(most, utf8.RuneCountInString(word))
	}
	measure := func(c htmlCell) {
		n := utf8.RuneCountInString(c.Text)
		if class := h.Columns[column].Class; class == "w" || class == "l" {
			n = min(n, mostText)
		}
		most = max(most, n)
	}
	for _, row := range h.Rows {
		if row.Quiet == "" {
			measure(row.Cells[column])
		}
	}
	if h.Foot != nil {
		measure(h.Foot[column])
	}
	return most + space
}

// pick returns the part with some of the columns. A foot that then says nothing
// is left out.
func (h htmlPart) pick(columns []int) htmlPart {
	part := htmlPart{Title: h.Title}
	cells := func(row []htmlCell) []htmlCell {
		picked := make([]htmlCell, len(columns))
		for i, c := range columns {
			picked[i] = row[c]
		}
		return picked
	}
	for _, c := range columns {
		part.Columns = append(part.Columns, h.Columns[c])
	}
	for _, row := range h.Rows {
		if row.Quiet == "" {
			row.Cells = cells(row.Cells)
		}
		part.Rows = append(part.Rows, row)
	}
	if h.Foot != nil {
		foot := cells(h.Foot)
		if slices.ContainsFunc(foot[1:], func(c htmlCell) bool { return c.Text != "" }) {
			part.Foot = foot
		}
	}
	return part
}

// labels is a style that names each cell of the cards that telephones have in
// place of a wide table's rows.
func (h htmlPage) labels() string {
	var b strings.Builder
	table := func(t htmlTable) {
		if t.List != nil || len(t.Whole.Rows) == 0 || !t.Whole.Wide() {
			return
		}
		for i, c := range t.Whole.Columns {
			fmt.Fprintf(&b, "[data-table=%s].wide td:nth-child(%d)::before{content:%s}", t.ID, i+1, cssString(strings.TrimSpace(c.Title+" "+c.Unit)))
		}
	}
	for _, s := range h.Sections {
		for _, t := range s.Tables {
			table(t)
		}
		for _, c := range s.Cards {
			if c.Lines != nil {
				table(*c.Lines)
				break // those of the other cards have the same columns
			}
		}
	}
	return "@media screen and (max-width:40rem){" + b.String() + "}"
}
