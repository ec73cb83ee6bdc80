package tmmd

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"srtm/policy"
)

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

// crowd has names of every kind: one of two letters, an accented one, one of
// several words.
const crowd = `account,name,user_id,role,portfolio
ALPHA,Alpha Energy,90-B3-D5-1F-30-01-00-00,IS,500000
EO,Électricité Ouest,90-B3-D5-1F-30-02-00-0A,IS,70000
R2,Οδός Nord,90-B3-D5-1F-30-03-00-00,ED,1000000
`

func TestANameIsFoundHoweverItIsWritten(t *testing.T) {
	s := secretsOf(parse(t, smallPolicy, map[string]string{"portfolio.csv": crowd}))
	for rule, text := range map[string]string{
		"as it is":                      "ALPHA joins",
		"in small letters":              "when alpha joined",
		"of several":                    "the ALPHAs of this world",
		"somebody's":                    "Alpha's reads",
		"two words as one":              "AlphaEnergy moves",
		"one word as two":               "from al pha on",
		"with a hyphen":                 "alpha-energy",
		"with an underscore before":     "old_alpha",
		"as a part of a word":           "the newAlpha site",
		"after digits":                  "24alpha",
		"in full-width letters":         "\uff21\uff2c\uff30\uff28\uff21 joins",
		"with an accent":                "\u00c1lpha",
		"with an accent of its own":     "A\u0301lpha",
		"with a soft hyphen":            "AL\u00adPHA",
		"with a space of no width":      "AL\u200bPHA",
		"with a ligature of some kind":  "\u24b6lpha",
		"without the accents it has":    "Electricite Ouest",
		"a small letter with two forms": "ΟΔΌΣ NORD",
		"two letters as a word":         "for EO, too",
		"two letters at the end":        "it is eo",
		"two letters and a digit":       "see (R2)",
		"a User ID":                     "of 90-B3-D5-1F-30-01-00-00",
		"a User ID without hyphens":     "of 90B3D51F30010000.",
		"a User ID in small letters":    "of 90b3d51f3002000a.",
		"a User ID with 0x":             "of 0x90B3D51F30010000",
		"a User ID with one hyphen":     "90B3D51F-30010000",
		"a User ID with colons":         "90:b3:d5:1f:30:01:00:00",
		"a User ID with spaces":         "90 B3 D5 1F 30 01 00 00",
		"a User ID over lines":          "90B3D51F\n  30010000",
		"a User ID of octets in C":      "0x90, 0xB3, 0xD5, 0x1F, 0x30, 0x01, 0x00, 0x00",
		"a User ID in a longer number":  "urn:eui64:90b3d51f30010000ff",
		"a User ID of full-width signs": "\uff19\uff10B3D51F30010000",
	} {
		if got := s.free(text); got != named {
			t.Errorf("%s: %q is let through as %q", rule, text, got)
		}
	}
}

func TestWhatNamesNobodyIsPublished(t *testing.T) {
	s := secretsOf(parse(t, smallPolicy, map[string]string{"portfolio.csv": crowd}))
	for rule, text := range map[string]string{
		"nothing":                             "",
		"a version":                           "First version.",
		"a name inside a word":                "total phase",
		"two letters that begin a word":       "Eocene reads of R20",
		"the first word of a name":            "Nord und Électricité",
		"a User ID of nobody":                 "90-B3-D5-1F-30-09-00-00",
		"a User ID in part":                   "all that begin with 90-B3-D5",
		"hexadecimal digits with others amid": "90B3D51F the 30010000",
		"octets that are no UTF-8":            "\xff\xfe reads",
	} {
		if got := s.free(text); got != text {
			t.Errorf("%s: of %q it says %q", rule, text, got)
		}
	}
}

// Not a time: that many names and a long text are looked through at all, which a
// product of both would not be.
func TestALongAnnexAndManyServiceUsersAreLookedThrough(t *testing.T) {
	s := secretsOf(&policy.Policy{})
	for i := range 20_000 {
		s.add(fmt.Sprintf("ACCOUNT-%05d", i))
	}
	text := strings.Repeat("ACCOUNTS of all kinds. ", 100_000)
	if s.free(text) != text || s.free(text+"account 19999") != named {
		t.Error("a name at the end of a long text is not found, or one is found that is not there")
	}
}
