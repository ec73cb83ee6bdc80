package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"srtm/amendment"
	"srtm/gateway"
	"srtm/journal"
	"srtm/policy"
)

func policiesFolder(data string) string { return filepath.Join(data, "policies") }

// planned is how many changes the gateway is told of ahead.
const planned = 16

// amendments carry out what the register says: they tell the gateway which policy
// holds when, and have every step recorded. Whatever changes the register goes
// through them.
type amendments struct {
	*amendment.Register
	books   *books
	log     *slog.Logger
	inForce atomic.Pointer[policy.Policy]

	mu       sync.Mutex // of what follows
	gateway  *gateway.Server
	conducts map[string]gateway.Conduct // by the policy's digest
	all      bool                       // the gateway has been told of everything that is known to come
}

// openAmendments opens the register, with the policy of the file that the gateway
// was given. What then holds may be another one.
func openAmendments(p *policy.Policy, b *books) (*amendments, error) {
	a := &amendments{books: b, log: b.log, conducts: map[string]gateway.Conduct{}}
	var err error
	a.Register, err = amendment.Open(policiesFolder(b.data), amendment.Options{
		Clock: func() time.Time { return time.Unix(0, b.clock()).UTC() }, Record: a.record, Environment: p.Environment,
	})
	if err != nil {
		return nil, folderHelp(b.data, fmt.Errorf("the policies: %w", err))
	}
	inForce, why, err := a.Start(p)
	if err != nil {
		return nil, err
	}
	if why != "" {
		a.log.Warn("the policy in force is not the file's", "in force", inForce.Name, "file", p.Name, "why", why)
	}
	a.inForce.Store(inForce)
	b.journal.SetKeep(inForce.Journal.Keep)
	return a, nil
}

// record has the journal keep a step, and returns its position.
func (a *amendments) record(e amendment.Event) uint64 {
	record := recordOf(e)
	if record == nil {
		return 0
	}
	ticket := a.books.journal.Append(a.books.clock(), record)
	if err := ticket.Wait(); err != nil {
		a.log.Error("a step on the way of a policy could not be recorded in the journal; the folder of policies has it", "step", string(e.Kind), "policy", e.Name, "error", err.Error())
	}
	return uint64(ticket.Position())
}

// recordOf is how the journal keeps an event; nil: it does so otherwise.
func recordOf(e amendment.Event) journal.Record {
	steps := map[amendment.Kind]journal.Step{
		amendment.Prepared: journal.Prepared, amendment.Confirmed: journal.Confirmed, amendment.Approved: journal.Approved,
		amendment.Refused: journal.Refused, amendment.Withdrawn: journal.Withdrawn, amendment.Planned: journal.Planned,
	}
	switch e.Kind {
	case amendment.Adopted: // the Policy record says so
		return nil
	case amendment.Noticed:
		n := e.Notice
		return &journal.Notice{
			Own: journal.Own{Account: n.Account}, Policy: n.Policy, PolicyName: n.PolicyName, Effective: n.Effective.UnixNano(), Old: n.Old, New: n.New,
			OldWeight: n.OldWeight, Weight: n.Weight, Weights: n.Weights, Source: n.Source, Shortened: n.Shortened,
		}
	case amendment.Challenged:
		c := e.Challenge
		return &journal.Challenge{Own: journal.Own{Account: c.Account}, Notice: journal.Position(c.Reference), Who: c.Said.By, Text: c.Said.Why}
	case amendment.Answered:
		c := e.Challenge
		return &journal.Challenge{Own: journal.Own{Account: c.Account}, Notice: journal.Position(c.Reference), Answer: true, Who: c.Answer.By, Text: c.Answer.Why}
	}
	p := &journal.Proposal{Step: steps[e.Kind], Name: e.Name, Digest: e.Digest, Who: e.By, Why: e.Why, Files: journalFiles(e.Files)}
	if !e.Effective.IsZero() {
		p.Effective = e.Effective.UnixNano()
	}
	return p
}

func journalFiles(files []policy.File) []journal.File {
	var kept []journal.File
	for _, f := range files {
		kept = append(kept, journal.File{Name: f.Name, Text: string(f.Text)})
	}
	return kept
}

// now is what holds at present.
func (a *amendments) now() (amendment.Step, error) {
	steps := a.Plan(time.Unix(0, a.books.clock()).UTC(), 1)
	if len(steps) == 0 {
		return amendment.Step{}, errors.New("no policy is in force")
	}
	return steps[0], nil
}

// attach tells the gateway what is to come, from now on.
func (a *amendments) attach(g *gateway.Server) error {
	a.mu.Lock()
	a.gateway = g
	a.mu.Unlock()
	return a.tell()
}

// tell tells the gateway what is to come.
func (a *amendments) tell() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	steps := a.Plan(time.Unix(0, a.books.clock()).UTC(), planned)
	changes := make([]gateway.Change, 0, len(steps))
	for i, s := range steps {
		c, err := a.change(s)
		if err != nil {
			return err
		}
		if i > 0 && steps[i-1].Policy.Digest == s.Policy.Digest {
			c.Policy = nil
		}
		changes = append(changes, c)
	}
	a.all = len(steps) < planned
	return a.gateway.Change(changes...)
}

// told is what a step led to, once the gateway knows of it, and is logged.
func (a *amendments) told(p amendment.Proposal, err error) (amendment.Proposal, error) {
	if err == nil {
		err = a.tell()
	}
	a.say(p, err)
	return p, err
}

// Propose is the register's, and tells the gateway.
func (a *amendments) Propose(p *policy.Policy, by amendment.Person, why string, o amendment.ProposeOptions) (amendment.Proposal, error) {
	return a.told(a.Register.Propose(p, by, why, o))
}

// Confirm is the register's, and tells the gateway.
func (a *amendments) Confirm(digest string, by amendment.Person, why string, o amendment.ProposeOptions) (amendment.Proposal, error) {
	return a.told(a.Register.Confirm(digest, by, why, o))
}

// Approve is the register's, and tells the gateway.
func (a *amendments) Approve(digest string, by amendment.Person, why string) (amendment.Proposal, error) {
	return a.told(a.Register.Approve(digest, by, why))
}

// Rollback is the register's, and tells the gateway.
func (a *amendments) Rollback(which string, by amendment.Person, why string, o amendment.ProposeOptions) (amendment.Proposal, error) {
	return a.told(a.Register.Rollback(which, by, why, o))
}

// Withdraw is the register's, and tells the gateway.
func (a *amendments) Withdraw(digest string, by amendment.Person, why string) error {
	if err := a.Register.Withdraw(digest, by, why); err != nil {
		return err
	}
	a.log.Info("a policy was withdrawn", "policy", digest, "by", by.Name)
	return a.tell()
}

// change is what the gateway needs to know of a step. The caller holds mu.
func (a *amendments) change(s amendment.Step) (gateway.Change, error) {
	conduct, known := a.conducts[s.Policy.Digest]
	if !known {
		var err error
		if conduct, err = conductOf(s.Policy); err != nil {
			return gateway.Change{}, err
		}
		a.conducts[s.Policy.Digest] = conduct
	}
	return gateway.Change{From: s.From.UnixNano(), Rules: s.Period.Rules, Conduct: conduct, Policy: a.policyRecord(s), Terms: termsOf(s)}, nil
}

// policyRecord is the policy whole, as the journal keeps it when it comes into
// force.
func (a *amendments) policyRecord(s amendment.Step) *journal.Policy {
	p := s.Policy
	r := &journal.Policy{Name: p.Name, Environment: p.Environment, Digest: p.Digest, Files: journalFiles(p.Files)}
	if !p.Effective.IsZero() {
		r.Effective = p.Effective.UnixNano()
	}
	if v := a.InForce(s.From); v != nil && v.Digest == p.Digest {
		people := []string{v.Prepared.By}
		for _, approval := range v.Approvals {
			people = append(people, approval.By)
		}
		r.Who, r.Why = strings.Join(people, ", "), v.Prepared.Why
	}
	return r
}

// termsOf says what a step gives to each account.
func termsOf(s amendment.Step) []journal.Terms {
	p, rules := s.Policy, s.Period.Rules
	weights, total := p.PortfolioWeights()
	terms := make([]journal.Terms, 0, len(rules.Accounts))
	for i, account := range rules.Accounts {
		t := journal.TermsOf(rules, i)
		t.Policy, t.PolicyName, t.Weight, t.Weights, t.Minimum = p.Digest, p.Name, weights[account.Name], total, p.MinimumRate()
		t.Standing, t.Cause = s.Period.Standing[i], strings.Join(s.Period.CausesOf(account.Name), "; ")
		terms = append(terms, t)
	}
	return terms
}

// keep follows what comes into force, and the policy file, until ctx ends.
func (a *amendments) keep(ctx context.Context) {
	stop := every(ctx, 100*time.Millisecond, a.follow)
	<-ctx.Done()
	stop()
}

// follow notes that a version came into force, and tells the gateway more where
// it knows little.
func (a *amendments) follow() {
	now := time.Unix(0, a.books.clock()).UTC()
	if v := a.InForce(now); v != nil && v.Policy != nil && v.Digest != a.inForce.Load().Digest {
		a.inForce.Store(v.Policy)
		a.Adopted(v.Digest, v.From)
		a.books.journal.SetKeep(v.Policy.Journal.Keep)
		a.log.Info("a policy came into force", "policy", v.Name, "sha256", v.Digest, "from", v.From.Format(time.RFC3339Nano), "prepared by", v.Prepared.By)
	}
	a.mu.Lock()
	short := !a.all && a.gateway.Planned() < planned/2
	a.mu.Unlock()
	if short {
		if err := a.tell(); err != nil {
			a.log.Error("what is to come could not be planned", "error", err.Error())
		}
	}
}
