package evidence

import (
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"srtm/journal"
)

// claimsOf returns what a head states, with its signature checked by the key
// that it names itself.
func claimsOf(text string) (journal.HeadClaims, error) {
	key, err := journal.VerifierOf(text)
	if err != nil {
		return journal.HeadClaims{}, err
	}
	return claimsBy(text, key)
}

// claimsBy returns what a head states, with its signature checked by a key.
func claimsBy(text, key string) (journal.HeadClaims, error) {
	v, err := note.NewVerifier(key)
	if err != nil {
		return journal.HeadClaims{}, fmt.Errorf("%q is not a verifier key: %w", key, err)
	}
	return journal.ParseHead(text, note.VerifierList(v))
}
