package report

import (
	"fmt"
	"math"
	"slices"
)

// disclosure decides what of a sum of several Service Users' numbers may be
// shown to those who are not among the few who may see names. Whoever reads a
// sum can take away its own part; two things then give another one away: that
// only one other is left, or that one of the others is nearly all that is left.
type disclosure struct {
	fewest int // a sum of fewer parts is not shown
}

// Numbers of the rule. Both are this project's own.
const (
	// fewestUsual is how many Service Users a shown sum concerns at least: with
	// three, whoever takes away its own has a sum of two.
	fewestUsual = 3
	// leastRest is how much, of the largest part, all parts but the two largest
	// are together at least: else the second largest could estimate the largest
	// to within that (the p per cent rule of official statistics).
	leastRest = 0.10
)

// shows says whether a sum of these parts may be shown. That there is nothing
// at all may be said: no part of nothing is anybody's.
func (d disclosure) shows(parts []int64) bool {
	var largest, second, sum float64
	n := 0
	for _, p := range parts {
		if p <= 0 {
			continue
		}
		n++
		f := float64(p)
		sum += f
		switch {
		case f > largest:
			largest, second = f, largest
		case f > second:
			second = f
		}
	}
	return n == 0 || n >= d.fewest && sum-largest-second >= leastRest*largest
}

// hides says why a figure is missing.
func (d disclosure) hides() string {
	return fmt.Sprintf("not shown: it would tell too much about one of fewer than %d Service Users, or of few large ones", d.fewest)
}

// significant rounds a number to two significant digits, half away from 0, so
// that differences of shown numbers tell nothing about small parts.
func significant(n int64) int64 {
	if n < 0 {
		return -significant(-n)
	}
	unit := int64(1)
	for n/unit >= 100 {
		unit *= 10
	}
	return (n + unit/2) / unit * unit
}

// band is the range of a small count, by powers of ten: a count of throttled
// requests is small beside what was forwarded, and rounding would not hide it.
func band(n int64) string {
	if n <= 0 {
		return "none"
	}
	from := int64(1)
	for n/from >= 10 {
		from *= 10
	}
	switch {
	case from < 100:
		return "1 to 99"
	case from > math.MaxInt64/10:
		return grouped(from) + " or more"
	}
	return grouped(from) + " to " + grouped(from*10-1)
}

// contribution is a group of traffic, such as a business process, and what each
// Service User adds to it.
type contribution struct {
	name  string
	parts map[int]int64 // by account
	shown bool
}

func (c contribution) sum() (sum int64) {
	for _, p := range c.parts {
		sum += p
	}
	return sum
}

func (c contribution) values() []int64 {
	values := make([]int64, 0, len(c.parts))
	for _, p := range c.parts {
		values = append(values, p)
	}
	return values
}

// merged keeps the groups that may be shown and joins the others into one of
// their own name, last. Where the joint one may not be shown either, the
// smallest of the others joins it, and so on: otherwise it could be had by
// taking the shown ones from the sum.
func (d disclosure) merged(groups []contribution, rest string) []contribution {
	joint := contribution{name: rest, parts: map[int]int64{}, shown: true}
	var shown []contribution
	for _, g := range groups {
		if d.shows(g.values()) {
			shown = append(shown, g)
		} else {
			joint.join(g)
		}
	}
	slices.SortStableFunc(shown, func(a, b contribution) int { return int(min(max(b.sum()-a.sum(), -1), 1)) })
	for len(shown) > 0 && !d.shows(joint.values()) {
		joint.join(shown[len(shown)-1])
		shown = shown[:len(shown)-1]
	}
	if joint.sum() == 0 {
		return shown
	}
	joint.shown = d.shows(joint.values())
	return append(shown, joint)
}

func (c *contribution) join(o contribution) {
	for account, p := range o.parts {
		c.parts[account] += p
	}
}
