package report

import (
	_ "embed" // the page's template and style
	"fmt"
	"html/template"
	"io"
	"strings"

	"srtm/plot"
)

//go:embed page.html.tmpl
var pageTemplate string

//go:embed page.css
var pageStyle string

// htmlPage is what the template sees: every value a text or drawn already.
type htmlPage struct {
	Lang, Title, Classification, Stamp string
	Style                              template.CSS
	Facts                              []fact
	Notices                            []string
	Sections                           []htmlSection
}

type htmlSection struct {
	Title, Anchor, Text string
	Words, After        []string
	Figures             []htmlFigure
	Tables              []htmlTable
	Cards               []htmlCard
}

type htmlFigure struct {
	Title, Note string
	Drawing     template.HTML
}

// htmlCard is one row of a table with all that belongs to it.
type htmlCard struct {
	Title  string
	Words  []string
	Figure *htmlFigure
	List   htmlList
	Lines  *htmlTable
}

// newTemplate parses the template of a page. It may then be used from several
// goroutines.
func newTemplate() (*template.Template, error) {
	return template.New("page").Parse(pageTemplate)
}

// writeHTML writes the page as one document that needs nothing else.
func (p *page) writeHTML(w io.Writer, t *template.Template) error {
	h := htmlPage{
		Title: plainText(p.title), Classification: plainText(p.classification), Stamp: plainText(p.stamp()),
		Style:   template.CSS(pageStyle + plot.CSS() + p.margins()),
		Notices: plainTexts(p.notices),
	}
	for _, f := range p.facts {
		h.Facts = append(h.Facts, fact{f.Name, plainText(f.Value)})
	}
	for _, s := range p.sections {
		h.Sections = append(h.Sections, s.html())
	}
	h.Style += template.CSS(h.labels())
	return t.Execute(w, h)
}

// margins writes classification and stamp into the margins of every sheet of
// paper.
func (p *page) margins() string {
	return "@page{@top-center{content:" + cssString(p.classification) + "}@bottom-left{content:" + cssString(p.stamp()) + "}}"
}

// cssString writes a text as a string of CSS in which nothing but letters and
// figures stands as it is.
func cssString(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range plainText(text) {
		if r < 0x80 && (r == ' ' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\%06x ", r) // the space ends the number and is not shown
		}
	}
	b.WriteByte('"')
	return b.String()
}

// stamp is what stands at the foot of every page of paper.
func (p *page) stamp() string {
	stamp := p.title
	for _, f := range p.facts {
		stamp += " · " + f.Name + " " + f.Value
	}
	return stamp
}

func plainTexts(texts []string) []string {
	plain := make([]string, len(texts))
	for i, text := range texts {
		plain[i] = plainText(text)
	}
	return plain
}

func (s section) html() htmlSection {
	h := htmlSection{Title: plainText(s.title), Anchor: anchor(s.title), Words: plainTexts(s.words), After: plainTexts(s.after)}
	h.Text = strings.Join(plainTexts(strings.Split(s.text, "\n")), "\n")
	for _, f := range s.figures {
		h.Figures = append(h.Figures, *f.html())
	}
	for _, t := range s.tables {
		if !t.page.sheets && !t.page.cards {
			table := t.html()
			table.Doubled = table.Title == h.Title
			h.Tables = append(h.Tables, table)
		}
	}
	for _, c := range s.cards {
		h.Cards = append(h.Cards, c.html())
	}
	return h
}

func (f *figure) html() *htmlFigure {
	return &htmlFigure{plainText(f.title), plainText(f.note), f.drawing()}
}

func (c card) html() htmlCard {
	h := htmlCard{Title: plainText(c.title), Words: plainTexts(c.words), List: c.table.list(c.row)}
	if c.figure != nil {
		h.Figure = c.figure.html()
	}
	if c.lines != nil && c.first < c.last {
		some := *c.lines
		some.rows, some.sum, some.page.cards = c.lines.rows[c.first:c.last], false, false
		lines := some.html()
		lines.Of, lines.First = h.Title, c.first
		h.Lines = &lines
	}
	return h
}

// class is how a cell of this form is set.
func (f form) class() string {
	switch f {
	case formCount, formDecimal, formDuration, formReference:
		return "n"
	case formMoment, formDay:
		return "t"
	}
	return "w"
}

// class is how a column's cells are set: short names are not broken.
func (c column) class() string {
	switch c.id {
	case "account", "trigger", "worst", "service", "variant", "user_id", "who", "weight", "weights":
		return "k"
	case "variant_name", "name", "policy", "what", "why":
		return "l"
	}
	return c.form.class()
}
