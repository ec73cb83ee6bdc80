package report

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
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

func TestDueOnTheTenthWorkingDay(t *testing.T) {
	for _, row := range []struct{ month, due, because string }{
		{"2026-10", "2026-11-13", "1 November is a Sunday; ten weekdays follow"},
		{"2026-11", "2026-12-14", "no holiday comes between"},
		{"2026-12", "2027-01-15", "New Year's Day is a Friday"},
		{"2026-03", "2026-04-16", "Good Friday and Easter Monday come between"},
		{"2026-04", "2026-05-15", "1 May is a Friday and counts, the first Monday of May does not"},
		{"2022-05", "2022-06-16", "two days for the Platinum Jubilee"},
		{"2022-08", "2022-09-14", "the State Funeral is later"},
		{"2020-04", "2020-05-15", "Friday 8 May instead of Monday 4 May"},
		{"2023-04", "2023-05-16", "1 May and the Coronation's 8 May"},
	} {
		p, err := ParseMonth(row.month)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Due().Format(time.DateOnly); got != row.due {
			t.Errorf("%s is due on %s, want %s: %s", row.month, got, row.due, row.because)
		}
	}
}

func TestDueIsAWorkingDayWithNineBeforeIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Period{rapid.IntRange(2012, 2199).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month"))}
		due, count := p.Due(), 0
		for day := p.end(); !day.After(due); day = day.AddDate(0, 0, 1) {
			if WorkingDay(day) {
				count++
			}
		}
		if count != 10 || !WorkingDay(due) {
			t.Fatalf("%v is due on %v after %d Working Days", p, due, count)
		}
	})
}

func TestParseMonth(t *testing.T) {
	for _, text := range []string{"", "2026", "2026-1", "2026-13", "2026-00", "26-10", "2026-10-01", "2026/10", " 2026-10", "1999-12", "2200-01", "٢٠٢٦-١٠"} {
		if p, err := ParseMonth(text); err == nil {
			t.Errorf("%q was read as %v", text, p)
		}
	}
	p, err := ParseMonth("2026-10")
	if err != nil || p.String() != "2026-10" || p.Name() != "October 2026" || p.Days() != 31 || p.Before().String() != "2026-09" {
		t.Errorf("2026-10 was read as %v, %v", p, err)
	}
	if from, to := time.Unix(0, p.From()).UTC(), time.Unix(0, p.To()).UTC(); from.String() != "2026-10-01 00:00:00 +0000 UTC" || to.String() != "2026-11-01 00:00:00 +0000 UTC" {
		t.Errorf("it goes from %v to %v", from, to)
	}
	if b := (Period{2027, time.January}).Before(); b.String() != "2026-12" {
		t.Errorf("before January 2027 comes %v", b)
	}
}
