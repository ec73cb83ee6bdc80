package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"srtm/amendment"
	"srtm/console"
	"srtm/policy"
)

// deedFlags say who does something, and why.
type deedFlags struct {
	adminFlags
	As     string `name:"as" placeholder:"NAME" help:"Who you are, where nobody signs in; elsewhere the token says it. It is recorded."`
	Reason string `required:"" placeholder:"WORDS" help:"Why; it is recorded."`
}

// consentFlags answer what is asked about a change.
type consentFlags struct {
	Confirm       bool `help:"What is asked about the change is meant so."`
	ShortenNotice bool `help:"Service Users may be told later than the policy says; needs a second person."`
}

func (c consentFlags) deed(d deedFlags) console.Deed {
	return console.Deed{By: d.As, Why: d.Reason, Confirm: c.Confirm, ShortenNotice: c.ShortenNotice}
}

// policySubmitCmd proposes a policy to a running gateway.
type policySubmitCmd struct {
	File string `arg:"" help:"The policy file; portfolio, senders and annexes lie beside it."`
	deedFlags
	consentFlags
}

// Help shows examples.
func (policySubmitCmd) Help() string {
	return `Examples:
  srtm policy submit tmmd.yaml --as "A. Planner" --reason "portfolios of November"
  srtm policy submit tmmd.yaml --as "A. Planner" --reason "a supplier failed" --confirm --shorten-notice

It takes effect at its own time if nothing stands in the way; otherwise it waits, and what for is printed.`
}

// Run proposes it.
func (c *policySubmitCmd) Run(a *app) error {
	p, err := policy.Load(c.File)
	if err != nil {
		return err
	}
	deed := c.deed(c.deedFlags)
	for _, f := range p.Files {
		deed.Files = append(deed.Files, console.PolicyFile{Name: f.Name, Text: string(f.Text)})
	}
	return c.does(a, "policies", deed)
}

// policyConfirmCmd answers what is asked about a proposal.
type policyConfirmCmd struct {
	Digest string `arg:"" help:"The policy's SHA-256, its beginning, or its name."`
	deedFlags
	ShortenNotice bool `help:"Service Users may be told later than the policy says; needs a second person."`
}

// Run confirms it.
func (c *policyConfirmCmd) Run(a *app) error {
	return c.does(a, "policies/"+url.PathEscape(c.Digest)+"/confirm", consentFlags{true, c.ShortenNotice}.deed(c.deedFlags))
}

// policyApproveCmd approves a proposal.
type policyApproveCmd struct {
	Digest string `arg:"" help:"The policy's SHA-256, its beginning, or its name."`
	deedFlags
}

// Run approves it.
func (c *policyApproveCmd) Run(a *app) error {
	return c.does(a, "policies/"+url.PathEscape(c.Digest)+"/approve", consentFlags{}.deed(c.deedFlags))
}

// policyWithdrawCmd takes back a proposal, or a version that is to come.
type policyWithdrawCmd struct {
	Digest string `arg:"" help:"The policy's SHA-256, its beginning, or its name."`
	deedFlags
}

// Run withdraws it.
func (c *policyWithdrawCmd) Run(a *app) error {
	if err := c.ask(http.MethodPost, "policies/"+url.PathEscape(c.Digest)+"/withdraw", consentFlags{}.deed(c.deedFlags), nil); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "%s is withdrawn.\n", c.Digest)
	return err
}

// policyRollbackCmd proposes an earlier version again.
type policyRollbackCmd struct {
	Digest string `arg:"" help:"The earlier version's SHA-256, its beginning, or its name."`
	deedFlags
	consentFlags
}

// Run proposes it.
func (c *policyRollbackCmd) Run(a *app) error {
	return c.does(a, "policies/"+url.PathEscape(c.Digest)+"/rollback", c.deed(c.deedFlags))
}

// does has the gateway do something about a policy, and says what came of it.
func (f adminFlags) does(a *app, path string, deed console.Deed) error {
	var p amendment.Proposal
	if err := f.ask(http.MethodPost, path, deed, &p); err != nil {
		return err
	}
	return sayProposal(a.stdout, p)
}

func sayProposal(out io.Writer, p amendment.Proposal) error {
	var b strings.Builder
	if p.Accepted {
		fmt.Fprintf(&b, "%s is accepted and takes effect at %s.\n", p.Name, p.From.UTC().Format(time.RFC3339))
	} else {
		fmt.Fprintf(&b, "%s waits for:\n", p.Name)
		for _, what := range p.Awaits {
			fmt.Fprintf(&b, "  %s\n", what)
		}
	}
	for _, q := range p.Questions {
		fmt.Fprintf(&b, "  is this meant? %s\n", q.Text)
	}
	fmt.Fprintf(&b, "  sha256 %s\n", p.Digest)
	if n := len(p.Notices); n > 0 {
		verb := map[bool]string{true: "told", false: "to be told"}[p.Accepted]
		fmt.Fprintf(&b, "  %s of a new allocation: %s\n", verb, many(n, "account"))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// policyVersionsCmd lists versions.
type policyVersionsCmd struct {
	adminFlags
	JSON bool `name:"json" help:"Print everything, as /api/v1/policies gives it."`
}

// Run lists them.
func (c *policyVersionsCmd) Run(a *app) error {
	var raw json.RawMessage
	if err := c.ask(http.MethodGet, "policies", nil, &raw); err != nil {
		return err
	}
	if c.JSON {
		_, err := a.stdout.Write(append(raw, '\n'))
		return err
	}
	var p console.Policies
	if err := json.Unmarshal(raw, &p); err != nil {
		return err
	}
	return writeVersions(a.stdout, p)
}

func writeVersions(out io.Writer, p console.Policies) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "STATE\tFROM\tPOLICY\tSHA256\tPREPARED BY\tWHY")
	row := func(state string, papers amendment.Papers, from time.Time) {
		by := papers.Prepared.By
		if by == "" {
			by = "the file at a start"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%.12s\t%s\t%s\n", state, from.UTC().Format(time.RFC3339), oneLine(papers.Name), papers.Digest, oneLine(by), oneLine(papers.Prepared.Why))
	}
	for _, v := range p.History {
		state := "earlier"
		switch {
		case v.Withdrawn != nil:
			state = "withdrawn"
		case v.Replaced != 0:
			state = "replaced"
		case p.InForce != nil && v.Number == p.InForce.Number:
			state = "in force"
		case v.Adopted.IsZero() && p.InForce != nil && v.From.After(p.InForce.From):
			state = "to come"
		}
		row(state, v.Papers, v.From)
	}
	for _, waiting := range p.Pending {
		row("waits", waiting.Papers, waiting.From)
		for _, what := range waiting.Awaits {
			fmt.Fprintf(t, "\t\t  for %s\t\t\t\n", oneLine(what))
		}
	}
	for _, c := range p.Challenges {
		if c.Answer == nil {
			fmt.Fprintf(t, "challenge %d\t%s\t%s: %s\t%.12s\t%s\t\n", c.ID, c.Said.At.UTC().Format(time.RFC3339), oneLine(c.Account), oneLine(c.Said.Why), c.Policy, oneLine(c.Said.By))
		}
	}
	return t.Flush()
}

// oneLine keeps what somebody wrote from making lines and columns of its own.
func oneLine(words string) string { return strings.Join(strings.Fields(words), " ") }

// policyNoticesCmd lists what Service Users were told.
type policyNoticesCmd struct {
	adminFlags
	Account string `placeholder:"NAME" help:"This account's only."`
}

// Run lists them as CSV.
func (c *policyNoticesCmd) Run(a *app) error {
	var notices []amendment.Notice
	if err := c.ask(http.MethodGet, "notices?account="+url.QueryEscape(c.Account), nil, &notices); err != nil {
		return err
	}
	out := csv.NewWriter(a.stdout)
	_ = out.Write(strings.Split("given,account,policy,effective,old_per_s,new_per_s,old_weight,weight,weights,source,shortened,taken_back", ","))
	for _, n := range notices {
		_ = out.Write([]string{n.At.UTC().Format(time.RFC3339), n.Account, n.PolicyName, n.Effective.UTC().Format(time.RFC3339),
			strings.TrimSuffix(n.Old.String(), "/s"), strings.TrimSuffix(n.New.String(), "/s"), n.OldWeight, n.Weight, n.Weights, n.Source,
			fmt.Sprint(n.Shortened), fmt.Sprint(n.TakenBack)})
	}
	out.Flush()
	return out.Error() // of any Write, too
}

// policyChallengeCmd records what a Service User says about its allocation.
type policyChallengeCmd struct {
	Account string `arg:"" help:"Whose allocation it is."`
	Text    string `arg:"" help:"What is said."`
	adminFlags
	As string `name:"as" placeholder:"NAME" help:"Who says it, where nobody signs in; it is recorded."`
}

// Run records it.
func (c *policyChallengeCmd) Run(a *app) error {
	var said amendment.Challenge
	if err := c.ask(http.MethodPost, "challenges", console.Saying{Account: c.Account, By: c.As, Text: c.Text}, &said); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "recorded as challenge %d\n", said.ID)
	return err
}

// policyAnswerCmd records what it was answered.
type policyAnswerCmd struct {
	ID   uint64 `arg:"" name:"id" help:"The challenge's number."`
	Text string `arg:"" help:"The answer."`
	adminFlags
	As string `name:"as" placeholder:"NAME" help:"Who answers, where nobody signs in; it is recorded."`
}

// Run records it.
func (c *policyAnswerCmd) Run(a *app) error {
	var said amendment.Challenge
	if err := c.ask(http.MethodPost, fmt.Sprintf("challenges/%d/answer", c.ID), console.Saying{By: c.As, Text: c.Text}, &said); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "challenge %d is answered\n", said.ID)
	return err
}

// ask asks the gateway's API.
func (f adminFlags) ask(method, path string, body, into any) error {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, f.url(path), sent)
	if err != nil {
		return usageError{fmt.Errorf("--admin %s: %w", f.Admin, err)}
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := f.send(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 256<<20))
	if err != nil {
		return fmt.Errorf("read the gateway's answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		var problem console.Problem
		if json.Unmarshal(answer, &problem) == nil && problem.Detail != "" {
			return errors.New(problem.Detail)
		}
		return fmt.Errorf("%s answers %s: %.200s", f.Admin, resp.Status, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}
