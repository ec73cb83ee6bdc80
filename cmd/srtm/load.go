package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"srtm/load"
	"srtm/policy"
	"srtm/scenario"
)

// loadCmd plays a scenario over HTTP.
type loadCmd struct {
	Target   string `required:"" placeholder:"URL" help:"Where the requests go: http://host:port of a gateway or of a stand-in DSP."`
	Policy   string `required:"" placeholder:"FILE" help:"The policy file: it says which User IDs the accounts have."`
	Scenario string `required:"" placeholder:"FILE" help:"Who sends what when; see docs/scenarios.md."`
	JSON     bool   `name:"json" help:"Print the whole result as JSON, second by second."`
	Results  string `placeholder:"FILE" help:"Where a table goes besides, in the columns of a simulation's results.csv."`
}

// Help shows examples.
func (loadCmd) Help() string {
	return `Examples:
  srtm load --target http://127.0.0.1:8080 --policy tmmd.yaml --scenario scenarios/one-supplier-bursts.yaml
  srtm load --target http://127.0.0.1:8080 --policy tmmd.yaml --scenario day.yaml --results real.csv

Requests go out when their time has come, whether or not earlier ones were answered.
Send only to a system that is meant for it.`
}

// Run plays it.
func (c *loadCmd) Run(a *app) error {
	p, err := policy.Load(c.Policy)
	if err != nil {
		return err
	}
	s, err := readScenario(c.Scenario)
	if err != nil {
		return err
	}
	player, err := load.New(load.FromPolicy(p, c.Target), s)
	if err != nil {
		return err
	}
	ctx, cancel := a.untilStopped()
	defer cancel()
	stop := showLoad(ctx, a.stderr, player, s.Length)
	result := player.Play(ctx)
	stop()
	if c.JSON {
		out := json.NewEncoder(a.stdout)
		out.SetIndent("", "  ")
		err = out.Encode(result)
	} else {
		err = writeLoad(a.stdout, result)
	}
	if c.Results != "" {
		err = errors.Join(err, writeWhole(c.Results, forAll, a.stdout, func(w io.Writer) error { return load.WriteResults(w, p.Name, result) }))
	}
	return errors.Join(err, c.verdict(result))
}

// readScenario reads the file that --scenario names.
func readScenario(name string) (*scenario.Scenario, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("--scenario: %w; docs/scenarios.md says how to write one", err)
	}
	s, err := scenario.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// verdict is an error if the scenario was not played as it stands.
func (c *loadCmd) verdict(r load.Result) error {
	switch {
	case r.Stopped:
		return fmt.Errorf("interrupted after %v; %d sends were abandoned", r.Played.Round(time.Millisecond), r.Total.Abandoned)
	case r.Total.Sends > 0 && r.Total.Broken == r.Total.Sends:
		return fmt.Errorf("nothing could be sent to %s; is it running there?", c.Target)
	case r.Total.Crowded > 0:
		return fmt.Errorf("%d requests were not sent, because too many were on the way already: this machine or the target is too slow for the scenario", r.Total.Crowded)
	}
	return nil
}

// showLoad keeps a line on a terminal up to date until stop is called.
func showLoad(ctx context.Context, out io.Writer, player *load.Player, length time.Duration) func() {
	if !isTerminal(out) {
		return func() {}
	}
	stop := every(ctx, 200*time.Millisecond, func() {
		now := player.Snapshot()
		var sum load.Counts
		for _, u := range now.Users {
			sum.Sends += u.Sends
			sum.Forwarded += u.Forwarded
			sum.Throttled += u.Throttled
		}
		fmt.Fprintf(out, eraseLine+"%v of %v: sent %d, forwarded %d, throttled %d, on the way %d",
			now.At.Round(time.Second), length, sum.Sends, sum.Forwarded, sum.Throttled, now.OnTheWay)
	})
	return func() {
		stop()
		fmt.Fprint(out, eraseLine)
	}
}

func writeLoad(w io.Writer, r load.Result) error {
	fmt.Fprintf(w, "%s: played %v; the player was late by at most %v (p99 %v)\n\n", r.Scenario, r.Played.Round(time.Millisecond), r.Lateness.Max, r.Lateness.P99)
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "account\tarrivals\tsends\tforwarded\tthrottled\trejected\tfailed\ttimed out\tbroken\tcrowded\tgave up\tp50\tp99\t")
	for _, u := range r.Users {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%v\t%v\t\n", u.Account, u.Arrivals, u.Sends, u.Forwarded, u.Throttled,
			u.Rejected, u.Failed, u.TimedOut, u.Broken, u.Crowded, u.GaveUp, quantile(u.Latency, u.Latency.P50), quantile(u.Latency, u.Latency.P99))
	}
	return t.Flush()
}

// quantile writes a latency, or nothing where none was measured.
func quantile(of load.Times, d time.Duration) string {
	if of.Count == 0 {
		return "–"
	}
	return short(d)
}

// short writes a latency with three digits or so.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%.2fs", d.Seconds())
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%.0fms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.1fms", d.Seconds()*1000)
}
