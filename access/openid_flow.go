package access

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

const (
	flowLife  = 10 * time.Minute // from the sign-in page to the return
	maxUsed   = 4096             // states that were used lately
	maxReturn = 8 << 10          // octets of the return's query
	maxWhy    = 300              // octets of a reason
)

// ErrOpenID is what a sign-in by OpenID Connect is refused with. The reason is in
// the Event.
var ErrOpenID = errors.New("the sign-in was refused: begin again, and if that does not help ask who runs this gateway")

// openid carries out sign-ins by OpenID Connect: the authorization code flow with PKCE (RFC
// 7636), a state and a nonce.
type openid struct {
	config OpenID
	now    func() time.Time
	seal   cipher.AEAD // of the flow's cookie; the key is this process's own

	mu       sync.Mutex
	provider *provider // nil: not found yet
	asked    time.Time // when it was looked for last
	used     map[digest]time.Time
}

// flow is what the browser brings back in a sealed cookie: nothing is kept here for
// somebody who only begins.
type flow struct {
	State, Nonce, Verifier string
	Until                  time.Time
}

func newOpenID(config OpenID, now func() time.Time) (*openid, error) {
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("OpenID Connect: %w", err)
	}
	if config.Skew == 0 {
		config.Skew = defaultSkew
	}
	if config.HTTP == nil {
		config.HTTP = boundedClient()
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &openid{config: config, now: now, seal: seal, used: map[digest]time.Time{}}, nil
}

// HasOpenID says whether people can sign in by OpenID Connect.
func (g *Gate) HasOpenID() bool { return g.openid != nil }

// OpenIDLabel is what the sign-in page calls the provider.
func (g *Gate) OpenIDLabel() string {
	if g.openid == nil {
		return ""
	}
	if g.openid.config.Label != "" {
		return g.openid.config.Label
	}
	return "OpenID Connect"
}

// BeginOpenID sends the browser to the provider. If that cannot be, it answers
// nothing and returns ErrOpenID or a TooManyError.
func (g *Gate) BeginOpenID(w http.ResponseWriter, r *http.Request) error {
	if g.openid == nil {
		return g.refuseOpenID(r, "", errors.New("OpenID Connect is not configured"))
	}
	if err := g.limits.visit(network(r), g.now()); err != nil {
		return err
	}
	p, err := g.openid.discover(r.Context())
	if err != nil {
		return g.refuseOpenID(r, "", err)
	}
	f := flow{State: newSecret(), Nonce: newSecret(), Verifier: oauth2.GenerateVerifier(), Until: g.now().Add(flowLife)}
	cookie, err := g.openid.sealFlow(f)
	if err != nil {
		return g.refuseOpenID(r, "", err)
	}
	g.setFlow(w, cookie, flowLife)
	http.Redirect(w, r, p.begin(f), http.StatusSeeOther)
	return nil
}

// setFlow sets the flow's cookie. The browser comes back from another site, where
// a Strict cookie would stay behind.
func (g *Gate) setFlow(w http.ResponseWriter, value string, life time.Duration) {
	c := g.cookie(openIDName, value, life)
	c.SameSite = http.SameSiteLaxMode
	http.SetCookie(w, c)
}

// FinishOpenID signs in whom the provider sends back, and gives w the cookie of a
// new session. Whoever calls it answers with a page that leads on, by a link or
// <meta http-equiv="refresh">, and not with a redirect: browsers count that as coming from
// the provider still, and would leave the session's cookie behind. The errors are
// ErrOpenID, ErrNoRole and TooManyError.
func (g *Gate) FinishOpenID(w http.ResponseWriter, r *http.Request) (Person, error) {
	if g.openid == nil {
		return Person{}, g.refuseOpenID(r, "", errors.New("OpenID Connect is not configured"))
	}
	if err := g.limits.visit(network(r), g.now()); err != nil {
		return Person{}, err
	}
	c, err := r.Cookie(g.cookieName(openIDName))
	if err != nil {
		return Person{}, g.refuseOpenID(r, "", errors.New("the browser that comes back did not begin here, or more than ten minutes ago"))
	}
	g.setFlow(w, "", -1)
	p, err := g.openid.finish(r, c.Value)
	if err != nil {
		return Person{}, g.refuseOpenID(r, p.Name, err)
	}
	g.begin(w, r, session{person: p})
	g.record(Event{Kind: SignedIn, Name: p.Name, By: p.By, From: address(r)})
	return p, nil
}

func (g *Gate) refuseOpenID(r *http.Request, name string, why error) error {
	g.record(Event{Kind: SignInRefused, Name: name, By: ByOpenID, From: address(r), Why: printableIn(why.Error(), maxWhy)})
	if errors.Is(why, ErrNoRole) {
		return ErrNoRole
	}
	return ErrOpenID
}

// finish checks the return in this order: the cookie, the state, that it is used
// once, the issuer, the code, the ID token; then who that is.
func (o *openid) finish(r *http.Request, cookie string) (Person, error) {
	f, err := o.openFlow(cookie)
	if err != nil {
		return Person{}, err
	}
	if len(r.URL.RawQuery) > maxReturn {
		return Person{}, errors.New("the return is too long")
	}
	q := r.URL.Query()
	if subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(f.State)) != 1 {
		return Person{}, errors.New("the state is not the one that this browser began with")
	}
	if err := o.use(f); err != nil {
		return Person{}, err
	}
	if iss := q.Get("iss"); iss != "" && iss != o.config.Issuer { // RFC 9207
		return Person{}, errors.New("the return is another provider's")
	}
	if problem := q.Get("error"); problem != "" {
		return Person{}, fmt.Errorf("the provider says %s", printable(problem))
	}
	p, err := o.discover(r.Context())
	if err != nil {
		return Person{}, err
	}
	c, err := p.exchange(r.Context(), q.Get("code"), f)
	if err != nil {
		return Person{}, err
	}
	return o.config.person(c)
}

// use makes sure that a state is used once, also when somebody else has cookie and return.
func (o *openid) use(f flow) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	d, now := digestOf(f.State), o.now()
	if _, ok := o.used[d]; ok {
		return errors.New("the state was used already")
	}
	for key, until := range o.used {
		if !now.Before(until) {
			delete(o.used, key)
		}
	}
	if len(o.used) >= maxUsed {
		o.forgetOldest()
	}
	o.used[d] = f.Until
	return nil
}

// forgetOldest makes room for a state that is used. Nobody can be kept out by
// many that are; the provider takes the code that comes with a state once, too.
func (o *openid) forgetOldest() {
	var oldest digest
	var until time.Time
	for d, u := range o.used {
		if until.IsZero() || u.Before(until) {
			oldest, until = d, u
		}
	}
	delete(o.used, oldest)
}

func (o *openid) sealFlow(f flow) (string, error) {
	text, err := json.Marshal(f)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(o.seal.Seal(nil, nil, text, []byte(openIDName))), nil
}

func (o *openid) openFlow(cookie string) (f flow, err error) {
	wrong := errors.New("the browser's cookie is none of this process's")
	sealed, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil {
		return f, wrong
	}
	text, err := o.seal.Open(nil, nil, sealed, []byte(openIDName))
	if err != nil || json.Unmarshal(text, &f) != nil {
		return f, wrong
	}
	if !o.now().Before(f.Until) {
		return f, errors.New("the sign-in took longer than ten minutes")
	}
	return f, nil
}

// discover returns the provider. While it is not to be found, it is looked for
// again every few seconds at most. The lock is not held meanwhile.
func (o *openid) discover(ctx context.Context) (*provider, error) {
	known, err := o.mayDiscover()
	if known != nil || err != nil {
		return known, err
	}
	found, err := newProvider(ctx, o.config, o.now)
	if err != nil {
		return nil, fmt.Errorf("the provider %s is not found: %w", o.config.Issuer, err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider == nil {
		o.provider = found
	}
	return o.provider, nil
}

// mayDiscover returns the provider if it is known. Else it is to be looked for,
// unless that was begun a moment ago.
func (o *openid) mayDiscover() (*provider, error) {
	const retry = 5 * time.Second
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider != nil {
		return o.provider, nil
	}
	now := o.now()
	if since := now.Sub(o.asked); !o.asked.IsZero() && since >= 0 && since < retry {
		return nil, errors.New("the provider was not found a moment ago, or is being looked for")
	}
	o.asked = now
	return nil, nil
}
