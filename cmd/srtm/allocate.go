package main

import (
	"encoding/csv"
	"fmt"
	"math/big"
	"strconv"

	"srtm/allocate"
	"srtm/policy"
)

// allocateCmd prints allocations.
type allocateCmd struct {
	Policy string `required:"" placeholder:"FILE" help:"The policy file; its portfolio lies beside it."`
	By     string `enum:"account,role" default:"account" help:"A row per account, or per User Role: ${enum}."`
}

// Help shows examples.
func (allocateCmd) Help() string {
	return `Examples:
  srtm allocate --policy tmmd.yaml                  every account, in the portfolio's order
  srtm allocate --policy tmmd.yaml --by role        how much each User Role has together

Rates are Service Requests per second, with three decimals; they add up to exactly the operating threshold.`
}

// Run prints them.
func (c *allocateCmd) Run(a *app) error {
	p, err := policy.Load(c.Policy)
	if err != nil {
		return err
	}
	rows := [][]string{{"account", "name", "portfolio", "weight", "share", "allocation_per_s"}}
	if c.By == "role" {
		rows, err = byRole(p)
	} else {
		rows = append(rows, byAccount(p)...)
	}
	if err != nil {
		return err
	}
	out := csv.NewWriter(a.stdout)
	return out.WriteAll(rows)
}

func byAccount(p *policy.Policy) (rows [][]string) {
	for _, account := range p.Accounts {
		var portfolio int64
		for _, r := range account.Rows {
			portfolio += r.Portfolio
		}
		rows = append(rows, []string{
			account.Name, account.DisplayName, strconv.FormatInt(portfolio, 10), account.Weight.String(),
			share(account.Allocation, p.OperatingThreshold()), account.Allocation.String(),
		})
	}
	return rows
}

func byRole(p *policy.Policy) ([][]string, error) {
	type sum struct {
		portfolio  int64
		weight     big.Int // thousandths
		allocation allocate.Thousandths
	}
	sums := map[policy.Role]*sum{}
	for _, account := range p.Accounts {
		shares, err := p.ByRole(account)
		if err != nil {
			return nil, fmt.Errorf("account %s: %w", account.Name, err)
		}
		for _, s := range shares {
			if sums[s.Role] == nil {
				sums[s.Role] = &sum{}
			}
			t := sums[s.Role]
			t.portfolio += s.Portfolio
			t.allocation += s.Allocation
			t.weight.Add(&t.weight, s.Weight.Thousandths())
		}
	}
	rows := [][]string{{"role", "portfolio", "weight", "share", "allocation_per_s"}}
	for _, role := range policy.Roles() {
		if t := sums[role]; t != nil {
			rows = append(rows, []string{
				string(role), strconv.FormatInt(t.portfolio, 10), new(big.Rat).SetFrac(&t.weight, big.NewInt(1000)).FloatString(3),
				share(t.allocation, p.OperatingThreshold()), t.allocation.String(),
			})
		}
	}
	return rows, nil
}

// share writes a part of the whole as a fraction with six decimals.
func share(part, whole allocate.Thousandths) string {
	if whole == 0 {
		return "0.000000"
	}
	return big.NewRat(int64(part), int64(whole)).FloatString(6)
}
