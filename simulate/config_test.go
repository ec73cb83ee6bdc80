package simulate

import (
	"strings"
	"testing"
	"time"

	"srtm/policy"
	"srtm/scenario"
)

func TestWhatCannotBePlayedIsSaid(t *testing.T) {
	p := parse(t, "", portfolio)
	played := func(text string) *scenario.Scenario {
		s, err := scenario.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := played("name: t\nfor: 10s\nstarts: Wed 06:00\nusers:\n  ALPHA: {traffic: []}\n")
	stranger := played("name: t\nfor: 10s\nusers:\n  ZULU: {traffic: []}\n")
	wednesday := time.Date(2026, 11, 25, 6, 0, 0, 0, time.UTC)
	policies := []*policy.Policy{p}
	for _, row := range []struct {
		sentence string
		config   Config
		says     string // empty: it can be played
	}{
		{"a policy is needed", Config{Scenario: s}, "at least one policy"},
		{"a scenario is needed", Config{Policies: policies}, "a scenario"},
		{"a rule has a name", Config{Scenario: s, Policies: policies, Compare: []string{"fairest"}}, `no rule "fairest" to compare; choose from none`},
		{"a rule is compared once", Config{Scenario: s, Policies: policies, Compare: []string{"none", "none"}}, "name it once"},
		{"a Service User is in the portfolio", Config{Scenario: stranger, Policies: policies}, `"ZULU" is not in the portfolio`},
		{"a start is at the scenario's time of the week", Config{Scenario: s, Policies: policies, Start: wednesday}, ""},
		{"a start on another day is none", Config{Scenario: s, Policies: policies, Start: wednesday.Add(24 * time.Hour)}, "starts on a Wednesday at 06:00:00, and Thursday 2026-11-26"},
		{"a start before the week that is usual counts back", Config{Scenario: s, Policies: policies, Start: wednesday.AddDate(-3, 0, 4)}, ""},
		{"a start is in the years that policies know", Config{Scenario: s, Policies: policies, Start: wednesday.AddDate(300, 0, 0)}, "1970 to 2200"},
		{"a scenario without traffic is over at once", Config{Scenario: s, Policies: policies}, ""},
	} {
		_, err := Play(row.config)
		if row.says == "" && err != nil || row.says != "" && (err == nil || !strings.Contains(err.Error(), row.says)) {
			t.Errorf("%s: %v, want %q", row.sentence, err, row.says)
		}
	}
}

// While there is maintenance the DSP can do what the policy says it can then, in
// proportion where the DSP is another.
func TestMaintenanceIsTheDSPsToo(t *testing.T) {
	p := parse(t, "maintenance: [{start: 2026-01-05T00:02:00Z, end: 2026-01-05T00:03:00Z, capacity: 0/s, reason: b}, {start: 2026-01-05T00:01:00Z, end: 2026-01-05T00:02:00Z, capacity: 50/s, reason: a}]\n", portfolio)
	s := &scenario.Scenario{Name: "t", Length: time.Minute}
	s.Users = []scenario.User{{Account: "ALPHA", Devices: 1, Client: scenario.DefaultClient()}}
	for _, row := range []struct {
		capacity scenario.Rate
		want     [4]int64
	}{{0, [4]int64{50, 100, 0, 100}}, {300, [4]int64{150, 300, 0, 300}}} {
		s.Setting.DSP.Capacity = row.capacity
		w, err := newWorld(Config{Scenario: s, Policies: []*policy.Policy{p}})
		if err != nil {
			t.Fatal(err)
		}
		for i, change := range w.lanes[0].dsp {
			minute := [4]int64{1, 2, 2, 3}[i]
			if change.capacity != row.want[i]*1e9 || change.at != w.begun+minute*int64(time.Minute) {
				t.Errorf("change %d is %+v, want %d/s after %d min", i, change, row.want[i], minute)
			}
		}
	}
}

// What is kept depends on what is played, not on how long.
func TestALongScenarioHasNoMorePoints(t *testing.T) {
	points := func(days int) (n int) {
		s := &scenario.Scenario{Name: "t", Length: time.Duration(days) * 24 * time.Hour}
		s.Users = []scenario.User{{Account: "ALPHA", Devices: 1, Client: scenario.DefaultClient()}}
		mix, _ := scenario.NamedMix("reads")
		s.Users[0].Traffic = []scenario.Part{{To: s.Length, Rate: 0.02, Mix: mix}}
		r, err := Play(Config{Scenario: s, Policies: []*policy.Policy{parse(t, "", portfolio)}, Compare: []string{"policy"}})
		if err != nil {
			t.Fatal(err)
		}
		if r.Rules[0].Finished < uint64(1500*days) {
			t.Errorf("in %d days %d requests", days, r.Rules[0].Finished)
		}
		return len(r.Rules[0].Points) + len(r.Rules[0].Users[0].Points)
	}
	if one, many := points(1), points(300); one > 4000 || many > 4000 {
		t.Errorf("a day has %d points, and 300 days have %d", one, many)
	}
}
