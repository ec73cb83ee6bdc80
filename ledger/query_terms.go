package ledger

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"srtm/traffic"
)

// Terms returns the terms that came to hold in a Span, and before them those that
// held for each account at its beginning.
func (l *Ledger) Terms(ctx context.Context, s Span) ([]Terms, error) {
	type row struct {
		Terms
		treatment string
	}
	rows, err := all(l.ask(ctx, "terms", `select t.position, t.at, t.account, a.name, t.policy, t.policy_name, t.new, t.start, t.allocation, t.depth,
		t.threshold, t.burst, t.slot, t.largest_cost, t.retry_least, t.retry_most, t.weight, t.weights, t.minimum, t.standing, t.cause, t.mode,
		t.shadow, t.exempt, t.held, t.hold, t.withhold, t.closed, t.until_at, t.from_at, t.margin, t.usual_cost, t.finish_critical, t.treatment
		from terms t join accounts a on a.id = t.account
		where t.at >= ? and t.at < ? or t.position in (select max(position) from terms where at < ? group by account)
		order by t.position`, s.From, s.To, s.From), func(r *row) []any {
		t := &r.Terms
		return []any{&t.Position, &t.At, &t.ID, &t.Account, &t.Policy, &t.PolicyName, flag{&t.New}, flag{&t.Start}, &t.Allocation, &t.Depth,
			&t.Threshold, &t.Burst, &t.Slot, &t.LargestCost, &t.RetryLeast, &t.RetryMost, &t.Weight, &t.Weights, &t.Minimum, &t.Standing,
			&t.Cause, &t.Mode, flag{&t.Shadow}, flag{&t.Exempt}, flag{&t.Held}, &t.Hold, flag{&t.Withhold}, flag{&t.Closed}, &t.Until, &t.From,
			&t.Margin, &t.Terms.Cost, &t.FinishCritical, &r.treatment}
	})
	if err != nil {
		return nil, err
	}
	texts, err := l.treatments(ctx)
	list := make([]Terms, len(rows))
	for i, r := range rows {
		list[i] = r.Terms
		if err == nil && r.treatment != "" {
			err = list[i].add(texts[r.treatment])
		}
	}
	return slices.Clip(list), err
}

func (l *Ledger) treatments(ctx context.Context) (map[string]string, error) {
	texts := map[string]string{}
	err := l.ask(ctx, "what terms say of variants", "select name, content from treatments").each(func(r *sql.Rows) error {
		var name, content string
		err := r.Scan(&name, &content)
		texts[name] = content
		return err
	})
	return texts, err
}

// Condition is a stretch of time in which the same held for everybody.
type Condition struct {
	From, To  int64        // nanoseconds since 1970 UTC; To 0: it lasts
	Threshold traffic.Rate // T
	Mode      traffic.Mode
	Closed    bool   // nothing is taken
	Cause     string // why terms are not the standing ones, one line each; empty: they are, as far as is recorded
	Shadowed  int    // accounts that are not enforced, beside Mode
}

// Conditions returns what held in a Span, in order: the first is that which held
// at its beginning, where it is known. Closing ends at the time that was set for
// it, also where no gateway ran then to say so.
func (l *Ledger) Conditions(ctx context.Context, s Span) ([]Condition, error) {
	terms, err := l.Terms(ctx, s)
	if err != nil {
		return nil, err
	}
	return conditions(terms, s), nil
}

// conditions makes one of the terms of each moment, in order. Of accounts whose
// last terms are older than others' at the beginning it is taken that they are
// gone.
func conditions(terms []Terms, s Span) (list []Condition) {
	for len(terms) > 0 {
		n := slices.IndexFunc(terms, func(t Terms) bool { return t.Begin(t.At) != terms[0].Begin(terms[0].At) })
		if n < 0 {
			n = len(terms)
		}
		next, until := conditionOf(terms[:n])
		terms = terms[n:]
		if len(terms) > 0 && terms[0].Begin(terms[0].At) <= s.From {
			continue
		}
		if last := len(list) - 1; last >= 0 {
			list[last].end(next.From)
			if same := list[last]; same.To == next.From {
				same.From, same.To = next.From, 0
				if same == next {
					list[last].To = 0
					continue
				}
			}
		}
		list = append(list, next)
		if until > next.From && next.Closed {
			list[len(list)-1].To = until
		}
	}
	return list
}

// end ends a condition that has not ended before by itself.
func (c *Condition) end(at int64) {
	if c.To == 0 || c.To > at {
		c.To = at
	}
}

// conditionOf puts together what the terms of one moment say, and returns when it
// is to end by itself.
func conditionOf(terms []Terms) (c Condition, until int64) {
	c.From = terms[0].Begin(terms[0].At)
	var causes []string
	for _, t := range terms {
		c.Threshold, c.Mode, c.Closed, until = t.Threshold, t.Mode, t.Closed, t.Until
		if t.Shadow {
			c.Shadowed++
		}
		for line := range strings.Lines(t.Cause) {
			if line = strings.TrimSpace(line); line != "" && !slices.Contains(causes, line) {
				causes = append(causes, line)
			}
		}
	}
	c.Cause = strings.Join(causes, "\n")
	return c, until
}
