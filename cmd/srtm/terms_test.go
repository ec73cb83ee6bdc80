package main

import (
	"testing"

	"srtm/policy"
	"srtm/traffic"
)

// Terms say the largest cost that the depth beside them was made from.
func TestTermsHaveTheLargestCostOfTheRules(t *testing.T) {
	p, err := policy.Load("demo/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for given, want := range map[traffic.Amount]traffic.Amount{0: traffic.SR, traffic.SR / 10: traffic.SR / 10, 3 * traffic.SR: 3 * traffic.SR} {
		rules := p.Rules()
		rules.LargestCost = given
		for _, terms := range termsOf(p, rules) {
			again := traffic.Rules{Burst: terms.Burst, LargestCost: terms.LargestCost}
			if terms.LargestCost != want || terms.Depth != again.Depth(terms.Allocation) {
				t.Errorf("with a largest cost of %v the terms of %s say %v, and a depth of %v", given, terms.Account, terms.LargestCost, terms.Depth)
			}
		}
	}
}
