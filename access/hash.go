package access

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

// cost is what a guess at a password costs: memory in KiB, passes and lanes.
type cost struct {
	memory, passes uint32
	lanes          uint8
}

// usual is the first choice of OWASP's Password Storage Cheat Sheet with little memory:
// the door shares the machine.
func usual() cost { return cost{memory: 19 << 10, passes: 2, lanes: 1} }

// most bounds what a hash in users.json may cost.
func most() cost { return cost{memory: 64 << 10, passes: 10, lanes: 4} }

const (
	saltBytes   = 16
	keyBytes    = 32
	hashingWait = 10 * time.Second
)

// hashingsAtOnce is how many passwords are hashed at a time: whatever is sent to the
// sign-in, it takes that many processors and 19 MiB each, and the door has the others.
func hashingsAtOnce() int { return max(1, min(4, runtime.GOMAXPROCS(0)/4)) }

// hashed is a password's hash.
type hashed struct {
	cost
	salt, key []byte
}

// newHash hashes a password with a new salt.
func newHash(password string, c cost) hashed {
	h := hashed{cost: c, salt: make([]byte, saltBytes)}
	_, _ = rand.Read(h.salt) // never fails
	h.key = h.of(password)
	return h
}

func (h hashed) of(password string) []byte {
	return argon2.IDKey([]byte(normal(password)), h.salt, h.passes, h.memory, h.lanes, keyBytes)
}

// fits says whether a password is the one.
func (h hashed) fits(password string) bool {
	return subtle.ConstantTimeCompare(h.of(password), h.key) == 1
}

// String writes the hash as a PHC string.
func (h hashed) String() string {
	b64 := base64.RawStdEncoding.Strict()
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.passes, h.lanes, b64.EncodeToString(h.salt), b64.EncodeToString(h.key))
}

// parseHash reads what String writes.
func parseHash(text string) (hashed, error) {
	var h hashed
	wrong := errors.New("its password is not an argon2id hash as this version writes it: invite the person again")
	parts := strings.Split(text, "$")
	if len(text) > 200 || len(parts) != 6 {
		return h, wrong
	}
	var version int
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &h.memory, &h.passes, &h.lanes); err != nil {
		return h, wrong
	}
	b64 := base64.RawStdEncoding.Strict()
	var err, other error
	h.salt, err = b64.DecodeString(parts[4])
	h.key, other = b64.DecodeString(parts[5])
	if errors.Join(err, other) != nil || h.String() != text || version != argon2.Version || len(h.salt) != saltBytes || len(h.key) != keyBytes {
		return h, wrong
	}
	if m := most(); h.memory < 8<<10 || h.memory > m.memory || h.passes < 1 || h.passes > m.passes || h.lanes < 1 || h.lanes > m.lanes {
		return h, fmt.Errorf("its password's hash costs m=%d,t=%d,p=%d, and this version takes up to m=%d,t=%d,p=%d", h.memory, h.passes, h.lanes, m.memory, m.passes, m.lanes)
	}
	return h, nil
}
