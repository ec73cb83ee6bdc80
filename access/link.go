package access

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// LinkLife is how long a one-time link opens.
const LinkLife = 24 * time.Hour

// FirstName is the name of the first person unless it chooses another.
const FirstName = "admin"

// ErrLink is what a one-time link is refused with: it was used, is too old, or
// never was one.
var ErrLink = errors.New("the link does not open: it may have been used, or be older than 24 hours; ask for another one (srtm user invite)")

// LinkPath is where a console takes a one-time link.
func LinkPath(token string) string { return "/sign-in/link?token=" + url.QueryEscape(token) }

// FirstLink returns the token of a one-time link for the first person, to be
// printed where only who runs the gateway reads it. first is false, and there is
// none, if there is somebody already or if people sign in by OpenID Connect. The
// link is this Gate's own and ends with it, with the next call, and with the first person that
// comes to be in any other way.
func (g *Gate) FirstLink() (token string, first bool) {
	if g.openid != nil || len(g.users().Persons) > 0 {
		return "", false
	}
	secret := newSecret()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.first = link{SHA256: digestOf(secret), Expires: g.now().Add(LinkLife)}
	return secret, true
}

func (g *Gate) opensFirst(d digest) bool {
	if len(g.users().Persons) > 0 {
		return false
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.first.opens(d, g.now())
}

// Whose says for whom a one-time link is, without using it; first means that it
// is the first person's, who may choose a name. The error is ErrLink, or a
// TooManyError after too many that do not open; each is recorded.
func (g *Gate) Whose(r *http.Request, token string) (name string, first bool, err error) {
	if name, first, err = g.whose(token); err == nil {
		return name, first, nil
	}
	if many := g.limits.visit(network(r), g.now()); many != nil {
		err = many
	}
	g.record(Event{Kind: LinkRefused, By: ByPassword, From: address(r), Why: err.Error()})
	return "", false, err
}

// whose is Whose for nobody in particular.
func (g *Gate) whose(token string) (name string, first bool, err error) {
	d := digestOf(token)
	if g.opensFirst(d) {
		return FirstName, true, nil
	}
	u, ok := g.users().byLink(d, g.now())
	if !ok {
		return "", false, ErrLink
	}
	return u.Name, false, nil
}

// Redeem uses a one-time link: the person's password is set, its other sessions
// end, and w gets the cookie of a new one. With the first link it makes the first
// person, called FirstName, an operator, approver and investigator. The errors are
// ErrLink, ErrPassword, after which the link still opens, and TooManyError.
func (g *Gate) Redeem(w http.ResponseWriter, r *http.Request, token, password string) (Person, error) {
	return g.RedeemAs(w, r, Redemption{Token: token, Password: password, Name: FirstName})
}

// Redemption is what is given with a one-time link.
type Redemption struct {
	Token    string
	Password string
	Name     string // of the first person; whoever was invited has one
}

// RedeemAs does as Redeem does, and lets the first person choose its name.
func (g *Gate) RedeemAs(w http.ResponseWriter, r *http.Request, with Redemption) (Person, error) {
	refuse := func(name string, err error) (Person, error) {
		g.record(Event{Kind: LinkRefused, Name: name, By: ByPassword, From: address(r), Why: err.Error()})
		return Person{}, err
	}
	if err := g.limits.visit(network(r), g.now()); err != nil {
		return refuse("", err)
	}
	name, first, err := g.whose(with.Token)
	if err != nil {
		return refuse("", err)
	}
	if first {
		name = with.Name
		if err := checkName(name); err != nil {
			return Person{}, err
		}
	}
	if err := CheckPassword(name, with.Password); err != nil {
		return Person{}, err
	}
	var h hashed
	if err := g.hash(r.Context(), func() { h = newHash(with.Password, g.cost) }); err != nil {
		return refuse(name, err)
	}
	u, err := g.redeem(digestOf(with.Token), name, h)
	if err != nil {
		return refuse(name, err)
	}
	g.record(Event{Kind: LinkUsed, Name: name, By: ByPassword, From: address(r)})
	g.limits.succeeded(name, network(r), g.now())
	return g.enter(w, r, u), nil
}

// redeem sets the password of whomever the link belongs to, if it still opens.
func (g *Gate) redeem(d digest, name string, h hashed) (redeemed user, err error) {
	err = g.change(func(all *users) error {
		u, ok := all.byLink(d, g.now())
		if !ok && len(all.Persons) == 0 && g.takeFirst(d) {
			all.Persons = append(all.Persons, user{Name: name, ID: newID(), Roles: []Role{Operator, Approver, Investigator}, Added: g.now().UTC()})
			u, ok = &all.Persons[0], true
		}
		if !ok {
			return ErrLink
		}
		u.Password, u.Link = h.String(), nil
		u.Version++
		redeemed = *u
		return nil
	})
	if err != nil && !errors.Is(err, ErrLink) {
		err = fmt.Errorf("the password could not be kept: %w", err)
	}
	return redeemed, err
}

// takeFirst uses the first person's link.
func (g *Gate) takeFirst(d digest) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	opens := g.first.opens(d, g.now())
	if opens {
		g.first = link{}
	}
	return opens
}
