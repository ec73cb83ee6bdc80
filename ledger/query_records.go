package ledger

import (
	"context"
	"database/sql"
	"slices"

	"srtm/journal"
)

// flag scans 0 or 1.
type flag struct{ is *bool }

// Scan takes what the database has.
func (f flag) Scan(v any) error {
	n, ok := v.(int64)
	*f.is = ok && n != 0
	return nil
}

// Policies returns the policies that came into force in a Span, and before them
// the one that was in force at its beginning, with the texts of their files.
func (l *Ledger) Policies(ctx context.Context, s Span) ([]Policy, error) {
	list, err := all(l.ask(ctx, "policies", `select position, at, number, name, environment, digest, effective, who, why from policies
		where at >= ? and at < ? or position = (select max(position) from policies where at < ?) order by position`, s.From, s.To, s.From),
		func(p *Policy) []any {
			return []any{&p.Position, &p.At, &p.Number, &p.Name, &p.Environment, &p.Digest, &p.Effective, &p.Who, &p.Why}
		})
	if err != nil {
		return nil, err
	}
	texts := map[string][]journal.File{} // a policy comes again with each start
	for i := range list {
		p := &list[i]
		if _, ok := texts[p.Digest]; !ok {
			if texts[p.Digest], err = l.files(ctx, p.Digest); err != nil {
				return nil, err
			}
		}
		p.Files = slices.Clone(texts[p.Digest])
	}
	return list, nil
}

func (l *Ledger) files(ctx context.Context, digest string) ([]journal.File, error) {
	var list []journal.File
	err := l.ask(ctx, "the files of a policy", "select name, content from policy_files where digest = ? order by n", digest).each(
		func(r *sql.Rows) error {
			var name, content string
			err := r.Scan(&name, &content)
			list = append(list, journal.File{Name: name, Text: content})
			return err
		})
	return list, err
}

// Proposals returns the steps of policies' ways in a Span.
func (l *Ledger) Proposals(ctx context.Context, s Span) ([]Proposal, error) {
	return all(l.ask(ctx, "proposals", `select position, at, step, name, digest, who, why, effective, files from proposals
		where at >= ? and at < ? order by position`, s.From, s.To), func(p *Proposal) []any {
		return []any{&p.Position, &p.At, &p.Step, &p.Name, &p.Digest, &p.Who, &p.Why, &p.Effective, &p.Texts}
	})
}

// Notices returns the notices that were given in a Span, and those that were given
// before and were to take effect in it or after it.
func (l *Ledger) Notices(ctx context.Context, s Span) ([]Notice, error) {
	return all(l.ask(ctx, "notices", `select position, at, account, (select name from accounts where id = account), policy, policy_name, effective,
		old_rate, new_rate, old_weight, weight, weights, source, shortened from notices where at < ? and (at >= ? or effective >= ?)
		order by position`, s.To, s.From, s.From), func(n *Notice) []any {
		return []any{&n.Position, &n.At, &n.ID, &n.Account, &n.Policy, &n.PolicyName, &n.Effective, &n.Old, &n.New, &n.OldWeight, &n.Weight,
			&n.Weights, &n.Source, flag{&n.Shortened}}
	})
}

// Challenges returns what accounts said against notices before the end of a Span,
// and what they were answered by then: also long before it, since what was not
// answered is open.
func (l *Ledger) Challenges(ctx context.Context, s Span) ([]Challenge, error) {
	return all(l.ask(ctx, "challenges", `select position, at, account, (select name from accounts where id = account), notice, answer, who, content
		from challenges where at < ? order by position`, s.To), func(c *Challenge) []any {
		return []any{&c.Position, &c.At, &c.ID, &c.Account, &c.Notice, flag{&c.Answer}, &c.Who, &c.Text}
	})
}

// Deliveries returns whom notices were told in a Span, attempt by attempt. Those
// to no account have an empty Account.
func (l *Ledger) Deliveries(ctx context.Context, s Span) ([]Delivery, error) {
	return all(l.ask(ctx, "deliveries", `select position, at, account, coalesce((select name from accounts where id = account), ''), id, kind, concerns,
		happened_at, sentence, subscription, who, means, address, attempt, began_at, took, outcome, detail, sha256 from deliveries
		where at >= ? and at < ? order by position`, s.From, s.To), func(d *Delivery) []any {
		return []any{&d.Position, &d.At, &d.Own.ID, &d.Account, &d.Telling.ID, &d.Kind, &d.Concerns, &d.Happened, &d.Sentence, &d.Subscription, &d.Who,
			&d.Means, &d.Address, &d.Attempt, &d.Began, &d.Took, &d.Outcome, &d.Detail, &d.SHA256}
	})
}

// Starts returns the starts in a Span.
func (l *Ledger) Starts(ctx context.Context, s Span) ([]Start, error) {
	return all(l.ask(ctx, "starts", `select position, at, crashed, before_at, version, node, environment, restart, wall from starts
		where at >= ? and at < ? order by position`, s.From, s.To), func(r *Start) []any {
		return []any{&r.Position, &r.At, flag{&r.Crashed}, &r.Before, &r.Version, &r.Node, &r.Environment, flag{&r.Restart}, &r.Wall}
	})
}

const written = " where at >= ? and at < ? or from_at < ? and to_at >= ?"

func (s Span) written() []any { return []any{s.From, s.To, s.To, s.From} }

// Gaps returns the gaps that were written in a Span, or of which a part is in it.
func (l *Ledger) Gaps(ctx context.Context, s Span) ([]Gap, error) {
	return all(l.ask(ctx, "gaps", "select position, at, cause, first_position, last_position, decisions, outcomes, from_at, to_at from gaps"+
		written+" order by position", s.written()...), func(g *Gap) []any {
		return []any{&g.Position, &g.At, &g.Cause, &g.First, &g.Last, &g.Decisions, &g.Outcomes, &g.From, &g.To}
	})
}

// Losses returns what could not be kept of accounts' records, as written in a Span
// or of which a part is in it.
func (l *Ledger) Losses(ctx context.Context, s Span) ([]Loss, error) {
	return all(l.ask(ctx, "losses", `select position, at, account, (select name from accounts where id = account), decisions, outcomes,
		from_at, to_at from losses`+written+" order by position", s.written()...), func(r *Loss) []any {
		return []any{&r.Position, &r.At, &r.ID, &r.Account, &r.Decisions, &r.Outcomes, &r.From, &r.To}
	})
}

// Damages returns what was found in a Span that cannot be read.
func (l *Ledger) Damages(ctx context.Context, s Span) ([]Damage, error) {
	return all(l.ask(ctx, "damages", `select at, after_position, found, file, place, octets, cut, what from damages where at >= ? and at < ?
		order by after_position, file, place`, s.From, s.To), func(d *Damage) []any {
		return []any{&d.At, &d.After, flag{&d.Found}, &d.File, &d.Offset, &d.Bytes, flag{&d.Cut}, &d.What}
	})
}

// Acts returns what persons did in a Span.
func (l *Ledger) Acts(ctx context.Context, s Span) ([]Act, error) {
	return all(l.ask(ctx, "acts", `select position, at, who, what, why, account, until_at, reference, about from acts where at >= ? and at < ?
		order by position`, s.From, s.To), func(a *Act) []any {
		return []any{&a.Position, &a.At, &a.Who, &a.What, &a.Why, &a.Account, &a.Until, &a.Reference, &a.About}
	})
}

// Clocks returns what the wall clock differed by in a Span.
func (l *Ledger) Clocks(ctx context.Context, s Span) ([]Clock, error) {
	return all(l.ask(ctx, "clocks", "select position, at, ahead from clocks where at >= ? and at < ? order by position", s.From, s.To),
		func(c *Clock) []any { return []any{&c.Position, &c.At, &c.Offset} })
}

// Heads returns the signed heads in a Span.
func (l *Ledger) Heads(ctx context.Context, s Span) ([]Head, error) {
	return all(l.ask(ctx, "heads", "select position, at, content from heads where at >= ? and at < ? order by position", s.From, s.To),
		func(h *Head) []any { return []any{&h.Position, &h.At, &h.Text} })
}
