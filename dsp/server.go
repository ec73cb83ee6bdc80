package dsp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"srtm/duis"
	"srtm/outage"
)

// ErrStopped is returned by Serve of a Server that has been shut down.
var ErrStopped = errors.New("the stand-in DSP has been shut down")

// Server is a stand-in DSP. All its methods may be called from several
// goroutines at once.
type Server struct {
	config Config
	http   *fasthttp.Server
	begun  time.Time
	door   *door
	cut    chan struct{} // closed when answers that are not due yet are given up
	cutOff sync.Once

	wrongService duis.ResponseCode

	mu     sync.Mutex // guards the following
	model  *outage.Server
	counts *counts
}

// New returns a server that is ready to serve, or says what is wrong with the
// configuration and what would be right.
func New(c Config) (*Server, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("stand-in DSP: %w", err)
	}
	model, err := outage.New(c.Model)
	if err != nil {
		return nil, fmt.Errorf("stand-in DSP: %w", err)
	}
	code, err := duis.ParseResponseCode("E13")
	if err != nil {
		return nil, fmt.Errorf("stand-in DSP: %w", err)
	}
	s := &Server{config: c, wrongService: code, begun: c.Now(), cut: make(chan struct{}), door: newDoor(), model: model, counts: newCounts(c.Remember)}
	s.http = &fasthttp.Server{
		Handler:                      s.handle,
		ErrorHandler:                 answerBroken,
		ConnState:                    s.door.pass,
		Logger:                       logger{c.Log},
		MaxRequestBodySize:           c.MaxMessage,
		ReadBufferSize:               16 << 10, // bounds the header fields together
		ReadTimeout:                  30 * time.Second,
		IdleTimeout:                  5 * time.Minute, // far above that of any client that never repeats a request
		MaxIdleWorkerDuration:        time.Second,     // what serves a connection ends this soon after Shutdown
		DisablePreParseMultipartForm: true,
		NoDefaultServerHeader:        true,
		NoDefaultDate:                true, // fasthttp's own comes from a goroutine that never ends
	}
	return s, nil
}

// Serve serves the listener until Shutdown, and then returns nil. It closes
// the listener.
func (s *Server) Serve(ln net.Listener) error {
	if s.config.TLS != nil {
		ln = tls.NewListener(ln, s.config.TLS)
	}
	ln = &closeOnce{Listener: ln}
	if !s.door.open(ln) {
		_ = ln.Close() // it is not served, and that is the error that matters
		return ErrStopped
	}
	defer s.door.shut(ln)
	s.config.Log.Info("stand-in DSP serves", "address", ln.Addr().String(), "tls", s.config.TLS != nil)
	if err := s.http.Serve(ln); err != nil {
		return fmt.Errorf("serve %v as stand-in DSP: %w", ln.Addr(), err)
	}
	return nil
}

// Shutdown takes no more connections, waits until every request that has
// arrived is answered and its connection closed, and returns nil. When ctx
// ends before that, it cuts off what is left, waits for that, and returns the
// context's error. Either way nothing is served afterwards.
func (s *Server) Shutdown(ctx context.Context) error {
	s.door.stop()
	err := s.http.ShutdownWithContext(ctx)
	if err != nil {
		s.cutOff.Do(func() { close(s.cut) })
		s.door.cutOff()
	}
	s.door.wait()
	if err != nil {
		return fmt.Errorf("shut down the stand-in DSP: %w", err)
	}
	return nil
}

// SetCapacity changes what the server can do from now on, in 10⁻⁹ Service
// Request per second; 0 closes it. See outage.Server.SetCapacity.
func (s *Server) SetCapacity(capacity int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.model.SetCapacity(s.now(), capacity); err != nil {
		return fmt.Errorf("stand-in DSP: %w", err)
	}
	return nil
}

// now is the time in nanoseconds since 1970 UTC: the clock at the start and
// what its monotonic part has counted since. A century on, it stands still.
func (s *Server) now() int64 {
	const century = 100 * 365 * 24 * time.Hour
	return s.begun.UnixNano() + int64(min(max(0, s.config.Now().Sub(s.begun)), century))
}

// logger hands on what fasthttp has to say.
type logger struct{ log *slog.Logger }

func (l logger) Printf(format string, args ...any) {
	l.log.Warn("stand-in DSP: " + fmt.Sprintf(format, args...))
}
