package report

import (
	"path/filepath"
	"strings"
	"testing"

	"srtm/browsertest"
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
	b := browsertest.Start(t)
	for _, page := range htmlFiles(t, monthOnDisk(t)) {
		name := filepath.Base(page)
		if strings.HasSuffix(name, "-public.html") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			tab := b.Open(t, page)
			if n := browsertest.Ask[int](t, tab, beyondSummary); n != 1 {
				t.Fatalf("the page has %d sections of episodes to be seen", n)
			}
			if sheets := len(pdfPage.FindAll(tab.PDF(t), -1)); sheets != 2 {
				t.Errorf("it takes %d sheets", sheets)
			}
		})
	}
}
