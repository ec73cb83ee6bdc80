package study

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Every kind of page, opened in a real Chromium: on a telephone, on a screen, on
// paper, light and dark.
func TestPagesInABrowser(t *testing.T) {
	chromium := startChromium(t)
	source, err := os.ReadFile(strings.TrimSpace(script(t, "axe")))
	if err != nil {
		t.Fatal(err)
	}
	for name, study := range map[string]*Study{"burst": burst(t), "swept": sweptBurst(t), "quiet": quietDay(t), "hostile": hostile(t), "many": many(t), "empty": {}} {
		t.Run(name, func(t *testing.T) {
			page := filepath.Join(t.TempDir(), "page.html")
			if err := os.WriteFile(page, []byte(written(t, study)), 0o600); err != nil {
				t.Fatal(err)
			}
			v := visit(t, chromium, page)
			for _, width := range []int64{320, 360, 768, 1280} {
				v.look(t, width, "screen", "light")
				v.none(t, fmt.Sprintf("is too wide at %d", width), tooWide)
				v.none(t, fmt.Sprintf("is too small to read at %d", width), tooSmall(9))
			}
			for _, width := range []int64{360, 1000} {
				for _, scheme := range []string{"light", "dark"} {
					v.look(t, width, "screen", scheme)
					v.none(t, fmt.Sprintf("is not accessible when %s and %d wide", scheme, width), string(source)+accessible)
				}
			}
			for _, what := range v.print(t) {
				t.Error(what)
			}
			for _, what := range v.said() {
				t.Errorf("the page %s", what)
			}
		})
	}
}

// script runs one of scripts/, which installs what is missing, and returns what
// it prints.
func script(t *testing.T, name string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join("..", "scripts", name))
	var problem strings.Builder
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("scripts/%s: %v: %s", name, err, &problem)
	}
	return string(out)
}

// startChromium starts a browser without a window, without a past, and without
// anything that it would do in the background.
func startChromium(t *testing.T) context.Context {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(strings.TrimSpace(script(t, "browser"))), chromedp.UserDataDir(t.TempDir()), chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	if os.Geteuid() == 0 { // Chromium has no sandbox for root
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, _ = chromedp.NewContext(ctx)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("chromium does not start: %v", err)
	}
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("closing chromium: %v", err)
		}
	})
	return ctx
}

// visitor is a tab with one page in it.
type visitor struct {
	ctx context.Context
	url string

	mu    sync.Mutex
	heard []string // what the page said to the console, and asked the network for
}

func visit(t *testing.T, chromium context.Context, page string) *visitor {
	t.Helper()
	absolute, err := filepath.Abs(page)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(chromium)
	t.Cleanup(cancel)
	v := &visitor{ctx: ctx, url: "file://" + absolute}
	if err := chromedp.Listen(ctx, v.hear); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	limited, done := context.WithTimeout(ctx, time.Minute)
	defer done()
	if err := chromedp.Do(limited, chromedp.Navigate(v.url)); err != nil {
		t.Fatalf("opening %s: %v", page, err)
	}
	return v
}

// hear keeps everything that a page which needs nothing else never does.
func (v *visitor) hear(event any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if e.Request.URL != v.url {
			v.heard = append(v.heard, "asks for "+e.Request.URL)
		}
	case *runtime.EventConsoleAPICalled:
		v.heard = append(v.heard, fmt.Sprintf("says %v to the console", e.Type))
	case *runtime.EventExceptionThrown:
		v.heard = append(v.heard, "throws "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		v.heard = append(v.heard, "logs "+e.Entry.Text)
	}
}

func (v *visitor) said() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.heard)
}

func (v *visitor) look(t *testing.T, width int64, media, scheme string) {
	t.Helper()
	if err := chromedp.Do(v.ctx, chromedp.EmulateViewport(width, 900)); err != nil {
		t.Fatal(err)
	}
	p := emulation.SetEmulatedMediaParams{Media: media, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(v.ctx, emulation.SetEmulatedMedia, p); err != nil {
		t.Fatal(err)
	}
}

// none runs a script that returns a list of complaints.
func (v *visitor) none(t *testing.T, what, script string) {
	t.Helper()
	for _, complaint := range ask[[]string](t, v, script) {
		t.Errorf("%s: %s", what, complaint)
	}
}

// ask returns what a script gives, or a promise of it.
func ask[T any](t *testing.T, v *visitor, script string) T {
	t.Helper()
	limited, done := context.WithTimeout(v.ctx, time.Minute)
	defer done()
	raw, err := chromedp.Run(limited, chromedp.Evaluate[[]byte](script, chromedp.EvalAwaitPromise))
	var answer T
	if err == nil {
		err = json.Unmarshal(raw, &answer)
	}
	if err != nil {
		t.Fatalf("a script fails in the page: %v", err)
	}
	return answer
}

// naming is a function that names an element so that a person finds it.
const naming = `const naming = e => {
	const section = e.closest("section"), table = e.closest("[id]");
	return e.tagName.toLowerCase() + (e.className && e.className.baseVal === undefined ? "." + e.className : "") +
		" in #" + (table ? table.id : section ? section.id : "") + " “" + e.textContent.trim().slice(0, 40) + "”";
};`

// tooWide lists what reaches beyond the window and cannot be scrolled by itself.
const tooWide = `(() => {` + naming + `
	const wide = document.documentElement.clientWidth, out = [];
	if (document.documentElement.scrollWidth > wide) out.push("the page: " + document.documentElement.scrollWidth);
	for (const e of document.body.querySelectorAll("*")) {
		const scroll = e.parentElement.closest(".scroll");
		if (scroll && getComputedStyle(scroll).overflowX !== "visible" || e.closest("table") && !e.matches("table") || e.closest("svg") && !e.matches("svg")) continue;
		const r = e.getBoundingClientRect();
		if (r.width && (r.right > wide + 1 || r.left < -1)) out.push(naming(e) + " reaches from " + r.left + " to " + r.right);
	}
	return out.slice(0, 5);
})()`

// tooSmall lists texts of less than so many pixels, also where a drawing is scaled.
func tooSmall(least float64) string {
	return `(() => {` + naming + `
	const out = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	let drawings = 0;
	while (walk.nextNode()) {
		const e = walk.currentNode.parentElement, svg = e.closest("svg");
		if (!walk.currentNode.data.trim() || !e.getClientRects().length || e.closest("title,desc")) continue;
		let size = parseFloat(getComputedStyle(e).fontSize);
		if (svg) { size *= svg.getBoundingClientRect().width / svg.viewBox.baseVal.width; drawings++; }
		if (size < ` + fmt.Sprint(least) + `) out.push(naming(e) + ": " + size.toFixed(1) + " px");
	}
	for (const f of document.querySelectorAll("figure")) {
		const shown = [...f.querySelectorAll("svg")].filter(s => s.getClientRects().length);
		if (f.querySelector("svg") && shown.length !== 1) out.push(naming(f) + " shows " + shown.length + " drawings");
	}
	return out.slice(0, 5);
})()`
}

// accessible follows the source of axe-core, in the same script.
const accessible = `;axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.map(v =>
	v.id + " (" + v.impact + "): " + v.help + "; " + v.nodes.length + " times, as " +
	v.nodes.slice(0, 3).map(n => n.target.join(" ") + " [" + n.any.map(a => a.message).join("; ").slice(0, 200) + "]").join(", ")))`

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
})()`, naming, s.Width, s.Height)
}

var pdfPage = regexp.MustCompile(`/Type\s*/Page[^s]`)

// mostSheets is the length of a page that somebody still prints.
const mostSheets = 40

// print returns what is wrong with what comes out on paper.
func (v *visitor) print(t *testing.T) (wrong []string) {
	t.Helper()
	columns := 0
	for turned, paper := range ask[[]sheet](t, v, sheetSizes) {
		if paper.Width < 500 || paper.Height < 500 {
			return []string{fmt.Sprintf("@page leaves %.0f × %.0f of A4", paper.Width, paper.Height)}
		}
		v.look(t, int64(paper.Width), "print", "dark")
		if !ask[bool](t, v, only(turned)) {
			continue
		}
		wrong = append(wrong, ask[[]string](t, v, tooWide)...)
		wrong = append(wrong, ask[[]string](t, v, tooSmall(9))...)
		laid := ask[struct {
			Out     []string
			Columns int
		}](t, v, paper.divided())
		wrong = append(wrong, laid.Out...)
		columns += laid.Columns
	}
	ask[bool](t, v, only(2))
	if ground := ask[string](t, v, `getComputedStyle(document.body).backgroundColor`); ground != "rgb(255, 255, 255)" && ground != "rgba(0, 0, 0, 0)" {
		wrong = append(wrong, "paper is "+ground+" for somebody who reads in the dark")
	}
	limited, done := context.WithTimeout(v.ctx, time.Minute)
	defer done()
	pdf, err := chromedp.Run(limited, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
	if err != nil {
		t.Fatalf("printing: %v", err)
	}
	sheets := len(pdfPage.FindAll(pdf, -1))
	if sheets < 1 || sheets > mostSheets || sheets > columns*5/4+2 || columns > sheets*5/4+2 {
		wrong = append(wrong, fmt.Sprintf("%d sheets; laid out in columns there were %d: the browser shrinks what is too wide", sheets, columns))
	}
	for i := range wrong {
		wrong[i] = "on paper: " + wrong[i]
	}
	return wrong
}
