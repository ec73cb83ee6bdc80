package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"srtm/ledger"
	"srtm/policy"
)

// account is what the month has about one Service User: parts of the month's
// rows, in their order.
type account struct {
	id         uint32
	name       string
	display    string
	total      ledger.Total
	services   []ledger.Service
	days       []ledger.Day
	latency    []ledger.ServiceLatency
	followed   []ledger.Followed
	checked    ledger.Checked
	broken     []ledger.Broken
	terms      []ledger.Terms
	notices    []ledger.Notice
	challenges []ledger.Challenge
	deliveries []ledger.Delivery // to it, without attempts that were not the last
	losses     []ledger.Loss
	episodes   []ledger.EpisodeAccount
	variants   []ledger.EpisodeVariant
	before     struct {
		total    ledger.Total
		services []ledger.Service
	}
}

// derive orders what was asked, and works out what needs more than one row.
func (m *month) derive(ctx context.Context) error {
	m.directory = newDirectory(m.policies)
	m.gatherAccounts()
	m.inShadow = slices.DeleteFunc(slices.Clone(m.conditions), func(c ledger.Condition) bool { return !inShadow(c) })
	m.findUnrecorded()
	if err := m.readSeconds(ctx); err != nil {
		return err
	}
	return m.findRefusals(ctx)
}

// findRefusals asks for the first refusals of those who were refused.
func (m *month) findRefusals(ctx context.Context) error {
	m.refusalRows, m.shadowRows = map[uint32][]ledger.Refusal{}, map[uint32][]ledger.Refusal{}
	l := m.config.Ledger
	for _, a := range m.accounts {
		if !a.served() {
			continue
		}
		var err, also error
		if a.total.Throttled.Requests+a.total.Closed.Requests > 0 {
			m.refusalRows[a.id], err = l.Refusals(ctx, m.span, a.id, m.config.Refusals)
		}
		if wouldBe(a.total.Parts) > 0 {
			m.shadowRows[a.id], also = l.Shadowed(ctx, m.span, a.id, m.config.Refusals)
		}
		if err = cmp.Or(err, also); err != nil {
			return fmt.Errorf("asking the ledger for the refusals of %s: %w", a.name, err)
		}
	}
	return nil
}

// gatherAccounts makes an account of everyone who had terms in the month or sent
// something, in the order of their names.
func (m *month) gatherAccounts() {
	byID := map[uint32]*account{}
	get := func(id uint32) *account {
		a := byID[id]
		if a == nil {
			a = &account{id: id, name: m.names[id], display: m.directory.display[m.names[id]]}
			if a.display == "" {
				a.display = a.name
			}
			byID[id] = a
		}
		return a
	}
	for _, t := range m.termsInForce() {
		get(t.ID).terms = append(get(t.ID).terms, t)
	}
	for _, t := range m.totals {
		get(t.Account).total = t
	}
	for _, t := range m.before.totals {
		if byID[t.Account] != nil {
			get(t.Account).before.total = t
		}
	}
	for _, c := range m.checked {
		get(c.Account).checked = c
	}
	for _, b := range m.broken {
		get(b.Account).broken = append(get(b.Account).broken, b)
	}
	for id, a := range byID {
		a.services = of(m.services, id, func(s ledger.Service) uint32 { return s.Account })
		a.before.services = of(m.before.services, id, func(s ledger.Service) uint32 { return s.Account })
		a.days = of(m.days, id, func(d ledger.Day) uint32 { return d.Account })
		a.latency = of(m.latency, id, func(l ledger.ServiceLatency) uint32 { return l.Account })
		a.followed = of(m.followed, id, func(f ledger.Followed) uint32 { return f.Account })
		if id != ledger.System {
			m.accounts = append(m.accounts, a)
		}
	}
	for _, l := range m.losses {
		if a := byID[l.ID]; a != nil {
			a.losses = append(a.losses, l)
		}
	}
	for _, e := range m.episodeAccounts {
		if a := byID[e.Account]; a != nil {
			a.episodes = append(a.episodes, e)
		}
	}
	for _, v := range m.episodeVariants {
		if a := byID[v.Account]; a != nil {
			a.variants = append(a.variants, v)
		}
	}
	for _, n := range m.notices {
		if a := byID[n.ID]; a != nil {
			a.notices = append(a.notices, n)
		}
	}
	for _, c := range m.challenges {
		if a := byID[c.ID]; a != nil {
			a.challenges = append(a.challenges, c)
		}
	}
	m.gatherTold(byID)
	slices.SortFunc(m.accounts, func(a, b *account) int { return cmp.Compare(a.name, b.name) })
	m.system = get(ledger.System)
	m.byID = byID
}

// termsInForce leaves out the terms of accounts that an earlier change of policy
// took away: they belong to no policy that was in force in the month.
func (m *month) termsInForce() []ledger.Terms {
	if len(m.policies) == 0 {
		return m.terms
	}
	digests := map[string]bool{}
	for _, p := range m.policies {
		digests[p.Digest] = true
	}
	return slices.DeleteFunc(slices.Clone(m.terms), func(t ledger.Terms) bool { return !digests[t.Policy] })
}

// of returns the rows of one account out of rows in the order of accounts.
func of[T any](rows []T, id uint32, accountOf func(T) uint32) []T {
	from, _ := slices.BinarySearchFunc(rows, id, func(r T, id uint32) int { return cmp.Compare(accountOf(r), id) })
	to := from
	for to < len(rows) && accountOf(rows[to]) == id {
		to++
	}
	return rows[from:to:to]
}

// served says whether there is somebody to send an account's report to: the
// account for unlisted originators is nobody's.
func (a *account) served() bool { return a.name != policy.Unlisted }

// ended is when an episode ended, as far as this month's reports know.
func (m *month) ended(e ledger.Episode) int64 {
	if e.Ended == 0 || e.How == ledger.Active {
		return max(e.Started, m.status.At)
	}
	return e.Ended
}

// active is for how long traffic management was active between two times, and not
// everybody in shadow.
func (m *month) active(from, to int64) time.Duration {
	var sum time.Duration
	for _, e := range m.episodes {
		sum += time.Duration(max(0, min(to, m.ended(e))-max(from, e.Started))) - m.shadowed(e, from, to)
	}
	return sum
}

// activeDays is on how many days of the month it was active for some time.
func (m *month) activeDays() (n int) {
	for d := range m.period.Days() {
		from := (m.period.firstDay() + int64(d)) * int64(24*time.Hour)
		if m.active(from, from+int64(24*time.Hour)) > 0 {
			n++
		}
	}
	return n
}

// behind says that the journal has more than is folded.
func (m *month) behind() bool { return uint64(m.status.Position) < m.config.JournalEnd }

// provisional says why the month's figures may still change; nothing where they
// will not.
func (m *month) provisional() string {
	const day = int64(24 * time.Hour)
	var open uint64
	for _, f := range m.followed {
		open += f.Open
	}
	now, behind := m.config.Now.UnixNano(), m.behind()
	switch {
	case now < m.span.To:
		return fmt.Sprintf("%s is not over: figures go as far as %s UTC.", m.period.Name(), moment(m.until))
	case behind && m.status.At < m.span.To:
		return fmt.Sprintf("Not everything that was recorded is in the ledger yet: it has come to %s UTC.", moment(m.status.At))
	case open > 0 && m.status.At < m.span.To+day && (behind || now < m.span.To+day):
		return fmt.Sprintf("What was refused on the last day is followed for 24 hours, which are not over for %s.", numbered(open, "request", "requests"))
	case m.unsteady:
		return "The ledger was being written while this was read: figures of different tables may be of different moments."
	}
	return ""
}
