package access

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What users.json may be at most.
const (
	format     = 1 // of the file
	maxBytes   = 4 << 20
	maxPersons = 2000
	maxTokens  = 2000
	maxName    = 64  // octets of a name
	maxAccount = 128 // octets of an account

	letters = "abcdefghijklmnopqrstuvwxyz"
)

// users is what users.json says. Once read it is not changed: whoever changes
// something changes a clone.
type users struct {
	Format  int     `json:"format"`
	Persons []user  `json:"persons,omitempty"`
	Tokens  []token `json:"tokens,omitempty"`
}

// user is a person with a password here.
type user struct {
	Name     string    `json:"name"`
	ID       string    `json:"id"`      // random, so that a later person of the same name is another one
	Version  int       `json:"version"` // counts what ends sessions: changes of roles and password
	Roles    []Role    `json:"roles"`
	Account  string    `json:"account,omitempty"`
	Added    time.Time `json:"added"`
	Password string    `json:"password,omitempty"` // argon2id, as a PHC string; empty: none was set yet
	Link     *link     `json:"link,omitempty"`     // by which a password may be set, once
}

func (u user) person() Person {
	return Person{Name: u.Name, Roles: slices.Clone(u.Roles), Account: u.Account, By: ByPassword}
}

// link is a one-time link.
type link struct {
	SHA256  digest    `json:"sha256"`
	Expires time.Time `json:"expires"`
}

// opens says whether the link is the one with that digest, and not too old.
func (l *link) opens(d digest, now time.Time) bool {
	return l != nil && l.SHA256 == d && now.Before(l.Expires)
}

// token is an API token.
type token struct {
	Name    string    `json:"name"`
	SHA256  digest    `json:"sha256"`
	Roles   []Role    `json:"roles"`
	Account string    `json:"account,omitempty"`
	Made    time.Time `json:"made"`
	Expires time.Time `json:"expires"`
}

func (t token) person() Person {
	return Person{Name: string(ByToken) + ":" + t.Name, Roles: slices.Clone(t.Roles), Account: t.Account, By: ByToken}
}

// parseUsers reads users.json.
func parseUsers(text []byte) (*users, error) {
	if len(text) > maxBytes {
		return nil, fmt.Errorf("it is longer than %d octets", maxBytes)
	}
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	var u users
	if err := in.Decode(&u); err != nil {
		return nil, hidden(err)
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something stands after its end")
	}
	return &u, u.check()
}

// hidden keeps what stands in the file out of an error: that may be a hash.
func hidden(err error) error {
	var typ *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &typ):
		return fmt.Errorf("octet %d: %s is not of the right type", typ.Offset, typ.Field)
	case errors.As(err, &syntax):
		return fmt.Errorf("octet %d: it is not JSON", syntax.Offset)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it ends too early")
	case strings.HasPrefix(err.Error(), "json: unknown field"):
		return fmt.Errorf("%.100s; was it written by a later version?", strings.TrimPrefix(err.Error(), "json: "))
	}
	return errors.New("a time or a SHA-256 in it is malformed")
}

// check says what is wrong with u as a whole.
func (u *users) check() error {
	switch {
	case u.Format != format:
		return fmt.Errorf("its format is %d, and this version knows %d", u.Format, format)
	case len(u.Persons) > maxPersons:
		return fmt.Errorf("it has more than %d persons", maxPersons)
	case len(u.Tokens) > maxTokens:
		return fmt.Errorf("it has more than %d tokens: remove what has expired", maxTokens)
	}
	names := map[string]bool{}
	for _, p := range u.Persons {
		if err := p.check(); err != nil {
			return fmt.Errorf("the person %.80q: %w", p.Name, err)
		}
		if names[p.Name] {
			return fmt.Errorf("the person %q stands there twice", p.Name)
		}
		names[p.Name] = true
	}
	clear(names)
	for _, t := range u.Tokens {
		if err := errors.Join(checkName(t.Name), checkRoles(t.Roles, t.Account)); err != nil {
			return fmt.Errorf("the token %.80q: %w", t.Name, err)
		}
		if names[t.Name] {
			return fmt.Errorf("the token %q stands there twice", t.Name)
		}
		names[t.Name] = true
	}
	return nil
}

func (u user) check() error {
	if err := errors.Join(checkName(u.Name), checkRoles(u.Roles, u.Account)); err != nil {
		return err
	}
	if len(u.ID) == 0 || len(u.ID) > maxName || u.Version < 0 {
		return errors.New("id and version do not hold")
	}
	if u.Password == "" {
		return nil
	}
	_, err := parseHash(u.Password)
	return err
}

// checkName says what is wrong with the name of a person or token.
func checkName(name string) error {
	allowed := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("._@-", r)
	}
	bad := strings.IndexFunc(name, func(r rune) bool { return !allowed(r) })
	if name == "" || len(name) > maxName || bad >= 0 || !strings.ContainsAny(name, letters) || strings.ContainsRune("._@-", rune(name[0])) {
		return fmt.Errorf("the name %.80q: a name has 1 to %d of a-z, 0-9 and . _ @ -, at least one letter, and begins with a letter or digit", name, maxName)
	}
	return nil
}

func checkAccount(account string) error {
	if len(account) > maxAccount || !utf8.ValidString(account) || strings.ContainsFunc(account, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("the account %.40q: an account has at most %d octets that can be printed", account, maxAccount)
	}
	return nil
}

func (u *users) clone() *users {
	return &users{Format: u.Format, Persons: slices.Clone(u.Persons), Tokens: slices.Clone(u.Tokens)}
}

// user returns the person of that name, to be changed only in a clone.
func (u *users) user(name string) (*user, bool) {
	i := slices.IndexFunc(u.Persons, func(p user) bool { return p.Name == name })
	if i < 0 {
		return nil, false
	}
	return &u.Persons[i], true
}

// byLink returns the person whom a one-time link belongs to.
func (u *users) byLink(d digest, now time.Time) (*user, bool) {
	i := slices.IndexFunc(u.Persons, func(p user) bool { return p.Link.opens(d, now) })
	if i < 0 {
		return nil, false
	}
	return &u.Persons[i], true
}
