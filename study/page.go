package study

import (
	_ "embed" // the page's style
	"fmt"
	"strings"

	"srtm/plot"
)

//go:embed page.css
var pageStyle string

// page is the whole page, as texts, plots and tables. All texts are plain.
type page struct {
	title    string
	facts    [][2]string
	answer   []string
	sections []section
	stamp    string
}

type section struct {
	title, anchor string
	blocks        []block
}

// block is a part of a section.
type block interface{ put(w *writer) }

type (
	paragraph string
	note      string
	heading   string
	points    []string
	multiples []drawing // beside each other, where there is room
)

// drawing is a plot with its heading and what it shows.
type drawing struct {
	file  string // its name as a file, without ending
	title string
	note  string
	plot  plot.Plot
}

// table is rows of cells. The first column heads its row.
type table struct {
	id      string
	title   string
	note    string
	columns []column
	rows    [][]cell
	foot    []cell
}

type column struct {
	title, unit string
	text        bool // not a figure
}

// cell is a figure, or a text, with what is said beside it in small letters.
type cell struct {
	text, beside, mark string
	zero               bool // said more quietly
}

func words(text string) cell { return cell{text: text} }

func count(n uint64) cell { return cell{text: grouped(n), zero: n == 0} }

// add leaves out what is empty.
func (s *section) add(blocks ...block) { s.blocks = append(s.blocks, blocks...) }

func (s *section) say(sentences ...string) {
	for _, text := range sentences {
		s.add(paragraph(text))
	}
}

// writer writes HTML. Whatever is no markup of this file goes through text.
type writer struct{ strings.Builder }

func (w *writer) raw(parts ...string) {
	for _, p := range parts {
		w.WriteString(p)
	}
}

// escaper also keeps a figure and its unit on one line.
var escaper = strings.NewReplacer(" %", "\u00a0%", " SR/s", "\u00a0SR/s", "&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

func escape(text string) string {
	return escaper.Replace(strings.ToValidUTF8(text, "\ufffd"))
}

func (w *writer) text(text string) { w.WriteString(escape(text)) }

func (w *writer) element(tag, attributes, text string) {
	w.raw("<", tag, attributes, ">", escape(text), "</", tag, ">\n")
}

func (p *page) html() string {
	var w writer
	w.raw("<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
		"<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n")
	w.element("title", "", p.title)
	w.raw("<style>\n", pageStyle, plot.CSS(), "@page{@bottom-left{content:", cssString(p.stamp), "}}\n</style>\n</head>\n<body>\n<header>\n")
	w.element("h1", "", p.title)
	w.raw("<div class=\"answer\">\n")
	for _, text := range p.answer {
		w.element("p", "", text)
	}
	w.raw("</div>\n<dl class=\"facts\">\n")
	for _, f := range p.facts {
		w.raw("<div><dt>", escape(f[0]), "</dt><dd>", escape(f[1]), "</dd></div>\n")
	}
	w.raw("</dl>\n<nav aria-label=\"Sections\"><ol>\n")
	for _, s := range p.sections {
		w.raw("<li><a href=\"#", s.anchor, "\">", escape(s.title), "</a></li>\n")
	}
	w.raw("</ol></nav>\n</header>\n<main>\n")
	for _, s := range p.sections {
		w.raw("<section id=\"", s.anchor, "\">\n")
		w.element("h2", "", s.title)
		for _, b := range s.blocks {
			b.put(&w)
		}
		w.raw("</section>\n")
	}
	w.raw("</main>\n<footer>")
	w.element("p", "", p.stamp)
	w.raw("</footer>\n</body>\n</html>\n")
	return w.String()
}

// cssString writes a text as a string of CSS in which nothing but letters and
// figures stands as it is.
func cssString(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		if r < 0x80 && (r == ' ' || word(r)) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\%06x ", r) // the space ends the number and is not shown
		}
	}
	b.WriteByte('"')
	return b.String()
}

func (p paragraph) put(w *writer) { w.element("p", "", string(p)) }

func (n note) put(w *writer) { w.element("p", ` class="small"`, string(n)) }

func (h heading) put(w *writer) { w.element("h3", "", string(h)) }

func (p points) put(w *writer) {
	w.raw("<ul>\n")
	for _, text := range p {
		w.element("li", "", text)
	}
	w.raw("</ul>\n")
}

func (m multiples) put(w *writer) {
	w.raw("<div class=\"multiples\">\n")
	for _, d := range m {
		d.put(w)
	}
	w.raw("</div>\n")
}

func (d drawing) put(w *writer) {
	w.raw("<figure>\n")
	w.element("figcaption", "", d.title)
	if d.note != "" { // above, so that pictures beside each other end at one height
		note(d.note).put(w)
	}
	w.raw(d.plot.HTML(), "\n</figure>\n")
}

func (t table) put(w *writer) {
	w.raw("<div class=\"table\">\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"", t.id, "\"><table>\n<caption id=\"", t.id, "\">")
	w.text(t.title)
	w.raw("</caption>\n<thead><tr>")
	for _, c := range t.columns {
		w.raw("<th scope=\"col\"", c.class(cell{}), ">")
		w.text(c.title)
		w.small(c.unit)
		w.raw("</th>")
	}
	w.raw("</tr></thead>\n<tbody>\n")
	for _, row := range t.rows {
		t.row(w, row)
	}
	w.raw("</tbody>\n")
	if t.foot != nil {
		w.raw("<tfoot>\n")
		t.row(w, t.foot)
		w.raw("</tfoot>\n")
	}
	w.raw("</table></div>\n")
	if t.note != "" {
		note(t.note).put(w)
	}
	w.raw("</div>\n")
}

func (t table) row(w *writer, row []cell) {
	w.raw("<tr>")
	for i, c := range row {
		tag, more := "td", ` data-label="`+escape(t.columns[i].label())+`"`
		if i == 0 {
			tag, more = "th", ` scope="row"`
		}
		w.raw("<", tag, more, t.columns[i].class(c), "><span>")
		w.text(c.text)
		if c.mark != "" {
			w.raw(" <b class=\"mark\">", map[string]string{markBest: "▲ best", markWorst: "▼ worst"}[c.mark], "</b>")
		}
		w.small(c.beside)
		w.raw("</span></", tag, ">")
	}
	w.raw("</tr>\n")
}

func (w *writer) small(text string) {
	if text != "" {
		w.raw(" <small>", escape(text), "</small>")
	}
}

// label names a figure on a card.
func (c column) label() string {
	if c.unit == "" {
		return c.title
	}
	return c.title + ", " + c.unit
}

func (c column) class(of cell) string {
	var all []string
	if !c.text {
		all = append(all, "n")
	}
	if of.zero {
		all = append(all, "z")
	}
	if of.mark != "" {
		all = append(all, of.mark)
	}
	if len(all) == 0 {
		return ""
	}
	return ` class="` + strings.Join(all, " ") + `"`
}
