package ledger

import (
	"srtm/journal"
)

// other folds a record that is neither a decision nor an outcome.
func (f *fold) other(e *journal.Entry) error {
	switch r := e.Record.(type) {
	case *journal.Terms:
		return f.terms(e, r)
	case *journal.Lost:
		return f.lost(e, r)
	case *journal.Account:
		_, err := f.account(&journal.Own{ID: r.ID, Account: r.Name})
		return err
	case *journal.Start:
		f.start(e, r)
	case *journal.Stop:
		f.end(f.at, Stopped, e.Position-1)
		f.running = false
	case *journal.Activation:
		f.activated(e.Position, r)
	case *journal.Release:
		f.end(f.at, Released, e.Position-1)
	case *journal.Policy:
		f.batch.documents = append(f.batch.documents, *r)
		f.keep(policiesTable(), e, r.Number, r.Name, r.Environment, r.Digest, r.Effective, r.Who, r.Why, len(r.Files))
	case *journal.Proposal:
		f.keep(proposalsTable(), e, r.Step, r.Name, r.Digest, r.Who, r.Why, r.Effective, len(r.Files))
	case *journal.Notice:
		return f.notice(e, r)
	case *journal.Challenge:
		return f.challenge(e, r)
	case *journal.Delivery:
		a, err := f.account(&r.Own)
		if err != nil {
			return err
		}
		f.told(e, a.id, &r.Telling)
	case *journal.CommonDelivery:
		f.told(e, nobodys, &r.Telling)
	case *journal.Gap:
		f.unsure = true
		f.keep(gapsTable(), e, r.Cause, r.First, r.Last, r.Decisions, r.Outcomes, r.From, r.To)
	case *journal.Damage:
		f.keepDamage(r.File, r.Offset, false, e.Position-1, r.Bytes, r.Cut, r.What)
	case *journal.Act:
		f.keep(actsTable(), e, r.Who, r.What, r.Why, r.Account, r.Until, r.Reference, r.About)
	case *journal.Clock:
		f.keep(clocksTable(), e, r.Offset)
	case *journal.Head:
		f.keep(headsTable(), e, r.Text)
	}
	return nil
}

// terms has the account, and the system, obey. What is only repeated makes a row
// where the first is missing.
func (f *fold) terms(e *journal.Entry, t *journal.Terms) error {
	a, err := f.account(&t.Own)
	if err != nil {
		return err
	}
	if !t.Repeated || !a.known {
		f.keepTerms(e, a, t)
	}
	a.obey(f.at, t)
	f.batch.accounts[a] = true
	f.system.allocation, f.system.depth = t.Threshold, t.Threshold.Over(t.Burst)/2
	f.system.window.change(t.Slot, t.Burst)
	return nil
}

func (f *fold) lost(e *journal.Entry, l *journal.Lost) error {
	a, err := f.account(&l.Own)
	if err != nil {
		return err
	}
	a.court.doubt()
	f.batch.accounts[a] = true
	f.keep(lossesTable(), e, a.id, l.Decisions, l.Outcomes, l.From, l.To)
	return nil
}

func (f *fold) notice(e *journal.Entry, n *journal.Notice) error {
	a, err := f.account(&n.Own)
	if err == nil {
		f.keep(noticesTable(), e, a.id, n.Policy, n.PolicyName, n.Effective, n.Old, n.New, n.OldWeight, n.Weight, n.Weights, n.Source, n.Shortened)
	}
	return err
}

func (f *fold) challenge(e *journal.Entry, c *journal.Challenge) error {
	a, err := f.account(&c.Own)
	if err == nil {
		f.keep(challengesTable(), e, a.id, c.Notice, c.Answer, c.Who, c.Text)
	}
	return err
}

// nobodys stands for an account where a record is no account's own.
const nobodys = 0

func (f *fold) told(e *journal.Entry, account uint32, t *journal.Telling) {
	f.keep(deliveriesTable(), e, account, t.ID, t.Kind, t.Concerns, t.Happened, t.Sentence, t.Subscription, t.Who, t.Means, t.Address, t.Attempt, t.Began, t.Took,
		t.Outcome, t.Detail, t.SHA256)
}

// start ends what was under way when the gateway before stopped to write.
func (f *fold) start(e *journal.Entry, s *journal.Start) {
	before := f.before
	f.end(before, Stopped, e.Position-1)
	f.keep(startsTable(), e, f.running, before, s.Version, s.Node, s.Environment, s.Restart, s.Wall)
	f.running = true
}

// damaged takes in that something cannot be read. Which records are missing is
// seen from the position of the next one.
func (f *fold) damaged(d *journal.DamageError) {
	f.keepDamage(d.File, d.Offset, true, d.After, 0, false, d.What)
}

// keep makes a row of a record.
func (f *fold) keep(t *table, e *journal.Entry, values ...any) {
	f.batch.plain = append(f.batch.plain, plainRow{t, append([]any{e.Position, f.at}, values...)})
}

func (f *fold) keepDamage(values ...any) {
	f.batch.plain = append(f.batch.plain, plainRow{damagesTable(), append([]any{f.at}, values...)})
}

func policiesTable() *table {
	return plain("policies", atPosition(), "at", "number", "name", "environment", "digest", "effective", "who", "why", "files")
}

func gapsTable() *table {
	return plain("gaps", atPosition(), "at", "cause", "first_position", "last_position", "decisions", "outcomes", "from_at", "to_at")
}

func lossesTable() *table {
	return plain("losses", atPosition(), "at", "account", "decisions", "outcomes", "from_at", "to_at")
}

func damagesTable() *table {
	return tableOf("damages", columns(keep, "at"), columns(key, "file", "place", "found"),
		columns(keep, "after_position", "octets", "cut", "what"))
}

func actsTable() *table {
	return plain("acts", atPosition(), "at", "who", "what", "why", "account", "until_at", "reference", "about")
}

func clocksTable() *table { return plain("clocks", atPosition(), "at", "ahead") }

func headsTable() *table { return plain("heads", atPosition(), "at", "content") }

func startsTable() *table {
	return plain("starts", atPosition(), "at", "crashed", "before_at", "version", "node", "environment", "restart", "wall")
}

func proposalsTable() *table {
	return plain("proposals", atPosition(), "at", "step", "name", "digest", "who", "why", "effective", "files")
}

func noticesTable() *table {
	return plain("notices", atPosition(), "at", "account", "policy", "policy_name", "effective", "old_rate", "new_rate", "old_weight", "weight",
		"weights", "source", "shortened")
}

func challengesTable() *table {
	return plain("challenges", atPosition(), "at", "account", "notice", "answer", "who", "content")
}

func deliveriesTable() *table {
	return plain("deliveries", atPosition(), "at", "account", "id", "kind", "concerns", "happened_at", "sentence", "subscription", "who", "means", "address",
		"attempt", "began_at", "took", "outcome", "detail", "sha256")
}
