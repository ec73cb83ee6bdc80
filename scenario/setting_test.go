package scenario

import (
	"math"
	"reflect"
	"testing"
	"time"
)

func TestParseSetting(t *testing.T) {
	s, err := Parse([]byte(filled(`
for: 24h
policy: national/policy.yaml
policies: [small.yaml, national/half.yaml]
compare: [none, policy, doorman]
dsp:
  capacity: 2000.5/s
  latency: 80ms
  comfort: 1s
  full: 4s
  recovery: 10s
  in_time: 2s
  floor: 25%
  refusal: 10%
  changes:
    - {from: 1h, to: 2h, capacity: 0/s, reason: an outage}
    - {from: 2h, capacity: 1000/s}
background:
  - {what: DCC Scheduled reads, rate: 40/s, shape: overnight}
  - {what: DSP Future Dated commands, burst: 500, at: 1h, every: 2h}
`)))
	if err != nil {
		t.Fatal(err)
	}
	shape, _ := NamedShape("overnight")
	want := Setting{
		Policies: []string{"national/policy.yaml", "small.yaml", "national/half.yaml"},
		Compare:  []string{"none", "policy", "doorman"},
		DSP: DSP{
			Capacity: 2000.5, Latency: 80 * time.Millisecond, Comfort: time.Second, Full: 4 * time.Second, Recovery: 10 * time.Second,
			InTime: 2 * time.Second, Floor: 0.25, Refusal: 0.1,
			Changes: []Change{{time.Hour, 2 * time.Hour, 0, "an outage"}, {2 * time.Hour, day, 1000, ""}},
		},
		Background: []Background{
			{"DCC Scheduled reads", Part{To: day, Rate: 40, Shape: shape}},
			{"DSP Future Dated commands", Part{From: time.Hour, To: day, Burst: 500, Every: 2 * time.Hour}},
		},
	}
	if !reflect.DeepEqual(s.Setting, want) {
		t.Errorf("got\n%+v\nwant\n%+v", s.Setting, want)
	}
}

func TestWhatIsWrongWithASettingIsSaid(t *testing.T) {
	for _, row := range []wrong{
		{"a policy is a file", filled("policy: [a.yaml]\n"), "line 1: policy is a list; it should be one value"},
		{"a policy lies in the scenario's folder", filled("policy: ../a.yaml\n"), `line 1: policy: "../a.yaml" is no file in the scenario's folder or below it`},
		{"a policy's path is not absolute", filled("policies: [/etc/passwd]\n"), `"/etc/passwd" is no file in the scenario's folder`},
		{"a policy's path is not a machine's own", filled("policies: ['C:\\a']\n"), `is no file in the scenario's folder`},
		{"a policy is named once", filled("policy: a.yaml\npolicies: [a.yaml]\n"), `the policy "a.yaml" is there twice`},
		{"what is compared is known", filled("compare: [none, magic]\n"), `line 1: "magic" is nothing to compare; choose from none, threshold, limit, doorman, partition, policy`},
		{"nothing is compared twice", filled("compare: [none, none]\n"), `"none" is to be compared twice`},
		{"a DSP has known keys", filled("dsp: {speed: 1/s}\n"), `dsp has no key "speed"; its keys are capacity, latency`},
		{"a DSP has a capacity", filled("dsp: {capacity: 0/s}\n"), "a DSP of no capacity does nothing; write one above 0/s, and under changes when it is down"},
		{"a DSP's times are above nothing", filled("dsp: {latency: 0s}\n"), "latency: write a time above 0s, or leave the key out"},
		{"a DSP's times have an end", filled("dsp: {full: 2h}\n"), "line 1: the DSP's time 2h0m0s is not between 0 and 1h0m0s"},
		{"a DSP's shares are above nothing", filled("dsp: {floor: 0%}\n"), "floor: write a share above 0%"},
		{"a change has a capacity", filled("dsp: {changes: [{from: 1s}]}\n"), "a change needs the key capacity; 0/s is a DSP that is down"},
		{"changes are in order", filled("dsp: {changes: [{from: 9s, to: 10s, capacity: 1/s}, {from: 5s, capacity: 1/s}]}\n"), "from 5s to 1m0s is not after the one before it"},
		{"a change ends with the scenario", filled("for: 60s\ndsp: {changes: [{to: 61s, capacity: 1/s}]}\n"), "within the scenario, which lasts 1m0s"},
		{"background work has a name", filled("background: [{rate: 1/s}]\n"), "line 1: background work needs the key what"},
		{"background work is not told apart", filled("background: [{what: x, rate: 1/s, mix: reads}]\n"), `background work has no key "mix"`},
		{"background work is a rate or a burst", filled("background: [{what: x, rate: 1/s, burst: 1}]\n"), "one of rate, ramp and burst; this one has 2"},
		{"background work lies in the scenario", filled("background: [{what: x, rate: 1/s, from: 61s}]\n"), `line 1: the background work "x": it begins at 1m1s`},
		{"background is a list", filled("background: {what: x}\n"), "background is a mapping; it should be a list"},
	} {
		row.test(t)
	}
}

func TestWorkIsWhatTheBackgroundSays(t *testing.T) {
	s, err := Parse([]byte(filled("for: 1000s\nbackground:\n  - {what: a, rate: 40/s}\n  - {what: b, burst: 7, at: 10s, every: 100s}\n")))
	if err != nil {
		t.Fatal(err)
	}
	var counts [2]float64
	last := time.Duration(0)
	for at, i := range s.Work() {
		if at < last || at >= s.Length {
			t.Fatalf("work at %v after work at %v", at, last)
		}
		last = at
		counts[i]++
	}
	if math.Abs(counts[0]-40_000) > 4*200 || counts[1] != 70 {
		t.Errorf("%v units of work, want about 40000 and 70", counts)
	}
}

func TestASettingChangesNoArrivals(t *testing.T) {
	const users = "users: {A: {traffic: [{rate: 5/s, mix: reads}]}}\n"
	plain, err := Parse([]byte("name: x\nfor: 60s\n" + users))
	if err != nil {
		t.Fatal(err)
	}
	set, err := Parse([]byte("name: x\nfor: 60s\nbackground: [{what: A, rate: 5/s}]\ndsp: {capacity: 5/s}\npolicy: a.yaml\n" + users))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(collect(plain), collect(set)) {
		t.Error("the arrivals changed when there was a setting")
	}
}
