package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
)

// digest is a secret's SHA-256. Secrets are random and 256 bits long, so that no
// slower function is needed; and whoever compares digests in variable time tells
// nothing about a secret that is not known already.
type digest [sha256.Size]byte

func digestOf(secret string) digest { return sha256.Sum256([]byte(secret)) }

// MarshalText writes the digest in hexadecimal.
func (d digest) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(d[:])), nil }

// UnmarshalText reads what MarshalText writes.
func (d *digest) UnmarshalText(text []byte) error {
	if len(text) != 2*sha256.Size {
		return fmt.Errorf("a SHA-256 has %d hexadecimal digits, not %d", 2*sha256.Size, len(text))
	}
	_, err := hex.Decode(d[:], text)
	return err
}

// newSecret returns 256 random bits as 43 characters that may stand in a URL.
func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// newID returns 128 random bits: what tells a user from a later one of the same
// name.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
