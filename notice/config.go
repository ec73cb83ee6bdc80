package notice

import (
	"crypto/x509"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Operators is who hears of everything.
const Operators = "operators"

// The bounds of a file of notices.
const (
	maxSubscriptions = 500
	maxAddresses     = 20 // of one subscription
	maxTargets       = 2000
)

// Configuration is a file of notices that was read and checked. It is not changed
// after that, and may be used by any number of goroutines.
type Configuration struct {
	Environment   string // as the policy's; stands in every notice
	Console       string // where to look; may be empty
	Subscriptions []Subscription
	Warnings      []string // what is doubtful, each with what would be better

	smtp    *smtpServer
	allow   []netip.Prefix // closed ranges that webhooks may reach nevertheless
	limits  limits
	targets map[string]target // by key
	order   []string          // their keys, as the file has them
}

// Subscription is who hears of which kinds, and where.
type Subscription struct {
	Name    string // unique in the file
	Who     string // an account, or Operators
	Kinds   []Kind
	Email   []string
	Webhook string // its URL; empty: none
}

// smtpServer is where mail is handed in.
type smtpServer struct {
	host           string
	port           int
	tls            string // starttls, implicit or none
	from           *mail.Address
	user, password string
	roots          *x509.CertPool // nil: the system's
}

// webhook is one receiver of signed requests.
type webhook struct {
	url     *url.URL
	secrets [][]byte       // the first signs first; a second one is on its way out
	roots   *x509.CertPool // nil: the system's
}

// limits are what holds notices back.
type limits struct {
	perHour     int
	approaching time.Duration
	giveUp      time.Duration
}

// target is one place that notices go to.
type target struct {
	Target
	key     string
	webhook *webhook // nil: an e-mail address
}

// Load reads and checks a file of notices and the files beside it that it names.
// The error holds all Problems at once.
func Load(file string) (*Configuration, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("reading the notices: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("reading the notices: %s is not a file", file)
	}
	text, err := readBounded(file, MaxFile+1)
	if err != nil {
		return nil, fmt.Errorf("reading the notices: %w", err)
	}
	return Parse(file, text, func(name string) (File, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(file), name)
		}
		return readSecretFile(name)
	})
}

// File is one that a file of notices names.
type File struct {
	Text   []byte
	Shared bool // other users of the machine may read it
}

// Parse is Load for a text; beside gives the files that it names.
func Parse(file string, text []byte, beside func(name string) (File, error)) (*Configuration, error) {
	r := &configReader{reader: reader{file: file}, beside: beside}
	c := &Configuration{Environment: "production", targets: make(map[string]target)}
	if root := r.tree(text); root != nil {
		r.configuration(root, c)
	}
	if err := r.result(); err != nil {
		return nil, err
	}
	c.Warnings = r.warnings
	return c, nil
}

// configReader knows what the keys of a file of notices mean.
type configReader struct {
	reader
	beside func(name string) (File, error)
}

func (r *configReader) configuration(root *yaml.Node, c *Configuration) {
	keys := r.mapping(root, "", "environment", "console", "smtp", "webhooks", "limits", "subscriptions")
	if text, ok := r.text(keys["environment"], "environment"); ok {
		if c.Environment = text; len(text) > 64 {
			r.wrong(keys["environment"], "environment", "the name is longer than 64 bytes", "write it as the policy does")
		}
	}
	if text, ok := r.text(keys["console"], "console"); ok {
		if u, err := url.Parse(text); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
			r.wrong(keys["console"], "console", "this is not the address of a console", "write it as https://srtm.example:9101")
		}
		c.Console = text
	}
	if keys["smtp"] != nil {
		c.smtp = r.smtp(keys["smtp"])
	}
	if keys["webhooks"] != nil {
		c.allow = r.allow(r.mapping(keys["webhooks"], "webhooks", "allow")["allow"])
	}
	c.limits = r.limits(keys["limits"])
	if keys["subscriptions"] == nil {
		r.wrong(root, "subscriptions", "there are no subscriptions", "write - {who: operators, email: ops@example.net}")
		return
	}
	for i, n := range r.items(keys["subscriptions"], "subscriptions", maxSubscriptions) {
		r.subscription(n, fmt.Sprintf("subscriptions[%d]", i), c)
	}
	if len(c.targets) > maxTargets {
		r.wrong(keys["subscriptions"], "subscriptions", fmt.Sprintf("there are %d addresses and webhooks", len(c.targets)), fmt.Sprintf("at most %d; use a mailing list", maxTargets))
	}
	r.doubts(c)
}

// doubts warns of what works but is hardly meant.
func (r *configReader) doubts(c *Configuration) {
	if !slices.ContainsFunc(c.Subscriptions, func(s Subscription) bool { return s.Who == Operators }) {
		r.warnings = append(r.warnings, "nobody is told as operators: alarms reach nobody; add a subscription with who: operators")
	}
	if c.Console == "" {
		r.warnings = append(r.warnings, "notices do not say where to look; add console: https://…")
	}
}

func (r *configReader) subscription(n *yaml.Node, path string, c *Configuration) {
	keys := r.mapping(n, path, "name", "who", "kinds", "email", "webhook")
	s := Subscription{}
	var ok bool
	if s.Who, ok = r.text(keys["who"], path+".who"); !ok {
		if keys["who"] == nil {
			r.wrong(n, path+".who", "it does not say who is told", "write an account's name, or operators")
		}
	} else if !accountForm.MatchString(s.Who) {
		r.wrong(keys["who"], path+".who", "this is not the name of an account", "1 to 64 letters, digits, and . _ -, or operators")
	}
	if s.Name, ok = r.text(keys["name"], path+".name"); !ok {
		s.Name = s.Who
	} else if !accountForm.MatchString(s.Name) {
		r.wrong(keys["name"], path+".name", "this is not a name", "1 to 64 letters, digits, and . _ -")
	}
	if slices.ContainsFunc(c.Subscriptions, func(o Subscription) bool { return o.Name == s.Name }) {
		r.wrong(n, path+".name", "there is a subscription of that name already", "give each a name of its own")
	}
	s.Kinds = r.kinds(keys["kinds"], path+".kinds", s.Who)
	r.addresses(keys["email"], path+".email", &s, c)
	if keys["webhook"] != nil {
		if hook := r.webhook(keys["webhook"], path+".webhook"); hook != nil {
			s.Webhook = hook.url.String()
			c.add(target{Target{s.Name, s.Who, "webhook", hook.url.Scheme + "://" + hook.url.Host}, s.Name + "/webhook", hook})
		}
	}
	if keys["email"] == nil && keys["webhook"] == nil {
		r.wrong(n, path, "it does not say where", "add email: or webhook:")
	}
	c.Subscriptions = append(c.Subscriptions, s)
}

func (c *Configuration) add(t target) {
	if _, twice := c.targets[t.key]; !twice {
		c.targets[t.key] = t
		c.order = append(c.order, t.key)
	}
}

// kinds are all that concern who, unless the file names some.
func (r *configReader) kinds(n *yaml.Node, path, who string) []Kind {
	all := Kinds()
	if who != Operators {
		all = slices.DeleteFunc(all, func(k Kind) bool { return k == Alarm })
	}
	if n == nil {
		return all
	}
	var list []Kind
	for i, item := range r.items(n, path, len(Kinds())) {
		text, ok := r.text(item, fmt.Sprintf("%s[%d]", path, i))
		switch {
		case !ok:
		case Kind(text) == Alarm && who != Operators:
			r.wrong(item, path, "alarms are for operators", "remove it: they would tell of others")
		case !slices.Contains(all, Kind(text)):
			r.wrong(item, path, "there is no such kind", "the kinds are "+kindList())
		default:
			list = append(list, Kind(text))
		}
	}
	return list
}

func (r *configReader) addresses(n *yaml.Node, path string, s *Subscription, c *Configuration) {
	if n != nil && c.smtp == nil && len(r.problems) == 0 {
		r.wrong(n, path, "there is no smtp server to send mail with", "add smtp: {server: mail.example.net:587, from: srtm@example.net}")
	}
	for i, item := range r.items(n, path, maxAddresses) {
		text, ok := r.text(item, fmt.Sprintf("%s[%d]", path, i))
		if !ok {
			continue
		}
		if address := bareAddress(text); address == nil {
			r.wrong(item, path, "this is not an e-mail address", "write it as ops@example.net, without a name")
			continue
		}
		s.Email = append(s.Email, text)
		c.add(target{Target{s.Name, s.Who, "mail", text}, s.Name + "/mail/" + text, nil})
	}
}

// bareAddress returns an address without a name, or nil.
func bareAddress(text string) *mail.Address {
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || len(text) > 254 || strings.ContainsAny(text, "\"\\ <>()/") {
		return nil
	}
	return a
}
