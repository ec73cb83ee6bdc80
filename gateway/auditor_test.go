package gateway

import (
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// auditor reads a journal from its beginning and judges, by what is in it and by
// the rules that each policy stood for, whether all was as it should be across
// changes of policy. Every change names its rules in its Terms.
type auditor struct {
	t          interface{ Fatalf(string, ...any) }
	rules      map[string]traffic.Rules // by PolicyName of Terms; "" is what holds first
	label      string                   // of what is in force
	accounts   map[string]traffic.Account
	users      map[duis.EUI64]string
	number     uint32 // of the policy in force
	announced  uint32 // by a Policy record; 0: none since the last Terms
	settled    bool   // number is what was recorded, or a decision was made under it
	references map[string]*traffic.Reference
	active     bool

	at        int64
	forwarded traffic.Amount // less what T gave since the beginning
	least     traffic.Amount // of that plus B, at any time so far
	deal      traffic.Amount // the largest

	decisions map[uint64]*journal.Decision // by the RequestID's counter
	adopted   int
	within    int
	broken    int
}

func newAuditor(t interface{ Fatalf(string, ...any) }, rules map[string]traffic.Rules, at int64) *auditor {
	a := &auditor{
		t: t, rules: rules, number: 1, at: at, references: map[string]*traffic.Reference{}, decisions: map[uint64]*journal.Decision{},
	}
	first := rules[""]
	a.obey("", at)
	for _, account := range first.Accounts {
		a.references[account.Name] = traffic.NewReference(first, account.Allocation, at)
	}
	a.least, _ = first.Bound()
	return a
}

// obey has rules hold from a time on.
func (a *auditor) obey(label string, at int64) {
	r, known := a.rules[label]
	if !known {
		a.t.Fatalf("the journal has Terms of %q", label)
	}
	a.flow(at)
	a.label, a.accounts, a.users = label, map[string]traffic.Account{}, map[duis.EUI64]string{}
	for _, account := range r.Accounts {
		a.accounts[account.Name] = account
		for _, u := range account.Users {
			a.users[duis.EUI64(u)] = account.Name
		}
	}
	for name := range a.references {
		if _, stays := a.accounts[name]; !stays {
			delete(a.references, name)
		}
	}
	bound, _ := r.Bound()
	a.least = min(a.least, a.forwarded+bound)
	a.deal = max(a.deal, r.Threshold.Over(r.Slot))
}

// flow has time pass, in which T gives.
func (a *auditor) flow(at int64) {
	if at > a.at {
		a.forwarded -= a.rules[a.label].Threshold.Over(time.Duration(at - a.at))
		a.at = at
		bound, _ := a.rules[a.label].Bound()
		a.least = min(a.least, a.forwarded+bound)
	}
}

func (a *auditor) audit(records []journal.Record) {
	for _, r := range records {
		switch r := r.(type) {
		case *journal.Policy:
			if a.announced != 0 {
				a.t.Fatalf("policy %d stands before policy %d without Terms in between", a.announced, r.Number)
			}
			a.announced = r.Number
		case *journal.Terms:
			a.terms(r)
		case *journal.Decision:
			a.decision(r)
		case *journal.Activation:
			a.active = true
		case *journal.Release:
			a.active = false
		}
	}
}

func (a *auditor) terms(t *journal.Terms) {
	if t.Repeated { // after a Head, of accounts that are gone too
		return
	}
	if t.PolicyName != a.label {
		a.number++ // at least: of several that met at one boundary only the last is recorded
		a.adopted++
		a.settled = a.announced != 0
		if a.settled && a.announced < a.number {
			a.t.Fatalf("policy %d is recorded as number %d", a.number, a.announced)
		}
		a.number = max(a.number, a.announced)
		a.announced = 0
		a.obey(t.PolicyName, t.From)
	}
	r, account := a.rules[a.label], a.accounts[t.Account]
	reference, there := a.references[t.Account]
	if t.New == there || t.Allocation != account.Allocation || t.From%int64(r.Slot) != 0 {
		a.t.Fatalf("terms of %s: new %v, there %v; allocation %v, not %v; from %d", t.Account, t.New, there, t.Allocation, account.Allocation, t.From)
	}
	if there {
		reference.Change(t.Rules(), t.Allocation, t.From)
		return
	}
	reference = traffic.NewReference(t.Rules(), t.Allocation, t.From-int64(t.Slot)) // its first boundary tops it up
	reference.Empty()
	a.references[t.Account] = reference
}

func (a *auditor) decision(d *journal.Decision) {
	n := d.Numbers
	account, listed := a.users[d.ID.Originator]
	if !a.settled {
		a.settled, a.number = true, max(a.number, n.Policy)
	}
	if !listed || d.Account != account || n.Policy != a.number || n.Allocation != a.accounts[account].Allocation || n.Active != a.active {
		a.t.Fatalf("decision %d, of %v: account %q, policy %d, allocation %v, active %v; the rules of %q say %q, %d, %v, %v", n.Number,
			d.ID.Originator, d.Account, n.Policy, n.Allocation, n.Active, a.label, account, a.number, a.accounts[account].Allocation, a.active)
	}
	if n.Number != uint64(len(a.decisions)+1) || a.decisions[d.ID.Counter] != nil {
		a.t.Fatalf("decision %d is the %dth, of the request with counter %d, decided before: %v", n.Number, len(a.decisions)+1, d.ID.Counter, a.decisions[d.ID.Counter] != nil)
	}
	kept := *d
	a.decisions[d.ID.Counter] = &kept
	if a.references[account].TakeAbove(n.At, n.Cost, n.Kept) {
		a.within++
		if n.Verdict != traffic.Forward {
			a.broken++
		}
	}
	a.flow(n.At)
	if n.Verdict != traffic.Forward { // what is shadowed is beyond what the bound speaks of
		return
	}
	a.forwarded += n.Cost
	if a.forwarded > a.least+a.deal {
		a.t.Fatalf("decision %d: %v more was forwarded than T and B allow", n.Number, a.forwarded-a.least-a.deal)
	}
}
