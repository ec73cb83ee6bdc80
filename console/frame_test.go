package console

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"srtm/access"
)

// What pages need is small, and nothing of it comes from elsewhere.
func TestAssetsAreSmall(t *testing.T) {
	const most = 200_000
	sum := 0
	for name, a := range newLooks().assets {
		sum += len(a.text)
		if name != "uplot/LICENSE" && bytes.Contains(a.text, []byte("https://")) && !strings.Contains(name, "uplot") {
			t.Errorf("%s names another place", name)
		}
	}
	if sum > most || sum < 10_000 {
		t.Errorf("all assets together have %d octets, and %d are allowed", sum, most)
	}
}

// What cannot be answered is a problem for programs, and a page with a way out
// for people.
func TestProblemsAndErrorPages(t *testing.T) {
	s := office(t)
	huge := post(t, "policies", nil)
	huge.Body = http.MaxBytesReader(nil, huge.Body, 1) // as one that is cut by the limit
	request := func(method, path, kind, body string) *http.Request {
		r := httptest.NewRequest(method, "http://127.0.0.1:9101"+path, strings.NewReader(body))
		if kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		return r
	}
	for sentence, row := range map[string]struct {
		request *http.Request
		status  int
		words   string
	}{
		"a path that is not there":                {request("GET", "/api/v1/nowhere", "", ""), 404, "openapi.json"},
		"a page that is not there":                {request("GET", "/nowhere", "", ""), 404, "Go to what is happening now"},
		"a Service User that is not there":        {request("GET", "/users/NOBODY", "", ""), 404, "NOBODY"},
		"a method that the API does not have":     {request("DELETE", "/api/v1/now", "", ""), 405, "GET, HEAD"},
		"a method that a page does not have":      {request("POST", "/users", "", ""), 405, "GET, HEAD"},
		"a body of too many octets":               {huge, 413, "octets"},
		"a second value after the first":          {request("POST", "/api/v1/policies", "", `{"why":"x"} {}`), 400, "follows"},
		"a field that is not known":               {request("POST", "/api/v1/policies", "", `{"reason":"x"}`), 400, "reason"},
		"no JSON":                                 {request("POST", "/api/v1/policies", "", `why`), 400, "JSON"},
		"a form where JSON is wanted":             {request("POST", "/api/v1/policies", "application/x-www-form-urlencoded", "why=x"), 415, "application/json"},
		"markup in a name is shown, not obeyed":   {request("GET", "/users/%3Cscript%3E", "", ""), 404, "&lt;script&gt;"},
		"sign-in where nobody signs in":           {request("GET", "/sign-in", "", ""), 404, "Nobody signs in"},
		"OpenID Connect where there is none":      {request("GET", "/sign-in/openid", "", ""), 404, "OpenID"},
		"an asset that is not there":              {request("GET", "/assets/secret.key", "", ""), 404, "asset"},
		"a path that leaves the folder of assets": {request("GET", "/assets/..%2fserver.go", "", ""), 404, "asset"},
	} {
		t.Run(sentence, func(t *testing.T) {
			status, kind, body := ask(t, s, row.request)
			want := "text/html; charset=utf-8"
			if isAPI(row.request) {
				want = "application/problem+json"
				var p Problem
				if err := json.Unmarshal([]byte(body), &p); err != nil || p.Status != status || p.Title == "" || p.Detail == "" {
					t.Errorf("%v: %+v", err, p)
				}
			}
			if status != row.status || kind != want || !strings.Contains(body, row.words) {
				t.Errorf("%d %s, want %d %s and %q in:\n%s", status, kind, row.status, want, row.words, body)
			}
		})
	}
}

func TestHeadersThatKeepABrowserSafe(t *testing.T) {
	s := office(t)
	for _, path := range []string{"/", "/api/v1/now", "/nowhere", "/assets/live.js", "/healthz"} {
		w := httptest.NewRecorder()
		s.http.Handler.ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1:9101"+path, nil))
		h := w.Header()
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %q", path, csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "same-origin" {
			t.Errorf("%s: %v", path, h)
		}
		if cache := h.Get("Cache-Control"); cache != "no-store" && path != "/assets/live.js" {
			t.Errorf("%s may be kept: %q", path, cache)
		}
	}
}

func TestWhereAPageMayLeadBackTo(t *testing.T) {
	for to, want := range map[string]string{
		"/users/ALPHA?q=x": "/users/ALPHA?q=x", "": "/", "//elsewhere.example": "/", "https://elsewhere.example/": "/", `/\elsewhere.example`: "/",
		"javascript:alert(1)": "/", "/sign-out": "/", "users": "/", "/a\r\nSet-Cookie: x": "/", "/%2F%2Felsewhere.example": "/%2F%2Felsewhere.example",
	} {
		if got := back(to); got != want {
			t.Errorf("%q leads to %q, not %q", to, got, want)
		}
	}
}

func TestAddressesToListenOn(t *testing.T) {
	tls := Certificates{Cert: "c", Key: "k"}
	for sentence, row := range map[string]struct {
		a  Address
		ok bool
	}{
		"loopback, open":                           {Address{Addr: "127.0.0.1:1"}, true},
		"loopback with sign-in":                    {Address{Addr: "[::1]:1", Guarded: true}, true},
		"everywhere, open":                         {Address{Addr: ":1"}, false},
		"everywhere with sign-in, without TLS":     {Address{Addr: ":1", Guarded: true}, false},
		"everywhere with TLS, open":                {Address{Addr: ":1", Certificates: tls}, false},
		"everywhere with TLS and sign-in":          {Address{Addr: ":1", Guarded: true, Certificates: tls}, true},
		"a certificate without its key":            {Address{Addr: "127.0.0.1:1", Certificates: Certificates{Cert: "c"}}, false},
		"authorities of callers without one's own": {Address{Addr: "127.0.0.1:1", Certificates: Certificates{ClientCA: "c"}}, false},
		"no port": {Address{Addr: "127.0.0.1"}, false},
	} {
		if err := row.a.Check(); (err == nil) != row.ok {
			t.Errorf("%s: %v", sentence, err)
		}
	}
}

// Who is signed in does things under its own name, and only what its roles allow.
func TestDeedsAreTheirsWhoAreSignedIn(t *testing.T) {
	w := town(t)
	g := gated(t, w)
	s, addr := running(t, w)
	live(w, s)
	as := map[string]*http.Client{}
	for name, role := range map[string]access.Role{"viewer": access.Viewer, "operator": access.Operator, "approver": access.Approver} {
		as[name] = signIn(t, g, addr, access.Grant{Name: name, Roles: []access.Role{role}})
	}
	for _, row := range []struct {
		sentence, who, path, body string
		status                    int
		words                     string
	}{
		{"a viewer does nothing", "viewer", "/acts", `{"activate":true,"for":"1h","reason":"x"}`, 403, "operate"},
		{"an operator does it in its own name", "operator", "/acts", `{"activate":true,"for":"1h","reason":"x"}`, 200, `"by": "operator"`},
		{"an operator may repeat its name", "operator", "/acts", `{"by":"operator","capacity":"900/s","for":"1h","reason":"x"}`, 200, `"by": "operator"`},
		{"an operator does nothing in another's", "operator", "/acts", `{"by":"approver","capacity":"800/s","for":"1h","reason":"x"}`, 403, "signed in as"},
		{"an operator approves nothing", "operator", "/policies/Town/approve", `{"why":"x"}`, 403, "approve"},
		{"an approver may", "approver", "/policies/Nothing/approve", `{"why":"x"}`, 409, "Nothing"},
		{"an approver proposes nothing", "approver", "/policies", `{"why":"x"}`, 403, "operate"},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			status, body := visitor{addr, as[row.who]}.ask(t, entry{method: "POST", path: base + row.path}, row.body)
			if status != row.status || !strings.Contains(body, row.words) {
				t.Errorf("%d %s, want %d and %q", status, body, row.status, row.words)
			}
		})
	}
}
