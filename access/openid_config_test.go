package access

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const openIDSample = `issuer: https://login.example.org/dcc
client_id: srtm
client_secret_file: openid.secret
redirect: https://srtm.example.org/sign-in/openid/return
label: DCC
scopes: [profile]
name: preferred_username
skew: 30s
roles:
  - {claim: groups, value: srtm-operators, role: operator}
accounts:
  - {claim: organisation, value: Bravo Energy, account: BRAVO}
`

func TestOpenIDConfiguration(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("openid.secret", "s3cret\n")
	write("empty", "\n")
	o, err := ReadOpenID(write("openid.yaml", openIDSample))
	if err != nil || o.ClientSecret != "s3cret" || o.Skew.Seconds() != 30 || len(o.Roles) != 1 || o.Accounts[0].Account != "BRAVO" {
		t.Fatalf("%+v, %v", o, err)
	}
	for _, row := range []struct{ rule, old, new, says string }{
		{"an issuer without TLS", "https://login", "http://login", "issuer"},
		{"a return without TLS", "https://srtm", "http://srtm", "redirect"},
		{"no client", "client_id: srtm", "", "client_id"},
		{"a key that is not known", "label:", "lable:", "lable"},
		{"a Service User's role without an account", "role: operator", "role: service-user", "accounts"},
		{"a role that is not known", "role: operator", "role: root", "root"},
		{"no value", "value: srtm-operators, ", "", "value"},
		{"an account without a name", "account: BRAVO", "account: ''", "account"},
		{"clocks that differ by an hour", "skew: 30s", "skew: 1h", "skew"},
		{"a skew that is no time", "skew: 30s", "skew: some", "skew"},
		{"a secret that is not there", "openid.secret", "nowhere", "nowhere"},
		{"a secret that is empty", "openid.secret", "empty", "empty"},
		{"no YAML", "issuer:", "{", "cannot be read"},
	} {
		_, err := ReadOpenID(write("wrong.yaml", strings.Replace(openIDSample, row.old, row.new, 1)))
		if err == nil || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", row.rule, err)
		}
	}
	if _, err := Open(filepath.Join(dir, "access"), Options{OpenID: &OpenID{}}); err == nil {
		t.Error("a configuration with nothing in it is taken")
	}
	g, err := Open(filepath.Join(dir, "access"), Options{OpenID: o})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if _, first := g.FirstLink(); first || !g.HasOpenID() || g.OpenIDLabel() != "DCC" {
		t.Error("people sign in by OpenID Connect, and a first link is made")
	}
}

func TestOpenIDNames(t *testing.T) {
	for _, row := range []struct {
		rule, claim string
		c           claims
		name        string
	}{
		{"without a claim it is the subject", "", claims{"sub": "8f3c"}, "8f3c"},
		{"another claim", "upn", claims{"sub": "8f3c", "upn": "a.planner"}, "a.planner"},
		{"an address that is verified", "email", claims{"email": "a@example.org", "email_verified": true}, "a@example.org"},
		{"an address of which nothing is said", "email", claims{"email": "a@example.org"}, "a@example.org"},
		{"an address that is not verified", "email", claims{"email": "a@example.org", "email_verified": false}, ""},
		{"an address that is said to be verified oddly", "email", claims{"email": "a@example.org", "email_verified": "false"}, ""},
		{"no name", "upn", claims{"sub": "8f3c"}, ""},
		{"a name with a line break", "upn", claims{"upn": "a\nb"}, ""},
		{"a name with a comma", "upn", claims{"upn": "a, b"}, ""},
		{"a number", "upn", claims{"upn": 7.0}, ""},
		{"a name that is too long", "upn", claims{"upn": strings.Repeat("a", maxOutside+1)}, ""},
	} {
		name, err := OpenID{Name: row.claim}.name(row.c)
		if name != row.name || (err == nil) != (row.name != "") {
			t.Errorf("%s: %q, %v", row.rule, name, err)
		}
	}
}

func FuzzOpenIDConfiguration(f *testing.F) {
	f.Add([]byte(openIDSample))
	f.Add([]byte("issuer: &a [*a]"))
	f.Add([]byte("roles: [{claim: 1, value: 2, role: viewer}]"))
	secret := func(string) (string, error) { return "", errors.New("there is none") }
	f.Fuzz(func(t *testing.T, text []byte) {
		o, err := parseOpenID(text, secret)
		if err == nil && (o.check() != nil || o.ClientSecret != "") {
			t.Errorf("%+v", o)
		}
	})
}
