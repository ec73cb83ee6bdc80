package access

import (
	"strings"
	"time"
)

// tokenPrefix begins every API token, so that people and scanners see what was
// leaked.
const tokenPrefix = "srtm_"

// MaxTokenLife is how long an API token may hold at most.
const MaxTokenLife = 366 * 24 * time.Hour

// isToken says whether s looks like an API token.
func isToken(s string) bool {
	rest, ok := strings.CutPrefix(s, tokenPrefix)
	return ok && len(rest) == 43 && !strings.ContainsFunc(rest, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

// localPerson is whoever has the local token.
func localPerson() Person {
	return Person{Name: string(ByToken) + ":local", Roles: []Role{Viewer, Operator, Investigator}, By: ByToken}
}

// byToken returns whom an API token stands for at present.
func (g *Gate) byToken(d digest) (Person, bool) {
	if d == g.local {
		return localPerson(), true
	}
	now := g.now()
	for _, t := range g.users().Tokens {
		if t.SHA256 == d {
			return t.person(), now.Before(t.Expires)
		}
	}
	return Person{}, false
}
