package report

import (
	"slices"

	"srtm/ledger"
)

// divided says into what, beside forwarded and throttled, offered is divided in
// tables of a page: columns of what there was nothing of are left out, so that
// most pages have the three that everybody looks for.
type divided struct{ closed, shadow, shadowClosed bool }

// dividedAs is how what was counted in some time, or of some rows, is divided.
func dividedAs(all ...ledger.Parts) (d divided) {
	for _, p := range all {
		d.closed = d.closed || p.Closed.Requests > 0
		d.shadow = d.shadow || p.Shadow.Requests > 0
		d.shadowClosed = d.shadowClosed || p.ShadowClosed.Requests > 0
	}
	return d
}

// columns are offered, forwarded, throttled and what else there is.
func (d divided) columns() []name {
	return append([]name{cOffered, cForwarded, cThrottled}, d.more()...)
}

// more are the columns beyond the three.
func (d divided) more() []name {
	var all []name
	if d.closed {
		all = append(all, cClosed)
	}
	if d.shadow {
		all = append(all, cShadow)
	}
	if d.shadowClosed {
		all = append(all, cShadowClosed)
	}
	return all
}

// cells are those of columns.
func (d divided) cells(p ledger.Parts) []cell {
	return slices.Concat([]cell{count(p.Offered.Requests), count(p.Forwarded.Requests), count(p.Throttled.Requests)}, d.beyond(p))
}

// beyond are the cells of more.
func (d divided) beyond(p ledger.Parts) []cell {
	var all []cell
	if d.closed {
		all = append(all, count(p.Closed.Requests))
	}
	if d.shadow {
		all = append(all, count(p.Shadow.Requests))
	}
	if d.shadowClosed {
		all = append(all, count(p.ShadowClosed.Requests))
	}
	return all
}

// with puts the columns beyond the three after throttled.
func (d divided) with(columns ...name) []name {
	i := slices.Index(columns, cThrottled)
	return slices.Insert(slices.Clone(columns), i+1, d.more()...)
}

// put puts the cells beyond the three after the cell of throttled.
func (d divided) put(columns []name, cells []cell, p ledger.Parts) []cell {
	return slices.Insert(cells, slices.Index(columns, cThrottled)+1, d.beyond(p)...)
}
