package load

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"srtm/duis"
	"srtm/scenario"
)

func messages(t testing.TB) *Messages {
	t.Helper()
	m, err := NewMessages(time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// everyKind gives each variant with each Command Variant that stand-ins send.
func everyKind(m *Messages, yield func(duis.Variant, duis.CommandVariant)) {
	for _, v := range m.Variants() {
		yield(v, v.CommandVariant())
		if v.Critical() {
			yield(v, 5)
		}
	}
}

func TestEveryMessageIsValidByTheSchema(t *testing.T) {
	out, err := exec.Command("../scripts/duis-schema").Output()
	if err != nil {
		t.Fatalf("scripts/duis-schema: %v: %s", err, stderr(err))
	}
	schema := filepath.Join(strings.TrimSpace(string(out)), "DUIS.xsd")

	m, dir := messages(t), t.TempDir()
	args := []string{"--nonet", "--noout", "--schema", schema}
	everyKind(m, func(v duis.Variant, c duis.CommandVariant) {
		name := filepath.Join(dir, fmt.Sprintf("%v-%d.xml", v, c))
		id := duis.RequestID{Originator: 1, Target: 0x0A12345678, Counter: 1<<64 - 1}
		if err := os.WriteFile(name, m.Append(nil, v, c, id), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	})
	report, err := exec.Command("xmllint", args...).CombinedOutput()
	if err != nil {
		t.Errorf("xmllint: %v\n%s", err, report)
	}
	if valid := strings.Count(string(report), " validates\n"); valid != len(args)-4 {
		t.Errorf("%d of %d messages are valid", valid, len(args)-4)
	}
}

func stderr(err error) string {
	if exit, ok := err.(*exec.ExitError); ok {
		return string(exit.Stderr)
	}
	return ""
}

func TestAMessageSaysWhatItIs(t *testing.T) {
	m := messages(t)
	id := duis.RequestID{Originator: 0x90B3D51F30010000, Target: 0x0A00000000000001, Counter: 42}
	everyKind(m, func(v duis.Variant, c duis.CommandVariant) {
		h, err := duis.ReadHeader(m.Append(nil, v, c, id))
		if err != nil {
			t.Errorf("%v/%d: %v", v, c, err)
		}
		if h.ID != id || h.Variant != v || h.CommandVariant != c || h.Reference != v.Reference() {
			t.Errorf("%v/%d reads as %+v", v, c, h)
		}
	})
}

func TestThereAreMessagesForAllThatScenariosNeed(t *testing.T) {
	m := messages(t)
	for _, name := range scenario.MixNames() {
		mix, _ := scenario.NamedMix(name)
		for _, share := range mix {
			if !m.Has(share.Variant, share.Variant.CommandVariant()) {
				t.Errorf("the mix %s has %v, of which there is no message", name, share.Variant)
			}
		}
	}
	commands, services := map[duis.CommandVariant]int{}, map[duis.Service]int{}
	everyKind(m, func(v duis.Variant, c duis.CommandVariant) {
		commands[c]++
		services[c.Service()]++
		if v.Critical() && !m.Has(v, 5) {
			t.Errorf("%v is critical and has no second message", v)
		}
	})
	for _, c := range []duis.CommandVariant{1, 4, 5, 8} {
		if commands[c] == 0 {
			t.Errorf("no message has Command Variant %d", c)
		}
	}
	if len(services) != 3 {
		t.Errorf("the messages go to %v, not to three services", services)
	}
}

func TestFieldsAreFilledForEachRequest(t *testing.T) {
	m := messages(t)
	id := duis.RequestID{Originator: 1, Target: 0x0A00000000000001, Counter: 1234}
	for _, row := range []struct{ sentence, variant, want string }{
		{"a top-up has a UTRN of its own", "2.2", "<UTRN>00000000000000001234</UTRN>"},
		{"a device is joined to another one", "8.7.1", "<OtherDeviceID>0A-00-00-00-80-00-00-01</OtherDeviceID>"},
		{"the inventory is asked for the device", "8.2", "<DeviceID>0A-00-00-00-00-00-00-01</DeviceID>"},
		{"a WAN matrix is asked for an address", "12.1", "<AddressIdentifier>1235</AddressIdentifier>"},
		{"an MPAN has 13 digits", "6.20.1", "<ImportMPAN>0000000001234</ImportMPAN>"},
		{"yesterday is read today", "4.6.1", "<StartDateTime>2026-11-22T00:00:00Z</StartDateTime>"},
		{"a clock is set to now", "6.11", "<CurrentDateTime>2026-11-23T16:00:00Z</CurrentDateTime>"},
	} {
		v, _ := duis.ParseVariant(row.variant)
		if got := string(m.Append(nil, v, v.CommandVariant(), id)); !strings.Contains(got, row.want) {
			t.Errorf("%s: no %s in %s", row.sentence, row.want, got)
		}
	}
	everyKind(m, func(v duis.Variant, c duis.CommandVariant) {
		if got := string(m.Append(nil, v, c, id)); strings.ContainsAny(got, "{}\n") {
			t.Errorf("%v/%d has a field that nothing fills, or a line break: %s", v, c, got)
		}
	})
}

func TestAppendWithoutAMessageAppendsNothing(t *testing.T) {
	v, _ := duis.ParseVariant("2.2")
	if got := messages(t).Append([]byte("x"), v, 5, duis.RequestID{}); string(got) != "x" {
		t.Errorf("Top Up Device has no second message, and got %q", got)
	}
}

func BenchmarkAppend(b *testing.B) {
	m := messages(b)
	v, _ := duis.ParseVariant("4.8.1")
	var buf []byte
	b.ReportAllocs()
	for i := range b.N {
		buf = m.Append(buf[:0], v, 1, duis.RequestID{Originator: 1, Target: 2, Counter: uint64(i)})
	}
}
