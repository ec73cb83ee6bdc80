package tmmd

import (
	"html"
	"reflect"
	"strings"
	"testing"
)

// alerts is an annex such as SECMP0062's list, with what a page could take for
// something else.
const alerts = "# Alerts\n\n| code | throttled |\n|---|---|\n| 8F3E | never |\n| 8F3F | <b>never</b> & *not* here |\n```\n  81A0\n"

func TestAnAnnexStandsWordForWordAndChangesNoRule(t *testing.T) {
	p := parse(t, smallPolicy+"annexes: [annex.md]\n", map[string]string{"portfolio.csv": smallPortfolio, "annex.md": alerts})
	for _, public := range []bool{false, true} {
		d := Render(p, Options{Public: public})
		indented := strings.ReplaceAll(strings.TrimSuffix(alerts, "\n"), "\n", "\n    ")
		for form, is := range map[string]bool{
			"HTML":     strings.Contains(html.UnescapeString(d.HTML()), strings.TrimSuffix(alerts, "\n")),
			"Markdown": strings.Contains(d.Markdown(), alerts),
			"text":     strings.Contains(d.Text(), indented),
		} {
			if !is {
				t.Errorf("as %s, public %v, the annex is not there word for word", form, public)
			}
		}
	}
	if !reflect.DeepEqual(p.Rules(), small(t).Rules()) {
		t.Error("with an annex other rules are obeyed than without")
	}
}
