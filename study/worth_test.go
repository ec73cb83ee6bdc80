package study

import (
	"slices"
	"strings"
	"testing"
	"time"

	"srtm/policy"
	"srtm/scenario"
	"srtm/simulate"
	"srtm/traffic"
)

// outcomes is a study of three rules: partitions beat the first policy in outage and
// within, and the second, with other allocations, in nothing.
func outcomes() *Study {
	make := func(rule, called string, answered, failed uint64, allocation traffic.Rate) simulate.Outcome {
		o := simulate.Outcome{Rule: rule, Policy: called, Label: rule, Threshold: 90e9}
		o.Requests, o.Sends, o.Answered, o.Failed, o.GaveUp, o.Within, o.WithinFailed = 1000, 1000, answered, failed, failed, 900, failed
		o.OutageSeconds = int64(failed)
		u := simulate.UserOutcome{Account: "ALPHA", Allocation: allocation, Counts: o.Counts}
		o.Users = []simulate.UserOutcome{u}
		return o
	}
	first := make("policy", "Told", 400, 600, 90e9)
	none := make("none", "Told", 100, 900, 90e9)
	partition := make("partition", "Told", 600, 0, 90e9)
	partition.Throttled, partition.WithinThrottled, partition.Users[0].WithinThrottled = 400, 400, 400
	second := make("policy", "Half", 700, 0, 45e9)
	second.Throttled = 300
	return &Study{Result: &simulate.Result{Scenario: "s", Policy: "Told", Length: 20 * time.Second, Rules: []simulate.Outcome{none, partition, first, second}}}
}

// That a second policy does well hides nothing of where the first does not.
func TestEachPolicyIsComparedByItself(t *testing.T) {
	said := strings.Join(Sentences(outcomes()), "\n")
	for _, want := range []string{
		"Netflix's partitions did better than the policy “Told”, and best of the other rules, in: answered in time (600 messages against 400), failed at the DSP (0 messages against 600), outage (0 s against 600 s)",
		"failed or late within the allocation (0 messages against 600)",
		"which the policy never does; the policy “Told” let 600 messages within the allocation fail at the DSP or come too late.",
		"In none of the figures compared, which leave out those of the guarantee as its allocations are others, did a rule that is no policy do better than the policy “Half”.",
		"so figures of that are not compared.",
		"Under the policy “Half” 300 messages were refused, 0 failed or came too late, and 0 of 1,000 Service Requests were lost.",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in\n%s", want, said)
		}
	}
	if strings.Contains(said, "differs from the policy “Told” in: answered in time (700 messages against 400), failed at the DSP (0 messages against 600), outage (0 s against 600 s), lost in all (0 Service Requests against 600), failed or late within") {
		t.Error("figures by different allocations are compared")
	}
	if page := written(t, outcomes()); strings.Count(page, "by its own allocations") < 3 {
		t.Error("the table does not say that the second policy is judged by its own allocations")
	}
}

// Whoever sends less than its allocation on the mean is not called over it.
func TestBunchesAreNamed(t *testing.T) {
	s := world{policies: []string{strings.Replace(example, "100/s", "10/s", 1)}, accounts: []string{"ALPHA", "BRAVO"}, compare: []string{"none", "threshold", "policy"}, scenario: `
name: bunches
for: 3m
dsp: {capacity: 10/s}
users:
  ALPHA: {retry: never, traffic: [{rate: 3/s, mix: prepayment}]}
  BRAVO: {retry: never, traffic: [{rate: 40/s, mix: reads}]}
`}.play(t)
	said := strings.Join(Sentences(s), "\n")
	for _, want := range []string{"none of them within the allocation as they came (1 of these Service Users offered less than theirs on the mean); ", "Of the 2 Service Users refused under the policy, 1 offered less than the allocation on the mean over 3 min: what was refused to them came in bunches of more than ",
		"All but BRAVO, which sent most beyond its allocation, lost of their Service Requests: "} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in\n%s", want, said)
		}
	}
	page := written(t, s)
	if strings.Contains(page, "over their allocation") || strings.Count(page, "about a third of its messages") != 2 {
		t.Error("the page does not say what within the allocation means")
	}
}

// Where small ones fare worse than under another rule, it is said.
func TestWhereOthersFareWorseIsSaid(t *testing.T) {
	s := outcomes()
	for i, lost := range []uint64{50, 2, 9, 4} {
		o := &s.Result.Rules[i]
		o.Users[0].Within = 1
		o.Users = append(o.Users, simulate.UserOutcome{Account: "BRAVO", Counts: simulate.Counts{GaveUp: lost}})
	}
	if text := newView(s).aside(); text != "All but ALPHA, which sent most beyond its allocation, lost of their Service Requests: 50 without a mechanism, 2 under Netflix's partitions, "+
		"9 under the policy “Told” and 4 under the policy “Half”. 1 of them lost more under the policy “Told” than under Netflix's partitions: 9 against 2." {
		t.Error(text)
	}
}

func TestJainIsOfSoManyStretches(t *testing.T) {
	o := &simulate.Outcome{Fairness: simulate.Fairness{Windows: 214, Jain: 0.99}}
	if jainText(o) != "0.990 (214)" {
		t.Error(jainText(o))
	}
	if o.Fairness.Windows = 2; jainText(o) != "–" {
		t.Error(jainText(o))
	}
	s := outcomes()
	for i := range s.Result.Rules {
		s.Result.Rules[i].Fairness = simulate.Fairness{Windows: 10, Jain: 0.5, Silent: 5 * i}
	}
	if text := newView(s).jain(); !strings.Contains(text, "0.500 (10) under the policy “Told”") || !strings.HasSuffix(text, "these are not in the index: under the policy “Half” 15 of 25.") {
		t.Error(text)
	}
}

func TestNothingSentIsSaid(t *testing.T) {
	s := &Study{Result: &simulate.Result{Scenario: "empty", Rules: []simulate.Outcome{{Rule: "none"}, {Rule: "policy"}}}}
	if all := Sentences(s); len(all) != 1 || !strings.HasPrefix(all[0], "Nothing was sent: ") {
		t.Errorf("%q", all)
	}
}

// A sweep of the capacity shows the DSP's too, and from where on the policy loses more.
func TestASweepOfTheCapacityNamesTheDSP(t *testing.T) {
	s := burst(t)
	c := burstWorld().config(t)
	c.Scenario.Setting.DSP.Capacity = 200
	w, err := simulate.PlaySweep(simulate.SweepConfig{Config: c, Setting: "capacity", Values: []float64{50, 100, 300}})
	if err != nil {
		t.Fatal(err)
	}
	s.Sweeps = append(s.Sweeps, w)
	page, said := written(t, s), strings.Join(Sentences(s), "\n")
	if !strings.Contains(page, "DSP&#39;s capacity") || !strings.Contains(said, "The policy's capacity was varied from 50 SR/s (a DSP of 100 SR/s) to 300 SR/s (a DSP of 600 SR/s)") ||
		!strings.Contains(said, "on no mechanism loses no more than the policy: ") {
		t.Error(said)
	}
}

func TestTheHeaderSaysHowTheDSPChanges(t *testing.T) {
	s := outcomes()
	s.Result.Capacity = 2000e9
	s.Scenario = &scenario.Scenario{}
	s.Scenario.Setting.DSP.Changes = []scenario.Change{{From: 5 * time.Minute, To: 25 * time.Minute, Capacity: 1000}}
	s.Policies = []*policy.Policy{}
	if facts := newView(s).facts(); !slices.Contains(facts, [2]string{"DSP", "2,000 SR/s; 1,000 SR/s from 5 min to 25 min"}) {
		t.Error(facts)
	}
}

func TestTheBusinessCaseSaysWhatLessLacks(t *testing.T) {
	s := burst(t)
	long := []string{"messages within the allocation failed or late: 563337 against 471349", "Service Requests within the allocation lost: 121496 against 86855", "Service Requests lost: 1068055 against 913108",
		"vends failed: 4382 against 3115", "seconds of outage: 436 against 420"}
	need := simulate.CapacityNeed{Found: true, Capacity: 3306e9, Service: simulate.Service{Lost: 533135}, Short: 3288e9, ShortWants: long, Half: 1653e9, HalfWants: long}
	s.Need = &simulate.Need{Policy: "P", Given: 1500e9, Service: simulate.Service{Lost: 913108}, Allowed: simulate.Service{WithinFailed: 813, Lost: 1239}, Down: 90 * time.Second,
		Rules: []simulate.RuleNeed{{Label: "none", Within: need, All: need}}}
	page := written(t, s)
	for _, want := range []string{"For 90 s the scenario has the DSP down", "533,135", "913,108", "with 1,653\u00a0SR/s", "allows for 813 of what is within the allocation, 1,239 lost or overdue"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if n := strings.Count(page, "and seconds of outage: 436 against 420"); n != 2 {
		t.Errorf("what is lacking stands there whole %d times", n)
	}
}

// What the page says of half of 1 SR/s at random is so.
func TestAThirdOfHalfAtRandomIsBeyondTheAllocation(t *testing.T) {
	s := world{policies: []string{strings.Replace(example, "100/s", "2.223/s", 1)}, accounts: []string{"ALPHA", "BRAVO"}, compare: []string{"none"}, scenario: `
name: at random
for: 10h
dsp: {capacity: 100/s}
users:
  ALPHA: {traffic: [{rate: 0.5/s, mix: reads}]}
`}.play(t)
	u := &s.Result.Rules[0].Users[0]
	if beyond := 1 - float64(u.Within)/float64(u.Sends); beyond < 0.31 || beyond > 0.355 {
		t.Errorf("with an allocation of %v %.3f of %d messages are beyond it", u.Allocation, beyond, u.Sends)
	}
}
