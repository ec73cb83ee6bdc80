package console

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"srtm/ledger"
	"srtm/policy"
)

// whatIfView is the page What if: the form, as it was filled in, and what was
// tried.
type whatIfView struct {
	Wrong    string
	Form     map[string]string
	Choices  []PolicyChoice
	Accounts []accountChoice
	Trials   []Trial
	Episode  *ledger.Episode
	Started  time.Time
	InForce  *policy.Policy
	Begins   time.Time // of what is counted; zero: not known
}

type accountChoice struct{ Account, Name string }

const shownMinute = "2006-01-02T15:04"

func (s *Server) whatIfPage(c *call) (any, error) {
	now := s.source.Now().UTC()
	form := map[string]string{"from": now.Add(-aDay).Format(shownMinute), "to": now.Format(shownMinute), "policy": s.source.Policy().Digest}
	for _, name := range []string{"from", "to", "policy", "capacity", "threshold", "burst", "minimum", "account", "factor", "episode"} {
		if given := c.query.Get(name); given != "" {
			form[name] = given
		}
	}
	return s.whatIf(c, form, "")
}

func (s *Server) whatIf(c *call, form map[string]string, wrong string) (*whatIfView, error) {
	v := &whatIfView{Wrong: wrong, Form: form, Trials: s.trials.list(), InForce: s.source.Policy()}
	for _, a := range s.source.Policy().Accounts {
		v.Accounts = append(v.Accounts, accountChoice{a.Name, a.DisplayName})
	}
	var err error
	v.Choices, err = s.choices(c.r.Context())
	if id, bad := strconv.ParseInt(form["episode"], 10, 64); err == nil && form["episode"] != "" && s.source.Ledger != nil {
		if bad != nil {
			return nil, noEpisode()
		}
		err = s.counted(c, func(ctx context.Context, l Ledger) (err error) {
			_, v.Episode, err = readEpisode(ctx, l, id)
			return err
		})
		if err == nil {
			v.Started = at(v.Episode.Started)
		}
	}
	return v, err
}

// whatIfForm tries what the form says.
func (s *Server) whatIfForm(c *call) (string, error) {
	form := map[string]string{}
	for name := range c.r.PostForm {
		form[name] = strings.TrimSpace(c.r.PostFormValue(name))
	}
	change, err := changeOf(form)
	if err == nil {
		var t Trial
		if t, err = s.try(c, change); err == nil {
			return "/what-if/" + t.ID, nil
		}
	}
	status, detail := statusOf(err)
	if status == http.StatusInternalServerError {
		return "", err
	}
	view, wrong := s.whatIf(c, form, upper(detail)+".")
	if wrong != nil {
		return "", wrong
	}
	return "", &shown{status: status, page: page{path: "/what-if", title: "What if", template: "whatif.html"}, view: view}
}

// changeOf reads the form.
func changeOf(form map[string]string) (*Change, error) {
	change := &Change{
		By: form["by"], Policy: form["policy"], Capacity: form["capacity"], Threshold: form["threshold"], Burst: form["burst"], Minimum: form["minimum"],
	}
	var err error
	if account := form["account"]; account != "" {
		factor, bad := strconv.ParseFloat(form["factor"], 64)
		if bad != nil {
			return nil, unfitting("the portfolio of %.64s is multiplied by a number such as 1.5, and not by %.32q", account, form["factor"])
		}
		change.Portfolio = map[string]float64{account: factor}
	}
	if form["episode"] != "" {
		if change.Episode, err = strconv.ParseInt(form["episode"], 10, 64); err != nil {
			return nil, noEpisode()
		}
		return change, nil
	}
	for name, into := range map[string]*time.Time{"from": &change.From, "to": &change.To} {
		if form[name] == "" {
			continue
		}
		if *into, err = time.Parse(shownMinute, strings.Replace(form[name], " ", "T", 1)); err != nil {
			return nil, unfitting("%s is a time of UTC such as 2026-10-14T02:00, and not %.32q", name, form[name])
		}
	}
	return change, nil
}
