package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"srtm/access"
	"srtm/policy"
)

// Change is the body of POST /api/v1/what-if: what is to be tried on what was
// recorded. What is absent stays as it is.
type Change struct {
	By        string             `json:"by,omitempty"`        // who tries it, where nobody signs in
	Policy    string             `json:"policy,omitempty"`    // digest of another policy that is known; absent: the one in force, with an episode the one then
	Capacity  string             `json:"capacity,omitempty"`  // such as 1200/s
	Threshold string             `json:"threshold,omitempty"` // such as 85%; the release level moves with it
	Burst     string             `json:"burst,omitempty"`     // such as 5s
	Minimum   string             `json:"minimum,omitempty"`   // least allocation, such as 0.5/s
	Portfolio map[string]float64 `json:"portfolio,omitempty"` // by account: times how much
	From      time.Time          `json:"from,omitzero"`       // default: a day before to, or a minute before the episode
	To        time.Time          `json:"to,omitzero"`         // default: now, or the episode's end
	Episode   int64              `json:"episode,omitempty"`   // tried on this episode
}

// leadIn is how long before an episode its replay begins, so that the operating
// threshold is reached in it.
const leadIn = time.Minute

func whatIfRoutes() []route {
	return []route{
		{method: "GET", path: "/what-if", need: access.SeeAll, summary: "What was tried on recorded traffic lately, the newest first, without results.", out: []Trial{}, answer: (*Server).trialList},
		{method: "POST", path: "/what-if", need: access.SeeAll, status: http.StatusAccepted, summary: "Try a change, or another policy, on recorded traffic. One runs at a time for each person, two in all.", in: Change{}, out: Trial{}, answer: (*Server).tryChange},
		{method: "GET", path: "/what-if/{id}", need: access.SeeAll, summary: "How far it is, and the result.", out: Trial{}, answer: (*Server).trial},
		{method: "DELETE", path: "/what-if/{id}", need: access.SeeAll, summary: "Cancel it: whoever asked for it can, and operators.", out: Trial{}, answer: (*Server).cancelTrial},
	}
}

func whatIfPages() []page {
	return []page{
		{path: "/what-if", need: access.SeeAll, nav: "What if", title: "What if", template: "whatif.html", view: (*Server).whatIfPage},
		{path: "/what-if/{id}", need: access.SeeAll, title: "What if", template: "trial.html", view: (*Server).trialPage},
	}
}

func whatIfForms() []form {
	return []form{
		{"/what-if", access.SeeAll, (*Server).whatIfForm},
		{"/what-if/{id}/cancel", access.SeeAll, (*Server).cancelForm},
	}
}

func (s *Server) trialList(*call) (any, error) { return s.trials.list(), nil }

func (s *Server) trial(c *call) (any, error) { return s.trials.get(c.path("id")) }

func (s *Server) cancelTrial(c *call) (any, error) { return s.trials.stop(c.path("id"), c.person) }

func (s *Server) tryChange(c *call) (any, error) {
	t, err := s.try(c, c.in.(*Change))
	if err == nil {
		c.w.Header().Set("Location", base+"/what-if/"+t.ID)
	}
	return t, err
}

// try begins to try a change.
func (s *Server) try(c *call, change *Change) (Trial, error) {
	by, err := c.as(change.By)
	if err != nil {
		return Trial{}, err
	}
	w := work{now: s.source.Now, names: map[string]string{}}
	w.By, w.Asked, w.Episode = by.Name, s.source.Now().UTC(), change.Episode
	if w.before, err = s.when(c, change, &w.Trial); err != nil {
		return Trial{}, err
	}
	if w.after, err = s.changed(c.r.Context(), w.before, change); err != nil {
		return Trial{}, err
	}
	w.Before, w.After = w.before.Name, w.after.Name
	for _, p := range []*policy.Policy{w.before, w.after} {
		for _, a := range p.Accounts {
			w.names[a.Name] = a.DisplayName
		}
	}
	w.arrivals = s.source.Arrivals(w.From, w.To)
	return s.trials.begin(w)
}

// when finds out of what time it is, and what was in force.
func (s *Server) when(c *call, change *Change, t *Trial) (*policy.Policy, error) {
	before, now := s.source.Policy(), s.source.Now().UTC()
	t.From, t.To = change.From.UTC(), change.To.UTC()
	if change.Episode != 0 {
		if s.source.Ledger == nil {
			return nil, noEpisode()
		}
		err := s.counted(c, func(ctx context.Context, l Ledger) error {
			told, e, err := readEpisode(ctx, l, change.Episode)
			if err != nil {
				return err
			}
			t.From, t.To = at(e.Started).Add(-leadIn), at(e.Started).Add(told.length(e)+time.Second)
			if before, err = policyThen(ctx, l, e.Started); errors.Is(err, errNoPolicy) {
				before, err = s.source.Policy(), nil
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if change.To.IsZero() && change.Episode == 0 {
		t.To = now
	}
	if change.From.IsZero() && change.Episode == 0 {
		t.From = t.To.Add(-aDay)
	}
	switch {
	case !t.From.Before(t.To):
		return nil, unfitting("from is not before to; did you mean them the other way round?")
	case t.To.Sub(t.From) > mostTried && change.Episode != 0: // its beginning is what matters
		t.To = t.From.Add(mostTried)
	case t.To.Sub(t.From) > mostTried:
		return nil, unfitting("from and to are %.1f days apart, and 7 are the most that are tried at once", t.To.Sub(t.From).Hours()/24)
	case t.From.Year() < 1971 || t.To.Year() > 2199:
		return nil, unfitting("there is nothing recorded of the year %d", t.From.Year())
	}
	return before, nil
}

func unfitting(format string, args ...any) error {
	return fail(http.StatusUnprocessableEntity, format, args...)
}

// changed is the policy that is tried.
func (s *Server) changed(ctx context.Context, before *policy.Policy, change *Change) (*policy.Policy, error) {
	after := before
	if change.Policy != "" && change.Policy != before.Digest {
		known, err := s.choices(ctx)
		if err != nil {
			return nil, err
		}
		after = nil
		for _, p := range known {
			if p.Digest == change.Policy {
				if after, err = p.policy(); err != nil {
					return nil, err
				}
			}
		}
		if after == nil {
			return nil, unfitting("no policy that is known has the digest %.80q; leave it out for the one in force", change.Policy)
		}
	}
	v, err := change.variation()
	if err != nil {
		return nil, err
	}
	varied, err := after.Vary(v)
	if err != nil {
		return nil, unfitting("this would be no policy: %w", err)
	}
	if varied.Digest == before.Digest {
		return nil, unfitting("nothing would be different; give at least one thing that is to be another")
	}
	return varied, nil
}

// variation reads what is to be another.
func (change *Change) variation() (v policy.Variation, err error) {
	if change.Capacity != "" {
		v.Capacity, err = rateOf("capacity", change.Capacity, err)
	}
	if change.Minimum != "" {
		v.Minimum, err = rateOf("minimum", change.Minimum, err)
	}
	if change.Threshold != "" {
		p, wrong := policy.ParsePercent(change.Threshold)
		v.Threshold, err = &p, errors.Join(err, named("threshold", wrong))
	}
	if change.Burst != "" {
		d, wrong := policy.ParseDuration(change.Burst)
		v.Burst, err = &d, errors.Join(err, named("burst", wrong))
	}
	for account, factor := range change.Portfolio {
		err = errors.Join(err, v.Multiply(account, factor))
	}
	if err != nil {
		return v, unfitting("%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return v, nil
}

func rateOf(what, text string, before error) (*policy.Rate, error) {
	r, err := policy.ParseRate(text)
	return &r, errors.Join(before, named(what, err))
}

func named(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
