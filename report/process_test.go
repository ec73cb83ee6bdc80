package report

import (
	"slices"
	"testing"

	"srtm/duis"
)

func TestEveryVariantHasAProcess(t *testing.T) {
	groups, services := map[duis.Process]int{}, map[string]bool{}
	for v := range duis.Variants() {
		d := describe(v.String())
		if d.process == "" || d.process == "other" || d.process == notInCatalogue {
			t.Errorf("%s %s is in the process %q", d.text, d.name, d.process)
		}
		if d.process != v.Process() && v.Process() != "other" {
			t.Errorf("%s is %q here and %q in the catalogue", d.text, d.process, v.Process())
		}
		groups[d.process]++
		services[d.service] = true
	}
	if len(groups) < 10 || groups["reads"] < 20 {
		t.Errorf("the processes are %v", groups)
	}
	for reference := range refined {
		if !services[reference] {
			t.Errorf("the catalogue has no Service %s", reference)
		}
	}
}

func TestProcesses(t *testing.T) {
	for _, row := range []struct{ variant, process, service, because string }{
		{"2.2", "prepayment", "2.2", "Top Up Device"},
		{"1.5", "prepayment", "1.5", "Update Meter Balance"},
		{"8.1.1", "install and commission", "8.1", "Commission Device"},
		{"4.8.1", "reads", "4.8", "Read Active Import Profile Data"},
		{"1.1.1", "tariff", "1.1", "Update Import Tariff"},
		{"6.15.1", "security and keys", "6.15", "Update Security Credentials"},
		{"6.23", "change of supplier", "6.23", "Update Security Credentials (CoS)"},
		{"11.1", "firmware", "11.1", "Update Firmware"},
		{"7.16", "load control", "7.16", "Limit APC Level"},
		{"99.1.1", "not in the catalogue", "99.1.1", "a later schema"},
		{"=1+1", "not in the catalogue", "=1+1", "nonsense"},
	} {
		if d := describe(row.variant); string(d.process) != row.process || d.service != row.service {
			t.Errorf("%s is in %q and %q, want %q and %q: %s", row.variant, d.process, d.service, row.process, row.service, row.because)
		}
	}
}

func TestVariantsAreInTheOrderOfTheirNumbers(t *testing.T) {
	got := []string{"4.10", "4.2", "11.1", "1.1.2", "1.1.1", "4.8.1", "x", "1.1", "4.8"}
	slices.SortFunc(got, compareNumbers)
	want := []string{"1.1", "1.1.1", "1.1.2", "4.2", "4.8", "4.8.1", "4.10", "11.1", "x"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}
