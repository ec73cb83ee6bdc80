package gateway

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"srtm/journal"
)

// Config is all that a Server obeys apart from the Controller. It is a value:
// whoever reads a policy fills one in. Every zero in Limits and Timeouts
// stands for the default named beside it.
type Config struct {
	Listen string      // address that will be listened on; without TLS only a loopback address
	TLS    *tls.Config // of the listener, as ListenerTLS makes it; nil: plain HTTP
	DSP    string      // scheme://host or scheme://host:port, scheme http or https; no path
	DSPTLS *tls.Config // towards an https DSP, as DSPTLS makes it; nil: the system's authorities
	// Conduct is what holds at first. Server.Change changes it.
	Conduct
	// Digest is that of the policy which is in force at first, as in
	// journal.Policy, by which Change tells another one; empty: not known.
	Digest string
	// Journal is where every decision is kept before any answer leaves; nil: it
	// is kept nowhere.
	Journal  *journal.Journal
	Limits   Limits
	Timeouts Timeouts
	Clock    func() int64 // nanoseconds since 1970 UTC, never going back; nil: NewClock(0)
	Logger   *slog.Logger // nil: nothing is logged
}

// Limits bound what a client, or many of them, can make the gateway hold.
type Limits struct {
	Message        int // bytes of a request's body; 1 MiB. Also what is held of the DSP's answer before it is passed on as it comes
	Head           int // bytes of request line and headers; 16 KiB
	Connections    int // from clients at a time; 16384, a quarter of them with one certificate. Beyond it a connection is closed at once
	DSPConnections int // to the DSP, busy or idle; 4096. Beyond it a request is answered 502
}

// Timeouts bound how long anything is waited for.
type Timeouts struct {
	Handshake time.Duration // TLS, of either side; 10 s
	Head      time.Duration // from a request's first byte to the end of its headers; 10 s
	Body      time.Duration // from the end of the headers to the end of the body; 30 s
	Idle      time.Duration // for the next request on a kept connection; 2 min
	Write     time.Duration // for a client to take an answer; 30 s
	DSPDial   time.Duration // for a connection to the DSP, TLS included; 5 s
	DSP       time.Duration // from the decision to the end of the DSP's answer; 30 s
	DSPIdle   time.Duration // how long an idle connection to the DSP is kept; 30 s
	Grace     time.Duration // how long Shutdown leaves idle connections open for requests that are under way; 0.5 s
}

// Check reports every reason why a Server with this Config could not work.
func (c Config) Check() error {
	_, dspErr := parseDSP(c.DSP)
	errs := []error{dspErr, c.checkListen(), c.checkTLS(), c.Conduct.Check()}
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"largest message", int64(c.Limits.Message)}, {"largest head", int64(c.Limits.Head)},
		{"connections", int64(c.Limits.Connections)}, {"connections to the DSP", int64(c.Limits.DSPConnections)},
		{"handshake time-out", int64(c.Timeouts.Handshake)}, {"head time-out", int64(c.Timeouts.Head)},
		{"body time-out", int64(c.Timeouts.Body)}, {"idle time-out", int64(c.Timeouts.Idle)},
		{"write time-out", int64(c.Timeouts.Write)}, {"DSP dial time-out", int64(c.Timeouts.DSPDial)},
		{"DSP time-out", int64(c.Timeouts.DSP)}, {"DSP idle time-out", int64(c.Timeouts.DSPIdle)},
		{"grace", int64(c.Timeouts.Grace)},
	} {
		if n.value < 0 {
			errs = append(errs, fmt.Errorf("%s: %d is below 0; leave it 0 for the default", n.name, n.value))
		}
	}
	return errors.Join(errs...)
}

func (c Config) checkListen() error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("listen address %q: %w; write host:port, such as 127.0.0.1:8443", c.Listen, err)
	}
	if c.TLS == nil && !loopbackHost(host) {
		return fmt.Errorf("listen address %q: without TLS only a loopback address may be listened on, because nobody could tell who sends: "+
			"give a certificate, a key and a client CA, or listen on 127.0.0.1 or [::1]", c.Listen)
	}
	return nil
}

// checkTLS wants authorities: without any, crypto/tls takes a client certificate
// of every authority that the system trusts.
func (c Config) checkTLS() error {
	if c.TLS != nil && c.TLS.ClientCAs == nil {
		return errors.New("TLS: there are no authorities to verify clients' certificates against; give a client CA")
	}
	return nil
}

func loopbackHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// parseDSP returns the URL in s, which names a scheme and a host and nothing
// else.
func parseDSP(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("DSP: %w; write http://host:port or https://host:port", err)
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("DSP %q: the scheme is not http or https; write http://host:port or https://host:port", s)
	case u.Hostname() == "":
		return nil, fmt.Errorf("DSP %q: there is no host; write %s://host:port", s, u.Scheme)
	case u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, fmt.Errorf("DSP %q: only scheme, host and port may be given, because a request's own path goes on; write %s://%s", s, u.Scheme, u.Host)
	}
	if strings.HasSuffix(u.Host, ":") {
		return nil, fmt.Errorf("DSP %q: the port is missing after the colon; write %s://%s:8080", s, u.Scheme, u.Hostname())
	}
	return u, nil
}

// dspAddress is what to dial for u.
func dspAddress(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// withDefaults returns c with its zeros replaced.
func (c Config) withDefaults() Config {
	set(&c.Limits.Message, 1<<20)
	set(&c.Limits.Head, 16<<10)
	set(&c.Limits.Connections, 16384)
	set(&c.Limits.DSPConnections, 4096)
	set(&c.Timeouts.Handshake, 10*time.Second)
	set(&c.Timeouts.Head, 10*time.Second)
	set(&c.Timeouts.Body, 30*time.Second)
	set(&c.Timeouts.Idle, 2*time.Minute)
	set(&c.Timeouts.Write, 30*time.Second)
	set(&c.Timeouts.DSPDial, 5*time.Second)
	set(&c.Timeouts.DSP, 30*time.Second)
	c.Timeouts.DSPDial = min(c.Timeouts.DSPDial, c.Timeouts.DSP)
	set(&c.Timeouts.DSPIdle, 30*time.Second)
	set(&c.Timeouts.Grace, 500*time.Millisecond)
	if c.Clock == nil {
		c.Clock = NewClock(0)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

func set[N int | time.Duration](field *N, value N) {
	if *field == 0 {
		*field = value
	}
}

// NewClock returns a clock that reads nanoseconds since 1970 UTC: the wall
// clock at this call plus the monotonic time since, so that it never goes
// back. Where the wall clock is behind least it begins there. It may be called
// from many goroutines at once.
func NewClock(least int64) func() int64 {
	start := time.Now()
	first := max(start.UnixNano(), least)
	return func() int64 { return first + int64(time.Since(start)) }
}
