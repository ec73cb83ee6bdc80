package report

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestWhatMayBeShown(t *testing.T) {
	d := disclosure{fewestUsual}
	for _, row := range []struct {
		rule  string
		parts []int64
		shows bool
	}{
		{"nothing is nobody's", nil, true},
		{"noughts are nothing", []int64{0, 0, 0}, true},
		{"one is that one's", []int64{500}, false},
		{"of two, each has the other's by taking away its own", []int64{500, 400}, false},
		{"a third that sent nothing is no third", []int64{500, 400, 0}, false},
		{"of three alike, each knows a sum of two", []int64{500, 400, 450}, true},
		{"a large one beside two tiny ones is known to each of them", []int64{1_000_000, 3, 5}, false},
		{"one large one beside a crowd that is a tenth of it", []int64{1000, 50, 50, 50}, true},
		{"two large ones know each other where the rest is tiny", []int64{1000, 990, 5, 5, 5, 5}, false},
	} {
		if d.shows(row.parts) != row.shows {
			t.Errorf("%s: %v is shown: %v", row.rule, row.parts, !row.shows)
		}
	}
}

func TestNobodyCanComeNearAnother(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := disclosure{fewestUsual}
		parts := rapid.SliceOfN(rapid.Int64Range(0, 1_000_000), 0, 12).Draw(t, "parts")
		if !d.shows(parts) {
			return
		}
		var sum int64
		for _, p := range parts {
			sum += p
		}
		for i, mine := range parts {
			for j, theirs := range parts {
				estimate := sum - mine // the best upper bound of somebody who knows its own part
				if i != j && theirs > 0 && float64(estimate-theirs) < leastRest*float64(theirs)-1 {
					t.Fatalf("%d of %v knows %d as %d", mine, parts, theirs, estimate)
				}
			}
		}
	})
}

func TestWhatIsNotShownCannotBeHadBySubtraction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := disclosure{fewestUsual}
		var groups []contribution
		for g := range rapid.IntRange(1, 8).Draw(t, "groups") {
			c := contribution{name: fmt.Sprint(g), parts: map[int]int64{}}
			for a := range rapid.IntRange(0, 6).Draw(t, "accounts") {
				c.parts[a] = rapid.Int64Range(0, 1000).Draw(t, "part")
			}
			groups = append(groups, c)
		}
		merged := d.merged(groups, "others")
		var before, after int64
		for _, g := range groups {
			before += g.sum()
		}
		for i, g := range merged {
			after += g.sum()
			if !d.shows(g.values()) && (g.shown || i < len(merged)-1 || len(merged) > 1) {
				t.Fatalf("group %s of %v may not be shown", g.name, merged)
			}
		}
		if before != after {
			t.Fatalf("%d became %d", before, after)
		}
	})
}

func TestBandsAndRounding(t *testing.T) {
	for _, row := range []struct {
		n       int64
		band    string
		rounded int64
	}{
		{0, "none", 0}, {1, "1 to 99", 1}, {99, "1 to 99", 99}, {100, "100 to 999", 100}, {6216, "1,000 to 9,999", 6200},
		{41_204_118, "10,000,000 to 99,999,999", 41_000_000}, {995, "100 to 999", 1000},
	} {
		if b, r := band(row.n), significant(row.n); b != row.band || r != row.rounded {
			t.Errorf("%d: %q and %d", row.n, b, r)
		}
	}
	var bands []string
	for n := int64(1); n < 1<<40; n *= 3 {
		if b := band(n); !slices.Contains(bands, b) {
			bands = append(bands, b)
		}
	}
	if len(bands) != 11 {
		t.Errorf("the bands are %v", bands)
	}
}
