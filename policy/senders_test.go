package policy_test

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"reflect"
	"strings"
	"testing"

	"srtm/policy"
)

const (
	withSenders = minimalPolicy + "senders: senders.csv\n"
	fingerprint = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
)

func besideSenders(lines string) files { return files{"senders.csv": "sender,account\n" + lines} }

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func TestASenderIsAFingerprintOrASubject(t *testing.T) {
	colons := fingerprint[:2]
	for i := 2; i < len(fingerprint); i += 2 {
		colons += ":" + fingerprint[i:i+2]
	}
	everything := pkix.Name{CommonName: `A, "B" + C; <D> \ #`, SerialNumber: "1", Organization: []string{"Ö", " x "}, OrganizationalUnit: []string{"07"},
		Country: []string{"GB"}, PostalCode: []string{"X"}, StreetAddress: []string{"S"}, Locality: []string{"L"}, Province: []string{"P"},
		ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 45}, Value: "00-DB"}}}.String()
	for written, want := range map[string]policy.Sender{
		fingerprint:                           {Fingerprint: fingerprint},
		strings.ToUpper(fingerprint):          {Fingerprint: fingerprint},
		colons:                                {Fingerprint: fingerprint},
		"sha256:" + colons:                    {Fingerprint: fingerprint},
		"SHA256:" + strings.ToUpper(colons):   {Fingerprint: fingerprint},
		"CN=a":                                {Subject: "CN=a"},
		quoted("CN=a,O=b"):                    {Subject: "CN=a,O=b"},
		quoted(" CN=a+O=b c=d "):              {Subject: "CN=a+O=b c=d"},
		quoted(everything):                    {Subject: everything},
		quoted(`CN=x\ ,2.5.4.45=#0c0530302d`): {Subject: `CN=x\ ,2.5.4.45=#0c0530302d`},
	} {
		p := mustParse(t, withSenders, beside(minimalPortfolio, besideSenders(written+",BETA\n")))
		want.Accounts = []string{"BETA"}
		if len(p.Senders) != 1 || !reflect.DeepEqual(p.Senders[0], want) {
			t.Errorf("the sender %s is %+v, want %+v", written, p.Senders, want)
		}
	}
}

func TestASenderMayCarrySeveralAccounts(t *testing.T) {
	p := mustParse(t, withSenders, beside(minimalPortfolio, files{"senders.csv": "account,sender\r\nBETA,CN=a\r\nBETA,CN=b\r\nALPHA,CN=a\r\n"}))
	want := []policy.Sender{{Subject: "CN=a", Accounts: []string{"BETA", "ALPHA"}}, {Subject: "CN=b", Accounts: []string{"BETA"}}}
	if !reflect.DeepEqual(p.Senders, want) {
		t.Errorf("the senders are %+v, want %+v", p.Senders, want)
	}
}

func TestASendersFileMayNameNobody(t *testing.T) {
	if p := mustParse(t, withSenders, beside(minimalPortfolio, besideSenders(""))); len(p.Senders) != 0 {
		t.Errorf("the senders are %+v", p.Senders)
	}
}

func TestProblemsOfSenders(t *testing.T) {
	for _, c := range []struct {
		rule  string
		lines string
		want  []string
	}{
		{"neither a fingerprint nor a subject", "me,ALPHA", []string{`2:1: sender: "me" is neither a fingerprint nor a subject; `}},
		{"nobody", ",ALPHA", []string{`2:1: sender: "" is neither`}},
		{"a fingerprint too short", fingerprint[2:] + ",ALPHA", []string{"2:1: sender: "}},
		{"an account that the portfolio lacks", "CN=a,GAMMA", []string{"2:6: account: the portfolio has no account GAMMA; "}},
		{"an account that cannot be one", "CN=a,G G", []string{`2:6: account: "G G" is not an account's name; `}},
		{"the account for the unlisted", "CN=a,unlisted", []string{"2:6: account: the portfolio has no account unlisted; "}},
		{"the same twice", "CN=a,ALPHA\nCN=b,ALPHA\nCN=a,ALPHA", []string{"4:1: sender: this certificate carries ALPHA already, by line 2; "}},
		{"the same twice in another spelling", fingerprint + ",ALPHA\nsha256:" + strings.ToUpper(fingerprint) + ",ALPHA", []string{"3:1: sender: this certificate carries ALPHA already"}},
		{"a subject as openssl prints it", quoted("C = GB, CN = a") + ",ALPHA", []string{`2:1: sender: "C = GB, CN = a" has "C " where CN, OU, O,`}},
		{"a subject with a space after a comma", quoted("CN=a, O=b") + ",ALPHA", []string{`2:1: sender: "CN=a, O=b" has " O" where CN,`}},
		{"a value that begins with a space", quoted("CN= a") + ",ALPHA", []string{`2:1: sender: "CN= a" has a space at the edge of a value`}},
		{"a value that ends with a space", quoted("CN=a ,O=b") + ",ALPHA", []string{`2:1: sender: "CN=a ,O=b" has a space at the edge of a value`}},
		{"a type in lower case", "cn=a,ALPHA", []string{`2:1: sender: "cn=a" has "cn" where`}},
		{"a part without a type", quoted("CN=a,b") + ",ALPHA", []string{`2:1: sender: "CN=a,b" has a part without =`}},
		{"a backslash at the end", `CN=a\,ALPHA`, []string{`2:1: sender: "CN=a\\" ends in a backslash that escapes nothing`}},
		{"a subject too long", "CN=" + strings.Repeat("a", 1022) + ",ALPHA", []string{"2:1: sender: \"CN=" + strings.Repeat("a", 57) + "…\" is longer than 1024 bytes"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			for i := range c.want {
				c.want[i] = "senders.csv:" + c.want[i]
			}
			expect(t, problemsOf(t, withSenders, beside(minimalPortfolio, besideSenders(c.lines+"\n"))), c.want...)
		})
	}
}

// An account that a faulty portfolio may well have is not called missing.
func TestSendersAreNotBlamedForThePortfolio(t *testing.T) {
	expect(t, problemsOf(t, withSenders, beside(minimalPortfolio+"GAMMA,,x,IS,1\n", besideSenders("CN=a,GAMMA\nx,DELTA\n"))),
		`portfolio.csv:4:8: user_id: "x" is not`, `senders.csv:3:1: sender: "x" is neither`)
}
