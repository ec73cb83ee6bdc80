package report

import (
	"bytes"
	"encoding/xml"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// row returns a row that was found; nil: there is none of that number.
func (r *read) row(i int) map[string]string {
	if r == nil || i >= len(r.rows) {
		return nil
	}
	return r.rows[i]
}

// pageReader reads the tables and lists of a page. What is shown rounded has the
// exact figure beside it: that one is kept, and must fit what is shown.
type pageReader struct {
	t       *testing.T
	tables  map[string]*read
	table   *read // being read
	columns []string
	list    string // table whose row a list has
	listRow int
	place   int // of the row
	cell    int // of the column
	skip    bool
	column  string // of the figure being read; empty: none
	exact   string
	shown   strings.Builder
}

func readHTML(t *testing.T, text []byte) map[string]*read {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(text))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	p := &pageReader{t: t, tables: map[string]*read{}}
	for {
		token, err := d.Token()
		if err == io.EOF {
			return p.tables
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			attr := map[string]string{}
			for _, a := range token.Attr {
				attr[a.Name.Local] = a.Value
			}
			p.begin(token.Name.Local, attr)
		case xml.CharData:
			p.shown.Write(token)
		case xml.EndElement:
			p.end(token.Name.Local)
		}
	}
}

func (p *pageReader) of(id string) *read {
	if p.tables[id] == nil {
		p.tables[id] = &read{}
	}
	return p.tables[id]
}

func (p *pageReader) begin(element string, attr map[string]string) {
	number := func(id string) int {
		n, err := strconv.Atoi(attr[id])
		if err != nil {
			p.t.Fatalf("%s of %s is %q", id, element, attr[id])
		}
		return n
	}
	if attr["data-list"] != "" {
		p.list, p.listRow = attr["data-list"], number("data-row")
	}
	switch {
	case element == "table" && attr["data-table"] != "":
		p.table, p.columns, p.place = p.of(attr["data-table"]), nil, -1
		if attr["data-first"] != "" {
			p.place += number("data-first")
		}
	case element == "th":
		p.columns = append(p.columns, attr["data-column"])
	case element == "tfoot":
		p.skip = true
	case element == "tr" && attr["class"] == "quiet":
		p.place += number("data-rows")
	case element == "tr" && p.columns != nil:
		p.place, p.cell = p.place+1, 0
	case element == "td" && attr["class"] != "q" && !p.skip:
		p.column, p.exact = p.columns[p.cell], attr["title"]
		p.cell++
		p.shown.Reset()
	case (element == "dd" || element == "data") && attr["data-column"] != "":
		p.column, p.exact = attr["data-column"], attr["title"]
		if element == "data" {
			p.exact = attr["value"]
		}
		p.shown.Reset()
	}
}

func (p *pageReader) end(element string) {
	switch {
	case element == "tfoot":
		p.skip = false
	case element == "td" && p.column != "":
		p.keep(p.table, p.place)
	case (element == "dd" || element == "data") && p.column != "":
		p.keep(p.of(p.list), p.listRow)
	}
}

// keep takes a figure in. Where it stands on a page twice it must be the same.
func (p *pageReader) keep(in *read, place int) {
	value, shown, column := p.exact, p.shown.String(), p.column
	p.column = ""
	if value == "" {
		value = shown
	} else if !fits(shown, value) {
		p.t.Errorf("%s is shown as %q and is %q", column, shown, value)
	}
	for len(in.rows) <= place {
		in.rows = append(in.rows, nil)
	}
	if in.rows[place] == nil {
		in.rows[place] = map[string]string{}
	}
	if had, there := in.rows[place][column]; there && had != value {
		p.t.Errorf("%s of row %d is %q and %q", column, place, had, value)
	}
	if value != "–" && value != notShown {
		in.rows[place][column] = value
	}
}

// fits says whether what is shown is the exact figure, rounded: to within half of
// its last digit, or for times a hundredth.
func fits(shown, exact string) bool {
	plain := strings.NewReplacer(",", "", "−", "-")
	if bound, ok := strings.CutPrefix(shown, "> "); ok {
		return number(exact) > number(bound)
	}
	if bound, ok := strings.CutPrefix(shown, "< "); ok {
		return number(exact) < number(bound) && number(exact) > 0
	}
	if a, err := strconv.ParseFloat(plain.Replace(shown), 64); err == nil {
		_, decimals, _ := strings.Cut(shown, ".")
		return math.Abs(a-number(exact)) <= 0.5000001*math.Pow(10, -float64(len(decimals)))
	}
	if a, b, ok := lengths(shown, exact); ok {
		return math.Abs(a-b) <= 0.02*max(a, b)+1e-6
	}
	said := strings.ToLower(shown)
	return strings.Contains(exact, shown) || exact == "0" && (strings.HasPrefix(said, "no ") || strings.HasPrefix(said, "nothing ")) // a time of day; words for 0
}

func number(text string) float64 {
	n, err := strconv.ParseFloat(strings.NewReplacer(",", "", "−", "-").Replace(text), 64)
	if err != nil {
		return math.NaN()
	}
	return n
}

// lengths reads what is shown in units of time, and the exact figure, which may be
// in milliseconds, in seconds.
func lengths(shown, exact string) (a, b float64, ok bool) {
	units := map[string]float64{"h": 3600, "min": 60, "s": 1, "ms": 1e-3, "µs": 1e-6}
	read := func(text string) (sum float64, ok bool) {
		fields := strings.Fields(text)
		if len(fields) == 0 || len(fields)%2 != 0 {
			return 0, false
		}
		for pair := range slices.Chunk(fields, 2) {
			if units[pair[1]] == 0 {
				return 0, false
			}
			sum += number(pair[0]) * units[pair[1]]
		}
		return sum, true
	}
	if a, ok = read(shown); !ok {
		return 0, 0, false
	}
	if b, ok = read(exact); !ok {
		b = number(exact) / 1000
	}
	return a, b, !math.IsNaN(b)
}
