package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"srtm/act"
	"srtm/console"
	"srtm/drill"
)

// drillCmd has a gateway refuse everything of one Service User for a while, and
// says how its adapter took it.
type drillCmd struct {
	Order  drillOrderCmd  `cmd:"" help:"Order a drill: it begins at once."`
	List   drillListCmd   `cmd:"" help:"List drills, running and over."`
	Report drillReportCmd `cmd:"" help:"Say how the adapter behaved in a drill."`
	End    drillEndCmd    `cmd:"" help:"End a drill at once."`
}

// Help shows examples.
func (drillCmd) Help() string {
	return `Examples:
  srtm drill order --token-file token --admin https://gateway.uit.example:9101 --reason "adapter 4.2"
  srtm drill order BRAVO --for 20m --by "O. Perator"
  srtm drill list
  srtm drill report 7
  srtm drill end 7

In a throttle drill everything that one Service User sends is refused for a while, in an environment other than
production. A Service User orders it for itself, an operator for anyone.`
}

// drillOrderCmd orders a drill.
type drillOrderCmd struct {
	Account string     `arg:"" optional:"" help:"Whose messages are refused; a Service User's own by default."`
	For     act.Length `default:"10m" placeholder:"TIME" help:"How long it lasts: from 1m to 30m (${default})."`
	Reason  string     `placeholder:"WORDS" help:"What is tried, such as a release."`
	whoFlags
}

// Run orders it.
func (c *drillOrderCmd) Run(a *app) error {
	var made console.Drill
	if err := c.ask(http.MethodPost, "drills", console.DrillOrder{Account: c.Account, By: c.By, For: c.For, Reason: c.Reason}, &made); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "Drill %d runs: everything of %s is refused until %s. srtm drill end %d ends it, srtm drill report %d says how it goes.\n",
		made.ID, made.Account, made.To.UTC().Format(inUTC), made.ID, made.ID)
	return err
}

// drillListCmd lists drills.
type drillListCmd struct {
	Account string `arg:"" optional:"" help:"Of one Service User only."`
	adminFlags
	JSON bool `name:"json" help:"Print everything, as /api/v1/drills gives it."`
}

// Run lists them.
func (c *drillListCmd) Run(a *app) error {
	var raw json.RawMessage
	if err := c.ask(http.MethodGet, "drills?account="+url.QueryEscape(c.Account), nil, &raw); err != nil {
		return err
	}
	if c.JSON {
		_, err := a.stdout.Write(append(raw, '\n'))
		return err
	}
	var s console.Drills
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	if s.None != "" {
		fmt.Fprintf(a.stdout, "There are no drills here: %s.\n", oneLine(s.None))
	}
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "DRILL\tOF\tSTATE\tFROM\tTO\tBY\tWHY")
	for _, list := range [][]console.Drill{s.Running, s.Over} {
		for _, d := range list {
			fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, oneLine(d.Account), d.State, d.From.UTC().Format(time.RFC3339), d.To.UTC().Format(time.RFC3339), oneLine(d.By), oneLine(d.Reason))
		}
	}
	return t.Flush()
}

// drillReportCmd prints a drill's report.
type drillReportCmd struct {
	ID uint64 `arg:"" name:"id" help:"The drill's number; srtm drill list shows it."`
	adminFlags
	JSON bool `name:"json" help:"Print everything, as /api/v1/drills/ID/report gives it."`
}

// Run prints it.
func (c *drillReportCmd) Run(a *app) error {
	var raw json.RawMessage
	if err := c.ask(http.MethodGet, fmt.Sprintf("drills/%d/report", c.ID), nil, &raw); err != nil {
		return err
	}
	if c.JSON {
		_, err := a.stdout.Write(append(raw, '\n'))
		return err
	}
	var r drill.Report
	if err := json.Unmarshal(raw, &r); err != nil {
		return err
	}
	return writeDrill(a.stdout, &r)
}

// writeDrill writes a drill's report for people.
func writeDrill(out io.Writer, r *drill.Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Drill of %s from %s to %s: %s.\n", oneLine(r.Account), r.From.UTC().Format(inUTC), r.To.UTC().Format(inUTC), styleOf(r.Style))
	if !r.Complete {
		fmt.Fprintf(&b, "This is what is known up to %s; the report is complete %v after the end.\n", r.Until.UTC().Format(inUTC), drill.After)
	}
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nPHASE\tSECONDS\tMESSAGES\tREFUSED\tMEAN /S\tBUSIEST SECOND")
	for _, p := range []struct {
		name string
		drill.Phase
	}{{"before", r.Before}, {"drill", r.During}, {"after", r.After}} {
		fmt.Fprintf(t, "%s\t%.0f\t%d\t%d\t%.1f\t%d\n", p.name, p.Seconds, p.Messages, p.Refused, p.Mean, p.Peak)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "\n%s, %s: %s\n", strings.ToUpper(strings.ReplaceAll(string(f.Mark), "-", " ")), f.About, oneLine(f.Says))
		if f.Change != "" {
			fmt.Fprintf(&b, "  %s\n", oneLine(f.Change))
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// styleOf says what an adapter does about a refusal.
func styleOf(s drill.Style) string {
	words := console.StyleWords(s)
	if words == "" {
		return "too few messages to tell how the adapter behaves"
	}
	return "the adapter " + words
}

// drillEndCmd ends a drill.
type drillEndCmd struct {
	ID uint64 `arg:"" name:"id" help:"The drill's number; srtm drill list shows it."`
	whoFlags
	Reason string `placeholder:"WORDS" help:"Why; it is recorded."`
}

// Run ends it.
func (c *drillEndCmd) Run(a *app) error {
	var made console.Drill
	if err := c.ask(http.MethodPost, fmt.Sprintf("drills/%d/end", c.ID), console.ActStep{By: c.By, Why: c.Reason}, &made); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "Drill %d of %s is ended. srtm drill report %d says how it went; it is complete at %s.\n", made.ID, made.Account, made.ID, made.Judged.UTC().Format(inUTC))
	return err
}
