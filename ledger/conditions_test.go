package ledger

import (
	"reflect"
	"testing"

	"srtm/journal"
	"srtm/traffic"
)

// holding makes one account's terms from a time on.
func holding(at int64, account uint32, cause string, change ...func(*journal.Terms)) Terms {
	t := Terms{At: at, Terms: journal.Terms{Own: journal.Own{ID: account}, Threshold: 90, Cause: cause}}
	for _, c := range change {
		c(&t.Terms)
	}
	return t
}

func TestWhatHeldForEverybody(t *testing.T) {
	closed := func(until int64) func(*journal.Terms) {
		return func(t *journal.Terms) { t.Closed, t.Until, t.Threshold = true, until, 0 }
	}
	shadow := func(t *journal.Terms) { t.Shadow = true }
	for _, row := range []struct {
		rule  string
		terms []Terms
		want  []Condition
	}{
		{"nothing is known", nil, nil},
		{"all accounts' terms of one moment are one condition", []Terms{holding(5, 1, "reserved"), holding(5, 2, "reserved")},
			[]Condition{{From: 5, Threshold: 90, Cause: "reserved"}}},
		{"what one account has alone is told too, once", []Terms{holding(5, 1, "reserved\nby hand: BRAVO"), holding(5, 2, "reserved", shadow)},
			[]Condition{{From: 5, Threshold: 90, Cause: "reserved\nby hand: BRAVO", Shadowed: 1}}},
		{"a start that changes nothing is none", []Terms{holding(5, 1, ""), holding(15, 1, ""), holding(30, 1, "reserved")},
			[]Condition{{From: 5, To: 30, Threshold: 90}, {From: 30, Threshold: 90, Cause: "reserved"}}},
		{"of what held before the beginning only the last matters", []Terms{holding(1, 3, "gone"), holding(5, 1, "maintenance"), holding(9, 1, ""), holding(20, 1, "reserved")},
			[]Condition{{From: 9, To: 20, Threshold: 90}, {From: 20, Threshold: 90, Cause: "reserved"}}},
		{"closing ends when it was to end, though nobody said so", []Terms{holding(12, 1, "maintenance", closed(20)), holding(40, 1, "")},
			[]Condition{{From: 12, To: 20, Closed: true, Cause: "maintenance"}, {From: 40, Threshold: 90}}},
		{"and before that, where it was ended", []Terms{holding(12, 1, "maintenance", closed(60)), holding(40, 1, "")},
			[]Condition{{From: 12, To: 40, Closed: true, Cause: "maintenance"}, {From: 40, Threshold: 90}}},
		{"closing that lasts ends by itself", []Terms{holding(12, 1, "maintenance", closed(60))},
			[]Condition{{From: 12, To: 60, Closed: true, Cause: "maintenance"}}},
	} {
		if got := conditions(row.terms, Span{From: 10, To: 100}); !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: got %+v want %+v", row.rule, got, row.want)
		}
	}
}

// What is refused below the standing allocation is told apart from what is refused
// within the one in force: by its cause, and what of it was within the standing one.
func TestAllocationsCannotBeLoweredUnseen(t *testing.T) {
	const second = 1_000_000_000
	standing := func(change func(*journal.Terms)) *journal.Terms {
		t := &journal.Terms{Own: journal.Own{Account: "A", ID: 1}, Allocation: 2 * traffic.PerSecond, Standing: 2 * traffic.PerSecond,
			Depth: 2 * traffic.SR, Threshold: 100 * traffic.PerSecond, Burst: 2 * second, Slot: 1e7, LargestCost: traffic.SR}
		change(t)
		return t
	}
	halved := func(t *journal.Terms) {
		t.Allocation, t.Depth, t.Cause = traffic.PerSecond, traffic.SR, "reserved: reads"
	}
	given := func(d *journal.Decision) { d.Numbers.Allocation, d.Numbers.Depth = traffic.PerSecond, traffic.SR }
	nothing := func(d *journal.Decision) {
		d.Numbers.Allocation, d.Numbers.Depth, d.Numbers.Reason = 0, 0, traffic.Closed
	}
	slow := func(d *journal.Decision) {
		d.Numbers.Held, d.Numbers.HoldRate, d.Numbers.Reason = true, traffic.PerSecond, traffic.Held
	}
	for _, row := range []struct {
		rule   string
		terms  *journal.Terms
		as     func(*journal.Decision)
		reason traffic.Reason
		want   Count
		within Count
		broken int
	}{
		{"an allocation that was halved", standing(halved), given, traffic.OverAllocation, Count{3, 3 * traffic.SR}, Count{1, traffic.SR}, 1},
		{"all is closed", standing(func(t *journal.Terms) { t.Allocation, t.Depth, t.Closed, t.Cause = 0, 0, true, "maintenance" }), nothing, traffic.Closed,
			Count{4, 4 * traffic.SR}, Count{2, 2 * traffic.SR}, 0},
		{"it is held to half its rate", standing(func(t *journal.Terms) { t.Held, t.Hold, t.Cause = true, traffic.PerSecond, "by hand" }), slow, traffic.Held,
			Count{3, 3 * traffic.SR}, Count{1, traffic.SR}, 0},
		{"refused as closed, and nothing says that it was", standing(func(*journal.Terms) {}), func(d *journal.Decision) { d.Numbers.Reason = traffic.Closed },
			traffic.Closed, Count{}, Count{}, 2},
	} {
		t.Run(row.rule, func(t *testing.T) {
			s := (&script{at: worldStart}).add(&journal.Start{})
			row.terms.Start = true
			s.add(row.terms)
			for n := range uint64(4) {
				if row.reason == traffic.Held && n == 0 {
					s.decide(0, n, row.as, func(d *journal.Decision) { d.Numbers.Reason = traffic.WithinAllocation })
				} else {
					s.decide(0, n, refused, row.as)
				}
			}
			l := s.fold(t, sqlitePlace(t), Options{Batch: 2})
			rows, err := l.Lowered(t.Context(), always)
			var got, within Count
			for _, x := range rows {
				got.count(x.Count)
				within.count(x.Within)
				if x.Reason != row.reason || x.Verdict != traffic.Throttle || x.Cause != row.terms.Cause || x.Allocation != row.terms.Allocation {
					t.Errorf("it is told by the wrong cause: %+v", x)
				}
			}
			broken, also := l.Broken(t.Context(), always)
			if err != nil || also != nil || got != row.want || within != row.within || len(broken) > 1 {
				t.Fatalf("got %v, within the standing allocation %v; want %v, %v (%v, %v)", got, within, row.want, row.within, err, also)
			}
			sum := uint64(0)
			for _, b := range broken {
				sum += b.Requests
			}
			if sum != uint64(row.broken) {
				t.Errorf("%d refused within the allocation in force, want %d", sum, row.broken)
			}
		})
	}
}
