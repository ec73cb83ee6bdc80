package tmmd

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"srtm/policy"
)

// tokens are the words and numbers of a text; decimals and names stay whole.
var tokens = regexp.MustCompile(`[\p{L}\d](?:[\p{L}\d._-]*[\p{L}\d])?`)

// The public edition depends on nothing in the portfolio but the number of
// Service Users: with any other of as many it is the same, to the last byte. So
// nothing can be recovered from it.
func TestThePublicEditionTellsNothingOfThePortfolio(t *testing.T) {
	checked(t, func(t *rapid.T, d *draw) {
		portfolio := d.portfolio("ACCOUNT", "ACCOUNT-0")
		a, b := d.read(portfolio), d.read(d.portfolio("OTHERS", "ACCOUNT-0"))
		public := Render(a, Options{Public: true})
		for form, texts := range map[string][2]string{
			"HTML":     {public.HTML(), Render(b, Options{Public: true}).HTML()},
			"Markdown": {public.Markdown(), Render(b, Options{Public: true}).Markdown()},
			"text":     {public.Text(), Render(b, Options{Public: true}).Text()},
		} {
			if texts[0] != texts[1] {
				t.Errorf("as %s it differs with the portfolio: %q", form, differences(texts[0], texts[1]))
			}
		}
		noneOf(t, a, public.Markdown(), Render(b, Options{Public: true}).Markdown())
	})
}

// noneOf looks for all that is confidential, token by token. A figure that is in
// the edition with another portfolio too is not this one's.
func noneOf(t *rapid.T, p *policy.Policy, text, other string) {
	there := map[string]bool{}
	for _, w := range tokens.FindAllString(text, -1) {
		there[w] = true
	}
	elsewhere := tokens.FindAllString(other, -1)
	for _, a := range p.Accounts {
		secret := []string{a.Name, a.ServiceUser, a.Allocation.String(), decimal(a.Allocation), a.Weight.String(), sr(p.Rules().Depth(perSecond(a.Allocation)))}
		for _, r := range a.Rows {
			secret = append(secret, r.UserID.String(), strings.ReplaceAll(r.UserID.String(), "-", ""), r.Party, fmt.Sprint(r.Portfolio))
		}
		for _, s := range secret {
			if there[s] && !slices.Contains(elsewhere, s) {
				t.Errorf("%q of %s is in the public edition", s, a.Name)
			}
		}
		if strings.Contains(text, a.DisplayName) || strings.Contains(text, a.Name) {
			t.Errorf("%s is named in the public edition", a.Name)
		}
	}
	if strings.Contains(text, p.Digest) {
		t.Errorf("the digest, by which a portfolio could be guessed at, is in the public edition")
	}
}

// What the parties wrote freely is left out where it names somebody.
func TestThePublicEditionLeavesOutWhatNamesAServiceUser(t *testing.T) {
	for _, c := range []struct{ where, line, annex string }{
		{"an account in the history", "history: [{date: 2026-10-01, change: ALPHA joins}]", ""},
		{"a name in the history, written otherwise", "history: [{date: 2026-10-01, change: for alpha  ENERGY.}]", ""},
		{"a User ID in a reason", `reserved: [{from: "22:00", to: "05:00", rate: 1/s, reason: reads of 90-b3-d5-1f-30-01-00-00}]`, ""},
		{"a name in a maintenance", "maintenance: [{start: 2026-11-20T22:00:00Z, end: 2026-11-21T04:30:00Z, capacity: 1200/s, reason: Alpha Energy moves}]", ""},
		{"a User ID in an annex", "annexes: [annex.md]", "all of 90B3D51F30010000\n"},
		{"an account in an annex", "annexes: [annex.md]", "see [ALPHA](x)\n"},
		{"an account in shadow", "shadow: [ALPHA]", ""},
		{"the file of the senders", "senders: ALPHA.csv", ""},
	} {
		files := map[string]string{"portfolio.csv": smallPortfolio, "annex.md": c.annex, "ALPHA.csv": "sender,account\nCN=x,BRAVO\n"}
		text := strings.Replace(smallPolicy, "history: [{date: 2026-10-01, change: First version.}]\n", "", 1) + c.line + "\n"
		p := parse(t, text, files)
		for _, public := range []string{Render(p, Options{Public: true}).HTML(), Render(p, Options{Public: true}).Markdown()} {
			if regexp.MustCompile(`(?i)alpha|90-?b3-?d5|CN=x`).MatchString(public) {
				t.Errorf("%s stands in the public edition", c.where)
			}
		}
		if whole := Render(p, Options{}).Markdown(); !strings.Contains(whole, "ALPHA") {
			t.Errorf("%s: the whole edition does not name ALPHA", c.where)
		}
	}
	p := everything(t)
	if text := Render(p, Options{Public: true, InForce: []Version{{Name: "Earlier", Who: "J. Smith", Why: "a query"}}}).Markdown(); strings.Contains(text, "Smith") || strings.Contains(text, "Earlier") ||
		!strings.Contains(text, "First version.") || !strings.Contains(text, "8F3E") || !strings.Contains(text, "DCC Scheduled reads") || !strings.Contains(text, "`shadow` | 1 account |") {
		t.Error("the public edition lacks what is agreed, or names who acted")
	}
}

func TestPoliciesInForceAreListed(t *testing.T) {
	text := Render(small(t), Options{InForce: []Version{{Name: "Earlier | <b>", Digest: "abc", Who: "J. Smith", Why: "first *of* all"}}}).Markdown()
	if !strings.Contains(text, `| at the start | Earlier \| \<b\> | J. Smith | first \*of\* all | `+"`abc` |") {
		t.Errorf("it is not listed: %s", text[strings.Index(text, "## Change history"):])
	}
}
