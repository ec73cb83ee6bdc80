package duis

import (
	"strings"
	"testing"
)

func TestTheCatalogueHas129VariantsThatAreFoundByTheirText(t *testing.T) {
	n := 0
	for v := range Variants() {
		n++
		for _, found := range []func() (Variant, bool){
			func() (Variant, bool) { return ParseVariant(v.String()) },
			func() (Variant, bool) { return ParseVariant([]byte(v.String())) },
		} {
			if got, ok := found(); got != v || !ok {
				t.Errorf("%v is found as %v, %v", v, got, ok)
			}
		}
		if v.Name() == "" || v.Process() == "" || v.Modes() == 0 {
			t.Errorf("%v has name %q, process %q, modes %q", v, v.Name(), v.Process(), v.Modes())
		}
		if !strings.HasPrefix(v.String()+".", v.Reference()+".") || strings.Count(v.Reference(), ".") != 1 {
			t.Errorf("%v has reference %q", v, v.Reference())
		}
	}
	if n != 129 {
		t.Errorf("there are %d variants, want 129", n)
	}
}

func TestOtherTextsAreUnknownVariants(t *testing.T) {
	for _, text := range []string{"", "unknown", "4.8", "4.8.4", "04.8.1", "4.8.1 ", "4.8.10", "4.8.1.1", "٤.٨.١", "4\x008.1", strings.Repeat("4.8.1", 100)} {
		if v, ok := ParseVariant(text); v != Unknown || ok {
			t.Errorf("%q is found as %v", text, v)
		}
	}
	for _, v := range []Variant{Unknown, 130, 255} {
		if v.String() != "unknown" || v.Reference() != "" || v.Critical() || v.CommandVariant() != 0 || v.Roles() != 0 {
			t.Errorf("variant %d is %v of reference %q", uint8(v), v, v.Reference())
		}
	}
}

func TestSomeVariants(t *testing.T) {
	for _, row := range []struct {
		text, name, reference string
		critical              bool
		command               CommandVariant
		roles, modes          string
		process               Process
	}{
		{"1.1.1", "Update Import Tariff (Primary Element)", "1.1", true, 4, "IS|GS", "On Demand|Future Dated (Device)", "tariff"},
		{"2.2", "Top Up Device", "2.2", false, 1, "IS|GS", "On Demand", "prepayment"},
		{"4.8.1", "Read Active Import Profile Data", "4.8", false, 1, "IS|GS|ED|GT|OU", "On Demand|Future Dated (DSP)|DCC Scheduled", "reads"},
		{"6.2.10", "Read Device Configuration (Event and Alert Behaviours)", "6.2", false, 1, "IS|GS|ED", "On Demand", "other"},
		{"7.2", "Disable Supply", "7.2", true, 4, "IS|GS", "On Demand", "supply"},
		{"8.14.1", "Communications Hub Status Update - Install Success", "8.14", false, 8, "IS|GS", "DCC Only", "install and commission"},
		{"12.1", "Request WAN Matrix", "12.1", false, 8, "IS|ES|GS|RSA|ED|GT|OU", "DCC Only", "install and commission"},
	} {
		v, _ := ParseVariant(row.text)
		if v.Name() != row.name || v.Reference() != row.reference || v.Critical() != row.critical || v.CommandVariant() != row.command ||
			v.Roles().String() != row.roles || v.Modes().String() != row.modes || v.Process() != row.process {
			t.Errorf("%v is %q of %s, critical %v, Command Variant %d, roles %v, modes %v, process %s",
				v, v.Name(), v.Reference(), v.Critical(), v.CommandVariant(), v.Roles(), v.Modes(), v.Process())
		}
	}
}

func TestParseVariantDoesNotAllocate(t *testing.T) {
	text := []byte("6.14.3")
	if n := testing.AllocsPerRun(100, func() { ParseVariant(text) }); n != 0 {
		t.Errorf("it takes %v allocations", n)
	}
}

func TestRoles(t *testing.T) {
	suppliers := ImportSupplier | GasSupplier
	for _, row := range []struct {
		rule string
		ok   bool
	}{
		{"a set has each of its roles", suppliers.Has(ImportSupplier) && suppliers.Has(GasSupplier)},
		{"a set has itself", suppliers.Has(suppliers)},
		{"a set has no other role", !suppliers.Has(OtherUser)},
		{"a set that has one of two does not have both", !suppliers.Has(ImportSupplier | OtherUser)},
	} {
		if !row.ok {
			t.Errorf("it is not so that %s", row.rule)
		}
	}
	for i, name := range roleNames {
		if r, err := ParseRole(name); err != nil || r != 1<<i || r.String() != name {
			t.Errorf("%s is read as %v, %v", name, r, err)
		}
	}
	if r, err := ParseRole("is"); err == nil {
		t.Errorf("lower case is read as %v", r)
	}
}

func TestEachCommandVariantBelongsToAService(t *testing.T) {
	want := map[CommandVariant]string{
		0: "no service", 1: "Send Command", 2: "Non-Device", 3: "Send Command", 4: "Transform", 5: "Send Command",
		6: "Non-Device", 7: "Send Command", 8: "Non-Device", 9: "no service", 10: "no service",
	}
	for cv, name := range want {
		if got := cv.Service().String(); got != name {
			t.Errorf("Command Variant %d belongs to %s, want %s", cv, got, name)
		}
	}
}

func FuzzParseVariant(f *testing.F) {
	f.Add("4.8.1")
	f.Add("6.2.10")
	f.Fuzz(func(t *testing.T, text string) {
		if v, ok := ParseVariant(text); ok && v.String() != text {
			t.Errorf("%q is found as %v", text, v)
		}
	})
}
