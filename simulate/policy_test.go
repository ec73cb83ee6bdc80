package simulate

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"srtm/policy"
	"srtm/tmmd"
	"srtm/traffic"
)

const portfolio = `account,name,user_id,role,portfolio
ALPHA,,90-B3-D5-1F-30-01-00-00,IS,600
BRAVO,,90-B3-D5-1F-30-02-00-00,IS,300
`

// parse reads a policy of 100/s, with lines added.
func parse(t interface{ Fatalf(string, ...any) }, lines, portfolio string) *policy.Policy {
	text := "name: Test\ncapacity: 100/s\nportfolio: portfolio.csv\nrelease: 40%\nhold: 2s\n" + lines
	p, err := policy.Parse("policy.yaml", []byte(text), fstest.MapFS{"portfolio.csv": {Data: []byte(portfolio)}})
	if err != nil {
		t.Fatalf("%s%v", text, err)
	}
	return p
}

// at is a time on 14 October 2026.
func at(clock string) int64 {
	t, err := time.Parse(time.DateTime, "2026-10-14 "+clock)
	if err != nil {
		panic(err)
	}
	return t.UnixNano()
}

// given gives arrivals.
func given(all []Arrival) func(func(Arrival, error) bool) {
	return func(yield func(Arrival, error) bool) {
		for _, a := range all {
			if !yield(a, nil) {
				return
			}
		}
	}
}

// burst is many requests at once.
func burst(at int64, account string, n int) []Arrival {
	return slices.Repeat([]Arrival{{At: at, Account: account, Variant: "2.2"}}, n)
}

// A recorded day is decided about by what the policy gave at each time.
func TestReplayFollowsThePolicyThroughTheDay(t *testing.T) {
	p := parse(t, `reserved: [{from: "01:00", to: "02:00", rate: 80/s, reason: reads}, {from: "03:00", to: "03:01", rate: 60/s, reason: a moment}]
maintenance: [{start: 2026-10-14T05:00:00Z, end: 2026-10-14T06:00:00Z, capacity: 50/s, reason: release}, {start: 2026-10-14T07:00:00Z, end: 2026-10-14T07:00:30Z, capacity: 0/s, reason: switch}]
`, portfolio)
	for _, c := range []struct {
		clock     string
		forwarded int
		why       string
	}{
		{"00:00:00", 30 + 45, "its bucket of 30 and a pool of 45"},
		{"01:30:00", 3 + 5, "T is 10/s: a bucket of 3.33 and a pool of 5"},
		{"02:30:00", 30 + 45, "T is 90/s again"},
		{"04:00:00", 30 + 45, "a window that began and ended without a request has left nothing behind"},
		{"05:30:00", 15 + 22, "T is 45/s: a bucket of 15 and a pool of 22.5"},
		{"07:00:10", 0, "closed"},
	} {
		var arrivals []Arrival
		if c.clock != "00:00:00" {
			arrivals = burst(at("00:00:00"), "ALPHA", 200)
		}
		arrivals = append(arrivals, burst(at(c.clock), "ALPHA", 200)...)
		forwarded := 0
		err := ReplayPolicy(p, given(arrivals), func(a Arrival, d traffic.Decision) error {
			if a.At == at(c.clock) && d.Verdict == traffic.Forward {
				forwarded++
			}
			if c.why == "closed" && a.At == at(c.clock) && d.Reason != traffic.Closed {
				t.Errorf("at %s the reason is %v", c.clock, d.Reason)
			}
			return nil
		})
		if err != nil || forwarded != c.forwarded {
			t.Errorf("at %s %d are forwarded (%v), want %d: %s", c.clock, forwarded, err, c.forwarded, c.why)
		}
	}
}

// At each arrival those allocations hold that the policy gives at the beginning of
// the slot, however many periods lie between two arrivals.
func TestNoPeriodIsLeftOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minute := func(what string, from, to int) string {
			m := rapid.IntRange(from, to).Draw(t, what)
			return fmt.Sprintf("%02d:%02d", m/60, m%60)
		}
		p := parse(t, fmt.Sprintf("reserved: [{from: %q, to: %q, rate: 20/s, reason: a}, {from: %q, to: %q, rate: 33/s, reason: b}]\nmaintenance: [{start: 2026-10-14T00:00:07Z, end: 2026-10-15T07:00:07Z, capacity: 90/s, reason: c}]\nslot: %s\nburst: 2s\n",
			minute("from", 0, 700), minute("to", 701, 1439), minute("from", 0, 700), minute("to", 701, 1439), rapid.SampledFrom([]string{"10ms", "1s", "8ms"}).Draw(t, "slot")), portfolio)
		var arrivals []Arrival
		now := at("00:00:00")
		for range rapid.IntRange(1, 40).Draw(t, "arrivals") {
			now += rapid.OneOf(rapid.Int64Range(0, int64(time.Minute)), rapid.Int64Range(0, int64(30*time.Hour))).Draw(t, "pause")
			arrivals = append(arrivals, Arrival{At: now, Account: "ALPHA", Variant: "2.2"})
		}
		first := true
		err := ReplayPolicy(p, given(arrivals), func(a Arrival, d traffic.Decision) error {
			slot := time.Unix(0, a.At/int64(p.Slot)*int64(p.Slot))
			if first {
				slot = time.Unix(0, a.At) // the start need not be a boundary
			}
			first = false
			if want := p.At(slot).Rules.Accounts[0].Allocation; d.Allocation != want && !slices.ContainsFunc(arrivals[:1], func(s Arrival) bool { return a.At/int64(p.Slot) == s.At/int64(p.Slot) }) {
				t.Errorf("at %v the allocation is %v, not %v", time.Unix(0, a.At).UTC(), d.Allocation, want)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestWithoutWindowsAPolicyIsItsRules(t *testing.T) {
	p := parse(t, "", portfolio)
	var a, b strings.Builder
	x, y := NewDecisions(&a), NewDecisions(&b)
	arrivals := randomArrivals(5000)
	if err := ReplayPolicy(p, ReadArrivals(strings.NewReader(arrivals)), x.Write); err != nil {
		t.Fatal(err)
	}
	if err := Replay(p.Rules(), ReadArrivals(strings.NewReader(arrivals)), y.Write); err != nil {
		t.Fatal(err)
	}
	if x.Flush() != nil || y.Flush() != nil || a.String() != b.String() || !strings.Contains(a.String(), "throttle") {
		t.Error("they decide otherwise")
	}
}

// What tells variants and the two messages of a critical command apart gets to the
// core.
func TestReplayKnowsVariantsAndCriticalCommands(t *testing.T) {
	p := parse(t, "finish_critical: 10m\nexempt: [\"7.1\"]\ncost: {\"4.8.1\": 3}\n", portfolio)
	file := "at_ns,account,srv,target,counter,command_variant\n1000000000,ALPHA,8.1.1,00-DB-12-34-56-78-90-A0,5,4\n1000000000,ALPHA,4.8.1,,,\n" +
		strings.Repeat("1000000000,ALPHA,2.2,,,1\n", 90) +
		"1000000000,ALPHA,7.1,,,\n1000000000,ALPHA,8.1.1,p-0002,5,5\n1000000000,ALPHA,8.1.1,00-DB-12-34-56-78-90-A0,5,5\n1000000000,ALPHA,8.1.1,00-DB-12-34-56-78-90-A0,5,5\n"
	var reasons []string
	var cost traffic.Amount
	err := ReplayPolicy(p, ReadArrivals(strings.NewReader(file)), func(a Arrival, d traffic.Decision) error {
		reasons = append(reasons, d.Reason.String())
		if a.Variant == "4.8.1" {
			cost = d.Cost
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"exempt", "over-allocation", "critical", "over-allocation"}; !slices.Equal(reasons[len(reasons)-4:], want) || cost != 3*traffic.SR {
		t.Errorf("the last are %q, want %q; 4.8.1 costs %v", reasons[len(reasons)-4:], want, cost)
	}
}

// Two policies on one day: each side counts what a replay under it decides.
func TestCompareCountsWhatReplaysDecide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policies := [2]*policy.Policy{parse(t, "", portfolio), parse(t, fmt.Sprintf("threshold: %d%%\nmode: %s\n", rapid.IntRange(50, 95).Draw(t, "threshold"), rapid.SampledFrom([]string{"enforce", "shadow"}).Draw(t, "mode")), portfolio)}
		var arrivals []Arrival
		now := at("00:00:00")
		for range rapid.IntRange(1, 60).Draw(t, "bursts") {
			now += rapid.Int64Range(0, int64(3*time.Second)).Draw(t, "pause")
			arrivals = append(arrivals, burst(now, rapid.SampledFrom([]string{"ALPHA", "BRAVO"}).Draw(t, "who"), rapid.IntRange(1, 60).Draw(t, "n"))...)
		}
		day, err := Compare(policies[0], policies[1], given(arrivals))
		if err != nil || day.From != arrivals[0].At || day.To != now {
			t.Fatalf("%v, %+v", err, day)
		}
		for i, p := range policies {
			activity := [2]tmmd.Activity{day.Before, day.After}[i]
			results := map[string]tmmd.Result{}
			for _, a := range day.Accounts {
				results[a.Name] = [2]tmmd.Result{a.Before, a.After}[i]
			}
			want, activations := replayedBy(t, p, arrivals)
			for name, r := range want {
				if results[name] != r {
					t.Errorf("of %s %+v is counted, and a replay decides %+v", name, results[name], r)
				}
			}
			if activity.Activations != activations || activity.Active < 0 || int64(activity.Active) > now-arrivals[0].At {
				t.Errorf("active %+v in %v, and a replay activates %d times", activity, time.Duration(now-arrivals[0].At), activations)
			}
		}
	})
}

func replayedBy(t *rapid.T, p *policy.Policy, arrivals []Arrival) (results map[string]tmmd.Result, activations int) {
	results = map[string]tmmd.Result{}
	err := ReplayPolicy(p, given(arrivals), func(a Arrival, d traffic.Decision) error {
		r := results[a.Account]
		if d.Activated {
			activations++
		}
		switch d.Verdict {
		case traffic.Forward:
			r.Forwarded++
		case traffic.Shadow:
			r.Shadow++
			r.Throttled++
		default:
			r.Throttled++
		}
		results[a.Account] = r
		return nil
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return results, activations
}

// How long traffic management is active, where that is known: from the first refusal
// until two seconds after the last second in which 40 or more a second came.
func TestCompareTellsHowLongItIsActive(t *testing.T) {
	p := parse(t, "", portfolio)
	arrivals := burst(at("00:00:10"), "ALPHA", 200)
	arrivals = append(arrivals, burst(at("00:01:00"), "ALPHA", 1)...)
	day, err := Compare(p, parse(t, "threshold: 99%\n", portfolio), given(arrivals))
	if want := 3 * time.Second; err != nil || day.Before.Activations != 1 || day.Before.Active < want-20*time.Millisecond || day.Before.Active > want+20*time.Millisecond {
		t.Errorf("%v, %+v; want %v", err, day.Before, want)
	}
}

// What one of the policies does not have is counted apart; a User ID that has
// moved counts where it is.
func TestCompareCountsApartWhatAPolicyDoesNotHave(t *testing.T) {
	before := parse(t, "", portfolio)
	after := parse(t, "", strings.Replace(strings.Replace(portfolio, "BRAVO", "CHARLIE", 1), "ALPHA,,90-B3-D5-1F-30-01-00-00,IS,600", "DELTA,,90-B3-D5-1F-30-01-00-00,IS,600", 1))
	arrivals := []Arrival{
		{At: 1, Account: "BRAVO", Variant: "2.2"},
		{At: 2, Account: "ALPHA", Variant: "2.2", User: 0x90B3D51F30010000, HasUser: true},
		{At: 3, Account: "ALPHA", Variant: "2.2", User: 7, HasUser: true},
	}
	day, err := Compare(before, after, given(arrivals))
	if err != nil {
		t.Fatal(err)
	}
	want := []tmmd.DayAccount{
		{Name: "BRAVO", Offered: 1, Before: tmmd.Result{Forwarded: 1}, After: tmmd.Result{Apart: 1}},
		{Name: "ALPHA", Offered: 2, Before: tmmd.Result{Forwarded: 1, Apart: 1}, After: tmmd.Result{Forwarded: 1, Apart: 1}},
	}
	if !slices.Equal(day.Accounts, want) {
		t.Errorf("%+v, want %+v", day.Accounts, want)
	}
	bad := func(yield func(Arrival, error) bool) { yield(Arrival{}, fmt.Errorf("torn")) }
	if _, err := Compare(before, after, bad); err == nil {
		t.Error("an arrival that is an error passes")
	}
}
