package gateway

import (
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"srtm/duis"
)

// Identity is who a client certificate says its bearer is.
type Identity struct {
	User        duis.EUI64 // its User ID, if HasUser
	HasUser     bool
	Fingerprint string    // SHA-256 of the certificate, 64 lower-case hexadecimal digits
	Subject     string    // as in RFC 4514: CN=name,O=organisation
	NotAfter    time.Time // when the certificate expires; then no further request is taken on its connections
}

// Identify reads an Identity off a certificate, which somebody else has
// verified. The User ID is the subject's x500UniqueIdentifier, eight octets or
// an EUI-64 as text, or, where the subject has none, a common name that is an
// EUI-64.
func Identify(cert *x509.Certificate) Identity {
	sum := sha256.Sum256(cert.Raw)
	id := Identity{Fingerprint: hex.EncodeToString(sum[:]), Subject: cert.Subject.String(), NotAfter: cert.NotAfter}
	// encoding/asn1 keeps octets as octets, which crypto/x509 does not.
	var name pkix.RDNSequence
	if rest, err := asn1.Unmarshal(cert.RawSubject, &name); err != nil || len(rest) > 0 {
		return id
	}
	id.Subject = name.String()
	id.User, id.HasUser = userID(name)
	return id
}

func userID(name pkix.RDNSequence) (duis.EUI64, bool) {
	x500UniqueIdentifier := asn1.ObjectIdentifier{2, 5, 4, 45}
	commonName := asn1.ObjectIdentifier{2, 5, 4, 3}
	for _, id := range []asn1.ObjectIdentifier{x500UniqueIdentifier, commonName} {
		values := valuesOf(name, id)
		if len(values) == 1 {
			return euiOf(values[0])
		}
		if len(values) > 1 { // nobody could say which one counts
			return 0, false
		}
	}
	return 0, false
}

func valuesOf(name pkix.RDNSequence, id asn1.ObjectIdentifier) []any {
	var values []any
	for _, set := range name {
		for _, a := range set {
			if a.Type.Equal(id) {
				values = append(values, a.Value)
			}
		}
	}
	return values
}

// euiOf reads an EUI-64 from eight octets, or from text.
func euiOf(value any) (duis.EUI64, bool) {
	switch v := value.(type) {
	case asn1.BitString:
		if v.BitLength == 64 {
			return octets(v.Bytes)
		}
	case []byte:
		return octets(v)
	case string:
		id, err := duis.ParseEUI64(strings.ReplaceAll(strings.TrimSpace(v), ":", "-"))
		return id, err == nil
	}
	return 0, false
}

func octets(b []byte) (duis.EUI64, bool) {
	if len(b) != 8 {
		return 0, false
	}
	return duis.EUI64(binary.BigEndian.Uint64(b)), true
}
