//go:build alone

package main

import (
	"fmt"
	"testing"
	"time"

	"srtm/dsp"
	"srtm/journal"
	"srtm/load"
	"srtm/outage"
	"srtm/policy"
	"srtm/scenario"
	"srtm/simulate"
	"srtm/traffic"
)

// staged is a scenario with the policy under which it is played.
type staged struct {
	scenario *scenario.Scenario
	policy   *policy.Policy
	late     time.Duration // how late a hundredth of the sends may be in real time
}

// reading is what came of playing it.
type reading struct {
	users       []userReading // in the scenario's order
	outages     int64         // seconds
	active      time.Duration
	activations int
	faults      []string // where journal, load program and DSP did not count the same
}

// userReading counts one Service User's messages, and the requests that they are of.
type userReading struct {
	account                                string
	requests, offered, forwarded, accepted uint64
}

func (u userReading) String() string {
	return fmt.Sprintf("%d requests, %d offered, %d forwarded, %d accepted", u.requests, u.offered, u.forwarded, u.accepted)
}

func (r *reading) total() userReading {
	sum := userReading{account: "all"}
	for _, u := range r.users {
		sum.requests += u.requests
		sum.offered += u.offered
		sum.forwarded += u.forwarded
		sum.accepted += u.accepted
	}
	return sum
}

// virtual plays it in virtual time.
func (g staged) virtual(t *testing.T) reading {
	t.Helper()
	result, err := simulate.Play(simulate.Config{Scenario: g.scenario, Policies: []*policy.Policy{g.policy}, Compare: []string{"policy"}})
	if err != nil {
		t.Fatal(err)
	}
	o := &result.Rules[0]
	r := reading{outages: o.OutageSeconds, active: o.Active, activations: o.Activations}
	for _, u := range o.Users {
		r.users = append(r.users, userReading{u.Account, u.Requests, u.Sends, u.Forwarded(), u.Finished})
	}
	return r
}

// real plays it over HTTP, against a gateway with a journal before a stand-in DSP
// of the same model. What was forwarded is read from the journal.
func (g staged) real(t *testing.T) (reading, load.Times) {
	t.Helper()
	stand, err := dsp.New(dsp.Config{Model: g.model()})
	if err != nil {
		t.Fatal(err)
	}
	target, stop, err := serveOn(stand)
	if err != nil {
		t.Fatal(err)
	}
	s := &system{data: t.TempDir()}
	var played load.Result
	var begun time.Time
	t.Run("played", func(t *testing.T) { // whose end closes the door and its journal
		s.open(t, g.policy, target)
		player, err := load.New(load.FromPolicy(g.policy, "http://"+s.door.listener.Addr().String()), g.scenario)
		if err != nil {
			t.Fatal(err)
		}
		begun = time.Now()
		played = player.Play(t.Context())
	})
	if err := stop(); err != nil {
		t.Error(err)
	}
	r := g.read(t, s.data, begun)
	g.reconcile(&r, played, stand.Measure(0))
	return r, played.Lateness
}

// model is the DSP's. Here nothing changes its capacity, and every request costs it the
// same.
func (g staged) model() outage.Config {
	model := modelOf(&g.scenario.Setting.DSP)
	if model.Capacity == 0 {
		model.Capacity = int64(g.policy.Capacity.PerSecond())
	}
	return model
}

// read counts what the journal in a data folder tells of a play that began then.
func (g staged) read(t *testing.T, data string, begun time.Time) (r reading) {
	t.Helper()
	counts := map[string]*userReading{}
	for _, u := range g.scenario.Users {
		counts[u.Account] = &userReading{account: u.Account}
	}
	j, err := journal.OpenReader(journalFolder(data), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	over := begun.Add(g.scenario.Length).UnixNano()
	since := int64(0)
	for e, err := range j.All() {
		if err != nil {
			t.Fatal(err)
		}
		switch record := e.Record.(type) {
		case *journal.Decision:
			u := counts[record.Account]
			u.offered++
			if record.Numbers.Verdict == traffic.Forward {
				u.forwarded++
			}
		case *journal.Activation:
			r.activations++
			since = e.At
		case *journal.Release:
			r.active += time.Duration(min(e.At, over) - since)
			since = 0
		}
	}
	if since > 0 {
		r.active += time.Duration(over - since)
	}
	for _, u := range g.scenario.Users {
		r.users = append(r.users, *counts[u.Account])
	}
	return r
}

// reconcile sees that journal, load program and DSP counted the same.
func (g staged) reconcile(r *reading, played load.Result, measured dsp.Measurements) {
	r.outages = measured.OutageSeconds
	originator := map[string]string{}
	for _, u := range load.FromPolicy(g.policy, "").Users {
		originator[u.Account] = u.UserID.String()
	}
	for i, p := range played.Users {
		u := &r.users[i]
		u.requests, u.accepted = p.Requests, p.Finished
		if p.Broken+p.Crowded+p.Abandoned+p.Rejected > 0 || p.Sends != u.offered || p.Sends-p.Throttled != u.forwarded {
			r.faults = append(r.faults, fmt.Sprintf("%s: the load program has %+v, and the journal %v", u.account, p.Counts, u))
		}
		if arrived := measured.Originators[originator[u.account]]; uint64(arrived) != u.forwarded {
			r.faults = append(r.faults, fmt.Sprintf("%s: %d arrived at the DSP, and the journal has %v", u.account, arrived, u))
		}
	}
}
