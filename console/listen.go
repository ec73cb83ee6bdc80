package console

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
)

// Certificates are what a listener shows and asks for, as PEM files.
type Certificates struct {
	Cert, Key string // its own; both or neither
	ClientCA  string // authorities that callers' certificates are verified against; empty: none is asked for
}

// any says whether something is given.
func (c Certificates) any() bool { return c != Certificates{} }

// Check says what is wrong with what is given.
func (c Certificates) Check() error {
	if (c.Cert == "") != (c.Key == "") {
		return errors.New("a certificate and its key belong together; give --admin-cert and --admin-key, or neither")
	}
	if c.ClientCA != "" && c.Cert == "" {
		return errors.New("callers' certificates can be verified with TLS only; give --admin-cert and --admin-key too")
	}
	return nil
}

// Address is where to listen, and how.
type Address struct {
	Addr string
	Certificates
	Guarded bool // people sign in
}

// Check says what is wrong with it: other than loopback needs TLS and sign-in.
func (a Address) Check() error {
	host, _, err := net.SplitHostPort(a.Addr)
	if err != nil {
		return fmt.Errorf("admin address %q: %w; write host:port, such as 127.0.0.1:9101", a.Addr, err)
	}
	if err := a.Certificates.Check(); err != nil {
		return err
	}
	if !isLoopback(host) && (a.Cert == "" || !a.Guarded) {
		return fmt.Errorf("admin address %q is not loopback; that needs sign-in and TLS: give --admin-cert and --admin-key and leave --admin-open out, or listen on 127.0.0.1 or [::1]", a.Addr)
	}
	return nil
}

// Listen listens on an address that must pass Check.
func Listen(a Address) (net.Listener, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	var config *tls.Config
	if a.any() {
		var err error
		if config, err = a.config(); err != nil {
			return nil, err
		}
	}
	l, err := net.Listen("tcp", a.Addr)
	if err != nil {
		return nil, fmt.Errorf("--admin: %w; is another program there?", err)
	}
	if config != nil {
		return tls.NewListener(l, config), nil
	}
	return l, nil
}

// config reads the files. A caller's certificate is asked for and verified where
// it has one: people come without.
func (c Certificates) config() (*tls.Config, error) {
	own, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return nil, fmt.Errorf("--admin-cert %s and --admin-key %s: %w", c.Cert, c.Key, err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	if c.ClientCA == "" {
		return config, nil
	}
	text, err := os.ReadFile(c.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("--admin-client-ca: %w", err)
	}
	config.ClientCAs, config.ClientAuth = x509.NewCertPool(), tls.VerifyClientCertIfGiven
	if !config.ClientCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("--admin-client-ca %s has no certificate in PEM", c.ClientCA)
	}
	return config, nil
}
