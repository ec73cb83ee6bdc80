package gateway

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"srtm/duis"
	"srtm/traffic"
)

var octetsOfAlpha1 = []byte{0x90, 0xB3, 0xD5, 0x1F, 0x30, 0x01, 0x00, 0x00}

func TestTheUserIDInACertificate(t *testing.T) {
	bits := asn1.BitString{Bytes: octetsOfAlpha1, BitLength: 64}
	for _, row := range []struct {
		rule    string
		subject pkix.RDNSequence
		user    duis.EUI64
		has     bool
	}{
		{"is the unique identifier, as bits", subject(uniqueIdentifier(bits)), alpha1, true},
		{"or as octets", subject(uniqueIdentifier(octetsOfAlpha1)), alpha1, true},
		{"or as text", subject(uniqueIdentifier("90-B3-D5-1F-30-01-00-00")), alpha1, true},
		{"or as text in lower case with colons", subject(uniqueIdentifier("90:b3:d5:1f:30:01:00:00")), alpha1, true},
		{"before any common name", subject(commonName(beta1.String()), uniqueIdentifier(bits)), alpha1, true},
		{"otherwise a common name that is one", subject(organisation("Alpha"), commonName(alpha1.String())), alpha1, true},
		{"not a common name that is something else", subject(commonName("gateway.alpha.example")), 0, false},
		{"not a common name beside an identifier that is none", subject(uniqueIdentifier("alpha"), commonName(alpha1.String())), 0, false},
		{"not seven octets", subject(uniqueIdentifier(octetsOfAlpha1[:7])), 0, false},
		{"not sixty-three bits", subject(uniqueIdentifier(asn1.BitString{Bytes: octetsOfAlpha1, BitLength: 63})), 0, false},
		{"not one of two", subject(uniqueIdentifier(bits), uniqueIdentifier(octetsOfAlpha1)), 0, false},
		{"not one of two common names", subject(commonName(alpha1.String()), commonName(beta1.String())), 0, false},
		{"not the organisation", subject(organisation(alpha1.String())), 0, false},
		{"nor a number", subject(uniqueIdentifier(7)), 0, false},
	} {
		raw, err := asn1.Marshal(row.subject)
		if err != nil {
			t.Fatal(err)
		}
		id := Identify(&x509.Certificate{RawSubject: raw, Raw: []byte("certificate")})
		if id.User != row.user || id.HasUser != row.has {
			t.Errorf("the User ID %s: got %v %v, want %v %v", row.rule, id.User, id.HasUser, row.user, row.has)
		}
	}
}

func TestFingerprintAndSubjectAreAsOthersWriteThem(t *testing.T) {
	raw, err := asn1.Marshal(subject(organisation("Shared, Ltd"), commonName("provider")))
	if err != nil {
		t.Fatal(err)
	}
	id := Identify(&x509.Certificate{RawSubject: raw, Raw: []byte("certificate")})
	sum := sha256.Sum256([]byte("certificate"))
	if id.Fingerprint != hex.EncodeToString(sum[:]) || id.Subject != `CN=provider,O=Shared\, Ltd` {
		t.Errorf("got %q %q", id.Fingerprint, id.Subject)
	}
}

func TestWhomACertificateMayCarry(t *testing.T) {
	fingerprint := strings.Repeat("ab", 32)
	alpha := &Identity{User: alpha1, HasUser: true, Fingerprint: strings.Repeat("01", 32), Subject: "CN=alpha"}
	provider := &Identity{Fingerprint: fingerprint, Subject: "CN=provider,O=Shared"}
	outsider := &Identity{User: nobody, HasUser: true, Fingerprint: strings.Repeat("02", 32), Subject: "CN=outsider"}
	betaNamed := []Sender{{strings.ToUpper(fingerprint), "BETA"}}
	for _, row := range []struct {
		rule       string
		id         *Identity
		of         Senders
		known      bool
		originator duis.EUI64
		refused    string // reason
	}{
		{"its own User ID", alpha, Senders{}, true, alpha1, ""},
		{"every User ID of its account", alpha, Senders{}, true, alpha2, ""},
		{"not another account's", alpha, Senders{}, true, beta1, "foreign-originator"},
		{"not a User ID of no account", alpha, Senders{}, true, nobody, "unlisted"},
		{"an account named for its fingerprint", provider, Senders{Senders: betaNamed}, true, beta1, ""},
		{"with colons as openssl prints it", provider, Senders{Senders: []Sender{{strings.TrimSuffix(strings.Repeat("AB:", 32), ":"), "BETA"}}}, true, beta1, ""},
		{"an account named for its subject", provider, Senders{Senders: []Sender{{"CN=provider,O=Shared", "BETA"}}}, true, beta1, ""},
		{"several accounts", provider, Senders{Senders: []Sender{betaNamed[0], {"CN=provider,O=Shared", "ALPHA"}}}, true, alpha2, ""},
		{"not an account that is not named", provider, Senders{Senders: betaNamed}, true, alpha1, "foreign-originator"},
		{"nothing where nobody knows it", provider, Senders{}, false, alpha1, "foreign-originator"},
		{"nothing where its User ID is in no account", outsider, Senders{}, false, nobody, "unlisted"},
		{"its own User ID in no account, where unlisted ones are admitted", outsider, Senders{Unlisted: "unlisted"}, true, nobody, ""},
		{"not somebody else's in no account", alpha, Senders{Unlisted: "unlisted"}, true, nobody, "foreign-originator"},
		{"with an allocation for each User ID, its own", alpha, Senders{PerUser: true}, true, alpha1, ""},
		{"with an allocation for each User ID, not its account's others", alpha, Senders{PerUser: true}, true, alpha2, "foreign-originator"},
		{"with an allocation for each User ID, a named account", provider, Senders{PerUser: true, Senders: []Sender{{fingerprint, "ALPHA"}}}, true, alpha2, ""},
		{"over plain loopback, anybody in the portfolio", nil, Senders{}, true, beta1, ""},
		{"over plain loopback, nobody else", nil, Senders{}, true, nobody, "unlisted"},
		{"over plain loopback, anybody at all where unlisted ones are admitted", nil, Senders{Unlisted: "unlisted"}, true, nobody, ""},
	} {
		row.of.Accounts = accounts()
		g, known := directoryOf(t, row.of).grant(row.id)
		if known != row.known {
			t.Errorf("%s: known %v, want %v", row.rule, known, row.known)
		}
		got := ""
		if no := g.carries(row.originator); no != nil {
			got = no.kind.String()
		}
		if got != row.refused {
			t.Errorf("%s: refused %q, want %q", row.rule, got, row.refused)
		}
	}
}

func TestWhatADirectoryCannotBeMadeOf(t *testing.T) {
	for _, row := range []struct {
		of   Senders
		want string
	}{
		{Senders{Accounts: append(accounts(), Account{Name: "ALPHA"})}, `account "ALPHA": it is both the 1th and the 3th account`},
		{Senders{Accounts: append(accounts(), Account{"GAMMA", []duis.EUI64{beta1}})}, `account "GAMMA": User ID 90-B3-D5-1F-30-02-00-00 already belongs to "BETA"`},
		{Senders{Senders: []Sender{{"CN=x", "GAMMA"}}}, `sender "CN=x": there is no account "GAMMA"`},
		{Senders{Accounts: accounts(), Senders: []Sender{{"AB:CD", "BETA"}}}, `sender "AB:CD": neither a SHA-256 fingerprint nor a subject`},
		{Senders{Accounts: accounts(), Senders: []Sender{{strings.Repeat("zz", 32), "BETA"}}}, "neither a SHA-256 fingerprint nor a subject"},
	} {
		if _, err := NewDirectory(row.of); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("got %v, want %s", err, row.want)
		}
	}
}

func TestTheDirectoryIsReplacedUnderOpenConnections(t *testing.T) {
	d := startDSP(t, says(accepted))
	pki := newPKI(t)
	g := open(t, d.url(), func(c *Config, _ *traffic.Rules) { c.TLS = pki.listener(t) })
	v := g.visitTLS(pki.client(t, alpha1.String()))
	ask := func(originator duis.EUI64) int { return v.send(post(message(originator))).reply().StatusCode }
	if got := ask(alpha1); got != 200 {
		t.Errorf("under its own User ID: %d, want 200", got)
	}
	if got := ask(beta1); got != 403 {
		t.Errorf("under another's: %d, want 403", got)
	}
	g.become(func(c *Change) {
		c.Conduct.Directory = directoryOf(t, Senders{Accounts: accounts(), Senders: []Sender{{"CN=" + alpha1.String(), "BETA"}}})
	})
	if got := ask(beta1); got != 200 {
		t.Errorf("under another's, now that it is named: %d, want 200", got)
	}
	g.become(func(c *Change) { c.Conduct.Directory = directoryOf(t, Senders{}) })
	if got := ask(alpha1); got != 403 {
		t.Errorf("under its own, now that nobody is in the portfolio: %d, want 403", got)
	}
}

func TestWithoutACertificateOfTheRightAuthorityNobodyComesIn(t *testing.T) {
	d := startDSP(t, says(accepted))
	pki, other := newPKI(t), newPKI(t)
	g := open(t, d.url(), func(c *Config, _ *traffic.Rules) { c.TLS = pki.listener(t) })
	strange := other.client(t, alpha1.String())
	strange.RootCAs = pki.pool
	for rule, cfg := range map[string]*tls.Config{
		"no certificate":                  {RootCAs: pki.pool},
		"one of another authority":        strange,
		"a protocol older than TLS 1.2":   {RootCAs: pki.pool, Certificates: pki.client(t, alpha1.String()).Certificates, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10},
		"an application that is not HTTP": {RootCAs: pki.pool, Certificates: pki.client(t, alpha1.String()).Certificates, NextProtos: []string{"smtp"}},
	} {
		cfg.ServerName = "127.0.0.1"
		conn, err := tls.Dial("tcp", g.addr, cfg)
		if err == nil { // with TLS 1.3 the client learns of it on its first read
			_, err = conn.Read(make([]byte, 1))
			conn.Close()
		}
		if err == nil {
			t.Errorf("%s: came in", rule)
		}
	}
	await(func() bool { return g.server.Stats().Clients.Handshakes == 4 })
	if n := len(d.requests()); n != 0 {
		t.Errorf("the DSP got %d requests, want none", n)
	}
}

// syncBuffer is a log that a test may read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// X.520 makes x500UniqueIdentifier a bit string, which Go's crypto/x509 cannot
// read in a subject (Go issues 69463 and 77900). Until it can, the operator is
// told what nobody could guess; from then on the certificate is its User's.
func TestACertificateWithABitStringInItsSubject(t *testing.T) {
	d := startDSP(t, says(accepted))
	pki := newPKI(t)
	var log syncBuffer
	g := open(t, d.url(), func(c *Config, _ *traffic.Rules) {
		c.TLS, c.Logger = pki.listener(t), slog.New(slog.NewTextHandler(&log, nil))
	})
	cert := pki.issue(t, subject(uniqueIdentifier(asn1.BitString{Bytes: octetsOfAlpha1, BitLength: 64})))
	cfg := pki.bearer(cert)
	// Go's client would not show a certificate that it cannot read itself.
	cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil }
	conn, err := tls.Dial("tcp", g.addr, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = conn.Write([]byte(post(message(alpha1))))
	answer := make([]byte, 12)
	_, err = conn.Read(answer)
	if err == nil && string(answer) == "HTTP/1.1 200" {
		return
	}
	await(func() bool { return log.String() != "" })
	if !strings.Contains(log.String(), "the certificate's subject has octets where Go's TLS takes text only") {
		t.Errorf("answered %q, %v; logged %s", answer, err, log.String())
	}
}
