package tmmd

import (
	"fmt"
	"strings"
)

// Markdown writes the document as CommonMark with GitHub's tables. What comes from
// a policy is escaped: it is never taken for markup. Pictures are left out; their
// numbers stand in tables.
func (d *Document) Markdown() string {
	var w markdownWriter
	w.line("# " + w.words(d.Title))
	w.line("**" + w.words(d.classification) + "**")
	for _, f := range d.facts {
		w.put("- " + w.words(f.name) + ": " + w.words(f.value) + "\n")
	}
	w.put("\n")
	for _, s := range d.sections {
		w.line("<a id=\"" + s.anchor + "\"></a>")
		w.line("## " + w.words(s.title))
		w.blocks(s.blocks)
	}
	return strings.TrimSuffix(w.String(), "\n")
}

// markdownWriter gathers a text.
type markdownWriter struct{ strings.Builder }

func (w *markdownWriter) put(s string)  { w.WriteString(s) }
func (w *markdownWriter) line(s string) { w.put(s + "\n\n") }

func (w *markdownWriter) blocks(blocks []block) {
	for _, b := range blocks {
		switch b := b.(type) {
		case paragraph:
			w.line(w.words(string(b)))
		case heading:
			w.line("<a id=\"" + b.anchor + "\"></a>")
			w.line("### " + w.words(b.title))
		case points:
			for _, item := range b {
				w.put("- " + w.words(item) + "\n")
			}
			w.put("\n")
		case formula:
			w.put("```text\n" + strings.Join(b, "\n") + "\n```\n\n")
		case rule:
			w.line("<a id=\"" + b.anchor + "\"></a>")
			w.line("### " + w.words(b.title))
			w.blocks(b.blocks)
		case table:
			w.table(b)
		case verbatim:
			fence := fenceFor(string(b))
			w.put(fence + "text\n" + string(b) + "\n" + fence + "\n\n")
		}
	}
}

func (w *markdownWriter) table(t table) {
	w.line("**" + w.words(t.title) + "**")
	titles, marks := make([]string, len(t.columns)), make([]string, len(t.columns))
	for i, c := range t.columns {
		titles[i], marks[i] = c.title, "---"
		if c.figure {
			marks[i] = "---:"
		}
	}
	w.row(titles, false)
	w.put("|" + strings.Join(marks, "|") + "|\n")
	for _, r := range t.rows {
		w.row(r, false)
	}
	if t.foot != nil {
		w.row(t.foot, true)
	}
	w.put("\n")
}

func (w *markdownWriter) row(cells []string, bold bool) {
	for _, cell := range cells {
		text := w.words(cell)
		if bold && text != "" {
			text = "**" + text + "**"
		}
		w.put("| " + text + " ")
	}
	w.put("|\n")
}

var markdownEscaper = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "|", `\|`, "&", `\&`, "~", `\~`, "#", `\#`, "!", `\!`)

// words writes words with the code in them. A bar would end a cell, also in code.
func (w *markdownWriter) words(words string) string {
	var b strings.Builder
	for i, s := range spans(words) {
		switch {
		case i%2 == 0:
			b.WriteString(markdownEscaper.Replace(s))
		case strings.Contains(s, "`"):
			b.WriteString("`` " + strings.ReplaceAll(s, "|", `\|`) + " ``")
		default:
			b.WriteString("`" + strings.ReplaceAll(s, "|", `\|`) + "`")
		}
	}
	return b.String()
}

// fenceFor returns a fence that the text does not have.
func fenceFor(text string) string {
	longest, run := 2, 0
	for _, r := range text {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return strings.Repeat("`", longest+1)
}

// plural writes a number of things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
