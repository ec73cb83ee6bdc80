package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"srtm/access"
	"srtm/console"
	"srtm/gateway"
	"srtm/journal"
	"srtm/policy"
	"srtm/traffic"
)

// consoleFlags say where the console is, and who may use it.
type consoleFlags struct {
	Admin         string `default:"127.0.0.1:9101" placeholder:"ADDR" help:"Console, API, health and metrics (${default}); other than loopback needs TLS."`
	AdminCert     string `name:"admin-cert" placeholder:"PEM" help:"Certificate of the admin listener."`
	AdminKey      string `name:"admin-key" placeholder:"PEM" help:"Its key."`
	AdminClientCA string `name:"admin-client-ca" placeholder:"PEM" help:"Authorities that Service Users' certificates are verified against: one that has a User ID of the portfolio sees its own account."`
	AdminOpen     bool   `name:"admin-open" help:"Nobody signs in: whoever reaches the admin address, on loopback only, may see and do everything."`
	OpenID        string `name:"openid" placeholder:"FILE" help:"People sign in by OpenID Connect, as this file says."`
}

func (f consoleFlags) address() console.Address {
	return console.Address{Addr: f.Admin, Guarded: !f.AdminOpen, Certificates: console.Certificates{Cert: f.AdminCert, Key: f.AdminKey, ClientCA: f.AdminClientCA}}
}

// check says what is wrong with the flags.
func (f consoleFlags) check() error {
	if f.AdminOpen && f.OpenID != "" {
		return errors.New("--admin-open has nobody sign in and --openid says how they do; leave one out")
	}
	return f.address().Check()
}

// gate opens the folder of who may use the console, or returns nil where nobody
// signs in.
func (f consoleFlags) gate(b *books, inForce func() *policy.Policy) (*access.Gate, error) {
	if f.AdminOpen {
		return nil, nil
	}
	o := access.Options{Secure: f.AdminCert != "", Logger: b.log, Record: (&accessRecorder{books: b}).record, Certificate: func(c *x509.Certificate) (string, string, bool) { return accountOf(c, inForce()) }}
	if f.OpenID != "" {
		var err error
		if o.OpenID, err = access.ReadOpenID(f.OpenID); err != nil {
			return nil, fmt.Errorf("--openid: %w", err)
		}
	}
	g, err := access.Open(accessFolder(b.data), o)
	return g, folderHelp(b.data, err)
}

// accountOf is the account whose User ID a certificate has.
func accountOf(c *x509.Certificate, p *policy.Policy) (account, name string, ok bool) {
	id := gateway.Identify(c)
	if !id.HasUser {
		return "", "", false
	}
	for _, a := range p.Accounts {
		for _, user := range a.Users() {
			if user == uint64(id.User) {
				return a.Name, id.Subject, true
			}
		}
	}
	return "", "", false
}

// openConsole listens on the admin address.
func (d *door) openConsole(f consoleFlags) (err error) {
	if d.admin, err = console.Listen(f.address()); err != nil {
		return err
	}
	if d.gate, err = f.gate(d.books, d.policy); err != nil {
		return errors.Join(err, d.admin.Close())
	}
	source := console.Source{
		Version: version,
		Policy:  d.policy,
		Traffic: d.controller.Snapshot,
		Door:    func() console.Door { return consoleDoor(d.gateway.Stats()) },
		Journal: d.books.journal.Stats,
		Head:    func() (*journal.Head, string) { return d.books.journal.Head(), d.books.journal.Key() },
		Offset:  func() time.Duration { return d.books.offsetNow().Round(time.Millisecond) },
		Period:  d.period,
		Ready:   d.ready,
		Now:     func() time.Time { return time.Unix(0, d.clock()).UTC() },

		Gate:       d.gate,
		Recent:     d.recent,
		Acts:       d.amendments.acts,
		Amendments: d.amendments,
		Beside:     d.beside,
		Judge:      newJudged(journalFolder(d.books.data)).judge,
		Alarms:     d.lookout.alarms,
	}
	d.past(&source)
	d.office(&source)
	d.console = console.New(source, d.log)
	return nil
}

// sayFirstLink prints the one-time link by which the first person comes to be,
// where there is none yet.
func (d *door) sayFirstLink(f consoleFlags, out io.Writer) {
	if d.gate == nil {
		return
	}
	if token, first := d.gate.FirstLink(); first {
		scheme := "http"
		if f.AdminCert != "" {
			scheme = "https"
		}
		fmt.Fprintf(out, "srtm: nobody can sign in yet. This link makes the first person, once, within 24 hours:\n  %s://%v%s\n", scheme, reachable(d.admin.Addr()), access.LinkPath(token))
	}
}

// reachable writes an address as a browser on this machine reaches it.
func reachable(a net.Addr) string {
	tcp, is := a.(*net.TCPAddr)
	if !is || !tcp.IP.IsUnspecified() {
		return a.String()
	}
	name, err := os.Hostname()
	if err != nil {
		name = "localhost"
	}
	return net.JoinHostPort(name, fmt.Sprint(tcp.Port))
}

// seen is a Controller whose decisions the console may show afterwards.
type seen struct {
	gateway.Controller
	recent *console.Recent
	mu     sync.Mutex
	policy uint32   // whose accounts names has
	names  []string // by Decision.Account
}

// Admit decides, and remembers what was decided.
func (s *seen) Admit(at int64, r traffic.Request) (traffic.Decision, bool) {
	d, ok := s.Controller.Admit(at, r)
	if ok {
		s.recent.Saw(s.nameOf(&d), r, d)
	}
	return d, ok
}

func (s *seen) nameOf(d *traffic.Decision) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.Policy != s.policy {
		snapshot := s.Controller.Snapshot(nil)
		s.names = s.names[:0]
		for _, a := range snapshot.Rules.Accounts {
			s.names = append(s.names, a.Name)
		}
		s.policy = snapshot.Policy
	}
	if int(d.Account) >= len(s.names) { // rules changed since
		return ""
	}
	return s.names[d.Account]
}

// adminFlags say which gateway, and by what right.
type adminFlags struct {
	Admin     string `default:"127.0.0.1:9101" placeholder:"ADDR" help:"The gateway's admin address, also https://host:port (${default})."`
	AdminCA   string `name:"admin-ca" placeholder:"PEM" help:"Authorities for an https admin address; default the system's."`
	TokenFile string `name:"token-file" env:"SRTM_TOKEN_FILE" placeholder:"FILE" help:"A file with an API token (srtm user token); default $$SRTM_TOKEN_FILE, then that of the folder --data."`
	Data      string `placeholder:"DIR" help:"The gateway's data folder, on its own machine: whoever may read it needs no other token."`
}

// token is what the gateway is shown; empty: nothing.
func (f adminFlags) token() (string, error) {
	if f.TokenFile != "" {
		text, err := os.ReadFile(f.TokenFile)
		if err != nil {
			return "", usageError{fmt.Errorf("--token-file: %w", err)}
		}
		return strings.TrimSpace(string(text)), nil
	}
	if f.Data == "" {
		return "", nil
	}
	token, err := access.LocalToken(accessFolder(f.Data))
	return token, folderHelp(f.Data, err)
}

// url is where the API is.
func (f adminFlags) url(path string) string {
	admin := strings.TrimSuffix(f.Admin, "/")
	if !strings.HasPrefix(admin, "http://") && !strings.HasPrefix(admin, "https://") {
		admin = "http://" + admin
	}
	return admin + "/api/v1/" + path
}

// send sends a request to the gateway's API.
func (f adminFlags) send(r *http.Request) (*http.Response, error) {
	token, err := f.token()
	if err != nil {
		return nil, err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	client := http.Client{Timeout: 2 * time.Minute}
	if f.AdminCA != "" {
		text, err := os.ReadFile(f.AdminCA)
		if err != nil {
			return nil, usageError{fmt.Errorf("--admin-ca: %w", err)}
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(text) {
			return nil, usageError{fmt.Errorf("--admin-ca %s has no certificate in PEM", f.AdminCA)}
		}
		client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask the gateway at %s: %w\nhint: is it running, and is this its --admin address?", f.Admin, err)
	}
	if resp.StatusCode == http.StatusUnauthorized {
		defer resp.Body.Close()
		return nil, fmt.Errorf("%s wants to know who asks\nhint: give --data, the gateway's data folder, on its own machine; or --token-file with a token that srtm user token made", f.Admin)
	}
	return resp, nil
}
