package study

import (
	"cmp"
	"fmt"
	"slices"

	"srtm/duis"
	"srtm/simulate"
)

// Where there are more Service Users than can be read, the most affected are shown.
const (
	allUsers  = 60
	mostUsers = 40
)

// loss is what a Service User, or a variant, lost under one rule.
type loss struct{ lost, within uint64 }

// line is one row of a table of losses.
type line struct {
	name, beside string
	allocation   float64
	requests     uint64
	losses       []loss // by rule
	trouble      uint64 // refused, failed and lost within the allocation, over all rules
	lost         uint64 // over all rules
}

// add is the sum of lines.
func (l *line) add(o *line) {
	l.allocation += o.allocation
	l.requests += o.requests
	for i := range o.losses {
		l.losses[i].lost += o.losses[i].lost
		l.losses[i].within += o.losses[i].within
	}
}

func (l *line) count(rule int, c *simulate.Counts) {
	l.losses[rule].lost += c.GaveUp
	l.losses[rule].within += c.WithinLost
	l.trouble += c.WithinThrottled + c.WithinFailed + c.WithinLost
	l.lost += c.GaveUp
}

// sorted puts those first who are in most trouble.
func sorted(all []*line) {
	slices.SortStableFunc(all, func(a, b *line) int {
		return cmp.Or(cmp.Compare(b.trouble, a.trouble), cmp.Compare(b.lost, a.lost), cmp.Compare(b.requests, a.requests))
	})
}

func (v *view) usersSection() section {
	s := section{title: "Service Users", anchor: "users"}
	var all []*line
	for i, o := range v.rules {
		for n := range o.Users {
			u := &o.Users[n]
			if i == 0 {
				all = append(all, &line{name: plain(u.Account), allocation: perSecond(u.Allocation), requests: u.Requests, losses: make([]loss, len(v.rules))})
			}
			if n < len(all) {
				all[n].count(i, &u.Counts)
			}
		}
	}
	sorted(all)
	s.say("Service Requests lost under each rule, and below the figure how many of them were lost within the allocation. Those stand first who suffered most within their allocation, all rules together.")
	t := v.losses(all, table{id: "by-user", title: "Service Requests lost by Service User"}, column{title: "Service User", text: true})
	s.add(t)
	if v.policy != nil {
		s.add(v.underPolicy(all))
	}
	return s
}

// losses is a table of lines, the most affected alone where there are many.
func (v *view) losses(all []*line, t table, first column) table {
	allocated := slices.ContainsFunc(all, func(l *line) bool { return l.allocation > 0 })
	t.columns = []column{first}
	if allocated {
		t.columns = append(t.columns, column{title: "Allocation", unit: "SR/s"})
	}
	t.columns = append(t.columns, column{title: "Sent", unit: inRequests})
	for _, o := range v.rules {
		t.columns = append(t.columns, column{title: v.title(o), unit: "lost"})
	}
	row := func(l *line) []cell {
		cells := []cell{{text: l.name, beside: l.beside}}
		if allocated {
			cells = append(cells, words(figureOf(l.allocation)))
		}
		cells = append(cells, count(l.requests))
		for _, x := range l.losses {
			c := count(x.lost)
			if x.within > 0 {
				c.beside = grouped(x.within) + " within"
			}
			cells = append(cells, c)
		}
		return cells
	}
	shown := all
	if len(all) > allUsers {
		shown = all[:mostUsers]
	}
	for _, l := range shown {
		t.rows = append(t.rows, row(l))
	}
	if rest := all[len(shown):]; len(rest) > 0 {
		others := &line{name: fmt.Sprintf("%s others", grouped(uint64(len(rest)))), losses: make([]loss, len(v.rules))}
		for _, l := range rest {
			others.add(l)
		}
		t.rows = append(t.rows, row(others))
	}
	sum := &line{name: "All", losses: make([]loss, len(v.rules))}
	for _, l := range all {
		sum.add(l)
	}
	t.foot = row(sum)
	return t
}

// underPolicy is what the policy did to those of whom it refused most.
func (v *view) underPolicy(all []*line) table {
	o := v.policy
	order := make([]int, len(o.Users))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := &o.Users[a], &o.Users[b]
		return cmp.Or(cmp.Compare(y.WithinFailed+y.WithinThrottled, x.WithinFailed+x.WithinThrottled), cmp.Compare(y.Throttled, x.Throttled), cmp.Compare(y.Sends, x.Sends))
	})
	t := table{id: "by-user-policy", title: "What " + v.name(o) + " did to each Service User", columns: []column{
		{title: "Service User", text: true}, {title: "Allocation", unit: "SR/s"}, {title: "Offered", unit: inMessages}, {title: "within the allocation", unit: inMessages}, {title: "Throttled", unit: inMessages},
		{title: "of these within"}, {title: "Failed or late", unit: inMessages}, {title: "Answered in time", unit: inMessages}, {title: "Lost", unit: inRequests}, {title: "Time, p99"},
	}, note: "Sorted by what was refused or failed within the allocation, then by what was refused. No message within the allocation is refused; who sends in bunches may have others refused though it sends less than its allocation on the mean."}
	row := func(called string, allocation float64, c *simulate.Counts, p99 string) []cell {
		return []cell{words(called), words(figureOf(allocation)), count(c.Sends), count(c.Within), count(c.Throttled), count(c.WithinThrottled), count(c.Failed + c.Late),
			count(c.Answered), count(c.GaveUp), words(p99)}
	}
	shown := len(order)
	if shown > allUsers {
		shown = mostUsers
	}
	for _, i := range order[:shown] {
		u := &o.Users[i]
		t.rows = append(t.rows, row(plain(u.Account), perSecond(u.Allocation), &u.Counts, took(u.Times, u.Times.P99)))
	}
	var rest simulate.Counts
	others, everybody := 0.0, 0.0
	for n, i := range order {
		u := &o.Users[i]
		everybody += perSecond(u.Allocation)
		if n >= shown {
			others += perSecond(u.Allocation)
			added(&rest, &u.Counts)
		}
	}
	if n := len(order) - shown; n > 0 {
		t.rows = append(t.rows, row(grouped(uint64(n))+" others", others, &rest, "–"))
	}
	t.foot = row("All", everybody, &o.Counts, took(o.Times, o.Times.P99))
	return t
}

// added adds up what the table shows.
func added(sum, c *simulate.Counts) {
	sum.Sends += c.Sends
	sum.Within += c.Within
	sum.Throttled += c.Throttled
	sum.WithinThrottled += c.WithinThrottled
	sum.Failed += c.Failed
	sum.Late += c.Late
	sum.Answered += c.Answered
	sum.GaveUp += c.GaveUp
}

func (v *view) variantsSection() section {
	s := section{title: "Service Request Variants", anchor: "variants"}
	found := map[duis.Variant]*line{}
	var all []*line
	for i, o := range v.rules {
		for n := range o.Users {
			for _, x := range o.Users[n].Variants {
				l := found[x.Variant]
				if l == nil {
					l = &line{name: x.Variant.String(), beside: x.Variant.Name(), losses: make([]loss, len(v.rules))}
					found[x.Variant] = l
					all = append(all, l)
				}
				if i == 0 {
					l.requests += x.Requests
				}
				l.count(i, &x.Counts)
			}
		}
	}
	all = slices.DeleteFunc(all, func(l *line) bool { return l.requests == 0 })
	if len(all) == 0 {
		s.say("There are no figures by variant.")
		return s
	}
	slices.SortStableFunc(all, func(a, b *line) int { return cmp.Compare(a.name, b.name) })
	sorted(all)
	s.say("The same for each variant: what was lost, and below it how much of that within the allocation.")
	s.add(v.losses(all, table{id: "by-variant", title: "Service Requests lost by variant"}, column{title: "Variant", text: true}))
	return s
}
