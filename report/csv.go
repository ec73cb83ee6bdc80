package report

import (
	"encoding/csv"
	"io"
)

// csvLead are the columns that every row of a CSV file begins with.
var csvLead = []string{"month", "version", "status", "environment", "edition", "service_user", "table"}

// writeCSV writes all tables of the page into one CSV file. Its columns are
// those that the edition may ever have, in the order of the catalogue; each row
// fills those that its table has.
func (p *page) writeCSV(w io.Writer, lead []string) error {
	out := csv.NewWriter(w)
	places, header := p.csvColumns()
	if err := out.Write(header); err != nil {
		return err
	}
	line := make([]string, len(header))
	for _, t := range p.tables() {
		for _, row := range t.summands() { // a sum among what it sums is counted twice by machines
			clear(line)
			copy(line, lead)
			line[len(csvLead)-1] = t.id
			for j, c := range row {
				col := t.columns[j]
				line[places[col]] = c.plain(catalogue[col].form)
			}
			if err := out.Write(line); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// csvColumns returns the place of each column in a row, and the heading.
func (p *page) csvColumns() (places [names]int, header []string) {
	var used [names]bool
	for _, t := range p.tables() {
		for _, c := range t.columns {
			used[c] = true
		}
	}
	header = append(header, csvLead...)
	for c, there := range used {
		if there {
			places[c] = len(header)
			header = append(header, catalogue[c].id)
		}
	}
	return places, header
}
