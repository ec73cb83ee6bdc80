package access

import (
	"fmt"
	"slices"
	"time"
)

// Grant is what a person or token is to be.
type Grant struct {
	Name    string
	Roles   []Role
	Account string // of the role ServiceUser, and of no other
}

// User is a person with a password here, as List shows it.
type User struct {
	Name      string    `json:"name"`
	Roles     []Role    `json:"roles"`
	Account   string    `json:"account,omitempty"`
	Added     time.Time `json:"added"`
	Password  bool      `json:"password"`            // one was set
	LinkUntil time.Time `json:"link_until,omitzero"` // there is a one-time link that was not used, and opens until then
}

// APIToken is an API token, as List shows it: without its secret, which nobody
// has but whoever was given it.
type APIToken struct {
	Name    string    `json:"name"`
	Roles   []Role    `json:"roles"`
	Account string    `json:"account,omitempty"`
	Made    time.Time `json:"made"`
	Expires time.Time `json:"expires"`
}

// List returns all persons and tokens, by name.
func (g *Gate) List() ([]User, []APIToken) {
	all, now := g.users(), g.now()
	users, tokens := make([]User, 0, len(all.Persons)), make([]APIToken, 0, len(all.Tokens))
	for _, p := range all.Persons {
		u := User{Name: p.Name, Roles: slices.Clone(p.Roles), Account: p.Account, Added: p.Added, Password: p.Password != ""}
		if p.Link != nil && now.Before(p.Link.Expires) {
			u.LinkUntil = p.Link.Expires
		}
		users = append(users, u)
	}
	for _, t := range all.Tokens {
		tokens = append(tokens, APIToken{Name: t.Name, Roles: slices.Clone(t.Roles), Account: t.Account, Made: t.Made, Expires: t.Expires})
	}
	slices.SortFunc(users, func(a, b User) int { return compare(a.Name, b.Name) })
	slices.SortFunc(tokens, func(a, b APIToken) int { return compare(a.Name, b.Name) })
	return users, tokens
}

// Add adds a person and returns the token of the one-time link by which it sets its
// password.
func (g *Gate) Add(grant Grant) (token string, err error) {
	secret := newSecret()
	return secret, g.change(func(all *users) error {
		if _, ok := all.user(grant.Name); ok {
			return fmt.Errorf("there is a person %q already: see srtm user roles, and srtm user invite for a new password", grant.Name)
		}
		all.Persons = append(all.Persons, user{
			Name: grant.Name, ID: newID(), Roles: slices.Clone(grant.Roles), Account: grant.Account, Added: g.now().UTC(), Link: g.newLink(secret),
		})
		return all.check()
	})
}

func (g *Gate) newLink(secret string) *link {
	return &link{SHA256: digestOf(secret), Expires: g.now().UTC().Add(LinkLife)}
}

// Remove removes a person. Its sessions end.
func (g *Gate) Remove(name string) error {
	return g.change(func(all *users) error {
		before := len(all.Persons)
		all.Persons = slices.DeleteFunc(all.Persons, func(u user) bool { return u.Name == name })
		if len(all.Persons) == before {
			return noPerson(name)
		}
		return nil
	})
}

// SetRoles gives a person other roles. Its sessions end.
func (g *Gate) SetRoles(grant Grant) error {
	return g.change(func(all *users) error {
		u, ok := all.user(grant.Name)
		if !ok {
			return noPerson(grant.Name)
		}
		u.Roles, u.Account = slices.Clone(grant.Roles), grant.Account
		u.Version++
		return all.check()
	})
}

// Invite returns the token of a new one-time link by which a person sets another
// password; the link that it had before opens no more. Its password holds until
// then.
func (g *Gate) Invite(name string) (token string, err error) {
	secret := newSecret()
	return secret, g.change(func(all *users) error {
		u, ok := all.user(name)
		if !ok {
			return noPerson(name)
		}
		u.Link = g.newLink(secret)
		return nil
	})
}

func noPerson(name string) error {
	return fmt.Errorf("there is no person %.80q: see srtm user list", name)
}

// Token makes an API token that holds until expires, at most MaxTokenLife from
// now. It is shown this once. Tokens of the same folder that expired more than
// MaxTokenLife ago are forgotten.
func (g *Gate) Token(grant Grant, expires time.Time) (secret string, err error) {
	now := g.now()
	if !expires.After(now) || expires.After(now.Add(MaxTokenLife)) {
		return "", fmt.Errorf("a token that expires at %s: it has to expire, later than now and within 366 days", expires.UTC().Format(time.RFC3339))
	}
	secret = tokenPrefix + newSecret()
	return secret, g.change(func(all *users) error {
		all.Tokens = slices.DeleteFunc(all.Tokens, func(t token) bool { return t.Expires.Before(now.Add(-MaxTokenLife)) })
		if grant.Name == "local" || slices.ContainsFunc(all.Tokens, func(t token) bool { return t.Name == grant.Name }) {
			return fmt.Errorf("there is a token %q already: remove it, or take another name", grant.Name)
		}
		all.Tokens = append(all.Tokens, token{
			Name: grant.Name, SHA256: digestOf(secret), Roles: slices.Clone(grant.Roles), Account: grant.Account, Made: now.UTC(), Expires: expires.UTC(),
		})
		return all.check()
	})
}

// RemoveToken removes an API token, which holds no more.
func (g *Gate) RemoveToken(name string) error {
	return g.change(func(all *users) error {
		before := len(all.Tokens)
		all.Tokens = slices.DeleteFunc(all.Tokens, func(t token) bool { return t.Name == name })
		if len(all.Tokens) == before {
			return fmt.Errorf("there is no token %.80q: see srtm user list", name)
		}
		return nil
	})
}
