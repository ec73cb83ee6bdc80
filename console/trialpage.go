package console

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"srtm/access"
)

// trialView is the page of one.
type trialView struct {
	Trial
	Sentence    []Phrase
	PlotBefore  template.HTML
	PlotAfter   template.HTML
	MayCancel   bool
	Percent     int
	OnlyOneSide bool
}

// Heading is the page's title.
func (v trialView) Heading() string { return "What if: " + v.After }

func (s *Server) trialPage(c *call) (any, error) {
	t, err := s.trials.get(c.path("id"))
	if err != nil {
		return nil, err
	}
	v := trialView{Trial: t, MayCancel: t.State == underWay && (t.By == c.person.Name || c.person.May(access.Operate)), Percent: int(t.Done * 100)}
	v.Sentence = t.said(s.source.Now())
	if t.Result != nil {
		v.PlotBefore = t.Result.draw(&t.Result.Before, t.Result.Befores, "before")
		v.PlotAfter = t.Result.draw(&t.Result.After, t.Result.Afters, "after")
	}
	return v, nil
}

func (s *Server) cancelForm(c *call) (string, error) {
	t, err := s.trials.stop(c.path("id"), c.person)
	return "/what-if/" + t.ID, err
}

// said is the answer.
func (t *Trial) said(now time.Time) []Phrase {
	var out sentence
	between := fmt.Sprintf("What was recorded from %s to %s", clock(t.From, now), clock(t.To, now))
	switch t.State {
	case underWay:
		out.say("%s is being tried: %s requests so far, ", between, count(t.Tried))
		out.stress("%d %%", int(t.Done*100))
		out.say(" of the time.")
		return out
	case isStopped:
		out.say("It was ")
		out.stress("cancelled")
		out.say(" after %s requests.", count(t.Tried))
		return out
	case hasFailed:
		out.say("It could ")
		out.stress("not be tried")
		out.say(": %s.", strings.TrimSuffix(t.Problem, "."))
		return out
	}
	b, a := &t.Result.Before, &t.Result.After
	out.say("%s: of %s requests, %s would have been throttled, and under the change ", between, count(a.Counts.Offered), count(b.Counts.Throttled))
	out.stress("%s", count(a.Counts.Throttled))
	out.say("; traffic management would have been active for %s, and under the change for ", b.ActiveFor())
	out.stress("%s", a.ActiveFor())
	out.say(".")
	var gain, lose []string
	for _, u := range t.Result.Accounts {
		switch u.Effect {
		case "gains":
			gain = append(gain, u.Account)
		case "loses":
			lose = append(lose, u.Account)
		}
	}
	switch {
	case len(gain)+len(lose) == 0:
		out.say(" Nobody would have been throttled more or less.")
	default:
		if len(gain) > 0 {
			out.say(" Less would have been throttled of %s.", few(gain))
		}
		if len(lose) > 0 {
			out.say(" More would have been throttled of %s.", few(lose))
		}
	}
	return out
}
