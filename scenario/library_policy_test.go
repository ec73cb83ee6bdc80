package scenario

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"srtm/policy"
)

func TestLibraryIsComplete(t *testing.T) {
	page, err := os.ReadFile("../docs/library.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range library(t) {
		if s.Setting.DSP.Capacity == 0 || len(s.Setting.Compare) == 0 {
			t.Errorf("%s does not say what the DSP can do and what is compared", name)
		}
		if !strings.Contains(comment(t, name), "assumption") || !strings.Contains(comment(t, name), "It shows") {
			t.Errorf("%s does not say what it shows and what is assumed", name)
		}
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/library.md does not tell of %s", name)
		}
	}
}

// allocations loads a policy and returns what it gives each account, in requests
// per second.
func allocations(t *testing.T, file string) map[string]float64 {
	t.Helper()
	p, err := policy.Load("../scenarios/" + file)
	if err != nil {
		t.Fatal(err)
	}
	given := map[string]float64{}
	for _, a := range p.Accounts {
		given[a.Name] = float64(a.Allocation) / 1000
	}
	return given
}

func TestLibrarysPoliciesKnowItsServiceUsers(t *testing.T) {
	for name, s := range library(t) {
		for _, file := range s.Setting.Policies {
			given := allocations(t, file)
			if len(given) != len(s.Users) {
				t.Errorf("%s has %d Service Users, %s gives %d an allocation", name, len(s.Users), file, len(given))
			}
			for _, u := range s.Users {
				if given[u.Account] == 0 {
					t.Errorf("%s: %s gives %s no allocation", name, file, u.Account)
				}
			}
		}
	}
}

// In no half second does the small supplier send more than half of a second's
// allocation, second messages of critical commands, a second later, among it.
func TestASmallSupplierBesideAGiantIsWithinItsAllocation(t *testing.T) {
	s := sample(t, "small-beside-giant.yaml")
	rate := allocations(t, s.Setting.Policies[0])["SUPPLIER-018"]
	var sent []float64
	for a := range s.Arrivals() {
		if s.Users[a.User].Account != "SUPPLIER-018" {
			continue
		}
		if sent = append(sent, a.At.Seconds()); a.Variant.Critical() {
			sent = append(sent, a.At.Seconds()+s.Users[a.User].Client.Sign.Seconds()+0.1)
		}
	}
	slices.Sort(sent)
	tokens, last := rate/2, 0.0
	for _, at := range sent {
		tokens = min(rate/2, tokens+rate*(at-last)) - 1
		if last = at; tokens < 0 {
			t.Errorf("it is over its allocation of %g/s at %.2f s", rate, at)
		}
	}
	if len(sent) < 1500 || !strings.Contains(comment(t, "small-beside-giant.yaml"), "within its allocation all the time") {
		t.Error(fmt.Sprint("it sends ", len(sent), " messages, and the comment may not say that it is within its allocation"))
	}
}

// What the quiet day is for: not even in its busiest hours, the first three, does
// the threshold matter.
func TestAQuietDayIsQuiet(t *testing.T) {
	s := sample(t, "quiet-day.yaml")
	tokens, last := 1800.0, 0.0
	for a := range s.Arrivals() {
		if a.At > 3*time.Hour {
			break
		}
		now := a.At.Seconds()
		messages := 1.0
		if a.Variant.Critical() {
			messages = 2 // as if both came at once
		}
		tokens = min(1800, tokens+1800*(now-last)) - messages
		if last = now; tokens < 900 {
			t.Fatalf("half of a second's threshold is used up at %v", a.At)
		}
	}
}
