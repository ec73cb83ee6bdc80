package simulate

import (
	"time"

	"srtm/duis"
	"srtm/traffic"
)

// Result is what came of a scenario under every rule: all that a table, a plot or a
// page about it needs.
type Result struct {
	Scenario string
	Seed     uint64
	Start    time.Time // UTC: of the scenario's time 0
	Length   time.Duration
	Capacity int64 // of the DSP, in 10⁻⁹ Service Request per second, when nothing changes it
	Policy   string
	Rules    []Outcome // in the order of Config.Compare; a policy each in the order of Config.Policies
}

// Outcome is what came of it under one rule.
type Outcome struct {
	Rule   string // of scenario.RuleNames
	Policy string // by which allocations and guarantee are judged; for the rule policy also the one obeyed
	Label  string // Rule, with the policy's name where several are compared

	Counts
	Times      Times
	Vends      Vends
	Aborted    uint64        // install and commission: Service Requests that GaveUp
	Threshold  traffic.Rate  // at the start
	Users      []UserOutcome // in the scenario's order
	Background Background

	OutageSeconds int64 // in which fewer than half of what reached the DSP was answered within its InTime
	Active        time.Duration
	Activations   int // with Active, of the rule policy only: traffic management
	Fairness      Fairness

	Every  time.Duration // that a point lasts
	Points []Point       // from the start on
}

// UserOutcome is one Service User's part of an Outcome.
type UserOutcome struct {
	Account    string
	Allocation traffic.Rate // at the start
	Counts
	Times    Times
	Vends    Vends
	Aborted  uint64
	Variants []VariantOutcome // in the catalogue's order, those that it sends
	Every    time.Duration
	Points   []UserPoint
}

// VariantOutcome is one Service Request Variant's part of that.
type VariantOutcome struct {
	Variant duis.Variant
	Counts
	Times Times
}

// Vends are top-ups of prepayment meters (variant 2.2).
type Vends struct {
	Requests uint64
	Failed   uint64 // lost: GaveUp
	Overdue  uint64 // accepted more than a minute after they came, or not even then
}

func (v *Vends) add(o Vends) {
	v.Requests += o.Requests
	v.Failed += o.Failed
	v.Overdue += o.Overdue
}

// What the catalogue calls these.
const (
	topUp   = "2.2"
	install = duis.Process("install and commission")
)

// outcome sums up a lane.
func (l *lane) outcome() Outcome {
	o := Outcome{
		Background: l.background, OutageSeconds: l.outages,
		Fairness: l.fairness.result, Every: time.Duration(l.every), Points: l.points,
	}
	var all histogram
	for i := range l.clients {
		u, times := l.user(i)
		all.join(&times)
		o.Counts.add(&u.Counts)
		o.Vends.add(u.Vends)
		o.Aborted += u.Aborted
		o.Users = append(o.Users, u)
	}
	o.Times = all.times()
	if l.ruled != nil {
		o.Active, o.Activations = l.ruled.end(l.begun + int64(l.scenario.Length))
	}
	return o
}

func (l *lane) user(i int) (UserOutcome, histogram) {
	c := &l.clients[i]
	u := UserOutcome{
		Account: l.scenario.Users[i].Account, Allocation: l.allocations[i],
		Every: time.Duration(l.userEvery), Points: c.points,
	}
	var times histogram
	for v := range duis.Variants() {
		place := c.cells[v]
		if place == 0 {
			continue
		}
		n := &l.cells[c.first+int(place)]
		u.Counts.add(&n.Counts)
		times.join(n.times)
		u.Variants = append(u.Variants, VariantOutcome{v, n.Counts, n.times.times()})
		if v.String() == topUp {
			u.Vends.add(Vends{n.Requests, n.GaveUp, n.Overdue})
		}
		if v.Process() == install {
			u.Aborted += n.GaveUp
		}
	}
	u.Times = times.times()
	return u, times
}
