package simulate

import (
	"iter"
	"slices"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"srtm/scenario"
)

func TestAheadGivesTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := make([]scenario.Arrival, rapid.IntRange(0, 6*chunkSize).Draw(t, "arrivals"))
		for i := range all {
			all[i].Number = uint64(i)
		}
		for _, way := range []func(filler, int) iter.Seq[[]scenario.Arrival]{chunks, ahead} {
			var got []scenario.Arrival
			for chunk := range way(from(all), chunkSize) {
				got = append(got, chunk...)
			}
			if !slices.Equal(got, all) {
				t.Errorf("of %d arrivals others come", len(all))
			}
		}
	})
}

// from gives arrivals that are there already.
func from(all []scenario.Arrival) filler {
	return func(into []scenario.Arrival) int {
		n := copy(into, all)
		all = all[n:]
		return n
	}
}

// Whoever stops early leaves nothing running: a bubble does not end before all in it
// has.
func TestAheadCanBeLeftEarly(t *testing.T) {
	for _, row := range []struct{ after, of int }{{1, 1}, {1, 20 * chunkSize}, {2, 20 * chunkSize}, {15, 20 * chunkSize}} {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			for range ahead(from(make([]scenario.Arrival, row.of)), chunkSize) {
				if n++; n == row.after {
					break
				}
			}
			if n != row.after {
				t.Errorf("%d of %d chunks came", n, row.after)
			}
		})
	}
}
