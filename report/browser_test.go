package report

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"srtm/browsertest"
)

// Every page of a month, opened in a real Chromium: on a telephone, on a screen,
// on paper, light and dark.
func TestPagesInABrowser(t *testing.T) {
	pages := append(htmlFiles(t, monthOnDisk(t)), shadowPages(t)...)
	if len(pages) < 3 {
		t.Fatalf("%d pages: there must be one for each edition at least", len(pages))
	}
	b := browsertest.Start(t)
	for _, page := range pages {
		t.Run(filepath.Base(page), func(t *testing.T) {
			tab := b.Open(t, page)
			tab.Well(t)
			for _, what := range print(t, tab) {
				t.Error(what)
			}
			if text, err := os.ReadFile(page); err != nil || strings.Contains(string(text), "ZgotmplZ") {
				t.Errorf("html/template refused a value: it stands where it may not (%v)", err)
			}
			for _, what := range tab.Said() {
				t.Errorf("the page %s", what)
			}
		})
	}
}

// shadowPages are those of a month in shadow that have something of it.
func shadowPages(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	if _, err := Month(t.Context(), "2026-10", Config{Ledger: tellShadow(t).fold(), Out: dir, Now: inNovember}); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(htmlFiles(t, dir), func(path string) bool {
		return !slices.Contains([]string{"2026-10-shadow.html", "2026-10-panel.html", "2026-10-BRAVO.html", "2026-10-public.html"}, filepath.Base(path))
	})
}

func htmlFiles(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".html" {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sheet is a page of paper within its margins, in CSS pixels.
type sheet struct{ Width, Height float64 }

// sheetSizes are an upright sheet, by the page's own @page rule, and the same
// turned, for parts that are set on a page of another name. Paper is A4.
const sheetSizes = `(() => {
	const mm = 96 / 25.4, px = s => parseFloat(s) * (s.endsWith("mm") ? mm : s.endsWith("cm") ? 10 * mm : s.endsWith("pt") ? 96 / 72 : 1);
	let m = [0, 0, 0, 0], a4 = 0;
	for (const s of document.styleSheets) for (const r of s.cssRules) if (r instanceof CSSPageRule && !r.selectorText) {
		if (/size:\s*A4/i.test(r.cssText)) a4 = mm;
		if (r.style.marginTop) m = [r.style.marginTop, r.style.marginRight, r.style.marginBottom, r.style.marginLeft].map(px);
	}
	return [[210, 297], [297, 210]].map(([w, h]) => ({Width: w * a4 - m[1] - m[3], Height: h * a4 - m[0] - m[2]}));
})()`

// only shows what is set on upright sheets (0), on turned ones (1) or all (2),
// and returns whether there is anything.
func only(turned int) string {
	return fmt.Sprintf(`(() => {
	const all = [...document.querySelectorAll("body *")], which = %d;
	all.forEach(e => e.classList.remove("not-now"));
	const turned = all.filter(e => getComputedStyle(e).page !== "auto");
	const rule = document.querySelector("#not-now") || document.head.appendChild(document.createElement("style"));
	rule.id = "not-now", rule.textContent = ".not-now{display:none!important}";
	const hidden = which === 2 ? [] : which === 0 ? turned : all.filter(e => !turned.some(t => t.contains(e) || e.contains(t)));
	hidden.forEach(e => e.classList.add("not-now"));
	return which !== 1 || turned.length > 0;
})()`, turned)
}

// divided lays the page out in columns of a sheet's size, by the rules by which
// the browser divides it into pages, and lists what is divided and must not be.
func (s sheet) divided() string {
	return fmt.Sprintf(`(() => {%s
	const width = %g, height = %g, out = [], style = document.createElement("style");
	style.textContent = "body{height:" + height + "px!important;width:" + width + "px!important;columns:auto!important;column-width:" + width +
		"px!important;column-gap:40px!important;column-fill:auto!important}";
	document.head.append(style);
	for (const e of document.querySelectorAll("tbody tr, tfoot tr, figure, figure svg, .notice, h2, caption")) {
		const rects = [...e.getClientRects()].filter(r => r.height > 0.5);
		if (rects.length > 1) out.push(naming(e) + " is divided, " + rects.map(r => r.height.toFixed(0)).join(" + ") + " px high");
	}
	for (const h of document.querySelectorAll("h2, caption, thead, figcaption")) { // what they head must follow on the same sheet
		const next = h.matches("caption, thead") ? h.parentElement.querySelector("tbody tr") : h.nextElementSibling;
		const a = h.getClientRects()[0], b = next && next.getClientRects()[0];
		if (a && b && Math.abs(a.left - b.left) > width / 2) out.push(naming(h) + " stands alone at the foot of a sheet");
	}
	const columns = Math.ceil((document.body.scrollWidth + 40) / (width + 40));
	style.remove();
	return {Out: out.slice(0, 8), Columns: columns};
})()`, browsertest.Naming, s.Width, s.Height)
}

var pdfPage = regexp.MustCompile(`/Type\s*/Page[^s]`)

// mostSheets is the length of a page that somebody still prints.
const mostSheets = 40

// print returns what is wrong with what comes out on paper.
func print(t *testing.T, tab *browsertest.Tab) (wrong []string) {
	t.Helper()
	columns := 0
	for turned, paper := range browsertest.Ask[[]sheet](t, tab, sheetSizes) {
		if paper.Width < 500 || paper.Height < 500 {
			return []string{fmt.Sprintf("@page leaves %.0f × %.0f of A4", paper.Width, paper.Height)}
		}
		tab.Look(t, int64(paper.Width), "print", "dark")
		if !browsertest.Ask[bool](t, tab, only(turned)) {
			continue
		}
		wrong = append(wrong, browsertest.Ask[[]string](t, tab, browsertest.TooWide)...)
		wrong = append(wrong, browsertest.Ask[[]string](t, tab, browsertest.TooSmall(9))...)
		laid := browsertest.Ask[struct {
			Out     []string
			Columns int
		}](t, tab, paper.divided())
		wrong = append(wrong, laid.Out...)
		columns += laid.Columns
	}
	browsertest.Ask[bool](t, tab, only(2))
	if ground := browsertest.Ask[string](t, tab, `getComputedStyle(document.body).backgroundColor`); ground != "rgb(255, 255, 255)" && ground != "rgba(0, 0, 0, 0)" {
		wrong = append(wrong, "paper is "+ground+" for somebody who reads in the dark")
	}
	sheets := len(pdfPage.FindAll(tab.PDF(t), -1))
	if sheets < 1 || sheets > mostSheets || sheets > columns*5/4+2 || columns > sheets*5/4+2 {
		wrong = append(wrong, fmt.Sprintf("%d sheets; laid out in columns there were %d: the browser shrinks what is too wide", sheets, columns))
	}
	for i := range wrong {
		wrong[i] = "on paper: " + wrong[i]
	}
	return wrong
}

// What the checks above look for is seen where it is.
func TestDefectsOfAPageAreSeen(t *testing.T) {
	page := filepath.Join(t.TempDir(), "bad.html")
	if err := os.WriteFile(page, []byte(defective), 0o600); err != nil {
		t.Fatal(err)
	}
	tab := browsertest.Start(t).Open(t, page)
	tab.Look(t, 360, "screen", "light")
	found := map[string][]string{
		"wide":       browsertest.Ask[[]string](t, tab, browsertest.TooWide),
		"small":      browsertest.Ask[[]string](t, tab, browsertest.TooSmall(9)),
		"accessible": browsertest.Ask[[]string](t, tab, tab.Accessible()),
		"paper":      print(t, tab),
		"said":       tab.Said(),
	}
	for _, c := range []struct{ where, want string }{
		{"wide", "the page:"}, {"wide", "div.broad"}, {"small", "“tiny”"}, {"small", "“scaled”"}, {"small", "shows 2 drawings"},
		{"accessible", "color-contrast"}, {"accessible", "html-has-lang"}, {"said", "says log"}, {"said", "throws Uncaught"}, {"said", "asks for file:///nowhere"},
		{"paper", "div.broad"}, {"paper", "is divided"}, {"paper", "stands alone"}, {"paper", "paper is rgb(0, 0, 0)"},
	} {
		if !slices.ContainsFunc(found[c.where], func(s string) bool { return strings.Contains(s, c.want) }) {
			t.Errorf("%s: there is no %q in %q", c.where, c.want, found[c.where])
		}
	}
}

const defective = `<!DOCTYPE html><title>bad</title><style>@page{size:A4;margin:20mm 14mm 18mm}body{background:#fff}@media print{body{background:#000;color:#fff}}</style>
<h1>Bad</h1><div class="broad" style="width:2000px">broad</div><p style="font-size:5px">tiny</p><p style="color:#ccc">pale</p>
<figure><svg viewBox="0 0 3000 10" width="300"><text y="9" font-size="12">scaled</text></svg><svg width="9" height="9"></svg></figure>
<p style="height:730px;margin:0">much</p><h2>Alone</h2><figure style="height:600px;break-inside:avoid">whole</figure>
<figure style="height:1500px">high</figure><img src="/nowhere.png"><script>console.log("here"); null.x</script>`
