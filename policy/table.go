package policy

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// table reads a CSV file whose columns are found by their header.
type table struct {
	reader  *csv.Reader
	columns map[string]int // by name
	width   int            // of the header
	record  []string
	found   *findings
}

// openTable reads the header. It returns nil where the columns are not known.
// Text is UTF-8 with or without a byte order mark.
func openTable(text []byte, columns columns, found *findings) *table {
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	if at, flaw := unreadable(text); flaw != nil {
		found.add(at, "", flaw.wrong, flaw.right)
		return nil
	}
	t := &table{reader: csv.NewReader(bytes.NewReader(text)), columns: make(map[string]int), found: found}
	t.reader.FieldsPerRecord = -1
	t.reader.ReuseRecord = true
	if !t.read() {
		if !found.any() {
			found.add(top(), "", "the file is empty", "its first line is "+strings.Join(columns.required, ","))
		}
		return nil
	}
	return t.header(columns)
}

// columns are those that a file must have and may have.
type columns struct{ required, optional []string }

func (t *table) header(columns columns) *table {
	faults := len(t.found.list)
	all := slices.Concat(columns.required, columns.optional)
	t.width = len(t.record)
	for i, name := range t.record {
		if _, twice := t.columns[name]; twice {
			t.found.add(t.at(i), plainly(name), "the column is there twice", "keep one of them")
		} else if !slices.Contains(all, name) {
			t.found.add(t.at(i), plainly(name), "there is no such column", columnHint(name, all))
		}
		t.columns[name] = i
	}
	for _, name := range columns.required {
		if _, ok := t.columns[name]; !ok {
			t.found.add(top(), name, "the column is missing", "the first line names the columns: "+strings.Join(columns.required, ","))
		}
	}
	if len(t.found.list) > faults {
		return nil
	}
	return t
}

func columnHint(name string, all []string) string {
	if near := nearest(name, all); near != "" {
		return "did you mean " + near + "?"
	}
	return "the columns are " + strings.Join(all, ", ")
}

// next goes to the next line that has as many fields as the header, and reports
// those that have not. It returns false at the end.
func (t *table) next() bool {
	for t.read() {
		if len(t.record) == t.width {
			return true
		}
		t.found.add(t.at(0), "", fmt.Sprintf("the line has %d fields", len(t.record)), fmt.Sprintf("the header has %d", t.width))
	}
	return false
}

// read reads one line, past those that are no CSV, which it reports.
func (t *table) read() bool {
	for {
		record, err := t.reader.Read()
		var fault *csv.ParseError
		switch {
		case err == nil:
			t.record = record
			for i := range record {
				record[i] = strings.TrimSpace(record[i])
			}
			return true
		case errors.Is(err, io.EOF):
			return false
		case errors.As(err, &fault):
			t.found.add(place{fault.Line, fault.Column}, "", "this is not CSV: "+fault.Err.Error(), "put a field that has a comma or a quote in quotes, and double the quotes within")
		default:
			t.found.add(top(), "", "the file cannot be read: "+err.Error(), "")
			return false
		}
	}
}

// cell returns the field of the named column, empty where there is no such.
func (t *table) cell(column string) string {
	if i, ok := t.columns[column]; ok {
		return t.record[i]
	}
	return ""
}

// wrong reports a fault in the field of the named column.
func (t *table) wrong(column string, f *flaw) {
	t.found.add(t.at(t.columns[column]), column, f.wrong, f.right)
}

func (t *table) at(field int) place {
	line, column := t.reader.FieldPos(field)
	return place{line, column}
}

// cellOf reads a field with parse and reports what is wrong with it.
func cellOf[T any](t *table, column string, parse func(string) (T, *flaw)) (T, bool) {
	v, f := parse(t.cell(column))
	if f != nil {
		t.wrong(column, f)
	}
	return v, f == nil
}
