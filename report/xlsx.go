package report

import (
	"fmt"
	"io"
	"time"

	"github.com/xuri/excelize/v2"
)

// maxSheet is the most rows that a sheet can hold, its heading counted in.
const maxSheet = 1 << 20

// workbook writes a page's tables, one a sheet.
type workbook struct {
	file   *excelize.File
	head   int // style of headings
	styles map[form]int
}

// writeXLSX writes the page as a workbook: a sheet that says what it is and
// what its columns mean, then a sheet for each table, with typed cells and the
// heading frozen, and last the sums.
func (p *page) writeXLSX(w io.Writer) (err error) {
	b := &workbook{file: excelize.NewFile(), styles: make(map[form]int)}
	defer func() {
		if closed := b.file.Close(); err == nil {
			err = closed
		}
	}()
	if err := b.file.SetDocProps(&excelize.DocProperties{Creator: "srtm", LastModifiedBy: "srtm", Title: plainText(p.title), Subject: plainText(p.classification)}); err != nil {
		return fmt.Errorf("naming the workbook: %w", err)
	}
	if err := b.define(); err != nil {
		return err
	}
	if err := b.cover(p); err != nil {
		return err
	}
	for _, t := range p.tables() {
		if err := b.sheet(t); err != nil {
			return fmt.Errorf("sheet %s: %w", t.id, err)
		}
	}
	if err := b.sums(p.tables()); err != nil {
		return fmt.Errorf("the sheet of sums: %w", err)
	}
	_, err = b.file.WriteTo(w)
	return err
}

// define makes the styles.
func (b *workbook) define() (err error) {
	if b.head, err = b.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}); err != nil {
		return err
	}
	for f, format := range map[form]string{
		formCount: "#,##0", formReference: "0", formDecimal: "#,##0.000", formDuration: "#,##0.000", formMoment: "yyyy-mm-dd hh:mm:ss.000",
		formDay: "yyyy-mm-dd", formText: "@",
	} {
		if b.styles[f], err = b.file.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
			return err
		}
	}
	return nil
}

// cover writes the first sheet.
func (b *workbook) cover(p *page) error {
	const sheet = "about"
	if err := b.file.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	rows := [][]any{{b.bold(p.classification)}, {b.bold(p.title)}}
	for _, f := range p.facts {
		rows = append(rows, []any{f.Name, plainText(f.Value)})
	}
	for _, n := range p.notices {
		rows = append(rows, []any{"note", plainText(n)})
	}
	rows = append(rows, nil, []any{b.bold("column"), b.bold("unit"), b.bold("meaning")})
	_, header := p.csvColumns()
	for _, id := range header[len(csvLead):] {
		for _, c := range catalogue {
			if c.id == id {
				rows = append(rows, []any{c.id, c.sheetUnit(), c.meaning})
			}
		}
	}
	return b.stream(sheet, []float64{28, 24, 110}, rows)
}

// sheetUnit is the unit of the column's cells in CSV and XLSX.
func (c column) sheetUnit() string {
	switch c.form {
	case formDuration:
		return "s"
	case formMoment, formDay:
		return "UTC"
	}
	return c.unit
}

// sheet writes a table.
func (b *workbook) sheet(t *table) error {
	if len(t.rows) >= maxSheet {
		return fmt.Errorf("%d rows are more than a sheet can hold, which is %d", len(t.rows), maxSheet-1)
	}
	if _, err := b.file.NewSheet(t.id); err != nil {
		return err
	}
	head := make([]any, len(t.columns))
	widths := make([]float64, len(t.columns))
	for i, c := range t.columns {
		head[i], widths[i] = b.bold(catalogue[c].id), catalogue[c].form.width()
	}
	rows := make([][]any, 0, len(t.rows)+1)
	rows = append(rows, head)
	for _, row := range t.summands() {
		cells := make([]any, len(row))
		for i, c := range row {
			cells[i] = b.cell(t.columns[i], c)
		}
		rows = append(rows, cells)
	}
	return b.stream(t.id, widths, rows)
}

func (b *workbook) cell(n name, c cell) excelize.Cell {
	f := catalogue[n].form
	return excelize.Cell{StyleID: b.styles[f], Value: c.typed(f)}
}

// sums writes the sums of all tables on a sheet of their own: among what they sum
// they would be counted twice by whoever adds up a sheet.
func (b *workbook) sums(tables []*table) error {
	const sheet = "sums"
	rows := [][]any{{b.bold("table"), b.bold("column"), b.bold("unit"), b.bold("sum")}}
	for _, t := range tables {
		if !t.sum {
			continue
		}
		for i, c := range t.rows[len(t.rows)-1] {
			if col := catalogue[t.columns[i]]; c.set {
				rows = append(rows, []any{t.id, col.id, col.sheetUnit(), b.cell(t.columns[i], c)})
			}
		}
	}
	if len(rows) == 1 {
		return nil
	}
	if _, err := b.file.NewSheet(sheet); err != nil {
		return err
	}
	return b.stream(sheet, []float64{28, 28, 14, 14}, rows)
}

// typed is the value of an XLSX cell.
func (c cell) typed(f form) any {
	if !c.set {
		return nil
	}
	switch f {
	case formCount, formReference:
		return c.n
	case formDecimal, formDuration:
		return float64(c.n) / 1000
	case formMoment:
		return time.Unix(0, c.n).UTC().Truncate(time.Millisecond) // a sheet's numbers hold no more
	case formDay:
		return time.Unix(c.n*86400, 0).UTC()
	}
	return c.text // a string cell: no spreadsheet takes it for a formula
}

func (b *workbook) bold(text string) excelize.Cell {
	return excelize.Cell{StyleID: b.head, Value: plainText(text)}
}

// stream writes a sheet whose first row, the heading, stays in sight.
func (b *workbook) stream(sheet string, widths []float64, rows [][]any) error {
	out, err := b.file.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	for i, w := range widths {
		if err := out.SetColWidth(i+1, i+1, w); err != nil {
			return err
		}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, row := range rows {
		place, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := out.SetRow(place, row); err != nil {
			return err
		}
	}
	return out.Flush()
}

// width is that of a column of this form, in characters.
func (f form) width() float64 {
	switch f {
	case formText:
		return 28
	case formMoment:
		return 24
	}
	return 14
}
