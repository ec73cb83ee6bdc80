package console

import (
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"srtm/access"
	"srtm/amendment"
	"srtm/policy"
)

// Amendments takes what people do about policies. An *amendment.Register does,
// together with whoever carries out what it says. The digest may be the beginning
// of one, or a policy's name.
type Amendments interface {
	Foresee(p *policy.Policy, by amendment.Person) (amendment.Proposal, error)
	Propose(p *policy.Policy, by amendment.Person, why string, o amendment.ProposeOptions) (amendment.Proposal, error)
	Confirm(digest string, by amendment.Person, why string, o amendment.ProposeOptions) (amendment.Proposal, error)
	Approve(digest string, by amendment.Person, why string) (amendment.Proposal, error)
	Withdraw(digest string, by amendment.Person, why string) error
	Rollback(digest string, by amendment.Person, why string, o amendment.ProposeOptions) (amendment.Proposal, error)
	Challenge(account string, by amendment.Person, text string) (amendment.Challenge, error)
	Answer(id uint64, by amendment.Person, text string) (amendment.Challenge, error)
	InForce(at time.Time) *amendment.Version
	Coming() []amendment.Version
	Pending() []amendment.Proposal
	History() []amendment.Version
	Notices(account string) []amendment.Notice
	Challenges() []amendment.Challenge
}

// Policies is what /api/v1/policies answers.
type Policies struct {
	InForce    *amendment.Version    `json:"in_force"`
	Coming     []amendment.Version   `json:"coming"`
	Pending    []amendment.Proposal  `json:"pending"`
	History    []amendment.Version   `json:"history"` // in the order of acceptance
	Challenges []amendment.Challenge `json:"challenges"`
}

// Deed is what somebody does about a policy: the body of every POST below
// /api/v1/policies. By is who is signed in, and may be left out; where nobody signs
// in it is taken on trust.
type Deed struct {
	By            string       `json:"by,omitempty"`
	Why           string       `json:"why"`
	Confirm       bool         `json:"confirm,omitempty"`
	ShortenNotice bool         `json:"shorten_notice,omitempty"`
	Files         []PolicyFile `json:"files,omitempty"` // with a proposal: the policy's own first, then those that it names
	Vary          *Variation   `json:"vary,omitempty"`  // in their place: what is to be another in the policy in force
}

// PolicyFile is one file of a policy.
type PolicyFile struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Saying is what somebody says about an allocation: the body of POST
// /api/v1/challenges and of an answer.
type Saying struct {
	Account string `json:"account,omitempty"` // with a challenge
	By      string `json:"by,omitempty"`      // as in Deed
	Text    string `json:"text"`
}

// PolicyText is a policy with its files: what /api/v1/policies/{digest} answers.
type PolicyText struct {
	Digest string       `json:"digest"`
	Name   string       `json:"name"`
	Files  []PolicyFile `json:"files"`
}

func (s *Server) policies(*call) (any, error) {
	a := s.source.Amendments
	return Policies{
		InForce: a.InForce(s.source.Now()), Coming: orEmpty(a.Coming()), Pending: orEmpty(a.Pending()),
		History: orEmpty(a.History()), Challenges: orEmpty(a.Challenges()),
	}, nil
}

// policyFiles gives the files of the policy in force, or of one to come or that
// waits.
func (s *Server) policyFiles(c *call) (any, error) {
	digest := c.path("digest")
	var all []*policy.Policy
	if v := s.source.Amendments.InForce(s.source.Now()); v != nil {
		all = append(all, v.Policy)
	}
	for _, v := range s.source.Amendments.Coming() {
		all = append(all, v.Policy)
	}
	for _, p := range s.source.Amendments.Pending() {
		all = append(all, p.Policy)
	}
	for _, p := range all {
		if p == nil || p.Digest != digest && digest != "in-force" {
			continue
		}
		out := PolicyText{Digest: p.Digest, Name: p.Name, Files: []PolicyFile{}}
		for _, f := range p.Files {
			out.Files = append(out.Files, PolicyFile{f.Name, string(f.Text)})
		}
		return out, nil
	}
	return nil, fail(http.StatusNotFound, "no policy in force, to come or waiting has this digest; /api/v1/policies lists them")
}

func (s *Server) propose(c *call) (any, error) {
	d := c.in.(*Deed)
	by, err := c.as(d.By)
	if err != nil {
		return nil, err
	}
	preview, err := c.preview()
	if err != nil {
		return nil, err
	}
	p, err := s.proposed(d)
	if err != nil {
		return nil, fail(http.StatusUnprocessableEntity, "%w", err)
	}
	if preview {
		foreseen, err := s.source.Amendments.Foresee(p, by)
		return foreseen, conflict(err)
	}
	proposal, err := s.source.Amendments.Propose(p, by, d.Why, d.options())
	return proposal, conflict(err)
}

// proposed is the policy that a body has or says.
func (s *Server) proposed(d *Deed) (*policy.Policy, error) {
	if d.Vary != nil && len(d.Files) > 0 {
		return nil, errors.New("it has files, and a variation of the policy in force; give the one or the other")
	}
	if d.Vary != nil {
		return s.varied(*d.Vary)
	}
	var files []policy.File
	for _, f := range d.Files {
		files = append(files, policy.File{Name: f.Name, Text: []byte(f.Text)})
	}
	return policy.ParseFiles(files)
}

func (d Deed) options() amendment.ProposeOptions {
	return amendment.ProposeOptions{Confirm: d.Confirm, ShortenNotice: d.ShortenNotice, Reason: d.Why}
}

// step is confirm, approve, withdraw or rollback.
func (s *Server) step(c *call, name string) (any, error) {
	d := c.in.(*Deed)
	by, err := c.as(d.By)
	if err != nil {
		return nil, err
	}
	proposal, err := s.takeStep(stepTaken{c.path("digest"), name, d.Why, by, d.options()})
	return proposal, conflict(err)
}

func (s *Server) notices(c *call) (any, error) {
	account, err := c.account()
	return orEmpty(s.source.Amendments.Notices(account)), err
}

// challenges are those of the account that is asked for, or all.
func (s *Server) challenges(c *call) (any, error) {
	account, err := c.account()
	all := slices.DeleteFunc(slices.Clone(s.source.Amendments.Challenges()), func(said amendment.Challenge) bool {
		return account != "" && said.Account != account
	})
	return orEmpty(all), err
}

func (s *Server) challenge(c *call) (any, error) {
	said := c.in.(*Saying)
	by, err := c.as(said.By)
	if err != nil {
		return nil, err
	}
	account := said.Account
	if account == "" {
		account = c.person.Account
	}
	switch {
	case !c.person.MaySee(account):
		return nil, noAccount(account)
	case account != c.person.Account && !c.person.May(access.Operate):
		return nil, fail(http.StatusForbidden, "in the name of a Service User this needs the right %q; a Service User says it itself", access.Operate)
	}
	challenge, err := s.source.Amendments.Challenge(account, by, said.Text)
	var soon amendment.TooSoonError
	if errors.As(err, &soon) {
		c.w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(soon.After.Seconds()))))
		return nil, fail(http.StatusTooManyRequests, "%w", err)
	}
	return challenge, conflict(err)
}

func (s *Server) answerChallenge(c *call) (any, error) {
	said := c.in.(*Saying)
	by, err := c.as(said.By)
	if err != nil {
		return nil, err
	}
	id, err := strconv.ParseUint(c.path("id"), 10, 64)
	if err != nil {
		return nil, fail(http.StatusNotFound, "a challenge is named by its number; /api/v1/challenges lists them")
	}
	challenge, err := s.source.Amendments.Answer(id, by, said.Text)
	return challenge, conflict(err)
}
