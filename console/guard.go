package console

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"srtm/access"
)

// contentPolicy lets a page have what comes from here and nothing else: no script
// and no style stands in a page.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// harden sets the headers that keep a browser from being turned against whoever
// looks.
func harden(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
		h.Set("Cache-Control", "no-store")
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// onlyLoopback refuses whoever names another host than this machine: that is a
// page in a browser whose name was made to lead here. With TLS a name is the
// certificate's business.
func (s *Server) onlyLoopback(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if r.TLS == nil && !isLoopback(host) {
			s.refuse(w, r, fail(http.StatusForbidden, "the console answers on loopback only where it has no certificate; ask for 127.0.0.1, [::1] or localhost"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.Unmap().IsLoopback()
}

// sameOrigin refuses what a page from elsewhere sends through somebody's browser.
func (s *Server) sameOrigin(next http.Handler) http.Handler {
	p := http.NewCrossOriginProtection()
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, fail(http.StatusForbidden, "this cross-origin request was sent by a page from elsewhere; do it on a page of this console"))
	}))
	return p.Handler(next)
}

// guarded hands a call to answer, where its person has the right. Who is not
// signed in is sent to where that is done.
func (s *Server) guarded(need access.Right, answer func(*call)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, known := s.newCall(w, r)
		switch {
		case need == anybody:
		case !known && !isAPI(r) && r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html"):
			http.Redirect(w, r, "/sign-in?to="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
			return
		case !known:
			s.refuse(w, r, fail(http.StatusUnauthorized, "nobody is signed in; sign in at /sign-in, or send Authorization: Bearer with a token (srtm user token makes one)"))
			return
		case !c.person.May(need):
			s.refuse(w, r, fail(http.StatusForbidden, "%s", lacking(c.person, need)))
			return
		}
		answer(c)
	}
}

func lacking(p access.Person, need access.Right) string {
	roles := make([]string, 0, len(p.Roles))
	for _, r := range p.Roles {
		roles = append(roles, string(r))
	}
	return fmt.Sprintf("this needs the right %q, which %q as %s does not have; ask whoever keeps the users for a role that has it", need, p.Name, strings.Join(roles, ", "))
}

// back is where a page says that somebody wants to go after it: a path of this
// console and nowhere else.
func back(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Opaque != "" || !strings.HasPrefix(u.Path, "/") ||
		strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") || strings.HasPrefix(u.Path, "/sign-") {
		return "/"
	}
	return to
}
