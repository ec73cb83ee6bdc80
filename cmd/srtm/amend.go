package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
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
	records *records
	acts    *acts         // by hand, which change what a policy says
	turns   atomic.Uint64 // counts what the gateway was told

	fileWrong atomic.Pointer[string] // why the policy file that is watched cannot be used; nil: it can

	mu       sync.Mutex // of what follows
	gateway  planner
	conducts map[string]gateway.Conduct // by the policy's digest, of what the gateway was told last
	obeys    []amendment.Step           // what the gateway was told last
	stale    bool                       // it is to be told something else and could not be
	all      bool                       // the gateway has been told of everything that is known to come
	tried    time.Time                  // when it was told last
	left     bool                       // something is to be recorded yet
	failing  bool                       // and could not be, which was logged
}

// planner is what a gateway.Server does with a plan.
type planner interface {
	Change(plan ...gateway.Change) error
	Planned() int
}

// openAmendments opens the register, with the policy of the file that the gateway
// was given. What then holds may be another one.
func openAmendments(p *policy.Policy, b *books) (*amendments, error) {
	a := &amendments{books: b, log: b.log, conducts: map[string]gateway.Conduct{}, records: &records{books: b}}
	var err error
	a.Register, err = amendment.Open(policiesFolder(b.data), amendment.Options{
		Clock: func() time.Time { return time.Unix(0, b.clock()).UTC() }, Record: a.records.add, Flush: a.records.wait, Environment: p.Environment,
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
	a.keepRecords()
	a.acts, err = openActs(a, b)
	return a, err
}

// plan is the register's Plan, with what is done by hand.
func (a *amendments) plan(from time.Time, n int) []amendment.Step {
	return a.Plan(from, n, a.acts.Hands()...)
}

// keepRecords has the journal keep what it has not yet, and logs if it cannot. It
// is tried again every second then.
func (a *amendments) keepRecords() {
	err := a.Flush()
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil && !a.failing {
		a.log.Error("steps on the way of a policy could not be recorded in the journal; the folder of policies has them, and it is tried again every second", "error", err.Error())
	}
	a.left, a.failing = err != nil, err != nil
}

// recordLeft has recorded what is left.
func (a *amendments) recordLeft() {
	a.mu.Lock()
	left := a.left
	a.mu.Unlock()
	if left {
		a.keepRecords()
	}
}

// now is what holds at present.
func (a *amendments) now() (amendment.Step, error) {
	steps := a.plan(time.Unix(0, a.books.clock()).UTC(), 1)
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
	a.stale, a.tried = true, time.Now()
	steps := a.plan(time.Unix(0, a.books.clock()).UTC(), planned)
	changes := make([]gateway.Change, 0, len(steps))
	for i, s := range steps {
		c, err := a.change(s)
		if err != nil {
			return err
		}
		if i == 0 || steps[i-1].Policy.Digest != s.Policy.Digest {
			c.Policy = a.policyRecord(s)
		}
		changes = append(changes, c)
	}
	if err := a.gateway.Change(changes...); err != nil {
		return err
	}
	a.stale, a.all, a.obeys = false, len(steps) < planned, steps
	a.turns.Add(1)
	maps.DeleteFunc(a.conducts, func(digest string, _ gateway.Conduct) bool {
		return !slices.ContainsFunc(steps, func(s amendment.Step) bool { return s.Policy.Digest == digest })
	})
	return nil
}

// told is what a step led to, once the gateway knows of it, and is logged and
// recorded. What the gateway could not be told it is told again soon.
func (a *amendments) told(p amendment.Proposal, err error) (amendment.Proposal, error) {
	a.say(p, err)
	if err == nil {
		if err = a.tell(); err != nil {
			err = fmt.Errorf("%s is kept, and the gateway could not be told of it; it is told again every second: %w", p.Name, err)
			a.log.Error("the gateway could not be told", "error", err.Error())
		}
	}
	a.keepRecords()
	return p, err
}

// File is the register's, and tells the gateway.
func (a *amendments) File(p *policy.Policy) (amendment.Proposal, string, error) {
	made, why, err := a.Register.File(p)
	if why == "" && (err != nil || made.Name != "") {
		made, err = a.told(made, err)
	}
	return made, why, err
}

// Challenge is the register's, and has it recorded.
func (a *amendments) Challenge(account string, by amendment.Person, text string) (amendment.Challenge, error) {
	c, err := a.Register.Challenge(account, by, text)
	a.keepRecords()
	return c, err
}

// Answer is the register's, and has it recorded.
func (a *amendments) Answer(id uint64, by amendment.Person, text string) (amendment.Challenge, error) {
	c, err := a.Register.Answer(id, by, text)
	a.keepRecords()
	return c, err
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
	err := a.tell()
	a.keepRecords()
	return err
}

// change is what the gateway needs to know of a step, but for the policy's
// record. The caller holds mu.
func (a *amendments) change(s amendment.Step) (gateway.Change, error) {
	conduct, known := a.conducts[s.Policy.Digest]
	if !known {
		var err error
		if conduct, err = conductOf(s.Policy); err != nil {
			return gateway.Change{}, err
		}
		a.conducts[s.Policy.Digest] = conduct
	}
	return gateway.Change{From: s.From.UnixNano(), Rules: s.Period.Rules, Conduct: conduct, Terms: termsOf(s)}, nil
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
		var people []string
		if v.Prepared.By != "" {
			people = append(people, v.Prepared.By)
		}
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
	rules.LargestCost = p.LargestCost() // once, and not for each account
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
	stopRecords := every(ctx, time.Second, a.recordLeft)
	<-ctx.Done()
	stop()
	stopRecords()
}

// follow notes that a version came into force, and tells the gateway again what it
// could not be told, or more where it knows little.
func (a *amendments) follow() {
	now := time.Unix(0, a.books.clock()).UTC()
	a.mu.Lock()
	s := a.obeyed(now)
	again := a.stale && time.Since(a.tried) >= time.Second
	short := !a.stale && !a.all && a.gateway.Planned() < planned/2
	a.mu.Unlock()
	if s.Policy != nil && s.Policy.Digest != a.inForce.Load().Digest {
		a.adopt(s)
	}
	if again || short {
		if err := a.tell(); err != nil {
			a.log.Error("what is to come could not be planned", "error", err.Error())
		} else if again {
			a.log.Info("the gateway was told at last what is to come")
		}
	}
}

// obeyed is what the gateway obeys by what it was told last, and not by what it
// should have been told. The caller holds mu.
func (a *amendments) obeyed(now time.Time) (s amendment.Step) {
	for _, step := range a.obeys {
		if !step.From.After(now) {
			s = step
		}
	}
	return s
}

// adopt notes that the gateway obeys another policy.
func (a *amendments) adopt(s amendment.Step) {
	a.inForce.Store(s.Policy)
	a.books.journal.SetKeep(s.Policy.Journal.Keep)
	from, by := s.From, ""
	if v := a.InForce(s.From); v != nil && v.Digest == s.Policy.Digest {
		from, by = v.From, v.Prepared.By
		a.Adopted(v.Digest, v.From)
		a.mu.Lock()
		a.left = true
		a.mu.Unlock()
	}
	a.log.Info("a policy came into force", "policy", s.Policy.Name, "sha256", s.Policy.Digest, "from", from.Format(time.RFC3339Nano), "prepared by", by)
}
