package amendment

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/policy"
	"srtm/traffic"
)

func TestPlan(t *testing.T) {
	w := open(t)
	if got := w.Plan(monday, 5); len(got) != 0 {
		t.Error(got)
	}
	at := func(clock string) time.Time {
		day, err := time.Parse("02 15:04", clock)
		if err != nil {
			t.Fatal(err)
		}
		return time.Date(2026, 11, day.Day(), day.Hour(), day.Minute(), 0, 0, time.UTC)
	}
	first := made(t, "first", quick+`reserved: [{from: "22:00", to: "05:00", rate: 10/s, reason: reads}]`, half)
	second := made(t, "second", "capacity: 100/s\n"+quick+effective(at("03 04:00"))+"maintenance: [{start: 2026-11-03T06:00:00Z, end: 2026-11-03T07:00:00Z, capacity: 50/s, reason: release}]", half)
	w.begins(first)
	w.proposes(second, ProposeOptions{})
	hand := policy.Hand{From: at("03 06:30"), Until: at("03 08:00"), Suspend: true, Reason: "a drill"}
	type row struct {
		from time.Time
		name string
		t    traffic.Rate
		mode traffic.Mode
	}
	want := []row{
		{at("02 11:00"), "first", 90, traffic.ModeEnforce}, {at("02 22:00"), "first", 80, traffic.ModeEnforce}, {at("03 04:00"), "second", 90, traffic.ModeEnforce},
		{at("03 06:00"), "second", 45, traffic.ModeEnforce}, {at("03 06:30"), "second", 45, traffic.ModeSuspended},
		{at("03 07:00"), "second", 90, traffic.ModeSuspended}, {at("03 08:00"), "second", 90, traffic.ModeEnforce},
	}
	var got []row
	for _, s := range w.Plan(at("02 11:00"), 100, hand) {
		got = append(got, row{s.From, s.Policy.Name, s.Period.Rules.Threshold / traffic.PerSecond, s.Period.Rules.Mode})
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if got := w.Plan(at("02 11:00"), 2, hand); len(got) != 2 {
		t.Error("more than were asked for")
	}
	if got := w.Plan(at("01 00:00"), 1); len(got) != 1 || !got[0].From.Equal(monday) {
		t.Errorf("before the first version: %+v", got)
	}
}

// TestPlanAgreesWithAsking: whatever versions, times of day, maintenances and
// hands there are, the plan's step that covers a time gives the rules that the
// version in force then gives for it; steps are in order, and none is like the
// one before.
func TestPlanAgreesWithAsking(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := open(t)
		w.Register.disk = hasty{}
		for i := range rapid.IntRange(1, 5).Draw(rt, "versions") {
			p := drawn(rt, i)
			var err error
			if i == 0 {
				_, _, err = w.Start(p)
			} else {
				_, err = w.Propose(p, ann, "so", ProposeOptions{Confirm: true})
			}
			if err != nil {
				rt.Fatal(err)
			}
		}
		var hands []policy.Hand
		for range rapid.IntRange(0, 2).Draw(rt, "hands") {
			from := minute(rt, "hand")
			hands = append(hands, policy.Hand{From: from, Until: from.Add(time.Duration(rapid.IntRange(0, 900).Draw(rt, "long")) * time.Minute),
				Activate: true, Capacity: &policy.Rate{Thousandths: int64(rapid.SampledFrom([]int{0, 50_000}).Draw(rt, "capacity"))}, Reason: "drill"})
		}
		from := minute(rt, "from")
		steps := w.Plan(from, rapid.IntRange(1, 40).Draw(rt, "n"), hands...)
		if len(steps) == 0 || !steps[0].From.Equal(from) {
			rt.Fatalf("%d steps", len(steps))
		}
		for i := 1; i < len(steps); i++ {
			a, b := steps[i-1], steps[i]
			if !b.From.After(a.From) {
				rt.Fatalf("%v after %v", b.From, a.From)
			}
			if a.Policy == b.Policy && reflect.DeepEqual(a.Period.Rules, b.Period.Rules) && slices.Equal(a.Period.Causes, b.Period.Causes) {
				rt.Fatalf("nothing changes at %v", b.From)
			}
		}
		last := steps[len(steps)-1].From
		for range 30 {
			at := from.Add(time.Duration(rapid.Int64Range(0, int64(last.Sub(from))).Draw(rt, "at")))
			agrees(rt, w, at, planned{steps, hands})
		}
		for _, s := range steps {
			agrees(rt, w, s.From, planned{steps, hands})
		}
	})
}

// planned is a plan, and the hands that it was made for.
type planned struct {
	steps []Step
	hands []policy.Hand
}

func agrees(rt *rapid.T, w *world, at time.Time, p planned) {
	steps := p.steps
	i := len(steps) - 1
	for steps[i].From.After(at) {
		i--
	}
	v := w.InForce(at)
	if v.Digest != steps[i].Policy.Digest {
		rt.Fatalf("at %v %s is in force, and %s planned", at, v.Name, steps[i].Policy.Name)
	}
	if p := v.Policy.At(at, p.hands...); !reflect.DeepEqual(p.Rules, steps[i].Period.Rules) || !slices.Equal(p.Causes, steps[i].Period.Causes) {
		rt.Fatalf("at %v: %v planned, and %v holds", at, steps[i].Period, p)
	}
}

func minute(rt *rapid.T, label string) time.Time {
	return monday.Add(time.Duration(rapid.IntRange(0, 4000).Draw(rt, label)) * time.Minute)
}

func drawn(rt *rapid.T, i int) *policy.Policy {
	keys := "allocation: {notice: 0}\n"
	if i > 0 {
		keys += effective(minute(rt, "effective"))
	}
	keys += fmt.Sprintf("capacity: %d/s\n", rapid.SampledFrom([]int{100, 120}).Draw(rt, "C"))
	if rapid.Bool().Draw(rt, "reserves") {
		keys += fmt.Sprintf("reserved: [{from: \"%02d:00\", to: \"%02d:30\", rate: 5/s, reason: reads}]\n", rapid.IntRange(0, 23).Draw(rt, "from"), rapid.IntRange(0, 23).Draw(rt, "to"))
	}
	if rapid.Bool().Draw(rt, "maintains") {
		start := minute(rt, "start")
		keys += fmt.Sprintf("maintenance: [{start: %s, end: %s, capacity: %d/s, reason: release}]\n", start.Format(time.RFC3339), start.Add(2*time.Hour).Format(time.RFC3339),
			rapid.SampledFrom([]int{0, 60}).Draw(rt, "left"))
	}
	name := fmt.Sprint("p", i)
	p, err := policy.ParseFiles([]policy.File{{Name: name, Text: []byte("name: " + name + "\nportfolio: portfolio.csv\n" + keys)}, {Name: "portfolio.csv", Text: []byte("account,name,user_id,role,portfolio\n" + half)}})
	if err != nil {
		rt.Fatal(err)
	}
	return p
}
