package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"srtm/amendment"
	"srtm/policy"
)

// portfolioCmd is the verbs about portfolio files.
type portfolioCmd struct {
	Check    portfolioCheckCmd    `cmd:"" help:"Compare a portfolio with the one before it, and ask about what is seldom meant."`
	Transfer portfolioTransferCmd `cmd:"" help:"Move a Service User's units to another, as when a supplier failed."`
}

// portfolioCheckCmd compares two portfolios.
type portfolioCheckCmd struct {
	Old    string `arg:"" help:"The portfolio that is in force."`
	New    string `arg:"" help:"The one that is to follow it."`
	Strict bool   `help:"Exit 1 if there are questions."`
}

// Help shows examples.
func (portfolioCheckCmd) Help() string {
	return `Examples:
  srtm portfolio check portfolio-2026-10.csv portfolio-2026-11.csv

What is asked: a Service User or a User ID that vanished, a User ID that moved to another Service User, a portfolio in a
User Role that changed by half or more, also from or to 0, and a User Role's total that changed by a tenth or more. A gateway asks
the same when a policy with that portfolio is proposed.`
}

// Run compares them.
func (c *portfolioCheckCmd) Run(a *app) error {
	_, old, err := amendment.ReadPortfolio(c.Old)
	if err != nil {
		return err
	}
	_, new, err := amendment.ReadPortfolio(c.New)
	if err != nil {
		return err
	}
	found := amendment.ComparePortfolios(old, new)
	if err := writeComparison(a.stdout, found); err != nil {
		return err
	}
	if n := len(found.Questions); n > 0 && c.Strict {
		return fmt.Errorf("%s about %s", many(n, "question"), c.New)
	}
	return nil
}

func writeComparison(w io.Writer, c amendment.Comparison) error {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "role\told\tnew\tchange\t\n")
	for _, t := range c.Totals {
		fmt.Fprintf(table, "%s\t%d\t%d\t%+d\t\n", t.Role, t.Old, t.New, t.New-t.Old)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, name := range c.Came {
		fmt.Fprintf(&text, "new: %s\n", name)
	}
	for _, q := range c.Questions {
		fmt.Fprintf(&text, "question: %s\n", q.Text)
	}
	if len(c.Questions) == 0 {
		text.WriteString("no questions\n")
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// portfolioTransferCmd moves units.
type portfolioTransferCmd struct {
	From      string `arg:"" help:"The account whose units move; its rows stay with what is left."`
	To        string `arg:"" help:"The account that has them then; it needs a row in each User Role concerned."`
	Portfolio string `required:"" placeholder:"FILE" help:"The portfolio file."`
	Role      string `placeholder:"ROLE" help:"Only in this User Role, such as IS; otherwise in each."`
	Units     *int64 `placeholder:"N" help:"Only so many, where one User Role is concerned; otherwise all."`
	Out       string `default:"-" placeholder:"FILE" help:"Where the new portfolio goes; ${default} is stdout."`
}

// Help shows examples.
func (portfolioTransferCmd) Help() string {
	return `Examples:
  srtm portfolio transfer ALPHA BETA --portfolio portfolio.csv --out portfolio-new.csv
  srtm portfolio transfer ALPHA BETA --portfolio portfolio.csv --role IS --units 5000 > portfolio-new.csv

Nothing but the numbers concerned changes in the file. What moved is said on stderr. Then name the new portfolio in the policy, and
propose that.`
}

// Run moves them.
func (c *portfolioTransferCmd) Run(a *app) error {
	t := amendment.Transfer{From: c.From, To: c.To, Role: policy.Role(c.Role)}
	if c.Units != nil {
		if t.Units = *c.Units; t.Units < 1 {
			return usageError{fmt.Errorf("--units %d: write a number above 0, or leave it out for all", t.Units)}
		}
	}
	text, _, err := amendment.ReadPortfolio(c.Portfolio)
	if err != nil {
		return err
	}
	text, moves, err := t.Apply(c.Portfolio, text)
	if err != nil {
		return err
	}
	err = writeWhole(c.Out, forOwner, a.stdout, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
	if err != nil {
		return err
	}
	for _, m := range moves {
		fmt.Fprintf(a.stderr, "srtm: %s moved from %s to %s as %s; %s has %d left, %s has %d\n",
			many(m.Units, "unit"), c.From, c.To, m.Role, c.From, m.Left, c.To, m.Have)
	}
	return nil
}
