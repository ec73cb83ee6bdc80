package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"srtm/duis"
	"srtm/gateway"
	"srtm/policy"
)

// gatewayCmd runs the gateway.
type gatewayCmd struct {
	Policy string `required:"" placeholder:"FILE" help:"The policy file; portfolio and senders lie beside it."`
	Listen string `required:"" placeholder:"ADDR" help:"Where Service Users send to, such as 127.0.0.1:8080; other than loopback needs TLS."`
	DSP    string `required:"" name:"dsp" placeholder:"URL" help:"The DSP, scheme://host:port without a path."`
	Data   string `required:"" placeholder:"DIR" help:"Where the gateway keeps what must outlive it; created when missing."`

	TLSCert  string `name:"tls-cert" placeholder:"PEM" help:"Certificate of the listener; mutual TLS needs all three."`
	TLSKey   string `name:"tls-key" placeholder:"PEM" help:"Its key."`
	ClientCA string `name:"client-ca" placeholder:"PEM" help:"Authorities that callers' certificates are verified against."`
	DSPCA    string `name:"dsp-ca" placeholder:"PEM" help:"Authorities for an https DSP; default the system's."`
	DSPCert  string `name:"dsp-cert" placeholder:"PEM" help:"Certificate to show the DSP."`
	DSPKey   string `name:"dsp-key" placeholder:"PEM" help:"Its key."`

	MaxMessage     byteSize      `default:"1MiB" placeholder:"SIZE" help:"Largest body of a request (${default})."`
	DSPTimeout     time.Duration `name:"dsp-timeout" default:"30s" help:"How long the DSP may take to answer (${default})."`
	DSPConnections int           `name:"dsp-connections" default:"4096" help:"Most connections to the DSP; beyond it 502 at once (${default})."`
	Drain          time.Duration `default:"5s" help:"How long requests under way may take after SIGTERM (${default})."`
	Notices        string        `placeholder:"FILE" help:"Tell Service Users and operators what happens, by e-mail and webhooks, as this file says."`
	consoleFlags
	ledgerFlags
	LogFormat string     `enum:"text,json" default:"text" help:"How the log on stderr is written: ${enum}."`
	LogLevel  slog.Level `default:"info" help:"debug, info, warn or error (${default})."`
}

// Help shows examples.
func (gatewayCmd) Help() string {
	return `Examples:
  srtm gateway --policy tmmd.yaml --listen 127.0.0.1:8080 --dsp http://127.0.0.1:9100 --data ./data
  srtm gateway --policy tmmd.yaml --listen :8443 --dsp https://dsp.example:443 --data /var/lib/srtm \
      --tls-cert door.pem --tls-key door.key --client-ca users-ca.pem

SIGTERM or Ctrl-C: no more connections are taken, what is under way is finished, then it stops.`
}

// Run runs the gateway until it is told to stop.
func (c *gatewayCmd) Run(a *app) error {
	log := newLog(a.stderr, c.LogFormat, c.LogLevel)
	p, err := c.loadPolicy(log)
	if err != nil {
		return err
	}
	config, err := c.config(p, log)
	if err != nil {
		return err
	}
	kept, err := openBooks(c.Data, p, log)
	if err != nil {
		return err
	}
	if kept.notices, err = openNotices(c.Notices, p, kept); err != nil {
		return errors.Join(err, kept.journal.Close())
	}
	kept.counts = &counts{flags: c.ledgerFlags, data: c.Data, journal: kept.journal, log: log}
	d, err := c.openDoor(p, config, kept)
	if err != nil {
		return errors.Join(err, kept.notices.close(), kept.journal.Close())
	}
	c.warnOfFiles(log)
	ctx, stop := a.untilStopped()
	defer stop()
	go watchPolicy(ctx, c.Policy, d.amendments)
	began := d.began
	log.Info("the door is open", "listen", d.listener.Addr().String(), "admin", d.admin.Addr().String(), "dsp", c.DSP,
		"policy", began.Policy.Name, "environment", p.Environment, "threshold", began.Period.Rules.Threshold.String(), "accounts", len(began.Period.Rules.Accounts), "restart", kept.restart)
	d.sayFirstLink(c.consoleFlags, a.stderr)
	err = d.serve(ctx, c.Drain)
	if err != nil {
		return fmt.Errorf("the door closed in disorder: %w", err)
	}
	log.Info("the door is closed")
	return nil
}

// openDoor wires the door and listens.
func (c *gatewayCmd) openDoor(p *policy.Policy, config gateway.Config, kept *books) (*door, error) {
	d, err := newDoor(p, config, doorOptions{books: kept})
	if err != nil {
		return nil, err
	}
	if d.listener, err = net.Listen("tcp", c.Listen); err != nil {
		return nil, fmt.Errorf("--listen: %w; is another program there?", err)
	}
	d.certificates, d.policyFile = c.certificates(), c.Policy
	if err := d.openConsole(c.consoleFlags); err != nil {
		return nil, errors.Join(err, d.listener.Close())
	}
	return d, nil
}

// checkFlags says what is wrong with the flags' values.
func (c *gatewayCmd) checkFlags() error {
	var errs []error
	wrong := func(is bool, format string, args ...any) {
		if is {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	wrong(c.DSPTimeout <= 0, "--dsp-timeout %v: a request needs some time; 30s is usual", c.DSPTimeout)
	wrong(c.DSPConnections <= 0, "--dsp-connections %d: at least one is needed; 4096 is usual", c.DSPConnections)
	wrong(c.Drain < time.Second || c.Drain > time.Hour, "--drain %v: choose from 1s to 1h; 5s is usual", c.Drain)
	wrong(c.Data == "", "--data is empty; name a folder, such as ./data")
	_, address, _ := strings.Cut(c.DSP, "://")
	wrong(address == c.Listen || address == c.Admin, "--dsp %s is the gateway's own address; name the DSP's", c.DSP)
	return errors.Join(errs...)
}

// warnOfFiles says so when there may be more connections than open files.
func (c *gatewayCmd) warnOfFiles(log *slog.Logger) {
	const callers, others = 16_384, 64
	if most := mostFiles(); most > 0 && most < uint64(callers+c.DSPConnections+others) {
		log.Warn("this process may have fewer files open than connections; raise the limit, such as with ulimit -n or LimitNOFILE",
			"limit", most, "connections of callers", callers, "connections to the DSP", c.DSPConnections)
	}
}

// loadPolicy reads the policy.
func (c *gatewayCmd) loadPolicy(log *slog.Logger) (*policy.Policy, error) {
	p, err := policy.Load(c.Policy)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(policiesFolder(c.Data)); err != nil && !p.InForce(time.Now()) { // no other can be in force
		return nil, fmt.Errorf("no policy is in force: %q takes effect at %s; start then, or give one that is in force now", p.Name, effective(p))
	}
	for _, w := range p.WarningsAt(time.Now()) {
		log.Warn("policy", "warning", w.Error())
	}
	return p, nil
}

func (c *gatewayCmd) config(p *policy.Policy, log *slog.Logger) (gateway.Config, error) {
	config, err := doorConfig(p, c.DSP)
	if err != nil {
		return config, err
	}
	config.Listen, config.Logger = c.Listen, log
	config.Limits.Message, config.Limits.DSPConnections = int(c.MaxMessage), c.DSPConnections
	config.Timeouts.DSP = c.DSPTimeout
	if c.TLSCert != "" || c.TLSKey != "" || c.ClientCA != "" {
		if c.TLSCert == "" || c.TLSKey == "" || c.ClientCA == "" {
			return config, usageError{errors.New("mutual TLS needs --tls-cert, --tls-key and --client-ca; did you forget one?")}
		}
		if config.TLS, err = gateway.ListenerTLS(c.TLSCert, c.TLSKey, c.ClientCA); err != nil {
			return config, err
		}
	}
	if strings.HasPrefix(c.DSP, "https:") {
		if config.DSPTLS, err = gateway.DSPTLS(c.DSPCA, c.DSPCert, c.DSPKey); err != nil {
			return config, err
		}
	} else if c.DSPCA != "" || c.DSPCert != "" || c.DSPKey != "" {
		return config, usageError{errors.New("--dsp-ca, --dsp-cert and --dsp-key are for an https DSP; did you mean --dsp https://…?")}
	}
	if err := errors.Join(c.checkFlags(), config.Check(), c.consoleFlags.check()); err != nil {
		return config, usageError{err}
	}
	return config, nil
}

// doorConfig turns a policy into the gateway's Config.
func doorConfig(p *policy.Policy, dsp string) (gateway.Config, error) {
	conduct, err := conductOf(p)
	return gateway.Config{DSP: dsp, Conduct: conduct, Digest: p.Digest}, err
}

// conductOf is what a policy says of the door.
func conductOf(p *policy.Policy) (gateway.Conduct, error) {
	senders := gateway.Senders{Unlisted: p.Rules().Unlisted}
	for _, account := range p.Rules().Accounts {
		g := gateway.Account{Name: account.Name}
		for _, u := range account.Users {
			g.Users = append(g.Users, duis.EUI64(u))
		}
		senders.Accounts = append(senders.Accounts, g)
	}
	for _, s := range p.Senders {
		for _, account := range s.Accounts {
			senders.Senders = append(senders.Senders, gateway.Sender{Sender: s.Fingerprint + s.Subject, Account: account})
		}
	}
	directory, err := gateway.NewDirectory(senders)
	refusal := gateway.Refusal{Status: p.Refusal.Status}
	if p.Refusal.Code.Valid() {
		refusal.Code = p.Refusal.Code.String()
	}
	return gateway.Conduct{
		Services:  []string{p.Services.SendCommand, p.Services.NonDevice, p.Services.Transform},
		Directory: directory, RefuseUnrecorded: p.Journal.OnFailure == policy.RefuseOnFailure, Refusal: refusal,
		LimitHeaders: p.LimitHeaders, Via: p.Forward.Via, ForwardedFor: p.Forward.XForwardedFor,
	}, err
}

func newLog(w io.Writer, format string, level slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			a.Value = slog.TimeValue(a.Value.Time().UTC())
		}
		return a
	}}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// shutdown gives f at most d.
func shutdown(d time.Duration, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	return f(ctx)
}
