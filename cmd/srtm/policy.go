package main

import (
	"fmt"
	"time"

	"srtm/policy"
	"srtm/traffic"
)

// policyCmd is the verbs about policy files.
type policyCmd struct {
	Check  policyCheckCmd  `cmd:"" help:"Say everything that is wrong or doubtful in a policy file."`
	Render policyRenderCmd `cmd:"" help:"Write a policy as the document that people read: parameters, method, a worked example, allocations."`
	Diff   policyDiffCmd   `cmd:"" help:"Say what changes between two policies, and what recorded traffic would have looked like."`

	Submit    policySubmitCmd    `cmd:"" help:"Propose a policy to a running gateway."`
	Confirm   policyConfirmCmd   `cmd:"" help:"Say that what is asked about a proposal is meant so."`
	Approve   policyApproveCmd   `cmd:"" help:"Approve a proposal, as another person than who prepared it."`
	Withdraw  policyWithdrawCmd  `cmd:"" help:"Take back a proposal, or a version that is to come."`
	Rollback  policyRollbackCmd  `cmd:"" help:"Propose an earlier version again, at once."`
	Versions  policyVersionsCmd  `cmd:"" help:"List a gateway's policies: in force, earlier, to come, waiting."`
	Notices   policyNoticesCmd   `cmd:"" help:"List what Service Users were told of their allocations, as CSV."`
	Challenge policyChallengeCmd `cmd:"" help:"Record what a Service User says about its allocation."`
	Answer    policyAnswerCmd    `cmd:"" help:"Record what it was answered."`
}

// policyCheckCmd checks a policy.
type policyCheckCmd struct {
	File string `arg:"" help:"The policy file."`
}

// Help shows examples.
func (policyCheckCmd) Help() string {
	return `Examples:
  srtm policy check tmmd.yaml

All errors come at once, each with file, line and column, and what would be right; then exit 1.
Warnings do not fail. What a good policy amounts to is printed on stdout.`
}

// Run checks it.
func (c *policyCheckCmd) Run(a *app) error {
	p, err := policy.Load(c.File)
	if err != nil {
		return err
	}
	for _, w := range p.WarningsAt(time.Now()) {
		fmt.Fprintf(a.stderr, "srtm: warning: %v\n", w)
	}
	rules := p.Rules()
	bound, depths := rules.Bound()
	_, err = fmt.Fprintf(a.stdout, `%s (%s) can work.
  maximum capacity     %v
  operating threshold  %v
  release level        %v, for %v
  accounts             %d; their allocations add up to %v
  in any time t        at most %v × t + B + one slot's deal reach the DSP
    B                  %v
    a slot's deal      %v
    in the accounts    %v
  effective            %s
  sha256               %s
`, p.Name, p.Environment, p.Capacity, rules.Threshold, rules.Release, rules.Hold,
		len(rules.Accounts), sumOf(rules), rules.Threshold, bound, rules.Threshold.Over(rules.Slot), depths, effective(p), p.Digest)
	return err
}

func sumOf(r traffic.Rules) (sum traffic.Rate) {
	for _, a := range r.Accounts {
		sum += a.Allocation
	}
	return sum
}

func effective(p *policy.Policy) string {
	if p.Effective.IsZero() {
		return "at once"
	}
	return p.Effective.UTC().Format("2006-01-02T15:04:05Z")
}
