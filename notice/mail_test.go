package notice

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// letter is one mail that the server took.
type letter struct {
	from, to, user string
	secure         bool
	text           []byte
}

// postOffice is a real SMTP server that refuses what a test says.
type postOffice struct {
	addr, ca string
	refuse   func(n int, to string) error // at RCPT, for the n-th
	auth     bool

	mu      sync.Mutex
	letters []letter
	asked   int
}

type session struct {
	office *postOffice
	conn   *smtp.Conn
	letter letter
}

func (p *postOffice) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &session{office: p, conn: c}, nil
}

func (s *session) AuthMechanisms() []string {
	if s.office.auth {
		return []string{sasl.Plain}
	}
	return nil
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "srtm" || password != "swordfish" {
			return smtp.ErrAuthFailed
		}
		s.letter.user = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.office.auth && s.letter.user == "" {
		return smtp.ErrAuthRequired
	}
	s.letter.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.office.mu.Lock()
	s.office.asked++
	n := s.office.asked
	s.office.mu.Unlock()
	if s.office.refuse != nil {
		if err := s.office.refuse(n, to); err != nil {
			return err
		}
	}
	s.letter.to = to
	return nil
}

func (s *session) Data(r io.Reader) (err error) {
	if s.letter.text, err = io.ReadAll(r); err != nil {
		return err
	}
	_, s.letter.secure = s.conn.TLSConnectionState()
	s.office.mu.Lock()
	defer s.office.mu.Unlock()
	s.office.letters = append(s.office.letters, s.letter)
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// opening starts the post office; tls is as the key of the file of notices.
func opening(t *testing.T, way string, p *postOffice) *postOffice {
	t.Helper()
	cert, ca := certificate(t)
	p.ca = ca
	server := smtp.NewServer(p)
	server.Domain, server.AllowInsecureAuth = "localhost", false
	server.ErrorLog = quiet{}
	config := &tls.Config{Certificates: []tls.Certificate{cert}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = listener.Addr().String()
	switch way {
	case "starttls":
		server.TLSConfig = config
	case "implicit":
		listener = tls.NewListener(listener, config)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return p
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// certificate makes one for 127.0.0.1, and its PEM.
func certificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "post"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// mailed is a configuration that sends to ops@example.net over p.
func mailed(t *testing.T, p *postOffice, more, password string) *Configuration {
	return configured(t, "console: https://srtm.example:9101\nsmtp: {server: \""+p.addr+"\", from: Traffic Management <srtm@example.net>"+more+"}\nsubscriptions: [{who: operators, email: [ops@example.net]}]\n",
		map[string]string{"ca.pem": p.ca, "password": password + "\n"})
}

func TestMailWays(t *testing.T) {
	const auth = ", ca_file: ca.pem, user: srtm, password_file: password"
	for _, row := range []struct {
		rule, way, more, password string
		auth, untrusted           bool
		want                      string // the detail of a failure
	}{
		{rule: "STARTTLS with authentication", way: "starttls", more: auth, password: "swordfish", auth: true},
		{rule: "TLS from the start with authentication", way: "implicit", more: auth + ", tls: implicit", password: "swordfish", auth: true},
		{rule: "STARTTLS without authentication", way: "starttls", more: ", ca_file: ca.pem"},
		{rule: "in the clear on loopback", way: "none", more: ", tls: none"},
		{rule: "a wrong password", way: "starttls", more: auth, password: "x", auth: true, want: "Authentication failed"},
		{rule: "a server without STARTTLS is not used in the clear", way: "none", more: ", ca_file: ca.pem", want: "STARTTLS"},
		{rule: "a server whose certificate nobody vouches for", way: "starttls", more: "", want: "certificate"},
	} {
		p := opening(t, row.way, &postOffice{auth: row.auth})
		tried, err := mailed(t, p, row.more, row.password).Try(t.Context(), "", time.Now, time.Minute)
		if err != nil || len(tried) != 1 {
			t.Fatal(row.rule, err)
		}
		if d := tried[0]; row.want != "" {
			if d.Outcome != Failed || !strings.Contains(d.Detail, row.want) || len(p.letters) != 0 || strings.Contains(d.Detail, row.password+"\x00") {
				t.Errorf("%s: %+v", row.rule, d)
			}
			continue
		} else if d.Outcome != Delivered || d.Detail == "" || d.Target.Address != "ops@example.net" {
			t.Errorf("%s: %+v", row.rule, d)
			continue
		}
		l := p.letters[0]
		if l.from != "srtm@example.net" || l.to != "ops@example.net" || l.secure != (row.way != "none") || (l.user == "srtm") != row.auth {
			t.Errorf("%s: %+v", row.rule, l)
		}
	}
}

// read returns a letter's header, and its body decoded.
func (l letter) read(t *testing.T) (mail.Header, string) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(l.text))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		t.Fatal(err)
	}
	return m.Header, strings.ReplaceAll(string(text), "\r\n", "\n")
}

// TestMailSaysAll: what happened, the numbers, what to do and where to look; what
// people typed forges neither a header nor a line.
func TestMailSaysAll(t *testing.T) {
	p := opening(t, "starttls", &postOffice{})
	var r record
	b := opened(t, t.TempDir(), quick(mailed(t, p, ", ca_file: ca.pem", ""), &r))
	running(t, b)
	e := about(Act, "ALPHA", "Held to 100/s by jo: too many\r\nBcc: everybody@example.net\r\n\r\n.\r\nQUIT é")
	e.Numbers, e.Reference = []byte(`{"rate_per_s":100,"until":"2026-11-24T03:00:00Z","x\r\nTo":"a\r\nb"}`), "INC1\r\nSubject: x"
	id := put(t, b, e)
	settled(t, b)
	header, text := p.letters[0].read(t)
	for name, want := range map[string]string{
		"Subject": "[srtm production] ALPHA: an operator acts by hand", "To": "<ops@example.net>", "Bcc": "", "Auto-Submitted": "auto-generated", "X-Srtm-Notice": id,
		"From": `"Traffic Management" <srtm@example.net>`, "Date": "Tue, 24 Nov 2026 02:00:00 +0000",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := header.Get("Message-Id"); !strings.HasPrefix(got, "<"+id+".") || !strings.HasSuffix(got, "@example.net>") {
		t.Errorf("Message-ID %q", got)
	}
	want := `Held to 100/s by jo: too many Bcc: everybody@example.net . QUIT é

What to do
See what it does, its reason and when it ends; ask the operator if it is not
what was agreed.

Numbers
rate_per_s               100
until                    2026-11-24T03:00:00Z
x To                     a b

Where to look
Console      https://srtm.example:9101
When         2026-11-24 02:00:00 UTC
Environment  production
Account      ALPHA
Reference    INC1 Subject: x
Notice       ` + id + ` (act)
`
	if strings.TrimRight(text, "\n") != strings.TrimRight(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

// TestMailIsTriedAgain: greylisting and a mailbox that does not exist are this
// notice's trouble; it comes with the same Message-ID.
func TestMailIsTriedAgain(t *testing.T) {
	grey := &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted, come again"}
	p := opening(t, "starttls", &postOffice{refuse: func(n int, _ string) error {
		if n < 3 {
			return grey
		}
		return nil
	}})
	var r record
	b := opened(t, t.TempDir(), quick(mailed(t, p, ", ca_file: ca.pem", ""), &r))
	running(t, b)
	put(t, b, about(Act, "", "x"))
	settled(t, b)
	if got := r.of(""); got != "operators failed x; operators failed x; operators delivered x" || !strings.Contains(r.all[0].Detail, "greylisted") {
		t.Errorf("%s: %s", got, r.all[0].Detail)
	}
	if r.all[0].SHA256 == "" || r.all[0].SHA256 != r.all[2].SHA256 {
		t.Errorf("the attempts differ: %q, %q", r.all[0].SHA256, r.all[2].SHA256)
	}
	var own *sendError
	if err := whose(errors.New("x")); errors.As(err, &own) {
		t.Error("a server that cannot be used is not one notice's trouble")
	}
}

// TestMailServerThatHangs: the attempt ends with its time.
func TestMailServerThatHangs(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	go func() { // takes the connection, and never says a word
		conn, err := listener.Accept()
		if err == nil {
			_, err = conn.Read(make([]byte, 1))
			_ = conn.Close()
		}
		closed <- err
	}()
	defer listener.Close()
	c := mailed(t, &postOffice{addr: listener.Addr().String(), ca: ""}, ", tls: none", "")
	tried, err := c.Try(t.Context(), "", time.Now, 100*time.Millisecond)
	if err != nil || tried[0].Outcome != Failed {
		t.Errorf("%+v, %v", tried, err)
	}
	if err := <-closed; !errors.Is(err, io.EOF) {
		t.Errorf("the connection was left: %v", err)
	}
}
