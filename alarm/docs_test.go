package alarm_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"srtm/alarm"
)

// TestPageHasEveryKind: docs/alarms.md has a row for each kind in their order, with
// the hold that the property tests hold it to.
func TestPageHasEveryKind(t *testing.T) {
	text, err := os.ReadFile("../docs/alarms.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "| `") {
			rows = append(rows, strings.Split(strings.TrimSpace(line), " | "))
		}
	}
	if len(rows) != len(alarm.Kinds()) {
		t.Fatalf("the page has %d rows for %d kinds", len(rows), len(alarm.Kinds()))
	}
	for i, kind := range alarm.Kinds() {
		if got, want := rows[i][0], fmt.Sprintf("| `%s`", kind); got != want {
			t.Errorf("row %d is %q, want %q", i+1, got, want)
		}
		if got, want := rows[i][4], fmt.Sprintf("%.0f min", holds[kind].Minutes()); got != want {
			t.Errorf("%s: the page has a hold of %q, it is %q", kind, got, want)
		}
	}
}
