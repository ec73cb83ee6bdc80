package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"
)

// Script runs one of scripts/, which installs what is missing, and returns what it
// prints. The test runs in a folder beside scripts.
func Script(t testing.TB, name string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join("..", "scripts", name))
	var problem strings.Builder
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("scripts/%s: %v: %s", name, err, &problem)
	}
	return strings.TrimSpace(string(out))
}

// Browser is a running Chromium.
type Browser struct {
	ctx context.Context
	axe string // source of axe-core
}

// Start starts one, which ends with the test.
func Start(t testing.TB) *Browser {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(Script(t, "browser")), chromedp.UserDataDir(t.TempDir()), chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("ignore-certificate-errors", true))
	if os.Geteuid() == 0 { // Chromium has no sandbox for root
		options = append(options, chromedp.NoSandbox)
	}
	axe, err := os.ReadFile(Script(t, "axe"))
	if err != nil {
		t.Fatal(err)
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
	return &Browser{ctx, string(axe)}
}

// Tab is a tab with a page in it.
type Tab struct {
	ctx  context.Context
	axe  string
	home string // what it may ask for begins so
	mute bool   // its scripts are off

	mu    sync.Mutex
	heard []string
}

// Open opens a page: an address, or the path of a file. From an address the page
// may ask its own host for more; a file may ask for nothing.
func (b *Browser) Open(t testing.TB, page string) *Tab {
	t.Helper()
	address := page
	if !strings.Contains(page, "://") {
		absolute, err := filepath.Abs(page)
		if err != nil {
			t.Fatal(err)
		}
		address = "file://" + absolute
	}
	ctx, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(cancel)
	v := &Tab{ctx: ctx, axe: b.axe, home: address}
	if u, err := url.Parse(address); err == nil && u.Scheme != "file" {
		v.home = u.Scheme + "://" + u.Host + "/"
	}
	if err := chromedp.Listen(ctx, v.hear); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true}); err != nil {
		t.Fatal(err)
	}
	v.Do(t, chromedp.Navigate(address))
	return v
}

// hear keeps everything that a page which is well never does.
func (v *Tab) hear(event any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; u != v.home && (strings.HasPrefix(v.home, "file:") || !strings.HasPrefix(u, v.home) && !strings.HasPrefix(u, "data:")) {
			v.heard = append(v.heard, "asks for "+u)
		}
	case *runtime.EventConsoleAPICalled:
		v.heard = append(v.heard, fmt.Sprintf("says %v to the console", e.Type))
	case *runtime.EventExceptionThrown:
		v.heard = append(v.heard, "throws "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		v.heard = append(v.heard, "logs "+e.Entry.Text)
	}
}

// Said returns what the page did that a page which is well never does.
func (v *Tab) Said() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.heard)
}

// Forget forgets what was heard, after something that is meant to fail.
func (v *Tab) Forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.heard = nil
}

// patience is how long a page may take for anything.
const patience = time.Minute

// Do does one of chromedp's tasks.
func (v *Tab) Do(t testing.TB, task ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	limited, done := context.WithTimeout(v.ctx, patience)
	defer done()
	if err := chromedp.Do(limited, task...); err != nil {
		t.Fatalf("the page does not do it: %v", err)
	}
}

// Go opens another page in the same tab.
func (v *Tab) Go(t testing.TB, address string) {
	t.Helper()
	v.Do(t, chromedp.Navigate(address))
}

// Look sets the window's width in CSS pixels, the medium (screen or print) and
// the scheme (light or dark).
func (v *Tab) Look(t testing.TB, width int64, media, scheme string) {
	t.Helper()
	v.Do(t, chromedp.EmulateViewport(width, 900))
	p := emulation.SetEmulatedMediaParams{Media: media, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(v.ctx, emulation.SetEmulatedMedia, p); err != nil {
		t.Fatal(err)
	}
	if !v.mute { // what watches the window's size has seen it then
		Ask[bool](t, v, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`)
	}
}

// Scripts switches the page's scripts on or off, from the next page on.
func (v *Tab) Scripts(t testing.TB, on bool) {
	t.Helper()
	v.mute = !on
	if _, err := chromedp.Call(v.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		t.Fatal(err)
	}
}

// Ask returns what a script gives, or a promise of it.
func Ask[T any](t testing.TB, v *Tab, script string) T {
	t.Helper()
	limited, done := context.WithTimeout(v.ctx, patience)
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

// Await waits until an expression is true, also while one page leads to another.
func (v *Tab) Await(t testing.TB, expression string) {
	t.Helper()
	script := fmt.Sprintf(`new Promise(done => { let left = 20; const look = () => {
		if (%s) done(true); else if (!left--) done(false); else setTimeout(look, 50); }; look(); })`, expression)
	limited, stop := context.WithTimeout(v.ctx, patience/2)
	defer stop()
	for limited.Err() == nil {
		raw, err := chromedp.Run(limited, chromedp.Evaluate[[]byte](script, chromedp.EvalAwaitPromise))
		if err == nil && string(raw) == "true" { // an error is that of a page that goes
			return
		}
	}
	t.Fatalf("it does not become so that %s; the page says %q, and has heard %q", expression, Ask[string](t, v, `document.body.innerText.slice(0, 1500)`), v.Said())
}

// Click clicks what a selector finds, as a person does. Where a live page replaces
// it between finding and clicking, it is found again, as a person would.
func (v *Tab) Click(t testing.TB, selector string) {
	t.Helper()
	limited, done := context.WithTimeout(v.ctx, patience)
	defer done()
	for {
		err := chromedp.Do(limited, chromedp.Click(selector))
		switch {
		case err == nil:
			return
		case limited.Err() == nil && strings.Contains(err.Error(), gone):
			continue
		}
		t.Fatalf("%s is not clicked: %v", selector, err)
	}
}

// gone is how Chromium says that a node is no longer there.
const gone = "Could not find node with given id"

// Fill types into what a selector finds.
func (v *Tab) Fill(t testing.TB, selector, text string) {
	t.Helper()
	Ask[bool](t, v, fmt.Sprintf(`(() => { document.querySelector(%q).value = ""; return true; })()`, selector))
	v.Do(t, chromedp.SendKeys(selector, text))
}

// Choose gives a field for files some of them.
func (v *Tab) Choose(t testing.TB, selector string, files ...string) {
	t.Helper()
	v.Do(t, chromedp.SetUploadFiles(selector, files))
}

// Screenshot writes the whole page as a picture, for a person to look at.
func (v *Tab) Screenshot(t testing.TB, file string) {
	t.Helper()
	limited, done := context.WithTimeout(v.ctx, patience)
	defer done()
	picture, err := chromedp.Run(limited, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(file, picture, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// PDF prints the page by its own @page rules.
func (v *Tab) PDF(t testing.TB) []byte {
	t.Helper()
	limited, done := context.WithTimeout(v.ctx, patience)
	defer done()
	pdf, err := chromedp.Run(limited, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
	if err != nil {
		t.Fatalf("printing: %v", err)
	}
	return pdf
}
