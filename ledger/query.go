package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"srtm/journal"
	"srtm/traffic"
)

// Every query may be called from many goroutines at once, also while somebody
// folds. Each reads one state; two may read different ones: compare Status before
// and after where that matters. A row belongs to a Span by its beginning, if it is
// of a day or a minute, and otherwise by its time.

// question is one query, and what it asks for, for errors.
type question struct {
	ctx     context.Context
	from    asked
	dialect dialect
	what    string
	text    string
	args    []any
}

// asked is what a question is put to: a database, a connection to one, or a
// transaction.
type asked interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// each reads the rows of a query, in their order.
func (q question) each(row func(*sql.Rows) error) error {
	rows, err := q.from.QueryContext(q.ctx, q.dialect.statement(q.text), q.args...)
	if err != nil {
		return fmt.Errorf("asking the ledger for %s: %w", q.what, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := row(rows); err != nil {
			return fmt.Errorf("asking the ledger for %s: %w", q.what, err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("asking the ledger for %s: %w", q.what, err)
	}
	return nil
}

// all returns one T for each row; fields are those of a T that its columns go to.
func all[T any](q question, fields func(*T) []any) ([]T, error) {
	var list []T
	err := q.each(func(r *sql.Rows) error {
		list = append(list, *new(T))
		return r.Scan(fields(&list[len(list)-1])...)
	})
	return list, err
}

func (l *Ledger) ask(ctx context.Context, what, text string, args ...any) question {
	return question{ctx, l.read, l.dialect, what, text, args}
}

// days returns the first and the last day that begins in the Span, minutes
// likewise.
func (s Span) days() (from, to int64)    { return s.units(24 * time.Hour) }
func (s Span) minutes() (from, to int64) { return s.units(time.Minute) }

func (s Span) units(unit time.Duration) (from, to int64) {
	ceil := func(at int64) int64 { return (max(at, 0) + int64(unit) - 1) / int64(unit) }
	return ceil(min(s.From, farFuture)), ceil(min(s.To, farFuture)) - 1
}

// farFuture is a time after which nothing is, and which can be rounded up.
const farFuture = 1<<63 - 1 - int64(24*time.Hour)

func (c *Count) fields() []any { return []any{&c.Requests, &c.Cost} }

func (p *Parts) fields() []any {
	return fields(&p.Offered, &p.Forwarded, &p.Throttled, &p.Closed, &p.Shadow, &p.ShadowClosed)
}

func (s *Sums) fields() []any {
	return fields(&s.Parts, &s.Spare, &s.Answered, &s.DSPErrors, &s.Failed, &s.Busy, &s.ClientLeft)
}

func (p *Peaks) fields() []any {
	return []any{&p.Second.Cost, &p.Second.At, &p.Burst.Cost, &p.Burst.At}
}

func (r *Range) fields() []any { return []any{&r.First, &r.Last} }

func fields(parts ...any) []any {
	var list []any
	for _, p := range parts {
		if some, ok := p.(interface{ fields() []any }); ok {
			list = append(list, some.fields()...)
		} else {
			list = append(list, p)
		}
	}
	return list
}

const partNames = `offered, offered_cost, forwarded, forwarded_cost, throttled, throttled_cost, closed, closed_cost, shadow, shadow_cost, shadow_closed, shadow_closed_cost`

const sumNames = partNames + `, spare, spare_cost, answered, dsp_errors, failed, busy, client_left`

const peakNames = `peak_second, peak_second_at, peak_burst, peak_burst_at`

// Accounts returns the accounts' numbers and names, by number. A number is the
// journal's and stays.
func (l *Ledger) Accounts(ctx context.Context) ([]journal.Account, error) {
	return all(l.ask(ctx, "accounts", "select id, name from accounts order by id"), func(a *journal.Account) []any {
		return []any{&a.ID, &a.Name}
	})
}

// Status returns how far the ledger has come.
func (l *Ledger) Status(ctx context.Context) (Status, error) {
	var state []byte
	list, err := all(l.ask(ctx, "how far it is", `select position, at, first_position, first_at, decisions, outcomes, others, missing, state,
		(select count(*) from open_refusals) from folded where one = 1`), func(s *Status) []any {
		return []any{&s.Position, &s.At, &s.First, &s.FirstAt, &s.Decisions, &s.Outcomes, &s.Others, &s.Missing, &state, &s.Open}
	})
	if err != nil {
		return Status{}, err
	}
	if len(list) != 1 {
		return Status{}, fmt.Errorf("asking the ledger for how far it is: %w", sql.ErrNoRows)
	}
	key, err := l.meta(ctx, "pseudonyms")
	if err != nil {
		return Status{}, fmt.Errorf("asking the ledger for its key: %w", err)
	}
	list[0].Version, list[0].Pseudonyms = version, key != noKey
	if list[0].Position == 0 {
		return list[0], nil
	}
	f, c := newFold(nil), &coder{b: state, reading: true}
	f.code(c)
	list[0].Running = f.running
	return list[0], c.finish()
}

// Days returns the days in a Span by account, System first, then by day.
func (l *Ledger) Days(ctx context.Context, s Span) ([]Day, error) {
	from, to := s.days()
	return all(l.ask(ctx, "days", "select day, account, "+sumNames+", "+peakNames+`, allocation, depth, first_position, last_position
		from days where day between ? and ? order by account, day`, from, to), func(d *Day) []any {
		return fields(&d.Day, &d.Account, &d.Sums, &d.Peaks, &d.Allocation, &d.Depth, &d.Range)
	})
}

// Totals returns the sums of the days in a Span: System first, then each account
// that sent something, by number.
func (l *Ledger) Totals(ctx context.Context, s Span) ([]Total, error) {
	days, err := l.Days(ctx, s)
	if err != nil {
		return nil, err
	}
	accounts, err := l.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	names := map[uint32]string{}
	for _, a := range accounts {
		names[a.ID] = a.Name
	}
	var totals []Total
	for _, d := range days {
		if n := len(totals); n == 0 || totals[n-1].Account != d.Account {
			totals = append(totals, Total{Account: d.Account, Name: names[d.Account]})
		}
		t := &totals[len(totals)-1]
		t.sum(d.Sums)
		t.Second.see(d.Second.Cost, d.Second.At)
		if t.Burst.see(d.Burst.Cost, d.Burst.At) {
			t.Allocation, t.Depth = d.Allocation, d.Depth
		}
		if d.Offered.Requests > 0 {
			t.Days++
		}
	}
	return totals, nil
}

// Checked returns how many decisions in the days of a Span were judged by
// reference buckets, by account; System is all accounts.
func (l *Ledger) Checked(ctx context.Context, s Span) ([]Checked, error) {
	from, to := s.days()
	days, err := all(l.ask(ctx, "judged decisions", `select account, within_requests, within_cost, beyond_requests, beyond_cost from days
		where day between ? and ? order by account`, from, to), func(c *Checked) []any {
		return fields(&c.Account, &c.Within, &c.Beyond)
	})
	var sums []Checked
	for _, d := range days {
		if n := len(sums); n == 0 || sums[n-1].Account != d.Account {
			sums = append(sums, Checked{Account: d.Account})
		}
		c := &sums[len(sums)-1]
		c.Within.count(d.Within)
		c.Beyond.count(d.Beyond)
	}
	return sums, err
}

// Services returns the sums of the days in a Span by account, User ID, variant,
// verdict and reason, in that order. Those of one account add up to its Total.
func (l *Ledger) Services(ctx context.Context, s Span) ([]Service, error) {
	from, to := s.days()
	type parts struct {
		Service
		user        int64
		whole, part int64
	}
	// The cost is added up in two parts, so that no database has to hold the sum.
	rows, err := all(l.ask(ctx, "services", `select account, user_id, variant, verdict, reason, cast(sum(requests) as bigint),
		cast(sum(cost / 1000000000) as bigint), cast(sum(cost % 1000000000) as bigint) from day_counts where day between ? and ?
		group by account, user_id, variant, verdict, reason order by account, user_id, variant, verdict, reason`, from, to),
		func(p *parts) []any {
			return []any{&p.Account, &p.user, &p.Variant, &p.Verdict, &p.Reason, &p.Requests, &p.whole, &p.part}
		})
	list := make([]Service, len(rows))
	for i, p := range rows {
		list[i] = p.Service
		list[i].User = eui(p.user)
		list[i].Cost = joined(p.whole, p.part)
	}
	return list, err
}

// joined puts together what was added up as whole Service Requests and parts of
// them.
func joined(whole, part int64) traffic.Amount {
	const most = (1<<63 - 1) / int64(traffic.SR)
	if whole > most {
		return 1<<63 - 1
	}
	return add(traffic.Amount(whole)*traffic.SR, traffic.Amount(part))
}
