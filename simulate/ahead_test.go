package simulate

import (
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
		if !slices.Equal(slices.Collect(ahead(slices.Values(all))), all) {
			t.Errorf("of %d arrivals others come", len(all))
		}
	})
}

// Whoever stops early leaves nothing running: a bubble does not end before all in it
// has.
func TestAheadCanBeLeftEarly(t *testing.T) {
	for _, row := range []struct{ after, of int }{{1, 1}, {1, 20 * chunkSize}, {chunkSize, 20 * chunkSize}, {5*chunkSize + 3, 20 * chunkSize}} {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			for range ahead(slices.Values(make([]scenario.Arrival, row.of))) {
				if n++; n == row.after {
					break
				}
			}
			if n != row.after {
				t.Errorf("%d of %d came", n, row.after)
			}
		})
	}
}
