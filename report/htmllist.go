package report

import (
	"slices"
	"strings"
)

// htmlList is one row of a table as a page shows it by itself: some figures
// large, the others as a list, and in one line what is 0 and should be.
type htmlList struct {
	ID    string
	Row   int
	Tiles []htmlTile
	Items []htmlItem
	Texts []htmlItem // what takes a line or more
	Zeros []htmlItem
}

// htmlItem is one figure with its name.
type htmlItem struct {
	ID, Title, Unit, Text, Exact, Meaning string
}

// htmlTile is a figure shown large, with another one below it.
type htmlTile struct {
	htmlItem
	Beside        *htmlItem
	Before, After string // the words around it
}

// zeroWords say that a figure of a column is 0.
var zeroWords = map[name]string{
	cDSPErrors: "no DSP errors", cFailed: "nothing failed", cBusy: "nothing unsent", cUnknown: "no outcome unknown", cClientLeft: "no caller gone",
	cPressedSeconds: "no second pressed", cUnused: "nothing unused while refused", cPressedUnused: "nothing unused in pressed seconds",
	cImpaired: "nothing throttled while the DSP failed", cTopUps: "no top-up throttled",
	cMaintenanceFor: "no maintenance", cClosedFor: "no time closed", cClosed: "nothing refused while closed", cReservedFor: "no capacity reserved", cHandFor: "nothing by hand",
	cShadowFor: "no time in shadow", cThrottled: "nothing throttled", cBroken: "nothing refused within allocation",
	cDecisions: "no decision unrecorded", cWithout: "no time without records",
}

// longText is how many letters of a text have a line of their own.
const longText = 40

func (t *table) list(row int) htmlList {
	h := htmlList{ID: t.id, Row: row}
	decimals := t.decimals()
	cells := t.rows[row]
	var shown []name
	item := func(c name) (htmlItem, bool) {
		shown = append(shown, c)
		i := slices.Index(t.columns, c)
		col, s := catalogue[c], t.show(cells, i, decimals[i])
		return htmlItem{col.id, col.title, col.showUnit(), s.Text, s.Exact, col.meaning}, cells[i].set
	}
	if len(t.rows) > 1 || t.columns[0] == cEpisode { // a card's title is the number
		shown = append(shown, cEpisode)
	}
	for _, tile := range t.page.tiles {
		h.Tiles = append(h.Tiles, tile.html(t.page.hidden, item))
	}
	for i, c := range t.columns {
		if slices.Contains(shown, c) {
			continue
		}
		it, set := item(c)
		switch {
		case !set && t.page.hidden != "":
			it.Text = t.page.hidden
			h.Items = append(h.Items, it)
		case !set: // there is no such number
		case cells[i].n == 0 && slices.Contains(t.page.zeros, c):
			it.Text = zeroWords[c]
			h.Zeros = append(h.Zeros, it)
		case len(it.Text) > longText:
			h.Texts = append(h.Texts, it)
		default:
			h.Items = append(h.Items, it)
		}
	}
	if len(h.Zeros) > 0 {
		h.Zeros[0].Text = strings.ToUpper(h.Zeros[0].Text[:1]) + h.Zeros[0].Text[1:]
	}
	return h
}

func (t tile) html(hidden string, item func(name) (htmlItem, bool)) htmlTile {
	main, set := item(t.column)
	if !set && hidden != "" {
		main.Text = hidden
	}
	h := htmlTile{htmlItem: main}
	if t.title != "" {
		h.Title = t.title
	}
	if t.words == "" {
		return h
	}
	if beside, set := item(t.beside); set {
		h.Beside = &beside
		h.Before, h.After, _ = strings.Cut(t.words, "%s")
	}
	return h
}
