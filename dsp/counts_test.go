package dsp

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"srtm/duis"
)

// The peak is the most requests in any hundred slots of 10 ms in a row, and no
// calendar second: a count of every such second finds the same.
func TestPeakIsOfAnySecond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gaps := rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(0, 2_000_000), rapid.Int64Range(0, 400_000_000), rapid.Int64Range(0, 3_000_000_000)), 1, 200).Draw(t, "gaps")
		var p peak
		var arrivals []int64
		at := int64(1_790_000_000_000_000_000)
		want, end := int64(0), int64(0)
		for _, gap := range gaps {
			at += gap
			arrivals = append(arrivals, at/slot)
			p.add(at)
			within := int64(0)
			for _, other := range arrivals {
				if other > at/slot-slots {
					within++
				}
			}
			if within > want {
				want, end = within, (at/slot+1)*slot
			}
		}
		if p.most != want || p.end != end {
			t.Fatalf("%d requests in the second that ended at %d; should be %d, %d", p.most, p.end, want, end)
		}
	})
}

func TestPeakInWords(t *testing.T) {
	const second, ms = int64(1_000_000_000), int64(1_000_000)
	start := 1_790_000_000 * second
	for _, row := range []struct {
		rule     string
		arrivals []int64
		want     int64
	}{
		{"one request is a peak of one", []int64{0}, 1},
		{"requests across the end of a calendar second count together", []int64{990 * ms, 995 * ms, second, second + 900*ms}, 4},
		{"a second later is another second", []int64{0, 5 * ms, second + 10*ms}, 2},
		{"an earlier peak is not forgotten", []int64{0, 0, 0, 10 * second, 11 * second}, 3},
	} {
		t.Run(row.rule, func(t *testing.T) {
			var p peak
			for _, at := range row.arrivals {
				p.add(start + at)
			}
			if p.most != row.want {
				t.Errorf("the peak is %d and should be %d", p.most, row.want)
			}
		})
	}
}

// A message counts as repeated when it is among the latest different ones, with
// the same RequestID and the same Command Variant.
func TestRepeatsInWords(t *testing.T) {
	type step struct {
		counter uint64
		command duis.CommandVariant
		served  bool
	}
	for _, row := range []struct {
		rule            string
		steps           []step
		arrived, served int64
	}{
		{"different requests are no repeats", []step{{1, 1, true}, {2, 1, true}}, 0, 0},
		{"the two messages of a critical command are no repeats", []step{{1, 4, true}, {1, 5, true}}, 0, 0},
		{"a message that was served twice is the worst", []step{{1, 1, true}, {1, 1, true}}, 1, 1},
		{"a refused message may be sent again", []step{{1, 1, false}, {1, 1, true}}, 1, 0},
		{"a message that was served and then refused was served once", []step{{1, 1, true}, {1, 1, false}}, 1, 0},
		{"and the one after that is served again", []step{{1, 1, true}, {1, 1, false}, {1, 1, true}}, 2, 1},
		{"the latest three are remembered", []step{{1, 1, true}, {2, 1, true}, {3, 1, true}, {1, 1, true}}, 1, 1},
		{"what came before those is forgotten", []step{{1, 1, true}, {2, 1, true}, {3, 1, true}, {4, 1, true}, {1, 1, true}}, 0, 0},
	} {
		t.Run(row.rule, func(t *testing.T) {
			r := newCounts(3).repeats
			for _, s := range row.steps {
				r.add(message{duis.RequestID{Counter: s.counter}, s.command}, s.served)
			}
			if r.arrived != row.arrived || r.served != row.served || len(r.latest) != int(row.arrived) {
				t.Errorf("%d arrived again, %d were served again; should be %d, %d", r.arrived, r.served, row.arrived, row.served)
			}
		})
	}
}

// Repeats are those that a list of the latest different messages finds, and
// memory stays bounded.
func TestRepeatsAmongTheLatest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 20).Draw(t, "limit")
		r := newCounts(limit).repeats
		var order []uint64
		want := int64(0)
		for _, counter := range rapid.SliceOfN(rapid.Uint64Range(0, 30), 1, 300).Draw(t, "messages") {
			r.add(message{id: duis.RequestID{Counter: counter}}, true)
			if slices.Contains(order, counter) {
				want++
				continue
			}
			order = append(order, counter)
			order = order[max(0, len(order)-limit):]
		}
		if r.arrived != want || r.served != want {
			t.Fatalf("%d and %d are repeats of %d", r.arrived, r.served, want)
		}
		if len(r.known) > limit || len(r.order) > limit || len(r.latest) > maxRepeats {
			t.Fatalf("%d, %d and %d are remembered", len(r.known), len(r.order), len(r.latest))
		}
	})
}

// However many originators there are, so many are counted by name and the rest
// together.
func TestOriginatorsAreBounded(t *testing.T) {
	c := newCounts(1)
	for i := range 2 * maxOriginators {
		for range 2 {
			r := request{header: duis.Header{ID: duis.RequestID{Originator: duis.EUI64(i)}}}
			c.arrived(&r, true)
		}
	}
	var m Measurements
	c.fill(&m)
	if len(m.Originators) != maxOriginators || m.Others != 2*maxOriginators || m.Originators["00-00-00-00-00-00-00-00"] != 2 {
		t.Errorf("%d originators are counted, and %d requests of others", len(m.Originators), m.Others)
	}
}
