package console

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"srtm/access"
	"srtm/ledger"
)

// Episodes are the times in which traffic management was active: the page of that
// name. A Service User finds when that was, and what became of its own requests.
type Episodes struct {
	From     time.Time     `json:"from"`
	To       time.Time     `json:"to"`      // the end of the last day
	Counted  time.Time     `json:"counted"` // how far the journal has been counted
	Sentence []Phrase      `json:"sentence"`
	Episodes []EpisodeLine `json:"episodes"` // the newest first
	More     int           `json:"more"`     // that are not listed
	Last     time.Time     `json:"-"`        // day
}

// EpisodeLine is one episode in a list. Numbers count Service Requests.
type EpisodeLine struct {
	ID        int64          `json:"id"` // the journal's position of its first decision
	Started   time.Time      `json:"started"`
	Ended     time.Time      `json:"ended,omitzero"` // absent: it has not ended, as far as is counted
	How       string         `json:"how"`            // it ended
	Seconds   float64        `json:"active_s"`
	Cause     string         `json:"cause,omitempty"`     // for whoever sees everybody, or whose request it was
	Account   string         `json:"account,omitempty"`   // whose request it was, likewise
	Variant   string         `json:"variant,omitempty"`   // likewise
	Threshold Exact          `json:"threshold_per_s"`     // at its start
	Peak      *Exact         `json:"peak_per_s,omitzero"` // most that was offered in a second; a Service User's own
	PeakAt    time.Time      `json:"peak_at,omitzero"`
	Counts    EpisodeCounts  `json:"counts"`              // of all; a Service User's own
	Throttled []EpisodeShare `json:"throttled"`           // who was, or would have been, most first; a Service User finds itself only
	Reference string         `json:"reference,omitempty"` // of the incident elsewhere that it belongs to; for whoever sees everybody
}

// EpisodeCounts is what became of Service Requests in an episode.
type EpisodeCounts struct {
	Offered   uint64 `json:"offered"`
	Forwarded uint64 `json:"forwarded"`
	Spare     uint64 `json:"forwarded_spare"` // the part of Forwarded that was beyond allocations
	Throttled uint64 `json:"throttled"`       // refused for traffic
	Closed    uint64 `json:"closed"`          // refused because nothing was taken
	Shadowed  uint64 `json:"shadowed"`        // would have been refused, for either, and went on
}

// EpisodeShare is who was throttled.
type EpisodeShare struct {
	Account   string `json:"account"`
	Offered   uint64 `json:"offered"`
	Throttled uint64 `json:"throttled"`
	Shadowed  uint64 `json:"shadowed"`
}

// mostListed is how many episodes a list has.
const mostListed = 300

// episodeRoutes are those that need a ledger.
func episodeRoutes() []route {
	return []route{
		{method: "GET", path: "/episodes", need: access.See, summary: "When traffic management was active. A Service User finds its own numbers.", params: inDays{}, out: Episodes{}, answer: (*Server).episodes},
		{method: "GET", path: "/episodes/{id}", need: access.See, summary: "One episode: whose doing it was, and what became of whom.", out: Episode{}, answer: (*Server).episode},
		{method: "GET", path: "/episodes/{id}/seconds", need: access.See, summary: "An episode's seconds, of all together or of one Service User; whole minutes after its first four hours.", params: ofAccount{}, out: EpisodeSeries{}, answer: (*Server).episodeSeconds},
	}
}

func episodePages() []page {
	return []page{
		{path: "/episodes", need: access.See, nav: "Episodes", title: "Episodes", template: "episodes.html", view: (*Server).episodes},
		{path: "/episodes/{id}", need: access.See, title: "Episode", template: "episode.html", view: (*Server).episodePage},
	}
}

func (s *Server) episodes(c *call) (any, error) {
	d, err := s.daysOf(c)
	if err != nil {
		return nil, err
	}
	v := Episodes{From: d.From, To: d.To.Add(aDay), Last: d.To, Episodes: []EpisodeLine{}}
	err = s.counted(c, func(ctx context.Context, l Ledger) error {
		told, err := readEpisodes(ctx, l, d.span())
		if err != nil {
			return err
		}
		v.Counted = at(told.status.At)
		for _, e := range slices.Backward(told.episodes) {
			if len(v.Episodes) == mostListed {
				v.More++
				continue
			}
			v.Episodes = append(v.Episodes, told.line(c.person, &e))
		}
		v.Sentence = s.saidOf(c.person, told, d)
		return nil
	})
	return v, err
}

// told is what the ledger tells of the episodes of a time.
type told struct {
	status     ledger.Status
	people     people
	episodes   []ledger.Episode
	accounts   map[int64][]ledger.EpisodeAccount // by episode
	references map[int64]string                  // by episode
}

func readEpisodes(ctx context.Context, l Ledger, span ledger.Span) (t told, err error) {
	if t.status, err = l.Status(ctx); err != nil {
		return t, err
	}
	if t.people, err = peopleOf(ctx, l); err != nil {
		return t, err
	}
	if t.episodes, err = l.Episodes(ctx, span); err != nil {
		return t, err
	}
	rows, err := l.EpisodeAccounts(ctx, span)
	if err != nil {
		return t, err
	}
	t.accounts, t.references = map[int64][]ledger.EpisodeAccount{}, map[int64]string{}
	for _, r := range rows {
		if r.Account != ledger.System {
			t.accounts[r.Episode] = append(t.accounts[r.Episode], r)
		}
	}
	for _, of := range t.accounts {
		slices.SortStableFunc(of, func(a, b ledger.EpisodeAccount) int {
			return cmp.Or(cmp.Compare(refusedOf(&b), refusedOf(&a)), cmp.Compare(b.Offered.Requests, a.Offered.Requests), cmp.Compare(t.people[a.Account], t.people[b.Account]))
		})
	}
	return t, t.refer(ctx, l)
}

// refusedOf is how many of an account's requests were refused, or would have been.
func refusedOf(a *ledger.EpisodeAccount) uint64 {
	return a.Throttled.Requests + a.Shadow.Requests + a.Closed.Requests + a.ShadowClosed.Requests
}

// refer finds the references that episodes were given, the last of each.
func (t *told) refer(ctx context.Context, l Ledger) error {
	if len(t.episodes) == 0 {
		return nil
	}
	acts, err := l.Acts(ctx, ledger.Span{From: t.episodes[0].Started, To: always().To})
	for _, a := range acts {
		if a.About == 0 || a.Reference == "" {
			continue
		}
		for i := range t.episodes {
			if e := &t.episodes[i]; a.About == e.Activation || int64(a.About) == e.ID {
				t.references[e.ID] = a.Reference
			}
		}
	}
	return err
}

// length is how long an episode has been active, as far as is counted.
func (t *told) length(e *ledger.Episode) time.Duration {
	return time.Duration(e.In(always(), t.status.At))
}

// line is an episode as somebody may see it.
func (t *told) line(p access.Person, e *ledger.Episode) EpisodeLine {
	v := EpisodeLine{
		ID: e.ID, Started: at(e.Started), Ended: at(e.Ended), How: e.How.String(), Seconds: t.length(e).Seconds(),
		Threshold: Exact(e.Threshold), Throttled: []EpisodeShare{},
	}
	all := p.May(access.SeeAll)
	if by := t.people[e.Account]; all || by != "" && p.MaySee(by) {
		v.Cause, v.Account, v.Variant = e.Cause.String(), by, e.Variant
	}
	if all {
		v.Counts, v.Reference = countsOf(e.Parts, e.Spare), t.references[e.ID]
		v.peak(e.PeakOffered)
	}
	for _, a := range t.accounts[e.ID] {
		if !p.MaySee(t.people[a.Account]) {
			continue
		}
		if !all {
			v.Counts = countsOf(a.Parts, a.Spare)
			v.peak(a.Second)
		}
		if refusedOf(&a) > 0 {
			v.Throttled = append(v.Throttled, EpisodeShare{t.people[a.Account], a.Offered.Requests, a.Throttled.Requests + a.Closed.Requests, a.Shadow.Requests + a.ShadowClosed.Requests})
		}
	}
	return v
}

func (v *EpisodeLine) peak(p ledger.Peak) {
	if p.At != 0 {
		most := Exact(p.Cost)
		v.Peak, v.PeakAt = &most, at(p.At)
	}
}

// Length is for people.
func (v EpisodeLine) Length() string { return lasted(time.Duration(v.Seconds * float64(time.Second))) }

// lasted writes how long something was so.
func lasted(d time.Duration) string {
	if d < 10*time.Second {
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	}
	if d < time.Minute {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	if d < time.Hour {
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return age(d)
}

func countsOf(p ledger.Parts, spare ledger.Count) EpisodeCounts {
	return EpisodeCounts{
		Offered: p.Offered.Requests, Forwarded: p.Forwarded.Requests, Spare: spare.Requests, Throttled: p.Throttled.Requests,
		Closed: p.Closed.Requests, Shadowed: p.Shadow.Requests + p.ShadowClosed.Requests,
	}
}

// saidOf says when it was, and whose doing.
func (s *Server) saidOf(p access.Person, t told, d days) []Phrase {
	var out sentence
	between := fmt.Sprintf("from %s to %s", d.From.Format("2 January 2006"), d.To.Format("2 January 2006"))
	if d.From.Equal(d.To) {
		between = "on " + d.From.Format("2 January 2006")
	}
	if len(t.episodes) == 0 {
		out.say("Traffic management was ")
		out.stress("not active")
		out.say(" %s.", between)
		return out
	}
	total, longest := time.Duration(0), &t.episodes[0]
	for i := range t.episodes {
		e := &t.episodes[i]
		if total += t.length(e); t.length(e) > t.length(longest) {
			longest = e
		}
	}
	out.say("Traffic management was ")
	out.stress("active %s", times(len(t.episodes)))
	out.say(" %s, %s in all", between, lasted(total))
	if len(t.episodes) > 1 {
		out.say("; the longest %s from %s", lasted(t.length(longest)), clock(at(longest.Started), s.source.Now()))
	}
	out.say(". ")
	out.whose(p, &t)
	return out
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return count(n) + " times"
}

// whose says who was throttled most, or how much of somebody's own was.
func (out *sentence) whose(p access.Person, t *told) {
	sums := map[string]EpisodeShare{}
	for _, of := range t.accounts {
		for _, a := range of {
			name := t.people[a.Account]
			if !p.MaySee(name) {
				continue
			}
			sum := sums[name]
			sums[name] = EpisodeShare{name, sum.Offered + a.Offered.Requests, sum.Throttled + a.Throttled.Requests, sum.Shadowed + a.Shadow.Requests}
		}
	}
	var most EpisodeShare
	named := 0
	for _, sum := range sums {
		if sum.Throttled+sum.Shadowed > 0 {
			named++
		}
		if cmp.Or(cmp.Compare(sum.Throttled+sum.Shadowed, most.Throttled+most.Shadowed), cmp.Compare(most.Account, sum.Account)) > 0 {
			most = sum
		}
	}
	switch {
	case named == 0 && p.May(access.SeeAll):
		out.say("Nobody was throttled.")
	case named == 0:
		out.say("Nothing of yours was throttled.")
	case !p.May(access.SeeAll):
		out.say("Of %s of your requests %s throttled.", many(most.Offered), were(most.Throttled, most.Shadowed))
	default:
		out.say("%s: of the %s requests of %s in that time, %s throttled.", map[bool]string{true: "One Service User was", false: count(named) + " Service Users were"}[named == 1]+" refused",
			many(most.Offered), most.Account, were(most.Throttled, most.Shadowed))
	}
}

// were counts what was throttled, and what would have been.
func were(throttled, shadowed uint64) string {
	if throttled == 0 && shadowed > 0 {
		return many(shadowed) + " would have been"
	}
	text := many(throttled) + map[bool]string{true: " was", false: " were"}[throttled == 1]
	if shadowed > 0 {
		text = many(throttled) + " were, and " + many(shadowed) + " would have been,"
	}
	return text
}

func many(n uint64) string { return count(n) }
