package ledger

import (
	"context"
	"errors"

	"srtm/duis"
)

func eui(n int64) duis.EUI64 { return duis.EUI64(n) }

// Minutes returns the minutes in a Span of one account, or of System. For System
// that is quick for any Span; for an account it reads all accounts' minutes of the
// Span, so ask for a day at most where somebody waits.
func (l *Ledger) Minutes(ctx context.Context, s Span, account uint32) ([]Minute, error) {
	if account == System { // so that the index of these alone is used
		return l.minutes(ctx, s, "account = 0")
	}
	return l.minutes(ctx, s, "account = ?", account)
}

// Impaired returns the minutes in a Span in which something that was forwarded
// failed: those of all accounts, System too, whose DSPErrors, Failed or Busy is not
// 0, by account, then by minute. It is quick for any Span in which that is rare.
func (l *Ledger) Impaired(ctx context.Context, s Span) ([]Minute, error) {
	return l.minutes(ctx, s, "dsp_errors + failed + busy > 0")
}

func (l *Ledger) minutes(ctx context.Context, s Span, which string, args ...any) ([]Minute, error) {
	from, to := s.minutes()
	return all(l.ask(ctx, "minutes", "select minute, account, "+sumNames+", "+peakNames+`, first_position, last_position from minutes
		where minute between ? and ? and `+which+" order by account, minute", append([]any{from, to}, args...)...), func(m *Minute) []any {
		return fields(&m.Minute, &m.Account, &m.Sums, &m.Peaks, &m.Range)
	})
}

// MinuteServices returns one account's counts of the minutes in a Span, by minute,
// User ID, variant, verdict and reason. It reads all accounts' of the Span.
func (l *Ledger) MinuteServices(ctx context.Context, s Span, account uint32) ([]MinuteService, error) {
	from, to := s.minutes()
	type row struct {
		MinuteService
		user int64
	}
	rows, err := all(l.ask(ctx, "services by the minute", `select minute, account, user_id, variant, verdict, reason, requests, cost from counts
		where minute between ? and ? and account = ? order by minute, user_id, variant, verdict, reason`, from, to, account),
		func(r *row) []any {
			return fields(&r.Minute, &r.Account, &r.user, &r.Variant, &r.Verdict, &r.Reason, &r.Count)
		})
	list := make([]MinuteService, len(rows))
	for i, r := range rows {
		list[i] = r.MinuteService
		list[i].User = eui(r.user)
	}
	return list, err
}

// Latency returns how long the DSP took in the days of a Span, by account and
// Service; System is all accounts.
func (l *Ledger) Latency(ctx context.Context, s Span) ([]ServiceLatency, error) {
	from, to := s.days()
	type row struct {
		account uint32
		service string
		octets  []byte
	}
	rows, err := all(l.ask(ctx, "latencies", `select account, service, histogram from latency where day between ? and ?
		order by account, service`, from, to), func(r *row) []any { return []any{&r.account, &r.service, &r.octets} })
	if err != nil {
		return nil, err
	}
	var system, list []ServiceLatency
	for _, r := range rows {
		if n := len(list); n == 0 || list[n-1].Account != r.account || list[n-1].Service != r.service {
			list = append(list, ServiceLatency{Account: r.account, Service: r.service})
		}
		if err := list[len(list)-1].Latency.mergeOctets(r.octets); err != nil {
			return nil, err
		}
	}
	places := map[string]int{}
	for _, x := range list {
		if _, ok := places[x.Service]; !ok {
			places[x.Service] = len(system)
			system = append(system, ServiceLatency{Account: System, Service: x.Service})
		}
		system[places[x.Service]].Latency.Merge(x.Latency)
	}
	sortServices(system)
	return append(system, list...), nil
}

// Followed returns what became of the requests first refused in the days of a
// Span, by account and variant.
func (l *Ledger) Followed(ctx context.Context, s Span) ([]Followed, error) {
	from, to := s.days()
	type row struct {
		Followed
		later, likely []byte
	}
	rows, err := all(l.ask(ctx, "what became of refused requests", `select account, variant, refusals, requests, later, likely, never,
		not_followed, later_delay, likely_delay from followed where day between ? and ? order by account, variant`, from, to),
		func(r *row) []any {
			return []any{&r.Account, &r.Variant, &r.Refusals, &r.Requests, &r.Later, &r.Likely, &r.Never, &r.NotFollowed, &r.later, &r.likely}
		})
	if err != nil {
		return nil, err
	}
	var list []Followed
	for _, r := range rows {
		if n := len(list); n == 0 || list[n-1].Account != r.Account || list[n-1].Variant != r.Variant {
			list = append(list, Followed{Account: r.Account, Variant: r.Variant})
		}
		if err := errors.Join(r.LaterDelay.mergeOctets(r.later), r.LikelyDelay.mergeOctets(r.likely)); err != nil {
			return nil, err
		}
		r.Open = r.Requests - r.Followed.Later - r.Followed.Likely - r.Never
		list[len(list)-1].Merge(r.Followed)
	}
	return list, nil
}

// Merge adds what became of other requests, whosever they are and of whatever
// variant.
func (f *Followed) Merge(o Followed) {
	f.Refusals += o.Refusals
	f.Requests += o.Requests
	f.Later += o.Later
	f.Likely += o.Likely
	f.Never += o.Never
	f.Open += o.Open
	f.NotFollowed += o.NotFollowed
	f.LaterDelay.Merge(o.LaterDelay)
	f.LikelyDelay.Merge(o.LikelyDelay)
}
