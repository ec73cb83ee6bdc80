package journal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// HeadClaims is what a Head states: that at a time the journal held so much and
// no other.
type HeadClaims struct {
	Environment string
	Journal     string // its number, as in Checkpoint
	At          int64
	Position    Position // of the last record before the Head
	Chain       [32]byte // the journal's, after the block with that record
	Accounts    int      // how many leaves the tree has
	Root        [32]byte // of the tree of accounts' chains, as Root gives it
	Previous    [32]byte // SHA-256 of the text of the Head before; zero: there was none
	Key         string   // verifier key (golang.org/x/mod/sumdb/note) of whoever signs
}

const (
	headTitle  = "srtm journal head"
	signerName = "srtm-journal"
)

// text writes the claims, one to a line.
func (c HeadClaims) text() string {
	return fmt.Sprintf("%s\nenvironment %s\njournal %s\nat %s\nposition %d\nchain %x\naccounts %d\nroot %x\nprevious %x\nsigner %s\n",
		headTitle, c.Environment, c.Journal, time.Unix(0, c.At).UTC().Format(time.RFC3339Nano), c.Position, c.Chain, c.Accounts, c.Root, c.Previous, c.Key)
}

// ParseHead checks the signature of a Head's text by one of the verifiers, and
// returns what it states. See VerifierOf.
func ParseHead(text string, by note.Verifiers) (HeadClaims, error) {
	n, err := note.Open([]byte(text), by)
	if err != nil {
		return HeadClaims{}, fmt.Errorf("journal head: %w", err)
	}
	return parseClaims(n.Text)
}

// VerifierOf returns the verifier key that a Head's text names. Whoever trusts
// it trusts whoever wrote the text: compare it with one known from elsewhere.
func VerifierOf(text string) (string, error) {
	c, err := parseClaims(text)
	return c.Key, err
}

func parseClaims(text string) (c HeadClaims, err error) {
	title, rest, _ := strings.Cut(text, "\n")
	if title != headTitle {
		return c, fmt.Errorf("journal head: it begins with %q, not with %q", clip(title), headTitle)
	}
	for _, field := range []struct {
		name string
		read func(string) error
	}{
		{"environment", keep(&c.Environment)}, {"journal", keep(&c.Journal)}, {"at", c.readTime}, {"position", c.readPosition},
		{"chain", unhex(&c.Chain)}, {"accounts", count(&c.Accounts)}, {"root", unhex(&c.Root)}, {"previous", unhex(&c.Previous)}, {"signer", keep(&c.Key)},
	} {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		value, named := strings.CutPrefix(line, field.name+" ")
		if !named {
			return c, fmt.Errorf("journal head: the line %q should begin with %q", clip(line), field.name)
		}
		if err := field.read(value); err != nil {
			return c, fmt.Errorf("journal head: %s: %w", field.name, err)
		}
	}
	return c, nil
}

func clip(s string) string { return s[:min(len(s), 80)] }

func keep(to *string) func(string) error {
	return func(s string) error {
		*to = s
		return nil
	}
}

func count(to *int) func(string) error {
	return func(s string) (err error) {
		*to, err = strconv.Atoi(s)
		return err
	}
}

func unhex(to *[32]byte) func(string) error {
	return func(s string) error {
		b, err := hex.DecodeString(s)
		if err == nil && len(b) != len(to) {
			err = fmt.Errorf("%d octets instead of %d", len(b), len(to))
		}
		copy(to[:], b)
		return err
	}
}

func (c *HeadClaims) readTime(s string) error {
	t, err := time.Parse(time.RFC3339Nano, s)
	c.At = t.UnixNano()
	return err
}

func (c *HeadClaims) readPosition(s string) error {
	p, err := strconv.ParseUint(s, 10, 64)
	c.Position = Position(p)
	return err
}

// signer signs heads.
type signer struct {
	note.Signer
	verifier string
}

// loadSigner reads the key in a folder, or makes one there. An empty folder name
// stands for a key that is kept nowhere.
func loadSigner(folder string) (signer, error) {
	if folder == "" {
		private, public, err := note.GenerateKey(rand.Reader, signerName)
		if err != nil {
			return signer{}, err
		}
		return newSigner(private, public)
	}
	private, err := secret(filepath.Join(folder, "head.key"), func() (string, error) {
		private, public, err := note.GenerateKey(rand.Reader, signerName)
		if err != nil {
			return "", err
		}
		return private + "\n" + public, nil
	})
	if err != nil {
		return signer{}, fmt.Errorf("the key that signs the journal's heads: %w", err)
	}
	private, public, _ := strings.Cut(private, "\n")
	s, err := newSigner(private, public)
	if err != nil {
		return s, err
	}
	path := filepath.Join(folder, "head.pub")
	if was, err := os.ReadFile(path); err == nil && strings.TrimSpace(string(was)) == public {
		return s, nil
	}
	return s, os.WriteFile(path, []byte(public+"\n"), 0o644)
}

func newSigner(private, public string) (signer, error) {
	s, err := note.NewSigner(private)
	if err != nil {
		return signer{}, errors.New("the key that signs the journal's heads is malformed; restore it, or remove it to have a new one made, which Service Users have to be told")
	}
	if _, err := note.NewVerifier(public); err != nil {
		return signer{}, fmt.Errorf("the key that verifies the journal's heads: %w", err)
	}
	return signer{s, public}, nil
}

// sign returns a Head of the claims.
func (s signer) sign(c HeadClaims) (*Head, error) {
	c.Key = s.verifier
	text, err := note.Sign(&note.Note{Text: c.text()}, s)
	if err != nil {
		return nil, fmt.Errorf("signing the journal's head: %w", err)
	}
	return &Head{Text: string(text)}, nil
}

// secret reads a file that only its owner may read, or makes it.
func secret(path string, generate func() (string, error)) (string, error) {
	b, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(b)), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	text, err := generate()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(text + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Link(f.Name(), path) // fails where another process was quicker
	}
	err = errors.Join(err, os.Remove(f.Name()))
	if errors.Is(err, os.ErrExist) {
		b, err = os.ReadFile(path)
		text = strings.TrimSpace(string(b))
	}
	return text, err
}

// textHash is by which a Head names the one before.
func textHash(h *Head) [32]byte { return sha256.Sum256([]byte(h.Text)) }
