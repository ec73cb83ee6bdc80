package main

import (
	"bytes"
	"io"
	"testing"

	"srtm/evidence"
	"srtm/journal"
	"srtm/simulate"
	"srtm/traffic"
)

// hostile are requests whose variants a spreadsheet or a reader of CSV could take
// for something else.
type hostile struct{ variants []string }

// Next gives a decision about the next.
func (h *hostile) Next() (*journal.Entry, error) {
	if len(h.variants) == 0 {
		return nil, io.EOF
	}
	d := &journal.Decision{Own: journal.Own{Account: "=ALPHA"}, Variant: h.variants[0], Numbers: traffic.Decision{At: 5}}
	h.variants = h.variants[1:]
	return &journal.Entry{At: 5, Record: d}, nil
}

func TestExportedArrivalsAreReplayedAsTheyWere(t *testing.T) {
	variants := []string{"2.2", "=1+1", "+1", "-1", "@x", "'=1", "a,b", "\"a\"", " 2.2", "2.2 ", "\\"}
	var csv bytes.Buffer
	if _, err := evidence.Export(&csv, &hostile{variants}, evidence.Selection{Arrivals: true}); err != nil {
		t.Fatal(err)
	}
	n := 0
	for a, err := range simulate.ReadArrivals(&csv) {
		if err != nil {
			t.Fatal(err)
		}
		if a.Account != "=ALPHA" || a.Variant != variants[n] {
			t.Errorf("%q of =ALPHA comes back as %q of %q", variants[n], a.Variant, a.Account)
		}
		n++
	}
	if n != len(variants) {
		t.Errorf("%d of %d come back", n, len(variants))
	}
}
