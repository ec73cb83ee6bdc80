package console

import (
	"cmp"
	"context"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"srtm/access"
	"srtm/ledger"
	"srtm/traffic"
)

// Episode is one episode, as somebody may see it.
type Episode struct {
	EpisodeLine
	Counted  time.Time        `json:"counted"` // how far the journal has been counted
	Sentence []Phrase         `json:"sentence"`
	System   *EpisodeSystem   `json:"system,omitempty"` // for whoever sees everybody
	Accounts []EpisodeUser    `json:"accounts"`         // who was refused most first; a Service User finds itself only
	Variants []EpisodeVariant `json:"variants"`         // of these accounts together; refused most first
}

// EpisodeSystem is how the whole fared. Amounts are in Service Requests.
type EpisodeSystem struct {
	Reached    *Exact  `json:"peak_reached_per_s,omitzero"` // most that went on to the DSP in a second
	Answers    uint64  `json:"answers"`                     // of the DSP
	P50        float64 `json:"p50_ms"`
	P95        float64 `json:"p95_ms"`
	P99        float64 `json:"p99_ms"`
	Errors     uint64  `json:"dsp_errors"`       // answers of 500 or more
	Failed     uint64  `json:"failed"`           // not reached, broken off, or too slow
	Busy       uint64  `json:"busy"`             // not sent: all connections were in use
	Refused    uint64  `json:"refused_s"`        // seconds in which somebody was throttled
	Pressed    uint64  `json:"pressed_s"`        // those in every tenth of which somebody was
	Unused     Exact   `json:"unused_pressed"`   // what the operating threshold gave beyond what went on to the DSP in them
	Capacity   Exact   `json:"capacity_pressed"` // what it gave in them
	LeastShare float64 `json:"least_share"`      // the least got / due of those who were throttled in them; 0: nobody was
	MostShare  float64 `json:"most_share"`
}

// EpisodeUser is one Service User in an episode.
type EpisodeUser struct {
	Account    string        `json:"account"`
	Name       string        `json:"name"`
	Counts     EpisodeCounts `json:"counts"`
	TopUps     uint64        `json:"throttled_top_ups"` // Top Up Device (2.2), the part of throttled
	Allocation Exact         `json:"allocation_per_s"`  // when it offered most
	Peak       Exact         `json:"peak_per_s"`        // most that it offered in a second
	RefusedS   uint64        `json:"refused_s"`         // seconds in which it was throttled
	Over       Exact         `json:"over"`              // offered beyond its allocation, each second by itself
	First      time.Time     `json:"first_refusal,omitzero"`
	Last       time.Time     `json:"last_refusal,omitzero"`
	Due        Exact         `json:"due"` // its fair share in the pressed seconds in which it was throttled
	Got        Exact         `json:"got"` // what it was forwarded in them
}

// EpisodeVariant is one variant in an episode.
type EpisodeVariant struct {
	Variant string        `json:"variant"`
	Words   string        `json:"words"`
	Counts  EpisodeCounts `json:"counts"`
}

// Share is got / due.
func (u EpisodeUser) Share() string { return part(float64(u.Got), float64(u.Due)) }

// Refused is all that was, or would have been.
func (c EpisodeCounts) Refused() uint64 { return c.Throttled + c.Closed + c.Shadowed }

// episodePaper is the page of an episode.
type episodePaper struct {
	*Episode
	Plot    template.HTML
	Choices []PolicyChoice // that it can be tried under
	Try     bool
	Refer   bool
	Wrong   string
	Kept    bool // a reference was, and may not have been counted yet
}

// Heading is the page's title.
func (p episodePaper) Heading() string {
	return "Episode of " + p.Started.Format("2 January 2006 15:04")
}

func (s *Server) episode(c *call) (any, error) { return s.oneEpisode(c) }

func (s *Server) oneEpisode(c *call) (v *Episode, err error) {
	id, err := strconv.ParseInt(c.path("id"), 10, 64)
	if err != nil {
		return nil, noEpisode()
	}
	err = s.counted(c, func(ctx context.Context, l Ledger) error {
		t, e, err := readEpisode(ctx, l, id)
		if err != nil {
			return err
		}
		v = &Episode{EpisodeLine: t.line(c.person, e), Counted: at(t.status.At), Accounts: []EpisodeUser{}}
		for _, a := range t.accounts[id] {
			if c.person.MaySee(t.people[a.Account]) {
				v.Accounts = append(v.Accounts, s.episodeUser(&t, &a))
			}
		}
		if c.all() {
			v.System = systemOf(e, t.accounts[id])
		}
		mine := func(account uint32) bool { return account != ledger.System && c.person.MaySee(t.people[account]) }
		if v.Variants, err = variantsOf(ctx, l, e, mine); err != nil {
			return err
		}
		v.Sentence = v.said(c, s.source.Now())
		return nil
	})
	return v, err
}

func noEpisode() error {
	return fail(http.StatusNotFound, "there is no episode of that number; /episodes lists them")
}

// readEpisode finds one episode. All episodes are asked for by their time, which
// is that of the record that names it.
func readEpisode(ctx context.Context, l Ledger, id int64) (told, *ledger.Episode, error) {
	all, err := l.Episodes(ctx, always())
	if err != nil {
		return told{}, nil, err
	}
	i := slices.IndexFunc(all, func(e ledger.Episode) bool { return e.ID == id })
	if i < 0 {
		return told{}, nil, noEpisode()
	}
	span := ledger.Span{From: all[i].Started, To: all[i].Started + 1}
	t, err := readEpisodes(ctx, l, span)
	return t, &all[i], err
}

func (s *Server) episodeUser(t *told, a *ledger.EpisodeAccount) EpisodeUser {
	name := t.people[a.Account]
	return EpisodeUser{
		Account: name, Name: s.nameOf(name), Counts: countsOf(a.Parts, a.Spare), TopUps: a.ThrottledTopUps, Allocation: Exact(a.Allocation),
		Peak: Exact(a.Second.Cost), RefusedS: a.RefusedSeconds, Over: Exact(a.Over), First: at(cmp.Or(a.FirstRefusal, a.FirstShadow)),
		Last: at(cmp.Or(a.LastRefusal, a.LastShadow)), Due: Exact(a.Due), Got: Exact(a.Got),
	}
}

func systemOf(e *ledger.Episode, accounts []ledger.EpisodeAccount) *EpisodeSystem {
	ms := func(p float64) float64 { return float64(e.Latency.Quantile(p).Microseconds()) / 1000 }
	v := &EpisodeSystem{
		Answers: e.Latency.Count(), P50: ms(0.5), P95: ms(0.95), P99: ms(0.99), Errors: e.DSPErrors, Failed: e.Failed, Busy: e.Busy,
		Refused: e.RefusedSeconds, Pressed: e.PressedSeconds, Unused: Exact(e.PressedUnused), Capacity: Exact(e.PressedCapacity),
	}
	if e.PeakReached.At != 0 {
		most := Exact(e.PeakReached.Cost)
		v.Reached = &most
	}
	for _, a := range accounts {
		if a.HungrySeconds == 0 || a.Due == 0 {
			continue
		}
		share := float64(a.Got) / float64(a.Due)
		if v.LeastShare == 0 || share < v.LeastShare {
			v.LeastShare = share
		}
		v.MostShare = max(v.MostShare, share)
	}
	return v
}

// variantsOf sums the variants of the accounts that may be seen.
func variantsOf(ctx context.Context, l Ledger, e *ledger.Episode, may func(account uint32) bool) ([]EpisodeVariant, error) {
	rows, err := l.EpisodeVariants(ctx, ledger.Span{From: e.Started, To: e.Started + 1})
	sums := map[string]EpisodeCounts{}
	for _, r := range rows {
		if r.Episode != e.ID || !may(r.Account) {
			continue
		}
		n, sum := countsOf(r.Parts, ledger.Count{}), sums[r.Variant]
		sums[r.Variant] = EpisodeCounts{sum.Offered + n.Offered, sum.Forwarded + n.Forwarded, 0, sum.Throttled + n.Throttled, sum.Closed + n.Closed, sum.Shadowed + n.Shadowed}
	}
	all := []EpisodeVariant{}
	for name, sum := range sums {
		all = append(all, EpisodeVariant{name, variantWords(name), sum})
	}
	slices.SortFunc(all, func(a, b EpisodeVariant) int {
		return cmp.Or(cmp.Compare(b.Counts.Refused(), a.Counts.Refused()), cmp.Compare(b.Counts.Offered, a.Counts.Offered), cmp.Compare(a.Variant, b.Variant))
	})
	return all, err
}

// How an episode ended, and what began it, in words.
var (
	endings = map[string]string{
		ledger.Released.String(): "when traffic had been below the release level for long enough", ledger.Stopped.String(): "when the gateway was stopped",
		ledger.Unwitnessed.String(): "or earlier: records of its end are missing", ledger.Active.String(): "as far as is counted",
	}
	causes = map[string]string{
		ledger.ByRefusal.String(): "beyond its allocation and what others left", ledger.ByShadow.String(): "which would have been refused",
		ledger.ByExempt.String(): "which is exempt and found too little left", ledger.ByHand.String(): "by hand", ledger.CauseUnknown.String(): "of which no more is known",
	}
)

// said is the answer to the question of the page.
func (v *Episode) said(c *call, now time.Time) []Phrase {
	var out sentence
	out.say("Traffic management was ")
	if v.Ended.IsZero() {
		out.stress("active from %s on, and is still", clock(v.Started, now))
	} else {
		out.stress("active for %s", v.Length())
		out.say(", from %s to %s, %s", clock(v.Started, now), clock(v.Ended, v.Started), endings[v.How])
	}
	out.say(".")
	switch {
	case v.Account != "":
		out.say(" It began with a request of %s (%s), %s.", v.Account, v.Variant, causes[v.Cause])
	case v.Cause == ledger.ByHand.String():
		out.say(" It was begun by hand.")
	}
	if !c.all() {
		out.say(" Of %s of your requests %s throttled.", many(v.Counts.Offered), were(v.Counts.Throttled, v.Counts.Shadowed))
		return out
	}
	if v.Peak != nil {
		out.say(" At the peak %s were offered in a second, the operating threshold being %s.", exact(*v.Peak), exact(v.Threshold))
	}
	out.say(" Of %s requests %s throttled", many(v.Counts.Offered), were(v.Counts.Throttled, v.Counts.Shadowed))
	if n := len(v.Throttled); n > 0 {
		names := make([]string, n)
		for i, u := range v.Throttled {
			names[i] = u.Account
		}
		out.say(", of ")
		out.stress("%s", few(names))
	}
	out.say(".")
	if y := v.System; y.Answers > 0 {
		out.say(" 99 of 100 answers of the DSP came within %s ms", rate(y.P99))
		if bad := y.Errors + y.Failed + y.Busy; bad > 0 {
			out.say("; %s requests failed for want of it", many(bad))
		}
		out.say(".")
	}
	return out
}

func (s *Server) episodePage(c *call) (any, error) {
	e, err := s.oneEpisode(c)
	if err != nil {
		return nil, err
	}
	p := episodePaper{Episode: e, Try: c.all() && s.source.Arrivals != nil, Refer: c.person.May(access.Operate) && s.source.Acts != nil, Kept: c.query.Get("kept") != ""}
	whose := ""
	if !c.all() {
		whose = c.person.Account
	}
	series, err := s.seriesOf(c, e.ID, whose)
	if err != nil {
		return nil, err
	}
	if len(series.At) > 0 {
		p.Plot = series.draw(e)
	}
	if p.Try {
		p.Choices, err = s.choices(c.r.Context())
	}
	return p, err
}

// EpisodeSeries is an episode second by second. All lists have the same length.
type EpisodeSeries struct {
	Account   string    `json:"account,omitempty"` // whose; absent: of all together
	At        []int64   `json:"at"`                // beginnings, seconds since 1970 UTC
	Length    []int     `json:"length_s"`          // 1, or 60 after the first four hours
	Offered   []float64 `json:"offered_per_s"`     // Service Requests, by their cost
	Forwarded []float64 `json:"forwarded_per_s"`   // what went on to the DSP, also for being in shadow
	Throttled []float64 `json:"throttled_per_s"`   // refused, for traffic or because nothing was taken
}

// episodeSeconds answers with a series. Of an account there is one from its first
// refusal in the episode on.
func (s *Server) episodeSeconds(c *call) (any, error) {
	account, err := c.account()
	if err != nil {
		return nil, err
	}
	id, err := strconv.ParseInt(c.path("id"), 10, 64)
	if err != nil {
		return nil, noEpisode()
	}
	return s.seriesOf(c, id, account)
}

func (s *Server) seriesOf(c *call, id int64, account string) (v EpisodeSeries, err error) {
	v = EpisodeSeries{Account: account, At: []int64{}, Length: []int{}, Offered: []float64{}, Forwarded: []float64{}, Throttled: []float64{}}
	err = s.counted(c, func(ctx context.Context, l Ledger) error {
		p, err := peopleOf(ctx, l)
		if err != nil {
			return err
		}
		whose := ledger.System
		if account != "" {
			for number, name := range p {
				if name == account {
					whose = number
				}
			}
			if whose == ledger.System {
				return noAccount(account)
			}
		}
		for second, err := range l.EpisodeSeconds(ctx, id) {
			if err != nil {
				return err
			}
			if second.Account > whose { // they come by account
				return nil
			}
			if second.Account == whose {
				v.add(second)
			}
		}
		return nil
	})
	return v, err
}

func (v *EpisodeSeries) add(e ledger.EpisodeSecond) {
	per := func(counts ...ledger.Count) float64 {
		sum := traffic.Amount(0)
		for _, n := range counts {
			sum += n.Cost
		}
		return tenth(float64(sum) / 1e9 / float64(e.Seconds))
	}
	v.At, v.Length = append(v.At, e.Second), append(v.Length, e.Seconds)
	v.Offered = append(v.Offered, per(e.Offered))
	v.Forwarded = append(v.Forwarded, per(e.Forwarded, e.Shadow, e.ShadowClosed))
	v.Throttled = append(v.Throttled, per(e.Throttled, e.Closed))
}

// referEpisode gives an episode the reference of an incident elsewhere.
func (s *Server) referEpisode(c *call) (string, error) {
	e, err := s.oneEpisode(c)
	if err != nil {
		return "", err
	}
	by, err := c.as(c.r.PostFormValue("by"))
	if err != nil {
		return "", err
	}
	why := cmp.Or(strings.TrimSpace(c.r.PostFormValue("why")), "it belongs to this incident")
	if err := s.source.Acts.Refer(uint64(e.ID), strings.TrimSpace(c.r.PostFormValue("reference")), by.Name, why); err != nil {
		view, wrong := s.episodePage(c)
		if wrong != nil {
			return "", wrong
		}
		p := view.(episodePaper)
		p.Wrong = upper(unfit(err).Error()) + "."
		return "", &shown{status: http.StatusUnprocessableEntity, page: page{path: "/episodes/{id}", title: "Episode", template: "episode.html"}, view: p}
	}
	return "/episodes/" + c.path("id") + "?kept=yes", nil
}
