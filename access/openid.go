package access

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// OpenID is how people sign in by OpenID Connect.
type OpenID struct {
	Issuer       string        // https://…, as the provider's tokens name it
	ClientID     string        // that the provider gave this client
	ClientSecret string        // empty: a public client, by PKCE alone
	Redirect     string        // the console's own address for the return, https://…/sign-in/openid/return
	Label        string        // what the sign-in page calls the provider
	Scopes       []string      // asked for beside openid
	Name         string        // the claim that a person is called by; empty: sub
	Roles        []RoleRule    // what gives roles
	Accounts     []AccountRule // what makes somebody a Service User's
	Skew         time.Duration // by how much the provider's clock may differ; 0: one minute
	HTTP         *http.Client  // nil: one of its own with bounds
}

// RoleRule gives a role to everybody of whom a claim has a value: it is the
// value, or a list that contains it.
type RoleRule struct {
	Claim, Value string
	Role         Role // any but ServiceUser
}

// AccountRule makes somebody of whom a claim has a value a Service User's.
type AccountRule struct{ Claim, Value, Account string }

// defaultSkew is how far a provider's clock may differ where nothing is said.
const defaultSkew = time.Minute

// check says what is wrong with a configuration.
func (o OpenID) check() error {
	if err := errors.Join(checkURL("issuer", o.Issuer), checkURL("redirect", o.Redirect)); err != nil {
		return err
	}
	switch {
	case o.ClientID == "":
		return errors.New("client_id is missing: the name that the provider gave this client")
	case len(o.Roles)+len(o.Accounts) == 0:
		return errors.New("there are neither roles nor accounts: nobody who signs in could do anything")
	case o.Skew < 0 || o.Skew > 5*time.Minute:
		return fmt.Errorf("the skew %v: clocks may differ by 0 to 5m", o.Skew)
	}
	for _, r := range o.Roles {
		if r.Claim == "" || r.Value == "" || r.Role == ServiceUser || grants(r.Role) == nil {
			return fmt.Errorf("the role %.40q for the claim %.40q: it needs a claim, a value and one of viewer, operator, approver, investigator; Service Users stand under accounts", r.Role, r.Claim)
		}
	}
	for _, a := range o.Accounts {
		if a.Claim == "" || a.Value == "" || a.Account == "" {
			return fmt.Errorf("the account %.40q for the claim %.40q: it needs a claim, a value and an account", a.Account, a.Claim)
		}
		if err := checkAccount(a.Account); err != nil {
			return err
		}
	}
	return nil
}

// checkURL says whether secrets may be sent there: by TLS, or on this machine.
func checkURL(what, text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !onLoopback(u.Host)) {
		return fmt.Errorf("%s %.200q: it has to be an https:// address, or http:// on loopback", what, text)
	}
	return nil
}

func onLoopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// claims are what an ID token says about a person.
type claims map[string]any

// ErrNoRole is what somebody is refused with whom the provider knows, and to whom
// the configuration gives neither role nor account.
var ErrNoRole = errors.New("the provider knows this person, but no role or account is configured for it")

// person says who that is here.
func (o OpenID) person(c claims) (Person, error) {
	name, err := o.name(c)
	if err != nil {
		return Person{}, err
	}
	p := Person{Name: outside(ByOpenID, name), By: ByOpenID}
	for _, rule := range o.Roles {
		if c.has(rule.Claim, rule.Value) && !slices.Contains(p.Roles, rule.Role) {
			p.Roles = append(p.Roles, rule.Role)
		}
	}
	for _, rule := range o.Accounts {
		if !c.has(rule.Claim, rule.Value) || p.Account == rule.Account {
			continue
		}
		if p.Account != "" {
			return Person{}, fmt.Errorf("%s would be of two accounts, %s and %s", p.Name, p.Account, rule.Account)
		}
		p.Account = rule.Account
	}
	if p.Account != "" {
		p.Roles = append(p.Roles, ServiceUser)
	}
	if len(p.Roles) == 0 {
		return p, fmt.Errorf("%s: %w", p.Name, ErrNoRole)
	}
	if err := checkRoles(p.Roles, p.Account); err != nil {
		return Person{}, fmt.Errorf("%s: %w", p.Name, err)
	}
	return p, nil
}

// name returns what a person is called. An e-mail address that the provider has
// not verified is anybody's.
func (o OpenID) name(c claims) (string, error) {
	claim := o.Name
	if claim == "" {
		claim = "sub"
	}
	name, _ := c.value(claim).(string)
	if verified, said := c["email_verified"]; claim == "email" && said && verified != true && verified != "true" {
		return "", errors.New("the provider has not verified the e-mail address")
	}
	if name == "" || len(name) > maxOutside || asName(name) != name {
		return "", fmt.Errorf("the claim %s has no name of letters, digits, spaces and the signs .'-()&/@+_: in at most %d octets", claim, maxOutside)
	}
	return name, nil
}

// has says whether a claim has a value, or a list with it.
func (c claims) has(claim, value string) bool {
	switch v := c.value(claim).(type) {
	case string:
		return v == value
	case []any:
		return slices.Contains(v, any(value))
	}
	return false
}

// value returns a claim: by its name, or else by a path with dots through
// objects, such as realm_access.roles.
func (c claims) value(claim string) any {
	if v, ok := c[claim]; ok {
		return v
	}
	first, rest, nested := strings.Cut(claim, ".")
	if inner, ok := c[first].(map[string]any); nested && ok {
		return claims(inner).value(rest)
	}
	return nil
}
