package gateway

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync/atomic"
	"time"

	"srtm/journal"
)

// session is one connection from a client.
type session struct {
	server   *Server
	conn     net.Conn // what is read and written
	raw      net.Conn // below TLS; conn itself without
	in       *bufio.Reader
	state    atomic.Int32
	identity *Identity // nil over plain loopback
	grant    grant     // of the Directory that it names
	sender   journal.Fingerprint
	seated   bool     // it is counted among its certificate's
	stranger *refusal // what every request of an unknown certificate is answered
}

// The states of a session. Shutdown may close an idle one, for which it has to
// be quicker than the next request.
const (
	idle int32 = iota
	busy
	closing
)

func newSession(s *Server, raw net.Conn) *session {
	c := &session{server: s, raw: raw, conn: raw}
	if s.cfg.TLS != nil {
		c.conn = tls.Server(raw, s.cfg.TLS)
	}
	c.in = bufio.NewReader(c.conn)
	return c
}

// serve serves requests, one after the other, until either side has enough.
func (c *session) serve() {
	defer c.close()
	if !c.handshake() {
		return
	}
	for c.await() && c.exchange() {
	}
}

// close closes the connection. What a bug did to this session shall not end the
// others.
func (c *session) close() {
	if bug := recover(); bug != nil {
		c.server.log.say(panicked, slog.LevelError, "a bug ended a connection", slog.Any("panic", bug), slog.String("stack", string(debug.Stack())))
	}
	_ = c.raw.Close()
}

// handshake has the client identify itself. This happens once per connection.
func (c *session) handshake() bool {
	t, secure := c.conn.(*tls.Conn)
	if !secure {
		return true
	}
	ctx, cancel := context.WithTimeout(c.server.lifetime, c.server.cfg.Timeouts.Handshake)
	defer cancel()
	if err := t.HandshakeContext(ctx); err != nil {
		c.server.tally.handshakes.Add(1)
		c.server.log.say(handshakeFailed, slog.LevelWarn, "a TLS handshake failed"+handshakeHint(err),
			slog.String("from", c.remote()), slog.String("error", err.Error()))
		return false
	}
	certificates := t.ConnectionState().PeerCertificates
	if len(certificates) == 0 { // Config.TLS asks for one, so this is a resumed session of another kind
		return false
	}
	id := Identify(certificates[0])
	c.identity = &id
	c.server.introduce(c)
	return c.server.seat(c, id.Fingerprint)
}

// await waits for the first byte of a request. It returns false when none came
// and the session is to end.
func (c *session) await() bool {
	_ = c.conn.SetReadDeadline(time.Now().Add(c.server.cfg.Timeouts.Idle))
	// Shutdown interrupts whoever is idle: it did so just before that deadline
	// was set, or will after it, or came while the last request was served.
	if c.state.Load() == closing || c.server.closing.Load() {
		return false
	}
	if !c.skipEmptyLines() {
		return false
	}
	if c.identity != nil && time.Now().After(c.identity.NotAfter) { // it can come back with a certificate that is valid
		return false
	}
	return c.state.CompareAndSwap(idle, busy)
}

// skipEmptyLines steps over two empty lines at most, which old clients send after
// a body (RFC 9112, 2.2), and waits for the first byte of a request. It returns
// false when none came.
func (c *session) skipEmptyLines() bool {
	for skipped := 0; ; skipped++ {
		b, err := c.in.Peek(1)
		if err != nil {
			return false
		}
		if b[0] != '\r' || skipped == 2 {
			return true
		}
		if b, err = c.in.Peek(2); err != nil {
			return false
		}
		if b[1] != '\n' {
			return true
		}
		_, _ = c.in.Discard(2)
	}
}

// exchange serves one request and reports whether another one may follow.
func (c *session) exchange() bool {
	s := c.server
	x := s.exchanges.Get().(*exchange)
	x.reset(c)
	defer s.exchanges.Put(x)
	s.tally.requests.Add(1)
	s.tally.inFlight.Add(1)
	defer s.tally.inFlight.Add(-1)
	no, ok := x.readHead(s.cfg.Limits.Head, s.cfg.Timeouts.Head)
	if !ok {
		return false
	}
	if no != nil {
		s.refuse(x, no)
	} else {
		s.carry(x)
	}
	return c.finish(x)
}

// finish leaves the connection ready for the next request, or ends it.
func (c *session) finish(x *exchange) bool {
	switch {
	case x.aborted:
		// A client that waits for the end of the connection must not take this for it.
		if t, ok := c.raw.(*net.TCPConn); ok {
			_ = t.SetLinger(0)
		}
		return false
	case x.lost:
		return false
	case x.closes:
		c.linger(x.unread && x.request.length != 0)
		return false
	case x.unread:
		_ = c.conn.SetReadDeadline(time.Now().Add(c.server.cfg.Timeouts.Body))
		if _, err := c.in.Discard(int(x.request.length)); err != nil {
			return false
		}
	}
	return c.state.CompareAndSwap(busy, idle)
}

// linger lets the client read the last answer before the connection goes.
// Closing at once, with some of what it sent unread, would make its system throw
// the answer away. A client that is still sending gets more time.
func (c *session) linger(sending bool) {
	most, patience := int64(64<<10), time.Second
	if sending {
		most, patience = 256<<20, 10*time.Second
	}
	if t, ok := c.conn.(*tls.Conn); ok {
		_ = t.CloseWrite()
	}
	t, ok := c.raw.(interface{ CloseWrite() error })
	if !ok || t.CloseWrite() != nil {
		return
	}
	if c.server.draining.Load() {
		patience = min(patience, 200*time.Millisecond)
	}
	_ = c.raw.SetReadDeadline(time.Now().Add(patience))
	if c.state.CompareAndSwap(busy, idle) { // Shutdown need not wait for this
		_, _ = io.CopyN(io.Discard, c.raw, most)
	}
}

// interrupt ends the session if no request is being served.
func (c *session) interrupt() {
	if c.state.CompareAndSwap(idle, closing) {
		_ = c.raw.SetReadDeadline(time.Unix(1, 0))
	}
}

func (c *session) remote() string { return c.raw.RemoteAddr().String() }

// address is the client's, without the port.
func (c *session) address() string {
	from, err := netip.ParseAddrPort(c.remote())
	if err != nil {
		return "unknown" // RFC 7239, 6.2
	}
	return from.Addr().Unmap().WithZone("").String()
}

func (c *session) fingerprint() string {
	if c.identity == nil {
		return ""
	}
	return c.identity.Fingerprint
}
