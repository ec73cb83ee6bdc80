package console

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"srtm/access"
)

// theirs is what nobody of ALPHA may ever see: others' names and numbers.
func theirs(s *Server) []string {
	words := []string{"bravo", "charlie", "90-b3-d5-1f-30-02", "90-b3-d5-1f-30-03", "313370", "186630", "7.531", "282.033", "167.967", "31337", "4567", "4,567", "2345", "2,345"}
	for _, a := range s.meter.latest().Accounts {
		if a.Account != "ALPHA" {
			words = append(words, fmt.Sprint(a.Throttled), count(a.Throttled), fmt.Sprint(a.Forwarded), count(a.Forwarded))
		}
	}
	return words
}

// entry is a route, a page, a form or a plain, for the walk.
type entry struct {
	method, path string
	need         access.Right
}

func (s *Server) entries() (all []entry) {
	for _, r := range s.routes() {
		all = append(all, entry{r.method, base + r.path, r.need})
	}
	for _, p := range s.pages() {
		all = append(all, entry{"GET", p.path, p.need})
	}
	for _, f := range s.forms() {
		all = append(all, entry{"POST", f.path, f.need})
	}
	for _, p := range s.plains() {
		all = append(all, entry{"GET", p.path, p.need})
	}
	return all
}

// cases say with what each entry is tried by ALPHA: paths and bodies, which go
// after others' numbers where that can be said. An entry without one fails the
// test. {x} is tried as ALPHA, BRAVO and NOBODY.
var cases = map[string][]string{
	"GET /api/v1/openapi.json": {""}, "GET /api/v1/me": {""}, "GET /api/v1/state": {""}, "GET /api/v1/now": {"", "?q=bravo", "?account=BRAVO"},
	"GET /api/v1/history": {"", "?account={x}"}, "GET /api/v1/limits": {"", "?account={x}"}, "GET /api/v1/users": {"", "?q=br"},
	"GET /api/v1/users/{account}": {"{x}"}, "GET /api/v1/events": {"", "?account=BRAVO"}, "GET /api/v1/journal/head": {""},
	"GET /api/v1/policies": {""}, "GET /api/v1/policies/{digest}": {"in-force"}, "POST /api/v1/policies": {`{"why":"x"}`},
	"POST /api/v1/policies/{digest}/confirm": {`Town {"why":"x"}`}, "POST /api/v1/policies/{digest}/approve": {`Town {"why":"x"}`},
	"POST /api/v1/policies/{digest}/withdraw": {`Town {"why":"x"}`}, "POST /api/v1/policies/{digest}/rollback": {`Town {"why":"x"}`},
	"GET /api/v1/notices": {"", "?account={x}"}, "GET /api/v1/challenges": {"", "?account={x}"},
	"POST /api/v1/challenges": {`{"account":"{x}","text":"more"}`, `{"text":"more"}`}, "POST /api/v1/challenges/{id}/answer": {`1 {"text":"no"}`},
	"GET /api/v1/acts": {""}, "GET /api/v1/presets": {""}, "POST /api/v1/acts": {`{"activate":true,"for":"1h","reason":"x"}`},
	"POST /api/v1/acts/{id}/approve": {`1 {}`}, "POST /api/v1/acts/{id}/end": {`1 {}`}, "POST /api/v1/acts/{id}/withdraw": {`1 {}`},
	"POST /api/v1/references": {`{"about":1,"reference":"x"}`},
	"GET /{$}":                {"", "?q=bravo"}, "GET /users": {"", "?q=bravo"}, "GET /users/{account}": {"{x}"}, "GET /sign-in": {"", "?to=/users/BRAVO"},
	"GET /sign-in/link": {"?token=x"}, "GET /acts/{id}/end": {"1"},
	"POST /sign-in": {"name=bravo&password=x"}, "POST /sign-in/link": {"token=x"}, "POST /sign-out": {"NOT"}, "POST /acts/{id}/end": {"1 why=x"},
	"GET /api/v1/episodes": {"", "?from=2023-11-01"}, "GET /api/v1/episodes/{id}": {"6", "7", "8", "9", "10", "999999", "x"}, "GET /api/v1/episodes/{id}/seconds": {"8?account={x}", "8"},
	"GET /episodes": {"", "?from=2023-11-01"}, "GET /episodes/{id}": {"8", "x"}, "POST /episodes/{id}/reference": {"8 reference=INC"},
	"GET /api/v1/what-if": {""}, "POST /api/v1/what-if": {`{"capacity":"2000/s"}`, `{"portfolio":{"BRAVO":2}}`}, "GET /api/v1/what-if/{id}": {"x"}, "DELETE /api/v1/what-if/{id}": {"x"},
	"GET /what-if": {""}, "GET /what-if/{id}": {"x"}, "POST /what-if": {"capacity=2000/s"}, "POST /what-if/{id}/cancel": {"x x=x"},
	"GET /api/v1/reports": {""}, "GET /reports": {""}, "POST /api/v1/reports": {`{"month":"2023-11"}`}, "POST /reports": {"month=2023-11"},
	"GET /api/v1/reports/files/{name}": {"2023-11-{x}.html", "2023-11-{x}.csv", "2023-11-manifest.json", "2023-11-panel.html"}, "GET /reports/files/{name}": {"2023-11-{x}.csv", "2023-11-panel.csv", "..%2f2023-11-panel.csv"},
	"GET /healthz": {""}, "GET /readyz": {""}, "GET /metrics": {""}, "GET /favicon.ico": {""}, "GET /assets/{file...}": {"console.css", "live.js"},
	"GET /sign-in/openid": {""}, "GET /sign-in/openid/return": {"?code=x"},
}

// A Service User, whoever it is known by, gets nobody else's name or number from
// anything that there is; and what it may not see of others answers as what is
// not there.
func TestSecrecy(t *testing.T) {
	w := town(t)
	withOffice(t, w)
	withDrills(t, w)
	g := gated(t, w)
	s, addr := running(t, w)
	live(w, s)
	session := signIn(t, g, addr, access.Grant{Name: "alpha", Roles: []access.Role{access.ServiceUser}, Account: "ALPHA"})
	secure, certificate := certified(t, s, "alpha")
	for name, as := range map[string]visitor{"session": {addr, session}, "certificate": {secure, certificate}} {
		t.Run(name, func(t *testing.T) {
			seen := 0
			for _, e := range s.entries() {
				tried, known := cases[e.method+" "+e.path]
				if !known {
					t.Errorf("%s %s has no case here: say with what ALPHA tries it", e.method, e.path)
				}
				for _, how := range tried {
					if how == "NOT" { // it would sign out
						continue
					}
					seen += as.try(t, s, e, how)
				}
			}
			if seen < 10 {
				t.Errorf("only %d of them answered ALPHA at all", seen)
			}
		})
	}
}

var pathData = regexp.MustCompile(` (d|x|y|width|height)="[^"]*"`)

// visitor is somebody who asks a console.
type visitor struct {
	addr   string
	client *http.Client
}

// try tries an entry, and returns 1 where it was answered.
func (v visitor) try(t *testing.T, s *Server, e entry, how string) int {
	t.Helper()
	answers := map[string]string{}
	status := 0
	for _, x := range []string{"ALPHA", "BRAVO", "NOBODY"} {
		var body string
		status, body = v.ask(t, e, strings.ReplaceAll(how, "{x}", x))
		body = pathData.ReplaceAllString(body, "")                                 // coordinates, in which any two digits may stand
		lower := strings.ReplaceAll(strings.ToLower(body), strings.ToLower(x), "") // what was asked for may be repeated
		if strings.Contains(how, "{x}") && x == "ALPHA" {
			lower = strings.ToLower(body)
		}
		if !strings.Contains(how, "{x}") {
			lower = strings.ToLower(body)
			for _, typed := range []string{"value=\"bravo\"", "“bravo”", "value=\"/users/bravo\"", "href=\"/users/bravo\">go on", strings.ToLower(requestOf(bravo))} { // in a field that ALPHA filled in
				lower = strings.ReplaceAll(lower, typed, "")
			}
		}
		for _, secret := range theirs(s) {
			if strings.Contains(lower, secret) {
				t.Errorf("%s %s with %q gives ALPHA %q: %.600s", e.method, e.path, strings.ReplaceAll(how, "{x}", x), secret, around(lower, secret))
			}
		}
		answers[x] = fmt.Sprint(status, strings.ReplaceAll(body, x, "X"))
		if !strings.Contains(how, "{x}") {
			break
		}
	}
	if e.need != anybody && e.need != access.See && status != http.StatusForbidden {
		t.Errorf("%s %s needs %s and answers a Service User %d", e.method, e.path, e.need, status)
	}
	if answers["BRAVO"] != answers["NOBODY"] {
		t.Errorf("%s %s: that BRAVO is there is seen: %q, %q", e.method, e.path, answers["BRAVO"], answers["NOBODY"])
	}
	if strings.HasPrefix(answers["ALPHA"], "200") {
		return 1
	}
	return 0
}

func around(text, word string) string {
	at := strings.Index(text, word)
	return text[max(0, at-80):min(len(text), at+80)]
}

// ask sends one request. How is what stands for the path's wildcard, then
// what is sent.
func (v visitor) ask(t *testing.T, e entry, how string) (int, string) {
	t.Helper()
	path := strings.TrimSuffix(e.path, "{$}")
	sent := how
	if at := strings.Index(path, "{"); at >= 0 {
		var value string
		value, sent, _ = strings.Cut(how, " ")
		path = path[:at] + value + path[strings.Index(path, "}")+1:]
	}
	var body io.Reader
	kind := ""
	switch {
	case e.method == "GET":
		path += sent
	case strings.HasPrefix(path, "/api/"):
		body, kind = strings.NewReader(sent), "application/json"
	default:
		body, kind = strings.NewReader(sent), "application/x-www-form-urlencoded"
	}
	r, err := http.NewRequestWithContext(t.Context(), e.method, v.addr+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	resp, err := v.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.Header.Get("Content-Type") == "text/event-stream" {
		return resp.StatusCode, firstEvent(t, resp.Body)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text) + resp.Header.Get("Location")
}

// firstEvent reads up to the first event's end.
func firstEvent(t *testing.T, from io.Reader) string {
	t.Helper()
	var text strings.Builder
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		text.WriteString(lines.Text() + "\n")
		if lines.Text() == "" && strings.Contains(text.String(), "data:") {
			return text.String()
		}
	}
	t.Fatalf("the events ended: %v after %q", lines.Err(), &text)
	return ""
}

// What is not for anybody is for nobody who is not signed in.
func TestNobodyIsSignedIn(t *testing.T) {
	w := town(t)
	withOffice(t, w)
	withDrills(t, w)
	gated(t, w)
	s, addr := running(t, w)
	nobody := visitor{addr, &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	for _, e := range s.entries() {
		if e.need == anybody {
			continue
		}
		for _, how := range cases[e.method+" "+e.path] {
			if status, body := nobody.ask(t, e, strings.ReplaceAll(how, "{x}", "ALPHA")); status != http.StatusUnauthorized || strings.Contains(body, "ALPHA") {
				t.Errorf("%s %s answers nobody %d %s", e.method, e.path, status, body)
			}
		}
	}
}
