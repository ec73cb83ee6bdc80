package report

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/calendar"
)

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
			if calendar.WorkingDay(day) {
				count++
			}
		}
		if count != 10 || !calendar.WorkingDay(due) {
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
