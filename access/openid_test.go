package access

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// openIDWorld is a world whose people come from a provider.
func openIDWorld(t *testing.T) (*world, *idp) {
	p := newIDP(t)
	w := newWorld(t, Options{OpenID: p.config()})
	w.at = time.Now()
	return w, p
}

// start begins a sign-in and returns the browser's cookie and where it is sent.
func (w *world) start() (*http.Cookie, string) {
	w.t.Helper()
	answer := httptest.NewRecorder()
	if err := w.BeginOpenID(answer, request(office)); err != nil {
		w.t.Fatalf("%v; %s", err, w.log.String())
	}
	c := answer.Result().Cookies()[0]
	if answer.Code != http.StatusSeeOther || c.SameSite != http.SameSiteLaxMode || !c.HttpOnly || c.Name != openIDName {
		w.t.Errorf("the sign-in begins with %d, %v", answer.Code, c)
	}
	return c, answer.Header().Get("Location")
}

// come comes back with a query.
func (w *world) come(c *http.Cookie, query url.Values) (*httptest.ResponseRecorder, Person, error) {
	r := request(office)
	r.URL.RawQuery = query.Encode()
	if c != nil {
		r.AddCookie(c)
	}
	answer := httptest.NewRecorder()
	p, err := w.FinishOpenID(answer, r)
	return answer, p, err
}

func (w *world) lastWhy() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.events) == 0 {
		return ""
	}
	return w.events[len(w.events)-1].Why
}

func TestOpenIDSignIn(t *testing.T) {
	for _, row := range []struct {
		rule   string
		claims map[string]any
		roles  []Role
		of     string
		why    string // of a refusal
	}{
		{"a group gives a role", map[string]any{"groups": []string{"x", "srtm-operators"}}, []Role{Operator}, "", ""},
		{"two groups give two", map[string]any{"groups": []string{"srtm-operators", "srtm-approvers"}}, []Role{Operator, Approver}, "", ""},
		{"a claim may be one word", map[string]any{"groups": "srtm-approvers"}, []Role{Approver}, "", ""},
		{"an organisation gives an account", map[string]any{"organisation": "Bravo Energy"}, []Role{ServiceUser}, "BRAVO", ""},
		{"a claim may lie within another", map[string]any{"brand": map[string]any{"of": "Alpha Energy"}}, []Role{ServiceUser}, "ALPHA", ""},
		{"who is in no group may nothing", map[string]any{"groups": []string{"dcc"}}, nil, "", "no role or account"},
		{"a value is a whole word", map[string]any{"groups": "srtm-operators-not"}, nil, "", "no role or account"},
		{"nobody is of two accounts", map[string]any{"organisation": []string{"Bravo Energy", "Alpha Energy"}}, nil, "", "two accounts"},
		{"nobody is operator and Service User", map[string]any{"groups": "srtm-operators", "organisation": "Bravo Energy"}, nil, "", "goes with no other"},
		{"a number is no group", map[string]any{"groups": 7}, nil, "", "no role or account"},
	} {
		w, p := openIDWorld(t)
		p.claims = row.claims
		p.claims["sub"] = "8f3c"
		c, to := w.start()
		answer, got, err := w.come(c, p.authorize(to))
		if row.why != "" {
			if err == nil || !strings.Contains(w.lastWhy(), row.why) {
				t.Errorf("%s: %+v, %v: %s", row.rule, got, err, w.lastWhy())
			}
			continue
		}
		if err != nil || got.Name != "openid:8f3c" || got.By != ByOpenID || !slices.Equal(got.Roles, row.roles) || got.Account != row.of {
			t.Errorf("%s: %+v, %v: %s", row.rule, got, err, w.lastWhy())
			continue
		}
		if who, ok := w.whois(request(office, w.sessionOf(answer))); !ok || who.Name != got.Name {
			t.Errorf("%s: signed in, and not identified", row.rule)
		}
	}
}

func TestOpenIDTokensThatAreRefused(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set := func(claim string, v any) func(*idp) {
		return func(p *idp) { p.change = func(c map[string]any) { c[claim] = v } }
	}
	sign := func(f func(p *idp, payload []byte) string) func(*idp) {
		return func(p *idp) { p.sign = func(payload []byte) string { return f(p, payload) } }
	}
	now := time.Now()
	for _, row := range []struct {
		rule string
		make func(*idp)
		why  string
	}{
		{"another nonce", set("nonce", newSecret()), "nonce"},
		{"no nonce", set("nonce", ""), "nonce"},
		{"another client's", set("aud", "other"), "audience"},
		{"for two clients, without who asked", set("aud", []string{"other", clientID}), "another client"},
		{"for two clients, asked by the other", func(p *idp) {
			p.change = func(c map[string]any) { c["aud"], c["azp"] = []string{"other", clientID}, "other" }
		}, "another client"},
		{"another issuer's", set("iss", "https://login.example.org"), "different provider"},
		{"expired two minutes ago", set("exp", now.Add(-2*time.Minute).Unix()), "expired"},
		{"without an end", func(p *idp) { p.change = func(c map[string]any) { delete(c, "exp") } }, "expired"},
		{"issued in ten minutes", set("iat", now.Add(10*time.Minute).Unix()), "clocks"},
		{"issued an hour ago", set("iat", now.Add(-time.Hour).Unix()), "clocks"},
		{"without a subject", set("sub", ""), "subject"},
		{"not signed", sign(func(_ *idp, text []byte) string { return unsigned(text) }), "ID token"},
		{"signed by somebody else", sign(func(p *idp, text []byte) string { return p.signed(text, jose.ES256, other) }), "signature"},
		{"signed with the client's secret", sign(func(p *idp, text []byte) string {
			return p.signed(text, jose.HS256, []byte(clientSecret+" and then some"))
		}), "ID token"},
		{"signed with the public key as a secret", sign(func(p *idp, text []byte) string {
			der, err := x509.MarshalPKIXPublicKey(p.key.Public())
			if err != nil {
				p.t.Fatal(err)
			}
			return p.signed(text, jose.HS256, der)
		}), "ID token"},
		{"changed after it was signed", sign(func(p *idp, text []byte) string {
			parts := strings.Split(p.signed(text, jose.ES256, p.key), ".")
			return parts[0] + "." + strings.Split(unsigned([]byte(strings.Replace(string(text), "8f3c", "root", 1))), ".")[1] + "." + parts[2]
		}), "signature"},
		{"no token at all", sign(func(*idp, []byte) string { return "" }), "ID token"},
		{"another access token's", set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), "ID token"},
	} {
		w, p := openIDWorld(t)
		row.make(p)
		c, to := w.start()
		answer, got, err := w.come(c, p.authorize(to))
		if !errors.Is(err, ErrOpenID) || !strings.Contains(w.lastWhy(), row.why) || got.Name != "" {
			t.Errorf("%s: %+v, %v: %s", row.rule, got, err, w.lastWhy())
		}
		for _, c := range answer.Result().Cookies() {
			if c.Name == sessionName {
				t.Errorf("%s: a session begins", row.rule)
			}
		}
	}
}

func TestOpenIDClocksMayDifferALittle(t *testing.T) {
	w, p := openIDWorld(t)
	for _, d := range []time.Duration{-50 * time.Second, 50 * time.Second} {
		p.change = func(c map[string]any) {
			c["iat"], c["exp"] = time.Now().Add(d).Unix(), time.Now().Add(d+10*time.Second).Unix()
		}
		c, to := w.start()
		if _, _, err := w.come(c, p.authorize(to)); err != nil {
			t.Errorf("the provider's clock differs by %v: %s", d, w.lastWhy())
		}
	}
}

func TestOpenIDReturnsThatAreRefused(t *testing.T) {
	w, p := openIDWorld(t)
	refused := func(rule, why string, c *http.Cookie, q url.Values) {
		t.Helper()
		w.limits = newLimits()
		if _, got, err := w.come(c, q); !errors.Is(err, ErrOpenID) || !strings.Contains(w.lastWhy(), why) {
			t.Errorf("%s: %+v, %v: %s", rule, got, err, w.lastWhy())
		}
	}
	with := func(q url.Values, key, value string) url.Values {
		q[key] = []string{value}
		return q
	}
	c, to := w.start()
	q := p.authorize(to)
	if _, _, err := w.come(c, q); err != nil {
		t.Fatalf("%v: %s", err, w.lastWhy())
	}
	refused("a state is replayed", "used already", c, q)
	again := p.authorize(to)
	refused("a state is replayed with another code", "used already", c, again)

	mine, to := w.start()
	theirs, _ := w.start()
	q = p.authorize(to)
	refused("another browser's cookie", "state", theirs, q)
	refused("no cookie", "did not begin here", nil, q)
	refused("no state", "state", mine, with(url.Values{}, "code", q.Get("code")))
	refused("a cookie that was changed", "cookie", &http.Cookie{Name: mine.Name, Value: mine.Value[:len(mine.Value)-2] + "AA"}, q)
	refused("another provider's return", "another provider", mine, with(q, "iss", "https://login.example.org"))
	c, to = w.start()
	refused("the person said no", "access_denied", c, with(p.authorize(to), "error", "access_denied"))
	c, to = w.start()
	refused("no code", "no code", c, with(p.authorize(to), "code", ""))
	c, to = w.start()
	refused("a code that nobody gave", "invalid_grant", c, with(p.authorize(to), "code", "a-secret-code"))
	if strings.Contains(w.log.String(), "a-secret-code") {
		t.Error("the code stands in the log")
	}
	c, to = w.start()
	_, elsewhere := w.start()
	refused("a code of another sign-in", "invalid_grant", c, with(p.authorize(elsewhere), "state", mustParse(t, to).Query().Get("state")))
	c, to = w.start()
	q = p.authorize(to)
	w.pass(flowLife)
	refused("after ten minutes", "ten minutes", c, q)
	stranger, _ := openIDWorld(t)
	foreign, to := stranger.start()
	refused("a cookie of another process", "cookie", foreign, url.Values{"state": {mustParse(t, to).Query().Get("state")}, "code": {"x"}})
}

func mustParse(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestOpenIDProviderThatIsNotToBeTrusted(t *testing.T) {
	for rule, change := range map[string]func(map[string]any){
		"it calls itself another":                func(c map[string]any) { c["issuer"] = "https://login.example.org" },
		"its tokens would come without TLS":      func(c map[string]any) { c["token_endpoint"] = "http://192.0.2.1/token" },
		"its keys would come without TLS":        func(c map[string]any) { c["jwks_uri"] = "http://192.0.2.1/keys" },
		"people would be sent there without TLS": func(c map[string]any) { c["authorization_endpoint"] = "http://192.0.2.1/authorize" },
	} {
		w, p := openIDWorld(t)
		p.discovery = change
		answer := httptest.NewRecorder()
		if err := w.BeginOpenID(answer, request(office)); !errors.Is(err, ErrOpenID) || answer.Header().Get("Location") != "" {
			t.Errorf("%s: %v", rule, err)
		}
	}
}

func TestOpenIDProviderThatIsDown(t *testing.T) {
	w, p := openIDWorld(t)
	p.down = true
	for range 5 {
		if err := w.BeginOpenID(httptest.NewRecorder(), request(office)); !errors.Is(err, ErrOpenID) {
			t.Fatal(err)
		}
	}
	if p.asked != 1 {
		t.Errorf("a provider that is down was asked %d times within a moment", p.asked)
	}
	p.down = false
	w.pass(5 * time.Second)
	c, to := w.start()
	if _, _, err := w.come(c, p.authorize(to)); err != nil {
		t.Errorf("the provider is there again: %s", w.lastWhy())
	}
}
