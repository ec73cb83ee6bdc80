package console

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"srtm/amendment"
	"srtm/policy"
)

// Amendments takes what people do about policies. An *amendment.Register does,
// together with whoever carries out what it says. The digest may be the beginning
// of one, or a policy's name.
type Amendments interface {
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
// /api/v1/policies. By is taken on trust, since there is no sign-in yet: whoever
// reaches the admin address may do this.
type Deed struct {
	By            string       `json:"by"`
	Why           string       `json:"why"`
	Confirm       bool         `json:"confirm,omitempty"`
	ShortenNotice bool         `json:"shorten_notice,omitempty"`
	Files         []PolicyFile `json:"files,omitempty"` // with a proposal: the policy's own first, then those that it names
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
	By      string `json:"by"`
	Text    string `json:"text"`
}

// mostBody is the most that a body may have: a national portfolio has about a
// tenth.
const mostBody = 64 << 20

// amend has the mux answer for policies.
func (s *Server) amend(mux *http.ServeMux) {
	if s.source.Amendments == nil {
		return
	}
	mux.HandleFunc("GET /api/v1/policies", s.policies)
	mux.HandleFunc("GET /api/v1/policies/{digest}", s.policyFiles)
	mux.HandleFunc("POST /api/v1/policies", s.propose)
	mux.HandleFunc("POST /api/v1/policies/{digest}/{step}", s.step)
	mux.HandleFunc("GET /api/v1/notices", func(w http.ResponseWriter, r *http.Request) {
		s.answer(w, orEmpty(s.source.Amendments.Notices(r.URL.Query().Get("account"))), nil)
	})
	mux.HandleFunc("GET /api/v1/challenges", func(w http.ResponseWriter, _ *http.Request) {
		s.answer(w, orEmpty(s.source.Amendments.Challenges()), nil)
	})
	mux.HandleFunc("POST /api/v1/challenges", func(w http.ResponseWriter, r *http.Request) {
		var said Saying
		if s.read(w, r, &said) {
			c, err := s.source.Amendments.Challenge(said.Account, amendment.Person{Name: said.By}, said.Text)
			s.answer(w, c, err)
		}
	})
	mux.HandleFunc("POST /api/v1/challenges/{id}/answer", s.answerChallenge)
}

func (s *Server) policies(w http.ResponseWriter, _ *http.Request) {
	a := s.source.Amendments
	s.answer(w, Policies{
		InForce: a.InForce(s.source.Now()), Coming: orEmpty(a.Coming()), Pending: orEmpty(a.Pending()),
		History: orEmpty(a.History()), Challenges: orEmpty(a.Challenges()),
	}, nil)
}

// policyFiles gives the files of the policy in force, or of one to come or that
// waits.
func (s *Server) policyFiles(w http.ResponseWriter, r *http.Request) {
	digest := r.PathValue("digest")
	found := func(p *policy.Policy) bool { return p != nil && (p.Digest == digest || digest == "in-force") }
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
		if !found(p) {
			continue
		}
		files := []PolicyFile{}
		for _, f := range p.Files {
			files = append(files, PolicyFile{f.Name, string(f.Text)})
		}
		s.answer(w, map[string]any{"digest": p.Digest, "name": p.Name, "files": files}, nil)
		return
	}
	s.problem(w, http.StatusNotFound, "no policy in force, to come or waiting has this digest; /api/v1/policies lists them")
}

func (s *Server) propose(w http.ResponseWriter, r *http.Request) {
	var d Deed
	if !s.read(w, r, &d) {
		return
	}
	var files []policy.File
	for _, f := range d.Files {
		files = append(files, policy.File{Name: f.Name, Text: []byte(f.Text)})
	}
	p, err := policy.ParseFiles(files)
	if err != nil {
		s.problem(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	proposal, err := s.source.Amendments.Propose(p, amendment.Person{Name: d.By}, d.Why, d.options())
	s.answer(w, proposal, err)
}

func (d Deed) options() amendment.ProposeOptions {
	return amendment.ProposeOptions{Confirm: d.Confirm, ShortenNotice: d.ShortenNotice, Reason: d.Why}
}

// step is confirm, approve, withdraw or rollback.
func (s *Server) step(w http.ResponseWriter, r *http.Request) {
	var d Deed
	if !s.read(w, r, &d) {
		return
	}
	digest, by := r.PathValue("digest"), amendment.Person{Name: d.By}
	a := s.source.Amendments
	var proposal amendment.Proposal
	var err error
	switch r.PathValue("step") {
	case "confirm":
		proposal, err = a.Confirm(digest, by, d.Why, d.options())
	case "approve":
		proposal, err = a.Approve(digest, by, d.Why)
	case "rollback":
		proposal, err = a.Rollback(digest, by, d.Why, d.options())
	case "withdraw":
		err = a.Withdraw(digest, by, d.Why)
	default:
		s.problem(w, http.StatusNotFound, "a policy's steps are confirm, approve, withdraw and rollback")
		return
	}
	s.answer(w, proposal, err)
}

func (s *Server) answerChallenge(w http.ResponseWriter, r *http.Request) {
	var said Saying
	if !s.read(w, r, &said) {
		return
	}
	id, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil {
		s.problem(w, http.StatusNotFound, "a challenge is named by its number; /api/v1/challenges lists them")
		return
	}
	c, err := s.source.Amendments.Answer(id, amendment.Person{Name: said.By}, said.Text)
	s.answer(w, c, err)
}

// read reads a JSON body into a value; otherwise it says what is wrong.
func (s *Server) read(w http.ResponseWriter, r *http.Request, into any) bool {
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, mostBody))
	body.DisallowUnknownFields()
	if err := body.Decode(into); err != nil {
		s.problem(w, http.StatusBadRequest, "the body is not the JSON that is wanted here: "+err.Error())
		return false
	}
	return true
}

// answer writes a value as JSON, or what went wrong.
func (s *Server) answer(w http.ResponseWriter, v any, err error) {
	var refused *amendment.Refusal
	switch {
	case errors.As(err, &refused):
		s.problem(w, http.StatusUnprocessableEntity, refused.Error())
		return
	case err != nil:
		s.problem(w, http.StatusConflict, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	if err := out.Encode(v); err != nil {
		s.log.Debug("write an answer", "error", err)
	}
}

// problem answers as RFC 9457 has it.
func (s *Server) problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(Problem{http.StatusText(status), status, detail}); err != nil {
		s.log.Debug("write a problem", "error", err)
	}
}

// Problem is what a request is answered that cannot be met (RFC 9457).
type Problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"` // what is wrong, and what would be right
}

// orEmpty has an empty list written as one, and not as null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
