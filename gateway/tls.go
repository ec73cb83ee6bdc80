package gateway

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
)

// ListenerTLS reads what mutual TLS needs of the listener: its certificate
// (PEM, followed by any intermediate ones), the key to it, and the authorities
// that clients' certificates are verified against.
func ListenerTLS(certFile, keyFile, clientCAFile string) (*tls.Config, error) {
	cert, err := keyPair(certFile, keyFile)
	if err != nil {
		return nil, err
	}
	authorities, err := authorities(clientCAFile)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: authorities,
	}, nil
}

// DSPTLS reads what TLS towards the DSP needs: the authorities that its
// certificate is verified against, or the system's if caFile is empty, and the
// certificate and key to show it, or none if both are empty.
func DSPTLS(caFile, certFile, keyFile string) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	var err error
	if caFile != "" {
		if cfg.RootCAs, err = authorities(caFile); err != nil {
			return nil, err
		}
	}
	if certFile == "" && keyFile == "" {
		return cfg, nil
	}
	cert, err := keyPair(certFile, keyFile)
	if err != nil {
		return nil, err
	}
	cfg.Certificates = []tls.Certificate{cert}
	return cfg, nil
}

func keyPair(certFile, keyFile string) (tls.Certificate, error) {
	if certFile == "" || keyFile == "" {
		return tls.Certificate{}, fmt.Errorf("certificate %q, key %q: one of them is missing; give both", certFile, keyFile)
	}
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("reading certificate %q and key %q: %w; give PEM files that belong together", certFile, keyFile, err)
	}
	return cert, nil
}

func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, errors.New("client CA: there is none; give a PEM file with the certificates that clients' are verified against")
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading certificate authorities: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("certificate authorities %q: there is no readable certificate in it; give a PEM file with at least one", file)
	}
	return pool, nil
}

// handshakeHint explains the one failure that nobody could guess: crypto/x509
// takes text only in a subject, so that it cannot read a certificate whose
// x500UniqueIdentifier is the bit string that X.520 makes it (Go issue 77900).
func handshakeHint(err error) string {
	if strings.Contains(err.Error(), "unsupported string type: 3") || strings.Contains(err.Error(), "unsupported string type: 4") {
		return ": the certificate's subject has octets where Go's TLS takes text only"
	}
	return ""
}
