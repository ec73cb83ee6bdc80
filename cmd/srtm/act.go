package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"srtm/act"
	"srtm/console"
	"srtm/policy"
)

// actCmd does something by hand at a running gateway, for a while.
type actCmd struct {
	Capacity  actCapacityCmd  `cmd:"" help:"Another maximum capacity."`
	Hold      actHoldCmd      `cmd:"" help:"Hold one account to a rate."`
	Exempt    actExemptCmd    `cmd:"" help:"Exempt one account."`
	Activate  actActivateCmd  `cmd:"" help:"Make traffic management active, and not release it."`
	Suspend   actSuspendCmd   `cmd:"" help:"Suspend traffic management: everything is forwarded."`
	Shadow    actShadowCmd    `cmd:"" help:"Refuse nothing, and decide and count everything."`
	Preset    actPresetCmd    `cmd:"" help:"Do what the policy has prepared."`
	Presets   actPresetsCmd   `cmd:"" help:"List what the policy has prepared."`
	List      actListCmd      `cmd:"" help:"List acts: running, waiting, and those that are over."`
	End       actEndCmd       `cmd:"" help:"End an act at once."`
	Approve   actApproveCmd   `cmd:"" help:"Approve an act that another person asked for."`
	Withdraw  actWithdrawCmd  `cmd:"" help:"Take back an act that waits."`
	Reference actReferenceCmd `cmd:"" help:"Give an episode, or any record, the reference of an incident."`
}

// Help shows examples.
func (actCmd) Help() string {
	return `Examples:
  srtm act capacity 1200/s --for 6h --by "O. Perator" --reason "DSP on one site" --reference INC-1234
  srtm act hold BRAVO 5/s --for 1h --by "O. Perator" --reason "its adapter loops" --dry-run
  srtm act preset "DSP on one site" --by "O. Perator" --reason "site B is down" --yes
  srtm act list
  srtm act end 3 --by "O. Perator"

What an act would do at the present rates is shown first; on a terminal it is then asked whether it is meant,
elsewhere --yes says so. It ends by itself, or by srtm act end. It is recorded, and shown to all.`
}

// whoFlags say which gateway, and who does something there.
type whoFlags struct {
	adminFlags
	By string `aliases:"as" placeholder:"NAME" help:"Who you are, where nobody signs in; elsewhere the token says it. It is recorded."`
}

// orderFlags are what every order has but its length.
type orderFlags struct {
	whoFlags
	Reason    string `placeholder:"WORDS" help:"Why, in a line; it is shown to all who are shown the act. Needed but for --dry-run."`
	Reference string `placeholder:"WORDS" help:"Of an incident elsewhere, such as INC-1234."`
	DryRun    bool   `help:"Only show what it would do."`
	Yes       bool   `short:"y" help:"Do not ask whether it is meant."`
}

// forFlag is how long it lasts.
type forFlag struct {
	For act.Length `required:"" placeholder:"TIME" help:"How long it lasts: from 1m to 7d, such as 6h."`
}

// actCapacityCmd sets another capacity.
type actCapacityCmd struct {
	Rate policy.Rate `arg:"" help:"The capacity, such as 1200/s; 0/s closes: everything is refused."`
	forFlag
	orderFlags
}

// Run does it.
func (c *actCapacityCmd) Run(a *app) error {
	return c.does(a, act.Order{Capacity: &c.Rate, For: c.For})
}

// actHoldCmd holds an account to a rate.
type actHoldCmd struct {
	Account string      `arg:"" help:"Whom to hold."`
	Rate    policy.Rate `arg:"" help:"To which rate, such as 5/s; 0/s: nothing of its passes."`
	forFlag
	orderFlags
}

// Run does it.
func (c *actHoldCmd) Run(a *app) error {
	return c.does(a, act.Order{Hold: map[string]policy.Rate{c.Account: c.Rate}, For: c.For})
}

// actExemptCmd exempts an account.
type actExemptCmd struct {
	Account string `arg:"" help:"Whom to exempt."`
	forFlag
	orderFlags
}

// Run does it.
func (c *actExemptCmd) Run(a *app) error {
	return c.does(a, act.Order{Exempt: []string{c.Account}, For: c.For})
}

// actActivateCmd makes traffic management active.
type actActivateCmd struct {
	forFlag
	orderFlags
}

// Run does it.
func (c *actActivateCmd) Run(a *app) error {
	return c.does(a, act.Order{Activate: true, For: c.For})
}

// actSuspendCmd suspends traffic management.
type actSuspendCmd struct {
	forFlag
	orderFlags
}

// Run does it.
func (c *actSuspendCmd) Run(a *app) error {
	return c.does(a, act.Order{Suspend: true, For: c.For})
}

// actShadowCmd has nothing be refused.
type actShadowCmd struct {
	forFlag
	orderFlags
}

// Run does it.
func (c *actShadowCmd) Run(a *app) error {
	return c.does(a, act.Order{Shadow: true, For: c.For})
}

// actPresetCmd does what was prepared.
type actPresetCmd struct {
	Name string     `arg:"" help:"Its name in the policy; srtm act presets lists them."`
	For  act.Length `placeholder:"TIME" help:"How long it lasts: at most as long as was prepared, which is the default."`
	orderFlags
}

// Run does it.
func (c *actPresetCmd) Run(a *app) error {
	return c.does(a, act.Order{Preset: c.Name, For: c.For})
}

// does shows what an order would do, and has it done if that is meant.
func (f orderFlags) does(a *app, o act.Order) error {
	o.Reason, o.Reference = f.Reason, f.Reference
	body := console.ActOrder{By: f.By, Order: o}
	var answer console.ActAnswer
	if err := f.ask(http.MethodPost, "acts?preview=true", body, &answer); err != nil {
		return err
	}
	if answer.Preview == nil {
		return errors.New("the gateway does not say what the act would do; is it an older one?")
	}
	if _, err := fmt.Fprintln(a.stdout, strings.Join(answer.Preview.Words, "\n")); err != nil || f.DryRun {
		return err
	}
	if strings.TrimSpace(f.Reason) == "" {
		return usageError{errors.New("--reason is missing; say why, for all who are shown the act")}
	}
	if !f.Yes {
		meant, err := meantSo(a.stdout)
		if err != nil || !meant {
			return err
		}
	}
	answer = console.ActAnswer{}
	if err := f.ask(http.MethodPost, "acts", body, &answer); err != nil {
		return err
	}
	return sayAct(a.stdout, *answer.Act)
}

// meantSo asks whoever sits at the terminal.
func meantSo(out io.Writer) (bool, error) {
	if !isTerminal(os.Stdin) {
		return false, usageError{errors.New("nobody can be asked here whether that is meant; say --yes, or --dry-run to see it only")}
	}
	fmt.Fprint(out, "Do it? [y/N] ")
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && answer == "" {
		return false, fmt.Errorf("nothing was done: %w", err)
	}
	meant := strings.EqualFold(strings.TrimSpace(answer), "y") || strings.EqualFold(strings.TrimSpace(answer), "yes")
	if !meant {
		fmt.Fprintln(out, "Nothing was done.")
	}
	return meant, nil
}

func sayAct(out io.Writer, made act.Act) error {
	var err error
	switch until := made.Until.UTC().Format(inUTC); made.State {
	case act.Running:
		_, err = fmt.Fprintf(out, "Act %d runs: %s, until %s. srtm act end %d ends it.\n", made.ID, made.Does, until, made.ID)
	case act.Waiting:
		_, err = fmt.Fprintf(out, "Act %d waits for another person until %s: srtm act approve %d.\n", made.ID, until, made.ID)
	default:
		_, err = fmt.Fprintf(out, "Act %d is %s: %s.\n", made.ID, made.State, made.Does)
	}
	return err
}
