package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func certificateUntil(t *testing.T, until time.Time) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: until.Add(-time.Hour), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestCertificatesSayWhenTheFirstExpires(t *testing.T) {
	soon, late := time.Unix(1_900_000_000, 0), time.Unix(2_000_000_000, 0)
	several := append(certificateUntil(t, late), certificateUntil(t, soon)...)
	dir := t.TempDir()
	write := func(name string, text []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	c := gatewayCmd{TLSCert: write("tls.pem", certificateUntil(t, late)), ClientCA: write("ca.pem", several), DSPCA: write("none.pem", []byte("no PEM")), DSPCert: filepath.Join(dir, "gone")}
	got := c.certificates()
	if len(got) != 2 || got[0].Name != "tls-cert" || !got[0].NotAfter.Equal(late) || got[1].Name != "client-ca" || !got[1].NotAfter.Equal(soon) {
		t.Errorf("certificates: %v", got)
	}
}

func FuzzExpiry(f *testing.F) {
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"))
	f.Add([]byte("-----BEGIN X-----\n-----END X-----\n-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if first := expiry(text); !first.IsZero() && !strings.Contains(string(text), "CERTIFICATE") {
			t.Errorf("%v from %q", first, text)
		}
	})
}

// A gateway tells of what it lies on and of what is done by hand.
func TestMetricsTellWhatRunsBeside(t *testing.T) {
	s := newSystem(t, "100/s", 0x90B3D51F30010000)
	resp, err := http.Get("http://" + s.door.admin.Addr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v", resp.Status, err)
	}
	for _, want := range []string{`(?m)^srtm_disk_free_bytes [1-9]`, `(?m)^srtm_build_info\{`, `(?m)^srtm_acts_running 0$`} {
		if !regexp.MustCompile(want).Match(body) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
}

func TestHowFarTheLedgerIs(t *testing.T) {
	c := newCounting(t)
	d := door{books: &books{data: c.data, counts: c.counts}}
	if at := d.beside().Folded; !at.IsZero() {
		t.Errorf("nothing was folded, and it says %v", at)
	}
	c.decide(t, 3)
	before := time.Now()
	c.fold(t)
	if at := d.beside().Folded; at.Before(before) || at.After(time.Now()) {
		t.Errorf("folded after %v, and it says %v", before, at)
	}
}
