package gateway

import (
	"crypto/tls"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"srtm/traffic"
)

// reset closes so that the other side sees a reset instead of an end.
func reset(conn net.Conn) bool {
	_ = conn.(*net.TCPConn).SetLinger(0)
	return false
}

// write answers something and says whether to go on.
func write(text string, on bool) func(net.Conn, int, string) bool {
	return func(conn net.Conn, _ int, _ string) bool {
		_, err := io.WriteString(conn, text)
		return err == nil && on
	}
}

func TestWhateverTheDSPDoesARequestIsWrittenToItOnce(t *testing.T) {
	for _, row := range []struct {
		rule   string
		answer func(net.Conn, int, string) bool
		status int
		line   string
	}{
		{"it resets after reading", func(c net.Conn, _ int, _ string) bool { return reset(c) }, 502, "the DSP broke off"},
		{"it closes after reading", func(net.Conn, int, string) bool { return false }, 502, "the DSP broke off"},
		{"it closes in the status line", write("HTTP/1.", false), 502, "the DSP broke off"},
		{"it closes in the headers", write("HTTP/1.1 200 OK\r\nX: y\r\n", false), 502, "the DSP broke off"},
		{"it closes in the body", write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<a>", false), 502, "the DSP broke off"},
		{"it closes in a chunk", write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n<a>", false), 502, "the DSP broke off"},
		{"it closes after the last chunk", write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n", false), 502, "the DSP broke off"},
		{"it does not speak HTTP", write("220 mail ESMTP\r\n\r\n", true), 502, "the DSP broke off"},
		{"it says an impossible status", write("HTTP/1.1 20 OK\r\n\r\n", true), 502, "the DSP broke off"},
		{"it says two lengths", write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na", true), 502, "the DSP broke off"},
		{"it switches protocols", write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", true), 502, "the DSP broke off"},
		{"it says nothing but that it goes on", write(strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 20), true), 502, "the DSP broke off"},
		{"it does not answer in time", func(net.Conn, int, string) bool { return true }, 504, "the DSP did not answer within 50ms"},
		{"it answers half in time", write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<a>", true), 504, "the DSP did not answer within 50ms"},
	} {
		d := startDSP(t, row.answer)
		g := open(t, d.url(), func(c *Config, _ *traffic.Rules) {
			if row.status == 504 {
				c.Timeouts.DSP = 50 * time.Millisecond
			}
		})
		v := g.visit()
		r := v.send(post(message(alpha1))).reply()
		if r.StatusCode != row.status || !strings.HasPrefix(r.body, row.line) || !strings.Contains(r.body, "whether it acts on the request is not known") || r.Close {
			t.Errorf("%s: %d %q, close %v; want %d %q and the connection kept", row.rule, r.StatusCode, r.body, r.Close, row.status, row.line)
		}
		if n := len(d.requests()); n != 1 {
			t.Errorf("%s: the DSP got %d requests, want exactly one", row.rule, n)
		}
	}
}

func TestADSPThatIsNotThereGetsNothingAndTheClientKnows(t *testing.T) {
	ln := listen(t)
	gone := "http://" + ln.Addr().String()
	ln.Close()
	g := open(t, gone, nil)
	r := g.visit().send(post(message(alpha1))).reply()
	if r.StatusCode != 502 || r.body != "the DSP cannot be reached and the request was not sent; it may be sent again\n" {
		t.Errorf("%d %q", r.StatusCode, r.body)
	}
	if g.count("dsp-unreachable") != 1 || g.server.Stats().DSP.InUse != 0 {
		t.Errorf("counted %+v", g.server.Stats())
	}
}

func TestBeyondTheConnectionsToTheDSPARequestIsAnsweredAtOnce(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	d := startDSP(t, func(conn net.Conn, n int, r string) bool {
		if n == 1 {
			close(arrived)
			<-release
		}
		return says(accepted)(conn, n, r)
	})
	g := open(t, d.url(), func(c *Config, _ *traffic.Rules) { c.Limits.DSPConnections = 1 })
	first := g.visit().send(post(message(alpha1)))
	<-arrived
	second := g.visit()
	r := second.send(post(message(alpha1))).reply()
	if r.StatusCode != 502 || r.body != "all 1 connections to the DSP are in use and the request was not sent; it may be sent again\n" {
		t.Errorf("%d %q", r.StatusCode, r.body)
	}
	if n := g.server.Stats().DSP.InUse; n != 1 {
		t.Errorf("%d connections in use, want 1", n)
	}
	close(release)
	if r := first.reply(); r.StatusCode != 200 {
		t.Errorf("the first request: %d, want 200", r.StatusCode)
	}
	if r := second.send(post(message(alpha1))).reply(); r.StatusCode != 200 {
		t.Errorf("a later request on the same connection: %d, want 200", r.StatusCode)
	}
}

// The DSP closes idle connections whenever it likes. A close may cross the next
// request on the way, which then gets 502; but nothing may ever arrive twice.
func TestWhileTheDSPClosesConnectionsAtRandomNothingArrivesTwice(t *testing.T) {
	for _, way := range []struct {
		name  string
		close func(net.Conn) bool
	}{{"an end", func(net.Conn) bool { return false }}, {"a reset", reset}} {
		d := startDSP(t, func(conn net.Conn, n int, r string) bool {
			return says(accepted)(conn, n, r) && (rand.N(3) > 0 || way.close(conn))
		})
		g := open(t, d.url(), nil)
		v := g.visit()
		answered := make(map[string]bool)
		for i := range 300 {
			mark := "X-Mark: " + strconv.Itoa(i)
			r := v.send(post(message(alpha1), mark)).reply()
			if r.StatusCode != 200 && r.StatusCode != 502 {
				t.Fatalf("%s: %d %s", way.name, r.StatusCode, r.body)
			}
			answered[mark] = r.StatusCode == 200
		}
		arrived := make(map[string]int)
		for _, raw := range d.requests() {
			_, fields, _ := lines(raw)
			arrived[fields[len(fields)-1]]++
		}
		for mark, well := range answered {
			if n := arrived[mark]; n > 1 || well && n != 1 {
				t.Errorf("%s: %s arrived %d times, answered well: %v", way.name, mark, n, well)
			}
		}
	}
}

func TestAConnectionClosedBeforeTheNextRequestCostsNothing(t *testing.T) {
	d := startDSP(t, func(conn net.Conn, n int, r string) bool { return says(accepted)(conn, n, r) && false })
	g := open(t, d.url(), nil)
	v := g.visit()
	for range 50 {
		if r := v.send(post(message(alpha1))).reply(); r.StatusCode != 200 {
			t.Fatalf("%d %s", r.StatusCode, r.body)
		}
		await(func() bool { // the close has come
			g.server.pool.mu.Lock()
			defer g.server.pool.mu.Unlock()
			return !quietOpen(g.server.pool.idle[0].raw)
		})
	}
	if n := len(d.requests()); n != 50 {
		t.Errorf("%d requests arrived, want 50", n)
	}
	if n := g.server.Stats().DSP.Stale; n != 49 {
		t.Errorf("%d connections were found closed, want 49", n)
	}
}

func TestAConnectionWithSomethingUnaskedOnItIsNotUsedAgain(t *testing.T) {
	poison := "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
	d := startDSP(t, says(accepted+poison))
	g := open(t, d.url(), nil)
	v := g.visit()
	for range 20 {
		if r := v.send(post(message(alpha1))).reply(); r.body != "<a>" {
			t.Fatalf("%d %q: an answer to nothing was taken for one", r.StatusCode, r.body)
		}
	}
}

func TestTheDSPMayAnswerBeforeItHasReadTheRequest(t *testing.T) {
	ln := listen(t)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			// Read a little, answer and close: some of the request is never read.
			_, _ = io.ReadFull(conn, make([]byte, 100))
			_, _ = io.WriteString(conn, "HTTP/1.1 413 Too large for me\r\nContent-Length: 0\r\n\r\n")
			_ = conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, conn)
			conn.Close()
		}
	}()
	g := open(t, "http://"+ln.Addr().String(), nil)
	v := g.visit()
	for range 20 {
		if r := v.send(post(message(alpha1) + strings.Repeat(" ", 500_000))).reply(); r.Status != "413 Too large for me" {
			t.Fatalf("%s %s", r.Status, r.body)
		}
	}
}

func TestADSPThatBreaksOffInALargeAnswerBreaksOffTheClientToo(t *testing.T) {
	large := strings.Repeat("x", 2<<20)
	for _, head := range []string{"Content-Length: 9999999\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nffffff\r\n"} {
		for _, version := range []string{"HTTP/1.1", "HTTP/1.0"} {
			d := startDSP(t, write("HTTP/1.1 200 OK\r\n"+head+large, false))
			g := open(t, d.url(), nil)
			v := g.visit().send(strings.Replace(post(message(alpha1)), "HTTP/1.1", version, 1))
			r, err := http.ReadResponse(v.in, nil)
			if err == nil {
				_, err = io.ReadAll(r.Body)
			}
			if err == nil {
				t.Errorf("%q to %s: the client took half an answer for a whole one", head, version)
			}
		}
	}
}

func TestTheClientLeavesAndTheDSPsAnswerIsAwaited(t *testing.T) {
	arrived, release := make(chan struct{}, 1), make(chan struct{})
	d := startDSP(t, func(conn net.Conn, n int, r string) bool {
		arrived <- struct{}{}
		<-release
		return says(accepted)(conn, n, r)
	})
	g := open(t, d.url(), nil)
	v := g.visit().send(post(message(alpha1)))
	<-arrived
	v.conn.Close()
	await(func() bool { return peerGone(g.server) })
	close(release)
	await(func() bool { return g.server.Stats().ClientLeft == 1 })
	if n := g.count(DSPReason); n != 1 {
		t.Errorf("counted %d answers of the DSP, want 1", n)
	}
	await(func() bool { return g.server.Stats().DSP.Idle == 1 })
	if n := g.server.Stats().DSP.Latency.Count; n != 1 {
		t.Errorf("measured %d answers, want 1", n)
	}
}

// peerGone says whether the only client has closed its connection.
func peerGone(s *Server) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.sessions {
		return peerLeft(c.raw)
	}
	return true
}

func TestManyClientsAtOnce(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	var wg sync.WaitGroup
	for range 50 {
		wg.Add(1)
		v := g.visit()
		go func() {
			defer wg.Done()
			for range 20 {
				if _, err := io.WriteString(v.conn, post(message(alpha1))); err != nil {
					t.Error(err)
					return
				}
				r, err := http.ReadResponse(v.in, nil)
				if err != nil || r.StatusCode != 200 {
					t.Error(r, err)
					return
				}
				_, _ = io.Copy(io.Discard, r.Body)
			}
		}()
	}
	wg.Wait()
	if n := len(d.requests()); n != 1000 {
		t.Errorf("%d requests arrived, want 1000", n)
	}
	if s := g.server.Stats(); s.DSP.Dialled > 50 || s.Requests != 1000 || s.DSP.Latency.Count != 1000 {
		t.Errorf("%+v", s)
	}
}

func TestTheDSPMayAskForTLSAndACertificate(t *testing.T) {
	pki := newPKI(t)
	d := &dsp{answer: says(accepted)}
	secure := pki.listener(t)
	secure.ClientAuth = tls.RequireAndVerifyClientCert
	ln := listen(t)
	d.ln = tls.NewListener(ln, secure)
	go d.accept()
	own := pki.issue(t, subject(commonName("gateway")))
	g := open(t, "https://"+ln.Addr().String(), func(c *Config, _ *traffic.Rules) {
		c.DSPTLS = &tls.Config{RootCAs: pki.pool, Certificates: []tls.Certificate{own}}
	})
	v := g.visit()
	for _, size := range []int{0, 100_000, 0} {
		if r := v.send(post(message(alpha1) + strings.Repeat(" ", size))).reply(); r.StatusCode != 200 {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
	}
	if s := g.server.Stats(); s.DSP.Dialled != 1 || s.DSP.Idle != 1 {
		t.Errorf("three requests took %d connections, %d idle; want 1", s.DSP.Dialled, s.DSP.Idle)
	}
	stranger := open(t, "https://"+ln.Addr().String(), nil)
	if r := stranger.visit().send(post(message(alpha1))).reply(); r.StatusCode != 502 || !strings.HasPrefix(r.body, "the DSP cannot be reached and the request was not sent") {
		t.Errorf("to a DSP of an unknown authority: %d %q", r.StatusCode, r.body)
	}
}

func TestADSPThatSaysHowLongItKeepsAConnectionIsBelieved(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"timeout=5": 4 * time.Second, "max=3, Timeout=60": 59 * time.Second, "timeout=1": time.Millisecond, "timeout=0": time.Millisecond,
		"max=3": 0, "timeout": 0, "timeout=x": 0, "timeout=-1": 0, "timeout=999999999999": 0, "": 0,
	} {
		if got := keepAlive([]byte(value)); got != want {
			t.Errorf("Keep-Alive: %s: %v, want %v", value, got, want)
		}
	}
	d := startDSP(t, says("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n"))
	g := open(t, d.url(), nil)
	v := g.visit()
	v.send(post(message(alpha1))).reply()
	await(func() bool { // the millisecond that is left of its second
		g.server.pool.mu.Lock()
		defer g.server.pool.mu.Unlock()
		return time.Now().After(g.server.pool.idle[0].until)
	})
	v.send(post(message(alpha1))).reply()
	if s := g.server.Stats(); s.DSP.Dialled != 2 || s.DSP.Stale != 1 {
		t.Errorf("%d connections made, %d stale; want 2 and 1", s.DSP.Dialled, s.DSP.Stale)
	}
}

func TestIdleConnectionsToTheDSPAreClosedInTime(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), func(c *Config, _ *traffic.Rules) { c.Timeouts.DSPIdle = time.Millisecond })
	g.visit().send(post(message(alpha1))).reply()
	await(func() bool { return g.server.Stats().DSP.Idle == 0 })
}

func TestAnUnlistedOriginatorMayBeAdmitted(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), func(c *Config, r *traffic.Rules) {
		c.Directory = directoryOf(t, Senders{Accounts: accounts(), Unlisted: "unlisted"})
		r.Accounts = append(r.Accounts, traffic.Account{Name: "unlisted"})
		r.Unlisted = "unlisted"
	})
	if r := g.visit().send(post(message(nobody))).reply(); r.StatusCode != 200 {
		t.Errorf("%d %s, want 200", r.StatusCode, r.body)
	}
}
