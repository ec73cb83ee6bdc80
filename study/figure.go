package study

import (
	"fmt"

	"srtm/simulate"
)

// figure is one number of an outcome, as tables and sentences show it.
type figure struct {
	title  string
	long   string // in a sentence, at its begin
	unit   string // SR: Service Requests; empty where the value says it
	better int    // 1: more is better, -1: less, 0: neither
	judged bool   // by the allocations of the policy that an outcome has
	value  func(*simulate.Outcome) (x float64, known bool)
	text   func(*simulate.Outcome) string
}

// said writes the value with its unit.
func (f figure) said(o *simulate.Outcome) string {
	if f.unit == "" {
		return f.text(o)
	}
	return f.text(o) + " " + f.unit
}

// prefers reports whether a is better than b.
func (f figure) prefers(a, b float64) bool {
	return f.better > 0 && a > b || f.better < 0 && a < b
}

// counted is a figure that is a number of something.
func counted(f figure, of func(*simulate.Outcome) uint64) figure {
	f.value = func(o *simulate.Outcome) (float64, bool) { return float64(of(o)), true }
	f.text = func(o *simulate.Outcome) string { return grouped(of(o)) }
	return f
}

// Units of counts.
const (
	inMessages = "messages"
	inRequests = "Service Requests"
)

// fates are the figures of messages.
func fates() []figure {
	return []figure{
		counted(figure{title: "Offered", unit: inMessages}, func(o *simulate.Outcome) uint64 { return o.Sends }),
		counted(figure{title: "Answered in time", long: "answered in time", unit: inMessages, better: 1}, func(o *simulate.Outcome) uint64 { return o.Answered }),
		counted(figure{title: "Throttled", unit: inMessages}, func(o *simulate.Outcome) uint64 { return o.Throttled }),
		counted(figure{title: "Failed", long: "failed at the DSP", unit: inMessages, better: -1}, func(o *simulate.Outcome) uint64 { return o.Failed }),
		counted(figure{title: "Late", long: "answered too late", unit: inMessages, better: -1}, func(o *simulate.Outcome) uint64 { return o.Late }),
		{title: "Outage", long: "outage", better: -1,
			value: func(o *simulate.Outcome) (float64, bool) { return float64(o.OutageSeconds), true },
			text:  func(o *simulate.Outcome) string { return seconds(o.OutageSeconds) }},
	}
}

// ends are the figures of Service Requests.
func ends() []figure {
	return []figure{
		counted(figure{title: "Accepted", long: "accepted in the end", unit: inRequests, better: 1}, func(o *simulate.Outcome) uint64 { return o.Finished }),
		counted(figure{title: "Lost", long: "lost in all", unit: inRequests, better: -1}, func(o *simulate.Outcome) uint64 { return o.GaveUp }),
		counted(figure{title: "Unfinished", unit: inRequests}, func(o *simulate.Outcome) uint64 { return o.Left }),
		counted(figure{title: "Vends failed", long: "vends failed", unit: "top-ups", better: -1}, func(o *simulate.Outcome) uint64 { return o.Vends.Failed }),
		counted(figure{title: "Vends overdue", long: "vends overdue", unit: "top-ups", better: -1}, func(o *simulate.Outcome) uint64 { return o.Vends.Overdue }),
		counted(figure{title: "Visits aborted", long: "visits of engineers aborted", unit: inRequests, better: -1}, func(o *simulate.Outcome) uint64 { return o.Aborted }),
		{title: "Time, p50", value: func(o *simulate.Outcome) (float64, bool) { return o.Times.P50.Seconds(), o.Times.Count > 0 },
			text: func(o *simulate.Outcome) string { return took(o.Times, o.Times.P50) }},
		{title: "Time, p99", value: func(o *simulate.Outcome) (float64, bool) { return o.Times.P99.Seconds(), o.Times.Count > 0 },
			text: func(o *simulate.Outcome) string { return took(o.Times, o.Times.P99) }},
	}
}

// dues are the figures of the guarantee and of fairness.
func dues() []figure {
	all := []figure{
		counted(figure{title: "Within the allocation", unit: inMessages}, func(o *simulate.Outcome) uint64 { return o.Within }),
		refusedWithin(),
		counted(figure{title: "failed or late", long: "failed or late within the allocation", unit: inMessages, better: -1}, func(o *simulate.Outcome) uint64 { return o.WithinFailed }),
		counted(figure{title: "lost", long: "lost within the allocation", unit: inRequests, better: -1}, func(o *simulate.Outcome) uint64 { return o.WithinLost }),
		{title: "Service Users hit", long: "Service Users hit within their allocation", better: -1,
			value: func(o *simulate.Outcome) (float64, bool) { return float64(suffering(o).hit), true },
			text: func(o *simulate.Outcome) string {
				return grouped(uint64(suffering(o).hit)) + " of " + grouped(uint64(len(o.Users)))
			}},
		{title: "Fairness, Jain's index", long: "Jain's index of fairness", better: 1,
			value: func(o *simulate.Outcome) (float64, bool) { return o.Fairness.Jain, even(o.Fairness) },
			text:  func(o *simulate.Outcome) string { return jainText(o) }},
		{title: "Traffic management active",
			value: func(o *simulate.Outcome) (float64, bool) { return o.Active.Seconds(), o.Rule == rulePolicy },
			text:  func(o *simulate.Outcome) string { return activeText(o) }},
	}
	for i := range all[:len(all)-1] { // all but the last depend on allocations
		all[i].judged = true
	}
	return all
}

// refusedWithin is not compared with a rule that refuses nothing at all.
func refusedWithin() figure {
	f := counted(figure{title: "of these refused", long: "refused within the allocation", unit: inMessages, better: -1}, func(o *simulate.Outcome) uint64 { return o.WithinThrottled })
	f.value = func(o *simulate.Outcome) (float64, bool) { return float64(o.WithinThrottled), o.Rule != ruleNone }
	return f
}

// LeastStretches is of how many stretches Jain's index must be a mean to be shown.
const LeastStretches = 3

// even reports whether there is a mean of Jain's index that says something.
func even(f simulate.Fairness) bool { return f.Windows >= LeastStretches }

// jainText writes the index with the number of stretches that it is the mean of.
func jainText(o *simulate.Outcome) string {
	if !even(o.Fairness) {
		return "–"
	}
	return fmt.Sprintf("%s (%s)", decimals(o.Fairness.Jain), grouped(uint64(o.Fairness.Windows)))
}

func activeText(o *simulate.Outcome) string {
	if o.Rule != rulePolicy {
		return "–"
	}
	return span(o.Active)
}

// compared are all figures by which rules are compared.
func compared() []figure { return append(append(fates(), ends()...), dues()...) }

// standing says of each outcome whether it is the best or the worst in a figure:
// only where they differ, and where no more than half of them share it.
func (f figure) standing(all []*simulate.Outcome) []string {
	marks := make([]string, len(all))
	if f.better == 0 {
		return marks
	}
	var best, worst float64
	n := 0
	for _, o := range all {
		if x, known := f.value(o); known {
			if n == 0 || f.prefers(x, best) {
				best = x
			}
			if n == 0 || f.prefers(worst, x) {
				worst = x
			}
			n++
		}
	}
	if best == worst {
		return marks
	}
	for _, m := range []struct {
		mark string
		at   float64
	}{{markBest, best}, {markWorst, worst}} {
		var have []int
		for i, o := range all {
			if x, known := f.value(o); known && x == m.at {
				have = append(have, i)
			}
		}
		if 2*len(have) > n {
			continue
		}
		for _, i := range have {
			marks[i] = m.mark
		}
	}
	return marks
}

// Marks of a cell, which are also words on the page.
const (
	markBest  = "best"
	markWorst = "worst"
)
