package access

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"
	"pgregory.net/rapid"
)

// model says, by the rules and nothing else, who is to be identified.
type model struct {
	now      time.Time
	persons  map[string]*modelPerson
	sessions []*modelSession
	tokens   []*modelToken
	links    []*modelLink
	serial   int
}

type modelPerson struct {
	serial   int // another one for everybody who ever was
	roles    []Role
	password string
	link     *modelLink
}

type modelSession struct {
	cookie      *http.Cookie
	serial      int
	name        string
	begun, last time.Time
	over        bool
}

type modelToken struct {
	name, secret string
	until        time.Time
	removed      bool
}

type modelLink struct {
	secret, name string
	serial       int
	until        time.Time
}

func (m *model) holds(s *modelSession) bool {
	p := m.persons[s.name]
	return !s.over && p != nil && p.serial == s.serial && m.now.Before(s.last.Add(SessionIdle)) && m.now.Before(s.begun.Add(SessionLife))
}

// endAll ends all sessions of a person.
func (m *model) endAll(serial int) {
	for _, s := range m.sessions {
		s.over = s.over || s.serial == serial
	}
}

// player plays a random sequence of calls on two Gates of one folder, a gateway's
// and a command's, and on the model.
type player struct {
	m                *model
	gateway, command *world
}

func (p *player) draw(t *rapid.T) (name string, roles []Role) {
	return rapid.SampledFrom([]string{"anna", "ben", "cleo"}).Draw(t, "name"), []Role{rapid.SampledFrom([]Role{Viewer, Operator, Approver}).Draw(t, "role")}
}

func (p *player) either(t *rapid.T) *world {
	return rapid.SampledFrom([]*world{p.gateway, p.command}).Draw(t, "process")
}

func (p *player) invited(name, secret string) {
	who := p.m.persons[name]
	who.link = &modelLink{secret, name, who.serial, p.m.now.Add(LinkLife)}
	p.m.links = append(p.m.links, who.link)
}

func (p *player) add(t *rapid.T) {
	name, roles := p.draw(t)
	secret, err := p.either(t).Add(Grant{Name: name, Roles: roles})
	if (err == nil) != (p.m.persons[name] == nil) {
		t.Fatalf("add %s: %v", name, err)
	}
	if err == nil {
		p.m.serial++
		p.m.persons[name] = &modelPerson{serial: p.m.serial, roles: roles}
		p.invited(name, secret)
	}
}

func (p *player) remove(t *rapid.T) {
	name, _ := p.draw(t)
	if err := p.either(t).Remove(name); (err == nil) != (p.m.persons[name] != nil) {
		t.Fatalf("remove %s: %v", name, err)
	}
	delete(p.m.persons, name)
}

func (p *player) setRoles(t *rapid.T) {
	name, roles := p.draw(t)
	if err := p.either(t).SetRoles(Grant{Name: name, Roles: roles}); (err == nil) != (p.m.persons[name] != nil) {
		t.Fatalf("roles of %s: %v", name, err)
	}
	if who := p.m.persons[name]; who != nil {
		who.roles = roles
		p.m.endAll(who.serial)
	}
}

func (p *player) invite(t *rapid.T) {
	name, _ := p.draw(t)
	secret, err := p.either(t).Invite(name)
	if (err == nil) != (p.m.persons[name] != nil) {
		t.Fatalf("invite %s: %v", name, err)
	}
	if err == nil {
		p.invited(name, secret)
	}
}

func (p *player) redeem(t *rapid.T) {
	if len(p.m.links) == 0 {
		t.Skip("no link")
	}
	l := rapid.SampledFrom(p.m.links).Draw(t, "link")
	who := p.m.persons[l.name]
	opens := who != nil && who.link == l && p.m.now.Before(l.until)
	password := good + fmt.Sprint(len(p.m.sessions))
	answer := httptest.NewRecorder()
	if _, err := p.gateway.Redeem(answer, request(office), l.secret, password); (err == nil) != opens {
		t.Fatalf("redeem a link of %s, which opens: %v, %v", l.name, opens, err)
	}
	if opens {
		p.m.endAll(who.serial)
		who.password, who.link = password, nil
		p.entered(answer, l.name)
	}
}

func (p *player) entered(answer *httptest.ResponseRecorder, name string) {
	p.m.sessions = append(p.m.sessions, &modelSession{
		cookie: p.gateway.sessionOf(answer), serial: p.m.persons[name].serial, name: name, begun: p.m.now, last: p.m.now,
	})
}

func (p *player) signIn(t *rapid.T) {
	name, _ := p.draw(t)
	password := good
	who := p.m.persons[name]
	if who != nil && who.password != "" && rapid.Bool().Draw(t, "right") {
		password = who.password
	}
	right := who != nil && who.password == password
	answer := httptest.NewRecorder()
	if _, err := p.gateway.SignIn(answer, request(office), name, password); (err == nil) != right {
		t.Fatalf("sign in %s, right: %v, %v", name, right, err)
	}
	if right {
		p.entered(answer, name)
	}
}

func (p *player) signOut(t *rapid.T) {
	if len(p.m.sessions) == 0 {
		t.Skip("no session")
	}
	s := rapid.SampledFrom(p.m.sessions).Draw(t, "session")
	p.gateway.SignOut(httptest.NewRecorder(), request(office, s.cookie))
	s.over = true
}

func (p *player) token(t *rapid.T) {
	life := rapid.SampledFrom([]time.Duration{time.Minute, time.Hour, 48 * time.Hour}).Draw(t, "life")
	made := &modelToken{name: fmt.Sprintf("token%d", len(p.m.tokens)), until: p.m.now.Add(life)}
	var err error
	if made.secret, err = p.either(t).Token(Grant{Name: made.name, Roles: []Role{Viewer}}, made.until); err != nil {
		t.Fatal(err)
	}
	p.m.tokens = append(p.m.tokens, made)
}

func (p *player) removeToken(t *rapid.T) {
	if len(p.m.tokens) == 0 {
		t.Skip("no token")
	}
	gone := rapid.SampledFrom(p.m.tokens).Draw(t, "token")
	if err := p.either(t).RemoveToken(gone.name); (err == nil) == gone.removed {
		t.Fatalf("remove %s, removed before: %v, %v", gone.name, gone.removed, err)
	}
	gone.removed = true
}

func (p *player) wait(t *rapid.T) {
	d := rapid.SampledFrom([]time.Duration{time.Minute, SessionIdle - time.Second, SessionIdle, 5 * time.Hour, LinkLife}).Draw(t, "time")
	p.m.now = p.m.now.Add(d)
	p.gateway.pass(d)
	p.command.pass(d)
}

// visit makes a request in one session, which renews it.
func (p *player) visit(t *rapid.T) {
	if len(p.m.sessions) == 0 {
		t.Skip("no session")
	}
	s := rapid.SampledFrom(p.m.sessions).Draw(t, "session")
	who, ok := p.gateway.whois(request(office, s.cookie))
	if ok != p.m.holds(s) {
		t.Fatalf("a session of %s: %v", s.name, ok)
	}
	if !ok {
		return
	}
	s.last = p.m.now
	if who.Name != s.name || !slices.Equal(who.Roles, p.m.persons[s.name].roles) {
		t.Fatalf("a session of %s is %+v", s.name, who)
	}
}

// check asks for everything that was ever given out, renewing nothing.
func (p *player) check(t *rapid.T) {
	for _, s := range p.m.sessions {
		stream := request(office, s.cookie)
		stream.Header.Set("Accept", "text/event-stream")
		if who, ok := p.gateway.whois(stream); ok != p.m.holds(s) || ok && who.Name != s.name {
			t.Fatalf("a session of %s is %+v, %v", s.name, who, ok)
		}
	}
	for _, k := range p.m.tokens {
		if _, ok := p.gateway.whois(withToken(k.secret)); ok != (!k.removed && p.m.now.Before(k.until)) {
			t.Fatalf("the token %s: %v", k.name, ok)
		}
	}
}

// unlimited lets passwords be tried without end: limits are tested elsewhere.
func unlimited(l *limits) {
	for _, table := range [][]*rate.Limiter{l.own[:], l.addresses[:], l.names[:]} {
		for _, one := range table {
			one.SetLimit(rate.Inf)
		}
	}
}

// TestWhoIsIdentified: whatever is called in whatever order by two processes,
// exactly those are identified who are to be; so nobody who was removed, nothing
// that has expired, and no link twice.
func TestWhoIsIdentified(t *testing.T) {
	dir, round := t.TempDir(), 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		folder := filepath.Join(dir, fmt.Sprint(round))
		p := &player{gateway: openWorld(t, folder, Options{}), command: openWorld(t, folder, Options{})}
		unlimited(p.gateway.limits)
		p.m = &model{now: p.gateway.at, persons: map[string]*modelPerson{}}
		r.Repeat(map[string]func(*rapid.T){
			"add": p.add, "remove": p.remove, "set roles": p.setRoles, "invite": p.invite, "redeem": p.redeem, "sign in": p.signIn, "sign out": p.signOut,
			"token": p.token, "remove token": p.removeToken, "wait": p.wait, "visit": p.visit, "": p.check,
		})
	})
}

// TestTogether lets everything happen at once, for the race detector and for
// what must hold whatever the order.
func TestTogether(t *testing.T) {
	w := newWorld(t, Options{})
	other := openWorld(t, w.dir, Options{})
	w.add("j.smith", Operator)
	link, err := w.Invite("j.smith")
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.signIn("j.smith", good)
	if err != nil {
		t.Fatal(err)
	}
	const n = 8
	var all sync.WaitGroup
	var redeemed sync.Map
	for i := range n {
		g := []*world{w, other}[i%2]
		all.Go(func() {
			if _, err := g.Redeem(httptest.NewRecorder(), request(office), link, good); err == nil {
				redeemed.Store(i, true)
			}
		})
		all.Go(func() {
			if _, err := g.Add(Grant{Name: fmt.Sprintf("person%d", i), Roles: []Role{Viewer}}); err != nil {
				t.Error(err)
			}
			g.List()
		})
		all.Go(func() {
			if _, err := g.Token(Grant{Name: fmt.Sprintf("token%d", i), Roles: []Role{Viewer}}, w.clock().Add(time.Hour)); err != nil {
				t.Error(err)
			}
		})
		// The password that is set meanwhile ends the session, so nothing is asked of it.
		all.Go(func() { w.Identify(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), request(office, c)) })
		all.Go(func() { _, _ = w.signIn("j.smith", good) })
	}
	all.Wait()
	count := 0
	redeemed.Range(func(any, any) bool { count++; return true })
	users, tokens := w.List()
	if count != 1 || len(users) != n+1 || len(tokens) != n {
		t.Errorf("the link opened %d times; %d persons, %d tokens", count, len(users), len(tokens))
	}
}
