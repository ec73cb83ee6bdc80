package gateway

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"srtm/duis"
)

// Account is a Service User as the gateway knows it: a name and the User IDs
// that belong to it.
type Account struct {
	Name  string
	Users []duis.EUI64
}

// Sender lets a certificate carry the requests of an account other than its
// own, as shared providers do.
type Sender struct {
	Sender  string // SHA-256 fingerprint, 64 hexadecimal digits with or without colons, or the subject as in RFC 4514
	Account string
}

// Senders is what a Directory is made of.
type Senders struct {
	Accounts []Account
	Senders  []Sender
	// Unlisted is the account of originators that no account lists. They are
	// then carried all the same: over plain loopback any of them, otherwise by
	// the certificate whose own User ID it is. Empty: they are not carried.
	Unlisted string
	// PerUser says that each User ID has its allocation to itself: a
	// certificate's own User ID then carries that one, not all of its
	// account's. Accounts named in Senders are carried whole.
	PerUser bool
}

// Directory says whose requests may be carried by whom. It never changes: a new
// policy has a new one: see Conduct.
type Directory struct {
	accounts map[duis.EUI64]int // the account of each User ID
	names    []string           // of the accounts
	senders  map[string][]int   // accounts named for a fingerprint or subject
	unlisted string             // the account of whoever has none; empty: there is none
	perUser  bool
}

// NewDirectory checks what a Directory is made of. The error joins everything
// that is wrong.
func NewDirectory(of Senders) (*Directory, error) {
	d := &Directory{
		accounts: make(map[duis.EUI64]int), senders: make(map[string][]int),
		unlisted: of.Unlisted, perUser: of.PerUser,
	}
	names := make(map[string]int)
	var errs []error
	for i, a := range of.Accounts {
		if first, taken := names[a.Name]; taken {
			errs = append(errs, fmt.Errorf("account %q: it is both the %dth and the %dth account; name each once", a.Name, first+1, i+1))
		}
		names[a.Name] = i
		d.names = append(d.names, a.Name)
		for _, u := range a.Users {
			if other, taken := d.accounts[u]; taken {
				errs = append(errs, fmt.Errorf("account %q: User ID %v already belongs to %q; a User ID belongs to one account",
					a.Name, u, of.Accounts[other].Name))
				continue
			}
			d.accounts[u] = i
		}
	}
	for _, s := range of.Senders {
		account, ok := names[s.Account]
		key, err := senderKey(s.Sender)
		switch {
		case err != nil:
			errs = append(errs, err)
		case !ok:
			errs = append(errs, fmt.Errorf("sender %q: there is no account %q; name one of the portfolio's", s.Sender, s.Account))
		default:
			d.senders[key] = append(d.senders[key], account)
		}
	}
	return d, errors.Join(errs...)
}

// senderKey brings a fingerprint into the form in which Identity has it, and
// leaves a subject as it is.
func senderKey(s string) (string, error) {
	s = strings.TrimSpace(s)
	if strings.Contains(s, "=") {
		return s, nil
	}
	hex := strings.ToLower(strings.ReplaceAll(s, ":", ""))
	if len(hex) != 64 || strings.Trim(hex, "0123456789abcdef") != "" {
		return "", fmt.Errorf("sender %q: neither a SHA-256 fingerprint nor a subject; "+
			"write 64 hexadecimal digits, as openssl x509 -fingerprint -sha256 prints them, or a subject such as CN=name,O=organisation", s)
	}
	return hex, nil
}

// grant is what one sender may carry, according to one Directory.
type grant struct {
	directory *Directory
	anybody   bool // plain loopback: nobody can tell who sends
	own       duis.EUI64
	hasOwn    bool
	accounts  []int // carried whole
}

// grant returns what the bearer of a certificate may carry; nil stands for
// plain loopback. It returns false for a certificate that nothing is known of.
func (d *Directory) grant(id *Identity) (grant, bool) {
	if id == nil {
		return grant{directory: d, anybody: true}, true
	}
	g := grant{directory: d, own: id.User, hasOwn: id.HasUser}
	g.accounts = append(g.accounts, d.senders[id.Fingerprint]...)
	g.accounts = append(g.accounts, d.senders[id.Subject]...)
	account, listed := d.accounts[id.User]
	listed = listed && id.HasUser
	if listed && !d.perUser {
		g.accounts = append(g.accounts, account)
	}
	return g, listed || len(g.accounts) > 0 || id.HasUser && d.unlisted != ""
}

// equal says whether two Directories say the same.
func (d *Directory) equal(o *Directory) bool {
	return d.unlisted == o.unlisted && d.perUser == o.perUser && slices.Equal(d.names, o.names) &&
		maps.Equal(d.accounts, o.accounts) && maps.EqualFunc(d.senders, o.senders, slices.Equal[[]int])
}

// admits says whether the originator is carried although no account lists it.
func (g *grant) admits(originator duis.EUI64) bool {
	if g.directory.unlisted == "" {
		return false
	}
	_, listed := g.directory.accounts[originator]
	return !listed
}

// carries says why a request of the originator may not be carried under this
// grant; nil: it may.
func (g *grant) carries(originator duis.EUI64) *refusal {
	account, listed := g.directory.accounts[originator]
	own := g.hasOwn && g.own == originator
	switch {
	case !listed && g.directory.unlisted == "":
		return refuse(unlisted, "the RequestID's originator %v is not in the portfolio; send under a User ID that is", originator)
	case g.anybody || own:
		return nil
	case listed:
		for _, a := range g.accounts {
			if a == account {
				return nil
			}
		}
	}
	return refuse(foreignOriginator, "the RequestID's originator %v is not one that this certificate may send for; "+
		"send with that User's certificate, or have this one named for its account among the senders", originator)
}
