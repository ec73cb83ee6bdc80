package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"srtm/alarm"
	"srtm/console"
)

// stateCmd shows a running gateway's numbers.
type stateCmd struct {
	adminFlags
	JSON  bool          `name:"json" help:"Print everything, as /api/v1/state gives it."`
	Watch time.Duration `placeholder:"TIME" help:"Again and again, so often, until interrupted."`
}

// Help shows examples.
func (stateCmd) Help() string {
	return `Examples:
  srtm state
  srtm state --admin 127.0.0.1:9101 --watch 2s
  srtm state --json | jq '.accounts[] | select(.throttled > 0)'`
}

// Run shows them.
func (c *stateCmd) Run(a *app) error {
	ctx, stop := a.untilStopped()
	defer stop()
	for {
		if err := c.show(a.stdout); err != nil {
			return err
		}
		if c.Watch <= 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(c.Watch):
			fmt.Fprintln(a.stdout)
		}
	}
}

func (c *stateCmd) show(out io.Writer) error {
	req, err := http.NewRequest(http.MethodGet, c.url("state"), nil)
	if err != nil {
		return usageError{fmt.Errorf("--admin %s: %w", c.Admin, err)}
	}
	resp, err := c.send(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return fmt.Errorf("read the gateway's answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s: %.200s", c.Admin, resp.Status, body)
	}
	if c.JSON {
		_, err := out.Write(body)
		return err
	}
	var s console.State
	if err := json.Unmarshal(body, &s); err != nil {
		return fmt.Errorf("%s is no srtm gateway's admin address: %w", c.Admin, err)
	}
	c.writeActs(out)
	c.writeAlarms(out, s)
	return writeState(out, s)
}

// writeAlarms says what an operator should look at, but for what is said with the
// state.
func (c *stateCmd) writeAlarms(out io.Writer, s console.State) {
	var now console.Now
	if c.ask(http.MethodGet, "now", nil, &now) != nil { // who may see the state may not see this
		return
	}
	said := false
	for _, a := range now.Alarms {
		if a.Name == string(alarm.Clock) && clockDiffers(s) || a.Name == string(alarm.Journal) && s.Journal.Failing != "" {
			continue
		}
		fmt.Fprintf(out, "%s %s, since %s: %s\n", map[bool]string{true: "ALARM", false: "Alarm"}[a.Grave], a.Name, a.Since.UTC().Format(inUTC), oneLine(a.Text))
		said = true
	}
	if said {
		fmt.Fprintln(out)
	}
}

// writeState writes the state for people: sentences first, then a row each.
func writeState(out io.Writer, s console.State) error {
	active := "inactive"
	if s.Active {
		active = "ACTIVE"
	}
	fmt.Fprintf(out, "%s  %s (%s)\n", s.At.Format(inUTC), s.Policy.Name, s.Policy.Environment)
	fmt.Fprintf(out, "Traffic management is %s since %s (%v). %.0f offered, %.0f forwarded of %s per second.\n\n",
		active, s.Since.Format("15:04:05"), s.At.Sub(s.Since).Round(time.Second), s.Total.OfferedRate, s.Total.ForwardedRate, number(s.Policy.Threshold))
	writeConduct(out, s)
	if s.Journal.Failing != "" {
		fmt.Fprintf(out, "THE JOURNAL FAILS: %s. %d decisions are missing from it.\n\n", s.Journal.Failing, s.Journal.Missing)
	}
	if clockDiffers(s) {
		offset := time.Duration(s.Offset * float64(time.Second))
		fmt.Fprintf(out, "THE WALL CLOCK DIFFERS: it is at %s, which is %v %s the time that decisions are made and recorded by. That goes on by itself and never goes back.\n\n",
			s.At.Add(offset).Format(inUTC), offset.Abs().Round(time.Millisecond), map[bool]string{true: "after", false: "before"}[offset > 0])
	}
	return writeAccounts(out, s)
}

func clockDiffers(s console.State) bool { return math.Abs(s.Offset) >= 1 }

const inUTC = "2006-01-02 15:04:05 UTC"

// writeConduct says what differs from a policy that is enforced as it stands.
func writeConduct(out io.Writer, s console.State) {
	if says := map[string]string{
		"shadow":    "THE MODE IS shadow: all is decided and counted, nothing is refused, and the DSP is not protected.",
		"off":       "THE MODE IS off: nothing is decided, everything is forwarded, and the DSP is not protected.",
		"suspended": "TRAFFIC MANAGEMENT IS SUSPENDED by hand: everything is forwarded, and the DSP is not protected.",
	}[s.Mode]; says != "" {
		fmt.Fprintf(out, "%s\n\n", says)
	}
	var shadow []string
	for _, a := range s.Accounts {
		if a.Shadow {
			shadow = append(shadow, a.Account)
		}
	}
	if len(shadow) > 0 {
		fmt.Fprintf(out, "In shadow, so that nothing of theirs is refused: %s.\n\n", fewOf(shadow))
	}
	if s.Now.Closed {
		fmt.Fprintf(out, "CLOSED: %s.\n\n", map[bool]string{true: "nothing is taken", false: "nothing should be taken, and this is not enforced"}[s.Mode == "enforce"])
	}
	if len(s.Now.Causes) > 0 {
		until := "Nothing else is planned."
		if s.Now.Until != nil {
			until = "The next change is at " + s.Now.Until.Format(inUTC) + "."
		}
		fmt.Fprintf(out, "Not the standing rules now: %s. %s\n\n", strings.Join(s.Now.Causes, "; "), until)
	}
}

// writeAccounts writes a row for each account. What most gateways never have is
// left out where it is not.
func writeAccounts(out io.Writer, s console.State) error {
	closed := s.Now.Closed || s.Total.Closed > 0
	shadow := s.Mode == "shadow" || s.Total.Shadowed > 0 || slices.ContainsFunc(s.Accounts, func(a console.AccountState) bool { return a.Shadow })
	unclosed := s.Total.ShadowedClosed > 0
	t := tabwriter.NewWriter(out, 0, 8, 2, ' ', tabwriter.AlignRight)
	row := func(first string, cells ...string) {
		for i, shown := range []bool{true, true, true, true, closed, shadow, true, true, true, closed, shadow, unclosed} {
			if shown {
				first += "\t" + cells[i]
			}
		}
		fmt.Fprintln(t, first+"\t")
	}
	row("account", "allocation/s", "offered/s", "forwarded/s", "throttled/s", "closed/s", "shadow/s",
		"offered", "forwarded", "throttled", "closed", "shadow", "shadow, closed")
	rate := func(r float64) string { return fmt.Sprintf("%.1f", r) }
	for _, a := range s.Accounts {
		row(a.Account, number(a.Allocation), rate(a.OfferedRate), rate(a.ForwardedRate), rate(a.ThrottledRate), rate(a.ClosedRate), rate(a.ShadowedRate),
			fmt.Sprint(a.Offered), fmt.Sprint(a.Forwarded), fmt.Sprint(a.Throttled), fmt.Sprint(a.Closed), fmt.Sprint(a.Shadowed), fmt.Sprint(a.ShadowedClosed))
	}
	return t.Flush()
}

func number(e console.Exact) string { return fmt.Sprintf("%.3f", float64(e)/1e9) }
