package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"srtm/traffic"
)

// Controller decides about requests. A *traffic.Controller does. Once a Server
// has it nobody else may advance or change it.
type Controller interface {
	// Admit decides about one request that arrived at time at, in nanoseconds
	// since 1970 UTC. It returns false if no account holds the User ID. It may
	// be called from many goroutines at once.
	Admit(at int64, r traffic.Request) (traffic.Decision, bool)
	// Advance passes the slot boundaries up to at.
	Advance(at int64)
	// Active tells whether traffic management is active, and since when.
	Active() (active bool, since int64)
	// Change has it obey other Rules from the boundaries on that it returns.
	Change(plan ...traffic.Planned) ([]int64, error)
	// Snapshot tells which Rules it obeys.
	Snapshot(into []traffic.AccountSnapshot) traffic.Snapshot
}

// Server carries Service Requests from clients to the DSP. All its methods may
// be called from many goroutines at once.
type Server struct {
	cfg       Config
	recorder  *recorder
	host      string // the DSP's, as in Host
	pool      *pool
	log       *quiet
	exchanges sync.Pool
	tally     tally

	lifetime context.Context // ends when nothing more is waited for
	end      context.CancelFunc
	draining atomic.Bool // nobody new is taken
	closing  atomic.Bool // who is idle is to go
	mu       sync.Mutex
	listener map[net.Listener]struct{}
	sessions map[*session]struct{}
	bearers  map[string]int // sessions by their certificate's fingerprint
	running  sync.WaitGroup // sessions
}

// New returns a Server that obeys cfg and asks c. It listens to nobody yet.
func New(cfg Config, c Controller) (*Server, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	if cfg.TLS != nil {
		cfg.TLS = cfg.TLS.Clone()
		cfg.TLS.ClientAuth = tls.RequireAndVerifyClientCert
		cfg.TLS.MinVersion = max(cfg.TLS.MinVersion, tls.VersionTLS12)
		cfg.TLS.NextProtos = []string{"http/1.1"}
	}
	dial, host, err := dialDSP(cfg)
	if err != nil {
		return nil, err
	}
	s := &Server{
		cfg: cfg, recorder: newRecorder(c, cfg.Journal, cfg.Conduct, cfg.Digest), host: host,
		pool: newPool(cfg, dial), log: &quiet{log: cfg.Logger, clock: cfg.Clock},
		exchanges: sync.Pool{New: func() any { return new(exchange) }},
		listener:  make(map[net.Listener]struct{}), sessions: make(map[*session]struct{}), bearers: make(map[string]int),
	}
	s.lifetime, s.end = context.WithCancel(context.Background())
	return s, nil
}

// Serve serves whoever connects to ln, until Shutdown, after which it returns
// nil. It closes ln. Without TLS it refuses a listener that is not on a loopback
// address.
func (s *Server) Serve(ln net.Listener) error {
	defer ln.Close()
	if a, ok := ln.Addr().(*net.TCPAddr); s.cfg.TLS == nil && ok && !a.IP.IsLoopback() {
		return fmt.Errorf("listening on %v: without TLS only a loopback address may be listened on; listen on 127.0.0.1 or [::1], or configure TLS", a)
	}
	s.mu.Lock()
	s.listener[ln] = struct{}{}
	s.mu.Unlock()
	for wait := time.Duration(0); ; {
		if s.draining.Load() {
			return nil
		}
		conn, err := ln.Accept()
		switch {
		case err == nil:
			wait = 0
			s.welcome(conn)
		case s.draining.Load():
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("accepting connections: %w", err)
		default: // out of file descriptors, most likely: some will be closed
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			s.log.say(acceptFailed, slog.LevelError, "connections cannot be accepted", slog.String("error", err.Error()))
			s.pause(wait)
		}
	}
}

func (s *Server) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-s.lifetime.Done():
	}
}

// welcome serves a connection, if there is room for it.
func (s *Server) welcome(conn net.Conn) {
	c := newSession(s, conn)
	if !s.enter(c) {
		_ = conn.Close()
		return
	}
	s.tally.accepted.Add(1)
	s.tally.open.Add(1)
	go func() {
		defer s.farewell(c)
		c.serve()
	}()
}

func (s *Server) enter(c *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining.Load() {
		return false
	}
	if len(s.sessions) >= s.cfg.Limits.Connections {
		s.tally.turnedAway.Add(1)
		s.log.say(connectionsExhausted, slog.LevelError, "too many connections from clients: the next are closed at once",
			slog.Int("connections", s.cfg.Limits.Connections))
		return false
	}
	s.sessions[c] = struct{}{}
	s.running.Add(1)
	return true
}

// seat gives the bearer of a certificate one of its connections: a quarter of all
// at most, so that one Service User cannot keep the others out.
func (s *Server) seat(c *session, fingerprint string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if most := max(1, s.cfg.Limits.Connections/4); s.bearers[fingerprint] >= most {
		s.tally.turnedAway.Add(1)
		s.log.say(certificateCrowds, slog.LevelError, "one certificate has too many connections: its next are closed at once",
			slog.Int("connections", most), slog.String("fingerprint", fingerprint))
		return false
	}
	s.bearers[fingerprint]++
	c.seated = true
	return true
}

func (s *Server) farewell(c *session) {
	s.tally.open.Add(-1)
	s.mu.Lock()
	delete(s.sessions, c)
	if c.seated {
		if s.bearers[c.identity.Fingerprint]--; s.bearers[c.identity.Fingerprint] == 0 {
			delete(s.bearers, c.identity.Fingerprint)
		}
	}
	s.mu.Unlock()
	s.running.Done()
}

// Shutdown takes no further connections, has every request that is being served
// finished, and closes all connections. Those that are idle are left open for
// Timeouts.Grace first: a request that was under way is still answered then, and
// told that the connection closes. When ctx ends before all is done, everything
// is closed as it is and ctx's error returned. The Server cannot serve again.
func (s *Server) Shutdown(ctx context.Context) error {
	defer s.end()
	defer s.pool.close()
	s.stopListening()
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-time.After(s.cfg.Timeouts.Grace):
	case <-ctx.Done():
	}
	s.closing.Store(true)
	s.each((*session).interrupt)
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	s.each(func(c *session) { _ = c.raw.Close() }) // first, so that none is told of the rest
	s.end()
	s.pool.close()
	<-done
	return ctx.Err()
}

func (s *Server) stopListening() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining.Store(true)
	for ln := range s.listener {
		_ = ln.Close()
	}
	clear(s.listener)
}

// each does something to every session.
func (s *Server) each(do func(*session)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.sessions {
		do(c)
	}
}

// now is the time for people.
func (s *Server) now() time.Time { return time.Unix(0, s.cfg.Clock()) }
