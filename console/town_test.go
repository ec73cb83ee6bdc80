package console

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"srtm/access"
	"srtm/act"
	"srtm/amendment"
	"srtm/policy"
	"srtm/traffic"
)

// townFiles are a policy of three Service Users whose numbers are seen at once
// wherever they stand.
func townFiles(name, capacity string) []policy.File {
	return []policy.File{
		{Name: "policy.yaml", Text: []byte("name: " + name + "\nenvironment: test\ncapacity: " + capacity + "\nallocation: {notice: 0}\nportfolio: portfolio.csv\n" +
			"presets:\n  - {name: Bravo out, hold: {BRAVO: 7.531/s}, for: 1h}\n")},
		{Name: "portfolio.csv", Text: []byte(`account,name,user_id,role,portfolio
ALPHA,Alpha Energy,90-B3-D5-1F-30-01-00-00,IS,500000
BRAVO,Bravo Energy,90-B3-D5-1F-30-02-00-00,IS,313370
CHARLIE,Charlie Power,90-B3-D5-1F-30-03-00-00,IS,186630
`)},
	}
}

const charlie = 0x90B3D51F30030000

// handy is a register of acts with what the gateway adds to it.
type handy struct {
	*act.Register
	p *policy.Policy
	w *world
}

func (h handy) Preview(o act.Order) (act.Preview, error) {
	return act.Foresee(act.Present{Policy: h.p, At: h.w.source.Now(), Hands: h.Hands()}, o)
}
func (h handy) Presets() []policy.Preset { return h.p.Presets }

// town is a console with everything in it: three Service Users, a register of
// policies and one of acts, of which one holds BRAVO. BRAVO sends 4567 in the last
// second, CHARLIE 2345, ALPHA 21.
func town(t testing.TB) *world {
	t.Helper()
	p, err := policy.ParseFiles(townFiles("Town", "1000/s"))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	if w.controller, err = traffic.New(p.Rules(), traffic.Start{At: w.now.UnixNano()}); err != nil {
		t.Fatal(err)
	}
	w.source.Recent, w.source.Traffic, w.source.Policy = NewRecent(), w.controller.Snapshot, func() *policy.Policy { return p }
	withPast(t, w, p)
	register, err := amendment.Open(t.TempDir(), amendment.Options{Clock: w.source.Now, Environment: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := register.Start(p); err != nil {
		t.Fatal(err)
	}
	acts, err := act.Open(t.TempDir(), act.Options{Clock: w.source.Now, Policy: w.source.Policy, Record: func(act.Event) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	w.source.Amendments, w.source.Acts = register, handy{acts, p, w}
	w.source.Period = func() policy.Period { return p.At(w.source.Now(), acts.Hands()...) }
	if _, err := register.Challenge("BRAVO", amendment.Person{Name: "Bravo Energy"}, "bravo wants 31337 more"); err != nil {
		t.Fatal(err)
	}
	hold, err := policy.ParseRate("7.531/s")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := acts.Ask(act.Order{Hold: map[string]policy.Rate{"BRAVO": hold}, For: act.Length(time.Hour), Reason: "bravo broke something"}, "Operator"); err != nil {
		t.Fatal(err)
	}
	return w
}

// live has the last second of the town pass.
func live(w *world, s *Server) {
	s.beat()
	w.set(func() { w.now = w.now.Add(time.Second) })
	w.send(bravo, 4567)
	w.send(charlie, 2345)
	w.send(alpha, 21)
	s.beat()
}

// gated has people sign in to the town's console: names are roles, and alpha is
// ALPHA's.
func gated(t testing.TB, w *world) *access.Gate {
	t.Helper()
	g, err := access.Open(t.TempDir(), access.Options{Certificate: func(c *x509.Certificate) (string, string, bool) {
		return "ALPHA", c.Subject.CommonName, c.Subject.CommonName == "alpha"
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	w.source.Gate = g
	return g
}

const password = "a horse that is correct"

// signIn adds a person and returns a client with its session.
func signIn(t testing.TB, g *access.Gate, addr string, grant access.Grant) *http.Client {
	t.Helper()
	token, err := g.Add(grant)
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(addr+"/sign-in/link", url.Values{"token": {token}, "name": {grant.Name}, "password": {password}, "again": {password}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("signing in as %s: %s", grant.Name, resp.Status)
	}
	return client
}

// certified serves a console by TLS and returns its address and a client with a
// certificate of that name.
func certified(t testing.TB, s *Server, name string) (string, *http.Client) {
	t.Helper()
	dir := t.TempDir()
	ca, caKey := certificate(t, nil, nil, "authority")
	write := func(file string, blocks ...*pem.Block) string {
		var text []byte
		for _, b := range blocks {
			text = append(text, pem.EncodeToMemory(b)...)
		}
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pair := func(name string) (cert, key string) {
		c, k := certificate(t, ca, caKey, name)
		der, err := x509.MarshalECPrivateKey(k)
		if err != nil {
			t.Fatal(err)
		}
		return write(name+".pem", &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}), write(name+".key", &pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
	}
	authority := write("ca.pem", &pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw})
	cert, key := pair("localhost")
	l, err := Listen(Address{Addr: "127.0.0.1:0", Guarded: true, Certificates: Certificates{cert, key, authority}})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.http.Serve(l) }()
	t.Cleanup(func() { _ = s.http.Close(); <-done })
	cert, key = pair(name)
	own, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{own}}}
	t.Cleanup(transport.CloseIdleConnections)
	return "https://" + l.Addr().String(), &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func certificate(t testing.TB, ca *x509.Certificate, caKey *ecdsa.PrivateKey, name string) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: ca == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if ca == nil {
		ca, caKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, &key.PublicKey, caKey)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c, key
}
