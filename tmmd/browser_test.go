package tmmd

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
	for name, d := range pages(t) {
		t.Run(name, func(t *testing.T) {
			v := visit(t, chromium, d.HTML())
			for _, width := range []int64{320, 360, 768, 1280} {
				v.look(t, width, "screen", "light")
				v.none(t, fmt.Sprintf("is too wide at %d", width), tooWide)
			}
			for _, scheme := range []string{"light", "dark"} {
				v.look(t, 1000, "screen", scheme)
				v.none(t, "is not accessible when "+scheme, string(source)+accessible)
			}
			v.print(t)
			if heard := v.said(); len(heard) > 0 {
				t.Errorf("the page %q", heard)
			}
		})
	}
}

// pages are the documents that differ most.
func pages(t *testing.T) map[string]*Document {
	day := Day{To: int64(time.Minute), Before: Activity{2, 1500 * time.Millisecond}, Accounts: []DayAccount{
		{Name: "ALPHA", Offered: 100, Before: Result{Forwarded: 90, Throttled: 10, Shadow: 4}, After: Result{Forwarded: 100}},
		{Name: "GONE", Offered: 7, Before: Result{Forwarded: 3, Throttled: 4}, After: Result{Apart: 7}},
		{Name: "BRAVO", Offered: 50000, Before: Result{Forwarded: 30000, Throttled: 20000}, After: Result{Forwarded: 49900, Throttled: 100}},
	}}
	versions := []Version{{Name: "TMMD 2026-10", Digest: strings.Repeat("0123456789abcdef", 4), From: time.Unix(1_790_000_000, 0), Who: "J. Smith", Why: "The portfolio of September, as agreed."}}
	return map[string]*Document{
		"plain": Render(small(t), Options{}), "every": Render(everything(t), Options{InForce: versions}),
		"public": Render(everything(t), Options{Public: true}), "difference": Compare(small(t), everything(t), day),
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

func visit(t *testing.T, chromium context.Context, html string) *visitor {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(html), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(chromium)
	t.Cleanup(cancel)
	v := &visitor{ctx: ctx, url: "file://" + file}
	if err := chromedp.Listen(ctx, v.hear); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	limited, done := context.WithTimeout(ctx, time.Minute)
	defer done()
	if err := chromedp.Do(limited, chromedp.Navigate(v.url)); err != nil {
		t.Fatalf("opening the page: %v", err)
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

// tooWide lists what reaches beyond the window and cannot be scrolled by itself,
// and text that is too small to read.
const tooWide = `(() => {
	const naming = e => e.tagName.toLowerCase() + " in #" + (e.closest("[id]") || {}).id + " “" + e.textContent.trim().slice(0, 40) + "”";
	const wide = document.documentElement.clientWidth, out = [];
	if (document.documentElement.scrollWidth > wide) out.push("the page: " + document.documentElement.scrollWidth);
	for (const e of document.body.querySelectorAll("*")) {
		const scroll = e.parentElement.closest(".scroll");
		if (scroll && getComputedStyle(scroll).overflowX !== "visible" || e.closest("svg") && !e.matches("svg")) continue;
		const r = e.getBoundingClientRect();
		if (r.width && (r.right > wide + 1 || r.left < -1)) out.push(naming(e) + " reaches from " + r.left + " to " + r.right);
		if (r.width && !e.closest("svg") && parseFloat(getComputedStyle(e).fontSize) < 9) out.push(naming(e) + " is too small");
	}
	return out.slice(0, 5);
})()`

// accessible follows the source of axe-core, in the same script.
const accessible = `;axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.map(v =>
	v.id + " (" + v.impact + "): " + v.help + "; " + v.nodes.length + " times, as " + v.nodes.slice(0, 3).map(n => n.target.join(" ")).join(", ")))`

var pdfPage = regexp.MustCompile(`/Type\s*/Page[^s]`)

// print looks at the page as A4 has it: 182 mm are within its margins.
func (v *visitor) print(t *testing.T) {
	t.Helper()
	v.look(t, 182*96*10/254, "print", "dark")
	v.none(t, "on paper", tooWide)
	if ground := ask[string](t, v, `getComputedStyle(document.body).backgroundColor`); ground != "rgb(255, 255, 255)" {
		t.Errorf("paper is %s for somebody who reads in the dark", ground)
	}
	height := ask[float64](t, v, `document.body.scrollHeight`)
	limited, done := context.WithTimeout(v.ctx, time.Minute)
	defer done()
	pdf, err := chromedp.Run(limited, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
	if err != nil {
		t.Fatalf("printing: %v", err)
	}
	sheets, fit := len(pdfPage.FindAll(pdf, -1)), int(height/994)+1 // 263 mm
	if sheets < fit || sheets > fit*5/4+2 {
		t.Errorf("%d sheets for what has the height of %d: the browser shrinks what is too wide", sheets, fit)
	}
}
