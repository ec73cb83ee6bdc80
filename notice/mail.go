package notice

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// mail hands one e-mail in.
func (j job) mail(ctx context.Context, timeout time.Duration) (receipt, error) {
	m, err := j.message()
	if err != nil {
		return receipt{}, err
	}
	var body bytes.Buffer
	if _, err := m.WriteTo(&body); err != nil {
		return receipt{}, err
	}
	digest := sha256.Sum256(body.Bytes())
	got := receipt{sha256: hex.EncodeToString(digest[:])}
	line := &line{server: j.config.smtp}
	defer line.close()
	client, err := line.client(timeout)
	if err != nil {
		return got, err
	}
	unhook := context.AfterFunc(ctx, line.close)
	defer unhook()
	err = client.DialAndSendWithContext(ctx, m)
	if m.IsDelivered() { // whatever became of saying good-bye
		got.answer = oneLine(m.ServerResponse(), 200)
		return got, nil
	}
	return got, whose(err)
}

// whose says whether the server refuses this mail or cannot be used at all.
func whose(err error) error {
	var refused *mail.SendError
	if errors.As(err, &refused) && refused.ErrorCode() >= 400 && refused.ErrorCode() != 421 {
		return &sendError{error: err, own: true}
	}
	return err
}

// line is the connection to the server, which is closed whatever happens.
type line struct {
	server *smtpServer
	conn   chan net.Conn
}

func (l *line) client(timeout time.Duration) (*mail.Client, error) {
	s := l.server
	l.conn = make(chan net.Conn, 1)
	config := &tls.Config{ServerName: s.host, RootCAs: s.roots, MinVersion: tls.VersionTLS12}
	dial := (&net.Dialer{}).DialContext
	if s.tls == "implicit" {
		dial = (&tls.Dialer{Config: config}).DialContext
	}
	secure := mail.NoTLS // the dialler has done it, or the server is on loopback
	if s.tls == "starttls" {
		secure = mail.TLSMandatory
	}
	options := []mail.Option{
		mail.WithPort(s.port), mail.WithTimeout(timeout), mail.WithTLSPolicy(secure), mail.WithTLSConfig(config), mail.WithoutNoop(),
		mail.WithDialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dial(ctx, network, address)
			if err == nil {
				l.conn <- conn
			}
			return conn, err
		}),
	}
	if s.user != "" {
		options = append(options, mail.WithUsername(s.user), mail.WithPassword(s.password),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin))
	}
	return mail.NewClient(s.host, options...)
}

// close ends the connection, if there is one.
func (l *line) close() {
	select {
	case conn := <-l.conn:
		_ = conn.Close()
	default:
	}
}

// message writes the e-mail. Its Message-ID is the same for each attempt.
func (j job) message() (*mail.Msg, error) {
	m := mail.NewMsg(mail.WithEncoding(mail.EncodingQP))
	from := j.config.smtp.from
	m.FromMailAddress(from)
	if err := m.EnvelopeFrom(from.Address); err != nil {
		return nil, err
	}
	if err := m.To(j.target.Address); err != nil {
		return nil, fmt.Errorf("the address %q: %w", j.target.Address, err)
	}
	m.Subject(subject(j))
	m.SetDateWithValue(j.event.At)
	target := sha256.Sum256([]byte(j.target.key))
	m.SetMessageIDWithValue(j.event.ID + "." + hex.EncodeToString(target[:6]) + from.Address[strings.LastIndexByte(from.Address, '@'):])
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("X-Srtm-Notice", j.event.ID)
	m.SetUserAgent("srtm")
	m.SetBodyString(mail.TypeTextPlain, body(j))
	return m, nil
}
