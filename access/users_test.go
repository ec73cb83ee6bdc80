package access

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

const sample = `{"format":1,
"persons":[{"name":"j.smith","id":"00ff","version":3,"roles":["operator","approver"],"added":"2026-11-03T02:00:00Z",
"password":"$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
"link":{"sha256":"0000000000000000000000000000000000000000000000000000000000000000","expires":"2026-11-04T02:00:00Z"}}],
"tokens":[{"name":"adapter","sha256":"1100000000000000000000000000000000000000000000000000000000000000","roles":["service-user"],"account":"BRAVO",
"made":"2026-11-03T02:00:00Z","expires":"2026-12-03T02:00:00Z"}]}`

func TestUsersFileIsStrict(t *testing.T) {
	if _, err := parseUsers([]byte(sample)); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ rule, old, new, says string }{
		{"another format is refused", `"format":1`, `"format":2`, "format is 2"},
		{"a field that is not known is refused", `"version":3`, `"version":3,"admin":true`, "admin"},
		{"a role that is not known is refused", `"approver"`, `"root"`, `no role "root"`},
		{"a role twice is refused", `"approver"`, `"operator"`, "twice"},
		{"no role is refused", `["operator","approver"]`, `[]`, "no role"},
		{"a Service User without an account is refused", `"account":"BRAVO",`, ``, "needs an account"},
		{"an account of an operator is refused", `"added"`, `"account":"BRAVO","added"`, "goes with the role"},
		{"a name that is not one is refused", `"j.smith"`, `"J. Smith"`, "a-z"},
		{"a name of another means is refused", `"j.smith"`, `"token:local"`, "a-z"},
		{"a person twice is refused", `"persons":[`, `"persons":[{"name":"j.smith","id":"1","version":0,"roles":["viewer"],"added":"2026-11-03T02:00:00Z"},`, "twice"},
		{"a token twice is refused", `"tokens":[`, `"tokens":[{"name":"adapter","roles":["viewer"]},`, "twice"},
		{"a password in the clear is refused", `"$argon2id$`, `"$plain$`, "argon2id"},
		{"a hash that would cost too much is refused", `m=19456`, `m=99999`, "m=99999"},
		{"a SHA-256 that is too short is refused", `"sha256":"11`, `"sha256":"1`, "SHA-256"},
		{"a type that is not right is refused", `"version":3`, `"version":"3"`, "version"},
		{"something behind the end is refused", `2026-12-03T02:00:00Z"}]}`, `2026-12-03T02:00:00Z"}]} {}`, "after its end"},
		{"half a file is refused", `"tokens":[`, `"tokens"`, "JSON"},
	} {
		text := strings.Replace(sample, row.old, row.new, 1)
		if text == sample {
			t.Fatalf("%s: nothing was replaced", row.rule)
		}
		if _, err := parseUsers([]byte(text)); err == nil || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "AAAA") {
			t.Errorf("%s: %v", row.rule, err)
		}
	}
	if _, err := parseUsers(bytes.Repeat([]byte(" "), maxBytes+1)); err == nil {
		t.Error("a file that is too long is read")
	}
}

func TestUsersAreBounded(t *testing.T) {
	u := users{Format: format, Persons: make([]user, maxPersons+1)}
	if err := u.check(); err == nil {
		t.Error("too many persons")
	}
	u = users{Format: format, Tokens: make([]token, maxTokens+1)}
	if err := u.check(); err == nil {
		t.Error("too many tokens")
	}
}

func TestNamesAndAccounts(t *testing.T) {
	for name, good := range map[string]bool{
		"j": true, "j.smith": true, "0x": true, "0": false, "4.2": false, "vend@bravo-energy.example": true, strings.Repeat("a", maxName): true,
		"": false, strings.Repeat("a", maxName+1): false, "J": false, ".a": false, "-role": false, "a b": false, "a\n": false, "a:b": false, "é": false,
	} {
		if err := checkName(name); (err == nil) != good {
			t.Errorf("the name %q: %v", name, err)
		}
	}
	for account, good := range map[string]bool{"BRAVO": true, "Bravo Énergie": true, "a\x00": false, "a\nb": false, "\xff": false, strings.Repeat("A", maxAccount+1): false} {
		if err := checkAccount(account); (err == nil) != good {
			t.Errorf("the account %q: %v", account, err)
		}
	}
}

func TestChangesThatAreRefusedChangeNothing(t *testing.T) {
	w := newWorld(t, Options{})
	w.add("j.smith", Operator)
	before, _ := json.Marshal(w.users())
	for what, err := range map[string]error{
		"a person again":          second(w.Add(Grant{Name: "j.smith", Roles: []Role{Viewer}})),
		"a person without a role": second(w.Add(Grant{Name: "k", Roles: nil})),
		"a name that is none":     second(w.Add(Grant{Name: "K", Roles: []Role{Viewer}})),
		"an account for all":      w.SetRoles(Grant{Name: "j.smith", Roles: []Role{Operator}, Account: "BRAVO"}),
		"roles of nobody":         w.SetRoles(Grant{Name: "k", Roles: []Role{Operator}}),
		"removing nobody":         w.Remove("k"),
		"inviting nobody":         second(w.Invite("k")),
		"no such token":           w.RemoveToken("k"),
		"a token without a role":  second(w.Token(Grant{Name: "k"}, w.at.Add(time.Hour))),
	} {
		if err == nil {
			t.Errorf("%s: taken", what)
		}
	}
	if after, _ := json.Marshal(w.users()); !bytes.Equal(before, after) {
		t.Errorf("before %s, after %s", before, after)
	}
}

func second(_ string, err error) error { return err }

func FuzzUsers(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(`{"format":1}`))
	f.Add([]byte(`{"format":1,"persons":[{"name":"a","id":"1","roles":["viewer"],"added":"2026-11-03T02:00:00Z"}]}`))
	f.Add([]byte(`{"format":1}{"format":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		u, err := parseUsers(text)
		if err != nil {
			return
		}
		for _, p := range u.Persons {
			if !p.person().sound() {
				t.Errorf("a person who cannot be: %+v", p)
			}
		}
		written, err := json.Marshal(u)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := parseUsers(written)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if twice, err := json.Marshal(again); err != nil || !bytes.Equal(written, twice) {
			t.Errorf("written %s, then %s", written, twice)
		}
	})
}

// FuzzCredentials looks for headers that make somebody of nobody.
func FuzzCredentials(f *testing.F) {
	w := newWorld(f, Options{})
	secret, err := w.Token(Grant{Name: "nightly", Roles: []Role{Viewer}}, w.at.Add(time.Hour))
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"", "Bearer ", "Bearer srtm_", "bearer srtm_" + strings.Repeat("A", 43), "Basic YTpi", "Bearer\t" + strings.Repeat("A", 48)} {
		f.Add(s, "srtm="+strings.Repeat("A", 43))
	}
	f.Fuzz(func(t *testing.T, authorization, cookie string) {
		if strings.Contains(authorization, secret) {
			return
		}
		r := request(office)
		r.Header = http.Header{"Authorization": {authorization}, "Cookie": {cookie}}
		if p, ok := w.whois(r); ok {
			t.Errorf("%q and %q make %+v", authorization, cookie, p)
		}
		if given, ok := bearer(r); ok && isToken(given) && len(given) != len(secret) {
			t.Errorf("taken for a token: %q", given)
		}
	})
}

func FuzzHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=8,t=2,p=1$$")
	f.Fuzz(func(t *testing.T, text string) {
		if h, err := parseHash(text); err == nil && (h.String() != text || h.memory > most().memory || h.passes > most().passes) {
			t.Errorf("%q is read as %s", text, h)
		}
	})
}
