package plot

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTicksOfAnAxis(t *testing.T) {
	for _, c := range []struct {
		rule  string
		top   float64
		most  int
		whole bool
		want  string
		word  string
	}{
		{"steps are 1, 2 or 5", 1800, 5, false, "0 500 1,000 1,500 2,000", ""},
		{"the axis ends at the first tick that is not below the top", 2000, 5, false, "0 500 1,000 1,500 2,000", ""},
		{"thousands are separated", 41_204, 5, true, "0 10,000 20,000 30,000 40,000 50,000", ""},
		{"large numbers are in millions", 41_204_118, 5, true, "0 10 20 30 40 50", "million"},
		{"with decimals where the step has them", 2_300_000, 5, true, "0.0 0.5 1.0 1.5 2.0 2.5", "million"},
		{"and in billions", 7e9, 4, true, "0 2 4 6 8", "billion"},
		{"a small allocation has decimals", 0.35, 4, false, "0.0 0.1 0.2 0.3 0.4", ""},
		{"between whole numbers there are no ticks", 2, 5, true, "0 1 2", ""},
		{"nothing at all has an axis", 0, 5, false, "0 1", ""},
	} {
		texts, word := newLinear(c.top, c.most, c.whole).labels()
		if got := strings.Join(texts, " "); got != c.want || word != c.word {
			t.Errorf("%s: up to %v: %q %q, want %q %q", c.rule, c.top, got, word, c.want, c.word)
		}
	}
}

func TestAxesHoldWhatTheyAreMadeFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		top := rapid.Float64Range(smallest, largest).Draw(t, "top")
		most := rapid.IntRange(1, 12).Draw(t, "most")
		a := newLinear(top, most, false)
		if a.top < top*(1-1e-9) || a.ticks > most || a.ticks < 1 {
			t.Fatalf("up to %v: %+v", top, a)
		}
		low := rapid.Float64Range(smallest, largest).Draw(t, "low")
		l := newLogarithmic(min(low, top), max(low, top))
		ticks := l.ticks(most + 1)
		if l.low > min(low, top)*(1+1e-9) || l.high < max(low, top)*(1-1e-9) || len(ticks) == 0 || !slices.IsSorted(ticks) {
			t.Fatalf("from %v to %v: %+v, ticks %v", low, top, l, ticks)
		}
		if p := l.place(low); !(p >= 0 && p <= 1) {
			t.Fatalf("%v is placed at %v", low, p)
		}
	})
}

func TestNumbersAsText(t *testing.T) {
	for _, c := range []struct {
		v    float64
		want string
	}{
		{0, "0"}, {7, "7"}, {1234, "1,234"}, {41_204_118, "41,204,118"}, {-1234.5, "-1,234"}, {540.25, "540"}, {54.26, "54.3"},
		{5.126, "5.13"}, {0.5, "0.5"}, {99.99, "100"}, {-0.001, "0"}, {math.NaN(), "–"}, {math.Inf(-1), "–"}, {999.9, "1,000"},
	} {
		if got := Figure(c.v); got != c.want {
			t.Errorf("Figure(%v) = %q, want %q", c.v, got, c.want)
		}
	}
	for _, c := range []struct {
		v    float64
		want string
	}{
		{0, "0 s"}, {0.000_25, "250 µs"}, {0.0125, "12.5 ms"}, {0.082, "82 ms"}, {0.9999, "1 s"}, {1.204, "1.2 s"}, {13.2, "13.2 s"},
		{119, "119 s"}, {600, "10 min"}, {math.NaN(), "–"}, {7_200_000, "120,000 min"},
	} {
		if got := Seconds(c.v); got != c.want {
			t.Errorf("Seconds(%v) = %q, want %q", c.v, got, c.want)
		}
	}
}

func TestTimeAxes(t *testing.T) {
	at := func(s string) int64 {
		v, err := time.Parse("2006-01-02 15:04:05", s)
		if err != nil {
			t.Fatal(err)
		}
		return v.UnixNano()
	}
	for _, c := range []struct {
		rule     string
		from, to string
		pixels   float64
		bar      int64
		want     string // labels; a context stands in brackets before its label
	}{
		{"a month has its days", "2026-10-01 00:00:00", "2026-11-01 00:00:00", 660, day,
			"[October 2026] 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31"},
		{"or its weeks where there is little room", "2026-10-01 00:00:00", "2026-11-01 00:00:00", 300, day, "[October 2026] 1 8 15 22 29"},
		{"none close before the 1st", "2026-09-01 00:00:00", "2026-10-05 00:00:00", 330, day, "[September 2026] 1 8 15 22 [October 2026] 1"},
		{"a quarter has weeks", "2026-10-01 00:00:00", "2027-01-01 00:00:00", 660, 0,
			"[October 2026] 1 8 15 22 29 [November 2026] 1 8 15 22 [December 2026] 1 8 15 22 29"},
		{"two years have quarters", "2026-01-01 00:00:00", "2028-01-01 00:00:00", 330, 0, "[2026] Jan Apr Jul Oct [2027] Jan Apr Jul Oct"},
		{"an hour has minutes", "2026-10-07 02:58:00", "2026-10-07 03:58:00", 330, 0, "[7 October 2026]  03:00 03:10 03:20 03:30 03:40 03:50"},
		{"midnight begins another day", "2026-10-07 21:00:00", "2026-10-08 03:00:00", 330, 0,
			"[7 October 2026] 21:00 22:00 23:00 [8 October 2026] 00:00 01:00 02:00"},
		{"a few seconds", "2026-10-07 21:00:58", "2026-10-07 21:01:02", 330, 0, "[7 October 2026] 21:00:58 21:00:59 21:01:00 21:01:01"},
		{"bars of a day have no hours", "2026-10-07 00:00:00", "2026-10-09 00:00:00", 660, day, "[October 2026]  7 8"},
		{"a leap day", "2028-02-26 00:00:00", "2028-03-02 00:00:00", 660, day, "[February 2028]  26 27 28 29 [March 2028] 1"},
	} {
		axis := timeAxis{at(c.from), at(c.to), field{w: c.pixels}}
		var words []string
		for _, tick := range timeTicks(axis.from, axis.to, axis.rhythm(c.bar)) {
			if tick.context != "" {
				words = append(words, "["+tick.context+"]")
			}
			words = append(words, tick.text)
		}
		want := strings.ReplaceAll(c.want, "]  ", "] ")
		if got := strings.ReplaceAll(strings.Join(words, " "), "]  ", "] "); got != want {
			t.Errorf("%s:\n got %s\nwant %s", c.rule, got, want)
		}
	}
}

func TestTicksStayInOrderAndBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, to := bare{t}.time(), bare{t}.time()
		if from >= to {
			from, to = to, from
		}
		if from == to {
			return
		}
		axis := timeAxis{from, to, field{w: rapid.Float64Range(60, 1000).Draw(t, "pixels")}}
		last := from
		ticks := timeTicks(from, to, axis.rhythm(0))
		for _, k := range ticks {
			if k.at < last || k.at >= to {
				t.Fatalf("a tick at %d after %d, in %d to %d", k.at, last, from, to)
			}
			last = k.at
		}
		if most := int(axis.w/12) + 2; len(ticks) > most {
			t.Fatalf("%d ticks on %v pixels", len(ticks), axis.w)
		}
	})
}

func TestTextIsShortenedAndCleaned(t *testing.T) {
	for _, c := range []struct {
		in   string
		room float64
		want string
	}{
		{"Bravo Energy", 200, "Bravo Energy"},
		{" two\n lines ", 200, "two lines"},
		{"Bravo Energy Supply", 70, "Bravo E…"},
		{"Bravo", 3, ""},
		{"a\x00b\u202ec\x7f", 200, "abc"},
		{"\xff", 200, "\ufffd"},
	} {
		if got := shorten(c.in, c.room); got != c.want {
			t.Errorf("shorten(%q, %v) = %q, want %q", c.in, c.room, got, c.want)
		}
	}
}
