package scenario

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheDocumentsExamplesAreScenarios(t *testing.T) {
	all := pieces(t)
	if len(all) < 5 {
		t.Fatalf("docs/scenarios.md has %d pieces of YAML", len(all))
	}
	for _, piece := range all {
		s, err := Parse([]byte(piece))
		if err != nil {
			t.Errorf("%v in\n%s", err, piece)
			continue
		}
		for range s.Arrivals() {
			break
		}
	}
}

func TestTheDocumentNamesEveryKey(t *testing.T) {
	text := manual(t)
	keys := habitKeys + " name seed for starts defaults mixes shapes users traffic" +
		" rate ramp burst from to at every shape day how attempts wait base most jitter on finish after kinds kind size " + settingKeys +
		" what capacity latency comfort full recovery in_time floor refusal changes reason"
	for _, key := range strings.Fields(keys) {
		if !strings.Contains(text, "`"+key+"`") {
			t.Errorf("docs/scenarios.md does not explain the key %s", key)
		}
	}
}

func TestTheDocumentsTablesAreTheCodes(t *testing.T) {
	text := manual(t)
	for _, name := range RuleNames() {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("docs/scenarios.md does not name the rule %s", name)
		}
	}
	for _, rows := range [][]string{mixRows(), shapeRows(), dayRows()} {
		for _, row := range rows {
			if !strings.Contains(text, row+"\n") {
				t.Errorf("docs/scenarios.md lacks the row\n%s", row)
			}
		}
	}
}

func manual(t *testing.T) string {
	text, err := os.ReadFile("../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func mixRows() []string {
	rows := []string{"| mix | variants with their weights |", "|---|---|"}
	for _, name := range MixNames() {
		mix, _ := NamedMix(name)
		var shares []string
		for _, share := range mix {
			shares = append(shares, fmt.Sprintf("%v %g", share.Variant, share.Weight))
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s |", name, strings.Join(shares, ", ")))
	}
	return rows
}

func shapeRows() []string {
	rows := []string{"| shape | factors of the hours 0 to 23 | days |", "|---|---|---|"}
	for _, name := range ShapeNames() {
		shape, _ := NamedShape(name)
		days := "all"
		if shape.Days != everyDay() {
			days = strings.Trim(fmt.Sprint(shape.Days), "[]")
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |", name, strings.Trim(fmt.Sprint(shape.Hours), "[]"), days))
	}
	return rows
}

func dayRows() []string {
	rows := []string{"| day | slices |", "|---|---|"}
	for _, name := range DayNames() {
		slices, _ := NamedDay(name)
		var parts []string
		for _, slice := range slices {
			shape := slice.Shape
			if shape == "" {
				shape = "level"
			}
			parts = append(parts, fmt.Sprintf("%g %% %s (%s)", slice.Share*100, slice.Mix, shape))
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s |", name, strings.Join(parts, ", ")))
	}
	return rows
}

func TestSampleScenarios(t *testing.T) {
	names, err := filepath.Glob("../scenarios/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no sample scenarios: %v", err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// One bursts to five times the threshold of 270/s; of the others each sends, in
// any half second, at most half of the 45/s that an equal share gives.
func TestOneSupplierBursts(t *testing.T) {
	text, err := os.ReadFile("../scenarios/one-supplier-bursts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	tokens, last := map[int]float64{}, map[int]float64{}
	for a := range s.Arrivals() {
		name, now := s.Users[a.User].Account, a.At.Seconds()
		if name == "BRAVO" {
			continue
		}
		if _, known := tokens[a.User]; !known {
			tokens[a.User] = 22.5
		}
		messages := 1.0
		if a.Variant.Critical() {
			messages = 2 // as if both came at once
		}
		tokens[a.User] = min(22.5, tokens[a.User]+45*(now-last[a.User])) - messages
		last[a.User] = now
		if tokens[a.User] < 0 {
			t.Fatalf("%s is over an allocation of 45/s at %v", name, a.At)
		}
	}
	bravo := &Scenario{Seed: s.Seed, Length: s.Length, Users: s.Users[1:2]}
	if n := arrivalsBetween(bravo, 5e9, 15e9); bravo.Users[0].Account != "BRAVO" || n < 13_000 || n > 14_000 {
		t.Errorf("BRAVO sends %d in ten seconds, want about 13,500", n)
	}
	if n := arrivalsBetween(s, 0, 5e9); n > 5*200 {
		t.Errorf("quiet is not quiet: %d requests in five seconds", n)
	}
}
