package tmmd

import (
	"strings"
	"unicode/utf8"
)

// Text writes the document for a terminal, with aligned tables. Pictures are left
// out; their numbers stand in tables.
func (d *Document) Text() string {
	var w textWriter
	w.put(bare(d.Title) + "\n" + bare(d.classification) + "\n")
	for _, f := range d.facts {
		w.put(bare(f.name) + ": " + bare(f.value) + "\n")
	}
	for _, s := range d.sections {
		w.put("\n" + strings.ToUpper(bare(s.title)) + "\n\n")
		w.blocks(s.blocks)
	}
	return w.String()
}

// textWriter gathers a text.
type textWriter struct{ strings.Builder }

func (w *textWriter) put(s string) { w.WriteString(s) }

func bare(words string) string { return strings.Join(spans(words), "") }

func (w *textWriter) blocks(blocks []block) {
	for _, b := range blocks {
		switch b := b.(type) {
		case paragraph:
			w.put(bare(string(b)) + "\n")
		case heading:
			w.put("\n" + bare(b.title) + "\n")
		case points:
			for _, item := range b {
				w.put("- " + bare(item) + "\n")
			}
		case formula:
			w.put("    " + strings.Join(b, "\n    ") + "\n")
		case rule:
			w.put("\n" + bare(b.title) + "\n")
			w.blocks(b.blocks)
		case table:
			w.table(b)
		case verbatim:
			w.put("    " + strings.ReplaceAll(string(b), "\n", "\n    ") + "\n")
		}
	}
}

func (w *textWriter) table(t table) {
	titles := make([]string, len(t.columns))
	for i, c := range t.columns {
		titles[i] = c.title
	}
	rows := append([][]string{titles}, t.rows...)
	if t.foot != nil {
		rows = append(rows, t.foot)
	}
	widths := make([]int, len(t.columns))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(bare(cell)))
		}
	}
	w.put("\n" + bare(t.title) + "\n\n")
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			text := bare(cell)
			gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text))
			if t.columns[i].figure {
				text = gap + text
			} else {
				text += gap
			}
			line.WriteString("  " + text)
		}
		w.put(strings.TrimRight(line.String(), " ") + "\n")
	}
}
