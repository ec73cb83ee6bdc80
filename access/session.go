package access

import (
	"net/http"
	"sync"
	"time"
)

// How long a session holds, and how many there may be.
const (
	SessionIdle       = 30 * time.Minute // without a request
	SessionLife       = 12 * time.Hour   // whatever is done in it
	maxSessions       = 2000
	maxSessionsPerson = 20
)

// session is one browser's, after a sign-in.
type session struct {
	person       Person
	id           string // of the user, when it is one of users.json
	version      int
	begun, until time.Time // it holds before until, unless it is renewed
}

// sessions are all that hold, by the SHA-256 of their tokens.
type sessions struct {
	mu  sync.Mutex
	all map[digest]*session
}

func newSessions() *sessions { return &sessions{all: map[digest]*session{}} }

// begin keeps a session, and ends others where there are too many: the one that was
// used longest ago, of the same person or of all.
func (s *sessions) begin(d digest, new *session, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := 0
	var oldest, oldestOwn digest
	var at, atOwn time.Time
	for key, other := range s.all {
		if !now.Before(other.until) {
			delete(s.all, key)
			continue
		}
		if at.IsZero() || other.until.Before(at) {
			oldest, at = key, other.until
		}
		if other.person.Name == new.person.Name {
			own++
			if atOwn.IsZero() || other.until.Before(atOwn) {
				oldestOwn, atOwn = key, other.until
			}
		}
	}
	switch {
	case own >= maxSessionsPerson:
		delete(s.all, oldestOwn)
	case len(s.all) >= maxSessions:
		delete(s.all, oldest)
	}
	s.all[d] = new
}

// find returns a session that holds, renewed if active.
func (s *sessions) find(d digest, now time.Time, active bool) (session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.all[d]
	if found == nil {
		return session{}, false
	}
	if !now.Before(found.until) {
		delete(s.all, d)
		return session{}, false
	}
	if active {
		found.until = earlier(now.Add(SessionIdle), found.begun.Add(SessionLife))
	}
	return *found, true
}

func (s *sessions) end(d digest) (session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.all[d]
	if found == nil {
		return session{}, false
	}
	delete(s.all, d)
	return *found, true
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// bySession returns whose session that is, if it holds: it ends with its time,
// with the person, and with a change of its roles or password.
func (g *Gate) bySession(d digest, active bool) (Person, bool) {
	s, ok := g.sessions.find(d, g.now(), active)
	if !ok {
		return Person{}, false
	}
	if s.person.By == ByPassword {
		u, known := g.users().user(s.person.Name)
		if !known || u.ID != s.id || u.Version != s.version {
			g.sessions.end(d)
			return Person{}, false
		}
	}
	return s.person, true
}

// begin begins a session and gives its token to the browser. A session that r
// belongs to ends.
func (g *Gate) begin(w http.ResponseWriter, r *http.Request, s session) {
	if old, ok := g.sessionCookie(r); ok {
		g.sessions.end(digestOf(old))
	}
	now := g.now()
	s.begun, s.until = now, now.Add(SessionIdle)
	secret := newSecret()
	g.sessions.begin(digestOf(secret), &s, now)
	http.SetCookie(w, g.cookie(sessionName, secret, SessionLife))
}

// SignOut ends the session that r belongs to, and takes its cookie back. Whoever
// calls it has to answer w.
func (g *Gate) SignOut(w http.ResponseWriter, r *http.Request) {
	if secret, ok := g.sessionCookie(r); ok {
		if s, ok := g.sessions.end(digestOf(secret)); ok {
			g.record(Event{Kind: SignedOut, Name: s.person.Name, By: s.person.By, From: address(r)})
		}
	}
	http.SetCookie(w, g.cookie(sessionName, "", -1))
}
