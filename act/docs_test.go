package act

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestThePageOfDrills puts the limits on docs/drill.md to the code.
func TestThePageOfDrills(t *testing.T) {
	page, err := os.ReadFile("../docs/drill.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, says := range []string{
		fmt.Sprintf("lasts from %d to %d minutes, %d where nothing else is said", int(LeastDrill.Minutes()), int(MostDrill.Minutes()), int(UsualDrill.Minutes())),
		fmt.Sprintf("One drill of an account at a time, %d in any 24 hours; %d of all accounts at a time.", DrillsADay, MostDrills),
	} {
		if !strings.Contains(string(page), says) {
			t.Errorf("docs/drill.md does not say %q", says)
		}
	}
}
