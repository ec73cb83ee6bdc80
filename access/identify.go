package access

import (
	"crypto/x509"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

// identify finds out whom r is from.
func (g *Gate) identify(r *http.Request) (seat, bool) {
	if secret, ok := bearer(r); ok {
		return g.identifyToken(secret)
	}
	if s, ok := g.identifySession(r); ok {
		return s, true
	}
	return g.identifyCertificate(r)
}

// bearer returns what an Authorization header says, if it is for a bearer.
func bearer(r *http.Request) (secret string, ok bool) {
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(secret), strings.EqualFold(scheme, "Bearer")
}

func (g *Gate) identifyToken(secret string) (seat, bool) {
	if !isToken(secret) {
		return seat{}, false
	}
	d := digestOf(secret)
	p, ok := g.byToken(d)
	return seat{p, func() bool {
		_, ok := g.byToken(d)
		return ok
	}}, ok
}

func (g *Gate) identifySession(r *http.Request) (seat, bool) {
	secret, ok := g.sessionCookie(r)
	if !ok {
		return seat{}, false
	}
	// A stream lasts as long as a page is open, whether or not anybody looks at it.
	active := !strings.Contains(r.Header.Get("Accept"), "text/event-stream")
	d := digestOf(secret)
	p, ok := g.bySession(d, active)
	return seat{p, func() bool {
		_, ok := g.bySession(d, false)
		return ok
	}}, ok
}

func (g *Gate) identifyCertificate(r *http.Request) (seat, bool) {
	if g.options.Certificate == nil || r.TLS == nil || len(r.TLS.VerifiedChains) == 0 || len(r.TLS.VerifiedChains[0]) == 0 {
		return seat{}, false
	}
	leaf := r.TLS.VerifiedChains[0][0]
	p, ok := g.byCertificate(leaf)
	return seat{p, func() bool {
		again, ok := g.byCertificate(leaf)
		return ok && again.Account == p.Account
	}}, ok
}

func (g *Gate) byCertificate(leaf *x509.Certificate) (Person, bool) {
	now := g.now()
	if now.After(leaf.NotAfter) || now.Before(leaf.NotBefore) {
		return Person{}, false // a connection may outlive its certificate
	}
	account, name, ok := g.options.Certificate(leaf)
	if !ok {
		return Person{}, false
	}
	p := Person{Name: outside(ByCertificate, name), Roles: []Role{ServiceUser}, Account: account, By: ByCertificate}
	return p, p.sound()
}

// maxOutside is how many octets the name of somebody who has none here may have,
// without its Means.
const maxOutside = 80

// outside returns the name of somebody who has none here; no name here has a
// colon.
func outside(by Means, name string) string { return string(by) + ":" + asName(name) }

// asName makes of what came from elsewhere a name: letters of any script, digits
// and a few signs. A comma parts names where several stand together.
func asName(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsMark(r) || r >= '0' && r <= '9' || strings.ContainsRune(" .'-()&/@+_:", r) {
			return r
		}
		return '_'
	}, printableIn(s, maxOutside))
}

// printable makes of what came from elsewhere something that can be logged and
// shown, of at most maxAccount octets.
func printable(s string) string { return printableIn(s, maxAccount) }

func printableIn(s string, octets int) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
	for len(s) > octets {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}
