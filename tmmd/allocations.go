package tmmd

import (
	"math/big"
	"strconv"

	"srtm/policy"
	"srtm/traffic"
)

// allocations is the allocation table, with its sums.
func (e *edition) allocations() section {
	s := section{anchor: "allocations", title: "Allocations"}
	if e.public {
		return s
	}
	p := e.policy
	roles := rolesOf(p)
	t := table{anchor: "allocation", title: "Every allocation", columns: texts("account", "name")}
	for _, r := range roles {
		t.columns = append(t.columns, column{string(r), true})
	}
	t.columns = append(t.columns, figures("weight", "share %", "allocation /s", "D(u) SR")...)
	sums := make(map[policy.Role]int64)
	weight, depths := new(big.Int), traffic.Amount(0)
	for _, a := range p.Accounts {
		row := []string{clean(a.Name), clean(a.DisplayName)}
		by := portfolioByRole(a)
		for _, r := range roles {
			n, has := by[r]
			sums[r] += n
			row = append(row, figureOrNone(n, has))
		}
		d := e.rules.Depth(perSecond(a.Allocation))
		weight.Add(weight, a.Weight.Thousandths())
		depths += d
		row = append(row, a.Weight.String(), percent(int64(a.Allocation), int64(p.OperatingThreshold())), a.Allocation.String(), sr(d))
		t.rows = append(t.rows, row)
		t.anchors = append(t.anchors, "account-"+a.Name)
	}
	t.foot = []string{"together", ""}
	for _, r := range roles {
		t.foot = append(t.foot, strconv.FormatInt(sums[r], 10))
	}
	t.foot = append(t.foot, new(big.Rat).SetFrac(weight, big.NewInt(1000)).FloatString(3), percent(1, 1), p.OperatingThreshold().String(), sr(depths))
	s.blocks = []block{paragraph("The portfolio counts " + clean(p.Portfolio.Unit) + ", in each User Role. How an allocation follows from it is said under Allocation in the method; " +
		"an allocation while something lowers T is in the timetable."), t}
	return s
}

func rolesOf(p *policy.Policy) []policy.Role {
	has := make(map[policy.Role]bool)
	for _, a := range p.Accounts {
		for _, r := range a.Rows {
			has[r.Role] = true
		}
	}
	var roles []policy.Role
	for _, r := range policy.Roles() {
		if has[r] {
			roles = append(roles, r)
		}
	}
	return roles
}

func portfolioByRole(a policy.Account) map[policy.Role]int64 {
	by := make(map[policy.Role]int64)
	for _, r := range a.Rows {
		by[r.Role] += r.Portfolio
	}
	return by
}

func figureOrNone(n int64, has bool) string {
	if !has {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
