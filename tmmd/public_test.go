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

func TestPoliciesInForceAreListed(t *testing.T) {
	text := Render(small(t), Options{InForce: []Version{{Name: "Earlier | <b>", Digest: "abc", Who: "J. Smith", Why: "first *of* all"}}}).Markdown()
	if !strings.Contains(text, `| at the start | Earlier \| \<b\> | J. Smith | first \*of\* all | `+"`abc` |") {
		t.Errorf("it is not listed: %s", text[strings.Index(text, "## Change history"):])
	}
}
