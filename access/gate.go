package access

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options of a Gate. The zero Options are those of a command that works on the
// folder.
type Options struct {
	Clock  func() time.Time // nil: time.Now
	OpenID *OpenID          // nil: nobody signs in by OpenID Connect
	// Certificate says whose account a client certificate is, and what its holder
	// is called; TLS has verified the certificate before. nil: none means anything.
	Certificate func(*x509.Certificate) (account, name string, ok bool)
	// Record is called for each Event, by whichever goroutine caused it, and must not call
	// the Gate. nil: events are logged only.
	Record func(Event)
	Secure bool         // the console is served by TLS: cookies are for TLS only
	Logger *slog.Logger // nil: nothing is logged
}

// Gate identifies people. Its methods may be called concurrently, and several
// processes may have one folder.
type Gate struct {
	dir      string
	options  Options
	log      *slog.Logger
	hashing  chan struct{} // a place for each hashing at once
	cost     cost          // of new hashes
	limits   *limits
	sessions *sessions
	openid   *openid // nil: not configured
	local    digest  // of local.token

	changing sync.Mutex // held while users.json is written
	mu       sync.RWMutex
	known    *users // replaced, never changed
	seen     os.FileInfo
	held     *os.File // the file that was read, kept open so that no other gets its inode
	trouble  error
	first    link // of the first person, while there is none
}

// Open opens the folder dir, DATA/access, and makes it with its files where they
// are missing. Close it when it is not needed any more.
func Open(dir string, o Options) (*Gate, error) {
	g := &Gate{
		dir: dir, options: o, log: o.Logger, cost: usual(), hashing: make(chan struct{}, hashingsAtOnce()),
		limits: newLimits(), sessions: newSessions(),
	}
	if g.log == nil {
		g.log = slog.New(slog.DiscardHandler)
	}
	if o.OpenID != nil {
		var err error
		if g.openid, err = newOpenID(*o.OpenID, g.now); err != nil {
			return nil, err
		}
	}
	if err := g.prepare(); err != nil {
		return nil, fmt.Errorf("opening the folder of users: %w", err)
	}
	return g, nil
}

// prepare makes what is missing in the folder and reads it.
func (g *Gate) prepare() error {
	if err := os.MkdirAll(g.dir, 0o700); err != nil {
		return err
	}
	unlock, err := lockFile(filepath.Join(g.dir, "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	if g.local, err = prepareLocal(g.dir); err != nil {
		return err
	}
	if _, err := os.Lstat(g.file()); errors.Is(err, os.ErrNotExist) {
		if err := (&users{Format: format}).write(g.dir); err != nil {
			return err
		}
	}
	return g.reload()
}

// Close lets go of the folder. Nobody is signed out by it.
func (g *Gate) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held == nil {
		return nil
	}
	err := g.held.Close()
	g.held = nil
	return err
}

// Trouble says why users.json cannot be read at present; what was read before
// holds meanwhile. nil: all is well.
func (g *Gate) Trouble() error {
	g.refresh()
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.trouble
}

func (g *Gate) now() time.Time {
	if g.options.Clock != nil {
		return g.options.Clock()
	}
	return time.Now()
}

// hash computes a password's hash when there is a place; see hashingsAtOnce.
func (g *Gate) hash(ctx context.Context, compute func()) error {
	ctx, cancel := context.WithTimeout(ctx, hashingWait)
	defer cancel()
	select {
	case g.hashing <- struct{}{}:
		defer func() { <-g.hashing }()
		compute()
		return nil
	case <-ctx.Done():
		return TooManyError{After: hashingWait}
	}
}

// Identify puts the Person that a request is from into its context. It refuses
// nobody; who cannot be identified is nobody. A request that carries an API token
// which does not hold is from nobody, whatever else it carries.
func (g *Gate) Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s, ok := g.identify(r); ok {
			r = r.WithContext(context.WithValue(r.Context(), seatKey{}, s))
		}
		next.ServeHTTP(w, r)
	})
}
