package main

import (
	"errors"
	"fmt"

	"srtm/policy"
	"srtm/simulate"
	"srtm/tmmd"
)

// policyDiffCmd compares two policies.
type policyDiffCmd struct {
	Old      string `arg:"" help:"The policy as it is."`
	New      string `arg:"" help:"The policy as it would be."`
	Journal  string `placeholder:"DIR" help:"Try both on what a gateway recorded: its data folder, or the journal in it."`
	Arrivals string `placeholder:"CSV" help:"Or on recorded arrivals: at_ns,account,srv[,user_id,…]; - is stdin."`
	From     moment `placeholder:"TIME" help:"Of a journal: from this time on, UTC."`
	To       moment `placeholder:"TIME" help:"Of a journal: up to this time, UTC."`
	Out      string `default:"-" placeholder:"FILE" help:"Where it goes, as HTML or Markdown by its ending, otherwise as text; - is stdout."`
}

// Help shows examples.
func (policyDiffCmd) Help() string {
	return `Examples:
  srtm policy diff tmmd.yaml next/tmmd.yaml
  srtm policy diff tmmd.yaml next/tmmd.yaml --journal /var/lib/srtm --from 2026-10-14 --to 2026-10-15 --out diff.html
  srtm policy diff tmmd.yaml next/tmmd.yaml --arrivals monday.csv

Each key that changes, who gains and who loses how much allocation, by account and by User Role; and, with recorded traffic,
how much of it would have been throttled under each. It is confidential.`
}

// Run compares them.
func (c *policyDiffCmd) Run(a *app) error {
	if c.Journal == "" && c.Arrivals == "" && (c.From.given || c.To.given) {
		return usageError{errors.New("--from and --to are for --journal; did you forget it?")}
	}
	before, err := policy.Load(c.Old)
	if err != nil {
		return fmt.Errorf("the old policy cannot be compared:\n%w", err)
	}
	after, err := policy.Load(c.New)
	if err != nil {
		return fmt.Errorf("the new policy cannot be compared:\n%w", err)
	}
	var days []tmmd.Day
	if c.Journal != "" || c.Arrivals != "" {
		day, err := c.day(a, before, after)
		if err != nil {
			return err
		}
		days = append(days, day)
	}
	return writeDocument(a, tmmd.Compare(before, after, days...), written{c.Out, "", "text", forOwner})
}

// day plays recorded traffic under both.
func (c *policyDiffCmd) day(a *app, before, after *policy.Policy) (tmmd.Day, error) {
	source := replayCmd{Policy: c.Old, Arrivals: c.Arrivals, Journal: c.Journal, From: c.From, To: c.To}
	if err := source.check(); err != nil {
		return tmmd.Day{}, err
	}
	in, size, err := source.open()
	if err != nil {
		return tmmd.Day{}, err
	}
	defer in.Close()
	bar := newProgress(a.stderr, "replay", size)
	defer bar.end()
	arrivals, err := source.arrivals(a, before, bar, in)
	if err != nil {
		return tmmd.Day{}, err
	}
	return simulate.Compare(before, after, arrivals)
}
