package console

import (
	"net/http"
	"reflect"
	"slices"
	"strings"

	"srtm/access"
	"srtm/amendment"
)

// base is where the API is.
const base = "/api/v1"

// route is one thing that the API does. From the list of them come the mux, the
// OpenAPI document and the test that nobody sees another's numbers.
type route struct {
	method, path string // the path below base
	need         access.Right
	summary      string
	params       any // a struct whose fields are query parameters: tags query, description; nil: there is none
	in, out      any // values of the types of body and answer; nil: none
	status       int // of an answer; 0: 200
	answer       func(*Server, *call) (any, error)
	stream       func(*Server, *call) error // in place of answer: it writes the answer itself
	kind         string                     // media type of what stream writes
}

// page is one page for people.
type page struct {
	path     string
	need     access.Right
	nav      string           // its word in the navigation; empty: it is not there
	only     func(*call) bool // whether it is there for somebody; nil: for everybody who has the right
	title    string
	template string // a file in templates, which defines "main"
	view     func(*Server, *call) (any, error)
}

// form is what a form on a page does. It is answered with a redirect to the path
// that do returns.
type form struct {
	path string
	need access.Right
	do   func(*Server, *call) (to string, err error)
}

// plain is what belongs neither to the API nor to the pages.
type plain struct {
	path  string
	need  access.Right
	serve func(*Server, *call) error
}

// routes lists the API. What the Source does not have is not in it.
func (s *Server) routes() []route {
	all := []route{
		{method: "GET", path: "/openapi.json", need: anybody, summary: "This API as an OpenAPI 3.1 document.", out: map[string]any{}, answer: (*Server).document},
		{method: "GET", path: "/me", need: access.See, summary: "Who is signed in, and what that person may see and do.", out: Me{}, answer: (*Server).me},
		{method: "GET", path: "/state", need: access.SeeAll, summary: "All numbers, with counters since the start.", out: State{}, answer: (*Server).state},
		{method: "GET", path: "/now", need: access.See, summary: "What is happening now: the page Now. A Service User finds itself and the system's totals.", params: search{}, out: Now{}, answer: (*Server).now},
		{method: "GET", path: "/history", need: access.See, summary: "The last ten minutes, a value for each second: the system's totals, or one Service User's.", params: ofAccount{}, out: History{}, answer: (*Server).past},
		{method: "GET", path: "/limits", need: access.See, summary: "What a Service User may send: its allocation, what limits it now, and whether traffic management is active.", params: ofAccount{}, out: Limits{}, answer: (*Server).limits},
		{method: "GET", path: "/users", need: access.See, summary: "The Service Users.", params: search{}, out: []UserLine{}, answer: (*Server).users},
		{method: "GET", path: "/users/{account}", need: access.See, summary: "One Service User: its numbers, by variant and by User ID, and its last refusals.", out: User{}, answer: (*Server).user},
		{method: "GET", path: "/events", need: access.See, summary: "Server-Sent Events: state once a second, activation and release when they come.", params: lastEvent{}, kind: "text/event-stream", stream: (*Server).events},
		{method: "GET", path: "/journal/head", need: access.SeeAll, summary: "The journal's last signed head.", out: HeadState{}, answer: (*Server).head},
	}
	if s.source.Amendments != nil {
		all = append(all, policyRoutes()...)
	}
	if s.source.Acts != nil {
		all = append(all, actRoutes()...)
	}
	all = append(all, s.officeRoutes()...)
	if s.source.Acts != nil && s.source.Judge != nil {
		all = append(all, drillRoutes()...)
	}
	return append(all, s.pastRoutes()...)
}

// policyRoutes are those that need somebody who takes changes of policy.
func policyRoutes() []route {
	step := func(name, summary string, need access.Right) route {
		return route{method: "POST", path: "/policies/{digest}/" + name, need: need, summary: summary, in: Deed{}, out: amendment.Proposal{},
			answer: func(s *Server, c *call) (any, error) { return s.step(c, name) }}
	}
	return []route{
		{method: "GET", path: "/policies", need: access.SeeAll, summary: "The policy in force, what is to come, what waits, and what was.", out: Policies{}, answer: (*Server).policies},
		{method: "GET", path: "/policies/{digest}", need: access.SeeAll, summary: "The files of a policy in force (in-force), to come or waiting.", out: PolicyText{}, answer: (*Server).policyFiles},
		{method: "POST", path: "/policies", need: access.Operate, summary: "Propose a policy; with preview only say what would be asked, awaited and told.", params: orPreview{}, in: Deed{}, out: amendment.Proposal{}, answer: (*Server).propose},
		step("confirm", "Say that what is asked about a proposal is meant so.", access.Operate),
		step("approve", "Approve a proposal of another person.", access.Approve),
		step("withdraw", "Take back a proposal, or a policy to come.", access.Operate),
		step("rollback", "Propose an earlier policy again.", access.Operate),
		{method: "GET", path: "/notices", need: access.See, summary: "What Service Users were told of their coming allocations.", params: ofAccount{}, out: []amendment.Notice{}, answer: (*Server).notices},
		{method: "GET", path: "/challenges", need: access.See, summary: "What Service Users said about their allocations, and the answers.", params: ofAccount{}, out: []amendment.Challenge{}, answer: (*Server).challenges},
		{method: "POST", path: "/challenges", need: access.See, summary: "Say something about an allocation: a Service User about its own, an operator in the name of one.", in: Saying{}, out: amendment.Challenge{}, answer: (*Server).challenge},
		{method: "POST", path: "/challenges/{id}/answer", need: access.Operate, summary: "Answer it.", in: Saying{}, out: amendment.Challenge{}, answer: (*Server).answerChallenge},
	}
}

// pages lists the pages, in the order of the navigation.
func (s *Server) pages() []page {
	all := []page{
		{path: "/{$}", need: access.See, nav: "Now", title: "Now", template: "now.html", view: (*Server).nowPage},
		{path: "/users", need: access.See, nav: "Service Users", title: "Service Users", template: "users.html", view: (*Server).usersPage},
		{path: "/users/{account}", need: access.See, title: "Service User", template: "user.html", view: (*Server).userPage},
		{path: "/sign-in", need: anybody, title: "Sign in", template: "signin.html", view: (*Server).signInPage},
		{path: "/sign-in/link", need: anybody, title: "Set a password", template: "link.html", view: (*Server).linkPage},
	}
	all = append(all, s.officePages()...)
	if s.source.Acts != nil && s.source.Judge != nil {
		all = append(all, s.drillPages()...)
	}
	return append(all, s.pastPages()...)
}

// forms lists what forms do.
func (s *Server) forms() []form {
	all := []form{
		{"/sign-in", anybody, (*Server).signIn},
		{"/sign-in/link", anybody, (*Server).redeem},
		{"/sign-out", anybody, (*Server).signOut},
	}
	all = append(all, s.officeForms()...)
	if s.source.Acts != nil && s.source.Judge != nil {
		all = append(all, drillForms()...)
	}
	return append(all, s.pastForms()...)
}

// plains lists the rest.
func (s *Server) plains() []plain {
	all := []plain{
		{"/healthz", anybody, (*Server).healthy},
		{"/readyz", anybody, (*Server).ready},
		{"/metrics", access.SeeAll, (*Server).metrics},
		{"/assets/{file...}", anybody, (*Server).asset},
		{"/favicon.ico", anybody, (*Server).icon},
		{"/sign-in/openid", anybody, (*Server).beginOpenID},
		{"/sign-in/openid/return", anybody, (*Server).finishOpenID},
	}
	return append(append(all, s.pastPlains()...), s.officePlains()...)
}

// mux serves the lists, and says of everything else what would be right.
func (s *Server) mux() *http.ServeMux {
	mux, methods := http.NewServeMux(), map[string][]string{}
	handle := func(method, path string, h http.HandlerFunc) {
		mux.HandleFunc(method+" "+path, h)
		methods[path] = append(methods[path], method)
	}
	for _, r := range s.routes() {
		handle(r.method, base+r.path, s.guarded(r.need, func(c *call) { s.serveRoute(c, r) }))
	}
	for _, p := range s.pages() {
		handle("GET", p.path, s.guarded(p.need, func(c *call) { s.servePage(c, p) }))
	}
	for _, f := range s.forms() {
		handle("POST", f.path, s.guarded(f.need, func(c *call) { s.serveForm(c, f) }))
	}
	for _, p := range s.plains() {
		handle("GET", p.path, s.guarded(p.need, func(c *call) {
			if err := p.serve(s, c); err != nil {
				s.refuse(c.w, c.r, err)
			}
		}))
	}
	for path, allowed := range methods {
		refuse := s.otherMethod(allowed)
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} { // each by itself, so that a path may stand beside one with a wildcard
			if !slices.Contains(allowed, method) {
				mux.HandleFunc(method+" "+path, refuse)
			}
		}
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, fail(http.StatusNotFound, "there is nothing at %.200q; / leads to every page, and %s/openapi.json lists the API", r.URL.Path, base))
	})
	return mux
}

// otherMethod refuses a method that a path does not have.
func (s *Server) otherMethod(allowed []string) http.HandlerFunc {
	if slices.Contains(allowed, "GET") {
		allowed = append(allowed, "HEAD")
	}
	slices.Sort(allowed)
	allow := strings.Join(slices.Compact(allowed), ", ")
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		s.refuse(w, r, fail(http.StatusMethodNotAllowed, "%s is not done here; %s is", r.Method, allow))
	}
}

func (s *Server) serveRoute(c *call, r route) {
	var err error
	if r.in != nil {
		if c.in, err = readBody(c.w, c.r, r.in); err != nil {
			s.refuse(c.w, c.r, err)
			return
		}
	}
	if r.stream != nil {
		if err := r.stream(s, c); err != nil {
			s.refuse(c.w, c.r, err)
		}
		return
	}
	v, err := r.answer(s, c)
	if err != nil {
		s.refuse(c.w, c.r, err)
		return
	}
	if list := reflect.ValueOf(v); list.Kind() == reflect.Slice && list.IsNil() {
		v = []any{}
	}
	s.write(c.w, r.status, v)
}

func (s *Server) serveForm(c *call, f form) {
	if err := c.readForm(f.need); err != nil {
		s.refuse(c.w, c.r, err)
		return
	}
	to, err := f.do(s, c)
	if err != nil {
		s.refuse(c.w, c.r, err)
		return
	}
	http.Redirect(c.w, c.r, back(to), http.StatusSeeOther)
}

// The query parameters that several routes have.
type (
	search struct {
		Q string `query:"q" description:"Only Service Users whose account or name contains this."`
	}
	ofAccount struct {
		Account string `query:"account" description:"A Service User's account."`
	}
	lastEvent struct {
		LastEventID string `header:"Last-Event-ID" description:"The last activation or release that was received: those after it are sent first."`
	}
)
