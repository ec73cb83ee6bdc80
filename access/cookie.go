package access

import (
	"net/http"
	"time"
)

// The names of cookies on a loopback address; with TLS they begin with
// hostPrefix, so that no other host of the domain can set them.
const (
	sessionName = "srtm"
	openIDName  = "srtm-openid"
	hostPrefix  = "__Host-"
)

// cookie makes a cookie; a life that is not positive takes it back.
func (g *Gate) cookie(name, value string, life time.Duration) *http.Cookie {
	c := &http.Cookie{Name: g.cookieName(name), Value: value, Path: "/", HttpOnly: true, Secure: g.options.Secure, SameSite: http.SameSiteStrictMode}
	if c.MaxAge = int(life.Seconds()); life <= 0 {
		c.MaxAge = -1
	}
	return c
}

func (g *Gate) cookieName(name string) string {
	if g.options.Secure {
		return hostPrefix + name
	}
	return name
}

func (g *Gate) sessionCookie(r *http.Request) (string, bool) {
	c, err := r.Cookie(g.cookieName(sessionName))
	if err != nil || len(c.Value) != 43 {
		return "", false
	}
	return c.Value, true
}
