package amendment

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"srtm/calendar"
)

// TestThePage puts the figures on docs/change.md to the code.
func TestThePage(t *testing.T) {
	text, err := os.ReadFile("../docs/change.md")
	if err != nil {
		t.Fatal(err)
	}
	page := strings.Join(strings.Fields(string(text)), " ")
	const when = "Monday 2 January 2006 at 15:04"
	accepted := time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)
	containsAll(t, page,
		fmt.Sprintf("stay listed | %d |", MaxVersions),
		fmt.Sprintf("versions to come | %d |", MaxComing),
		fmt.Sprintf("proposals that wait | %d |", MaxPending),
		fmt.Sprintf("wait for an answer, of an account | %d |", MaxOpen),
		fmt.Sprintf("go with a new one | %d |", MaxAnswered),
		fmt.Sprintf("within an hour, of an account | %d |", MaxHourly),
		fmt.Sprintf("in the journal | %d |", MaxNotices),
		fmt.Sprintf("%d versions are to come already, or %d proposals wait", MaxComing, MaxPending),
		fmt.Sprintf("(1 to %d characters: letters of one script", MaxName),
		"Accepted on "+accepted.Format(when)+", it may take effect from "+calendar.WorkingDaysAfter(accepted, 10).Format(when),
	)
	containsAll(t, string(text), stateFile, textsFolder)
	if p := made(t, "first", "", half); p.Notice != 10 {
		t.Error("ten Working Days are not what a policy says that does not say it")
	}
}
