package access

import (
	"slices"
	"strings"
)

// compare orders names.
func compare(a, b string) int { return strings.Compare(a, b) }

// tellChanges records what is different in users.json, whoever changed it, in this process
// or another.
func (g *Gate) tellChanges(before, after *users) {
	for _, old := range before.Persons {
		if u, ok := after.user(old.Name); !ok || u.ID != old.ID {
			g.record(Event{Kind: UserRemoved, Name: old.Name})
		}
	}
	for _, u := range after.Persons {
		old, ok := before.user(u.Name)
		known := ok && old.ID == u.ID
		switch {
		case !known:
			g.record(Event{Kind: UserAdded, Name: u.Name, Why: holds(u.Roles, u.Account)})
		case !slices.Equal(old.Roles, u.Roles) || old.Account != u.Account:
			g.record(Event{Kind: RolesChanged, Name: u.Name, Why: holds(u.Roles, u.Account) + "; before: " + holds(old.Roles, old.Account)})
		}
		if u.Link != nil && (!known || old.Link == nil || old.Link.SHA256 != u.Link.SHA256) {
			g.record(Event{Kind: UserInvited, Name: u.Name})
		}
	}
	g.tellTokens(before, after)
}

func (g *Gate) tellTokens(before, after *users) {
	has := func(u *users, t token) bool {
		return slices.ContainsFunc(u.Tokens, func(o token) bool { return o.SHA256 == t.SHA256 })
	}
	for _, t := range before.Tokens {
		if !has(after, t) {
			g.record(Event{Kind: TokenRemoved, Name: t.person().Name, By: ByToken})
		}
	}
	for _, t := range after.Tokens {
		if !has(before, t) {
			g.record(Event{Kind: TokenMade, Name: t.person().Name, By: ByToken, Why: holds(t.Roles, t.Account) + ", until " + t.Expires.UTC().Format("2006-01-02T15:04:05Z")})
		}
	}
}

// holds says roles and account in words.
func holds(roles []Role, account string) string {
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = string(r)
	}
	said := strings.Join(words, ", ")
	if account != "" {
		said += " of " + account
	}
	return said
}
