package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// mostWarnings bounds the lines of one kind of warning.
const mostWarnings = 20

// warnings says what a policy allows and probably does not mean, of the accounts
// in the portfolio file.
func warnings(p *Policy, file string) Problems {
	small := findings{file: file}
	mixed := findings{file: file}
	for _, a := range p.Accounts {
		if a.Allocation < 1000 {
			small.add(a.at, "account", fmt.Sprintf("%s has an allocation of %v, below 1/s", a.Name, perSecond(a.Allocation)),
				"raise allocation.minimum if that is not meant")
		}
		supply, network := a.in(ImportSupplier, GasSupplier, ExportSupplier), a.in(ElectricityDistributor, GasTransporter)
		if len(supply) > 0 && len(network) > 0 {
			mixed.add(a.at, "account", fmt.Sprintf("%s mixes supply (%s) with networks (%s), which then share one allocation",
				a.Name, strings.Join(supply, " "), strings.Join(network, " ")), "make two accounts of it if that is not meant")
		}
	}
	if p.Unknown == Admit {
		mixed.add(top(), "unknown", "originators that nobody's portfolio lists are admitted, on what is free", "refuse them if that is not meant")
	}
	all := append(grouped(small, "have an allocation below 1/s"), grouped(mixed, "mix supply with networks")...)
	slices.SortStableFunc(all, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return all
}

// grouped returns at most mostWarnings of a kind, and as the last line how many
// more there are.
func grouped(f findings, do string) Problems {
	if len(f.list) <= mostWarnings {
		return f.list
	}
	last := f.list[mostWarnings]
	last.Wrong = fmt.Sprintf("and %d more accounts %s", len(f.list)-mostWarnings+f.more, do)
	last.Right = ""
	return append(f.list[:mostWarnings:mostWarnings], last)
}

// in returns those of the roles in which the account has a row.
func (a Account) in(roles ...Role) []string {
	var list []string
	for _, role := range roles {
		if slices.ContainsFunc(a.Rows, func(r Row) bool { return r.Role == role }) {
			list = append(list, string(role))
		}
	}
	return list
}
