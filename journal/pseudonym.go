package journal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"srtm/duis"
)

// Pseudonym stands for a target, the Device ID that a request is for, wherever it
// leaves the journal. It is the same every time, and only the holder of the key
// can tell of whom.
type Pseudonym [16]byte

// String returns 32 hexadecimal digits.
func (p Pseudonym) String() string { return hex.EncodeToString(p[:]) }

// ParsePseudonym reads 32 hexadecimal digits; false: the text is something else.
func ParsePseudonym(text string) (p Pseudonym, ok bool) {
	b, err := hex.DecodeString(text)
	return p, err == nil && copy(p[:], b) == len(p) && len(b) == len(p)
}

// Pseudonyms gives targets their pseudonyms and takes them back: AES-128 of the
// target's eight octets followed by eight zeros. It may be used by many
// goroutines at once.
type Pseudonyms struct{ block cipher.Block }

// LoadPseudonyms reads the key in a file, 32 hexadecimal digits, or makes both.
func LoadPseudonyms(path string) (*Pseudonyms, error) {
	text, err := secret(path, func() (string, error) {
		key := make([]byte, 16)
		_, err := rand.Read(key)
		return hex.EncodeToString(key), err
	})
	if err != nil {
		return nil, fmt.Errorf("the key of pseudonyms: %w", err)
	}
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != 16 {
		return nil, fmt.Errorf("the key of pseudonyms in %s is not 32 hexadecimal digits; restore it, or remove it and rebuild the ledger", path)
	}
	block, err := aes.NewCipher(key)
	return &Pseudonyms{block}, err
}

// Of returns the target's pseudonym.
func (p *Pseudonyms) Of(target duis.EUI64) (q Pseudonym) {
	binary.BigEndian.PutUint64(q[:], uint64(target))
	p.block.Encrypt(q[:], q[:])
	return q
}

// Target returns whom a pseudonym stands for. It returns false for one that was
// made with another key.
func (p *Pseudonyms) Target(q Pseudonym) (duis.EUI64, bool) {
	p.block.Decrypt(q[:], q[:])
	return duis.EUI64(binary.BigEndian.Uint64(q[:])), binary.BigEndian.Uint64(q[8:]) == 0
}
