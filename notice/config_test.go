package notice_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"srtm/notice"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="

const whole = `environment: sit
console: https://srtm.example:9101
smtp: {server: "mail.example.net:587", from: srtm <srtm@example.net>, user: srtm, password_file: password}
webhooks: {allow: [10.1.0.0/16, 127.0.0.1]}
limits: {per_hour: 30, approaching: 5m, give_up: 12h}
subscriptions:
- who: operators
  email: [ops@example.net, night@example.net]
- {who: ALPHA, kinds: [active, released], email: ops@alpha.example, webhook: {url: "https://hooks.alpha.example/srtm", secret_file: alpha.secret}}
- {name: bravo-desk, who: BRAVO, email: desk@bravo.example}
`

// beside gives the files that the texts of these tests name.
func beside(name string) (notice.File, error) {
	files := map[string]notice.File{
		"password": {Text: []byte("swordfish\n")}, "alpha.secret": {Text: []byte(secret + "\n")},
		"two.secret": {Text: []byte(secret + "\n" + secret)}, "three.secret": {Text: []byte(secret + "\n" + secret + "\n" + secret)},
		"short.secret": {Text: []byte("whsec_AAAA")}, "plain.secret": {Text: []byte("topsecretvalue")}, "open.secret": {Text: []byte(secret), Shared: true},
		"empty": {}, "ca.pem": {Text: []byte("no certificate")},
	}
	f, ok := files[name]
	if !ok {
		return f, os.ErrNotExist
	}
	return f, nil
}

func TestConfiguration(t *testing.T) {
	c, err := notice.Parse("notices.yaml", []byte(whole), beside)
	if err != nil {
		t.Fatal(err)
	}
	if c.Environment != "sit" || c.Console != "https://srtm.example:9101" || len(c.Subscriptions) != 3 || len(c.Warnings) != 0 {
		t.Errorf("%+v", c)
	}
	if s := c.Subscriptions[0]; s.Name != "operators" || !slices.Equal(s.Kinds, notice.Kinds()) {
		t.Errorf("operators hear of everything: %+v", s)
	}
	if s := c.Subscriptions[2]; s.Name != "bravo-desk" || slices.Contains(s.Kinds, notice.Alarm) || len(s.Kinds) != len(notice.Kinds())-1 {
		t.Errorf("an account hears of everything but alarms: %+v", s)
	}
}

func TestConfigurationIsStrict(t *testing.T) {
	const sub = "subscriptions:\n- {who: ALPHA, webhook: {url: \"https://a.example/\", secret_file: alpha.secret}}\n"
	hook := func(url, file string) string {
		return "subscriptions:\n- {who: ALPHA, webhook: {url: \"" + url + "\", secret_file: " + file + "}}\n"
	}
	for _, row := range []struct{ rule, text, want string }{
		{"an unknown key has a line and a hint", sub + "subscription: []\n", "notices.yaml:3:1: subscription: there is no such key; did you mean subscriptions?"},
		{"a key twice", sub + "console: https://a\nconsole: https://b\n", "4:1: console: the key is there twice, first in line 3"},
		{"an unknown kind", "subscriptions: [{who: operators, email: a@b.example, kinds: [activ]}]\n", "there is no such kind"},
		{"alarms are for operators", "subscriptions: [{who: ALPHA, email: a@b.example, kinds: [alarm]}]\n", "alarms are for operators"},
		{"nobody", "subscriptions: [{email: a@b.example}]\n", "it does not say who is told"},
		{"nowhere", "subscriptions: [{who: ALPHA}]\n", "it does not say where"},
		{"no subscriptions", "environment: sit\n", "there are no subscriptions"},
		{"mail without a server", "subscriptions: [{who: ALPHA, email: a@b.example}]\n", "there is no smtp server"},
		{"not an address", "smtp: {server: 'm:25', from: a@b.example}\nsubscriptions: [{who: ALPHA, email: nobody}]\n", "this is not an e-mail address"},
		{"an address with a name", "smtp: {server: 'm:25', from: a@b.example}\nsubscriptions: [{who: ALPHA, email: 'A <a@b.example>'}]\n", "this is not an e-mail address"},
		{"two subscriptions of one name", sub + "- {who: ALPHA, webhook: {url: 'https://b.example/', secret_file: alpha.secret}}\n", "give each a name of its own"},
		{"http off loopback", hook("http://a.example/", "alpha.secret"), "use https"},
		{"http to a private address", hook("http://10.0.0.1/", "alpha.secret"), "use https"},
		{"another scheme", hook("ftp://a.example/", "alpha.secret"), "webhooks go over https"},
		{"credentials in a URL", hook("https://u:p@a.example/", "alpha.secret"), "credentials"},
		{"no host", hook("https:///x", "alpha.secret"), "this is not the URL of a webhook"},
		{"no secret", "subscriptions: [{who: A, webhook: {url: 'https://a.example'}}]\n", "there is no secret to sign with"},
		{"a missing secret", hook("https://a.example/", "none"), "the file cannot be read"},
		{"a short secret", hook("https://a.example/", "short.secret"), "the file holds no secret of this form"},
		{"three secrets", hook("https://a.example/", "three.secret"), "3 secrets"},
		{"a range that opens everything", sub + "webhooks: {allow: [0.0.0.0/0]}\n", "wider than any that is closed"},
		{"a public range", sub + "webhooks: {allow: [8.8.8.0/24]}\n", "open already"},
		{"mail in the clear over the network", sub + "smtp: {server: 'mail.example:25', from: a@b.example, tls: none}\n", "in the clear"},
		{"a password in the clear", sub + "smtp: {server: '127.0.0.1:25', from: a@b.example, tls: none, user: u, password_file: password}\n", "in the clear"},
		{"a user without a password", sub + "smtp: {server: 'm:25', from: a@b.example, user: u}\n", "go together"},
		{"an empty password", sub + "smtp: {server: 'm:25', from: a@b.example, user: u, password_file: empty}\n", "not one line"},
		{"no certificates", sub + "smtp: {server: 'm:25', from: a@b.example, ca_file: ca.pem}\n", "no certificate"},
		{"no port", sub + "smtp: {server: mail.example, from: a@b.example}\n", "this is not a server"},
		{"too many an hour", sub + "limits: {per_hour: 4000}\n", "1 to 3600"},
		{"given up at once", sub + "limits: {give_up: 1s}\n", "1m to 168h"},
		{"a line break in a value", sub + "environment: \"a\\r\\nBcc: x@y.example\"\n", "one plain line"},
		{"an anchor", sub + "environment: &x sit\n", "anchors are not allowed"},
		{"a second document", sub + "---\na: 1\n", "a second document"},
		{"nothing", "", "the file is empty"},
		{"not YAML", "a: [", "not YAML"},
	} {
		_, err := notice.Parse("notices.yaml", []byte(row.text), beside)
		var problems notice.Problems
		if !errors.As(err, &problems) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %q", row.rule, err, row.want)
		}
		if err != nil && strings.Contains(err.Error(), "topsecret") {
			t.Errorf("%s: shows a secret: %v", row.rule, err)
		}
	}
	if _, err := notice.Parse("n", []byte(hook("https://a.example/", "plain.secret")), beside); err == nil || strings.Contains(err.Error(), "topsecret") {
		t.Errorf("a secret of another form is refused and not shown: %v", err)
	}
}

func TestWarnings(t *testing.T) {
	text := "subscriptions: [{who: ALPHA, webhook: {url: 'https://a.example/', secret_file: open.secret}}]\n"
	c, err := notice.Parse("notices.yaml", []byte(text), beside)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(c.Warnings, "\n")
	for _, want := range []string{"chmod 600", "alarms reach nobody", "where to look"} {
		if !strings.Contains(all, want) {
			t.Errorf("no warning of %q: %s", want, all)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"notices.yaml": whole, "password": "swordfish\n", "alpha.secret": secret} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := notice.Load(filepath.Join(dir, "notices.yaml")); err != nil {
		t.Error(err)
	}
	if _, err := notice.Load(dir); err == nil {
		t.Error("a folder was read")
	}
	if _, err := notice.Load(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func FuzzConfiguration(f *testing.F) {
	f.Add(whole)
	f.Add("subscriptions: [{who: A, webhook: {url: 'http://127.0.0.1/', secret_file: two.secret, ca_file: ca.pem}}]\nwebhooks: {allow: ['::1', fe80::/64]}\n")
	f.Add("a: &x [*x]\n<<: {b: !!str 1}\n")
	f.Add("subscriptions:\n- who: \"\\u202e\"\n  email: [1, null, ~]\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := notice.Parse("n.yaml", []byte(text), beside)
		if err == nil {
			if len(c.Subscriptions) == 0 || strings.ContainsAny(c.Environment, "\r\n") {
				t.Errorf("%+v", c)
			}
			return
		}
		var problems notice.Problems
		if !errors.As(err, &problems) || len(problems) == 0 || len(problems) > 100 {
			t.Fatalf("%T of %d: %v", err, len(problems), err)
		}
		for _, p := range problems {
			if p.Line < 1 || p.Column < 1 || p.Wrong == "" || p.Right == "" || strings.ContainsAny(p.Error(), "\r\n\x00") {
				t.Errorf("%q", p.Error())
			}
		}
	})
}
