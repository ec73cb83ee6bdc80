package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"srtm/traffic"
)

// mostWarnings bounds the lines of one kind of warning.
const mostWarnings = 20

// warnings says what a policy allows and probably does not mean: what the policy
// file says, and the accounts in the portfolio file.
func warnings(d *document, p *Policy, file string) Problems {
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
	all := append(grouped(small, "have an allocation below 1/s"), grouped(mixed, "mix supply with networks")...)
	slices.SortStableFunc(all, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return append(choices(d, p), all...)
}

// mostExempt is up to how many exempt variants are a short list.
const mostExempt = 10

// choices says what keys of the policy mean that their writer may not have
// thought of.
func choices(d *document, p *Policy) Problems {
	found := findings{file: d.found.file}
	warn := func(is bool, key, wrong, right string) {
		if is {
			found.add(placeOf(d.entries[key].key), key, wrong, right)
		}
	}
	const cannot = "the threshold is 100% of the capacity, so that there is nothing beyond the pool for "
	warn(p.Unknown == Admit, "unknown", "originators that nobody's portfolio lists are admitted, on what is free", "refuse them if that is not meant")
	warn(p.Mode == traffic.ModeOff, "mode", "nothing is decided and everything is forwarded: the DSP is not protected", "write enforce, or shadow to see what would be refused")
	warn(p.Mode == traffic.ModeShadow, "mode", "nothing is refused, so that the DSP is not protected", "write enforce when that is to end")
	warn(len(p.Shadow) > 0, "shadow", "what these accounts send beyond their due is forwarded: bounds and shares are those of the others only", "leave the key out when that is to end")
	warn(len(p.Exempt) > 0 && p.Threshold == whole, "exempt", cannot+"what is exempt", "lower threshold, or leave the key out")
	warn(p.FinishCritical > 0 && p.Threshold == whole, "finish_critical", cannot+"the second message of a critical command", "lower threshold, or leave the key out")
	warn(len(p.Exempt) > mostExempt, "exempt", fmt.Sprintf("%d variants are exempt; what is exempt takes from what all others share", len(p.Exempt)), "keep the list short")
	capped, name := p.cappedKeep()
	warn(capped > 0, "priority", fmt.Sprintf("for %d of %d accounts, such as %s, the kept parts are cut so that a request of the largest cost still fits beside them", capped, len(p.Accounts), name),
		"keep less, lengthen burst, or raise their allocations, if that is not meant")
	p.closedInShadow(&found)
	return found.list
}

// closedInShadow warns of a maintenance that is to close what goes on being
// forwarded: in shadow nothing is refused, and with mode off nothing is decided.
func (p *Policy) closedInShadow(found *findings) {
	var who, right string
	switch {
	case p.Mode != traffic.ModeEnforce:
		who, right = fmt.Sprintf("mode is %v, so that all requests are", p.Mode), "write mode: enforce if nothing is to reach the DSP then"
	case len(p.Shadow) > 0:
		who, right = "the requests of the accounts in shadow are", "leave shadow out of the policy of that time if nothing is to reach the DSP then"
	default:
		return
	}
	for i, m := range p.Maintenance {
		if m.Capacity.Thousandths == 0 {
			found.add(m.at, itemPath("maintenance", i), "it is closed, a capacity of 0, and "+who+" forwarded all the same", right)
		}
	}
}

// cappedKeep counts the accounts for which the largest cost leaves less than is
// to be kept, and names one.
func (p *Policy) cappedKeep() (n int, name string) {
	rules := p.Rules()
	rules.LargestCost = p.LargestCost()
	var kept traffic.Fraction
	for _, f := range rules.Keep {
		kept += f
	}
	for _, a := range rules.Accounts {
		if d := rules.Depth(a.Allocation); kept.Of(d) > max(0, d-rules.LargestCost) {
			n, name = n+1, a.Name
		}
	}
	return n, name
}

// WarningsAt returns the Warnings, and with them those that are due to the time.
func (p *Policy) WarningsAt(now time.Time) Problems {
	all := slices.Clone(p.Warnings)
	for i, m := range p.Maintenance {
		if !m.End.After(now) {
			all = append(all, Problem{p.file, m.at.line, m.at.column, itemPath("maintenance", i), m.String() + " is over", "leave it out of the next version"})
		}
	}
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
