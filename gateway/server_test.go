package gateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"srtm/traffic"
)

func TestShutdownFinishesWhatIsInFlight(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	d := startDSP(t, func(conn net.Conn, n int, r string) bool {
		if n == 2 {
			close(arrived)
			<-release
		}
		return says(accepted)(conn, n, r)
	})
	g := open(t, d.url(), func(c *Config, _ *traffic.Rules) { c.Timeouts.Grace = time.Hour })
	early, late := g.visit(), g.visit()
	if r := early.send(post(message(alpha1))).reply(); r.StatusCode != 200 || r.Close {
		t.Fatalf("before: %d, close %v", r.StatusCode, r.Close)
	}
	late.send(post(message(alpha1)))
	<-arrived
	done := make(chan error)
	go func() { done <- g.server.Shutdown(context.Background()) }()
	await(g.server.draining.Load)
	if _, err := net.Dial("tcp", g.addr); err == nil {
		await(func() bool { _, err := net.Dial("tcp", g.addr); return err != nil })
	}
	if r := early.send(post(message(alpha1))).reply(); r.StatusCode != 200 || !r.Close || !early.closed() {
		t.Errorf("a request on a kept connection: %d, close %v; want 200 and close", r.StatusCode, r.Close)
	}
	close(release)
	if r := late.reply(); r.StatusCode != 200 || !r.Close || !late.closed() {
		t.Errorf("the request in flight: %d, close %v; want 200 and close", r.StatusCode, r.Close)
	}
	early.conn.Close()
	late.conn.Close()
	if err := <-done; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}

func TestShutdownClosesIdleConnections(t *testing.T) {
	d := startDSP(t, says(accepted))
	pki := newPKI(t)
	for _, secure := range []bool{false, true} {
		g := open(t, d.url(), func(c *Config, _ *traffic.Rules) {
			c.Timeouts.Grace = time.Millisecond
			if secure {
				c.TLS = pki.listener(t)
			}
		})
		visit := func() *visitor {
			if secure {
				return g.visitTLS(pki.client(t, alpha1.String()))
			}
			return g.visit()
		}
		used, fresh := visit(), visit()
		used.send(post(message(alpha1))).reply()
		if err := g.server.Shutdown(context.Background()); err != nil {
			t.Errorf("TLS %v: Shutdown: %v", secure, err)
		}
		for _, v := range []*visitor{used, fresh} {
			if _, err := v.in.ReadByte(); err == nil {
				t.Errorf("TLS %v: an idle connection is still open", secure)
			}
		}
		if s := g.server.Stats(); s.Clients.Open != 0 || s.DSP.Idle != 0 || s.DSP.InUse != 0 || s.InFlight != 0 {
			t.Errorf("TLS %v: still open: %+v", secure, s)
		}
	}
}

func TestShutdownDoesNotWaitLongerThanItIsTold(t *testing.T) {
	arrived := make(chan struct{})
	d := startDSP(t, func(net.Conn, int, string) bool { close(arrived); return true })
	g := open(t, d.url(), nil)
	v := g.visit().send(post(message(alpha1)))
	<-arrived
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := g.server.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown: %v, want context.Canceled", err)
	}
	if _, err := v.in.ReadByte(); err == nil {
		t.Error("the client's connection is still open")
	}
	if n := len(d.requests()); n != 1 {
		t.Errorf("the DSP got %d requests, want 1", n)
	}
}

func TestMoreConnectionsThanAllowedAreClosedAtOnce(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), func(c *Config, _ *traffic.Rules) { c.Limits.Connections = 2 })
	first, second := g.visit(), g.visit()
	await(func() bool { return g.server.Stats().Clients.Open == 2 })
	if third := g.visit(); !third.closed() {
		t.Error("a third connection was not closed")
	}
	if r := second.send(post(message(alpha1))).reply(); r.StatusCode != 200 {
		t.Errorf("the second connection: %d, want 200", r.StatusCode)
	}
	first.conn.Close()
	await(func() bool { return g.server.Stats().Clients.Open == 1 })
	if r := g.visit().send(post(message(alpha1))).reply(); r.StatusCode != 200 {
		t.Errorf("a connection in the place of one that has gone: %d, want 200", r.StatusCode)
	}
	if n := g.server.Stats().Clients.TurnedAway; n != 1 {
		t.Errorf("turned away %d, want 1", n)
	}
}

func TestAConfigThatCannotWorkIsRefusedWithWhatWouldBeRight(t *testing.T) {
	good := Config{Listen: "127.0.0.1:0", DSP: "http://dsp:80", Conduct: Conduct{Services: []string{service}, Directory: directoryOf(t, Senders{})}}
	for _, row := range []struct {
		change func(*Config)
		want   string
	}{
		{func(*Config) {}, ""},
		{func(c *Config) { c.DSP = "https://dsp" }, ""},
		{func(c *Config) { c.DSP = "http://[::1]:8080" }, ""},
		{func(c *Config) { c.Listen = "[::1]:0" }, ""},
		{func(c *Config) { c.Listen = "localhost:0" }, ""},
		{func(c *Config) { c.Listen, c.TLS = ":8443", &tls.Config{ClientCAs: x509.NewCertPool()} }, ""},
		{func(c *Config) { c.Listen, c.TLS = ":8443", &tls.Config{} }, "TLS: there are no authorities"},
		{func(c *Config) { c.Listen = ":8443" }, "without TLS only a loopback address may be listened on"},
		{func(c *Config) { c.Listen = "0.0.0.0:8443" }, "without TLS only a loopback address may be listened on"},
		{func(c *Config) { c.Listen = "192.0.2.1:8443" }, "without TLS only a loopback address may be listened on"},
		{func(c *Config) { c.Listen = "8443" }, "write host:port"},
		{func(c *Config) { c.DSP = "http://dsp:80/" }, "only scheme, host and port may be given"},
		{func(c *Config) { c.DSP = "http://dsp:80/api?x" }, "only scheme, host and port may be given"},
		{func(c *Config) { c.DSP = "http://me@dsp:80" }, "only scheme, host and port may be given"},
		{func(c *Config) { c.DSP = "dsp:80" }, "the scheme is not http or https"},
		{func(c *Config) { c.DSP = "" }, "the scheme is not http or https"},
		{func(c *Config) { c.DSP = "http://:80" }, "there is no host"},
		{func(c *Config) { c.DSP = "http://dsp:" }, "the port is missing"},
		{func(c *Config) { c.DSP = "http://dsp:x" }, "invalid port"},
		{func(c *Config) { c.Services = nil }, "name at least one path"},
		{func(c *Config) { c.Services = []string{"api"} }, `service path "api": a path begins with /`},
		{func(c *Config) { c.Services = []string{"/a b"} }, `service path "/a b"`},
		{func(c *Config) { c.Directory = nil }, "directory: there is none"},
		{func(c *Config) { c.Timeouts.DSP = -1 }, "DSP time-out: -1 is below 0"},
		{func(c *Config) { c.Limits.Message = -1 }, "largest message: -1 is below 0"},
	} {
		cfg := good
		row.change(&cfg)
		err := cfg.Check()
		if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
			t.Errorf("got %v, want %q", err, row.want)
		}
		if _, newErr := New(cfg, nil); (newErr == nil) != (err == nil) {
			t.Errorf("New: %v, Check: %v", newErr, err)
		}
	}
}

func TestServeRefusesAListenerThatIsNotOnLoopback(t *testing.T) {
	ln, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Listen: "127.0.0.1:0", DSP: "http://dsp:80", Conduct: Conduct{Services: []string{service}, Directory: directoryOf(t, Senders{})}}
	server, err := New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(ln); err == nil || !strings.Contains(err.Error(), "without TLS only a loopback address") {
		t.Errorf("got %v", err)
	}
}

func TestTheClockNeverGoesBackAndReadsTheTime(t *testing.T) {
	clock := NewClock(0)
	last := clock()
	if d := time.Since(time.Unix(0, last)); d < -time.Minute || d > time.Minute {
		t.Errorf("off by %v", d)
	}
	for range 1000 {
		now := clock()
		if now < last {
			t.Fatalf("went back by %d", last-now)
		}
		last = now
	}
}

func TestStrangersCannotFloodTheLog(t *testing.T) {
	var log syncBuffer
	now := int64(0)
	q := &quiet{log: slog.New(slog.NewTextHandler(&log, nil)), clock: func() int64 { return now }}
	for range 3 {
		for range 1000 {
			q.say(originatorForeign, slog.LevelWarn, "refused")
			q.say(dspFailed, slog.LevelError, "failed")
		}
		now += int64(time.Second)
	}
	if n := strings.Count(log.String(), "\n"); n != 6 {
		t.Errorf("%d lines, want one for each of 3 seconds and 2 events", n)
	}
	if n := strings.Count(log.String(), "more=999"); n != 4 {
		t.Errorf("%d lines say that there were 999 more, want 4", n)
	}
}

func TestALatencyIsInItsBucket(t *testing.T) {
	var l latency
	for _, d := range []time.Duration{0, time.Millisecond, time.Millisecond + 1, time.Second, time.Minute} {
		l.observe(d)
	}
	h := l.snapshot()
	if h.Count != 5 || h.Sum != 61*time.Second+2*time.Millisecond+1 {
		t.Errorf("count %d, sum %v", h.Count, h.Sum)
	}
	for _, b := range h.Buckets {
		want := uint64(2)
		if b.Most > time.Millisecond {
			want++
		}
		if b.Most >= time.Second {
			want++
		}
		if b.Count != want {
			t.Errorf("at most %v: %d, want %d", b.Most, b.Count, want)
		}
	}
}

func TestABugInOneSessionDoesNotEndTheOthers(t *testing.T) {
	d := startDSP(t, says(accepted))
	var log syncBuffer
	var bug atomic.Bool
	g := open(t, d.url(), func(c *Config, _ *traffic.Rules) {
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
		clock := c.Clock
		c.Clock = func() int64 {
			if bug.CompareAndSwap(true, false) {
				panic("a bug")
			}
			return clock()
		}
	})
	well, broken := g.visit(), g.visit()
	well.send(post(message(alpha1))).reply()
	bug.Store(true)
	broken.send(post(message(alpha1)))
	if !broken.closed() {
		t.Error("the session with the bug goes on")
	}
	if r := well.send(post(message(alpha1))).reply(); r.StatusCode != 200 {
		t.Errorf("another session: %d, want 200", r.StatusCode)
	}
	if !strings.Contains(log.String(), "a bug ended a connection") {
		t.Errorf("logged %q", log.String())
	}
	await(func() bool { return g.server.Stats().InFlight == 0 })
}

func TestTLSFilesThatCannotWorkAreRefused(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		make func() (*tls.Config, error)
		want string
	}{
		{func() (*tls.Config, error) { return ListenerTLS("cert", "", "ca") }, "one of them is missing; give both"},
		{func() (*tls.Config, error) { return ListenerTLS(empty, empty, empty) }, "give PEM files that belong together"},
		{func() (*tls.Config, error) { return DSPTLS(empty, "", "") }, "there is no readable certificate in it"},
		{func() (*tls.Config, error) { return DSPTLS(filepath.Join(dir, "none"), "", "") }, "no such file"},
		{func() (*tls.Config, error) { return DSPTLS("", "cert", "") }, "one of them is missing"},
	} {
		if _, err := row.make(); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("got %v, want %s", err, row.want)
		}
	}
}

func TestTLSOnBothSidesFromFiles(t *testing.T) {
	pki := newPKI(t)
	authority := writePEM(t, "CERTIFICATE", pki.cert.Raw)
	certFile, keyFile := pki.files(t, pki.issue(t, subject(commonName("both"))))
	front, err := ListenerTLS(certFile, keyFile, authority)
	if err != nil {
		t.Fatal(err)
	}
	back, err := DSPTLS(authority, certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	ln := listen(t)
	d := &dsp{ln: tls.NewListener(ln, front), answer: says(accepted)}
	go d.accept()
	g := open(t, "https://"+ln.Addr().String(), func(c *Config, _ *traffic.Rules) { c.TLS, c.DSPTLS = front, back })
	if r := g.visitTLS(pki.client(t, alpha1.String())).send(post(message(alpha1))).reply(); r.StatusCode != 200 {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
}

// stumbling is a listener that twice cannot accept, as when file descriptors
// run out.
type stumbling struct {
	net.Listener
	falls int
}

func (l *stumbling) Accept() (net.Conn, error) {
	if l.falls < 2 {
		l.falls++
		return nil, errors.New("too many open files")
	}
	return l.Listener.Accept()
}

func TestServeGoesOnWhenAConnectionCannotBeAccepted(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	ln := listen(t)
	go func() { _ = g.server.Serve(&stumbling{Listener: ln}) }()
	g.addr = ln.Addr().String()
	if r := g.visit().send(post(message(alpha1))).reply(); r.StatusCode != 200 {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
}
