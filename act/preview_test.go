package act

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"srtm/policy"
	"srtm/traffic"
)

const hour = Length(time.Hour)

// TestThePreviewInWords has a row for each thing that an operator is to be told
// beforehand. T is 90/s, of which ALPHA has 60 and BRAVO 30.
func TestThePreviewInWords(t *testing.T) {
	both := map[string]traffic.Rate{"ALPHA": 50 * traffic.PerSecond, "BRAVO": 35 * traffic.PerSecond}
	for _, c := range []struct {
		what, lines string
		order       Order
		active      bool
		says        []string
	}{
		{"less capacity", "", Order{Capacity: rate(t, "60/s"), For: Length(6 * time.Hour)}, false, []string{
			"Capacity 100/s → 60/s for 6 h, until 08:00:00 UTC.",
			"The operating threshold goes from 90/s to 54/s, and every allocation with it.",
			"At the present rates, 85/s offered, traffic management becomes active at once, and BRAVO, ALPHA would be throttled by about 31/s.",
		}},
		{"a little less, which takes its time", "", Order{Capacity: rate(t, "92/s"), For: hour}, false, []string{
			"Capacity 100/s → 92/s for 1 h, until 03:00:00 UTC.",
			"The operating threshold goes from 90/s to 82.8/s, and every allocation with it.",
			"At the present rates, 85/s offered, traffic management becomes active within about 19 s, and BRAVO would be throttled by about 2.2/s.",
		}},
		{"more capacity while it is active", "", Order{Capacity: rate(t, "200/s"), For: hour}, true, []string{
			"Capacity 100/s → 200/s for 1 h, until 03:00:00 UTC.",
			"The operating threshold goes from 90/s to 180/s, and every allocation with it.",
			"At the present rates, 85/s offered, traffic management is released when that has been so for 30 s, and nobody would be throttled.",
		}},
		{"one account held", "", Order{Hold: map[string]policy.Rate{"BRAVO": *rate(t, "5/s")}, For: hour}, false, []string{
			"BRAVO is held to 5/s for 1 h, until 03:00:00 UTC.",
			"The guarantee of BRAVO is then 5/s, and not its allocation of 30/s.",
			"At the present rates, 85/s offered, traffic management stays inactive, and BRAVO would be throttled by about 30/s.",
		}},
		{"suspended", "", Order{Suspend: true, For: Length(90 * time.Minute)}, true, []string{
			"Everything is forwarded: traffic management is suspended for 1 h 30 min, until 03:30:00 UTC.",
			"At the present rates, 85/s offered, all of it reaches the DSP.",
			"Nothing protects the DSP meanwhile.",
		}},
		{"closed", "", Order{Capacity: rate(t, "0/s"), For: hour}, false, []string{
			"Capacity 100/s → 0/s for 1 h, until 03:00:00 UTC.",
			"Everything is refused, what is exempt too: it is closed.",
			"At the present rates, 85/s offered, all of it is refused.",
		}},
		{"closed, and not meant so", "", Order{Capacity: rate(t, "0.001/s"), For: hour}, false, []string{
			"Capacity 100/s → 0.001/s for 1 h, until 03:00:00 UTC.",
			"Everything is refused, what is exempt too: it is closed.",
			"Closed: nothing is left of the operating threshold 0/s.",
			"At the present rates, 85/s offered, all of it is refused.",
		}},
		{"active, with a second person, and what comes meanwhile",
			"approval: two\nreserved: [{from: \"02:30\", to: \"04:00\", rate: 10/s, reason: reads}]\nmaintenance: [{start: 2026-11-03T02:40:00Z, end: 2026-11-04T00:00:00Z, capacity: 0/s, reason: cables, reference: CHG-1}]",
			Order{Activate: true, For: hour}, false, []string{
				"Traffic management is active and is not released for 1 h, until 03:00:00 UTC.",
				"At the present rates, 85/s offered, traffic management becomes active at once, and nobody would be throttled.",
				"At 02:30:00 UTC the operating threshold becomes 80/s: reserved 02:30–04:00: reads.",
				"At 02:40:00 UTC the operating threshold becomes 0/s, closed: maintenance 2026-11-03T02:40:00Z–2026-11-04T00:00:00Z: cables, CHG-1.",
				"Another person is to approve it within 1 h; until then nothing changes.",
			}},
		{"a preset", "presets: [{name: see, shadow: true, exempt: [ALPHA], for: 7d}]\nexempt: [\"7.1\"]", Order{Preset: "see"}, false, []string{
			"Nothing is refused any more, and all is decided and counted, and ALPHA is exempt for 7 d, until 2026-11-10 02:00:00 UTC.",
			"At the present rates, 85/s offered, traffic management stays inactive, and nobody would be throttled.",
			"Nothing protects the DSP meanwhile.",
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			got, err := Foresee(Present{Policy: policyOf(t, c.lines), At: night, Offered: both, Active: c.active}, c.order)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.Words, c.says) {
				t.Errorf("it says\n%s\nand should\n%s", strings.Join(got.Words, "\n"), strings.Join(c.says, "\n"))
			}
		})
	}
}

// TestThePreviewInNumbers: JSON has them exactly, and reads back as it was.
func TestThePreviewInNumbers(t *testing.T) {
	offered := map[string]traffic.Rate{"ALPHA": 200 * traffic.PerSecond, "BRAVO": traffic.PerSecond / 3}
	p, err := Foresee(Present{Policy: policyOf(t, ""), At: night, Offered: offered, Active: true}, smaller(t))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"capacity":"60/s"`, `"for":"1h"`, `"threshold_per_s":54`, `"throttled_per_s":146.333333333`, `"held_per_s":5`, `"offered_per_s":0.333333333`} {
		if !strings.Contains(string(text), part) {
			t.Errorf("%s is not in %s", part, text)
		}
	}
	var again Preview
	if err := json.Unmarshal(text, &again); err != nil || !reflect.DeepEqual(again, p) {
		t.Errorf("%+v\n%+v\n%v", again, p, err)
	}
	if _, err := Foresee(Present{Policy: policyOf(t, "")}, Order{}); !IsRefusal(err) {
		t.Error(err)
	}
}

func TestLengths(t *testing.T) {
	for text, d := range map[string]time.Duration{"6h": 6 * time.Hour, "1h30m": 90 * time.Minute, "7d": 7 * 24 * time.Hour, "1d12h": 36 * time.Hour, "90s": 90 * time.Second, "": 0} {
		var l Length
		if err := l.UnmarshalText([]byte(text)); err != nil || time.Duration(l) != d {
			t.Errorf("%q is %v, %v", text, l, err)
		}
		var again Length
		if err := again.UnmarshalText([]byte(l.String())); err != nil || again != l {
			t.Errorf("%v is written %q and read %v, %v", d, l, again, err)
		}
	}
}
