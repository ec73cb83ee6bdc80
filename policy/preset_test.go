package policy_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"srtm/policy"
	"srtm/traffic"
)

func withPresets(t *testing.T, lines string) (*policy.Policy, error) {
	t.Helper()
	return policy.Parse("policy.yaml", []byte(minimalPolicy+lines+"\n"), beside(minimalPortfolio, nil))
}

func TestPresetsAreRead(t *testing.T) {
	p, err := withPresets(t, "presets: [{name: one site, capacity: 60/s, for: 4h}, {name: a, hold: {ALPHA: 30/min}, exempt: [BETA], activate: true, shadow: false, for: 1m},\n  {name: off, suspend: true, for: 7d}]")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Presets) != 3 || p.Presets[1].For != time.Minute || p.Presets[1].Shadow || p.Preset("none") != nil || !p.Preset("off").Suspend {
		t.Errorf("%+v", p.Presets)
	}
	want := policy.Hand{Activate: true, Hold: map[string]traffic.Rate{"ALPHA": traffic.PerSecond / 2}, Exempt: []string{"BETA"}}
	if got := p.Preset("a").Hand(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if got := p.At(time.Unix(0, 0), p.Preset("one site").Hand()).Capacity.String(); got != "60/s" {
		t.Error(got)
	}
	all := func(string) bool { return true }
	if got := p.Preset("a").Words(all); got != "active, ALPHA held to 0.5/s, BETA exempt" {
		t.Error(got)
	}
	if got := p.Preset("a").Words(func(string) bool { return false }); got != "active" {
		t.Error(got)
	}
}

// TestAnActThatCannotWorkIsAProblem has a row for each reason.
func TestAnActThatCannotWorkIsAProblem(t *testing.T) {
	for _, c := range []struct{ rule, lines, says string }{
		{"a preset has a name", "presets: [{suspend: true, for: 1h}]", "presets[1].name: the key is missing"},
		{"and an end", "presets: [{name: x, suspend: true}]", "presets[1].for: the key is missing"},
		{"not sooner than a minute", "presets: [{name: x, suspend: true, for: 59s}]", `presets[1].for: "59s" is not from 1m to 7d`},
		{"in whole seconds", "presets: [{name: x, suspend: true, for: 61.5s}]", "whole seconds"},
		{"it does something", "presets: [{name: x, activate: false, hold: {}, exempt: [], for: 1h}]", "presets[1]: nothing is done by it"},
		{"suspended is suspended", "presets: [{name: x, suspend: true, activate: true, for: 1h}]", "presets[1].suspend: while everything is forwarded nothing else has an effect"},
		{"a capacity is a rate", "presets: [{name: x, capacity: 60, for: 1h}]", `presets[1].capacity: "60" is not a rate`},
		{"that the mechanism can have", "presets: [{name: x, capacity: 100000000/s, for: 1h}]", "presets[1].capacity: the operating threshold would be 90000000/s"},
		{"and is above what closes", "presets: [{name: x, capacity: 0.001/s, for: 1h}]", "presets[1].capacity: at 00:00 everything would be closed"},
		{"at any time of day", "presets: [{name: x, capacity: 20/s, for: 1h}]\nreserved: [{from: \"22:00\", to: \"05:00\", rate: 20/s, reason: r}]", "presets[1].capacity: at 00:00 everything would be closed"},
		{"unless it is meant", "presets: [{name: x, capacity: 0/s, for: 1h}]", ""},
		{"who is held is there", "presets: [{name: x, hold: {ZULU: 1/s}, for: 1h}]", "presets[1].hold: the portfolio has no account ZULU"},
		{"and could be", "presets: [{name: x, hold: {A B: 1/s}, for: 1h}]", "presets[1].hold.A B: no account has such a name"},
		{"to a rate", "presets: [{name: x, hold: {ALPHA: fast}, for: 1h}]", `presets[1].hold.ALPHA: "fast" is not a rate`},
		{"that can be kept", "presets: [{name: x, hold: {ALPHA: 20000000/s}, for: 1h}]", "presets[1].hold: ALPHA cannot be held to 20000000/s"},
		{"who is exempt is there", "presets: [{name: x, exempt: [ZULU], for: 1h}]", "presets[1].exempt: the portfolio has no account ZULU"},
		{"once", "presets: [{name: x, exempt: [ALPHA, ALPHA], for: 1h}]", "presets[1].exempt[2]: ALPHA is item 1 of the list too"},
		{"names differ", "presets: [{name: x, suspend: true, for: 1h}, {name: x, shadow: true, for: 1h}]", `presets[2].name: "x" is the name of presets[1] too`},
		{"keys are known", "presets: [{name: x, suspend: true, until: 1h, for: 1h}]", "presets[1].until: there is no such key"},
		{"a preset is a mapping", "presets: [one site]", `presets[1]: "one site" is not a mapping`},
		{"presets are a list", "presets: {name: x}", "presets: what is here is not a list"},
		{"the unlisted are an account where they are admitted", "unknown: admit\npresets: [{name: x, hold: {unlisted: 1/s}, for: 1h}]", ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			_, err := withPresets(t, c.lines)
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("%v", err)
			}
		})
	}
	many := "presets:\n" + strings.Repeat("- {name: x, suspend: true, for: 1h}\n", policy.MaxPresets+1)
	if _, err := withPresets(t, many); err == nil || !strings.Contains(err.Error(), "presets: the list has 51 items, more than 50") {
		t.Error(err)
	}
}

func TestAReferenceStandsBesideTheReason(t *testing.T) {
	p, err := withPresets(t, "maintenance: [{start: 2026-11-20T22:00:00Z, end: 2026-11-21T04:00:00Z, capacity: 60/s, reason: DSP release, reference: CHG-7}]")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 20, 23, 0, 0, 0, time.UTC)
	hand := policy.Hand{Reason: "a loop", Reference: "INC-1", Hold: map[string]traffic.Rate{"ALPHA": traffic.PerSecond}}
	got := p.At(at, hand).Causes
	want := []string{"maintenance 2026-11-20T22:00:00Z–2026-11-21T04:00:00Z: DSP release, CHG-7", "by hand: a loop, INC-1 (ALPHA held to 1/s)"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
	if got := p.At(at, hand).CausesOf("BETA"); len(got) != 1 {
		t.Errorf("another account is told %q", got)
	}
}
