package access

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// idp is an OpenID Provider with one client: it keeps the codes that it gave out,
// checks PKCE, and signs ID tokens. What a test wants to be wrong is a field.
type idp struct {
	*httptest.Server
	t   *testing.T
	key *ecdsa.PrivateKey

	mu        sync.Mutex
	codes     map[string]url.Values // what was asked for with it
	claims    map[string]any        // of whoever signs in
	change    func(map[string]any)  // of an ID token, last of all
	sign      func(payload []byte) string
	discovery func(map[string]any)
	asked     int // for a discovery
	down      bool
}

const (
	clientID     = "srtm"
	clientSecret = "the client's own secret"
	kid          = "2026-11"
)

func newIDP(t *testing.T) *idp {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &idp{t: t, key: key, codes: map[string]url.Values{}, claims: map[string]any{"sub": "8f3c", "groups": []string{"dcc", "srtm-operators"}}}
	p.sign = func(payload []byte) string { return p.signed(payload, jose.ES256, key) }
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.configuration)
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: kid, Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *idp) answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.t.Error(err)
	}
}

func (p *idp) configuration(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked++; p.down {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	all := map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"ES256", "HS256", "none"},
	}
	if p.discovery != nil {
		p.discovery(all)
	}
	p.answer(w, all)
}

// authorize is what the provider does when a person has signed in there: it
// sends the browser back with a code.
func (p *idp) authorize(to string) url.Values {
	p.t.Helper()
	at, err := url.Parse(to)
	if err != nil {
		p.t.Fatal(err)
	}
	q := at.Query()
	if q.Get("client_id") != clientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || len(q.Get("nonce")) < 43 ||
		len(q.Get("state")) < 43 || !strings.Contains(q.Get("scope"), "openid") || at.Path != "/authorize" {
		p.t.Errorf("sent to the provider: %s", to)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	code := newSecret()
	p.codes[code] = q
	return url.Values{"code": {code}, "state": {q.Get("state")}}
}

func (p *idp) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	id, secret, _ := r.BasicAuth()
	id, _ = url.QueryUnescape(id)
	secret, _ = url.QueryUnescape(secret)
	challenge := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if asked == nil || id != clientID || secret != clientSecret || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(challenge[:]) ||
		asked.Get("redirect_uri") != r.PostFormValue("redirect_uri") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant","error_description":"the code was ` + r.PostFormValue("code") + `"}`))
		return
	}
	now := time.Now()
	payload := map[string]any{"iss": p.URL, "aud": clientID, "nonce": asked.Get("nonce"), "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()}
	for k, v := range p.claims {
		payload[k] = v
	}
	if p.change != nil {
		p.change(payload)
	}
	text, err := json.Marshal(payload)
	if err != nil {
		p.t.Error(err)
	}
	p.answer(w, map[string]any{"access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": p.sign(text)})
}

func (p *idp) signed(payload []byte, alg jose.SignatureAlgorithm, key any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		p.t.Error(err)
	}
	return text
}

// unsigned is a token with the algorithm none.
func unsigned(payload []byte) string {
	b64 := base64.RawURLEncoding.EncodeToString
	return b64([]byte(`{"alg":"none"}`)) + "." + b64(payload) + "."
}

func (p *idp) config() *OpenID {
	return &OpenID{
		Issuer: p.URL, ClientID: clientID, ClientSecret: clientSecret, Redirect: "http://127.0.0.1:9101/sign-in/openid/return",
		Roles: []RoleRule{{"groups", "srtm-operators", Operator}, {"groups", "srtm-approvers", Approver}},
		Accounts: []AccountRule{
			{"organisation", "Bravo Energy", "BRAVO"}, {"organisation", "Alpha Energy", "ALPHA"}, {"brand.of", "Alpha Energy", "ALPHA"},
		},
	}
}
