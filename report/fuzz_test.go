package report

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzText puts a text into a cell and reads it back from all three renderings:
// it is the same everywhere, and nowhere markup or a formula.
func FuzzText(f *testing.F) {
	for _, text := range []string{"4.8.1", "=1+1", "+A1", "-2", "@x", "\t=1", "<b>&amp;</b>", "\x00\x1b[31m", "\u202eabc", "a\r\nb", "'x", "\xff", "]]>", " =1", "＝1", "_x0041_", "–"} {
		f.Add(text)
	}
	tmpl, err := newTemplate()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := words("x" + text)
		for _, c := range []cell{c, words(text)} {
			if strings.TrimSpace(c.text) == "" || c.text == "–" || c.text == "none" {
				continue
			}
			rows := newTable("variants", text, cVariant, cOffered)
			rows.add(c, count(1))
			p := &page{title: text, classification: text, facts: []fact{{"Environment", text}}, notices: []string{text},
				sections: []section{{title: text, words: []string{text}, text: text, tables: []*table{rows}}}}
			var html, lines, sheets bytes.Buffer
			if err := p.writeHTML(&html, tmpl); err != nil {
				t.Fatal(err)
			}
			if err := p.writeCSV(&lines, make([]string, len(csvLead))); err != nil {
				t.Fatal(err)
			}
			if err := p.writeXLSX(&sheets); err != nil {
				t.Fatal(err)
			}
			if got := readHTML(t, html.Bytes())["variants"].rows[0]["variant"]; got != c.text {
				t.Errorf("%q is %q in the HTML", c.text, got)
			}
			if got := readCSV(t, lines.Bytes())["variants"].rows[0]["variant"]; got != unformulaic(c.text) || strings.ContainsAny(got[:1], "=+-@\t\r") {
				t.Errorf("%q is %q in the CSV", c.text, got)
			}
			if got := readXLSX(t, sheets.Bytes())["variants"].rows[0]["variant"]; got != c.text {
				t.Errorf("%q is %q in the XLSX", c.text, got)
			}
		}
	})
}

// FuzzMonth reads back every month that is taken.
func FuzzMonth(f *testing.F) {
	for _, text := range []string{"2026-10", "2026-1", "0000-00", "2026-10 "} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := ParseMonth(text); err == nil && (p.String() != text || p.Days() < 28 || p.From() >= p.To()) {
			t.Errorf("%q was read as %v", text, p)
		}
	})
}
