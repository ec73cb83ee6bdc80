package calendar

import (
	"strings"
	"testing"
	"time"
)

// published are the bank holidays of England and Wales as the government's list
// has them.
const published = `
2012: 01-02 04-06 04-09 05-07 06-04 06-05 08-27 12-25 12-26
2013: 01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26
2014: 01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26
2015: 01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28
2016: 01-01 03-25 03-28 05-02 05-30 08-29 12-26 12-27
2017: 01-02 04-14 04-17 05-01 05-29 08-28 12-25 12-26
2018: 01-01 03-30 04-02 05-07 05-28 08-27 12-25 12-26
2019: 01-01 04-19 04-22 05-06 05-27 08-26 12-25 12-26
2020: 01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28
2021: 01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28
2022: 01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27
2023: 01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26
2024: 01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26
2025: 01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26
2026: 01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28
2027: 01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28
`

func TestBankHolidaysAreThosePublished(t *testing.T) {
	for line := range strings.Lines(strings.TrimSpace(published)) {
		year, want, _ := strings.Cut(strings.TrimSpace(line), ": ")
		first, err := time.Parse("2006", year)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, day := range BankHolidays(first.Year()) {
			got = append(got, day.Format("01-02"))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got  %v\n      want %s", year, got, want)
		}
	}
}

func TestEveryYearHasEightHolidaysOnWeekdays(t *testing.T) {
	for year := 2028; year < 2200; year++ {
		days := BankHolidays(year)
		if len(days) != 8 {
			t.Errorf("%d has %d bank holidays", year, len(days))
		}
		for i, day := range days {
			if day.Year() != year || day.Weekday() == time.Saturday || day.Weekday() == time.Sunday || i > 0 && !day.After(days[i-1]) {
				t.Errorf("%d: %v", year, days)
			}
		}
	}
}

func TestWorkingDaysAfter(t *testing.T) {
	for _, row := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-12-24", 0, "2026-12-24"},
		{"2026-12-24", 1, "2026-12-29"},
		{"2026-12-24", 10, "2027-01-12"},
		{"2026-11-20", 1, "2026-11-23"},
	} {
		from, err := time.Parse(time.DateOnly, row.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := WorkingDaysAfter(from, row.n).Format(time.DateOnly); got != row.want {
			t.Errorf("%d Working Days after %s is %s, want %s", row.n, row.from, got, row.want)
		}
	}
}
