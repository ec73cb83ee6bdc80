package console

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strings"

	"srtm/amendment"
	"srtm/policy"
)

// newPolicy is the page on which a change of policy is prepared.
type newPolicy struct {
	InForce                             PolicyName
	Capacity, Threshold, Minimum, Burst string // of a variation, as given
	Now                                 [4]string
	Files                               []string // of the policy in force
	Wrong                               []string
}

// Heading is the page's title.
func (newPolicy) Heading() string { return "Prepare a change of policy" }

func (s *Server) newPolicyPage(*call) (any, error) { return s.newPolicyView(), nil }

func (s *Server) newPolicyView() newPolicy {
	p := s.source.Policy()
	v := newPolicy{InForce: PolicyName{p.Digest, p.Name}, Now: [4]string{p.Capacity.String(), p.Threshold.String(), p.MinimumRate().String(), p.Burst.String()}}
	for _, f := range p.Files {
		v.Files = append(v.Files, f.Name)
	}
	return v
}

// draftPolicy makes a draft of what a form has, and leads to where it is shown.
// Nothing is proposed by it.
func (s *Server) draftPolicy(c *call) (string, error) {
	v := s.newPolicyView()
	p, from, err := (*policy.Policy)(nil), "", error(nil)
	if c.r.MultipartForm != nil {
		p, from, err = s.uploaded(c.r.MultipartForm)
	} else {
		value := func(name string) string { return strings.TrimSpace(c.r.PostFormValue(name)) }
		v.Capacity, v.Threshold, v.Minimum, v.Burst = value("capacity"), value("threshold"), value("minimum"), value("burst")
		p, err = s.varied(Variation{v.Capacity, v.Threshold, v.Minimum, v.Burst})
		from = "a variation of " + v.InForce.Name
	}
	if err == nil {
		s.drafts.keep(p, from, s.source.Now())
		return "/policy/new/draft/" + p.Digest, nil
	}
	var problems policy.Problems
	if errors.As(err, &problems) {
		for _, problem := range problems {
			v.Wrong = append(v.Wrong, problem.Error())
		}
	} else {
		v.Wrong = []string{upper(err.Error()) + "."}
	}
	return "", &shown{status: http.StatusUnprocessableEntity, page: page{path: "/policy/new", title: v.Heading(), template: "policynew.html"}, view: v}
}

// Variation says what is to be another in the policy in force; what is empty stays.
type Variation struct {
	Capacity  string `json:"capacity,omitempty"`  // such as 1800/s
	Threshold string `json:"threshold,omitempty"` // such as 85%
	Minimum   string `json:"minimum,omitempty"`   // of an allocation
	Burst     string `json:"burst,omitempty"`     // such as 1s
}

// varied is the policy in force with something else in it.
func (s *Server) varied(given Variation) (*policy.Policy, error) {
	var v policy.Variation
	var errs []error
	wrong := func(what string, err error) bool {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", what, err))
		}
		return err == nil
	}
	rate := func(what, text string) *policy.Rate {
		if text != "" && !strings.Contains(text, "/") {
			text += "/s"
		}
		r, err := policy.ParseRate(text)
		if text == "" || !wrong(what, err) {
			return nil
		}
		return &r
	}
	v.Capacity, v.Minimum = rate("capacity", given.Capacity), rate("minimum", given.Minimum)
	if text := given.Threshold; text != "" {
		if !strings.HasSuffix(text, "%") {
			text += "%"
		}
		if t, err := policy.ParsePercent(text); wrong("threshold", err) {
			v.Threshold = &t
		}
	}
	if given.Burst != "" {
		if b, err := policy.ParseDuration(given.Burst); wrong("burst", err) {
			v.Burst = &b
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	before := s.source.Policy()
	p, err := before.Vary(v)
	if err == nil && p.Digest == before.Digest {
		err = errors.New("nothing is another than in the policy in force; write what is to change")
	}
	return p, err
}

// mostUploads is how many files a policy may have.
const mostUploads = 100

// uploaded reads a policy from files that somebody gave. What is not given and is
// named by the policy is taken from the policy in force.
func (s *Server) uploaded(form *multipart.Form) (*policy.Policy, string, error) {
	before := s.source.Policy()
	var files []policy.File
	for _, field := range []string{"policy", "portfolio", "senders", "others"} {
		for _, head := range form.File[field] {
			text, err := contentOf(head)
			if err != nil {
				return nil, "", err
			}
			if len(text) == 0 && head.Filename == "" {
				continue
			}
			files = append(files, policy.File{Name: path.Base(strings.ReplaceAll(head.Filename, `\`, "/")), Text: text})
		}
		if field == "policy" && len(files) == 0 && len(before.Files) > 0 {
			files = append(files, before.Files[0])
		}
	}
	if len(files) > mostUploads {
		return nil, "", fmt.Errorf("%d files are too many for a policy; give at most %d", len(files), mostUploads)
	}
	given := len(files)
	p, err := policy.ParseFiles(append(slices.Clone(files), before.Files...))
	if err != nil {
		return nil, "", err
	}
	var names []string
	for i, f := range files[:given] {
		if i == 0 && len(form.File["policy"]) == 0 { // it is the one in force
			continue
		}
		if !slices.ContainsFunc(p.Files, func(named policy.File) bool { return named.Name == f.Name }) {
			return nil, "", fmt.Errorf("the policy does not name the file %.100q; under a key such as portfolio it names %s: give the file by that name", f.Name, namesOf(p.Files[1:]))
		}
		names = append(names, f.Name)
	}
	if p.Digest == before.Digest {
		return nil, "", errors.New("these files are the policy in force; give one that is another")
	}
	return p, "files: " + strings.Join(names, ", "), nil
}

func namesOf(files []policy.File) string {
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func contentOf(head *multipart.FileHeader) ([]byte, error) {
	f, err := head.Open()
	if err != nil {
		return nil, fmt.Errorf("the file %.100q cannot be read: %w", head.Filename, err)
	}
	defer f.Close()
	return io.ReadAll(f)
}

// draftView is the page on which a draft is looked at and proposed.
type draftView struct {
	Compared
	From        string // where it comes from
	Refused     []string
	Foreseen    amendment.Proposal
	Warnings    []string
	At          string // from when it would hold; empty: at once
	By, Why     string
	Shorten     string // the reason of a shorter notice
	Confirmed   bool
	Wrong       string
	Deadline    string
	NeedShorter bool // only with a shorter notice can it hold when it says
}

// Heading is the page's title.
func (v draftView) Heading() string { return "Look at " + v.New.Name }

func (s *Server) draftPage(c *call) (any, error) { return s.draftView(c) }

func (s *Server) draftView(c *call) (draftView, error) {
	now := s.source.Now()
	d := s.drafts.find(c.path("digest"), now)
	if d == nil {
		return draftView{}, fail(http.StatusNotFound, "there is no such draft; drafts are kept for an hour and not over a restart: give it again at /policy/new, or see at /policy whether it was proposed")
	}
	v := draftView{Compared: comparedOf(s.source.Policy(), d.policy), From: d.from, Deadline: clock(d.until, now)}
	for _, w := range d.policy.WarningsAt(now) {
		v.Warnings = append(v.Warnings, w.Error())
	}
	var refused *amendment.Refusal
	var err error
	v.Foreseen, err = s.source.Amendments.Foresee(d.policy, amendment.Person{Name: c.person.Name})
	switch {
	case errors.As(err, &refused):
		v.Refused = refused.Reasons
		return v, nil
	case err != nil:
		return v, err
	}
	if v.Foreseen.From.After(now) {
		v.At = clock(v.Foreseen.From, now)
	}
	v.NeedShorter = slices.ContainsFunc(v.Foreseen.Awaits, func(what string) bool { return strings.HasPrefix(what, "a shorter notice") })
	return v, nil
}

// proposeDraft proposes a draft from that page.
func (s *Server) proposeDraft(c *call) (string, error) {
	v, err := s.draftView(c)
	if err != nil {
		return "", err
	}
	value := func(name string) string { return strings.TrimSpace(c.r.PostFormValue(name)) }
	v.By, v.Why, v.Shorten, v.Confirmed = value("by"), value("why"), value("shorten"), value("confirm") != ""
	d := s.drafts.find(c.path("digest"), s.source.Now())
	by, err := c.as(v.By)
	if err == nil && d != nil {
		_, err = s.source.Amendments.Propose(d.policy, by, v.Why, amendment.ProposeOptions{Confirm: v.Confirmed, ShortenNotice: v.Shorten != "", Reason: v.Shorten})
	}
	if err == nil {
		return "/policy/" + c.path("digest"), nil
	}
	v.Wrong = upper(err.Error()) + "."
	return "", &shown{status: http.StatusUnprocessableEntity, page: page{path: "/policy/new", title: v.Heading(), template: "policydraft.html"}, view: v}
}
