package tmmd

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"srtm/browsertest"
)

// Every kind of page, opened in a real Chromium: on a telephone, on a screen, on
// paper, light and dark.
func TestPagesInABrowser(t *testing.T) {
	b := browsertest.Start(t)
	for name, d := range pages(t) {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "page.html")
			if err := os.WriteFile(file, []byte(d.HTML()), 0o600); err != nil {
				t.Fatal(err)
			}
			tab := b.Open(t, file)
			tab.Well(t)
			print(t, tab)
			for _, what := range tab.Said() {
				t.Errorf("the page %s", what)
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

var pdfPage = regexp.MustCompile(`/Type\s*/Page[^s]`)

// print looks at the page as A4 has it: 182 mm are within its margins.
func print(t *testing.T, tab *browsertest.Tab) {
	t.Helper()
	tab.Look(t, 182*96*10/254, "print", "dark")
	tab.None(t, "on paper", browsertest.TooWide)
	if ground := browsertest.Ask[string](t, tab, `getComputedStyle(document.body).backgroundColor`); ground != "rgb(255, 255, 255)" {
		t.Errorf("paper is %s for somebody who reads in the dark", ground)
	}
	height := browsertest.Ask[float64](t, tab, `document.body.scrollHeight`)
	sheets, fit := len(pdfPage.FindAll(tab.PDF(t), -1)), int(height/994)+1 // 263 mm
	if sheets < fit || sheets > fit*5/4+2 {
		t.Errorf("%d sheets for what has the height of %d: the browser shrinks what is too wide", sheets, fit)
	}
}
