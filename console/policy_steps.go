package console

import (
	"net/http"
	"slices"
	"strings"

	"srtm/access"
	"srtm/amendment"
)

// onePolicy is the page of one policy: what it is, who stands behind it, what it
// waits for, what it changes, and what can be done about it.
type onePolicy struct {
	PolicyLine
	Accepted   bool
	Questions  []amendment.Question
	Notices    []amendment.Notice
	Challenges []amendment.Challenge
	Confirmed  *amendment.Assent
	Shortened  *amendment.Assent
	Withdrawn  *amendment.Assent
	Change     *Compared // against the one in force; nil: it is that, or its files are no longer kept
	FileNames  []string
	Steps      []stepOf // that can be taken, and by whom
}

// Heading is the page's title.
func (v onePolicy) Heading() string { return v.Name }

// policySteps are what can be done about a policy, and who may.
func policySteps() []stepOf {
	return []stepOf{{"approve", access.Approve}, {"confirm", access.Operate}, {"withdraw", access.Operate}, {"rollback", access.Operate}}
}

func (s *Server) onePolicyPage(c *call) (any, error) { return s.onePolicyView(c) }

func (s *Server) onePolicyView(c *call) (onePolicy, error) {
	v, there := s.papersOf(c.path("digest"))
	if !there {
		return v, fail(http.StatusNotFound, "no policy has the digest %.80q; /policy lists those that there are", c.path("digest"))
	}
	inForceNow := s.source.Policy()
	if p, err := s.findPolicy(c.r.Context(), v.Digest); err == nil {
		for _, f := range p.Files {
			v.FileNames = append(v.FileNames, f.Name)
		}
		if p.Digest != inForceNow.Digest {
			change := comparedOf(inForceNow, p)
			v.Change = &change
		}
	}
	may := map[string][]string{waits: {"approve", "confirm", "withdraw"}, toCome: {"withdraw"}, wasThere: {"rollback"}}[v.Standing]
	for _, step := range policySteps() {
		if !slices.Contains(may, step.Name) || step.Name == "confirm" && !v.asks() || step.Name == "rollback" && !v.Files {
			continue
		}
		v.Steps = append(v.Steps, step)
	}
	return v, nil
}

// asks says whether a proposal waits for an answer of whoever operates.
func (v onePolicy) asks() bool { return len(v.Questions) > 0 || v.needsShorter() }

func (v onePolicy) needsShorter() bool {
	return slices.ContainsFunc(v.Awaits, func(what string) bool { return strings.HasPrefix(what, "a shorter notice") })
}

// papersOf is a policy as the register has it: as it waits, or else as it was
// accepted last.
func (s *Server) papersOf(digest string) (onePolicy, bool) {
	a, now := s.source.Amendments, s.source.Now()
	for _, p := range a.Pending() {
		if p.Digest == digest {
			return onePolicy{PolicyLine: proposalLine(&p), Questions: p.Questions, Notices: p.Notices, Challenges: p.Challenges, Confirmed: p.Confirmed, Shortened: p.Shortened}, true
		}
	}
	view := PolicyView{}
	if in := a.InForce(now); in != nil {
		line := policyLine(in, inForce)
		view.InForce = &line
		if digest == "in-force" {
			digest = in.Digest
		}
	}
	for _, past := range slices.Backward(a.History()) {
		if past.Digest != digest {
			continue
		}
		v := onePolicy{PolicyLine: policyLine(&past, standingOf(&past, view, now)), Accepted: true, Confirmed: past.Confirmed, Shortened: past.Shortened, Withdrawn: past.Withdrawn}
		for _, n := range a.Notices("") {
			if n.Policy == digest && !n.TakenBack {
				v.Notices = append(v.Notices, n)
			}
		}
		return v, true
	}
	return onePolicy{}, false
}

// policyStep is the page that asks whether a step is to be taken, and says what
// would come of it.
type policyStep struct {
	onePolicy
	Step     string
	Foreseen *amendment.Proposal // of a roll-back
	Refused  []string
	Asking   bool // there are questions to be confirmed
	Shorter  bool // a shorter notice is awaited
	By, Why  string
	Shorten  string
	Confirm  bool
	Wrong    string
}

// Heading is the page's title.
func (v policyStep) Heading() string {
	return map[string]string{"approve": "Approve ", "confirm": "Answer what is asked about ", "withdraw": "Withdraw ", "rollback": "Roll back to "}[v.Step] + v.Name
}

func policyStepPages() (all []page) {
	for _, step := range policySteps() {
		all = append(all, page{path: "/policy/{digest}/" + step.Name, need: step.Need, title: "Policy", template: "policystep.html",
			view: func(s *Server, c *call) (any, error) { return s.policyStepView(c, step.Name) }})
	}
	return all
}

func policyStepForms() (all []form) {
	for _, step := range policySteps() {
		all = append(all, form{"/policy/{digest}/" + step.Name, step.Need, func(s *Server, c *call) (string, error) { return s.doPolicyStep(c, step.Name) }})
	}
	return all
}

func (s *Server) policyStepView(c *call, step string) (policyStep, error) {
	one, err := s.onePolicyView(c)
	if err != nil {
		return policyStep{}, err
	}
	v := policyStep{onePolicy: one, Step: step, Asking: len(one.Questions) > 0, Shorter: one.needsShorter()}
	if !slices.ContainsFunc(one.Steps, func(known stepOf) bool { return known.Name == step }) {
		return v, fail(http.StatusConflict, "%s is %s, and there is nothing to %s; /policy says what can be done", one.Name, one.Standing, step)
	}
	if step == "rollback" {
		return v, s.foreseeRollback(c, &v)
	}
	return v, nil
}

// foreseeRollback says what would come of proposing an earlier policy again.
func (s *Server) foreseeRollback(c *call, v *policyStep) error {
	p, err := s.findPolicy(c.r.Context(), v.Digest)
	if err != nil {
		return err
	}
	made, err := s.source.Amendments.Foresee(p, amendment.Person{Name: c.person.Name})
	if err != nil {
		v.Refused = []string{err.Error()}
		return nil
	}
	v.Foreseen, v.Questions, v.Notices = &made, made.Questions, made.Notices
	v.Asking = len(made.Questions) > 0
	v.Shorter = onePolicy{PolicyLine: PolicyLine{Awaits: made.Awaits}}.needsShorter()
	return nil
}

// doPolicyStep takes the step from that page.
func (s *Server) doPolicyStep(c *call, step string) (string, error) {
	value := func(name string) string { return strings.TrimSpace(c.r.PostFormValue(name)) }
	v, err := s.policyStepView(c, step)
	if err != nil {
		return "", err
	}
	v.By, v.Why, v.Shorten, v.Confirm = value("by"), value("why"), value("shorten"), value("confirm") != ""
	by, err := c.as(v.By)
	o := amendment.ProposeOptions{Confirm: v.Confirm, ShortenNotice: v.Shorten != "", Reason: v.Shorten}
	if err == nil {
		_, err = s.takeStep(stepTaken{v.Digest, step, v.Why, by, o})
	}
	if err == nil {
		return "/policy/" + v.Digest, nil
	}
	v.Wrong = upper(err.Error()) + "."
	return "", &shown{status: http.StatusUnprocessableEntity, page: page{path: "/policy/{digest}", title: v.Heading(), template: "policystep.html"}, view: v}
}

// stepTaken is a step about a policy, and who takes it and why.
type stepTaken struct {
	digest, step, why string
	by                amendment.Person
	options           amendment.ProposeOptions
}

// takeStep has the register take it. The proposal is empty where none is left.
func (s *Server) takeStep(t stepTaken) (amendment.Proposal, error) {
	a := s.source.Amendments
	switch t.step {
	case "confirm":
		return a.Confirm(t.digest, t.by, t.why, t.options)
	case "approve":
		return a.Approve(t.digest, t.by, t.why)
	case "rollback":
		return a.Rollback(t.digest, t.by, t.why, t.options)
	}
	return amendment.Proposal{}, a.Withdraw(t.digest, t.by, t.why)
}
