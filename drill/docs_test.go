package drill

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestThePage puts the figures on docs/drill.md to the code.
func TestThePage(t *testing.T) {
	read, err := os.ReadFile("../docs/drill.md")
	if err != nil {
		t.Fatal(err)
	}
	page := strings.Join(strings.Fields(string(read)), " ")
	percent := func(s float64) string { return fmt.Sprintf("%g %%", s*100) }
	minutes := func(d time.Duration) string { return fmt.Sprintf("%d min", int(d.Minutes())) }
	for _, says := range []string{
		"| retries | less than " + percent(obeysBelow) + " of the repeats come before Retry-After has passed: it **obeys** | less than " + percent(fewRepeat) +
			" of the requests are repeated: **never**; less than " + percent(mixedBelow) + " come early: **in part**; early, and each of the first " +
			map[int]string{5: "five"}[growthSteps] + fmt.Sprintf(" waits is %g times the one before or longer: it **backs off**", growing),
		fmt.Sprintf("| Retry-After | less than %s early, by more than %d ms |", percent(obeysBelow), tolerance.Milliseconds()),
		fmt.Sprintf("| up to %g | up to %g; more where it obeys | more than %g |", fewMessages, manyMessages, manyMessages),
		fmt.Sprintf("beside before | less than %g times | from %g times | from %g times |", surge, surge, flood),
		"| up to " + map[float64]string{0.5: "half"}[heldBack] + ": it held back |",
		"| " + percent(atOnce) + " of all repeats or more |",
		fmt.Sprintf("after the end: the busiest second, beside before | less than %g times | from %g times | from %g times |", bunch, bunch, herd),
		"for " + percent(renews) + " of the requests or more",
		"all passed, within " + minutes(soon) + " of the end | all passed later; or up to " + percent(fewRepeat) + " never | more than " + percent(fewRepeat) + " never passed |",
		fmt.Sprintf("Up to %s Service Requests are followed", number(MaxFollowed)),
		map[int]string{20: "Twenty"}[enough] + " refused messages are the least",
		"at least " + map[time.Duration]string{5 * time.Minute: "five minutes"}[Before] + " before the drill",
		map[time.Duration]string{15 * time.Minute: "a quarter of an hour"}[After] + " after the end belongs to the report",
	} {
		if !strings.Contains(page, says) {
			t.Errorf("docs/drill.md does not say %q", says)
		}
	}
}
