package report

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// beyondSummary takes away what stands after the first table of the episodes: what
// is left is to be read by everybody.
const beyondSummary = `(() => {
	const section = document.querySelector("#each-episode"), last = section.querySelector(".table") || section.lastElementChild;
	for (let e = last; e.tagName !== "BODY"; e = e.parentElement) while (e.nextElementSibling) e.nextElementSibling.remove();
	return section.getClientRects().length;
})()`

// The report to a Service User is a page or two, then tables: its sentence and
// figures, the month at a glance and a line for each episode are on two sheets.
// So they are for the Panel.
func TestWhatMattersIsOnTwoSheets(t *testing.T) {
	chromium := startChromium(t)
	for _, page := range htmlFiles(t, monthOnDisk(t)) {
		name := filepath.Base(page)
		if strings.HasSuffix(name, "-public.html") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			v := visit(t, chromium, page)
			if n := ask[int](t, v, beyondSummary); n != 1 {
				t.Fatalf("the page has %d sections of episodes to be seen", n)
			}
			pdf, err := chromedp.Run(v.ctx, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
			if err != nil {
				t.Fatal(err)
			}
			if sheets := len(pdfPage.FindAll(pdf, -1)); sheets != 2 {
				t.Errorf("it takes %d sheets", sheets)
			}
		})
	}
}
