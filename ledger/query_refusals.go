package ledger

import (
	"context"

	"srtm/traffic"
)

// Refusals returns at most limit of an account's refusals that are kept as rows,
// in order: the first hundred of each minute, together with what would have been
// refused, and those within the allocation.
func (l *Ledger) Refusals(ctx context.Context, s Span, account uint32, limit int) ([]Refusal, error) {
	return l.refusals(ctx, s, listed{account, traffic.Throttle, limit})
}

// Shadowed returns what would have been refused, as Refusals does refusals.
func (l *Ledger) Shadowed(ctx context.Context, s Span, account uint32, limit int) ([]Refusal, error) {
	return l.refusals(ctx, s, listed{account, traffic.Shadow, limit})
}

// listed says which of the refusals that are kept as rows are wanted.
type listed struct {
	account uint32
	verdict traffic.Verdict
	limit   int
}

func (l *Ledger) refusals(ctx context.Context, s Span, of listed) ([]Refusal, error) {
	type row struct {
		Refusal
		user, counter int64
		target        []byte
	}
	rows, err := all(l.ask(ctx, "refusals", `select position, at, account, user_id, variant, command_variant, counter, target, cost, assured,
		spare, pool, cold, depth, allocation, policy, refusals, retry_after, verdict, reason, active, activated, within, kept, pool_limit, hold,
		hold_rate, exempt, vouched, held from refusals where account = ? and verdict = ? and at >= ? and at < ? order by at, position limit ?`,
		of.account, int64(of.verdict), s.From, s.To, max(of.limit, 0)), func(r *row) []any {
		n := &r.Numbers
		return []any{&r.Position, &n.At, &r.Account, &r.user, &r.Variant, &r.CommandVariant, &r.counter, &r.target, &n.Cost, &n.Assured,
			&n.Spare, &n.Pool, &n.Cold, &n.Depth, &n.Allocation, &n.Policy, &n.Refusals, &n.RetryAfter, &n.Verdict, &n.Reason, flag{&n.Active},
			flag{&n.Activated}, flag{&r.Within}, &n.Kept, &n.Limit, &n.Hold, &n.HoldRate, flag{&n.Exempt}, flag{&n.Vouched}, flag{&n.Held}}
	})
	list := make([]Refusal, len(rows))
	for i, r := range rows {
		list[i] = r.Refusal
		list[i].Numbers.User = uint64(r.user)
		list[i].Counter = uint64(r.counter)
		copy(list[i].Target[:], r.target)
	}
	return list, err
}

// Broken returns the days of a Span on which a refusal was within the allocation
// in force, by day and account.
func (l *Ledger) Broken(ctx context.Context, s Span) ([]Broken, error) {
	from, to := s.days()
	return all(l.ask(ctx, "broken guarantees", `select day, account, requests, cost, shadow, shadow_cost, first_position from broken where day between ? and ?
		order by day, account`, from, to), func(b *Broken) []any { return fields(&b.Day, &b.Account, &b.Count, &b.Shadow, &b.First) })
}

// Lowered returns what was refused in the days of a Span while something held
// accounts below their standing allocations, by day, account, cause, verdict,
// reason and allocation.
func (l *Ledger) Lowered(ctx context.Context, s Span) ([]Lowered, error) {
	from, to := s.days()
	return all(l.ask(ctx, "refusals below standing allocations", `select day, account, cause, verdict, reason, allocation, requests, cost, within, within_cost,
		first_position from lowered where day between ? and ? order by day, account, cause, verdict, reason, allocation`, from, to),
		func(r *Lowered) []any {
			return fields(&r.Day, &r.Account, &r.Cause, &r.Verdict, &r.Reason, &r.Allocation, &r.Count, &r.Within, &r.First)
		})
}
