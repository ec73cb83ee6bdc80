package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"srtm/allocate"
	"srtm/policy"
)

// validPolicies draws the text of a policy that can work, and its portfolio.
func validPolicies(t *rapid.T) (text, portfolio string) {
	n := rapid.IntRange(1, 30).Draw(t, "accounts")
	capacity := rapid.Int64Range(int64(n)*10_000, 10_000_000_000).Draw(t, "capacity") // thousandths; T is 2n/s at least
	threshold := rapid.Int64Range(20_000, 100_000).Draw(t, "threshold")
	release := rapid.Int64Range(1, threshold-1).Draw(t, "release")
	minimum := rapid.Int64Range(0, capacity/100_000*threshold/int64(n)).Draw(t, "minimum")
	decimal := func(n int64) string { return fmt.Sprintf("%d.%03d", n/1000, n%1000) }
	text = fmt.Sprintf("name: Random\nportfolio: portfolio.csv\ncapacity: %s/s\nthreshold: %s%%\nrelease: %s%%\nburst: %ds\nallocation: {minimum: %s/s, weights: {ED: %s}}\n",
		decimal(capacity), decimal(threshold), decimal(release), rapid.IntRange(1, 60).Draw(t, "burst"), decimal(minimum),
		decimal(rapid.Int64Range(0, 1_000_000).Draw(t, "weight")))

	var b strings.Builder
	b.WriteString("account,name,user_id,role,portfolio\n")
	for i := range n {
		units := rapid.Int64Range(0, allocate.MaxPortfolio).Draw(t, "portfolio")
		role := rapid.SampledFrom(policy.Roles()).Draw(t, "role")
		fmt.Fprintf(&b, "ACCOUNT-%d,,00-00-00-00-00-00-00-%02X,%s,%d\n", i, i, role, units)
	}
	fmt.Fprintf(&b, "ACCOUNT-0,,FF-00-00-00-00-00-00-00,IS,%d\n", rapid.Int64Range(1, 1000).Draw(t, "weighty"))
	return text, b.String()
}

func TestAPolicyDividesItsThresholdWithoutRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, portfolio := validPolicies(t)
		p, err := policy.Parse("policy.yaml", []byte(text), beside(portfolio, nil))
		if err != nil {
			t.Fatalf("the policy\n%s\nis refused: %v", text, err)
		}
		if wrong := unsound(p); wrong != "" {
			t.Errorf("the policy\n%s\n%s", text, wrong)
		}
	})
}

// unsound says what is wrong with a policy that has been accepted.
func unsound(p *policy.Policy) string {
	rules := p.Rules()
	if faults := rules.Check(); len(faults) > 0 {
		return fmt.Sprintf("has rules that cannot work: %v", faults)
	}
	var sum allocate.Thousandths
	for _, a := range p.Accounts {
		if a.Allocation < p.Minimum {
			return fmt.Sprintf("gives %s %v, less than its minimum %v", a.Name, a.Allocation, p.Minimum)
		}
		sum += a.Allocation
	}
	if sum != p.OperatingThreshold() {
		return fmt.Sprintf("divides %v as %v", p.OperatingThreshold(), sum)
	}
	for _, a := range p.Accounts {
		shares, err := p.ByRole(a)
		if err != nil {
			return err.Error()
		}
		rest := a.Allocation
		for _, s := range shares {
			rest -= s.Allocation
		}
		if rest != 0 {
			return fmt.Sprintf("leaves %v of %s without a role", rest, a.Name)
		}
	}
	return wrongAtSome(p)
}
