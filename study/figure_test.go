package study

import (
	"slices"
	"testing"
	"time"

	"srtm/simulate"
)

func TestBestAndWorst(t *testing.T) {
	less := counted(figure{better: -1}, func(o *simulate.Outcome) uint64 { return o.GaveUp })
	more := counted(figure{better: 1}, func(o *simulate.Outcome) uint64 { return o.GaveUp })
	neither := counted(figure{}, func(o *simulate.Outcome) uint64 { return o.GaveUp })
	for _, c := range []struct {
		rule   string
		figure figure
		values []uint64
		want   []string
	}{
		{"the least is best where less is better", less, []uint64{5, 1, 9}, []string{"", markBest, markWorst}},
		{"the most is best where more is better", more, []uint64{5, 1, 9}, []string{"", markWorst, markBest}},
		{"nothing is marked where neither is better", neither, []uint64{5, 1, 9}, []string{"", "", ""}},
		{"nor where all are the same", less, []uint64{4, 4, 4}, []string{"", "", ""}},
		{"two of four may be best", less, []uint64{0, 0, 3, 7}, []string{markBest, markBest, "", markWorst}},
		{"what most share is not marked", less, []uint64{0, 0, 0, 7}, []string{"", "", "", markWorst}},
		{"of two, one is best and one worst", less, []uint64{2, 1}, []string{markWorst, markBest}},
	} {
		var all []*simulate.Outcome
		for _, v := range c.values {
			all = append(all, &simulate.Outcome{Counts: simulate.Counts{GaveUp: v}})
		}
		if got := c.figure.standing(all); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
	}
	none := &simulate.Outcome{Rule: ruleNone}
	other := &simulate.Outcome{Rule: ruleThreshold, Counts: simulate.Counts{WithinThrottled: 3}}
	policy := &simulate.Outcome{Rule: rulePolicy}
	if got := refusedWithin().standing([]*simulate.Outcome{none, other, policy}); !slices.Equal(got, []string{"", markWorst, markBest}) {
		t.Errorf("a rule that refuses nothing at all is marked: %q", got)
	}
}

// Everything that is compared can be told in a sentence, and counts what it says.
func TestFiguresAreWhole(t *testing.T) {
	o := &simulate.Outcome{Rule: rulePolicy, Users: make([]simulate.UserOutcome, 2)}
	for _, f := range compared() {
		if f.title == "" || f.better != 0 && f.long == "" || f.value == nil || f.text(o) == "" {
			t.Errorf("the figure %q is not whole", f.title)
		}
	}
}

// What was refused although there was room, and who got the spare, by hand.
func TestPressure(t *testing.T) {
	start := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	o := simulate.Outcome{
		Rule: ruleLimit, Every: time.Second, Threshold: 100e9, Counts: simulate.Counts{Throttled: 90},
		Points: []simulate.Point{{Offered: 50}, {Offered: 150, Throttled: 70}, {Offered: 130, Throttled: 20}},
		Users: []simulate.UserOutcome{
			{Account: "A", Allocation: 50e9, Every: time.Second, Points: []simulate.UserPoint{{Offered: 20, Answered: 20}, {Offered: 20, Answered: 20}, {Offered: 30, Answered: 30}}},
			{Account: "B", Allocation: 50e9, Every: time.Second, Points: []simulate.UserPoint{{Offered: 30, Answered: 30}, {Offered: 130, Answered: 60}, {Offered: 100, Answered: 80}}},
		},
	}
	v := newView(&Study{Result: &simulate.Result{Start: start, Length: 3 * time.Second, Rules: []simulate.Outcome{o}}})
	p := v.pressed[0]
	if p.length != 2*time.Second || p.answered != 190 {
		t.Errorf("more than 100/s was offered for %v, and %d answered", p.length, p.answered)
	}
	if p.top != 1 || p.takers[1].answered != 140 || p.takers[1].due != 100 {
		t.Errorf("most beyond its allocation got %d: %+v", p.top, p.takers)
	}
	// Second 1: 80 went on, so 20 of the 70 would have fitted; second 2: 110 went on.
	if !p.counted || p.fitting != 20 {
		t.Errorf("%d would have fitted", p.fitting)
	}
}

func TestRoundSteps(t *testing.T) {
	for _, c := range []struct{ length, every, want time.Duration }{
		{25 * time.Second, time.Second, time.Second},
		{20 * time.Minute, time.Second, 10 * time.Second},
		{35 * time.Minute, 2 * time.Second, 30 * time.Second},
		{24 * time.Hour, time.Minute, 15 * time.Minute},
		{400 * 24 * time.Hour, 6 * time.Hour, 78 * time.Hour},
		{0, 7 * time.Second, 7 * time.Second},
	} {
		if got := roundStep(c.length, c.every); got != c.want {
			t.Errorf("%v in stretches of %v is drawn by %v, not %v", c.length, c.every, got, c.want)
		}
	}
	for x, want := range map[float64]float64{900: 1000, 6000: 6000, 6001: 8000, 33: 40, 5: 6, 0.5: 0.6} {
		if got := roundTop(x); got < want*0.999 || got > want*1.001 {
			t.Errorf("a scale for %v ends at %v, not %v", x, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		grouped(0): "0", grouped(1234567): "1,234,567", share(0, 9): "0 %", share(9, 9): "100 %", share(1, 100_000): "less than 0.1 %", share(99_999, 100_000): "more than 99.9 %",
		share(1, 3): "33 %", share(1, 30): "3.3 %", share(1, 0): "–", span(90 * time.Second): "90 s", span(634 * time.Second): "10 min 34 s", span(24 * time.Hour): "24 h",
		span(72 * time.Hour): "3 days", users(1): "1 Service User", requests(2000): "2,000 Service Requests", listed([]string{"a", "b", "c"}): "a, b and c",
		times(3.14): "3.1 times", times(1234): "1,234 times", name("A_B"): "A_B", name("_A_"): "A", name("**"): "without a name", name("a\u202eb\n c"): "a\ufffdb c",
		slug("policy A/B <c>"): "policy-a-b-c", capital("über"): "Über",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
