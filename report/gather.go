package report

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"srtm/ledger"
)

// month is all that the reports of one month say, taken once from the ledger.
// Pages are made from it, and nothing of it changes then.
type month struct {
	period Period
	config Config
	span   ledger.Span
	until  int64 // end of the month, or of what is folded where that comes first

	status     ledger.Status
	unsteady   bool              // somebody folded while this was read
	names      map[uint32]string // of accounts
	totals     []ledger.Total
	services   []ledger.Service
	days       []ledger.Day // of this month
	latency    []ledger.ServiceLatency
	followed   []ledger.Followed
	checked    []ledger.Checked
	broken     []ledger.Broken
	impaired   []ledger.Minute
	minutes    []ledger.Minute // of System
	terms      []ledger.Terms
	starts     []ledger.Start
	gaps       []ledger.Gap
	losses     []ledger.Loss
	damages    []ledger.Damage
	later      []ledger.Start // those from the month's beginning on, also after its end
	acts       []ledger.Act
	lowered    []ledger.Lowered
	conditions []ledger.Condition
	proposals  []ledger.Proposal
	notices    []ledger.Notice
	challenges []ledger.Challenge
	deliveries []ledger.Delivery
	clocks     []ledger.Clock
	head       string
	policies   []policyVersion
	directory  directory
	before     struct { // the month before
		totals   []ledger.Total
		services []ledger.Service
	}

	peaks           []ledger.Day // of System, over trendMonths
	episodes        []ledger.Episode
	episodeAccounts []ledger.EpisodeAccount
	episodeVariants []ledger.EpisodeVariant

	byID       map[uint32]*account
	accounts   []*account // in the order of their names, without System
	system     *account
	seconds    *secondsRead
	inShadow   []ledger.Condition // those of conditions in which everybody was
	unrecorded []absence          // parts without records, but those that were counted

	refusalRows map[uint32][]ledger.Refusal // the first ones, by account
	shadowRows  map[uint32][]ledger.Refusal // the first that would have been some, likewise
}

// trendMonths is over how many months, this one with them, the trend of the
// daily peak is drawn.
const trendMonths = 6

// episodeAccount names one account in one episode.
type episodeAccount struct {
	episode int64
	account uint32
}

// gather asks the ledger for the month. Nothing is asked of each account by
// itself, so that the time is that of reading the month's rows once.
func gather(ctx context.Context, c Config, p Period) (*month, error) {
	const tries = 3
	for try := 1; ; try++ {
		m := &month{period: p, config: c, span: ledger.Span{From: p.From(), To: p.To()}}
		before, err := c.Ledger.Status(ctx)
		if err != nil {
			return nil, fmt.Errorf("asking how far the ledger has come: %w", err)
		}
		m.status = before
		m.until = min(m.span.To, max(m.span.From, before.At))
		if err := m.ask(ctx); err != nil {
			return nil, err
		}
		after, err := c.Ledger.Status(ctx)
		if err != nil {
			return nil, fmt.Errorf("asking how far the ledger has come: %w", err)
		}
		m.unsteady = after.Position != before.Position && before.At < m.span.To+int64(25*time.Hour)
		if !m.unsteady || try == tries {
			return m, m.derive(ctx)
		}
	}
}

// query is one question, with what it asks for.
type query struct {
	what string
	ask  func() error
}

// into makes a question of a query method, so that its rows go where dst points.
func into[T any](dst *[]T, ctx context.Context, ask func(context.Context, ledger.Span) ([]T, error), span ledger.Span) func() error {
	return func() (err error) {
		*dst, err = ask(ctx, span)
		return err
	}
}

// ask puts all questions, two at a time.
func (m *month) ask(ctx context.Context) error {
	l, span := m.config.Ledger, m.span
	last := m.period.Before()
	lastSpan := ledger.Span{From: last.From(), To: last.To()}
	var policies []ledger.Policy
	questions := []query{
		{"days", into(&m.days, ctx, l.Days, span)},
		{"services", into(&m.services, ctx, l.Services, span)},
		{"services of the month before", into(&m.before.services, ctx, l.Services, lastSpan)},
		{"latency", into(&m.latency, ctx, l.Latency, span)},
		{"totals", into(&m.totals, ctx, l.Totals, span)},
		{"totals of the month before", into(&m.before.totals, ctx, l.Totals, lastSpan)},
		{"episodes", into(&m.episodes, ctx, l.Episodes, span)},
		{"accounts of episodes", into(&m.episodeAccounts, ctx, l.EpisodeAccounts, span)},
		{"variants of episodes", into(&m.episodeVariants, ctx, l.EpisodeVariants, span)},
		{"refused requests", into(&m.followed, ctx, l.Followed, span)},
		{"judged decisions", into(&m.checked, ctx, l.Checked, span)},
		{"refusals within allocation", into(&m.broken, ctx, l.Broken, span)},
		{"failing minutes", into(&m.impaired, ctx, l.Impaired, span)},
		{"minutes", m.askMinutes(ctx)},
		{"terms", into(&m.terms, ctx, l.Terms, span)},
		{"policies", into(&policies, ctx, l.Policies, span)},
		{"starts", into(&m.later, ctx, l.Starts, ledger.Span{From: span.From, To: math.MaxInt64})},
		{"gaps", into(&m.gaps, ctx, l.Gaps, span)},
		{"losses", into(&m.losses, ctx, l.Losses, span)},
		{"damages", into(&m.damages, ctx, l.Damages, span)},
		{"acts", into(&m.acts, ctx, l.Acts, span)},
		{"refusals below standing allocations", into(&m.lowered, ctx, l.Lowered, span)},
		{"conditions", into(&m.conditions, ctx, l.Conditions, span)},
		{"proposals", into(&m.proposals, ctx, l.Proposals, span)},
		{"notices", into(&m.notices, ctx, l.Notices, span)},
		{"challenges", into(&m.challenges, ctx, l.Challenges, span)},
		{"delivered notices", into(&m.deliveries, ctx, l.Deliveries, span)},
		{"clock", into(&m.clocks, ctx, l.Clocks, span)},
		{"peaks", m.askPeaks(ctx)},
		{"names", m.askNames(ctx)},
		{"signed heads", m.askHead(ctx)},
	}
	if err := inParallel(len(questions), func(i int) error {
		if err := questions[i].ask(); err != nil {
			return fmt.Errorf("asking the ledger for the %s of %v: %w", questions[i].what, m.period, err)
		}
		return nil
	}, nil); err != nil {
		return err
	}
	m.policies = readPolicies(policies)
	m.starts = slices.DeleteFunc(slices.Clone(m.later), func(s ledger.Start) bool { return s.At >= span.To })
	return nil
}

// askPeaks asks for the whole system's days of the months of the trend. There
// are few: the rows of accounts are thrown away month by month.
func (m *month) askPeaks(ctx context.Context) func() error {
	return func() error {
		p := m.period
		for range trendMonths - 1 {
			p = p.Before()
		}
		for ; p.From() < m.span.To; p = p.next() {
			days, err := m.config.Ledger.Days(ctx, ledger.Span{From: p.From(), To: p.To()})
			if err != nil {
				return err
			}
			for _, d := range days {
				if d.Account == ledger.System {
					m.peaks = append(m.peaks, d)
				}
			}
		}
		return nil
	}
}

func (m *month) askMinutes(ctx context.Context) func() error {
	return func() (err error) {
		m.minutes, err = m.config.Ledger.Minutes(ctx, m.span, ledger.System)
		return err
	}
}

func (m *month) askNames(ctx context.Context) func() error {
	return func() error {
		accounts, err := m.config.Ledger.Accounts(ctx)
		m.names = make(map[uint32]string, len(accounts))
		for _, a := range accounts {
			m.names[a.ID] = a.Name
		}
		return err
	}
}

// askHead finds the newest signed head that covers the month, or else the newest
// there is: given by Config.Head, or in the ledger.
func (m *month) askHead(ctx context.Context) func() error {
	return func() (err error) {
		if m.config.Head != nil {
			m.head, err = m.config.Head()
			return err
		}
		heads, err := m.config.Ledger.Heads(ctx, ledger.Span{From: m.span.From, To: m.span.To + int64(366*24*time.Hour)})
		if len(heads) > 0 {
			m.head = heads[len(heads)-1].Text
		}
		return err
	}
}

// workers is how many things are done at a time: as many as the machine that
// this is measured on has cores. A report must not take a large machine whole.
const workers = 2

// inParallel calls do for 0 to n−1, workers at a time, and done, which may be
// nil, after each. It returns the first error, after which nothing is begun.
func inParallel(n int, do func(i int) error, done func()) error {
	var (
		mu     sync.Mutex
		first  error
		next   int
		active sync.WaitGroup
	)
	take := func() (i int, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		i, ok = next, next < n && first == nil
		next++
		return i, ok
	}
	for range workers {
		active.Go(func() {
			for i, ok := take(); ok; i, ok = take() {
				err := do(i)
				mu.Lock()
				if err != nil && first == nil {
					first = err
				}
				if err == nil && done != nil {
					done()
				}
				mu.Unlock()
			}
		})
	}
	active.Wait()
	return first
}
