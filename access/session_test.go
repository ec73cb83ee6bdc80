package access

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// live is a world with the bubble's clock and one operator, who is signed in.
func live(t *testing.T) (*world, *http.Cookie) {
	w := openWorld(t, filepath.Join(t.TempDir(), "access"), Options{Clock: time.Now})
	w.add("j.smith", Operator)
	c, err := w.signIn("j.smith", good)
	if err != nil {
		t.Fatal(err)
	}
	return w, c
}

func TestSessionEndsWhenIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, c := live(t)
		time.Sleep(SessionIdle - time.Second)
		if _, ok := w.whois(request(office, c)); !ok {
			t.Error("a session ended before it was idle for long enough")
		}
		time.Sleep(SessionIdle - time.Second)
		stream := request(office, c)
		stream.Header.Set("Accept", "text/event-stream")
		if _, ok := w.whois(stream); !ok {
			t.Error("a request does not renew a session")
		}
		time.Sleep(time.Second)
		if _, ok := w.whois(request(office, c)); ok {
			t.Error("a session goes on although idle, or a stream renews it")
		}
	})
}

func TestSessionEndsAfterItsLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, c := live(t)
		begun := time.Now()
		for time.Since(begun) < SessionLife {
			if _, ok := w.whois(request(office, c)); !ok {
				t.Fatalf("an active session ended after %v", time.Since(begun))
			}
			time.Sleep(SessionIdle / 2)
		}
		if _, ok := w.whois(request(office, c)); ok {
			t.Errorf("a session goes on after %v", time.Since(begun))
		}
	})
}

func TestTokenHoldsUntilItExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, c := live(t)
		secret, err := w.Token(Grant{Name: "adapter", Roles: []Role{ServiceUser}, Account: "BRAVO"}, time.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		var kept *http.Request
		w.Identify(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { kept = r })).ServeHTTP(httptest.NewRecorder(), withToken(secret))
		time.Sleep(time.Hour - time.Nanosecond)
		p, ok := w.whois(withToken(secret, c))
		if !ok || p.Name != "token:adapter" || !p.MaySee("BRAVO") || p.MaySee("ALPHA") || p.By != ByToken || !Still(kept.Context()) {
			t.Errorf("a token before it expires: %+v %v", p, ok)
		}
		time.Sleep(time.Nanosecond)
		if p, ok := w.whois(withToken(secret)); ok || Still(kept.Context()) {
			t.Errorf("a token after it expired: %+v", p)
		}
	})
}

func TestTokensThatAreNone(t *testing.T) {
	w := newWorld(t, Options{})
	w.add("j.smith", Operator)
	c, err := w.signIn("j.smith", good)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []time.Duration{-time.Second, 0, MaxTokenLife + time.Second} {
		if _, err := w.Token(Grant{Name: "nightly", Roles: []Role{Viewer}}, w.at.Add(d)); err == nil {
			t.Errorf("a token that expires in %v is made", d)
		}
	}
	secret, err := w.Token(Grant{Name: "nightly", Roles: []Role{Viewer}}, w.at.Add(MaxTokenLife))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Token(Grant{Name: "nightly", Roles: []Role{Viewer}}, w.at.Add(time.Hour)); err == nil {
		t.Error("two tokens have one name")
	}
	for _, wrong := range []string{"", secret[:len(secret)-1], secret + "A", secret[5:], "srtm_", c.Value, "SRTM_" + secret[5:]} {
		if p, ok := w.whois(withToken(wrong, c)); ok {
			t.Errorf("with the token %q, and a session beside it: %+v", wrong, p)
		}
	}
	if _, ok := w.whois(withToken(secret)); !ok {
		t.Error("the token itself does not hold")
	}
	if err := w.RemoveToken("nightly"); err != nil {
		t.Fatal(err)
	}
	if _, ok := w.whois(withToken(secret)); ok {
		t.Error("a token holds after it was removed")
	}
}

func TestSignInMakesANewSession(t *testing.T) {
	w := newWorld(t, Options{Secure: true})
	w.add("j.smith", Operator)
	planted := &http.Cookie{Name: hostPrefix + sessionName, Value: newSecret()}
	answer := httptest.NewRecorder()
	if _, err := w.SignIn(answer, request(office, planted), "j.smith", good); err != nil {
		t.Fatal(err)
	}
	c := w.sessionOf(answer)
	if c.Value == planted.Value || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.Name != "__Host-srtm" {
		t.Errorf("the session's cookie: %v", c)
	}
	again := httptest.NewRecorder()
	if _, err := w.SignIn(again, request(office, c), "j.smith", good); err != nil {
		t.Fatal(err)
	}
	if _, ok := w.whois(request(office, c)); ok {
		t.Error("who signs in again has two sessions")
	}
	c = w.sessionOf(again)
	if p, ok := w.whois(request(office, &http.Cookie{Name: sessionName, Value: c.Value})); ok {
		t.Errorf("a cookie without __Host- is taken by a console with TLS: %+v", p)
	}
	out := httptest.NewRecorder()
	w.SignOut(out, request(office, c))
	if _, ok := w.whois(request(office, c)); ok || out.Result().Cookies()[0].MaxAge >= 0 {
		t.Error("signed out, and the session goes on")
	}
}

func TestSessionsAreBounded(t *testing.T) {
	w := newWorld(t, Options{})
	w.add("j.smith", Operator)
	u, _ := w.users().user("j.smith")
	enter := func(name string) *http.Cookie {
		w.pass(time.Millisecond)
		answer := httptest.NewRecorder()
		who := *u
		who.Name = name
		w.enter(answer, request(office), who)
		return w.sessionOf(answer)
	}
	first := enter("j.smith")
	for range maxSessionsPerson {
		if _, ok := w.whois(request(office, first)); !ok {
			t.Fatal("a session ended although there is room")
		}
		enter("j.smith")
	}
	if _, ok := w.whois(request(office, enter("j.smith"))); !ok || len(w.sessions.all) != maxSessionsPerson {
		t.Errorf("one person has %d sessions", len(w.sessions.all))
	}
	for i := range maxSessions + 10 {
		enter("person" + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676)))
	}
	if len(w.sessions.all) != maxSessions {
		t.Errorf("there are %d sessions", len(w.sessions.all))
	}
}

func TestCertificates(t *testing.T) {
	now := time.Date(2026, 11, 3, 2, 0, 0, 0, time.UTC)
	leaf := &x509.Certificate{NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	account, name := "BRAVO", "bravo adapter\n1"
	w := newWorld(t, Options{Certificate: func(c *x509.Certificate) (string, string, bool) { return account, name, c == leaf }})
	with := func(state *tls.ConnectionState) *http.Request {
		r := request(office)
		r.TLS = state
		return r
	}
	verified := with(&tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}, VerifiedChains: [][]*x509.Certificate{{leaf}}})
	p, ok := w.whois(verified)
	if !ok || p.Name != "certificate:bravo adapter_1" || p.By != ByCertificate || !p.MaySee("BRAVO") || p.MaySee("ALPHA") || p.May(SeeAll) {
		t.Errorf("a certificate that TLS verified: %+v", p)
	}
	if p, ok := w.whois(with(&tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}})); ok {
		t.Errorf("a certificate that TLS did not verify: %+v", p)
	}
	if p, ok := w.whois(with(&tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{{NotAfter: now.Add(time.Hour)}}}})); ok {
		t.Errorf("a certificate that nobody knows: %+v", p)
	}
	var kept *http.Request
	w.Identify(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { kept = r })).ServeHTTP(httptest.NewRecorder(), verified)
	account = "ALPHA"
	if Still(kept.Context()) {
		t.Error("a certificate belongs to another account now, and what it began goes on")
	}
	account = ""
	if p, ok := w.whois(verified); ok {
		t.Errorf("a certificate without an account: %+v", p)
	}
	account = "BRAVO"
	w.pass(time.Hour + time.Second)
	if p, ok := w.whois(verified); ok {
		t.Errorf("a certificate that has expired, on a connection that has not: %+v", p)
	}
}

func TestLimits(t *testing.T) {
	w := newWorld(t, Options{})
	w.add("j.smith", Operator)
	try := func(from, name, password string) error {
		_, err := w.SignIn(httptest.NewRecorder(), request(from), name, password)
		return err
	}
	if err := try(office, "j.smith", good); err != nil {
		t.Fatal(err)
	}
	var many TooManyError
	for name, rule := range map[string]string{"j.smith": "a name that there is", "nobody": "a name that there is not"} {
		refused := 0
		for i := range 3 * nameBurst {
			if err := try("203.0.113."+string(rune('0'+i%10)), name, "not the password"); errors.As(err, &many) {
				refused++
			} else if !errors.Is(err, ErrRefused) {
				t.Errorf("%s: %v", rule, err)
			}
		}
		if refused < nameBurst {
			t.Errorf("%s: only %d attempts of %d from ten addresses are too many", rule, refused, 3*nameBurst)
		}
	}
	if err := try("198.51.100.1", "j.smith", good); !errors.As(err, &many) || many.After <= 0 || many.After > nameEvery {
		t.Errorf("from a new place, while somebody keeps the name busy: %v", err)
	}
	if err := try(office, "j.smith", good); err != nil {
		t.Errorf("where j.smith works, while somebody elsewhere keeps the name busy: %v", err)
	}
	link, err := w.Invite("j.smith")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Redeem(httptest.NewRecorder(), request("198.51.100.2"), link, good); err != nil {
		t.Errorf("by a link, while somebody keeps the name busy: %v", err)
	}
	w.pass(nameEvery)
	if err := try("198.51.100.1", "j.smith", good); err != nil {
		t.Errorf("from a new place, %v after the attack: %v", nameEvery, err)
	}
}

func TestAnAddressIsLimited(t *testing.T) {
	w := newWorld(t, Options{})
	refused := 0
	for i := range 2 * addressBurst {
		r := request("")
		r.RemoteAddr = "[2001:db8::" + string(rune('a'+i%6)) + "]:4711" // one /64
		_, err := w.SignIn(httptest.NewRecorder(), r, "name"+string(rune('a'+i%26))+string(rune('a'+i/26)), "not the password")
		if errors.As(err, new(TooManyError)) {
			refused++
		}
	}
	if refused != addressBurst {
		t.Errorf("%d of %d attempts from one network are too many, want %d", refused, 2*addressBurst, addressBurst)
	}
}
