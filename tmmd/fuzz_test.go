package tmmd

import (
	"strings"
	"testing"
	"testing/fstest"

	"srtm/policy"
)

// A policy full of what could be taken for markup.
var (
	hostile          = strings.Replace(every, "First version.", "'*<b>|`&amp; é ]]> -- __init__ [a](b) ![c](d) ~x~ #1 \\'", 1)
	hostilePortfolio = strings.ReplaceAll(smallPortfolio, "Alpha Energy", "\"<i>A`|*\"\"&\"")
)

const hostileAnnex = "]]>\t<!--\r\n````\n| a |\n</pre><script>alert(1)</script>\n"

// Nothing that the parties wrote becomes markup.
func TestWordsAreNoMarkup(t *testing.T) {
	p := parse(t, hostile, map[string]string{"portfolio.csv": hostilePortfolio, "annex.md": hostileAnnex})
	html, markdown := Render(p, Options{}).HTML(), Render(p, Options{}).Markdown()
	wellFormed(t, html)
	for _, want := range []string{"<td>*&lt;b&gt;|`&amp;amp; é ]]&gt; -- __init__ [a](b) ![c](d) ~x~ #1 \\</td>", "<td>&lt;i&gt;A`|*&quot;&amp;</td>", "]]&gt;\t&lt;!--\n````\n| a |\n&lt;/pre&gt;&lt;script&gt;"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	for _, want := range []string{"| \\*\\<b\\>\\|\\`\\&amp; é \\]\\]\\> -- \\_\\_init\\_\\_ \\[a\\](b) \\!\\[c\\](d) \\~x\\~ \\#1 \\\\ |", "| \\<i\\>A\\`\\|\\*\"\\& |", "`````text\n]]>\t<!--\n````\n| a |\n</pre><script>alert(1)</script>\n`````\n"} {
		if !strings.Contains(markdown, want) {
			t.Errorf("the Markdown does not have %q", want)
		}
	}
}

// Whatever is accepted as a policy is rendered and compared: as well-formed pages
// that name nobody in public.
func FuzzRender(f *testing.F) {
	f.Add(smallPolicy, smallPortfolio, "")
	f.Add(every, smallPortfolio, "# Alerts\n\n```\n<b>8F3E</b>\n```\n")
	f.Add(hostile, hostilePortfolio, hostileAnnex)
	f.Fuzz(func(t *testing.T, text, portfolio, annex string) {
		p, err := policy.Parse("policy.yaml", []byte(text), fstest.MapFS{"portfolio.csv": {Data: []byte(portfolio)}, "annex.md": {Data: []byte(annex)}})
		if err != nil {
			return
		}
		whole, public := Render(p, Options{}), Render(p, Options{Public: true})
		for _, d := range []*Document{whole, public, Compare(p, p), Compare(p, small(t)), Compare(small(t), p)} {
			wellFormed(t, d.HTML())
			sheets(t, d.Markdown())
			d.Text()
		}
		if said := changes(p, p); len(said) > 0 {
			t.Errorf("from itself it differs: %q", said)
		}
		sums(t, p, whole.Markdown(), false)
		for _, a := range p.Accounts {
			if id := a.Rows[0].UserID.String(); strings.Contains(public.HTML(), id) {
				t.Errorf("%s is in the public edition", id)
			}
		}
	})
}
