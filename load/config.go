package load

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"srtm/duis"
	"srtm/policy"
	"srtm/scenario"
)

// Config is what a Player needs to know besides the scenario.
type Config struct {
	Target      string // where the requests go: http://HOST:PORT or https://HOST:PORT, no path
	Services    Services
	Users       []User            // at least those that the scenario names
	RefusalCode duis.ResponseCode // a 2xx answer with this code counts as throttled; zero: none does

	Connections int // of one Service User, and so its most sends on the way at once; 0: 2048
	OnTheWay    int // the most sends of all Service Users on the way at once; 0: 4096
	Waiting     int // the most messages, of all Service Users, that wait to be sent (again); 0: 1,048,576
	Keep        int // how many of the last seconds Result tells one by one; 0: 3600

	// Counter is what the counters of RequestIDs start above, so that a
	// later run repeats none. 0: nanoseconds since 1970 when Play begins.
	Counter uint64
}

// Services are the paths of the three web services.
type Services struct{ SendCommand, NonDevice, Transform string }

// User is one Service User as the other side knows it.
type User struct {
	Account string
	UserID  duis.EUI64  // the originator of its requests
	TLS     *tls.Config // for a https target: its client certificate and whom it trusts; nil: the system's roots
}

// FromPolicy makes a Config of a policy: its accounts, each with its first User
// ID, and the paths of its services. Client certificates are the caller's to
// add.
func FromPolicy(p *policy.Policy, target string) Config {
	config := Config{
		Target:      target,
		Services:    Services{p.Services.SendCommand, p.Services.NonDevice, p.Services.Transform},
		RefusalCode: p.Refusal.Code,
	}
	for _, account := range p.Accounts {
		if ids := account.Users(); len(ids) > 0 {
			config.Users = append(config.Users, User{Account: account.Name, UserID: duis.EUI64(ids[0])})
		}
	}
	return config
}

// withDefaults fills in what was left 0.
func (c Config) withDefaults() Config {
	fill := func(n *int, value int) {
		if *n == 0 {
			*n = value
		}
	}
	fill(&c.Connections, 2048)
	fill(&c.OnTheWay, 4096)
	fill(&c.Waiting, 1<<20)
	fill(&c.Keep, 3600)
	return c
}

func (c *Config) check() error {
	if least := min(c.Connections, c.OnTheWay, c.Waiting, c.Keep); least < 0 {
		return fmt.Errorf("a bound of %d sends, messages or seconds is below 0; 0 means the default", least)
	}
	for _, path := range []string{c.Services.SendCommand, c.Services.NonDevice, c.Services.Transform} {
		if !strings.HasPrefix(path, "/") {
			return fmt.Errorf("the service's path %q does not begin with /", path)
		}
	}
	_, err := c.address()
	return err
}

// address returns the target's host and port.
func (c *Config) address() (string, error) {
	u, err := url.Parse(c.Target)
	if err != nil {
		return "", fmt.Errorf("the target: %w; write it as http://127.0.0.1:8080", err)
	}
	ports := map[string]string{"http": "80", "https": "443"}
	if ports[u.Scheme] == "" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return "", fmt.Errorf("the target %q is not http://HOST:PORT or https://HOST:PORT; it takes no path: those of the services are the policy's", c.Target)
	}
	port := u.Port()
	if port == "" {
		port = ports[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}

// users returns the scenario's Service Users as the other side knows them, in
// the scenario's order.
func (c *Config) users(s *scenario.Scenario) ([]User, error) {
	known := make(map[string]User, len(c.Users))
	var names []string
	for _, u := range c.Users {
		known[u.Account] = u
		names = append(names, u.Account)
	}
	users := make([]User, len(s.Users))
	for i, u := range s.Users {
		found, ok := known[u.Account]
		if !ok {
			return nil, fmt.Errorf("the scenario's Service User %q is not in the policy's portfolio; there are %s", u.Account, shortList(names))
		}
		users[i] = found
	}
	return users, nil
}

// checkMessages finds variants that the scenario sends and no message is there
// for.
func checkMessages(m *Messages, s *scenario.Scenario) error {
	for _, u := range s.Users {
		for _, part := range u.Traffic {
			for _, share := range part.Mix {
				if !m.Has(share.Variant, share.Variant.CommandVariant()) {
					var have []string
					for _, v := range m.Variants() {
						have = append(have, v.String())
					}
					return fmt.Errorf("the Service User %q sends variant %v, for which there is no message; there are messages for %s",
						u.Account, share.Variant, strings.Join(have, ", "))
				}
			}
		}
	}
	return nil
}

func shortList(names []string) string {
	const most = 20
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// New makes a player of a scenario that has passed Check. An error says what in
// the config or the scenario cannot be played.
func New(config Config, s *scenario.Scenario) (*Player, error) {
	p, err := newPlayer(config.withDefaults(), s)
	if err != nil {
		return nil, fmt.Errorf("prepare to play a scenario: %w", err)
	}
	return p, nil
}

func newPlayer(config Config, s *scenario.Scenario) (*Player, error) {
	if err := errors.Join(s.Check(), config.check()); err != nil {
		return nil, err
	}
	messages, err := NewMessages(time.Now())
	if err != nil {
		return nil, err
	}
	if err := checkMessages(messages, s); err != nil {
		return nil, err
	}
	users, err := config.users(s)
	if err != nil {
		return nil, err
	}
	p := &Player{config: config, scenario: s, messages: messages, waiting: newWaiting(config.Waiting), lateness: newTimes()}
	for i, user := range users {
		caller, err := newCaller(&p.config, user, &p.wires)
		if err != nil {
			return nil, err
		}
		p.callers = append(p.callers, caller)
		p.tallies = append(p.tallies, newTally(s.Users[i].Account, config.Keep))
	}
	return p, nil
}
