package tmmd

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"srtm/plot"
)

// Day is what some recorded traffic would have come to under two policies.
type Day struct {
	From, To      int64 // of the first and the last request: nanoseconds since 1970 UTC
	Before, After Activity
	Accounts      []DayAccount // in any order
}

// Activity is how often traffic management would have become active, and for how
// long it would have been, up to the last request.
type Activity struct {
	Activations int
	Active      time.Duration
}

// DayAccount is what one account sent, and what would have become of it.
type DayAccount struct {
	Name          string
	Offered       uint64
	Before, After Result
}

// Result is what would have become of an account's requests under one policy.
type Result struct {
	Apart     uint64 // of an account or User ID that the policy does not have: nothing was decided about them
	Forwarded uint64 // without those that shadow let through
	Throttled uint64 // or would have been, but for shadow
	Shadow    uint64 // those of Throttled that shadow let through
}

// section tells the n-th day.
func (d Day) section(n int) section {
	s := section{anchor: fmt.Sprintf("day-%d", n+1), title: "What recorded traffic would have looked like"}
	if len(d.Accounts) == 0 {
		s.blocks = []block{paragraph("There were no requests.")}
		return s
	}
	s.blocks = append(s.blocks, paragraph(fmt.Sprintf("From %s to %s UTC. Both policies begin with full buckets at the first request, whatever day they take effect; clients are taken to send what they sent, however they would have been answered.",
		instant(d.From), instant(d.To))), d.activity(n))
	if apart := d.apart(); apart != "" {
		s.blocks = append(s.blocks, paragraph(apart))
	}
	accounts := slices.Clone(d.Accounts)
	slices.SortFunc(accounts, func(a, b DayAccount) int {
		return cmp.Or(-cmp.Compare(max(a.Before.Throttled, a.After.Throttled), max(b.Before.Throttled, b.After.Throttled)), cmp.Compare(a.Name, b.Name))
	})
	s.blocks = append(s.blocks, dayTable(accounts, n))
	if p, some := dayPlot(accounts, n); some {
		s.blocks = append(s.blocks, picture{"Requests that would have been throttled; above each other the old policy and the new", p})
	}
	return s
}

func instant(at int64) string { return time.Unix(0, at).UTC().Format("2006-01-02 15:04:05.000") }

func (d Day) activity(n int) table {
	t := table{anchor: fmt.Sprintf("day-%d-activity", n+1), title: "Traffic management", columns: append(texts("what"), figures("old", "new")...)}
	t.rows = append(t.rows,
		[]string{"activations", fmt.Sprint(d.Before.Activations), fmt.Sprint(d.After.Activations)},
		[]string{"time active", d.Before.Active.Round(time.Millisecond).String(), d.After.Active.Round(time.Millisecond).String()})
	return t
}

// apart says what could not be decided about.
func (d Day) apart() string {
	var sentences []string
	for _, p := range []struct {
		name string
		of   func(DayAccount) Result
	}{{"old", func(a DayAccount) Result { return a.Before }}, {"new", func(a DayAccount) Result { return a.After }}} {
		accounts, requests := 0, uint64(0)
		for _, a := range d.Accounts {
			if r := p.of(a); r.Apart > 0 {
				accounts++
				requests += r.Apart
			}
		}
		if accounts > 0 {
			sentences = append(sentences, fmt.Sprintf("Of %s, %s came from whom the %s policy does not have; they are counted apart, and nothing is decided about them.",
				plural(accounts, "account"), plural(int(requests), "request"), p.name))
		}
	}
	return strings.Join(sentences, " ")
}

func dayTable(accounts []DayAccount, n int) table {
	t := table{anchor: fmt.Sprintf("day-%d-accounts", n+1), title: "Requests by account", columns: append(texts("account"),
		figures("offered", "forwarded, old", "forwarded, new", "throttled, old", "throttled, new", "difference")...)}
	shadow := slices.ContainsFunc(accounts, func(a DayAccount) bool { return a.Before.Shadow+a.After.Shadow > 0 })
	if shadow {
		t.columns = append(t.columns, figures("of these in shadow, old", "of these in shadow, new")...)
	}
	var sum DayAccount
	for _, a := range accounts {
		t.rows = append(t.rows, dayRow(a, shadow))
		sum.Offered += a.Offered
		sum.Before.add(a.Before)
		sum.After.add(a.After)
	}
	sum.Name = "together"
	t.foot = dayRow(sum, shadow)
	return t
}

func (r *Result) add(o Result) {
	r.Apart += o.Apart
	r.Forwarded += o.Forwarded
	r.Throttled += o.Throttled
	r.Shadow += o.Shadow
}

// none tells whether nothing of the account was decided about.
func (a DayAccount) none(r Result) bool { return a.Offered > 0 && r.Apart == a.Offered }

func dayRow(a DayAccount, shadow bool) []string {
	figure := func(r Result, n uint64) string {
		if a.none(r) {
			return "–"
		}
		return fmt.Sprint(n)
	}
	difference := "–"
	if !a.none(a.Before) && !a.none(a.After) {
		difference = "0"
		if d := int64(a.After.Throttled) - int64(a.Before.Throttled); d > 0 {
			difference = fmt.Sprintf("+%d", d)
		} else if d < 0 {
			difference = fmt.Sprintf("−%d", -d)
		}
	}
	row := []string{clean(a.Name), fmt.Sprint(a.Offered), figure(a.Before, a.Before.Forwarded), figure(a.After, a.After.Forwarded), figure(a.Before, a.Before.Throttled),
		figure(a.After, a.After.Throttled), difference}
	if shadow {
		row = append(row, figure(a.Before, a.Before.Shadow), figure(a.After, a.After.Shadow))
	}
	return row
}

// mostBars is how many accounts the plot has: a page holds about 35 bars.
const mostBars = 15

func dayPlot(accounts []DayAccount, n int) (plot.Plot, bool) {
	rows := plot.Rows{Caption: plot.Caption{Title: "Requests that would have been throttled, by account", Description: "For each account one bar for the old policy and one for the new; the numbers stand in the table above.", ID: fmt.Sprintf("throttled-%d", n+1)},
		Unit: "requests", Names: map[plot.Ink]string{plot.Throttled: "throttled"}}
	for _, a := range accounts {
		if a.Before.Throttled+a.After.Throttled == 0 || len(rows.Rows) == 2*mostBars {
			break
		}
		rows.Rows = append(rows.Rows, a.bar("old", a.Before), a.bar("new", a.After))
	}
	return rows, len(rows.Rows) > 0
}

func (a DayAccount) bar(which string, r Result) plot.Row {
	row := plot.Row{Name: a.Name + ", " + which, Parts: []plot.Part{{Ink: plot.Throttled, Value: float64(r.Throttled)}}}
	if a.none(r) {
		row.Note = "not in the policy"
	}
	return row
}
