package report

import (
	"fmt"
	"time"
)

// Period is a calendar month of UTC, the time that one set of reports is about.
type Period struct {
	Year  int
	Month time.Month
}

// ParseMonth reads a month as 2026-10, from 2000-01 to 2199-12. Nothing else is
// taken.
func ParseMonth(text string) (Period, error) {
	t, err := time.Parse("2006-01", text)
	if err != nil || t.Year() < 2000 || t.Year() > 2199 || len(text) != len("2026-10") {
		return Period{}, fmt.Errorf("%.40q is not a month; write a year from 2000 to 2199 and a month, as 2026-10", text)
	}
	return Period{t.Year(), t.Month()}, nil
}

// String writes the month as ParseMonth reads it: "2026-10".
func (p Period) String() string { return fmt.Sprintf("%04d-%02d", p.Year, int(p.Month)) }

// Name writes the month for people: "October 2026".
func (p Period) Name() string { return p.start().Format("January 2006") }

// Before is the month before.
func (p Period) Before() Period {
	t := p.start().AddDate(0, -1, 0)
	return Period{t.Year(), t.Month()}
}

func (p Period) next() Period {
	t := p.end()
	return Period{t.Year(), t.Month()}
}

// Days is how many days the month has.
func (p Period) Days() int { return p.end().AddDate(0, 0, -1).Day() }

// From is the month's first nanosecond since 1970 UTC, and To the first one
// after it.
func (p Period) From() int64 { return p.start().UnixNano() }

// To is the first nanosecond after the month.
func (p Period) To() int64 { return p.end().UnixNano() }

// firstDay is the month's first day, in days since 1970 UTC.
func (p Period) firstDay() int64 { return p.start().Unix() / 86400 }

func (p Period) start() time.Time { return time.Date(p.Year, p.Month, 1, 0, 0, 0, 0, time.UTC) }
func (p Period) end() time.Time   { return p.start().AddDate(0, 1, 0) }
