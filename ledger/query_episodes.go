package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"iter"
	"slices"
)

func sortServices(list []ServiceLatency) {
	slices.SortFunc(list, func(a, b ServiceLatency) int { return cmp.Compare(a.Service, b.Service) })
}

// In returns how long of the Span the episode was active, in nanoseconds: up to
// folded, the time of the last record folded, where it has not ended.
func (e *Episode) In(s Span, folded int64) int64 {
	end := e.Ended
	if end == 0 {
		end = folded
	}
	return max(0, min(end, s.To)-max(e.Started, s.From))
}

// touching says which episodes have a part in a Span.
const touching = "started < ? and (ended = 0 or ended > ? or started >= ?)"

func (s Span) touching() []any { return []any{s.To, s.From, s.From} }

// Episodes returns the episodes of which a part is in a Span, the earliest first.
// Their figures are of the whole episode.
func (l *Ledger) Episodes(ctx context.Context, s Span) ([]Episode, error) {
	type row struct {
		Episode
		octets []byte
	}
	rows, err := all(l.ask(ctx, "episodes", `select id, started, ended, how, activation, cause, account, variant, threshold, first_position,
		last_position, `+sumNames+`, peak_offered, peak_offered_at, peak_reached, peak_reached_at, refused_seconds, shadow_seconds, unused_cost,
		pressed_seconds, pressed_unused_cost, pressed_capacity_cost, latency from episodes where `+touching+" order by id", s.touching()...),
		func(r *row) []any {
			return fields(&r.ID, &r.Started, &r.Ended, &r.How, &r.Activation, &r.Cause, &r.Account, &r.Variant, &r.Threshold, &r.Range, &r.Sums,
				&r.PeakOffered.Cost, &r.PeakOffered.At, &r.PeakReached.Cost, &r.PeakReached.At, &r.RefusedSeconds, &r.ShadowSeconds, &r.Unused,
				&r.PressedSeconds, &r.PressedUnused, &r.PressedCapacity, &r.octets)
		})
	list := make([]Episode, len(rows))
	for i, r := range rows {
		list[i] = r.Episode
		var bad error
		list[i].Latency, bad = parseHistogram(r.octets)
		err = errors.Join(err, bad)
	}
	return list, err
}

// EpisodeAccounts returns the accounts of all episodes of which a part is in a
// Span, by episode, then by account.
func (l *Ledger) EpisodeAccounts(ctx context.Context, s Span) ([]EpisodeAccount, error) {
	return all(l.ask(ctx, "accounts in episodes", `select episode, account, `+partNames+`, spare, spare_cost, `+peakNames+`, allocation, depth,
		throttled_topups, shadow_topups, refused_seconds, shadow_seconds, over_cost, first_refusal, last_refusal, first_shadow, last_shadow, hungry_seconds, due_cost, got_cost from episode_accounts
		where episode in (select id from episodes where `+touching+") order by episode, account", s.touching()...),
		func(a *EpisodeAccount) []any {
			return fields(&a.Episode, &a.Account, &a.Parts, &a.Spare, &a.Peaks, &a.Allocation, &a.Depth, &a.ThrottledTopUps, &a.ShadowTopUps,
				&a.RefusedSeconds, &a.ShadowSeconds, &a.Over, &a.FirstRefusal, &a.LastRefusal, &a.FirstShadow, &a.LastShadow, &a.HungrySeconds, &a.Due, &a.Got)
		})
}

// EpisodeVariants returns the variants of all episodes of which a part is in a
// Span, by episode, account and variant.
func (l *Ledger) EpisodeVariants(ctx context.Context, s Span) ([]EpisodeVariant, error) {
	return all(l.ask(ctx, "variants in episodes", `select episode, account, variant, `+partNames+` from episode_variants where episode in (select id from episodes where `+touching+`)
		order by episode, account, variant`, s.touching()...), func(v *EpisodeVariant) []any {
		return fields(&v.Episode, &v.Account, &v.Variant, &v.Parts)
	})
}

// errEnough ends reading before all was read.
var errEnough = errors.New("enough")

// EpisodeSeconds gives the seconds of one episode by account, System first, then
// by time. There may be millions.
func (l *Ledger) EpisodeSeconds(ctx context.Context, episode int64) iter.Seq2[EpisodeSecond, error] {
	q := l.ask(ctx, "seconds of an episode", `select account, second, seconds, `+partNames+` from episode_seconds where episode = ? order by account, second`, episode)
	return func(yield func(EpisodeSecond, error) bool) {
		err := q.each(func(r *sql.Rows) error {
			var s EpisodeSecond
			err := r.Scan(fields(&s.Account, &s.Second, &s.Seconds, &s.Parts)...)
			if err == nil && !yield(s, nil) {
				return errEnough
			}
			return err
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(EpisodeSecond{}, err)
		}
	}
}
