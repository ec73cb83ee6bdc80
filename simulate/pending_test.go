package simulate

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/scenario"
)

// What waits comes out in the order of time and, at one time, in which it was added,
// however far ahead it was and whatever is added on the way.
func TestPendingKeepsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type item struct {
			at     int64
			number uint64
		}
		var p pending
		var model []item
		now, number := int64(monday.UnixNano()), uint64(0)
		far := rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(int64(20*time.Millisecond), int64(20*time.Millisecond)+50),
			rapid.Int64Range(0, int64(20*time.Millisecond)), rapid.Int64Range(0, int64(3*time.Minute)), rapid.Int64Range(0, int64(30*time.Hour)))
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			for range rapid.OneOf(rapid.IntRange(0, 5), rapid.IntRange(0, 60)).Draw(t, "added") {
				number++
				at := now + far.Draw(t, "wait")
				model = append(model, item{at, number})
				if err := p.add(at, &scenario.Send{Arrival: scenario.Arrival{Number: number, User: 7, At: 5, Target: 3, Variant: 9}, Attempt: 12, Command: 4}); err != nil {
					t.Fatal(err)
				}
			}
			slices.SortStableFunc(model, func(a, b item) int { return int(min(max(a.at-b.at, -1), 1)) })
			until := now + far.Draw(t, "pass")
			for p.due(until) {
				var send scenario.Send
				at := p.take(&send)
				if len(model) == 0 || (item{at, send.Arrival.Number}) != model[0] {
					t.Fatalf("%d at %d comes out, want %+v", send.Arrival.Number, at, model)
				}
				if a := send.Arrival; a.User != 7 || a.At != 5 || a.Target != 3 || a.Variant != 9 || send.Attempt != 12 || send.Command != 4 {
					t.Fatalf("it came out as %+v", send)
				}
				model, now = model[1:], at
			}
			if len(model) > 0 && model[0].at <= until || p.size() != len(model) {
				t.Fatalf("%d wait, want %+v", p.size(), model)
			}
			now = until
		}
	})
}

func TestHistogramIsRightToOnePerCent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Int64Range(100_000, int64(48*time.Hour)), 1, 300).Draw(t, "durations")
		cut := rapid.IntRange(0, len(all)).Draw(t, "cut")
		var h, o histogram
		for i, d := range all {
			if i < cut {
				h.add(d)
			} else {
				o.add(d)
			}
		}
		h.join(&o)
		got := h.times()
		slices.Sort(all)
		for _, q := range []struct {
			thousandths int
			got         time.Duration
		}{{500, got.P50}, {990, got.P99}} {
			want := float64(all[(len(all)*q.thousandths+999)/1000-1])
			if diff := (float64(q.got) - want) / want; diff < -0.01 || diff > 0.01 {
				t.Errorf("the quantile %d is %v, want %v", q.thousandths, q.got, time.Duration(want))
			}
		}
		if got.Count != uint64(len(all)) || got.Max != time.Duration(all[len(all)-1]) {
			t.Errorf("%+v of %d up to %v", got, len(all), time.Duration(all[len(all)-1]))
		}
	})
}
