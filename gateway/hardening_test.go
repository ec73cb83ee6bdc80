package gateway

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"srtm/traffic"
)

// tlsDSP answers every request over TLS with what answer says, in one write and
// so in one record, and returns its address.
func tlsDSP(t *testing.T, p *pki, answer func(request *http.Request, body string) string) string {
	t.Helper()
	cert := p.issue(t, subject(commonName("dsp")))
	ln := listen(t)
	serve := func(raw net.Conn) {
		conn := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{cert}, DynamicRecordSizingDisabled: true})
		defer conn.Close()
		in := bufio.NewReader(conn)
		for {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			if _, err := io.WriteString(conn, answer(r, string(body))); err != nil {
				return
			}
		}
	}
	go func() {
		for {
			raw, err := ln.Accept()
			if err != nil {
				return
			}
			go serve(raw)
		}
	}()
	return ln.Addr().String()
}

// A DSP that says more than its answer is not asked again on that connection:
// over TLS what is left lies where neither the buffer nor the socket shows it.
func TestWhatLiesInTLSBeyondAnAnswerIsNobodysAnswer(t *testing.T) {
	p := newPKI(t)
	addr := tlsDSP(t, p, func(_ *http.Request, body string) string {
		who := "ALPHA"
		if strings.Contains(body, beta1.String()) {
			who = "BETA"
		}
		long := fmt.Sprintf("%-9005s", "for "+who) // longer than a buffer, shorter than a record
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%sHTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nmore for you", len(long), long)
	})
	g := open(t, "https://"+addr, func(c *Config, _ *traffic.Rules) { c.DSPTLS = &tls.Config{RootCAs: p.pool} })
	for range 3 {
		if r := g.visit().send(post(message(alpha1))).reply(); !strings.HasPrefix(r.body, "for ALPHA") {
			t.Errorf("ALPHA got %.20q", r.body)
		}
		if r := g.visit().send(post(message(beta1))).reply(); !strings.HasPrefix(r.body, "for BETA") {
			t.Errorf("BETA got %.20q", r.body)
		}
	}
}

// A connection to the DSP over TLS that is as it should be is used again.
func TestATLSConnectionToTheDSPIsKept(t *testing.T) {
	p := newPKI(t)
	addr := tlsDSP(t, p, func(*http.Request, string) string { return accepted })
	g := open(t, "https://"+addr, func(c *Config, _ *traffic.Rules) { c.DSPTLS = &tls.Config{RootCAs: p.pool} })
	v := g.visit()
	for range 20 {
		if r := v.send(post(message(alpha1))).reply(); r.StatusCode != 200 {
			t.Fatalf("%d %q", r.StatusCode, r.body)
		}
	}
	if n := g.server.Stats().DSP.Dialled; n != 1 {
		t.Errorf("%d connections were made for 20 requests", n)
	}
}

// An answer that allows no body and announces one all the same ends its
// connection: the body may come when the next request is on its way.
func TestABodyThatMayNotBeIsNotTheNextAnswer(t *testing.T) {
	for _, first := range []string{
		"HTTP/1.1 204 No Content\r\nContent-Length: 45\r\n\r\n",
		"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
	} {
		next := make(chan struct{})
		d := startDSP(t, func(c net.Conn, n int, _ string) bool {
			if n > 1 {
				_, _ = io.WriteString(c, accepted)
				return true
			}
			_, _ = io.WriteString(c, first)
			<-next
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
			return true
		})
		g := open(t, d.url(), nil)
		g.visit().send(post(message(alpha1))).reply()
		v := g.visit().send(post(message(beta1)))
		close(next)
		if r := v.reply(); r.StatusCode != 200 || r.body == "poison" {
			t.Errorf("after %q BETA got %d %q", first, r.StatusCode, r.body)
		}
	}
}

// Of parameters that readers take differently nothing is taken: one of them might
// be the charset in which somebody else reads another originator.
func TestACharsetCannotHide(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	for value, want := range map[string]int{
		"application/xml; charset=utf-7; charset*=us-ascii''utf-8": 415,
		"application/xml; charset=utf-16; charset*0=utf-8":         415,
		"application/xml; charset*=utf-16":                         415,
		"application/xml; charset*1=utf-16":                        415,
		"application/xml; charset*=bogus''utf-16":                  415,
		`application/xml; x="; charset=utf-16; y="`:                415,
		`application/xml; charset="utf-8; charset=utf-16"`:         415,
		"application/xml; version=1":                               415,
		`application/xml; charset=""`:                              415,
		"application/xml; charset=":                                415,
		"application/xml; charset=hz-gb-2312":                      400,
		"application/xml;":                                         200,
		"Application/XML ; CHARSET=UTF-8":                          200,
		"application/xml; charset=us-ascii":                        200,
	} {
		raw := strings.Replace(post(message(alpha1)), "Content-Type: application/xml", "Content-Type: "+value, 1)
		if r := g.visit().send(raw).reply(); r.StatusCode != want {
			t.Errorf("%s: %d %q, want %d", value, r.StatusCode, r.body, want)
		}
	}
}

// Empty lines after a request are nobody's request.
func TestEmptyLinesAfterARequestAreNotAnswered(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), func(c *Config, _ *traffic.Rules) {
		c.Timeouts.Idle, c.Timeouts.Head = 50*time.Millisecond, time.Nanosecond
	})
	v := g.visit().send("\r\n")
	if !v.closed() {
		t.Error("an empty line was answered")
	}
	g = open(t, d.url(), nil)
	v = g.visit()
	for range 3 {
		if r := v.send(post(message(alpha1)) + "\r\n").reply(); r.StatusCode != 200 {
			t.Errorf("a request after an empty line: %d %q", r.StatusCode, r.body)
		}
	}
}

// What stands behind the host in absolute form is a path only after a slash.
func TestAPathBeginsWithASlash(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	raw := strings.Replace(post(message(alpha1)), "POST "+service, "POST http://host?x="+service, 1)
	if r := g.visit().send(raw).reply(); r.StatusCode != 404 {
		t.Errorf("a service in the query: %d %q, want 404", r.StatusCode, r.body)
	}
}

// Two hundred headers are carried, three hundred are not.
func TestHowManyHeadersThereMayBe(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	for n, want := range map[int]int{200: 200, 300: 431} {
		raw := strings.Replace(post(message(alpha1)), "Host:", strings.Repeat("X-A: b\r\n", n)+"Host:", 1)
		if r := g.visit().send(raw).reply(); r.StatusCode != want {
			t.Errorf("%d headers: %d %q, want %d", n, r.StatusCode, r.body, want)
		}
	}
}

// One certificate has a quarter of the connections at most; the others' callers
// still get in, and what it gives back it can have again.
func TestOneCertificateCannotKeepTheOthersOut(t *testing.T) {
	d := startDSP(t, says(accepted))
	p := newPKI(t)
	g := open(t, d.url(), func(c *Config, _ *traffic.Rules) {
		c.TLS = p.listener(t)
		c.Limits.Connections = 8
	})
	alpha, beta := p.client(t, alpha1.String()), p.client(t, beta1.String())
	ask := func(v *visitor, of string) int { return v.send(post(of)).reply().StatusCode }
	first, second := g.visitTLS(alpha), g.visitTLS(alpha)
	if a, b := ask(first, message(alpha1)), ask(second, message(alpha1)); a != 200 || b != 200 {
		t.Fatalf("two connections of eight: %d and %d", a, b)
	}
	crowd := g.visitTLS(alpha)
	_, _ = io.WriteString(crowd.conn, post(message(alpha1))) // may fail: it is closed already
	if _, err := crowd.in.ReadByte(); err == nil {
		t.Error("a third connection of one certificate was served")
	}
	if got := ask(g.visitTLS(beta), message(beta1)); got != 200 {
		t.Errorf("another certificate: %d", got)
	}
	if n := g.server.Stats().Clients.TurnedAway; n != 1 {
		t.Errorf("%d connections were turned away", n)
	}
	first.conn.Close()
	await(func() bool { return g.server.Stats().Clients.Open == 2 })
	if got := ask(g.visitTLS(alpha), message(alpha1)); got != 200 {
		t.Errorf("after giving one back: %d", got)
	}
}
