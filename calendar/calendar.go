package calendar

import (
	"slices"
	"time"
)

// WorkingDay says whether the date of t, as t's location has it, is neither a
// Saturday nor a Sunday nor a bank holiday of England and Wales.
func WorkingDay(t time.Time) bool {
	if t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		return false
	}
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return !slices.Contains(BankHolidays(t.Year()), day)
}

// WorkingDaysAfter returns the n-th Working Day after the date of day, as its
// location has it, at the same time of day.
func WorkingDaysAfter(day time.Time, n int) time.Time {
	for range n {
		for day = day.AddDate(0, 0, 1); !WorkingDay(day); {
			day = day.AddDate(0, 0, 1)
		}
	}
	return day
}

// BankHolidays returns the bank holidays of England and Wales in a year, in
// their order, each as its day's beginning in UTC, Christmas Day and Good Friday
// among them. From 2012 to 2027 they are those that were published; for later
// years the rule is followed, and what may yet be proclaimed is not known.
//
// The rule: New Year's Day, Good Friday, Easter Monday, the first and the last
// Monday of May, the last Monday of August, Christmas Day and Boxing Day; one
// that falls on a Saturday or Sunday is kept on the next day that is none.
func BankHolidays(year int) []time.Time {
	easter := easterSunday(year)
	days := []time.Time{
		date(year, time.January, 1),
		easter.AddDate(0, 0, -2),
		easter.AddDate(0, 0, 1),
		mondayFrom(date(year, time.May, 1)),
		mondayFrom(date(year, time.May, 25)),
		mondayFrom(date(year, time.August, 25)),
	}
	for i, day := range days {
		days[i] = kept(day, nil)
	}
	boxing := kept(date(year, time.December, 26), nil)
	christmas := date(year, time.December, 25)
	if christmas.Weekday() == time.Saturday { // the two stay in their order
		christmas, boxing = date(year, time.December, 27), date(year, time.December, 28)
	}
	days = append(days, boxing, kept(christmas, []time.Time{boxing}))
	return proclaimed(year, days)
}

// kept is the day on which a holiday that falls on day is kept.
func kept(day time.Time, taken []time.Time) time.Time {
	for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday || slices.Contains(taken, day) {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

// proclamation is a change of one year's holidays by Royal Proclamation. An
// empty old or new day is none.
type proclamation struct{ old, new time.Time }

// proclaimed applies what was proclaimed since 2012: moved days (Diamond
// Jubilee, 75 years of VE Day, Platinum Jubilee) and additional ones (both
// Jubilees, the State Funeral of Queen Elizabeth II, the Coronation).
func proclaimed(year int, days []time.Time) []time.Time {
	var changes []proclamation
	switch year {
	case 2012:
		changes = []proclamation{{date(2012, time.May, 28), date(2012, time.June, 4)}, {new: date(2012, time.June, 5)}}
	case 2020:
		changes = []proclamation{{date(2020, time.May, 4), date(2020, time.May, 8)}}
	case 2022:
		changes = []proclamation{{date(2022, time.May, 30), date(2022, time.June, 2)}, {new: date(2022, time.June, 3)},
			{new: date(2022, time.September, 19)}}
	case 2023:
		changes = []proclamation{{new: date(2023, time.May, 8)}}
	}
	for _, c := range changes {
		days = slices.DeleteFunc(days, func(day time.Time) bool { return day.Equal(c.old) })
		days = append(days, c.new)
	}
	slices.SortFunc(days, time.Time.Compare)
	return days
}

// easterSunday is Easter Sunday of a year of the Gregorian calendar, by the
// algorithm that Nature printed in 1876 (Meeus, Jones and Butcher).
func easterSunday(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	f := (b + 8) / 25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return date(year, time.Month(n/31), n%31+1)
}

// mondayFrom is the first Monday that is not before day.
func mondayFrom(day time.Time) time.Time {
	return day.AddDate(0, 0, (int(time.Monday)-int(day.Weekday())+7)%7)
}

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
