package console

import (
	"cmp"
	"slices"
	"time"

	"srtm/policy"
	"srtm/simulate"
	"srtm/tmmd"
	"srtm/traffic"
)

// TrialResult is what would have become of recorded traffic under two policies.
// Numbers count Service Requests, whatever they cost.
type TrialResult struct {
	First    time.Time      `json:"first"` // request
	Last     time.Time      `json:"last"`
	Before   TrialSide      `json:"before"`
	After    TrialSide      `json:"after"`
	Accounts []TrialAccount `json:"accounts"` // whoever is affected most first
	Begin    time.Time      `json:"begin"`    // of the first of the stretches below
	Every    float64        `json:"every_s"`  // their length
	Offered  []uint64       `json:"offered"`  // in each
	Befores  []Bin          `json:"before_course"`
	Afters   []Bin          `json:"after_course"`
}

// TrialSide is one policy.
type TrialSide struct {
	Policy      string      `json:"policy"`
	Digest      string      `json:"digest"`
	Capacity    Exact       `json:"capacity_per_s"`
	Threshold   Exact       `json:"threshold_per_s"`
	Activations int         `json:"activations"`
	Active      float64     `json:"active_s"`
	Counts      TrialCounts `json:"counts"`
}

// TrialCounts is what one policy would have made of requests.
type TrialCounts struct {
	Offered   uint64 `json:"offered"`
	Forwarded uint64 `json:"forwarded"`
	Throttled uint64 `json:"throttled"` // or would have been, but for shadow
	Shadowed  uint64 `json:"shadowed"`  // the part of throttled that shadow lets through
	Apart     uint64 `json:"apart"`     // of an account that the policy does not have: nothing was decided
}

// TrialAccount is one Service User under both.
type TrialAccount struct {
	Account          string      `json:"account"`
	Name             string      `json:"name"`
	AllocationBefore Exact       `json:"allocation_before_per_s"`
	AllocationAfter  Exact       `json:"allocation_after_per_s"`
	Before           TrialCounts `json:"before"`
	After            TrialCounts `json:"after"`
	Effect           string      `json:"effect"` // gains, loses or same: whether less or more of it would be throttled
}

// Bin is a stretch of time under one policy.
type Bin struct {
	Forwarded uint64 `json:"forwarded"` // also in shadow
	Throttled uint64 `json:"throttled"` // or would have been, but for shadow
	Active    bool   `json:"active"`    // at some request in it
}

// mostBins is how many points a plot of a trial has.
const mostBins = 480

// measure counts by time while a trial runs.
type measure struct {
	work
	every   int64
	offered []uint64
	sides   [2][]Bin
}

func newMeasure(w work) *measure {
	length := int64(w.To.Sub(w.From))
	every := max(int64(time.Second), (length/mostBins/int64(time.Second)+1)*int64(time.Second))
	n := int((length + every - 1) / every)
	return &measure{work: w, every: every, offered: make([]uint64, n), sides: [2][]Bin{make([]Bin, n), make([]Bin, n)}}
}

func (m *measure) see(a simulate.Arrival, before, after simulate.Fate) {
	i := (a.At - m.From.UnixNano()) / m.every
	if i < 0 || int(i) >= len(m.offered) {
		return
	}
	m.offered[i]++
	for n, fate := range [2]simulate.Fate{before, after} {
		b := &m.sides[n][i]
		b.Active = b.Active || fate.Active
		switch {
		case fate.Apart:
		case fate.Verdict == traffic.Throttle:
			b.Throttled++
		case fate.Verdict == traffic.Shadow:
			b.Throttled++
			b.Forwarded++
		default:
			b.Forwarded++
		}
	}
}

func (m *measure) result(day tmmd.Day) *TrialResult {
	r := &TrialResult{
		First: at(day.From), Last: at(day.To), Before: sideOf(m.before, day.Before), After: sideOf(m.after, day.After), Accounts: []TrialAccount{},
		Begin: m.From, Every: float64(m.every) / 1e9, Offered: m.offered, Befores: m.sides[0], Afters: m.sides[1],
	}
	before, after := allocationsOf(m.before), allocationsOf(m.after)
	for _, a := range day.Accounts {
		line := TrialAccount{
			Account: a.Name, Name: m.names[a.Name], AllocationBefore: before[a.Name], AllocationAfter: after[a.Name],
			Before: trialCounts(a.Offered, a.Before), After: trialCounts(a.Offered, a.After), Effect: "same",
		}
		switch cmp.Compare(line.After.Throttled, line.Before.Throttled) {
		case -1:
			line.Effect = "gains"
		case 1:
			line.Effect = "loses"
		}
		r.Before.Counts.add(line.Before)
		r.After.Counts.add(line.After)
		r.Accounts = append(r.Accounts, line)
	}
	slices.SortFunc(r.Accounts, func(a, b TrialAccount) int {
		return cmp.Or(cmp.Compare(difference(b), difference(a)), cmp.Compare(b.After.Throttled, a.After.Throttled), cmp.Compare(b.After.Offered, a.After.Offered), cmp.Compare(a.Account, b.Account))
	})
	return r
}

// difference is by how many requests a Service User fares otherwise.
func difference(a TrialAccount) uint64 {
	return max(a.After.Throttled, a.Before.Throttled) - min(a.After.Throttled, a.Before.Throttled)
}

func trialCounts(offered uint64, r tmmd.Result) TrialCounts {
	return TrialCounts{Offered: offered, Forwarded: r.Forwarded + r.Shadow, Throttled: r.Throttled, Shadowed: r.Shadow, Apart: r.Apart}
}

func (c *TrialCounts) add(o TrialCounts) {
	c.Offered += o.Offered
	c.Forwarded += o.Forwarded
	c.Throttled += o.Throttled
	c.Shadowed += o.Shadowed
	c.Apart += o.Apart
}

func sideOf(p *policy.Policy, a tmmd.Activity) TrialSide {
	return TrialSide{
		Policy: p.Name, Digest: p.Digest, Capacity: Exact(p.Capacity.PerSecond()), Threshold: Exact(p.Rules().Threshold),
		Activations: a.Activations, Active: a.Active.Seconds(),
	}
}

func allocationsOf(p *policy.Policy) map[string]Exact {
	all := map[string]Exact{}
	for _, a := range p.Rules().Accounts {
		all[a.Name] = Exact(a.Allocation)
	}
	return all
}

// ActiveFor is for people.
func (s TrialSide) ActiveFor() string {
	return lasted(time.Duration(s.Active * float64(time.Second)))
}
