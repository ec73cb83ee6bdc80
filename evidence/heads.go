package evidence

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"srtm/journal"
)

// head is a signed head of a bundle.
type head struct {
	nth    uint64
	claims journal.HeadClaims
	proof  tlog.RecordProof
	has    bool // a proof
	proved bool // and it led from the account's chain to the root
}

// readHeads checks every head for itself and against the one before.
func (c *checker) readHeads() error {
	entry, err := c.bundle.reader(headsEntry)
	if err != nil {
		return inPart("heads", err)
	}
	defer entry.Close()
	lines := bufio.NewReaderSize(entry, maxHeadLine)
	given := slices.Clone(c.trust.Heads)
	var previous string
	for {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			break
		}
		if err != nil {
			return inPart("heads", fmt.Errorf("%s, line %d: it does not end, or is longer than %d octets: %w", headsEntry, len(c.heads)+1, maxHeadLine, err))
		}
		var l headLine
		if err := unmarshal(line, &l); err != nil {
			return inPart("heads", fmt.Errorf("%s, line %d: %w", headsEntry, len(c.heads)+1, err))
		}
		if err := c.addHead(l, previous); err != nil {
			return inPart("heads", fmt.Errorf("head %d: %w", len(c.heads)+1, err))
		}
		previous = l.Note
		given = slices.DeleteFunc(given, func(text string) bool { return text == l.Note })
	}
	return c.endHeads(given)
}

func (c *checker) addHead(l headLine, previous string) error {
	if len(c.heads) >= c.manifest.Heads {
		return fmt.Errorf("there should be %d heads, and there are more", c.manifest.Heads)
	}
	claims, err := claimsOf(l.Note)
	if err != nil {
		return err
	}
	if err := c.checkSigner(claims.Key); err != nil {
		return err
	}
	m := &c.manifest
	if claims.Journal != m.Journal || claims.Environment != m.Environment {
		return fmt.Errorf("it is of journal %s of %s, and the bundle is of journal %s of %s", claims.Journal, claims.Environment, m.Journal, m.Environment)
	}
	nth := m.NthBefore
	if len(c.heads) > 0 {
		was := &c.heads[len(c.heads)-1]
		nth = was.nth
		if claims.Previous != sha256.Sum256([]byte(previous)) {
			return fmt.Errorf("it does not follow the head of %s: one between them was left out, or one of them is not the journal's", moment(was.claims.At))
		}
		if claims.At < was.claims.At || claims.Position <= was.claims.Position || claims.Accounts < was.claims.Accounts {
			return fmt.Errorf("its time, position or number of accounts lies before that of the head of %s", moment(was.claims.At))
		}
	}
	if l.Nth < nth {
		return fmt.Errorf("it is said to stand after record %d of the account, and something before it after record %d", l.Nth, nth)
	}
	h := head{nth: l.Nth, claims: claims, has: l.Proof != nil}
	for _, text := range l.Proof {
		hash, err := hex.DecodeString(text)
		if err != nil || len(hash) != tlog.HashSize {
			return fmt.Errorf("its proof has %q, which is not %d hexadecimal digits", text, 2*tlog.HashSize)
		}
		h.proof = append(h.proof, tlog.Hash(hash))
	}
	c.heads = append(c.heads, h)
	return nil
}

// checkSigner wants a head to be signed by a key that is trusted, if any is.
func (c *checker) checkSigner(key string) error {
	if !slices.Contains(c.result.Signers, key) {
		c.result.Signers = append(c.result.Signers, key)
	}
	if len(c.keys) > 0 && !slices.Contains(c.keys, key) {
		return fmt.Errorf("it is signed by %s, which is not the key given", key)
	}
	return nil
}

// readTrust takes in the keys that are trusted: those given, and those of the
// heads given.
func (c *checker) readTrust() error {
	c.keys = slices.Clone(c.trust.Keys)
	for _, key := range c.keys {
		if _, err := note.NewVerifier(key); err != nil {
			return inPart("heads", fmt.Errorf("the key given, %q, is not a verifier key, such as srtm-journal+12ab34cd+AX…: %w", key, err))
		}
	}
	for _, text := range c.trust.Heads {
		claims, err := claimsOf(text)
		if err != nil {
			return inPart("heads", fmt.Errorf("the head given: %w", err))
		}
		if len(c.trust.Keys) > 0 && !slices.Contains(c.trust.Keys, claims.Key) {
			return inPart("heads", fmt.Errorf("the head given, of %s, is signed by %s, which is not the key given", moment(claims.At), claims.Key))
		}
		c.keys = append(c.keys, claims.Key)
	}
	return nil
}

func (c *checker) endHeads(missing []string) error {
	if len(c.heads) != c.manifest.Heads {
		return inPart("heads", fmt.Errorf("there should be %d heads, and there are %d", c.manifest.Heads, len(c.heads)))
	}
	part := c.result.part("heads")
	for _, text := range missing {
		claims, _ := claimsOf(text) // which readTrust has seen
		c.missing = append(c.missing, claims)
	}
	c.result.Known = len(c.keys) > 0 && len(c.heads) > 0
	if len(c.heads) == 0 {
		part.Says = "none"
		return nil
	}
	part.Says = fmt.Sprintf("%s, of %s to %s, each following the one before; signed by %s", many(len(c.heads), "signed head"),
		moment(c.heads[0].claims.At), moment(c.heads[len(c.heads)-1].claims.At), strings.Join(c.result.Signers, " and "))
	return nil
}
