package policy_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

const header = "account,name,user_id,role,portfolio\n"

func TestProblemsOfAPortfolio(t *testing.T) {
	row := "ALPHA,Alpha,90-B3-D5-1F-30-01-00-00,IS,3\n"
	for _, c := range []struct {
		rule string
		text string
		want []string
	}{
		{"an empty file", "", []string{"1:1: the file is empty; its first line is account,name,user_id,role,portfolio"}},
		{"a header alone", header, []string{"1:1: the portfolio lists nobody; "}},
		{"a column that is nearly one is guessed", "acount,name,user_id,role,portfolio\n", []string{
			"1:1: acount: there is no such column; did you mean account?", "1:1: account: the column is missing; "}},
		{"an unknown column otherwise lists the columns", "account,name,user_id,role,portfolio,colour\n", []string{
			"1:37: colour: there is no such column; the columns are account, name, user_id, role, portfolio, party"}},
		{"a column given twice", "account,name,user_id,role,portfolio,role\n", []string{"1:37: role: the column is there twice; "}},
		{"a line too short", header + row + "BETA,Beta\n", []string{"3:1: the line has 2 fields; the header has 5"}},
		{"a line too long", header + row + "BETA,Beta,90-B3-D5-1F-30-02-00-00,IS,3,\n", []string{"3:1: the line has 6 fields; the header has 5"}},
		{"a quote out of place", header + row + "BE\"TA,Beta,90-B3-D5-1F-30-02-00-00,IS,3\nX\n", []string{`3:3: this is not CSV: bare " in non-quoted-field; `, "4:1: the line has 1 fields"}},
		{"a quote without end", header + row + "\"BETA\n", []string{"3:7: this is not CSV: extraneous or missing"}},
		{"bytes that are not UTF-8", header + "ALPHA,\xff,\n", []string{"2:7: the file is not UTF-8 text here; "}},
		{"a control character", header + "ALPHA,\x00,\n", []string{"2:7: there is a control character (U+0000); "}},
		{"an account's name with a space", header + "A B,,90-B3-D5-1F-30-01-00-00,IS,3\n", []string{`2:1: account: "A B" is not an account's name; write 1 to 64 of A-Z a-z 0-9 . _ and -`}},
		{"an account's name too long", header + strings.Repeat("A", 65) + ",,90-B3-D5-1F-30-01-00-00,IS,3\n", []string{"2:1: account: "}},
		{"no account's name", header + ",,90-B3-D5-1F-30-01-00-00,IS,3\n", []string{`2:1: account: "" is not an account's name; `}},
		{"two names for one account", header + row + "ALPHA,Alfa,90-B3-D5-1F-30-01-00-00,GS,3\n", []string{`3:7: name: account ALPHA is called "Alfa" here and "Alpha" before; `}},
		{"a User ID without dashes", header + "ALPHA,,90B3D51F30010000,IS,3\n", []string{`2:8: user_id: "90B3D51F30010000" is not a User ID; write eight hexadecimal octets joined by -, `}},
		{"a User ID of two accounts", header + row + "BETA,,90-b3-d5-1f-30-01-00-00,GS,3\n", []string{"3:7: user_id: 90-B3-D5-1F-30-01-00-00 belongs to account ALPHA already; "}},
		{"a User ID twice in a role", header + row + row, []string{"3:37: role: 90-B3-D5-1F-30-01-00-00 in User Role IS is there twice, first in line 2; "}},
		{"an unknown role", header + "ALPHA,,90-B3-D5-1F-30-01-00-00,is,3\n", []string{`2:32: role: "is" is not a User Role; write IS, GS, ES, ED, GT, OU, RSA or MDR`}},
		{"a negative portfolio", header + "ALPHA,,90-B3-D5-1F-30-01-00-00,IS,-1\n", []string{`2:35: portfolio: "-1" is not a portfolio; write a whole number from 0 to 10000000000`}},
		{"a portfolio with decimals", header + "ALPHA,,90-B3-D5-1F-30-01-00-00,IS,1.0\n", []string{"2:35: portfolio: "}},
		{"a portfolio too large", header + "ALPHA,,90-B3-D5-1F-30-01-00-00,IS,10000000001\n", []string{"2:35: portfolio: "}},
		{"no portfolio", header + "ALPHA,,90-B3-D5-1F-30-01-00-00,IS,\n", []string{"2:35: portfolio: "}},
		{"all faults of a line and all lines with faults", header + "A B,,x,XX,y\n" + row + "ALPHA,,z,IS,1\n", []string{
			"2:1: account: ", "2:6: user_id: ", "2:8: role: ", "2:11: portfolio: ", "4:8: user_id: "}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			for i := range c.want {
				c.want[i] = "portfolio.csv:" + c.want[i]
			}
			expect(t, problemsOf(t, minimalPolicy, beside(c.text, nil)), c.want...)
		})
	}
}

func TestThePortfolioMayBeWrittenAsSpreadsheetsDo(t *testing.T) {
	plain := mustParse(t, minimalPolicy, beside(minimalPortfolio, nil))
	for what, text := range map[string]string{
		"line ends of Windows":    strings.ReplaceAll(minimalPortfolio, "\n", "\r\n"),
		"a byte order mark":       "\uFEFF" + minimalPortfolio,
		"quotes":                  strings.ReplaceAll(minimalPortfolio, "Alpha", `"Alpha"`),
		"spaces around fields":    strings.ReplaceAll(minimalPortfolio, ",", " , "),
		"no line end at the end":  strings.TrimSuffix(minimalPortfolio, "\n"),
		"empty lines":             strings.ReplaceAll(minimalPortfolio, "\n", "\n\n"),
		"a column for the party":  "party,account,name,user_id,role,portfolio\n,ALPHA,Alpha,90-B3-D5-1F-30-01-00-00,IS,3\n,BETA,Beta,90-B3-D5-1F-30-02-00-00,GS,1\n",
		"zeros before the number": strings.ReplaceAll(minimalPortfolio, ",3\n", ",003\n"),
	} {
		p := mustParse(t, minimalPolicy, beside(text, nil))
		if got, want := p.Rules(), plain.Rules(); !reflect.DeepEqual(got, want) {
			t.Errorf("with %s the rules are %+v, want %+v", what, got, want)
		}
	}
}

func TestAtMostAHundredProblemsOfAFile(t *testing.T) {
	got := problemsOf(t, minimalPolicy, beside(header+strings.Repeat("A,,x,IS,1\n", 137), nil))
	if len(got) != 101 || !strings.Contains(got[100], "and 37 more problems") {
		t.Errorf("there are %d lines, the last %q", len(got), got[len(got)-1])
	}
}

func TestTheAccountForTheUnlistedHasItsNameToItself(t *testing.T) {
	text := header + "unlisted,,90-B3-D5-1F-30-01-00-00,IS,3\n"
	mustParse(t, minimalPolicy, beside(text, nil))
	expect(t, problemsOf(t, minimalPolicy+"unknown: admit\n", beside(text, nil)),
		"portfolio.csv:2:1: account: unlisted is the account for originators that the portfolio does not list; ")
}

func TestTooManyAccounts(t *testing.T) {
	var b strings.Builder
	b.WriteString(header)
	for i := range 100_001 {
		fmt.Fprintf(&b, "A%d,,90-B3-D5-1F-30-%02X-%02X-%02X,IS,1\n", i, i>>16, i>>8&0xFF, i&0xFF)
	}
	text := "name: Test\ncapacity: 1000000/s\nportfolio: portfolio.csv\n"
	expect(t, problemsOf(t, text, beside(b.String(), nil)), "policy.yaml:3:1: portfolio: dividing 900000.000/s: 100001 accounts; there may be 1 to 100000; ")
	most := strings.TrimSuffix(b.String(), b.String()[strings.LastIndex(b.String(), "A100000,"):])
	if p := mustParse(t, text, beside(most, nil)); len(p.Accounts) != 100_000 {
		t.Errorf("there are %d accounts", len(p.Accounts))
	}
	expect(t, problemsOf(t, text+"unknown: admit\n", beside(most, nil)), "policy.yaml:3:1: portfolio: 100001 accounts are not between 1 and 100000; ")
}
