package gateway

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// errBusy says that all the connections to the DSP that may be had are in use.
var errBusy = errors.New("all connections to the DSP are in use")

// pool keeps connections to the DSP between requests. The one used last is used
// next, so that those no longer needed grow old and are closed.
type pool struct {
	dial  func(context.Context) (net.Conn, error)
	most  int           // connections at a time
	spare time.Duration // how long an idle one is kept

	mu      sync.Mutex
	idle    []*link // the one used last at the end
	open    map[*link]struct{}
	making  int // connections being made
	dialled uint64
	stale   uint64
	reaper  *time.Timer // set while some are idle
	closed  bool
}

// link is one connection to the DSP.
type link struct {
	conn  net.Conn
	raw   net.Conn // below TLS
	in    *bufio.Reader
	until time.Time // an idle one is not used after this
}

func newPool(cfg Config, dial func(context.Context) (net.Conn, error)) *pool {
	return &pool{
		dial: dial, most: cfg.Limits.DSPConnections, spare: cfg.Timeouts.DSPIdle,
		open: make(map[*link]struct{}),
	}
}

// take returns a connection to write one request on: an idle one that the DSP
// has not closed, as far as can be seen without writing, or else a new one.
func (p *pool) take(ctx context.Context) (*link, error) {
	for {
		l, err := p.pop()
		if err != nil {
			return nil, err
		}
		if l == nil {
			return p.connect(ctx)
		}
		if time.Now().Before(l.until) && quietOpen(l.raw) {
			return l, nil
		}
		p.mu.Lock()
		p.stale++
		p.mu.Unlock()
		p.drop(l)
	}
}

// pop returns an idle connection, or nil when a new one may be made, for which
// it has then reserved room.
func (p *pool) pop() (*link, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.idle); n > 0 {
		l := p.idle[n-1]
		p.idle[n-1] = nil
		p.idle = p.idle[:n-1]
		return l, nil
	}
	if len(p.open)+p.making >= p.most {
		return nil, errBusy
	}
	p.making++
	return nil, nil
}

func (p *pool) connect(ctx context.Context) (*link, error) {
	conn, err := p.dial(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.making--
	if err != nil {
		return nil, err
	}
	if p.closed {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	p.dialled++
	l := &link{conn: conn, raw: below(conn), in: bufio.NewReader(conn)}
	p.open[l] = struct{}{}
	return l, nil
}

// give takes a connection back that can be used again, for at most keep if
// that is above zero.
func (p *pool) give(l *link, keep time.Duration) {
	if keep <= 0 || keep > p.spare {
		keep = p.spare
	}
	l.until = time.Now().Add(keep)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed { // and so is l
		return
	}
	p.idle = append(p.idle, l)
	if p.reaper == nil {
		p.reaper = time.AfterFunc(p.spare, p.reap)
	}
}

// silent says whether nothing has been received beyond the answer. TLS reads
// ahead of what it gives: what lies there neither in nor poll can see.
func (l *link) silent() bool {
	if l.in.Buffered() > 0 {
		return false
	}
	if l.conn == l.raw {
		return true
	}
	_ = l.conn.SetReadDeadline(time.Unix(1, 0))
	_, err := l.in.Peek(1)
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// drop closes a connection that cannot be used again.
func (p *pool) drop(l *link) {
	p.mu.Lock()
	delete(p.open, l)
	p.mu.Unlock()
	_ = l.conn.Close() // may wait to say so to the DSP: not under the lock
}

// reap closes idle connections that nobody used for long, and those that the
// DSP has closed meanwhile: they would hold a file descriptor for nothing.
func (p *pool) reap() {
	for _, l := range p.old() {
		_ = l.conn.Close()
	}
}

// old takes out of the pool what reap shall close, and sees that reap is called
// again.
func (p *pool) old() []*link {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	var old []*link
	kept := p.idle[:0]
	for _, l := range p.idle {
		if now.Before(l.until) && quietOpen(l.raw) {
			kept = append(kept, l)
			continue
		}
		delete(p.open, l)
		old = append(old, l)
	}
	clear(p.idle[len(kept):])
	p.idle = kept
	p.reaper = nil
	if len(kept) > 0 {
		p.reaper = time.AfterFunc(p.spare, p.reap)
	}
	return old
}

// close closes every connection, those in use too, and has none made any more.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for l := range p.open {
		_ = l.raw.Close()
	}
	clear(p.open)
	p.idle = nil
	if p.reaper != nil {
		p.reaper.Stop()
	}
}

func (p *pool) stats() DSPStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return DSPStats{
		InUse: len(p.open) - len(p.idle) + p.making, Idle: len(p.idle),
		Dialled: p.dialled, Stale: p.stale,
	}
}

// below returns the connection that a TLS connection runs on.
func below(conn net.Conn) net.Conn {
	if t, ok := conn.(*tls.Conn); ok {
		return t.NetConn()
	}
	return conn
}

// dialDSP returns what makes a connection to the DSP, TLS handshake included.
func dialDSP(cfg Config) (func(context.Context) (net.Conn, error), string, error) {
	u, err := parseDSP(cfg.DSP)
	if err != nil {
		return nil, "", err
	}
	address, dialer := dspAddress(u), &net.Dialer{}
	if u.Scheme == "http" {
		return func(ctx context.Context) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, cfg.Timeouts.DSPDial)
			defer cancel()
			return dialer.DialContext(ctx, "tcp", address)
		}, u.Host, nil
	}
	secure := &tls.Config{MinVersion: tls.VersionTLS12}
	if cfg.DSPTLS != nil {
		secure = cfg.DSPTLS.Clone()
	}
	if secure.ServerName == "" {
		secure.ServerName = u.Hostname()
	}
	secure.NextProtos = []string{"http/1.1"}
	d := &tls.Dialer{NetDialer: dialer, Config: secure}
	return func(ctx context.Context) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, cfg.Timeouts.DSPDial)
		defer cancel()
		return d.DialContext(ctx, "tcp", address)
	}, u.Host, nil
}
