package policy

import (
	"maps"
	"slices"
	"strings"
)

// hint says what may have been meant by an unknown key of section: a key there
// that is written nearly so, or the same key in another section, or else which
// keys there are.
func hint(section, word string) string {
	known := namesIn(section)
	names := slices.Sorted(maps.Keys(known))
	if meant := nearest(word, names); meant != "" {
		return "did you mean " + meant + "?"
	}
	var here []string
	for _, k := range keys() {
		dir, name := k.section()
		switch {
		case dir == pattern(section) && name != "":
			here = append(here, name)
		case name == word:
			return "did you mean " + k.path + "?"
		case k.path == word && dir != "":
			return "write " + name + " as a key of " + dir
		}
	}
	return "the keys here are " + strings.Join(here, ", ")
}

// nearest returns the word that is written most nearly like word, or "" where
// none is near: at most a third of its letters, and one at least, may differ.
func nearest(word string, words []string) string {
	if len(word) > 64 {
		return ""
	}
	best, least := "", len(word)+1
	for _, w := range words {
		if d := distance(strings.ToLower(word), strings.ToLower(w)); d < least && d <= max(1, len(w)/3) {
			best, least = w, d
		}
	}
	return best
}

// distance counts the letters to insert, remove, replace or swap with their
// neighbour to turn a into b.
func distance(a, b string) int {
	var before []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			same := 1
			if a[i] == b[j] {
				same = 0
			}
			next[j+1] = min(row[j+1]+1, next[j]+1, row[j]+same)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
