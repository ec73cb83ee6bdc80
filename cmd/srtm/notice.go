package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"srtm/notice"
)

// noticeCmd is the verbs about notices to Service Users and operators.
type noticeCmd struct {
	Check  noticeCheckCmd  `cmd:"" help:"Say everything that is wrong or doubtful in a file of notices."`
	Test   noticeTestCmd   `cmd:"" help:"Send a test notice, and say what came of it."`
	Secret noticeSecretCmd `cmd:"" help:"Make a secret that a webhook is signed with."`
}

// noticeCheckCmd checks a file of notices.
type noticeCheckCmd struct {
	File string `arg:"" help:"The file of notices."`
}

// Help shows examples.
func (noticeCheckCmd) Help() string {
	return `Examples:
  srtm notice check notices.yaml

All errors come at once, each with file, line and column; then exit 1. Who is told what is printed on stdout.
Nothing is sent: srtm notice test does that.`
}

// Run checks it.
func (c *noticeCheckCmd) Run(a *app) error {
	conf, err := loadNotices(a, c.File)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "environment\t%s\n", conf.Environment)
	for _, s := range conf.Subscriptions {
		where := append([]string{}, s.Email...)
		if s.Webhook != "" {
			where = append(where, s.Webhook)
		}
		kinds := make([]string, len(s.Kinds))
		for i, k := range s.Kinds {
			kinds[i] = string(k)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Name, s.Who, strings.Join(kinds, " "), strings.Join(where, " "))
	}
	return w.Flush()
}

func loadNotices(a *app, file string) (*notice.Configuration, error) {
	conf, err := notice.Load(file)
	if err != nil {
		return nil, err
	}
	for _, warning := range conf.Warnings {
		fmt.Fprintf(a.stderr, "srtm: warning: %s\n", warning)
	}
	return conf, nil
}

// noticeTestCmd sends a test notice.
type noticeTestCmd struct {
	Notices string        `required:"" placeholder:"FILE" help:"The file of notices."`
	To      string        `placeholder:"NAME" help:"The subscription; all, if not given."`
	Timeout time.Duration `default:"20s" help:"How long an attempt may take (${default})."`
}

// Help shows examples.
func (noticeTestCmd) Help() string {
	return `Examples:
  srtm notice test --notices notices.yaml --to ALPHA

Each address and webhook is tried once. Exit 1 if one of them did not take the notice.`
}

// Run sends it.
func (c *noticeTestCmd) Run(a *app) error {
	conf, err := loadNotices(a, c.Notices)
	if err != nil {
		return err
	}
	ctx, stop := a.untilStopped()
	defer stop()
	tried, err := conf.Try(ctx, c.To, time.Now, c.Timeout)
	if err != nil {
		return err
	}
	failed := 0
	for _, d := range tried {
		fmt.Fprintf(a.stdout, "%s  %s  %s  %s after %v: %s\n", d.Target.Subscription, d.Target.Means, d.Target.Address, d.Outcome, d.Took.Round(time.Millisecond), d.Detail)
		if d.Outcome != notice.Delivered {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d did not take the test notice", failed, len(tried))
	}
	return nil
}

// noticeSecretCmd makes a secret.
type noticeSecretCmd struct{}

// Help shows examples.
func (noticeSecretCmd) Help() string {
	return `Examples:
  (umask 077; srtm notice secret > alpha.secret)

The same line is given to whoever receives the webhook, by a way that nobody else sees.`
}

// Run prints it.
func (noticeSecretCmd) Run(a *app) error {
	_, err := fmt.Fprintln(a.stdout, notice.Secret())
	return err
}
