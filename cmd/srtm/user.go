package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"srtm/access"
)

// userCmd is the verbs about who may use console and API.
type userCmd struct {
	Add    userAddCmd    `cmd:"" help:"Add a person, and print the one-time link by which it sets its password."`
	List   userListCmd   `cmd:"" help:"List persons and API tokens."`
	Roles  userRolesCmd  `cmd:"" help:"Give a person other roles."`
	Invite userInviteCmd `cmd:"" help:"Print a one-time link by which a person sets another password."`
	Remove userRemoveCmd `cmd:"" help:"Remove a person, or an API token."`
	Token  userTokenCmd  `cmd:"" help:"Make an API token, and print it this once."`
}

// userFlags say whose users.
type userFlags struct {
	Data string `required:"" placeholder:"DIR" help:"The gateway's data folder; it may be running."`
}

// grantFlags say what somebody is to be.
type grantFlags struct {
	Role    []string `placeholder:"ROLE" help:"viewer, operator, approver or investigator, or several; service-user with --account."`
	Account string   `placeholder:"NAME" help:"Whose numbers a service-user sees."`
}

func (f grantFlags) grant(name string) (access.Grant, error) {
	g := access.Grant{Name: name, Account: f.Account}
	for _, r := range f.Role {
		g.Roles = append(g.Roles, access.Role(r))
	}
	if len(g.Roles) == 0 && g.Account != "" {
		g.Roles = []access.Role{access.ServiceUser}
	}
	if len(g.Roles) == 0 {
		return g, usageError{errors.New("--role is missing: viewer, operator, approver or investigator, or --account for a Service User's")}
	}
	return g, nil
}

// accessFolder is where a gateway keeps who may use it.
func accessFolder(data string) string { return filepath.Join(data, "access") }

// gate opens the folder of users, which a gateway that was never started has not.
func (f userFlags) gate() (*access.Gate, error) {
	if info, err := os.Stat(f.Data); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("--data %s is no folder%sgive the folder that the gateway has as --data; make it first (mkdir) if the gateway is still to be started", f.Data, hintMark)
	}
	g, err := access.Open(accessFolder(f.Data), access.Options{})
	return g, folderHelp(f.Data, err)
}

// with does something with the folder of users.
func (f userFlags) with(do func(*access.Gate) error) (err error) {
	g, err := f.gate()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.Close()) }()
	return folderHelp(f.Data, do(g))
}

// sayLink prints a one-time link and nothing else that is secret.
func (a *app) sayLink(name, token string) error {
	_, err := fmt.Fprintf(a.stdout, "%s sets the password within %.0f hours, once, at the console's address with this behind it:\n%s\n", name, access.LinkLife.Hours(), access.LinkPath(token))
	return err
}

// userAddCmd adds a person.
type userAddCmd struct {
	Name string `arg:"" help:"What it is called: a-z, 0-9 and . _ @ -."`
	grantFlags
	userFlags
}

// Help shows examples.
func (userAddCmd) Help() string {
	return `Examples:
  srtm user add j.smith --role operator --data /var/lib/srtm
  srtm user add a.planner --role operator --role investigator --data /var/lib/srtm
  srtm user add vend@bravo --account BRAVO --data /var/lib/srtm

The link that is printed opens once, within 24 hours: send it to that person only. No password is ever given on the command line.
A person with --account sees that Service User's numbers and the totals, and nobody else's.`
}

// Run adds it.
func (c *userAddCmd) Run(a *app) error {
	grant, err := c.grant(c.Name)
	if err != nil {
		return err
	}
	return c.with(func(g *access.Gate) error {
		token, err := g.Add(grant)
		if err != nil {
			return err
		}
		return a.sayLink(c.Name, token)
	})
}

// userListCmd lists.
type userListCmd struct{ userFlags }

// Help shows examples.
func (userListCmd) Help() string {
	return `Examples:
  srtm user list --data /var/lib/srtm`
}

// Run lists persons, then tokens.
func (c *userListCmd) Run(a *app) error {
	return c.with(func(g *access.Gate) error {
		users, tokens := g.List()
		t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "KIND\tNAME\tROLES\tACCOUNT\tSINCE\tSTATE")
		for _, u := range users {
			fmt.Fprintf(t, "person\t%s\t%s\t%s\t%s\t%s\n", u.Name, roleWords(u.Roles), oneLine(u.Account), day(u.Added), personState(u))
		}
		for _, k := range tokens {
			state := "until "
			if !time.Now().Before(k.Expires) {
				state = "expired "
			}
			fmt.Fprintf(t, "token\t%s\t%s\t%s\t%s\t%s\n", k.Name, roleWords(k.Roles), oneLine(k.Account), day(k.Made), state+k.Expires.UTC().Format(time.RFC3339))
		}
		return t.Flush()
	})
}

func personState(u access.User) string {
	var words []string
	if !u.Password {
		words = append(words, "no password yet")
	}
	if !u.LinkUntil.IsZero() {
		words = append(words, "link until "+u.LinkUntil.UTC().Format(time.RFC3339))
	}
	if len(words) == 0 {
		return "may sign in"
	}
	return strings.Join(words, ", ")
}

func roleWords(roles []access.Role) string {
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = string(r)
	}
	return strings.Join(words, ",")
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// userRolesCmd changes roles.
type userRolesCmd struct {
	Name string `arg:"" help:"Who."`
	grantFlags
	userFlags
}

// Help shows examples.
func (userRolesCmd) Help() string {
	return `Examples:
  srtm user roles j.smith --role operator --role approver --data /var/lib/srtm

The roles given are all that the person has then. It is signed out everywhere, at once, also from a gateway that runs.`
}

// Run changes them.
func (c *userRolesCmd) Run(a *app) error {
	grant, err := c.grant(c.Name)
	if err != nil {
		return err
	}
	return c.with(func(g *access.Gate) error {
		if err := g.SetRoles(grant); err != nil {
			return err
		}
		_, err := fmt.Fprintf(a.stdout, "%s is %s now, and is signed out.\n", c.Name, roleWords(grant.Roles))
		return err
	})
}

// userInviteCmd makes a link.
type userInviteCmd struct {
	Name string `arg:"" help:"Who."`
	userFlags
}

// Help shows examples.
func (userInviteCmd) Help() string {
	return `Examples:
  srtm user invite j.smith --data /var/lib/srtm

For a password that was forgotten, or a first link that was not used in time. The old password holds until the link is used. If
somebody else may have that, remove the person and add it again instead.`
}

// Run makes it.
func (c *userInviteCmd) Run(a *app) error {
	return c.with(func(g *access.Gate) error {
		token, err := g.Invite(c.Name)
		if err != nil {
			return err
		}
		return a.sayLink(c.Name, token)
	})
}

// userRemoveCmd removes.
type userRemoveCmd struct {
	Name  string `arg:"" help:"Who, or which token."`
	Token bool   `help:"It is an API token."`
	userFlags
}

// Help shows examples.
func (userRemoveCmd) Help() string {
	return `Examples:
  srtm user remove j.smith --data /var/lib/srtm
  srtm user remove nightly --token --data /var/lib/srtm

It holds at once, also for a gateway that runs.`
}

// Run removes it.
func (c *userRemoveCmd) Run(a *app) error {
	return c.with(func(g *access.Gate) error {
		remove := g.Remove
		if c.Token {
			remove = g.RemoveToken
		}
		if err := remove(c.Name); err != nil {
			return err
		}
		_, err := fmt.Fprintf(a.stdout, "%s is removed.\n", c.Name)
		return err
	})
}

// userTokenCmd makes an API token.
type userTokenCmd struct {
	Name string `arg:"" help:"What the token is called; records call who bears it token:NAME."`
	grantFlags
	Expires lifetime `default:"90d" placeholder:"TIME" help:"For how long it holds, such as 90d or 12h; at most 366d (${default})."`
	userFlags
}

// Help shows examples.
func (userTokenCmd) Help() string {
	return `Examples:
  srtm user token nightly --role viewer --expires 30d --data /var/lib/srtm
  srtm user token bravo-adapter --account BRAVO --data /var/lib/srtm > bravo.token

Only the token is written to stdout, this once; the folder keeps its SHA-256. A program sends it with each request:
  Authorization: Bearer srtm_…`
}

// Run makes it.
func (c *userTokenCmd) Run(a *app) error {
	grant, err := c.grant(c.Name)
	if err != nil {
		return err
	}
	return c.with(func(g *access.Gate) error {
		until := time.Now().Add(time.Duration(c.Expires))
		secret, err := g.Token(grant, until)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(a.stdout, secret); err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.stderr, "%s holds until %s; it is not shown again.\n", c.Name, until.UTC().Format(time.RFC3339))
		return err
	})
}

// lifetime is a duration that people may write in days.
type lifetime time.Duration

// UnmarshalText reads 90d, or a duration as Go writes it.
func (l *lifetime) UnmarshalText(text []byte) error {
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return fmt.Errorf("%.20q: write a number of days such as 90d", text)
		}
		*l = lifetime(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%.20q: write how long, such as 90d or 12h", text)
	}
	*l = lifetime(d)
	return nil
}
