package console

import (
	"errors"
	"net/http"
	"strconv"

	"srtm/access"
	"srtm/amendment"
)

// challengePage is the page on which somebody says something about an allocation,
// or answers it.
type challengePage struct {
	Said     *amendment.Challenge // that is answered; nil: something new is said
	Accounts []string             // in whose name it can be said
	Account  string
	By, Text string
	Wrong    string
}

// Heading is the page's title.
func (v challengePage) Heading() string {
	if v.Said != nil {
		return "Answer a challenge"
	}
	return "Say something about an allocation"
}

func (s *Server) newChallengePage(c *call) (any, error) { return s.newChallengeView(c), nil }

func (s *Server) newChallengeView(c *call) challengePage {
	v := challengePage{Account: c.person.Account}
	if c.person.May(access.Operate) {
		v.Accounts = s.accountsOf()
	}
	return v
}

func (s *Server) sayChallenge(c *call) (string, error) {
	said := &Saying{Account: c.r.PostFormValue("account"), By: c.r.PostFormValue("by"), Text: c.r.PostFormValue("text")}
	c.in = said
	if _, err := s.challenge(c); err != nil {
		v := s.newChallengeView(c)
		v.By, v.Text, v.Wrong = said.By, said.Text, upper(err.Error())+"."
		if len(v.Accounts) > 0 {
			v.Account = said.Account
		}
		return "", v.again(err)
	}
	return "/policy", nil
}

// again shows the page with what was wrong.
func (v challengePage) again(why error) error {
	status := http.StatusUnprocessableEntity
	var known *failure
	if errors.As(why, &known) && known.status == http.StatusTooManyRequests {
		status = known.status
	}
	return &shown{status: status, page: page{path: "/policy/challenges", title: v.Heading(), template: "challenge.html"}, view: v}
}

func (s *Server) answerPage(c *call) (any, error) { return s.answerView(c) }

func (s *Server) answerView(c *call) (challengePage, error) {
	for _, said := range s.source.Amendments.Challenges() {
		if strconv.FormatUint(said.ID, 10) == c.path("id") {
			return challengePage{Said: &said, Account: said.Account}, nil
		}
	}
	return challengePage{}, fail(http.StatusNotFound, "there is no challenge of that number; /policy lists them")
}

func (s *Server) sayAnswer(c *call) (string, error) {
	said := &Saying{By: c.r.PostFormValue("by"), Text: c.r.PostFormValue("text")}
	c.in = said
	if _, err := s.answerChallenge(c); err != nil {
		v, gone := s.answerView(c)
		if gone != nil {
			return "", gone
		}
		v.By, v.Text, v.Wrong = said.By, said.Text, upper(err.Error())+"."
		return "", v.again(err)
	}
	return "/policy", nil
}
