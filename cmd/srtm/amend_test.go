package main

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"srtm/amendment"
	"srtm/gateway"
	"srtm/journal"
	"srtm/policy"
)

// deaf is a gateway that for a while takes no plan.
type deaf struct {
	planner
	deaf bool
}

func (d *deaf) Change(plan ...gateway.Change) error {
	if d.deaf {
		return errors.New("it does not hear")
	}
	return d.planner.Change(plan...)
}

// A version that the gateway could not be told of is not said to be in force, and
// it is told again until it can be.
func TestTheGatewayIsToldAgain(t *testing.T) {
	d := newDesk(t)
	a := d.door.amendments
	g := &deaf{a.gateway, true}
	a.gateway = g
	p, err := policy.ParseFiles([]policy.File{{Name: "policy.yaml", Text: []byte(strings.Replace(deskFirst, "One", "Two", 1))}, {Name: "portfolio.csv", Text: []byte(deskRows)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = a.Propose(p, amendment.Person{Name: "Planner"}, "so", amendment.ProposeOptions{}); err == nil || !strings.Contains(err.Error(), "Two is kept, and the gateway could not be told of it") {
		t.Fatal(err)
	}
	tick := func() {
		a.tried = time.Time{} // a second ago
		a.follow()
		a.follow()
	}
	if tick(); a.inForce.Load().Name != "One" || strings.Contains(d.log.String(), "came into force") {
		t.Error("it is said to be in force: ", d.log.String())
	}
	g.deaf = false
	if tick(); a.inForce.Load().Name != "Two" || !strings.Contains(d.log.String(), "came into force") {
		t.Error("it is not in force: ", d.log.String())
	}
	if v := a.History()[1]; v.Adopted.IsZero() {
		t.Errorf("%+v", v)
	}
	if len(a.conducts) != 1 || a.stale {
		t.Errorf("%d conducts are kept", len(a.conducts))
	}
}

// What the journal could not keep it is given again, after a restart too.
func TestStepsReachTheJournalAtLast(t *testing.T) {
	d := newDesk(t)
	if err := d.door.books.journal.Close(); err != nil {
		t.Fatal(err)
	}
	d.proposes(strings.NewReplacer("One", "Two", "100/s", "110/s").Replace(deskFirst))
	if !strings.Contains(d.log.String(), "steps on the way of a policy could not be recorded") {
		t.Error(d.log.String())
	}
	d.open()
	if err := d.door.books.journal.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := journal.OpenReader(filepath.Join(d.data, "journal"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	steps, notices := "", 0
	for e, err := range r.All() {
		if err != nil {
			t.Fatal(err)
		}
		switch e := e.Record.(type) {
		case *journal.Proposal:
			if e.Name == "Two" {
				steps += " " + string(e.Step.String())
			}
		case *journal.Notice:
			notices++
		}
	}
	if steps != " prepared planned" || notices != 2 {
		t.Errorf("of Two it has%s and %d notices", steps, notices)
	}
}
