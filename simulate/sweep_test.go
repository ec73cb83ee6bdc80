package simulate

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/policy"
	"srtm/scenario"
	"srtm/traffic"
)

// anySweep draws one of the policy that anyLines makes, with its own value among
// the others, and says at which place.
func anySweep(t *rapid.T) (SweepConfig, int) {
	c := SweepConfig{Config: Config{Scenario: anyScenario(t), Policies: []*policy.Policy{parse(t, anyLines(t), portfolio)}}}
	c.Setting = rapid.SampledFrom(SettingNames()).Draw(t, "setting")
	low := map[string][]float64{"capacity": {40, 80}, "threshold": {45, 85}, "burst": {0.3, 0.9}, "minimum": {}}[c.Setting]
	high := map[string][]float64{"capacity": {130, 1000}, "threshold": {95, 100}, "burst": {2, 5}, "minimum": {1, 3.5, 6}}[c.Setting]
	s, _ := settingNamed(c.Setting)
	c.Values = slices.Concat(low, []float64{s.of(c.Policies[0])}, high)
	c.Compare = rapid.SampledFrom([][]string{nil, {"policy"}, {"none", "limit", "policy"}}).Draw(t, "compare")
	return c, len(low)
}

func TestASweepIsThePlaysAtItsValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, usual := anySweep(t)
		p := c.Policies[0]
		one, err := PlaySweep(c)
		if err != nil {
			t.Fatal(err)
		}
		c.Workers = rapid.IntRange(2, 12).Draw(t, "workers")
		two, err := PlaySweep(c)
		if err != nil || fmt.Sprintf("%+v", *one) != fmt.Sprintf("%+v", *two) {
			t.Errorf("with %d workers another sweep (%v)", c.Workers, err)
		}
		play := c.Config
		if len(play.Compare) == 0 {
			play.Compare = []string{"none", "policy"}
		}
		for i, value := range c.Values {
			play.Policies, play.Scenario = []*policy.Policy{p}, c.Scenario
			if i != usual {
				play.Policies[0], play.Scenario = byHand(t, c, value)
			}
			r, err := Play(play)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := fmt.Sprintf("%+v", one.Points[i].Rules), fmt.Sprintf("%+v", lean(r).Rules); got != want || one.Points[i].Value != value {
				t.Errorf("%s %v: %s\n and Play says %s", c.Setting, value, got, want)
			}
		}
	})
}

// byHand does what a point of a sweep says.
func byHand(t *rapid.T, c SweepConfig, value float64) (*policy.Policy, *scenario.Scenario) {
	var v policy.Variation
	s := *c.Scenario
	switch rate := (policy.Rate{Thousandths: int64(math.Round(value * 1000)), Per: time.Second}); c.Setting {
	case "capacity":
		v.Capacity = &rate
		s.Setting.DSP.Capacity *= scenario.Rate(value / 100)
	case "threshold":
		v.Threshold = new(policy.Percent(math.Round(value * 1000)))
	case "burst":
		v.Burst = new(time.Duration(math.Round(value * 1e9)))
	case "minimum":
		v.Minimum = &rate
	}
	p, err := c.Policies[0].Vary(v)
	if err != nil {
		t.Fatal(err)
	}
	return p, &s
}

// With the capacity the system is another, and fails in proportion.
func TestWithTheCapacityGoesTheDSP(t *testing.T) {
	p := parse(t, "maintenance: [{start: 2026-01-05T00:00:00Z, end: 2026-01-05T00:01:00Z, capacity: 50/s, reason: half}]\n", portfolio)
	text := "name: t\nfor: 2m\nusers:\n  ALPHA: {traffic: []}\n"
	for _, row := range []struct {
		sentence   string
		dsp        string
		then, for2 int64 // of the DSP at 00:00:30, and thereafter, at a capacity of 250/s
	}{
		{"the DSP is the policy's, and in maintenance with it", "", 125, 250},
		{"the DSP is another, and so is its maintenance", "dsp: {capacity: 80/s}\n", 100, 200},
		{"the scenario's changes go before the maintenance", "dsp: {capacity: 80/s, changes: [{from: 20s, to: 40s, capacity: 8/s, reason: little}]}\n", 20, 200},
		{"the DSP is the policy's, with changes", "dsp: {changes: [{from: 20s, to: 40s, capacity: 8/s, reason: little}]}\n", 20, 250},
	} {
		s, err := newSweep(SweepConfig{Config: Config{Scenario: read(t, row.dsp+text), Policies: []*policy.Policy{p}}, Setting: "capacity", Values: []float64{250}})
		if err != nil {
			t.Fatal(err)
		}
		w, err := newWorld(s.plays[0])
		if err != nil {
			t.Fatal(err)
		}
		then := int64(0)
		for _, change := range w.lanes[0].dsp {
			if change.at <= w.begun+30e9 {
				then = change.capacity
			}
		}
		if then != row.then*1e9 || w.capacity != row.for2*1e9 || s.plays[0].Policies[0].OperatingThreshold() != 225_000 {
			t.Errorf("%s: %v/s, and else %v/s", row.sentence, float64(then)/1e9, float64(w.capacity)/1e9)
		}
	}
}

func TestWhatCannotBeSweptIsSaid(t *testing.T) {
	s, p := read(t, bursts), parse(t, "allocation: {minimum: 20/s}\n", portfolio)
	huge := *s
	huge.Setting.DSP.Capacity = 900_000
	for _, row := range []struct {
		sentence string
		config   SweepConfig
		says     string
	}{
		{"a setting has a name", SweepConfig{Setting: "release", Values: []float64{1}}, `"release" cannot be varied; choose from capacity, threshold, burst, minimum`},
		{"there is a value", SweepConfig{Setting: "burst"}, "a sweep of burst has 0 values; give 1 to 100"},
		{"there are not too many", SweepConfig{Setting: "burst", Values: make([]float64, 101)}, "has 101 values"},
		{"a value is a number", SweepConfig{Setting: "capacity", Values: []float64{math.NaN()}}, "the capacity NaN/s is not from 0/s to 1e+09/s"},
		{"and not endless", SweepConfig{Setting: "minimum", Values: []float64{math.Inf(1)}}, "the minimum +Inf/s is not from 0/s"},
		{"nor below 0", SweepConfig{Setting: "threshold", Values: []float64{-1}}, "the threshold -1% is not from 0% to 100%"},
		{"a threshold is at most the capacity", SweepConfig{Setting: "threshold", Values: []float64{101}}, "not from 0% to 100%"},
		{"a burst is what a policy may have", SweepConfig{Setting: "burst", Values: []float64{61}}, "the burst 61s is not from 0s to 60s"},
		{"values rise", SweepConfig{Setting: "capacity", Values: []float64{200, 150}}, "capacity 150/s follows 200/s; give different values, the least first"},
		{"by what can be written", SweepConfig{Setting: "capacity", Values: []float64{150, 150.0001}}, "capacity 150/s follows 150/s; give different values"},
		{"a policy has a capacity", SweepConfig{Setting: "capacity", Values: []float64{0, 100}}, `capacity 0/s cannot be played: capacity: "0/s" is no capacity; write`},
		{"a policy can work", SweepConfig{Setting: "threshold", Values: []float64{30, 90}}, "threshold 30% cannot be played: policy.yaml:6:14: allocation.minimum: 2 accounts at 20/s are more than the operating threshold 30/s; write at most 15/s, or raise capacity"},
		{"a burst is two slots", SweepConfig{Setting: "burst", Values: []float64{0.001}}, "burst 1ms cannot be played: burst: 1ms is not between two slots"},
		{"what cannot be played at one value is said before any is", SweepConfig{Setting: "minimum", Values: []float64{1, 46}}, "minimum 46/s cannot be played"},
		{"one policy is varied", SweepConfig{Setting: "burst", Values: []float64{1}, Config: Config{Scenario: s, Policies: []*policy.Policy{p, p}}}, "varies one policy, and here are 2"},
		{"a scenario is needed", SweepConfig{Setting: "burst", Values: []float64{1}, Config: Config{Policies: []*policy.Policy{p}}}, "needs a scenario"},
		{"a rule has a name", SweepConfig{Setting: "burst", Values: []float64{1}, Config: Config{Scenario: s, Policies: []*policy.Policy{p}, Compare: []string{"best"}}}, `no rule "best"`},
		{"a DSP is no larger than can be", SweepConfig{Setting: "capacity", Values: []float64{1000}, Config: Config{Scenario: &huge, Policies: []*policy.Policy{p}}}, "capacity 1000/s cannot be played: "},
	} {
		c := row.config
		if c.Scenario == nil && c.Policies == nil {
			c.Scenario, c.Policies = s, []*policy.Policy{p}
		}
		c.Done = func(int, int) { t.Errorf("%s: something has been played", row.sentence) }
		if _, err := PlaySweep(c); err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v, want %q", row.sentence, err, row.says)
		}
	}
}

func TestTooMuchToKeepIsRefused(t *testing.T) {
	s := &scenario.Scenario{Name: "t", Length: time.Second}
	for i := range 6000 {
		s.Users = append(s.Users, scenario.User{Account: fmt.Sprint("U", i), Devices: 1, Client: scenario.DefaultClient()})
	}
	values := make([]float64, MaxValues)
	_, err := PlaySweep(SweepConfig{Config: Config{Scenario: s, Policies: []*policy.Policy{equal(t)}}, Setting: "burst", Values: values})
	if err == nil || !strings.Contains(err.Error(), "sweep fewer values or compare fewer rules") {
		t.Error(err)
	}
}

func TestTheKneeIsWhereMoreBringsLittle(t *testing.T) {
	for _, row := range []struct {
		sentence string
		harm     []uint64
		knee     int // -1: there is none
	}{
		{"it falls and then hardly any more", []uint64{1000, 500, 100, 99, 95, 92}, 2},
		{"it falls by just more than 1 % of the range", []uint64{1000, 11, 0}, -1},
		{"it falls until the end", []uint64{400, 300, 200, 100}, -1},
		{"it is the same everywhere", []uint64{7, 7, 7}, -1},
		{"it falls and rises again", []uint64{900, 400, 50, 700, 800}, 2},
		{"it rises from the first", []uint64{0, 10, 20}, 0},
		{"a dip on the way is not it", []uint64{1000, 300, 600, 100, 100}, 3},
		{"one value has none", []uint64{5}, -1},
	} {
		i, is := kneeOf(row.harm)
		if is != (row.knee >= 0) || is && i != row.knee {
			t.Errorf("%s: %d, %v", row.sentence, i, is)
		}
	}
	if _, is := kneeOf(nil); is {
		t.Error("nothing has a knee")
	}
}

func TestTheKneeIsTheFirstOfItsKind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		harm := rapid.SliceOfN(rapid.Uint64Range(0, 300), 1, 20).Draw(t, "harm")
		little := float64(slices.Max(harm)-slices.Min(harm)) / 100
		want := slices.IndexFunc(harm, func(uint64) bool { return false })
		for i := range harm[:len(harm)-1] {
			if !slices.ContainsFunc(harm[i+1:], func(h uint64) bool { return float64(h)+little < float64(harm[i]) }) {
				want = i
				break
			}
		}
		if i, is := kneeOf(harm); is != (want >= 0 && little > 0) || is && i != want {
			t.Errorf("%v: %d, %v; want %d", harm, i, is, want)
		}
	})
}

// The small are those that the largest minimum lifts, at every value.
func TestTheMinimumIsForTheSmall(t *testing.T) {
	p := parse(t, "", portfolio+"CHARLIE,,90-B3-D5-1F-30-03-00-00,OU,0\n")
	text := bursts + "  CHARLIE: {retry: never, traffic: [{rate: 4/s, mix: other-user, arrivals: even}]}\n"
	s, err := PlaySweep(SweepConfig{Config: Config{Scenario: read(t, text), Policies: []*policy.Policy{p}}, Setting: "minimum", Values: []float64{0, 2, 5, 8}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.Small, []string{"CHARLIE"}) || s.Usual != 0 {
		t.Errorf("the small are %v, and the usual minimum %v", s.Small, s.Usual)
	}
	for i, p := range s.Points {
		small := p.Rules[1].Users[2]
		if p.Harm[1] != small.GaveUp+small.Overdue || small.Allocation != traffic.Rate(p.Value*1e9) {
			t.Errorf("point %d: %d, of %+v", i, p.Harm[1], small)
		}
	}
	if len(s.Knees) != 1 || s.Knees[0].Label != "policy" || s.Knees[0].Value != 5 || s.Knees[0].Harm != 0 {
		t.Errorf("the knees are %+v of %v", s.Knees, s.Points)
	}
	said := s.Sentences()
	if !strings.HasPrefix(said[1], "policy: a minimum above 5/s brings little: 0 Service Requests lost or overdue of those") || !strings.HasPrefix(said[0], "none: the minimum makes no difference: ") {
		t.Errorf("%q", said)
	}
}

func TestASweepIsWrittenAsCSV(t *testing.T) {
	var told []string
	s, err := PlaySweep(SweepConfig{Config: Config{Scenario: read(t, bursts), Policies: []*policy.Policy{parse(t, "", portfolio)}, Workers: 2}, Setting: "capacity", Values: []float64{50, 100, 700, 800},
		Done: func(played, of int) { told = append(told, fmt.Sprint(played, "/", of)) }})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(told, []string{"1/4", "2/4", "3/4", "4/4"}) {
		t.Errorf("it told %v", told)
	}
	var b bytes.Buffer
	if err := WriteSweep(&b, s); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 1+4*2*3 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	place := map[string]int{}
	for i, name := range rows[0] {
		place[name] = i
	}
	knees := 0
	for i, p := range s.Points {
		for n := range p.Rules {
			row := rows[1+3*(2*i+n)]
			if row[1] != fmt.Sprint(p.Value) || row[place["account"]] != "*" || row[place["offered"]] != fmt.Sprint(p.Rules[n].Sends) || row[place["measure"]] != fmt.Sprint(p.Harm[n]) {
				t.Errorf("the row of %v is %v", p.Value, row)
			}
			if row[place["knee"]] == "yes" {
				knees++
			}
			if alpha := rows[2+3*(2*i+n)]; alpha[place["account"]] != "ALPHA" || alpha[place["allocation"]] != fmt.Sprint(p.Value*0.6) {
				t.Errorf("the row of ALPHA at %v is %v", p.Value, alpha)
			}
		}
	}
	if knees != len(s.Knees) || knees == 0 || s.Knees[0].Value != 700 {
		t.Errorf("%d knees are shown of %+v", knees, s.Knees)
	}
}

func TestWhatEachSettingIsMeasuredBy(t *testing.T) {
	c := Counts{Sends: 1000, Throttled: 100, Failed: 20, Late: 3, GaveUp: 40, Overdue: 5, Left: 600}
	o := Outcome{Counts: c, Users: []UserOutcome{{Account: "ALPHA", Counts: c}, {Account: "BRAVO", Counts: c}}}
	for name, want := range map[string]uint64{"capacity": 45, "threshold": 123, "burst": 123, "minimum": 90} {
		s, known := settingNamed(name)
		if got := s.lost(&o, []string{"ALPHA", "BRAVO", "ZULU"}); !known || got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

// A sweep of the capacity says what the DSP can do where that is not the policy's, and
// from where on the mechanism loses more than none.
func TestASweepSaysWhichCapacity(t *testing.T) {
	s := read(t, bursts+"dsp: {capacity: 200/s}\n")
	w, err := PlaySweep(SweepConfig{Config: Config{Scenario: s, Policies: []*policy.Policy{equal(t)}, Workers: 2}, Setting: "capacity", Values: []float64{50, 100, 300, 400}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range w.Points {
		if p.Capacity != traffic.Rate(2*p.Value*1e9) {
			t.Errorf("at %v the DSP has %v", p.Value, p.Capacity)
		}
	}
	said := strings.Join(w.Sentences(), "\n")
	if !w.Apart() || !strings.Contains(said, "none: a capacity above 300/s (a DSP of 600/s) brings little") || !strings.Contains(said, "From 300/s (a DSP of 600/s) on no mechanism loses no more than the policy: 0 against ") {
		t.Error(said)
	}
	var b strings.Builder
	if err := WriteSweep(&b, w); err != nil || !strings.Contains(b.String(), ",dsp_capacity\n") || !strings.Contains(b.String(), ",600\n") {
		t.Errorf("%v: %.400s", err, b.String())
	}
}

func TestTheFirstWorseValueIsNamed(t *testing.T) {
	w := &Sweep{Setting: "burst", Unit: "s", Measure: "harm", Labels: []string{"policy"}}
	for i, harm := range []uint64{100, 10, 10, 40, 90} {
		o := Outcome{Label: "policy", OutageSeconds: int64(i)}
		o.WithinFailed = harm / 2
		w.Points = append(w.Points, SweepPoint{Value: float64(i), Harm: []uint64{harm}, Rules: []Outcome{o}})
	}
	k, is := w.knee(0)
	k.Label = "policy"
	w.Knees = []Knee{k}
	if said := w.Sentences(); !is || !strings.HasSuffix(said[0], "Too much is worse, first at 3s: 40 there, with 20 messages within the allocation failed or late and 3 s of outage; 90 at 4s.") {
		t.Error(said)
	}
}
