package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"srtm/console"
)

// stateCmd shows a running gateway's numbers.
type stateCmd struct {
	Admin string        `default:"127.0.0.1:9101" placeholder:"ADDR" help:"The gateway's admin address (${default})."`
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
	c.Admin = strings.TrimSuffix(strings.TrimPrefix(c.Admin, "http://"), "/")
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
	client := http.Client{Timeout: 10 * time.Second}
	resp, err := client.Get("http://" + c.Admin + "/api/v1/state")
	if err != nil {
		return fmt.Errorf("ask the gateway at %s: %w\nhint: is it running, and is this its --admin address?", c.Admin, err)
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
	return writeState(out, s)
}

// writeState writes the state for people: the sentence first, then a row each.
func writeState(out io.Writer, s console.State) error {
	active := "inactive"
	if s.Active {
		active = "ACTIVE"
	}
	fmt.Fprintf(out, "%s  %s (%s)\n", s.At.Format("2006-01-02 15:04:05 UTC"), s.Policy.Name, s.Policy.Environment)
	fmt.Fprintf(out, "Traffic management is %s since %s (%v). %.0f offered, %.0f forwarded of %s per second.\n\n",
		active, s.Since.Format("15:04:05"), s.At.Sub(s.Since).Round(time.Second), s.Total.OfferedRate, s.Total.ForwardedRate, number(s.Policy.Threshold))
	if s.Journal.Failing != "" {
		fmt.Fprintf(out, "THE JOURNAL FAILS: %s. %d decisions are missing from it.\n\n", s.Journal.Failing, s.Journal.Missing)
	}
	if offset := time.Duration(s.Offset * float64(time.Second)); offset.Abs() >= time.Second {
		fmt.Fprintf(out, "THE WALL CLOCK DIFFERS: it is at %s, which is %v %s the time that decisions are made and recorded by. That goes on by itself and never goes back.\n\n",
			s.At.Add(offset).Format("2006-01-02 15:04:05 UTC"), offset.Abs().Round(time.Millisecond), map[bool]string{true: "after", false: "before"}[offset > 0])
	}
	t := tabwriter.NewWriter(out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "account\tallocation/s\toffered/s\tforwarded/s\tthrottled/s\toffered\tforwarded\tthrottled\t")
	for _, a := range s.Accounts {
		fmt.Fprintf(t, "%s\t%s\t%.1f\t%.1f\t%.1f\t%d\t%d\t%d\t\n", a.Account, number(a.Allocation),
			a.OfferedRate, a.ForwardedRate, a.ThrottledRate, a.Offered, a.Forwarded, a.Throttled)
	}
	return t.Flush()
}

func number(e console.Exact) string { return fmt.Sprintf("%.3f", float64(e)/1e9) }
