package tmmd

import (
	_ "embed"
	"fmt"
	"strings"

	"srtm/plot"
)

//go:embed page.css
var pageStyle string

// HTML writes the document as a page of its own, without scripts and without
// anything from elsewhere: light or dark as its reader likes it, on a telephone, a
// screen or A4. It is well-formed XML too.
func (d *Document) HTML() string {
	var w htmlWriter
	title := escapeHTML(d.Title)
	w.put("<!DOCTYPE html>\n<html lang=\"en-GB\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta charset=\"utf-8\"/>\n" +
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<meta name=\"color-scheme\" content=\"light dark\"/>\n" +
		"<title>" + title + "</title>\n<style>\n" + pageStyle + w.plotStyle(d) + "</style>\n</head>\n<body>\n<header>\n")
	w.put("<p class=\"classification\">" + w.words(d.classification) + "</p>\n<h1>" + title + "</h1>\n<dl class=\"facts\">\n")
	for _, f := range d.facts {
		w.put("<div><dt>" + w.words(f.name) + "</dt><dd>" + w.words(f.value) + "</dd></div>\n")
	}
	w.put("</dl>\n<nav aria-label=\"Sections\"><ol>\n")
	for _, s := range d.sections {
		w.put("<li><a href=\"#" + s.anchor + "\">" + w.words(s.title) + "</a></li>\n")
	}
	w.put("</ol></nav>\n</header>\n<main>\n")
	for _, s := range d.sections {
		w.put("<section id=\"" + s.anchor + "\">\n<h2>" + w.words(s.title) + "</h2>\n")
		w.blocks(s.blocks)
		w.put("</section>\n")
	}
	w.put("</main>\n<footer><p class=\"classification\">" + w.words(d.classification) + "</p></footer>\n</body>\n</html>\n")
	return w.String()
}

// htmlWriter gathers a page.
type htmlWriter struct{ strings.Builder }

func (w *htmlWriter) put(s string) { w.WriteString(s) }

func (w *htmlWriter) plotStyle(d *Document) string {
	for _, s := range d.sections {
		for _, b := range s.blocks {
			if _, is := b.(picture); is {
				return plot.CSS() + "\n"
			}
		}
	}
	return ""
}

func (w *htmlWriter) blocks(blocks []block) {
	for _, b := range blocks {
		switch b := b.(type) {
		case paragraph:
			w.put("<p>" + w.words(string(b)) + "</p>\n")
		case heading:
			w.put("<h3 id=\"" + b.anchor + "\">" + w.words(b.title) + "</h3>\n")
		case points:
			w.list("ul", b)
		case formula:
			w.put("<pre class=\"formula\" tabindex=\"0\">" + w.words(strings.Join(b, "\n")) + "</pre>\n")
		case rule:
			w.put("<section class=\"rule\" id=\"" + b.anchor + "\">\n<h3>" + w.words(b.title) + "</h3>\n")
			w.blocks(b.blocks)
			w.put("</section>\n")
		case table:
			w.table(b)
		case verbatim:
			w.put("<pre class=\"verbatim\">\n" + escapeHTML(string(b)) + "</pre>\n")
		case picture:
			w.put("<figure>\n<figcaption>" + w.words(b.title) + "</figcaption>\n" + b.plot.HTML() + "\n</figure>\n")
		}
	}
}

func (w *htmlWriter) list(kind string, items []string) {
	w.put("<" + kind + ">\n")
	for _, item := range items {
		w.put("<li>" + w.words(item) + "</li>\n")
	}
	w.put("</" + kind + ">\n")
}

func (w *htmlWriter) table(t table) {
	w.put(fmt.Sprintf("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table id=\"%s\"><caption>%s</caption>\n<thead><tr>",
		escapeHTML(strings.Join(spans(t.title), "")), t.anchor, w.words(t.title)))
	for _, c := range t.columns {
		w.put("<th scope=\"col\"" + class(c) + ">" + w.words(c.title) + "</th>")
	}
	w.put("</tr></thead>\n<tbody>\n")
	for i, row := range t.rows {
		id := ""
		if len(t.anchors) > 0 {
			id = " id=\"" + escapeHTML(t.anchors[i]) + "\""
		}
		w.put("<tr" + id + ">")
		w.cells(t.columns, row)
		w.put("</tr>\n")
	}
	w.put("</tbody>\n")
	if t.foot != nil {
		w.put("<tfoot><tr>")
		w.cells(t.columns, t.foot)
		w.put("</tr></tfoot>\n")
	}
	w.put("</table></div>\n")
}

func (w *htmlWriter) cells(columns []column, row []string) {
	for i, cell := range row {
		w.put("<td" + class(columns[i]) + ">" + w.words(cell) + "</td>")
	}
}

func class(c column) string {
	if c.figure {
		return " class=\"n\""
	}
	return ""
}

// words writes words with the code in them.
func (w *htmlWriter) words(words string) string {
	var b strings.Builder
	for i, s := range spans(words) {
		if i%2 == 1 {
			b.WriteString("<code>" + escapeHTML(s) + "</code>")
		} else {
			b.WriteString(escapeHTML(s))
		}
	}
	return b.String()
}

var htmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

func escapeHTML(s string) string { return htmlEscaper.Replace(s) }
