package tmmd

import (
	"fmt"
	"math/big"
	"slices"

	"srtm/allocate"
	"srtm/policy"
	"srtm/traffic"
)

// shareOf works out one account's allocation by hand.
func (e *edition) shareOf(hero int) []block {
	weights := make([]*big.Int, len(e.policy.Accounts))
	for i, a := range e.policy.Accounts {
		weights[i] = a.Weight.Thousandths()
	}
	return shareBlocks(division{e.policy.OperatingThreshold(), e.policy.Minimum, weights}, hero, person{clean(e.policy.Accounts[hero].Name), hero}, e.policy.Accounts[hero].Allocation)
}

func inventedShare(p *policy.Policy, rules traffic.Rules, units []int64, hero int) []block {
	weights := make([]*big.Int, len(units))
	t := table{anchor: "invented", title: "The invented Service Users", columns: append(texts("account"), figures("weight", "allocation /s")...)}
	for i, u := range units {
		weights[i] = big.NewInt(u * 1000)
		t.rows = append(t.rows, []string{rules.Accounts[i].Name, fmt.Sprint(u), thousandths(rules.Accounts[i].Allocation).String()})
	}
	d := division{p.OperatingThreshold(), minimumFor(p, len(units)), weights}
	return append([]block{t}, shareBlocks(d, hero, person{rules.Accounts[hero].Name, hero}, thousandths(rules.Accounts[hero].Allocation))...)
}

// division is what rule 1 starts from; weights are in thousandths.
type division struct {
	total, minimum allocate.Thousandths
	weights        []*big.Int
}

// raised says who is raised to the minimum, the lightest first, and what is left
// for the others and what those weigh.
func (d division) raised() (raised []bool, left, weight *big.Int) {
	raised = make([]bool, len(d.weights))
	left, weight = big.NewInt(int64(d.total)), new(big.Int)
	order := make([]int, len(d.weights))
	for i, w := range d.weights {
		order[i] = i
		weight.Add(weight, w)
	}
	slices.SortStableFunc(order, func(a, b int) int { return d.weights[a].Cmp(d.weights[b]) })
	minimum := big.NewInt(int64(d.minimum))
	for _, i := range order {
		if new(big.Int).Mul(left, d.weights[i]).Cmp(new(big.Int).Mul(minimum, weight)) >= 0 {
			break
		}
		raised[i] = true
		left.Sub(left, minimum)
		weight.Sub(weight, d.weights[i])
	}
	return raised, left, weight
}

func shareBlocks(d division, hero int, who person, allocation allocate.Thousandths) []block {
	raised, left, weight := d.raised()
	n := 0
	for _, r := range raised {
		if r {
			n++
		}
	}
	blocks := []block{heading{"example-allocation", "The allocation of " + who.name}}
	if n > 0 {
		blocks = append(blocks, paragraph(fmt.Sprintf("%s would have less than the minimum %s in proportion, and has that. It leaves T − %d × %s = %s.", plural(n, "account"), rateOf(d.minimum), n,
			rateOf(d.minimum), rateOf(allocate.Thousandths(left.Int64())))))
	}
	if raised[hero] || weight.Sign() == 0 {
		return append(blocks, paragraph(who.name+" is one of them: its allocation is the minimum, "+rateOf(allocation)+"."))
	}
	exact := new(big.Rat).SetFrac(new(big.Int).Mul(left, d.weights[hero]), new(big.Int).Mul(weight, big.NewInt(1000)))
	floor := new(big.Int).Quo(new(big.Int).Mul(left, d.weights[hero]), weight)
	line := fmt.Sprintf("%s × %s / %s = %s", decimal(allocate.Thousandths(left.Int64())), thousandth(d.weights[hero]), thousandth(weight), rational(exact, 6))
	rounded := "which is whole thousandths: a(u) = " + rateOf(allocation)
	if rest := allocation - allocate.Thousandths(floor.Int64()); !new(big.Rat).Mul(exact, big.NewRat(1000, 1)).IsInt() {
		rounded = "rounded down; its fraction is not among the largest: a(u) = " + rateOf(allocation)
		if rest > 0 {
			rounded = "rounded down, and one thousandth more, because its fraction is among the largest: a(u) = " + rateOf(allocation)
		}
	}
	return append(blocks, paragraph("Its weight is "+thousandth(d.weights[hero])+". Those among whom "+rateOf(allocate.Thousandths(left.Int64()))+" is divided in proportion weigh "+thousandth(weight)+" together, itself included:"),
		formula{line, rounded})
}

// thousandth writes a number of thousandths.
func thousandth(n *big.Int) string { return rational(new(big.Rat).SetFrac(n, big.NewInt(1000)), 3) }
