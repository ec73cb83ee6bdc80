package report

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"math"
	"math/bits"
	"slices"
	"sync"
	"time"

	"srtm/ledger"
	"srtm/plot"
)

// mostCards is how many episodes a report shows one by one: the longest.
const mostCards = 12

// carded are the places in m.episodes of those that a report shows one by one:
// the longest of those that matter to it.
func (m *month) carded(matters func(ledger.Episode) bool) []int {
	var places []int
	for i, e := range m.episodes {
		if matters(e) {
			places = append(places, i)
		}
	}
	length := func(i int) int64 { return m.ended(m.episodes[i]) - m.episodes[i].Started }
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(length(b), length(a)) })
	places = places[:min(len(places), mostCards)]
	slices.Sort(places)
	return places
}

func always(ledger.Episode) bool { return true }

// refusedIn says in which episodes an account was refused.
func (a *account) refusedIn() map[int64]bool {
	refused := map[int64]bool{}
	for _, e := range a.episodes {
		if e.Throttled.Requests > 0 {
			refused[e.Episode] = true
		}
	}
	return refused
}

// plotted are the accounts whose seconds of an episode are drawn: the whole
// system's for the Panel, and those of each Service User that was refused in it.
func (m *month) plotted() map[episodeAccount]bool {
	all := map[episodeAccount]bool{}
	for _, place := range m.carded(always) {
		all[episodeAccount{m.episodes[place].ID, ledger.System}] = true
	}
	for _, a := range m.accounts {
		refused := a.refusedIn()
		for _, e := range a.episodes {
			if e.Shadow.Requests > 0 {
				refused[e.Episode] = true
			}
		}
		if len(refused) == 0 || !a.served() {
			continue
		}
		for _, place := range m.carded(func(e ledger.Episode) bool { return refused[e.ID] }) {
			all[episodeAccount{m.episodes[place].ID, a.id}] = true
		}
	}
	return all
}

// secondsRead is what comes of reading the episodes' seconds once.
type secondsRead struct {
	mu       sync.Mutex
	queues   map[episodeAccount]queue
	drawings map[episodeAccount]template.HTML
	impaired map[uint32]uint64 // throttled in unavailable minutes, by account
	edges    map[edge]bool     // that impaired has
}

// edge is a second in which an episode began or ended: another one may have it too.
type edge struct {
	account uint32
	second  int64
}

// readSeconds goes through the seconds of each episode, once for all accounts.
func (m *month) readSeconds(ctx context.Context) error {
	m.seconds = &secondsRead{queues: map[episodeAccount]queue{}, drawings: map[episodeAccount]template.HTML{}, impaired: map[uint32]uint64{}, edges: map[edge]bool{}}
	allocation := map[episodeAccount]ledger.EpisodeAccount{}
	for _, e := range m.episodeAccounts {
		allocation[episodeAccount{e.Episode, e.Account}] = e
	}
	plotted, failing := m.plotted(), m.unavailable()
	return inParallel(len(m.episodes), func(i int) error {
		e := m.episodes[i]
		var rows []ledger.EpisodeSecond // of one account
		finish := func() {
			if len(rows) > 0 {
				of := episodeAccount{e.ID, rows[0].Account}
				m.takeSeconds(ownSeconds{i, rows, allocation[of], plotted[of]}, failing)
			}
			rows = rows[:0]
		}
		for s, err := range m.config.Ledger.EpisodeSeconds(ctx, e.ID) {
			if err != nil {
				return fmt.Errorf("asking the ledger for the seconds of episode %d: %w", e.ID, err)
			}
			if len(rows) > 0 && rows[0].Account != s.Account {
				finish()
			}
			rows = append(rows, s)
		}
		finish()
		return nil
	}, nil)
}

// unavailable are the minutes in which something that was forwarded failed.
func (m *month) unavailable() map[int64]bool {
	minutes := map[int64]bool{}
	for _, row := range m.impaired {
		if row.Account == ledger.System {
			minutes[row.Minute] = true
		}
	}
	return minutes
}

// ownSeconds are one account's seconds of one episode.
type ownSeconds struct {
	place   int // of the episode in m.episodes
	rows    []ledger.EpisodeSecond
	own     ledger.EpisodeAccount
	plotted bool
}

// takeSeconds works out what one account's seconds give. Its rows are not kept.
func (m *month) takeSeconds(o ownSeconds, failing map[int64]bool) {
	e, id := m.episodes[o.place], o.rows[0].Account
	var drawing template.HTML
	if o.plotted {
		drawing = template.HTML(m.secondsPlot(o).HTML())
	}
	m.seconds.mu.Lock()
	defer m.seconds.mu.Unlock()
	if o.plotted {
		m.seconds.drawings[episodeAccount{e.ID, id}] = drawing
	}
	if id == ledger.System {
		return
	}
	if a := m.byID[id]; a == nil {
		return
	} else if q := heldBack(o.rows, a.assuredIn); q.paced {
		m.seconds.queues[episodeAccount{e.ID, id}] = q
	}
	for _, s := range o.rows {
		const second = int64(time.Second)
		if at := s.Second * second; !failing[s.Second/60] || at < m.span.From || at >= m.span.To {
			continue
		}
		if s.Second == e.Started/second || s.Second == m.ended(e)/second {
			if m.seconds.edges[edge{id, s.Second}] {
				continue
			}
			m.seconds.edges[edge{id, s.Second}] = true
		}
		m.seconds.impaired[id] += s.Throttled.Requests
	}
}

// quotient is how long an amount takes at a rate, both in 10⁻⁹.
func quotient(amount, rate int64) time.Duration {
	hi, lo := bits.Mul64(uint64(amount), uint64(time.Second))
	if hi >= uint64(rate) {
		return math.MaxInt64
	}
	q, _ := bits.Div64(hi, lo, uint64(rate))
	return time.Duration(min(q, math.MaxInt64))
}

// secondsPlot draws the seconds of one account, or of the system, in an episode.
func (m *month) secondsPlot(o ownSeconds) plot.Timeline {
	e, rows := m.episodes[o.place], o.rows
	last := rows[len(rows)-1]
	second := int64(time.Second)
	from, ended := e.Started/second*second, m.ended(e)
	to := max((ended+second-1)/second*second, (last.Second+int64(last.Seconds))*second, from+second)
	t := plot.Timeline{
		Caption: plot.Caption{ID: fmt.Sprintf("episode-%d", o.place+1), Title: fmt.Sprintf("Episode %d, second by second", o.place+1)},
		From:    from, To: to, Unit: "SR/s", Height: 90,
		Series: []plot.Series{
			{Kind: plot.Area, Ink: plot.Forwarded, Name: reachedName(rows), Points: perSecond(rows, to, func(s ledger.EpisodeSecond) ledger.Count { return s.Reached() })},
			{Kind: plot.Line, Ink: plot.Offered, Points: perSecond(rows, to, func(s ledger.EpisodeSecond) ledger.Count { return s.Offered })},
		},
		Spans: []plot.Span{{From: e.Started, To: max(ended, e.Started+1)}},
	}
	if rows[0].Account != ledger.System {
		t.Description = "What you offered and what of it was forwarded in each second, from your first refusal on, with your allocation."
		t.Levels = []plot.Level{{Ink: plot.Allocation, Value: float64(m.usualIn(o.own, e)) / 1e9}}
		return t
	}
	t.Description = "What was offered to the whole system and what of it was forwarded in each second, with operating threshold and maximum capacity."
	t.Levels = []plot.Level{{Ink: plot.Threshold, Value: float64(e.Threshold) / 1e9}}
	if c := m.capacity(e.Started); c.set {
		t.Levels = append(t.Levels, plot.Level{Ink: plot.Capacity, Value: float64(c.n) / 1000})
	}
	return t
}

// reachedName is what the area of a plot is called that has in it what went on in
// shadow; empty: forwarded.
func reachedName(rows []ledger.EpisodeSecond) string {
	if slices.ContainsFunc(rows, func(s ledger.EpisodeSecond) bool { return s.Shadow.Requests+s.ShadowClosed.Requests > 0 }) {
		return "to the DSP, in shadow too"
	}
	return ""
}

// perSecond are the points of seconds, each level to its end; nothing was sent in
// those that are missing.
func perSecond(rows []ledger.EpisodeSecond, to int64, number func(ledger.EpisodeSecond) ledger.Count) []plot.Point {
	second := int64(time.Second)
	points := make([]plot.Point, 0, 2*len(rows)+2)
	level := func(from, to int64, value float64) {
		if from < to {
			points = append(points, plot.Point{At: from, Value: value}, plot.Point{At: to - 1, Value: value})
		}
	}
	ended := rows[0].Second * second
	for _, s := range rows {
		at := s.Second * second
		level(ended, at, 0)
		ended = at + int64(max(s.Seconds, 1))*second
		level(at, ended, float64(number(s).Cost)/1e9/float64(max(s.Seconds, 1)))
	}
	level(ended, to, 0)
	return points
}
