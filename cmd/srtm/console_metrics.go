package main

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"time"

	"srtm/console"
)

// beside is what the console says of what runs beside the gateway.
func (d *door) beside() console.Beside {
	free, known := freeBytes(journalFolder(d.books.data))
	out := console.Beside{DiskFree: free, DiskKnown: known, Certificates: d.certificates, Notices: d.books.notices.stats()}
	if d.books.counts != nil {
		if at := d.books.counts.folded.Load(); at != 0 {
			out.Folded = time.Unix(0, at)
		}
	}
	return out
}

// certificates are those that the gateway was started with, by their flags. They
// were read before, and those that are renewed take a restart.
func (c *gatewayCmd) certificates() []console.Certificate {
	files := []struct{ flag, file string }{
		{"tls-cert", c.TLSCert}, {"client-ca", c.ClientCA}, {"dsp-ca", c.DSPCA}, {"dsp-cert", c.DSPCert},
		{"admin-cert", c.AdminCert}, {"admin-client-ca", c.AdminClientCA},
	}
	var all []console.Certificate
	for _, f := range files {
		if text, err := os.ReadFile(f.file); f.file != "" && err == nil {
			if first := expiry(text); !first.IsZero() {
				all = append(all, console.Certificate{Name: f.flag, NotAfter: first})
			}
		}
	}
	return all
}

// expiry is when the first of the certificates in a PEM file expires; zero where
// there is none.
func expiry(text []byte) (first time.Time) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return first
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err == nil && (first.IsZero() || cert.NotAfter.Before(first)) {
			first = cert.NotAfter
		}
	}
}
