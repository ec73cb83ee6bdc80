package load

import (
	"encoding/csv"
	"fmt"

	"strings"
	"testing"

	"github.com/valyala/fasthttp"
)

// The table of results adds up, in a table's own words, where clients come back and
// some send nothing.
func TestResultsAddUp(t *testing.T) {
	server := serve(t, throttle)
	s := scenarioOf(t, "for: 60s\ndefaults: {mix: \"2.2\", timeout: 60s, retry: {how: blind, wait: 0s, attempts: 3}}\nusers:\n  ALPHA: {traffic: [{burst: 10}]}\n  BRAVO: {traffic: []}\n")
	var text strings.Builder
	if err := WriteResults(&text, "A, and B", play(t, configFor(server.url, s), s)); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(text.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"[load A, and B * * 10 30 30 0 0 0 0 10 0 0       ]",
		"[load A, and B ALPHA * 10 30 30 0 0 0 0 10 0 0       ]",
		"[load A, and B BRAVO * 0 0 0 0 0 0 0 0 0 0       ]",
	}
	if len(rows) != 1+len(want) || strings.Join(rows[0], ",") != columns {
		t.Fatalf("the table is\n%s", text.String())
	}
	for i, row := range rows[1:] {
		if got := fmt.Sprint(row); got != want[i] {
			t.Errorf("row %d is %s, want %s", i+1, got, want[i])
		}
	}
}

// A request's time begins when it came and ends when it is accepted, over all that was
// refused in between.
func TestTheTimeOfARequestHoldsItsWaits(t *testing.T) {
	server := serve(t, func(ctx *fasthttp.RequestCtx, n int) {
		if n <= 10 {
			throttle(ctx, n)
		} else {
			accept(ctx, n)
		}
	})
	s := scenarioOf(t, tenBy("retry: {how: blind, wait: 200ms}"))
	got := play(t, configFor(server.url, s), s)
	if u := got.Users[0]; u.Took.Count != 10 || u.Took.P50.Milliseconds() < 200 || got.Took != u.Took || u.Overdue != 0 {
		t.Errorf("accepted requests took %+v, in all %+v; %d overdue", u.Took, got.Took, u.Overdue)
	}
}
