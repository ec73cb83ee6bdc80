package report

import (
	"slices"
	"strings"
	"time"

	"srtm/plot"
)

// A page shows figures as a person compares them: shares to a tenth of a per
// cent, latencies with three digits, times to the second. Where that is not the
// exact figure, the cell has it beside, for who points at it.

// show is one cell of a row of the table, its decimals as many as the column has.
func (t *table) show(row []cell, place, decimals int) htmlCell {
	c, column := row[place], catalogue[t.columns[place]]
	h := htmlCell{Class: column.class(), Text: c.human(column.form, decimals)}
	if !c.set || c.n == 0 && h.Class == "n" {
		h.Class += " z"
	}
	if !c.set {
		return h
	}
	exact := h.Text
	switch {
	case column.form == formDecimal && column.unit == "%":
		h.Text = tenthShare(c.n)
	case column.form == formDecimal && column.unit == "ms":
		h.Text = plot.Seconds(float64(c.n) / 1e6)
	case column.form == formDecimal && column.unit == "SR" && !t.page.fine:
		h.Text = tenth(c.n, decimals)
	case column.form == formDuration:
		h.Text = roughly(time.Duration(c.n) * time.Millisecond)
	case column.form == formMoment:
		h.Text = t.showMoment(row, place)
	}
	if h.Text != exact {
		h.Exact = exact
	}
	return h
}

// showUnit is the unit in a column's heading; some are said in the cells.
func (c column) showUnit() string {
	switch c.unit {
	case "requests", "ms", "days", "s": // everything here counts requests; headings or cells say the others
		return ""
	}
	return c.unit
}

// tenthShare writes thousandths of a per cent to the tenth; what is not all never
// reads 100, and what is not nothing never 0.
func tenthShare(n int64) string {
	switch rounded := roundedRatio(n, 100, 1); {
	case rounded == 1000 && n < 100_000:
		return "> 99.9"
	case rounded == 0 && n > 0:
		return "< 0.1"
	case rounded == 0 && n < 0:
		return groupedDecimal(n, 3)
	default:
		return groupedDecimal(rounded*100, 1)
	}
}

// tenth writes thousandths with one decimal, where the column has any; what would
// be rounded to nothing keeps its decimals.
func tenth(n int64, decimals int) string {
	rounded := roundedRatio(n, 100, 1)
	if decimals < 2 || rounded == 0 && n != 0 {
		return groupedDecimal(n, decimals)
	}
	return groupedDecimal(rounded*100, 1)
}

// showMoment leaves out the date where the row has it.
func (t *table) showMoment(row []cell, place int) string {
	at := time.Unix(0, row[place].n).UTC()
	switch {
	case t.page.fine:
		return row[place].human(formMoment, 0)
	case slices.Contains([]name{cMinute, cFromMinute, cToMinute}, t.columns[place]):
		return at.Format("2006-01-02 15:04")
	case t.columns[0] == cDay && row[0].n == at.Unix()/86400, t.sameDay(row, place):
		return at.Format(time.TimeOnly)
	}
	return at.Format(time.DateTime)
}

// sameDay says whether the row begins, by its column from, on the day of a time.
func (t *table) sameDay(row []cell, place int) bool {
	from := slices.Index(t.columns, cFrom)
	return from >= 0 && from != place && t.columns[0] == cEpisode && row[from].n/int64(24*time.Hour) == row[place].n/int64(24*time.Hour)
}

// roughly writes a time for people: whole minutes from an hour on, whole seconds
// from a minute on, tenths from a second on, else milliseconds.
func roughly(d time.Duration) string {
	switch {
	case d >= time.Hour:
		d = d.Round(time.Minute)
	case d >= time.Minute:
		d = d.Round(time.Second)
	case d >= time.Second:
		d = d.Round(100 * time.Millisecond)
	default:
		d = d.Round(time.Millisecond)
	}
	return duration(d)
}

// inMinutes writes a time to whole minutes, and so that it looks it.
func inMinutes(d time.Duration) string {
	switch {
	case d <= 0:
		return "not at all"
	case d < time.Minute:
		return "less than a minute"
	}
	return "about " + strings.TrimSuffix(duration(d.Round(time.Minute)), " 0 s")
}
