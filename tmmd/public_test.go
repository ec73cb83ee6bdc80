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

// What an operator has prepared is shown in both editions; whom it concerns, and
// the name that was given to that, only in the whole one.
func TestPresetsNameNobodyInPublic(t *testing.T) {
	text := "name: One\ncapacity: 100/s\nportfolio: p.csv\npresets: [{name: one site, capacity: 50/s, for: 4h}, {name: the loop of ALPHA, activate: true, hold: {ALPHA: 5/s}, exempt: [BETA], for: 1h}]\n"
	rows := "account,name,user_id,role,portfolio\nALPHA,,90-B3-D5-1F-30-01-00-00,IS,600\nBETA,,90-B3-D5-1F-30-02-00-00,IS,300\n"
	p, err := policy.ParseFiles([]policy.File{{Name: "p.yaml", Text: []byte(text)}, {Name: "p.csv", Text: []byte(rows)}})
	if err != nil {
		t.Fatal(err)
	}
	whole, public := Render(p, Options{}).Text(), Render(p, Options{Public: true}).Text()
	for _, words := range []string{"one site: capacity 50/s, for at most 4h", "the loop of ALPHA: active, ALPHA held to 5/s, BETA exempt, for at most 1h"} {
		if !strings.Contains(whole, words) {
			t.Errorf("%q is not in the whole edition", words)
		}
	}
	for _, words := range []string{"capacity 50/s, for at most 4h", "an act on single accounts: active, 1 account held to a rate, 1 account exempt, for at most 1h"} {
		if !strings.Contains(public, words) {
			t.Errorf("%q is not in the public edition:\n%s", words, public)
		}
	}
	if strings.Contains(public, "ALPHA") || strings.Contains(public, "BETA") {
		t.Error("an account is named in the public edition")
	}
}
