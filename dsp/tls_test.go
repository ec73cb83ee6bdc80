package dsp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// authority issues certificates for a test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	a.key, a.cert = a.sign(template, nil, nil)
	return a
}

func (a *authority) sign(template, parent *x509.Certificate, by *ecdsa.PrivateKey) (*ecdsa.PrivateKey, *x509.Certificate) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	if parent == nil {
		parent, by = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return key, cert
}

func (a *authority) issue(name string, use x509.ExtKeyUsage) tls.Certificate {
	a.t.Helper()
	key, cert := a.sign(&x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name},
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{use}}, a.cert, a.key)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// With mutual TLS those whose certificate is of the client authority get in, and
// nobody else.
func TestMutualTLS(t *testing.T) {
	servers, clients, strangers := newAuthority(t), newAuthority(t), newAuthority(t)
	config := quick()
	config.TLS = &tls.Config{
		Certificates: []tls.Certificate{servers.issue("dsp", x509.ExtKeyUsageServerAuth)},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: clients.pool(),
	}
	_, url := overLoopback(t, config)
	url = strings.Replace(url, "http:", "https:", 1)
	for _, row := range []struct {
		rule string
		cert []tls.Certificate
		in   bool
	}{
		{"a certificate of the client authority gets in", []tls.Certificate{clients.issue("user", x509.ExtKeyUsageClientAuth)}, true},
		{"one of another authority does not", []tls.Certificate{strangers.issue("user", x509.ExtKeyUsageClientAuth)}, false},
		{"nobody gets in without one", nil, false},
	} {
		t.Run(row.rule, func(t *testing.T) {
			transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: servers.pool(), Certificates: row.cert}}
			defer transport.CloseIdleConnections()
			got, err := send(&http.Client{Transport: transport}, posting(url+onS, document(requestID(1, 1), 1, "4.8.1")))
			if in := err == nil && got.status == 200 && got.code() == "I99"; in != row.in || !in && err == nil {
				t.Errorf("status %d, %v", got.status, err)
			}
		})
	}
}
