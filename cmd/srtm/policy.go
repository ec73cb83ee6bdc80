package main

import (
	"fmt"
	"strings"
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
	_, depths := rules.Bound()
	_, err = fmt.Fprintf(a.stdout, `%s (%s) can work.
  maximum capacity     %v
  operating threshold  %v
  release level        %v, for %v
  accounts             %d; their allocations add up to %v
%s    in the accounts    %v
  effective            %s
  sha256               %s
`, p.Name, p.Environment, p.Capacity, rules.Threshold, rules.Release, rules.Hold,
		len(rules.Accounts), sumOf(rules), protection(p, rules), depths, effective(p), p.Digest)
	return err
}

// protection says how much can reach the DSP, and what that does not count.
func protection(p *policy.Policy, rules traffic.Rules) string {
	bound, _ := rules.Bound()
	var sum, limit string
	if len(p.Exempt) > 0 || p.FinishCritical > 0 {
		sum, limit = " + L", fmt.Sprintf("    L                  %v, for what is exempt or finishes a critical command: (C − T) × burst\n", rules.Limit())
	}
	most := fmt.Sprintf("at most %v × t + B%s + one slot's deal", rules.Threshold, sum)
	says := most + " reach the DSP"
	switch {
	case rules.Mode == traffic.ModeOff:
		says = "all that is sent reaches the DSP: mode off does not protect it; enforced, " + most
	case rules.Mode == traffic.ModeShadow:
		says = "all that is sent reaches the DSP: mode shadow does not protect it; enforced, " + most
	case len(p.Shadow) > 0:
		says += ",\n                       and besides, what is sent beyond its due by the accounts in shadow, from which the DSP is not protected: " + fewOf(p.Shadow)
	}
	return fmt.Sprintf("  in any time t        %s\n    B                  %v\n%s    a slot's deal      %v\n", says, bound, limit, rules.Threshold.Over(rules.Slot))
}

// fewOf names the first of many.
func fewOf(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
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
