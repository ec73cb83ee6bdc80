package report

import (
	"time"

	"srtm/calendar"
)

// dueAfter is by which Working Day after the month each User learns its numbers.
const dueAfter = 10

// Due is the 10th Working Day after the month's end, by which the reports are to
// be with their readers.
func (p Period) Due() time.Time {
	return calendar.WorkingDaysAfter(p.end().AddDate(0, 0, -1), dueAfter)
}
