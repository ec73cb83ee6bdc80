package access

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// good is a password that anybody may have here.
const good = "three grey herons wading"

// world is a Gate on a folder of its own, with a clock that a test sets, and
// passwords that cost little.
type world struct {
	*Gate
	t      testing.TB
	mu     sync.Mutex
	at     time.Time
	events []Event
	log    bytes.Buffer
}

func newWorld(t testing.TB, o Options) *world {
	return openWorld(t, filepath.Join(t.TempDir(), "access"), o)
}

func openWorld(t testing.TB, dir string, o Options) *world {
	t.Helper()
	w := &world{t: t, at: time.Date(2026, 11, 3, 2, 0, 0, 0, time.UTC)}
	if o.Clock == nil {
		o.Clock = w.clock
	}
	o.Record = func(e Event) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.events = append(w.events, e)
	}
	o.Logger = slog.New(slog.NewTextHandler(&w.log, nil))
	var err error
	if w.Gate, err = Open(dir, o); err != nil {
		t.Fatal(err)
	}
	w.cost = cost{memory: 8 << 10, passes: 1, lanes: 1}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

func (w *world) kinds() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for _, e := range w.events {
		all = append(all, string(e.Kind))
	}
	return strings.Join(all, " ")
}

// request is one from an address, with cookies.
func request(from string, cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = from + ":4711"
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return r
}

const office = "192.0.2.7"

// sessionOf returns the cookie that an answer sets.
func (w *world) sessionOf(answer *httptest.ResponseRecorder) *http.Cookie {
	w.t.Helper()
	for _, c := range answer.Result().Cookies() {
		if c.Name == w.cookieName(sessionName) && c.MaxAge > 0 {
			return c
		}
	}
	w.t.Fatal("the answer sets no session's cookie")
	return nil
}

// signIn signs in from the office.
func (w *world) signIn(name, password string) (*http.Cookie, error) {
	answer := httptest.NewRecorder()
	if _, err := w.SignIn(answer, request(office), name, password); err != nil {
		return nil, err
	}
	return w.sessionOf(answer), nil
}

// add adds a person that has a password.
func (w *world) add(name string, roles ...Role) {
	w.t.Helper()
	link, err := w.Add(Grant{Name: name, Roles: roles})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.Redeem(httptest.NewRecorder(), request(office), link, good); err != nil {
		w.t.Fatal(err)
	}
}

// whois says whom Identify finds in a request.
func (w *world) whois(r *http.Request) (p Person, ok bool) {
	w.Identify(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		p, ok = From(r.Context())
		if ok != Still(r.Context()) {
			w.t.Errorf("identified: %v, but Still says %v", ok, !ok)
		}
	})).ServeHTTP(httptest.NewRecorder(), r)
	return p, ok
}

func withToken(secret string, cookies ...*http.Cookie) *http.Request {
	r := request(office, cookies...)
	r.Header.Set("Authorization", "Bearer "+secret)
	return r
}

func TestFirstStart(t *testing.T) {
	w := newWorld(t, Options{})
	old, first := w.FirstLink()
	token, again := w.FirstLink()
	if !first || !again || token == old {
		t.Fatalf("nobody is there, but FirstLink says %v, %v", first, again)
	}
	if _, _, err := w.Whose(request(office), old); !errors.Is(err, ErrLink) {
		t.Errorf("the link of an earlier call opens: %v", err)
	}
	name, first, err := w.Whose(request(office), token)
	if name != FirstName || !first || err != nil {
		t.Errorf("whose is the first link: %q %v %v", name, first, err)
	}
	answer := httptest.NewRecorder()
	p, err := w.RedeemAs(answer, request(office), Redemption{Token: token, Password: good, Name: "j.smith"})
	if err != nil || p.Name != "j.smith" || !p.May(Operate) || !p.May(Approve) || !p.May(Investigate) {
		t.Fatalf("the first person: %+v, %v", p, err)
	}
	if got, ok := w.whois(request(office, w.sessionOf(answer))); !ok || got.Name != "j.smith" || got.By != ByPassword {
		t.Errorf("the first person is not signed in: %+v", got)
	}
	if _, err := w.Redeem(httptest.NewRecorder(), request(office), token, good); !errors.Is(err, ErrLink) {
		t.Errorf("the first link opens twice: %v", err)
	}
	if _, first := w.FirstLink(); first {
		t.Error("there is somebody, and a first link is made")
	}
}

func TestFirstLinkOpensNoMoreOnceSomebodyIsThere(t *testing.T) {
	w := newWorld(t, Options{})
	token, _ := w.FirstLink()
	if _, err := w.Add(Grant{Name: "other", Roles: []Role{Viewer}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Redeem(httptest.NewRecorder(), request(office), token, good); !errors.Is(err, ErrLink) {
		t.Errorf("a person was added by another way, and the first link still opens: %v", err)
	}
	late := newWorld(t, Options{})
	token, _ = late.FirstLink()
	late.pass(LinkLife)
	if _, err := late.Redeem(httptest.NewRecorder(), request(office), token, good); !errors.Is(err, ErrLink) {
		t.Errorf("the first link opens after %v: %v", LinkLife, err)
	}
}

func TestLinks(t *testing.T) {
	w := newWorld(t, Options{})
	redeem := func(link, password string) error {
		_, err := w.Redeem(httptest.NewRecorder(), request(office), link, password)
		return err
	}
	link, err := w.Add(Grant{Name: "j.smith", Roles: []Role{Operator}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.signIn("j.smith", ""); !errors.Is(err, ErrRefused) {
		t.Errorf("who has no password signs in with none: %v", err)
	}
	if err := redeem(link, "short"); !errors.Is(err, ErrPassword) {
		t.Errorf("a short password: %v", err)
	}
	if name, _, err := w.Whose(request(office), link); name != "j.smith" || err != nil {
		t.Errorf("a password that is refused uses up the link: %v", err)
	}
	if err := redeem(link, good); err != nil {
		t.Fatal(err)
	}
	if err := redeem(link, good); !errors.Is(err, ErrLink) {
		t.Errorf("a link opens twice: %v", err)
	}
	session, err := w.signIn("J.Smith ", good)
	if err != nil {
		t.Fatal(err)
	}
	one, _ := w.Invite("j.smith")
	two, _ := w.Invite("j.smith")
	if err := redeem(one, good); !errors.Is(err, ErrLink) {
		t.Errorf("a link opens although a newer one was made: %v", err)
	}
	if _, ok := w.whois(request(office, session)); !ok {
		t.Error("an invitation alone ends sessions")
	}
	if err := redeem(two, good+" again"); err != nil {
		t.Fatal(err)
	}
	if _, ok := w.whois(request(office, session)); ok {
		t.Error("another password does not end the sessions before it")
	}
	if _, err := w.signIn("j.smith", good); !errors.Is(err, ErrRefused) {
		t.Errorf("the old password still signs in: %v", err)
	}
	three, _ := w.Invite("j.smith")
	w.pass(LinkLife)
	if err := redeem(three, good); !errors.Is(err, ErrLink) {
		t.Errorf("a link opens after %v: %v", LinkLife, err)
	}
}

func TestAnotherProcessChangesUsers(t *testing.T) {
	gateway := newWorld(t, Options{})
	command := openWorld(t, gateway.dir, Options{})
	command.add("j.smith", Operator)
	session, err := gateway.signIn("j.smith", good)
	if err != nil {
		t.Fatalf("who was added by another process cannot sign in: %v", err)
	}
	if err := command.SetRoles(Grant{Name: "j.smith", Roles: []Role{Viewer}}); err != nil {
		t.Fatal(err)
	}
	if _, ok := gateway.whois(request(office, session)); ok {
		t.Error("roles were changed by another process, and the session goes on")
	}
	if session, err = gateway.signIn("j.smith", good); err != nil {
		t.Fatal(err)
	}
	if p, _ := gateway.whois(request(office, session)); p.May(Operate) || !p.May(SeeAll) {
		t.Errorf("a viewer now: %+v", p)
	}
	if err := command.Remove("j.smith"); err != nil {
		t.Fatal(err)
	}
	command.add("j.smith", Viewer) // another one
	if _, ok := gateway.whois(request(office, session)); ok {
		t.Error("the session of a person goes on for a later one of the same name")
	}
	for _, want := range []string{"user-added signed-in", "roles-changed", "user-removed user-added"} {
		if !strings.Contains(gateway.kinds(), want) {
			t.Errorf("the gateway recorded %s, without %s", gateway.kinds(), want)
		}
	}
}

func TestUsersThatCannotBeRead(t *testing.T) {
	w := newWorld(t, Options{})
	w.add("j.smith", Operator)
	session, err := w.signIn("j.smith", good)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(w.file())
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"cut off": string(whole[:len(whole)/2]), "of a later version": `{"format":2}`, "empty": ""} {
		if err := os.WriteFile(w.file(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, ok := w.whois(request(office, session)); !ok || w.Trouble() == nil {
			t.Errorf("users.json is %s: what was read before holds: %v, trouble: %v", what, ok, w.Trouble())
		}
		if err := w.Remove("j.smith"); err == nil {
			t.Errorf("users.json is %s and was written over", what)
		}
		if g, err := Open(w.dir, Options{}); err == nil {
			g.Close()
			t.Errorf("users.json is %s and a gateway starts with it", what)
		}
	}
	if err := os.WriteFile(w.file(), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.Trouble(); err != nil {
		t.Errorf("users.json is whole again: %v", err)
	}
}

func TestLocalToken(t *testing.T) {
	w := newWorld(t, Options{})
	secret, err := LocalToken(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := w.whois(withToken(secret))
	if !ok || p.Name != "token:local" || !p.May(Operate) || !p.May(Investigate) || p.May(Approve) {
		t.Errorf("the local token's bearer: %+v", p)
	}
	if _, err := w.Token(Grant{Name: "local", Roles: []Role{Approver}}, w.at.Add(time.Hour)); err == nil {
		t.Error("another token is called local")
	}
	for _, name := range []string{usersName, localName, "lock"} {
		info, err := os.Stat(filepath.Join(w.dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	if err := os.Chmod(filepath.Join(w.dir, localName), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(w.dir, Options{}); err == nil || !strings.Contains(err.Error(), "may be read by others") {
		t.Errorf("local.token may be read by everybody: %v", err)
	}
	fresh := newWorld(t, Options{})
	if other, _ := LocalToken(fresh.dir); other == secret {
		t.Error("two folders have one token")
	}
	if _, ok := fresh.whois(withToken(secret)); ok {
		t.Error("one folder's local token opens another")
	}
}

func TestNoSecretIsLoggedOrKept(t *testing.T) {
	w := newWorld(t, Options{})
	link, _ := w.Add(Grant{Name: "j.smith", Roles: []Role{Operator}})
	answer := httptest.NewRecorder()
	if _, err := w.Redeem(answer, request(office), link, good); err != nil {
		t.Fatal(err)
	}
	secret, err := w.Token(Grant{Name: "nightly", Roles: []Role{Viewer}}, w.at.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	const wrong = "hunter2hunter2hunter2"
	_, _ = w.signIn("j.smith", wrong)
	_, _ = w.signIn(wrong, good) // typed in the wrong field
	_, refused := w.Redeem(httptest.NewRecorder(), request(office), wrong, good)
	kept, err := os.ReadFile(w.file())
	if err != nil {
		t.Fatal(err)
	}
	all := w.log.String() + string(kept) + fmt.Sprint(w.events) + refused.Error()
	for what, s := range map[string]string{"a password": good, "a wrong password": wrong, "a link": link, "a token": secret, "a session": w.sessionOf(answer).Value} {
		if strings.Contains(all, s) {
			t.Errorf("%s stands in the log, in an event or in users.json", what)
		}
	}
	if !strings.HasSuffix(w.kinds(), "link-used signed-in token-made sign-in-refused sign-in-refused link-refused") {
		t.Errorf("recorded: %s", w.kinds())
	}
}
