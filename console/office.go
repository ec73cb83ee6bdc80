package console

import (
	"fmt"
	"html/template"
	"time"

	"srtm/access"
	"srtm/act"
	"srtm/traffic"
)

// linesAt is a list of policies with the time that it is shown at.
type linesAt struct {
	Lines []PolicyLine
	Now   time.Time
}

// officeFunctions are those that the templates of Policy, acts by hand, Audit and
// System call.
func officeFunctions() template.FuncMap {
	return template.FuncMap{
		"persecond": func(r act.PerSecond) string { return exact(Exact(r)) },
		"exactly":   func(r traffic.Rate) string { return exact(Exact(r)) },
		"lines":     func(all []PolicyLine, now time.Time) linesAt { return linesAt{all, now} },
		"list":      func(one *PolicyLine) []PolicyLine { return []PolicyLine{*one} },
		"octets":    octets,
		"daysleft":  func(d *float64) string { return daysLeft(*d) },
		"seconds":   func(s float64) string { return fmt.Sprintf("%+.3f s", s) },
		"firsts":    func(all []Phrase, n int) []Phrase { return all[:min(n, len(all))] },
		"kindword": func(kind string) string {
			return map[string]string{kindByHand: "by hand", kindPolicy: "policy", kindSignIn: "signing in, users", kindChallenge: "challenge", kindGateway: "gateway", kindRecords: "records"}[kind]
		},
		"right": func(r access.Right) string { return string(r) },
		"stepword": func(step string) string {
			return map[string]string{"approve": "Approve it", "confirm": "Answer what is asked", "withdraw": "Withdraw it", "rollback": "Roll back to it"}[step]
		},
	}
}

// officeRoutes are those of Policy beside policyRoutes, of Audit, Explain and
// System.
func (s *Server) officeRoutes() (all []route) {
	if s.source.Amendments != nil {
		all = append(all,
			route{method: "GET", path: "/policy", need: access.See, summary: "What the rules are and what will change; a Service User finds what concerns it.", out: PolicyView{}, answer: (*Server).policyView},
			route{method: "GET", path: "/policies/{digest}/compare", need: access.SeeAll, summary: "What changes from another policy to this one: who gains and who loses.", params: withPolicy{}, out: Compared{}, answer: (*Server).comparePolicies})
	}
	if s.source.Ledger != nil {
		all = append(all, route{method: "GET", path: "/audit", need: access.SeeAll, summary: "Who did what: acts by hand, policies, signing in, challenges, starts, gaps.", params: auditParams{}, out: Audit{}, answer: (*Server).audit})
	}
	if s.source.Verify != nil {
		all = append(all,
			route{method: "GET", path: "/audit/verification", need: access.SeeAll, summary: "How a check of the journal goes, or went.", out: Verification{}, answer: (*Server).verification},
			route{method: "POST", path: "/audit/verification", need: access.SeeAll, summary: "Begin a check of the whole journal, which goes on behind.", in: Nothing{}, out: Verification{}, answer: (*Server).verify})
	}
	if s.source.Archive != nil {
		all = append(all, route{method: "GET", path: "/explain/{request}", need: access.See, summary: "What was decided about a request, and why: by RequestID or position. It needs the right investigate; a Service User finds its own.", params: explainParams{}, out: Explanation{}, answer: (*Server).explain})
	}
	if s.source.Machine != nil {
		all = append(all, route{method: "GET", path: "/system", need: access.SeeAll, summary: "Whether srtm itself is well, and what to do where it is not.", out: System{}, answer: (*Server).system})
	}
	return all
}

// Nothing is the body of a POST that needs none: {}.
type Nothing struct{}

type withPolicy struct {
	With string `query:"with" description:"The other policy's digest; default the policy in force."`
}

func (s *Server) officePages() (all []page) {
	if s.source.Amendments != nil {
		all = append(all,
			page{path: "/policy", need: access.See, nav: "Policy", title: "Policy", template: "policy.html", view: (*Server).policyPage},
			page{path: "/policy/new", need: access.Operate, title: "Prepare a change of policy", template: "policynew.html", view: (*Server).newPolicyPage},
			page{path: "/policy/new/draft/{digest}", need: access.Operate, title: "Draft", template: "policydraft.html", view: (*Server).draftPage},
			page{path: "/policy/compare", need: access.SeeAll, title: "Compare policies", template: "policycompare.html", view: (*Server).comparePage},
			page{path: "/policy/challenges/new", need: access.See, title: "Challenge", template: "challenge.html", view: (*Server).newChallengePage},
			page{path: "/policy/challenges/{id}/answer", need: access.Operate, title: "Answer", template: "challenge.html", view: (*Server).answerPage},
			page{path: "/policy/{digest}", need: access.SeeAll, title: "Policy", template: "policyone.html", view: (*Server).onePolicyPage})
		all = append(all, policyStepPages()...)
	}
	if s.source.Acts != nil {
		all = append(all, actPages()...)
	}
	if s.source.Archive != nil {
		all = append(all, page{path: "/explain", need: access.See, nav: "Explain", only: func(c *call) bool { return mayExplain(c) == nil }, title: "Explain a request", template: "explain.html", view: (*Server).explainPage})
	}
	if s.source.Ledger != nil {
		all = append(all, page{path: "/audit", need: access.SeeAll, nav: "Audit", title: "Audit", template: "audit.html", view: (*Server).auditPage})
	}
	if s.source.Machine != nil {
		all = append(all, page{path: "/system", need: access.SeeAll, nav: "System", title: "System", template: "system.html", view: (*Server).systemPage})
	}
	return all
}

func (s *Server) officeForms() (all []form) {
	if s.source.Amendments != nil {
		all = append(all,
			form{"/policy/new", access.Operate, (*Server).draftPolicy},
			form{"/policy/new/draft/{digest}", access.Operate, (*Server).proposeDraft},
			form{"/policy/challenges/new", access.See, (*Server).sayChallenge},
			form{"/policy/challenges/{id}/answer", access.Operate, (*Server).sayAnswer})
		all = append(all, policyStepForms()...)
	}
	if s.source.Acts != nil {
		all = append(all, actForms()...)
	}
	if s.source.Verify != nil {
		all = append(all, form{"/audit/verify", access.SeeAll, (*Server).verifyByForm})
	}
	return all
}

func (s *Server) officePlains() (all []plain) {
	if s.source.Amendments != nil {
		all = append(all,
			plain{"/policy/{digest}/tmmd", access.See, (*Server).renderPolicy},
			plain{"/policy/compare/document", access.SeeAll, (*Server).compareDocument})
	}
	if s.source.Ledger != nil {
		all = append(all, plain{"/audit.csv", access.SeeAll, (*Server).auditCSV})
	}
	return all
}
