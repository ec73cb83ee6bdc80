package policy_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"srtm/policy"
	"srtm/traffic"
)

// windows is a policy of 90/s, shared as 3 to 1, of which 30/s are reserved at
// night and 6/s more for an hour of it; on the night of the 2nd it has 60/s, and then
// an hour nothing.
const windows = minimalPolicy + `reserved:
  - {from: "22:00", to: "05:00", rate: 30/s, reason: reads}
  - {from: "04:00", to: "06:00", rate: 6/s, reason: more reads}
maintenance:
  - {start: 2026-11-03T04:00:00Z, end: 2026-11-03T05:00:00Z, capacity: 0/s, reason: cables}
  - {start: 2026-11-02T22:00:00Z, end: 2026-11-03T04:00:00Z, capacity: 60/s, reason: release}
`

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// told writes a period in one line.
func told(p policy.Period) string {
	var allocations []string
	for _, a := range p.Rules.Accounts {
		allocations = append(allocations, strings.TrimSuffix(a.Allocation.String(), "/s"))
	}
	text := fmt.Sprintf("C %v, T %v, release %v: %s; %s to %s", p.Capacity, p.Rules.Threshold, p.Rules.Release, strings.Join(allocations, "+"),
		p.From.Format("02 15:04"), p.Until.Format("02 15:04"))
	if p.Rules.Closed {
		text += " closed"
	}
	for _, c := range p.Causes {
		text += "; " + c
	}
	return text
}

func TestWhatHoldsAtATime(t *testing.T) {
	p := mustParse(t, windows, beside(minimalPortfolio, nil))
	for _, c := range []struct{ at, want string }{
		{"2026-11-01T12:00:00Z", "C 100/s, T 90/s, release 75/s: 67.5+22.5; 01 06:00 to 01 22:00"},
		{"2026-11-01T21:59:59.999999999Z", "C 100/s, T 90/s, release 75/s: 67.5+22.5; 01 06:00 to 01 22:00"},
		{"2026-11-01T22:00:00Z", "C 100/s, T 60/s, release 50/s: 45+15; 01 22:00 to 02 04:00; reserved 22:00–05:00: reads"},
		{"2026-11-02T00:00:00Z", "C 100/s, T 60/s, release 50/s: 45+15; 01 22:00 to 02 04:00; reserved 22:00–05:00: reads"},
		{"2026-11-02T04:30:00Z", "C 100/s, T 54/s, release 45/s: 40.5+13.5; 02 04:00 to 02 05:00; reserved 22:00–05:00: reads; reserved 04:00–06:00: more reads"},
		{"2026-11-02T05:00:00Z", "C 100/s, T 84/s, release 70/s: 63+21; 02 05:00 to 02 06:00; reserved 04:00–06:00: more reads"},
		{"2026-11-02T23:00:00Z", "C 60/s, T 24/s, release 20/s: 18+6; 02 22:00 to 03 04:00; " +
			"maintenance 2026-11-02T22:00:00Z–2026-11-03T04:00:00Z: release; reserved 22:00–05:00: reads"},
		{"2026-11-03T04:00:00Z", "C 0/s, T 0/s, release 0/s: 0+0; 03 04:00 to 03 05:00 closed; maintenance 2026-11-03T04:00:00Z–2026-11-03T05:00:00Z: cables; " +
			"reserved 22:00–05:00: reads; reserved 04:00–06:00: more reads"},
		{"1970-01-01T05:30:00Z", "C 100/s, T 84/s, release 70/s: 63+21; 01 05:00 to 01 06:00; reserved 04:00–06:00: more reads"},
		{"2199-12-31T23:59:59Z", "C 100/s, T 60/s, release 50/s: 45+15; 31 22:00 to 01 04:00; reserved 22:00–05:00: reads"},
	} {
		if got := told(p.At(instant(t, c.at))); got != c.want {
			t.Errorf("at %s it is\n\t%s\nwant\n\t%s", c.at, got, c.want)
		}
	}
	night := p.At(instant(t, "2026-11-02T23:00:00Z"))
	if night.Rules.Margin != 6*traffic.PerSecond || night.Reserved != 30*traffic.PerSecond ||
		!reflect.DeepEqual(night.Standing, []traffic.Rate{67_500_000_000, 22_500_000_000}) {
		t.Errorf("of 60/s the margin is %v, %v is reserved, and it stands at %v", night.Rules.Margin, night.Reserved, night.Standing)
	}
	if closed := p.At(instant(t, "2026-11-03T04:10:00Z")); closed.Rules.Until != instant(t, "2026-11-03T05:00:00Z").UnixNano() {
		t.Errorf("closed until %v", time.Unix(0, closed.Rules.Until).UTC())
	}
}

func TestWhatIsExemptMayUseWhatTheCapacityLeavesThen(t *testing.T) {
	p := mustParse(t, minimalPolicy+"reserved: [{from: \"00:00\", to: \"12:00\", rate: 18/s, reason: x}]\n"+
		"maintenance: [{start: 2026-11-02T00:00:00Z, end: 2026-11-02T12:00:00Z, capacity: 120/s, reason: more}]\n", beside(minimalPortfolio, nil))
	for at, want := range map[string]traffic.Rate{"2026-11-01T06:00:00Z": 10, "2026-11-01T18:00:00Z": 10, "2026-11-02T06:00:00Z": 12} {
		if got := p.At(instant(t, at)).Rules.Margin; got != want*traffic.PerSecond {
			t.Errorf("at %s it is %v, want %v/s", at, got, want)
		}
	}
}

func TestWhenClosedEndsIsSaidWhereItIsKnown(t *testing.T) {
	p := mustParse(t, minimalPolicy, beside(minimalPortfolio, nil))
	at := instant(t, "2026-11-01T06:00:00Z")
	for until, want := range map[time.Time]int64{{}: 0, at.Add(time.Hour): at.Add(time.Hour).UnixNano(), at.AddDate(1000, 0, 0): 0} {
		if got := p.At(at, policy.Hand{Until: until, Capacity: &policy.Rate{}}).Rules; !got.Closed || got.Until != want {
			t.Errorf("closed until %v the rules say %v, want %v", until, got.Until, want)
		}
	}
}

func TestThePlaceOfTheCallerDoesNotMatter(t *testing.T) {
	p := mustParse(t, windows, beside(minimalPortfolio, nil))
	at := instant(t, "2026-11-01T22:30:00Z")
	there := at.In(time.FixedZone("there", 5*3600))
	if here := p.At(at); !reflect.DeepEqual(here, p.At(there)) || here.Until.Location() != time.UTC {
		t.Errorf("elsewhere it is %s", told(p.At(there)))
	}
}

func TestAPolicyWithoutWindowsHoldsForEver(t *testing.T) {
	p := mustParse(t, minimalPolicy+"unknown: admit\n", beside(minimalPortfolio, nil))
	got := p.At(instant(t, "2026-11-01T12:00:00Z"))
	want := policy.Period{Rules: p.Rules(), Capacity: p.Capacity, Standing: []traffic.Rate{67_500_000_000, 22_500_000_000, 0}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("it is %+v, want %+v", got, want)
	}
}

func TestHands(t *testing.T) {
	p := mustParse(t, windows, beside(minimalPortfolio, nil))
	from, until := instant(t, "2026-11-01T12:00:00Z"), instant(t, "2026-11-01T23:00:00Z")
	per := func(n int64) *policy.Rate { return &policy.Rate{Thousandths: n, Per: time.Second} }
	hand := func(h policy.Hand) policy.Hand {
		h.From, h.Until, h.Reason = from, until, "why"
		return h
	}
	later := policy.Hand{From: from.Add(time.Second), Reason: "later", Capacity: per(80_000)}
	for _, c := range []struct {
		rule  string
		hands []policy.Hand
		want  string
	}{
		{"a capacity", []policy.Hand{hand(policy.Hand{Capacity: per(50_000)})},
			"C 50/s, T 45/s, release 37.5/s: 33.75+11.25; 01 12:00 to 01 22:00; by hand: why (capacity 50/s)"},
		{"that which began last holds", []policy.Hand{later, hand(policy.Hand{Capacity: per(50_000)})},
			"C 80/s, T 72/s, release 60/s: 54+18; 01 12:00 to 01 22:00; by hand: why (capacity 50/s); by hand: later (capacity 80/s)"},
		{"closed", []policy.Hand{hand(policy.Hand{Capacity: per(0)})}, "C 0/s, T 0/s, release 0/s: 0+0; 01 12:00 to 01 22:00 closed; by hand: why (capacity 0/s)"},
		{"a capacity that cannot be", []policy.Hand{hand(policy.Hand{Capacity: &policy.Rate{Thousandths: -1 << 63, Per: -7}})},
			"C 0/s, T 0/s, release 0/s: 0+0; 01 12:00 to 01 22:00 closed; by hand: why (capacity 0/s)"},
		{"so little that burst is lengthened", []policy.Hand{hand(policy.Hand{Capacity: per(1000)})},
			"C 1/s, T 0.9/s, release 0.75/s: 0.675+0.225; 01 12:00 to 01 22:00; by hand: why (capacity 1/s); " +
				"by hand: burst is 2.223s, for in 1s the operating threshold gives less than the accounts' buckets hold"},
		{"so little that no burst helps", []policy.Hand{hand(policy.Hand{Capacity: per(30)})},
			"C 0.03/s, T 0/s, release 0/s: 0+0; 01 12:00 to 01 22:00 closed; by hand: why (capacity 0.03/s); closed: no burst of up to 1m0s lets 2 accounts share 0.027/s"},
		{"so little that it is nothing", []policy.Hand{hand(policy.Hand{Capacity: per(1)})},
			"C 0.001/s, T 0/s, release 0/s: 0+0; 01 12:00 to 01 22:00 closed; by hand: why (capacity 0.001/s); closed: nothing is left of the operating threshold 0/s"},
		{"what is over", []policy.Hand{{From: from.Add(-2), Until: from, Suspend: true}}, "C 100/s, T 90/s, release 75/s: 67.5+22.5; 01 12:00 to 01 22:00"},
		{"what is never", []policy.Hand{{From: until, Until: from, Suspend: true}}, "C 100/s, T 90/s, release 75/s: 67.5+22.5; 01 06:00 to 01 22:00"},
		{"what is to come", []policy.Hand{{From: until.Add(-2 * time.Hour), Suspend: true}}, "C 100/s, T 90/s, release 75/s: 67.5+22.5; 01 06:00 to 01 21:00"},
		{"what has neither beginning nor end", []policy.Hand{{Activate: true, Hold: map[string]traffic.Rate{"BETA": 0, "ALPHA": traffic.PerSecond}, Exempt: []string{"BETA"}}},
			"C 100/s, T 90/s, release 75/s: 67.5+22.5; 01 06:00 to 01 22:00; by hand: active, ALPHA held to 1/s, BETA held to 0/s, BETA exempt"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			period := p.At(from.Add(time.Hour), c.hands...)
			if got := told(period); got != c.want {
				t.Errorf("it is\n\t%s\nwant\n\t%s", got, c.want)
			}
			if faults := period.Rules.Check(); len(faults) > 0 {
				t.Errorf("the rules cannot work: %v", faults)
			}
		})
	}
}

func TestHandsOnModesAndAccounts(t *testing.T) {
	p := mustParse(t, minimalPolicy+"mode: off\n", beside(minimalPortfolio, nil))
	at := instant(t, "2026-11-01T12:00:00Z")
	rules := p.At(at, policy.Hand{Shadow: true, Activate: true}).Rules
	if rules.Mode != traffic.ModeShadow || !rules.Activate {
		t.Errorf("by hand in shadow and active it is %v, %v", rules.Mode, rules.Activate)
	}
	if mode := p.At(at, policy.Hand{Suspend: true}, policy.Hand{Shadow: true}).Rules.Mode; mode != traffic.ModeSuspended {
		t.Errorf("suspended, and then in shadow, it is %v", mode)
	}
	accounts := p.At(at,
		policy.Hand{Hold: map[string]traffic.Rate{"ALPHA": 5, "GAMMA": 1}, Exempt: []string{"GAMMA"}},
		policy.Hand{Hold: map[string]traffic.Rate{"ALPHA": 3, "BETA": -1}},
		policy.Hand{Hold: map[string]traffic.Rate{"ALPHA": 1 << 62}, Exempt: []string{"BETA"}}).Rules.Accounts
	want := p.Rules().Accounts
	want[0].Held, want[0].Hold = true, 3
	want[1].Held, want[1].Exempt = true, true
	if !reflect.DeepEqual(accounts, want) {
		t.Errorf("the accounts are %+v, want %+v", accounts, want)
	}
	again := p.Rules().Accounts
	if again[0].Held || again[1].Exempt {
		t.Error("an act by hand has changed the policy")
	}
}

func TestAMinimumIsScaledDownByHandOnly(t *testing.T) {
	p := mustParse(t, minimalPolicy+"allocation: {minimum: 30/s}\n", beside(minimalPortfolio, nil))
	at := instant(t, "2026-11-01T12:00:00Z")
	for capacity, want := range map[int64]string{
		80_000: "C 80/s, T 72/s, release 60/s: 42+30; 01 00:00 to 01 00:00; by hand: capacity 80/s",
		40_000: "C 40/s, T 36/s, release 30/s: 24+12; 01 00:00 to 01 00:00; by hand: capacity 40/s; " +
			"by hand: the minimum is 12/s, for all accounts at 30/s are more than the operating threshold 36/s",
	} {
		if got := told(p.At(at, policy.Hand{Capacity: &policy.Rate{Thousandths: capacity}})); got != want {
			t.Errorf("it is\n\t%s\nwant\n\t%s", got, want)
		}
	}
}

func TestAHandsCapacityBeyondTheMechanismIsCut(t *testing.T) {
	p := mustParse(t, minimalPolicy, beside(minimalPortfolio, nil))
	period := p.At(instant(t, "2026-11-01T12:00:00Z"), policy.Hand{Capacity: &policy.Rate{Thousandths: 1<<63 - 1, Per: time.Hour}})
	if faults := period.Rules.Check(); len(faults) > 0 || period.Rules.Threshold != traffic.MaxRate {
		t.Errorf("the threshold is %v: %v", period.Rules.Threshold, faults)
	}
}

// What At gives can be obeyed one after the other by one Controller.
func TestAControllerFollowsAPolicyThroughItsPeriods(t *testing.T) {
	p := mustParse(t, windows, beside(minimalPortfolio, nil))
	at := instant(t, "2026-11-01T12:00:00Z")
	now := p.At(at)
	c, err := traffic.New(now.Rules, traffic.Start{At: at.UnixNano()})
	if err != nil {
		t.Fatal(err)
	}
	changes := 0
	for at.Before(instant(t, "2026-11-04T12:00:00Z")) {
		at = now.Until
		now = p.At(at)
		boundaries, err := c.Change(traffic.Planned{From: at.UnixNano(), Rules: now.Rules})
		if err != nil || len(boundaries) != 1 || boundaries[0] != at.UnixNano() {
			t.Fatalf("at %v: %v, %v", at, boundaries, err)
		}
		c.Advance(at.UnixNano())
		if got := c.Snapshot(nil).Rules; got.Threshold != now.Rules.Threshold || got.Closed != now.Rules.Closed {
			t.Fatalf("at %v the threshold in force is %v, want %v", at, got.Threshold, now.Rules.Threshold)
		}
		changes++
	}
	if changes != 13 {
		t.Errorf("there were %d changes", changes)
	}
}
