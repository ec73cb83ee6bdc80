package policy

import (
	"strings"
	"time"
)

// maxDuration is far beyond what any key allows and far from overflow.
const maxDuration = 100 * 365 * 24 * time.Hour

// ParseDuration reads numbers with a unit, such as 30s, 1m30s, 1.5h or 400d: d,
// h, m, s, ms, us, ns, each at most once and the larger before the smaller; d is
// 24 hours. It is exact to the nanosecond, not negative and at most 36500d.
func ParseDuration(s string) (time.Duration, error) { return parsed(parseDuration(s)) }

func parseDuration(s string) (time.Duration, *flaw) {
	bad := &flaw{quoted(s) + " is not a duration", "write a number and a unit of d, h, m, s or ms, such as 30s, 1m30s or 400d"}
	var sum time.Duration
	last, rest := maxDuration, s
	for first := true; first || rest != ""; first = false {
		number, unit, after := cutTerm(rest)
		size := unitSize(unit)
		n, ok := parseTerm(number, size)
		if size == 0 || size >= last || !ok {
			return 0, bad
		}
		if n > maxDuration-sum {
			return 0, &flaw{quoted(s) + " is longer than 36500d", "write a shorter duration"}
		}
		sum, last, rest = sum+n, size, after
	}
	return sum, nil
}

// cutTerm cuts "1m30s" into "1", "m" and "30s".
func cutTerm(s string) (number, unit, rest string) {
	const numeral = "0123456789."
	unit = strings.TrimLeft(s, numeral)
	number = s[:len(s)-len(unit)]
	if i := strings.IndexAny(unit, numeral); i >= 0 {
		unit, rest = unit[:i], unit[i:]
	}
	return number, unit, rest
}

func unitSize(unit string) time.Duration {
	switch unit {
	case "d":
		return 24 * time.Hour
	case "h":
		return time.Hour
	case "m":
		return time.Minute
	case "s":
		return time.Second
	case "ms":
		return time.Millisecond
	case "us", "µs":
		return time.Microsecond
	case "ns":
		return time.Nanosecond
	}
	return 0
}

// parseTerm returns number × size if that is a whole number of nanoseconds; what
// is longer than maxDuration comes back as longer than that.
func parseTerm(number string, size time.Duration) (time.Duration, bool) {
	integer, fraction, point := strings.Cut(number, ".")
	if !digits(integer, 18) || point && !digits(fraction, 9) {
		return 0, false
	}
	n := atoi(integer)
	if size == 0 || n > int64(maxDuration/size) {
		return maxDuration + 1, true
	}
	sum, scale := time.Duration(n)*size, size
	for _, d := range strings.TrimRight(fraction, "0") {
		if scale%10 != 0 {
			return 0, false
		}
		scale /= 10
		sum += time.Duration(d-'0') * scale
	}
	return sum, true
}

// atoi reads what digits has passed.
func atoi(s string) int64 {
	var n int64
	for _, d := range s {
		n = n*10 + int64(d-'0')
	}
	return n
}

// Times outside these years are slips of the pen, and must not overflow
// nanoseconds since 1970.
const firstYear, lastYear = 2000, 2199

func parseTime(s string) (time.Time, *flaw) {
	var t time.Time
	if err := t.UnmarshalText([]byte(s)); err != nil || !strings.HasSuffix(s, "Z") {
		return time.Time{}, &flaw{quoted(s) + " is not a time in UTC", "write it as 2026-11-01T00:00:00Z"}
	}
	if t.Year() < firstYear || t.Year() > lastYear {
		return time.Time{}, &flaw{quoted(s) + " is out of range", "write a time in the years 2000 to 2199"}
	}
	return t.UTC(), nil
}

// parseDay reads a day, which is its beginning, or a time.
func parseDay(s string) (time.Time, *flaw) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		s = t.Format(time.RFC3339)
	}
	t, f := parseTime(s)
	if f != nil {
		f.right += " or as 2026-11-01"
	}
	return t, f
}

// parseSecond reads a time in whole seconds.
func parseSecond(s string) (time.Time, *flaw) {
	t, f := parseTime(s)
	if f == nil && t.Nanosecond() != 0 {
		f = &flaw{quoted(s) + " is not a whole second", "write it as 2026-11-01T00:00:00Z"}
	}
	return t, f
}

func parseDate(s string) (time.Time, *flaw) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < firstYear || t.Year() > lastYear {
		return time.Time{}, &flaw{quoted(s) + " is not a date", "write one in the years 2000 to 2199, such as 2026-10-01"}
	}
	return t, nil
}

// parseTimeOfDay reads hours and minutes, UTC, as what has passed since midnight.
func parseTimeOfDay(s string) (time.Duration, *flaw) {
	if h, m, _ := strings.Cut(s, ":"); len(h) == 2 && len(m) == 2 && digits(h, 2) && digits(m, 2) && atoi(h) < 24 && atoi(m) < 60 {
		return time.Duration(atoi(h))*time.Hour + time.Duration(atoi(m))*time.Minute, nil
	}
	return 0, &flaw{quoted(s) + " is not a time of day", `write it in UTC from "00:00" to "23:59", such as "22:00"`}
}

// clock writes what parseTimeOfDay reads.
func clock(t time.Duration) string { return time.Time{}.Add(t).Format("15:04") }

// stamp writes what parseTime reads.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
