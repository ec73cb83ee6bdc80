package simulate

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"srtm/policy"
	"srtm/scenario"
	"srtm/traffic"
)

// needed reads a scenario of ALPHA and BRAVO and asks what rules need of it under a
// policy of 100/s with equal portfolios.
func needed(t testing.TB, text string, compare ...string) *Need {
	n, err := PlayNeed(NeedConfig{Config: Config{Scenario: read(t, text), Policies: []*policy.Policy{equal(t)}, Compare: compare, Workers: 2}})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func read(t testing.TB, text string) *scenario.Scenario {
	s, err := scenario.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func equal(t testing.TB) *policy.Policy {
	return parse(t, "", strings.ReplaceAll(portfolio, ",300\n", ",600\n"))
}

const bursts = "name: bursts\nfor: 30s\nusers:\n  ALPHA: {traffic: [{rate: 30/s, mix: prepayment, arrivals: even}]}\n" +
	"  BRAVO: {traffic: [{rate: 30/s, mix: reads, arrivals: even}, {rate: 500/s, from: 5s, to: 20s, mix: reads, arrivals: even}]}\n"

func TestWhatIsNeededIsEnoughAndLittleLessIsNot(t *testing.T) {
	n := needed(t, bursts, "none", "threshold", "limit")
	if n.Given != 100*traffic.PerSecond || len(n.Rules) != 3 {
		t.Fatalf("%+v", n)
	}
	k := &search{config: NeedConfig{Config: Config{Scenario: read(t, bursts), Policies: []*policy.Policy{equal(t)}}}, rules: []string{"x"}, given: n.Given}
	for _, r := range n.Rules {
		for what, c := range map[string]CapacityNeed{"within": r.Within, "all": r.All} {
			if !c.Found || c.Uneven && r.Label != "limit" || c.Capacity < n.Given {
				t.Errorf("%s, %s: %+v", r.Label, what, c)
				continue
			}
			more := map[string]func(s, p, enough Service) []string{"within": Service.within, "all": Service.more}[what]
			seek := &seeker{search: k, rule: r.Label, known: map[traffic.Rate]Service{}}
			lacks := func(capacity traffic.Rate) []string {
				return more(seek.at(capacity), n.Service, n.Service.plus(n.Allowed))
			}
			less := c.Capacity / 100 * 98
			if much := lacks(c.Capacity); len(much) > 0 || c.Capacity > n.Given && len(lacks(less)) == 0 || seek.err != nil {
				t.Errorf("%s, %s: at %v %v, and at %v %v (%v)", r.Label, what, c.Capacity, much, less, lacks(less), seek.err)
			}
			if seek.at(c.Capacity) != c.Service || c.Short > 0 && !slices.Equal(lacks(c.Short), c.ShortWants) {
				t.Errorf("%s, %s: %+v is not what is played again", r.Label, what, c)
			}
		}
		if r.All.Capacity < r.Within.Capacity {
			t.Errorf("%s: %+v: all need less than some", r.Label, r)
		}
	}
	if limit := n.Rules[2]; limit.Within.Capacity != n.Given || limit.All.Capacity <= n.Given {
		t.Errorf("a limit for each keeps the guarantee and wastes what others leave: %+v", limit)
	}
	if none := n.Rules[0].Within; none.Capacity < 4*n.Given || none.Capacity > 8*n.Given {
		t.Errorf("560/s from a Service User whose due is 45/s need %v without a mechanism", none.Capacity)
	}
}

func TestWhereThereIsEnoughNothingMoreIsNeeded(t *testing.T) {
	n := needed(t, "name: quiet\nfor: 10s\nusers:\n  ALPHA: {traffic: [{rate: 10/s, mix: prepayment}]}\n")
	for _, c := range []CapacityNeed{n.Rules[0].Within, n.Rules[0].All} {
		if !c.Found || c.Capacity != n.Given || c.Short != 0 || len(c.ShortWants) > 0 {
			t.Errorf("%+v", c)
		}
	}
	if said := n.Sentences(); !strings.HasPrefix(said[0], "none: the given 100/s is enough for those within") {
		t.Error(said)
	}
}

// What comes at one instant no server takes that queues for a while only.
func TestWhatNoCapacityDoesIsSaid(t *testing.T) {
	n := needed(t, "name: at once\nfor: 5s\nusers:\n  ALPHA: {traffic: [{rate: 20/s, mix: prepayment, arrivals: even}]}\n  BRAVO: {traffic: [{burst: 200000, at: 1s, mix: reads}]}\n")
	for _, c := range []CapacityNeed{n.Rules[0].Within, n.Rules[0].All} {
		if c.Found || c.Tried != MostNeed*n.Given || len(c.ShortWants) == 0 || c.Service.WithinFailed == 0 {
			t.Errorf("%+v", c)
		}
	}
	if said := n.Sentences(); !strings.Contains(said[0], "no capacity was found up to 6400/s, 64.00 times the given 100/s") {
		t.Error(said)
	}
	if n.Service.WithinThrottled != 0 {
		t.Errorf("under the policy %+v", n.Service)
	}
}

// Without a mechanism only the DSP is another: who is within its allocation is judged
// as before.
func TestWithAnotherCapacityTheSameAreWithin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Config{Scenario: anyScenario(t), Policies: []*policy.Policy{parse(t, anyLines(t), portfolio)}, Compare: []string{"none"}}
		given, err := Play(c)
		if err != nil {
			t.Fatal(err)
		}
		times := rapid.Int64Range(1, 20).Draw(t, "times")
		k := seeker{search: &search{config: NeedConfig{Config: c}, rules: []string{"none"}, given: traffic.Rate(given.Capacity)}, rule: "none"}
		scaled, err := k.scaled(k.given * traffic.Rate(times))
		if err != nil {
			t.Fatal(err)
		}
		other := *c.Scenario
		other.Setting.DSP.Capacity = scenario.Rate(given.Capacity*times) / 1e9
		c.Scenario = &other
		one, err := Play(scaled)
		if err != nil {
			t.Fatal(err)
		}
		two, err := Play(c)
		if err != nil || one.Rules[0].Counts != two.Rules[0].Counts || serviceOf(&one.Rules[0]) != serviceOf(&two.Rules[0]) {
			t.Errorf("%d times as much: %+v, and with the policy as it is %+v (%v)", times, one.Rules[0].Counts, two.Rules[0].Counts, err)
		}
	})
}

// In maintenance allocations are smaller, at every capacity that is tried.
func TestWhoIsWithinFollowsThePolicyThroughTheDay(t *testing.T) {
	p := parse(t, "maintenance: [{start: 2026-01-05T00:00:05Z, end: 2026-01-05T00:00:15Z, capacity: 20/s, reason: release}]\n", portfolio)
	s := read(t, "name: t\nfor: 20s\nusers:\n  ALPHA: {traffic: [{rate: 40/s, mix: reads, arrivals: even}]}\n")
	k := seeker{search: &search{config: NeedConfig{Config: Config{Scenario: s, Policies: []*policy.Policy{p}}}, rules: []string{"none"}, given: 100e9}, rule: "none"}
	c, err := k.scaled(1000e9)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Play(c)
	if err != nil {
		t.Fatal(err)
	}
	if within := r.Rules[0].Within; within < 10*40+10*12-5 || within > 10*40+10*12+60 { // 12/s, and what the buckets held
		t.Errorf("%d of 800 are within an allocation of 60/s that is 12/s for half of the time", within)
	}
}

// Where something more does not do, the search goes on above it.
func TestANarrowEscapeIsNotWhatIsNeeded(t *testing.T) {
	does := func(c traffic.Rate) bool { return c >= 395e9 && c < 405e9 || c >= 700e9 }
	b := cheapest(start{at: 100e9}, MostNeed*100e9, does)
	if !b.found || !b.uneven || b.does < 700e9 || b.does > 707e9 || does(b.short) {
		t.Errorf("%+v", b)
	}
	if b := cheapest(start{at: 100e9}, MostNeed*100e9, func(c traffic.Rate) bool { return c >= 395e9 && c < 405e9 }); b.found {
		t.Errorf("%+v", b)
	}
}

func TestForAllNobodyWithinSuffersMoreEither(t *testing.T) {
	under := Service{WithinFailed: 3, Lost: 10, OutageSeconds: 1}
	for _, row := range []struct {
		service      Service
		within, more int
	}{
		{under, 0, 0},
		{Service{}, 0, 0},
		{Service{WithinFailed: 4}, 1, 1},
		{Service{WithinThrottled: 1, WithinLost: 1}, 2, 2},
		{Service{Lost: 11, VendsFailed: 1, Overdue: 1, OutageSeconds: 2}, 0, 4},
	} {
		if w, m := row.service.within(under, under), row.service.more(under, under); len(w) != row.within || len(m) != row.more {
			t.Errorf("%+v: %q and %q", row.service, w, m)
		}
	}
}

func TestTheLeastThatDoesIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		given := traffic.Rate(rapid.Int64Range(1e6, 1e13).Draw(t, "given"))
		most := given * MostNeed
		border := traffic.Rate(rapid.Int64Range(int64(given)/2, int64(most)).Draw(t, "border"))
		b := cheapest(start{at: given}, most, func(c traffic.Rate) bool { return c >= border })
		if !b.found || b.uneven || b.does < border || b.short >= border || b.short > 0 && float64(b.does) > 1.02*float64(b.short) && given > 1e9 {
			t.Errorf("from %v on it does: %+v", border, b)
		}
	})
}

// Whatever does and does not: what is found does, and so does something more, while
// what is just short of it does not.
func TestWhatIsFoundDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		odd, wide := rapid.Int64Range(1, 7).Draw(t, "odd"), rapid.Int64Range(1, 1e12).Draw(t, "wide")
		tried := map[traffic.Rate]bool{}
		does := func(c traffic.Rate) bool {
			tried[c] = true
			return int64(c)/wide%odd == 0
		}
		b := cheapest(start{at: 100e9}, MostNeed*100e9, does)
		if b.found && (!does(b.does) || b.short > 0 && does(b.short) || b.short > b.does) || len(tried) > 200 {
			t.Errorf("%+v after %d tries", b, len(tried))
		}
	})
}

func TestWhatCannotBeNeededIsSaid(t *testing.T) {
	s, p := read(t, bursts), equal(t)
	for _, row := range []struct {
		sentence string
		config   Config
		says     string
	}{
		{"it is measured against one policy", Config{Scenario: s, Policies: []*policy.Policy{p, equal(t)}}, "against one policy, and here are 2"},
		{"not against none", Config{Scenario: s}, "here are 0"},
		{"the policy itself needs nothing", Config{Scenario: s, Policies: []*policy.Policy{p}, Compare: []string{"policy"}}, "leave the rule policy out"},
		{"a rule has a name", Config{Scenario: s, Policies: []*policy.Policy{p}, Compare: []string{"best"}}, `no rule "best"`},
		{"a scenario is needed", Config{Policies: []*policy.Policy{p}}, "needs a scenario"},
	} {
		if _, err := PlayNeed(NeedConfig{Config: row.config}); err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v, want %q", row.sentence, err, row.says)
		}
	}
}

func TestANeedIsWrittenAsCSV(t *testing.T) {
	n := needed(t, bursts, "none", "limit")
	var b bytes.Buffer
	if err := WriteNeed(&b, n); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 1+1+2*2 {
		t.Fatalf("%v: %v", err, rows)
	}
	none := rows[2]
	want := []string{"none", "within", "yes", fmt.Sprint(float64(n.Rules[0].Within.Capacity) / 1e9)}
	if !slices.Equal(none[:4], want) || rows[1][3] != "100" || none[len(none)-1] == "" {
		t.Errorf("the rows are %v and %v", rows[1], none)
	}
}

// The plays are told as they are made, whatever is played at the same time.
func TestNeedTellsItsPlays(t *testing.T) {
	last, most := 0, 0
	_, err := PlayNeed(NeedConfig{Config: Config{Scenario: read(t, bursts), Policies: []*policy.Policy{equal(t)}, Compare: []string{"none", "limit"}, Workers: 2},
		Done: func(played, of int) {
			if played != last+1 || of <= played {
				t.Errorf("%d of %d after %d", played, of, last)
			}
			last, most = played, of
		}})
	if err != nil || last < 5 || last > 100 {
		t.Errorf("%d of %d plays: %v", last, most, err)
	}
}

func TestALittleMoreIsNoMore(t *testing.T) {
	o := Outcome{OutageSeconds: 1200}
	o.Requests, o.Within, o.Vends.Requests = 5_000_000, 1_000_000, 2_000
	a := allowed(&o)
	if a != (Service{WithinThrottled: 1000, WithinFailed: 1000, WithinLost: 1000, Lost: 5000, Overdue: 5000, VendsFailed: 10, OutageSeconds: 12}) {
		t.Errorf("%+v", a)
	}
	p := Service{WithinFailed: 3}
	for more, lacks := range map[uint64]int{1003: 0, 1004: 1} {
		if all := (Service{WithinFailed: more}).within(p, p.plus(a)); len(all) != lacks {
			t.Errorf("%d: %v", more, all)
		}
	}
}

func TestNeedSaysHowFarOffHalfOfItIsAndWhatNoCapacityMends(t *testing.T) {
	n := needed(t, bursts+"dsp: {changes: [{from: 25s, to: 29s, capacity: 0/s, reason: down}]}\n")
	c := n.Rules[0].Within
	if !c.Found || c.Half < c.Capacity/2*99/100 || c.Half > c.Capacity/2 || len(c.HalfWants) == 0 || n.Down.Seconds() != 4 {
		t.Errorf("%+v", n)
	}
	said := strings.Join(n.Sentences(), "\n")
	for _, want := range []string{"; with " + inRate(c.Half) + "/s, messages within", "No more means: by at most ", "For 4s the scenario has the DSP down; what is lost then no capacity can mend."} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in %s", want, said)
		}
	}
}
