package access

import (
	"errors"
	"net/http"
	"strings"
)

// ErrRefused is what a sign-in is refused with. It does not say whether the name is known.
var ErrRefused = errors.New("name or password is wrong")

// SignIn signs a person in with a password and gives w the cookie of a new
// session; the session that r belongs to ends. It returns ErrRefused, or a
// TooManyError, and takes as long for a name that nobody has.
func (g *Gate) SignIn(w http.ResponseWriter, r *http.Request, name, password string) (Person, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if checkName(name) != nil {
		name = "" // nobody's, and not to be recorded
	}
	u, known := g.users().user(name)
	refused := Event{Kind: SignInRefused, By: ByPassword, From: address(r), Why: "nobody has that name"}
	if known {
		refused.Name, refused.Why = name, "the password is wrong"
	}
	if err := g.limits.attempt(name, network(r), g.now()); err != nil {
		refused.Why = "too many attempts"
		g.record(refused)
		return Person{}, err
	}
	var right bool
	if err := g.hash(r.Context(), func() { right = u.fits(password, g.cost) }); err != nil {
		refused.Why = "too many attempts at once"
		g.record(refused)
		return Person{}, err
	}
	if !right {
		g.record(refused)
		return Person{}, ErrRefused
	}
	g.limits.succeeded(name, network(r), g.now())
	return g.enter(w, r, *u), nil
}

// fits says whether the password is the person's; whatever the answer, and
// whoever it is, one hash is computed.
func (u *user) fits(password string, usual cost) bool {
	tooLong := len(password) > MaxPassword
	if tooLong {
		password = ""
	}
	if u == nil || u.Password == "" {
		newHash(password, usual)
		return false
	}
	h, err := parseHash(u.Password)
	return err == nil && h.fits(password) && !tooLong
}

// enter begins a session of a person of users.json.
func (g *Gate) enter(w http.ResponseWriter, r *http.Request, u user) Person {
	p := u.person()
	g.begin(w, r, session{person: p, id: u.ID, version: u.Version})
	g.record(Event{Kind: SignedIn, Name: p.Name, By: p.By, From: address(r)})
	return p
}
