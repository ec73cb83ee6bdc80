package load

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	cryptorand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"srtm/duis"
)

func TestRequestsAreARealClients(t *testing.T) {
	server := serve(t, accept)
	s := scenarioOf(t, "for: 60s\ndefaults: {timeout: 60s}\nusers:\n  ALPHA, BRAVO: {traffic: [{burst: 20, mix: {\"2.2\": 1, \"8.2\": 1, \"7.1\": 1}}]}\n")
	play(t, configFor(server.url, s), s)
	last := map[duis.EUI64]map[uint64]bool{alpha: {}, alpha + 1: {}}
	for _, r := range server.all() {
		h := r.header
		want := map[duis.CommandVariant]string{1: "/send", 4: "/transform", 5: "/send", 8: "/direct"}[h.CommandVariant]
		if r.path != want {
			t.Errorf("Command Variant %d went to %s, want %s", h.CommandVariant, r.path, want)
		}
		if r.headers["Content-Type"] != "application/xml" || r.headers["Content-Length"] == "" || r.headers["Transfer-Encoding"] != "" {
			t.Errorf("the headers are %v", r.headers)
		}
		if host := strings.TrimPrefix(server.url, "http://"); r.headers["Host"] != host {
			t.Errorf("the Host is %q, want %q", r.headers["Host"], host)
		}
		if last[h.ID.Originator] == nil || h.ID.Target>>56 != 0x0A || h.ID.Counter <= 1000 || h.ID.Counter > 1020 {
			t.Errorf("the RequestID is %v", h.ID)
			continue
		}
		if h.CommandVariant != 5 && last[h.ID.Originator][h.ID.Counter] {
			t.Errorf("the counter of %v came twice", h.ID)
		}
		last[h.ID.Originator][h.ID.Counter] = true
	}
	if len(last[alpha]) != 20 || len(last[alpha+1]) != 20 {
		t.Errorf("%d and %d counters, want 20 and 20", len(last[alpha]), len(last[alpha+1]))
	}
}

func TestConnectionsAreKeptAndAreTheUsersOwn(t *testing.T) {
	server := serve(t, throttle)
	s := scenarioOf(t, "for: 60s\ndefaults: {mix: \"2.2\", timeout: 60s, retry: {how: blind, wait: 0s, attempts: 50}}\nusers:\n  ALPHA, BRAVO: {traffic: [{burst: 1}]}\n")
	if got := play(t, configFor(server.url, s), s).Total; got.Sends != 100 {
		t.Fatalf("got %+v, want 100 sends", got)
	}
	users := map[uint64]map[duis.EUI64]bool{}
	for _, r := range server.all() {
		if users[r.conn] == nil {
			users[r.conn] = map[duis.EUI64]bool{}
		}
		users[r.conn][r.header.ID.Originator] = true
	}
	if len(users) != 2 {
		t.Errorf("%d connections for two Service Users that send one after the other, want 2", len(users))
	}
	for conn, of := range users {
		if len(of) != 1 {
			t.Errorf("connection %d carries %v", conn, of)
		}
	}
}

// authority makes certificates for tests.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t}
	a.cert = &x509.Certificate{Subject: pkix.Name{CommonName: "test CA"}, IsCA: true, BasicConstraintsValid: true}
	own := a.issue(a.cert)
	a.key = own.PrivateKey.(*ecdsa.PrivateKey)
	a.cert = own.Leaf
	return a
}

// issue signs what it is given, by itself where there is no authority yet.
func (a *authority) issue(c *x509.Certificate) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), cryptorand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c.SerialNumber = big.NewInt(1)
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if signer == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(cryptorand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		a.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

func TestMutualTLS(t *testing.T) {
	ca := newAuthority(t)
	web := ca.issue(&x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
	listener, err := tls.Listen("tcp4", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{web}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.pool(),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := serveOn(t, listener, accept)
	s := scenarioOf(t, "for: 60s\ndefaults: {mix: \"2.2\", timeout: 60s}\nusers:\n  ALPHA, BRAVO, CHARLIE: {traffic: [{burst: 5}]}\n")
	c := configFor("https://"+listener.Addr().String(), s)
	for i := range 2 { // CHARLIE has no certificate
		own := ca.issue(&x509.Certificate{Subject: pkix.Name{CommonName: c.Users[i].UserID.String()}})
		c.Users[i].TLS = &tls.Config{RootCAs: ca.pool(), Certificates: []tls.Certificate{own}}
	}
	c.Users[2].TLS = &tls.Config{RootCAs: ca.pool()}
	r := play(t, c, s)
	if r.Users[0].Forwarded != 5 || r.Users[1].Forwarded != 5 || r.Users[2].Broken != 5 {
		t.Errorf("got %+v; want 5 forwarded of ALPHA and of BRAVO, and 5 of CHARLIE broken", r.Users)
	}
	for _, got := range server.all() {
		if got.peer != got.header.ID.Originator.String() {
			t.Errorf("a request of %v came with the certificate of %s", got.header.ID.Originator, got.peer)
		}
	}
}

// Whatever the other side answers, each request has one end and each send one
// class, and the player has counted what the server got.
func TestCountsAddUp(t *testing.T) {
	answers := []answer{accept, throttle, status(500), status(404), status(429)}
	for seed, retry := range []string{
		"never", "{how: blind, wait: 1ms}", "{how: backoff, base: 1ms, most: 5ms}", "obey",
		"{how: blind, wait: 90ms}", "{how: blind, wait: 0s, on: [throttled]}",
	} {
		t.Run("retry "+retry, func(t *testing.T) {
			random := rand.New(rand.NewPCG(uint64(seed), 0))
			var server *server
			server = serve(t, func(ctx *fasthttp.RequestCtx, n int) {
				server.mu.Lock()
				how := answers[random.IntN(len(answers))]
				server.mu.Unlock()
				how(ctx, n)
			})
			s := scenarioOf(t, "seed: "+strconv.Itoa(seed)+"\nfor: 200ms\ndefaults: {timeout: 60s, mix: {\"2.2\": 1, \"7.1\": 1}, critical: {finish: 50%, after: 0s}, retry: "+
				retry+"}\nusers:\n  ALPHA, BRAVO: {traffic: [{burst: 20}, {rate: 200/s}]}\n")
			got := play(t, configFor(server.url, s), s)
			if n := len(server.all()); uint64(n) != got.Total.Sends || n < 40 {
				t.Errorf("the server got %d requests, and %d sends were counted", n, got.Total.Sends)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	for _, row := range []struct {
		sentence, value string
		least, most     time.Duration
	}{
		{"seconds are taken", "7", 7 * time.Second, 7 * time.Second},
		{"no value is none", "", 0, 0},
		{"nonsense is none", "soon", 0, 0},
		{"a negative number is none", "-5", 0, 0},
		{"a fraction is none", "1.5", 0, 0},
		{"a date is taken", time.Now().Add(time.Hour).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"), 58 * time.Minute, time.Hour},
		{"a date in the past is none", "Wed, 21 Oct 2015 07:28:00 GMT", 0, 0},
		{"a hostile number is bounded", "4294967295", 366 * 24 * time.Hour, 366 * 24 * time.Hour},
		{"a number that does not fit is none", "99999999999999999999", 0, 0},
	} {
		if got := retryAfter([]byte(row.value)); got < row.least || got > row.most {
			t.Errorf("%s: %v, want %v to %v", row.sentence, got, row.least, row.most)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{"1", "60", "Wed, 21 Oct 2026 07:28:00 GMT", "x"} {
		f.Add([]byte(value))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		if got := retryAfter(value); got < 0 || got > 366*24*time.Hour {
			t.Errorf("%v", got)
		}
	})
}
