package plot

import (
	"strconv"
	"time"
)

// timeTick is a place on a time axis. A label that names a whole day, month or
// year stands in the middle of it, between at and until.
type timeTick struct {
	at, until int64
	text      string
	context   string // for the second line: the date, the month or the year that begins here
}

// Lengths of time, in nanoseconds.
const (
	millisecond = int64(time.Millisecond)
	second      = int64(time.Second)
	minute      = int64(time.Minute)
	hour        = int64(time.Hour)
	day         = 24 * hour
)

// rhythm is how far apart the ticks of a time axis are.
type rhythm struct {
	step   int64  // nanoseconds, where days and months are 0
	days   int    // every so many days of a month, from the 1st
	months int    // every so many months of a year, from January
	layout string // of the label
	above  string // of the context
	widest string // a label as wide as any
}

// rhythms are all that an axis may have, the closest first.
func rhythms() []rhythm {
	const date, month = "2 January 2006", "January 2006"
	var all []rhythm
	for _, s := range []int64{1, 2, 5, 10, 15, 30} {
		all = append(all, rhythm{step: s * second, layout: "15:04:05", above: date, widest: "00:00:00"})
	}
	for _, m := range []int64{1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720} {
		all = append(all, rhythm{step: m * minute, layout: "15:04", above: date, widest: "00:00"})
	}
	for _, d := range []int{1, 2, 7, 14} {
		all = append(all, rhythm{days: d, layout: "2", above: month, widest: "00"})
	}
	for _, m := range []int{1, 3, 6} {
		all = append(all, rhythm{months: m, layout: "Jan", above: "2006", widest: "May"})
	}
	for _, y := range []int{1, 2, 5, 10, 20, 50, 100} {
		all = append(all, rhythm{months: 12 * y, layout: "2006", widest: "0000"})
	}
	return all
}

// length is the least time between two ticks.
func (r rhythm) length() int64 {
	switch {
	case r.days > 0:
		return int64(r.days) * day
	case r.months > 0:
		return int64(r.months) * 28 * day
	}
	return r.step
}

// rhythm returns the closest rhythm whose labels have room on the axis; bars of
// a day or more want labels that name days.
func (a timeAxis) rhythm(bar int64) rhythm {
	all := rhythms()
	for _, r := range all {
		if bar >= day && r.length() < day {
			continue
		}
		apart := float64(r.length()) / a.length() * a.w
		if apart >= measure(r.widest)+6 {
			return r
		}
	}
	return all[len(all)-1]
}

// mostTicks bounds an axis, whatever its ends.
const mostTicks = 400

// timeTicks returns the ticks in [from, to), in order. The first has a context.
func timeTicks(from, to int64, r rhythm) []timeTick {
	var all []timeTick
	last := ""
	for at := r.floor(from); at < to && len(all) < mostTicks; {
		next := r.next(at)
		if next <= at { // the end of int64
			break
		}
		t := time.Unix(0, at).UTC()
		tick := timeTick{at: at, until: at, text: t.Format(r.layout)}
		if r.days > 0 || r.months > 0 {
			tick.until = r.named(at)
		}
		if above := time.Unix(0, max(at, from)).UTC().Format(r.above); r.above != "" && above != last {
			tick.context, last = above, above
		}
		if at >= from {
			all = append(all, tick)
		} else if tick.context != "" { // begins before the axis: only its context is seen
			all = append(all, timeTick{at: from, until: from, context: tick.context})
		}
		at = next
	}
	return all
}

// floor returns the last tick that is not after at.
func (r rhythm) floor(at int64) int64 {
	t := time.Unix(0, at).UTC()
	switch {
	case r.days > 0:
		return time.Date(t.Year(), t.Month(), t.Day()-(t.Day()-1)%r.days, 0, 0, 0, 0, time.UTC).UnixNano()
	case r.months > 0:
		m := t.Year()*12 + int(t.Month()) - 1
		return monthStart(m - m%r.months)
	}
	return floorTo(at, r.step)
}

// next returns the tick after that at at.
func (r rhythm) next(at int64) int64 {
	t := time.Unix(0, at).UTC()
	switch {
	case r.days > 0:
		next := t.AddDate(0, 0, r.days)
		first := time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC)
		// A tick just before the 1st would stand too close to it.
		if next.After(first) || r.days > 1 && first.Sub(next) < time.Duration(r.days)*24*time.Hour*2/5 {
			next = first
		}
		return next.UnixNano()
	case r.months > 0:
		return monthStart(t.Year()*12 + int(t.Month()) - 1 + r.months)
	}
	return at + r.step
}

// named returns the end of the day, month or year that the label at at names.
func (r rhythm) named(at int64) int64 {
	t := time.Unix(0, at).UTC()
	switch {
	case r.days > 0:
		return at + day
	case r.layout == "2006":
		return t.AddDate(1, 0, 0).UnixNano()
	}
	return t.AddDate(0, 1, 0).UnixNano()
}

func monthStart(m int) int64 {
	return time.Date(m/12, time.Month(m%12+1), 1, 0, 0, 0, 0, time.UTC).UnixNano()
}

// moment writes a time for a tooltip: the day, and the time of day where it is
// not midnight.
func moment(at int64) string {
	t := time.Unix(0, at).UTC()
	date := strconv.Itoa(t.Day()) + t.Format(" January 2006")
	switch {
	case at%day == 0:
		return date
	case at%minute == 0:
		return date + t.Format(" 15:04 UTC")
	}
	return date + t.Format(" 15:04:05 UTC")
}

// length writes a round length of time.
func length(d int64) string {
	for _, u := range []struct {
		size int64
		word string
	}{{day, "day"}, {hour, "h"}, {minute, "min"}, {second, "s"}, {millisecond, "ms"}} {
		if d < u.size {
			continue
		}
		n := d / u.size
		if u.word == "day" && n > 1 {
			u.word = "days"
		}
		return strconv.FormatInt(n, 10) + " " + u.word
	}
	return strconv.FormatInt(d, 10) + " ns"
}
