package console

import (
	"slices"
	"strings"
	"time"

	"srtm/access"
	"srtm/amendment"
	"srtm/policy"
	"srtm/traffic"
)

// PolicyView is what the rules are and what will change: the page Policy, and
// /api/v1/policy. A Service User finds what concerns everybody, its own allocation,
// and what was said about that.
type PolicyView struct {
	Sentence   []Phrase              `json:"sentence"`
	InForce    *PolicyLine           `json:"in_force,omitempty"`
	Coming     []PolicyLine          `json:"coming"`
	Waiting    []PolicyLine          `json:"waiting"` // proposals
	Past       []PolicyLine          `json:"past"`    // the last accepted first
	Notices    []amendment.Notice    `json:"notices"` // of a Service User's allocation to come
	Challenges []amendment.Challenge `json:"challenges"`
}

// PolicyLine is one policy in a list.
type PolicyLine struct {
	Digest   string     `json:"digest,omitempty"`
	Number   uint64     `json:"number,omitempty"` // of a version
	Name     string     `json:"name"`
	Standing string     `json:"standing"`       // in force, to come, waiting, past, withdrawn or replaced
	From     *time.Time `json:"from,omitempty"` // from when it holds, or would
	By       string     `json:"by,omitempty"`
	Why      string     `json:"why,omitempty"`
	Approved []string   `json:"approved,omitempty"` // who approved it
	Awaits   []string   `json:"awaits,omitempty"`
	Files    bool       `json:"files"` // its files are kept
}

// The standings of a policy.
const (
	inForce   = "in force"
	toCome    = "to come"
	waits     = "waiting"
	wasThere  = "past"
	takenBack = "withdrawn"
	replaced  = "replaced"
)

// policyLine is a policy that was accepted.
func policyLine(v *amendment.Version, standing string) PolicyLine {
	from := v.From
	line := linePapers(&v.Papers)
	line.Standing, line.From, line.Files, line.Number = standing, &from, !v.Dropped, v.Number
	return line
}

func linePapers(p *amendment.Papers) PolicyLine {
	line := PolicyLine{Digest: p.Digest, Name: p.Name, By: p.Prepared.By, Why: p.Prepared.Why, Files: true}
	if p.ByFile {
		line.By = "the file given at a start"
	}
	for _, a := range p.Approvals {
		line.Approved = append(line.Approved, a.By)
	}
	return line
}

func proposalLine(p *amendment.Proposal) PolicyLine {
	line := linePapers(&p.Papers)
	from := p.From
	line.Standing, line.From, line.Awaits = waits, &from, p.Awaits
	return line
}

func (s *Server) policyView(c *call) (any, error) { return s.policyFor(c.person), nil }

// policyFor is what somebody may know of the rules.
func (s *Server) policyFor(p access.Person) PolicyView {
	a, now := s.source.Amendments, s.source.Now()
	v := PolicyView{Coming: []PolicyLine{}, Waiting: []PolicyLine{}, Past: []PolicyLine{}, Notices: []amendment.Notice{}, Challenges: []amendment.Challenge{}}
	if in := a.InForce(now); in != nil {
		line := policyLine(in, inForce)
		v.InForce = &line
	}
	for _, coming := range a.Coming() {
		v.Coming = append(v.Coming, policyLine(&coming, toCome))
	}
	for _, said := range a.Challenges() {
		if p.MaySee(said.Account) {
			v.Challenges = append(v.Challenges, said)
		}
	}
	if !p.May(access.SeeAll) {
		s.own(&v, p.Account)
		return v
	}
	for _, proposal := range a.Pending() {
		v.Waiting = append(v.Waiting, proposalLine(&proposal))
	}
	for _, past := range slices.Backward(a.History()) {
		if standing := standingOf(&past, v, now); standing != inForce && standing != toCome {
			v.Past = append(v.Past, policyLine(&past, standing))
		}
	}
	v.Sentence = sentenceOfPolicy(&v, now)
	return v
}

// standingOf is how an accepted version stands now.
func standingOf(p *amendment.Version, v PolicyView, now time.Time) string {
	switch {
	case p.Withdrawn != nil:
		return takenBack
	case p.Replaced != 0:
		return replaced
	case p.From.After(now):
		return toCome
	case v.InForce != nil && v.InForce.Digest == p.Digest && v.InForce.From.Equal(p.From):
		return inForce
	}
	return wasThere
}

// own leaves in a view what a Service User may know.
func (s *Server) own(v *PolicyView, account string) {
	now := s.source.Now()
	blank := func(l *PolicyLine) { l.Digest, l.By, l.Why, l.Approved = "", "", "", nil }
	if v.InForce != nil {
		blank(v.InForce)
	}
	for i := range v.Coming {
		blank(&v.Coming[i])
	}
	for _, n := range s.source.Amendments.Notices(account) {
		if n.Effective.After(now) && !n.TakenBack {
			v.Notices = append(v.Notices, n)
		}
	}
	var out sentence
	out.rules(v, now)
	for _, a := range s.source.Policy().Accounts {
		if a.Name == account {
			out.say(" The allocation of %s is %s per second.", account, exact(allocationOf(&a)))
		}
	}
	for _, n := range v.Notices {
		out.say(" From %s it ", clock(n.Effective, now))
		out.stress("will be %s per second", exact(Exact(n.New)))
		out.say(".")
	}
	v.Sentence = out
}

// allocationOf is an account's standing allocation.
func allocationOf(a *policy.Account) Exact {
	return Exact(traffic.Rate(a.Allocation) * (traffic.PerSecond / 1000))
}

// sentenceOfPolicy says it to whoever sees everybody.
func sentenceOfPolicy(v *PolicyView, now time.Time) []Phrase {
	var out sentence
	out.rules(v, now)
	for _, w := range v.Waiting {
		out.say(" %s ", w.Name)
		var whom []string
		for _, awaited := range w.Awaits { // the rest stands in the list
			short, _, _ := strings.Cut(awaited, ":")
			whom = append(whom, strings.TrimSuffix(short, " of"))
		}
		out.stress("waits for %s", strings.Join(whom, ", and for "))
		out.say(".")
	}
	open := 0
	for _, said := range v.Challenges {
		if said.Answer == nil {
			open++
		}
	}
	if open == 1 {
		out.say(" A Service User's challenge is not answered.")
	} else if open > 1 {
		out.say(" %s challenges of Service Users are not answered.", count(open))
	}
	return out
}

// rules says what is in force and what comes next.
func (out *sentence) rules(v *PolicyView, now time.Time) {
	if in := v.InForce; in == nil {
		out.say("No policy is in force.")
	} else {
		out.stress("%s", in.Name)
		out.say(" is in force since %s (%s)", clock(*in.From, now), age(now.Sub(*in.From)))
		if in.By != "" {
			out.say(", prepared by %s", in.By)
		}
		if len(in.Approved) > 0 {
			out.say(" and approved by %s", few(in.Approved))
		}
		out.say(".")
	}
	switch n := len(v.Coming); {
	case n == 0:
		out.say(" Nothing is to come.")
	default:
		next := v.Coming[0]
		out.say(" Next comes ")
		out.stress("%s", next.Name)
		out.say(", at %s (in %s)", clock(*next.From, now), age(next.From.Sub(now)))
		if n > 1 {
			out.say("; %s more follow", count(n-1))
		}
		out.say(".")
	}
}

// policyPage is what the page Policy shows.
type policyPage struct {
	PolicyView
	Known []PolicyChoice // that can be compared
}

func (s *Server) policyPage(c *call) (any, error) {
	v := policyPage{PolicyView: s.policyFor(c.person)}
	if !c.all() {
		return v, nil
	}
	v.Known = s.registered()
	return v, nil
}
