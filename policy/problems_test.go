package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"srtm/policy"
)

// problemCase is the minimal policy with lines after it, the first of which is
// the fourth of the file, and the beginnings of the problems to be found.
type problemCase struct {
	rule  string
	lines string
	want  []string
}

func (c problemCase) test(t *testing.T) {
	for i := range c.want {
		c.want[i] = "policy.yaml:" + c.want[i]
	}
	expect(t, problemsOf(t, minimalPolicy+c.lines+"\n", beside(minimalPortfolio, nil)), c.want...)
}

func TestProblemsOfKeys(t *testing.T) {
	for _, c := range []problemCase{
		{"an unknown key that is nearly one is guessed", "treshold: 80%", []string{"4:1: treshold: there is no such key; did you mean threshold?"}},
		{"a key in the wrong place is found", "minimum: 1/s", []string{"4:1: minimum: there is no such key; did you mean allocation.minimum?"}},
		{"an unknown key otherwise lists the keys", "colour: red", []string{"4:1: colour: there is no such key; the keys here are name, environment,"}},
		{"so does one within a key", "refusal: {body: x}", []string{"4:11: refusal.body: there is no such key; the keys here are status, code, retry_after"}},
		{"a key that is not a word", "[a]: b", []string{"4:1: this key is not a word; "}},
		{"a key that is no word at all", strings.Repeat("x", 100) + ": b", []string{`4:1: "` + strings.Repeat("x", 60) + `…": there is no such key; the keys here are`}},
		{"a key that cannot be printed", "\"a\\nb\": c", []string{`4:1: "a\nb": there is no such key; `}},
		{"a User Role that does not exist", "allocation: {weights: {IX: 1}}", []string{"4:24: allocation.weights.IX: there is no such User Role; did you mean IS?"}},
		{"a key given twice", "hold: 1s\nhold: 2s", []string{"5:1: hold: the key is there twice, first in line 4; keep one"}},
		{"a key given twice within another", "allocation: {minimum: 0/s, minimum: 0/s}", []string{"4:28: allocation.minimum: the key is there twice, first in line 4; "}},
		{"an anchor and an alias", "hold: &x 1s\nburst: *x", []string{"4:7: hold: anchors (&x) are not allowed; ", "5:8: burst: aliases (*x) are not allowed; "}},
		{"a merge key", "<<: {hold: 1s}", []string{"4:1: merge keys (<<) are not allowed; "}},
		{"a tag", "hold: !!str 1s", []string{"4:7: hold: tags (!!str) are not allowed; "}},
		{"a tag that cannot be printed", "hold: !%00x 1s", []string{`4:7: hold: tags ("!\x00x") are not allowed; `}},
		{"an empty tag", "hold: ! 1s", []string{"4:7: hold: tags (!) are not allowed; "}},
		{"an anchor within what is unknown", "costs: {a: [&x 1]}", []string{"4:1: costs: there is no such key; did you mean cost?", "4:13: costs.a[1]: anchors"}},
		{"a path is not a key", "allocation.minimum: 1/s", []string{"4:1: allocation.minimum: there is no such key; write minimum as a key of allocation"}},
		{"nor is an item's", "'shadow[1]': ALPHA", []string{"4:1: shadow[1]: there is no such key; the keys here are name, "}},
		{"a second document", "---\nname: Other", []string{"4:1: a second document begins here; "}},
		{"what is not YAML", "hold: a: b", []string{"4:8: this is not YAML: mapping values are not allowed in this context; "}},
		{"a tab", "\thold: 1s", []string{"4:1: this is not YAML: "}},
		{"a control character", "hold: \x01", []string{"4:7: there is a control character (U+0001); remove it"}},
		{"bytes that are not UTF-8", "environment: é\xff", []string{"4:15: the file is not UTF-8 text here; "}},
	} {
		t.Run(c.rule, c.test)
	}
}

func TestProblemsOfValues(t *testing.T) {
	for _, c := range []problemCase{
		{"no value", "hold:", []string{"4:6: hold: there is no value; write one, such as 30s"}},
		{"no value, in other words", "hold: ~", []string{"4:7: hold: there is no value; "}},
		{"a list for a value", "hold: [1s]", []string{"4:7: hold: this is not one value; write one, such as 30s"}},
		{"a value for a mapping", "allocation: 0/s", []string{"4:13: allocation: \"0/s\" is not a mapping; write keys and values, such as {minimum: 0.5/s}"}},
		{"an unknown way with a journal that fails", "journal: {on_failure: stop}", []string{`4:23: journal.on_failure: "stop" is not known; write forward or refuse`}},
		{"a journal kept too short", "journal: {keep: 23h}", []string{`4:17: journal.keep: "23h" is less than a day; `}},
		{"a number for a duration", "hold: 30", []string{`4:7: hold: "30" is not a duration; `}},
		{"an unknown way with the unknown", "unknown: allow", []string{`4:10: unknown: "allow" is not known; write refuse or admit`}},
		{"a weight out of range", "allocation: {weights: {ED: 1000.001}}", []string{`4:28: allocation.weights.ED: "1000.001" is not a weight; write a number from 0 to 1000`}},
		{"a time that is not UTC", "effective: 2026-11-01T00:00:00+00:00", []string{`4:12: effective: "2026-11-01T00:00:00+00:00" is not a time in UTC; write it as 2026-11-01T00:00:00Z`}},
		{"a time without seconds", "effective: 2026-11-01T00:00Z", []string{"4:12: effective: "}},
		{"a day that does not exist", "effective: 2026-02-29T00:00:00Z", []string{"4:12: effective: "}},
		{"a time before this century", "effective: 1999-12-31T23:59:59Z", []string{`4:12: effective: "1999-12-31T23:59:59Z" is out of range; `}},
		{"a time after the next", "effective: 2200-01-01T00:00:00Z", []string{"4:12: effective: "}},
		{"a name of two lines", "environment: \"a\\nb\"", []string{`4:14: environment: "a\nb" has characters that cannot be printed in one line; `}},
		{"a name that turns the writing round", "environment: \"a\\u202Eb\"", []string{`4:14: environment: "a\u202eb" has characters`}},
		{"a name that is too long", "environment: " + strings.Repeat("é", 101), []string{`4:14: environment: "` + strings.Repeat("é", 60) + `…" is longer than 100 characters; `}},
		{"a name with a space at its end", "environment: 'a '", []string{`4:14: environment: "a " begins or ends with a space; `}},
		{"a service without a slash", "services: {transform: api}", []string{`4:23: services.transform: "api" is not a path; `}},
		{"a service with a query", "services: {transform: '/a?b'}", []string{`4:23: services.transform: "/a?b" is not a path; `}},
		{"a service with two spellings", "services: {transform: /a/../b}", []string{`4:23: services.transform: "/a/../b" is a path with a second spelling; write /b`}},
		{"two services of one path", "services: {transform: /a, non_device: /a}", []string{`4:23: services.transform: "/a" is the path of services.non_device too; give`}},
		{"a service with the default path of another", "services: {send_command: /api/v1/serviceT}", []string{
			`4:26: services.send_command: "/api/v1/serviceT" is the path of services.transform too (the file does not give services.transform; its default is /api/v1/serviceT); give`}},
		{"a Retry-After of half a second", "refusal: {retry_after: {least: 0.5s}}", []string{`4:32: refusal.retry_after.least: "0.5s" is not a whole number of seconds; `}},
		{"senders that are not there", "senders: nobody.csv", []string{"4:10: senders: there is no file \"nobody.csv\"; "}},
		{"senders that are a folder", "senders: .", []string{`4:10: senders: "." does not lie beside the policy; `}},
		{"senders elsewhere", "senders: ../senders.csv", []string{`4:10: senders: "../senders.csv" does not lie beside the policy; `}},
		{"senders of an absolute path", "senders: /etc/senders.csv", []string{"4:10: senders: "}},
	} {
		t.Run(c.rule, c.test)
	}
}

func TestProblemsOfTheRules(t *testing.T) {
	for _, c := range []problemCase{
		{"release at the threshold", "threshold: 75%", []string{
			"1:1: release: the release level 75/s is not below the operating threshold 75/s (the file does not give release; its default is 75%); "}},
		{"release above the threshold", "release: 95%", []string{"4:1: release: the release level 95/s is not below the operating threshold 90/s; "}},
		{"release of nothing", "release: 0%", []string{"4:1: release: the release level 0/s is not below"}},
		{"a threshold of nothing", "threshold: 0%", []string{"1:1: release: ", "4:1: threshold: the operating threshold 0/s is below 0.001/s; "}},
		{"a burst too short for one request", "burst: 20ms", []string{"4:1: burst: the accounts' buckets hold 2 SR together, more than the 1.8 SR", "4:1: burst: the threshold gives 1.8 SR in burst"}},
		{"a burst shorter than two slots", "burst: 15ms", []string{"4:1: burst: 15ms is not between two slots (20ms) and 1m0s; "}},
		{"a slot that does not divide a second", "slot: 7ms", []string{"4:1: slot: 7ms does not divide one second"}},
		{"a slot too long for the default burst", "slot: 1s", []string{"1:1: burst: 1s is not between two slots (2s) and 1m0s (the file does not give burst; its default is 1s); "}},
		{"a hold of nothing", "hold: 0s", []string{"4:1: hold: 0s is not between 0 and 24h0m0s; "}},
		{"a Retry-After upside down", "refusal: {retry_after: {least: 61s}}", []string{"4:11: refusal.retry_after: least 1m1s and most 1m0s are not "}},
		{"more minimum than there is", "allocation: {minimum: 45.001/s}", []string{
			"4:14: allocation.minimum: 2 accounts at 45.001/s are more than the operating threshold 90/s; write at most 45/s, or raise capacity"}},
		{"nobody who weighs anything", "allocation: {weights: {IS: 0, GS: 0}}", []string{"3:1: portfolio: every account weighs nothing"}},
	} {
		t.Run(c.rule, c.test)
	}
}

func TestProblemsOfAWholePolicy(t *testing.T) {
	large := strings.Repeat("x", policy.MaxPortfolio+1)
	for _, c := range []struct {
		rule string
		text string
		want []string
	}{
		{"an empty file", "", []string{"1:1: the file is empty; a policy has at least name, capacity and portfolio"}},
		{"a file of remarks", "# later\n", []string{"1:1: the file is empty; "}},
		{"a list", "- name\n", []string{"1:1: the file is not a list of keys and values; "}},
		{"a file without the keys that every policy has", "hold: 1s\n", []string{
			"1:1: name: the key is missing; add name: TMMD 2026-11", "1:1: capacity: the key is missing; ", "1:1: portfolio: the key is missing; "}},
		{"a portfolio that does not say its file", "name: Test\ncapacity: 10/s\nportfolio: {unit: meters}\n", []string{"3:1: portfolio.file: the key is missing; add file: portfolio.csv"}},
		{"a portfolio that is not there", "name: Test\ncapacity: 10/s\nportfolio: other.csv\n", []string{"3:12: portfolio: there is no file \"other.csv\"; put it"}},
		{"a portfolio that is a folder", "name: Test\ncapacity: 10/s\nportfolio: {file: folder}\n", []string{"3:19: portfolio.file: the file cannot be read: "}},
		{"a portfolio of another day", "name: Test\ncapacity: 10/s\nportfolio: {file: portfolio.csv, as_of: 1.11.2026}\n", []string{
			`3:41: portfolio.as_of: "1.11.2026" is not a time in UTC; write it as 2026-11-01T00:00:00Z or as 2026-11-01`}},
		{"a portfolio that is too large", "name: Test\ncapacity: 10/s\nportfolio: large.csv\n", []string{`3:12: portfolio: "large.csv" is larger than 67108864 bytes; `}},
		{"a capacity that the mechanism cannot hold", "name: Test\ncapacity: 20000000/s\nportfolio: portfolio.csv\n", []string{
			"1:1: threshold: the operating threshold 18000000/s is above 10000000/s (the file does not give threshold; its default is 90%); "}},
		{"a capacity of nothing", "name: Test\ncapacity: 0/s\nportfolio: portfolio.csv\n", []string{`2:11: capacity: "0/s" is no capacity; write what the DCC Systems can take`}},
		{"very small accounts under a small threshold", "name: Test\ncapacity: 2/s\nportfolio: portfolio.csv\n", []string{
			"1:1: burst: the accounts' buckets hold 2 SR together, more than the 1.8 SR", "1:1: burst: the threshold gives 1.8 SR in burst, less than twice"}},
		{"a file that is no policy", strings.Repeat("x: y\n", 300), nil},
		{"a file that is too large", "#" + strings.Repeat("x", policy.MaxPolicy), []string{"1:1: the file is larger than 1048576 bytes; "}},
		{"brackets without end", strings.Repeat("[", 20_000), []string{"1:10001: this is not YAML: "}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got := problemsOf(t, c.text, beside(minimalPortfolio, files{"folder/x.csv": "", "large.csv": large}))
			if c.want == nil {
				if len(got) != 101 || got[100] != "policy.yaml:101:1: and 203 more problems; correct those above first" {
					t.Errorf("%d problems end with %s", len(got), got[len(got)-1])
				}
				return
			}
			for i := range c.want {
				c.want[i] = "policy.yaml:" + c.want[i]
			}
			expect(t, got, c.want...)
		})
	}
}

func TestAllProblemsOfAllFilesAreFoundAtOnce(t *testing.T) {
	text := `name: ~
capacity: 100
portfolio: portfolio.csv
senders: senders.csv
treshold: 80%
slot: 7ms
hold: soon
burst: 2m
mode: shade
`
	got := problemsOf(t, text, beside("account,name,user_id,role,portfolio\nA B,,90-B3-D5-1F-30-01-00-00,IS,x\n",
		files{"senders.csv": "sender,account\nme,ALPHA\n"}))
	expect(t, got,
		"policy.yaml:1:7: name: there is no value",
		`policy.yaml:2:11: capacity: "100" is not a rate`,
		"policy.yaml:5:1: treshold: there is no such key; did you mean threshold?",
		"policy.yaml:6:1: slot: 7ms does not divide",
		`policy.yaml:7:7: hold: "soon" is not a duration`,
		"policy.yaml:8:1: burst: 2m0s is not between",
		`policy.yaml:9:7: mode: "shade" is not known; write enforce, shadow or off`,
		`portfolio.csv:2:1: account: "A B" is not an account's name`,
		`portfolio.csv:2:33: portfolio: "x" is not a portfolio`,
		`senders.csv:2:1: sender: "me" is neither a fingerprint nor a subject`)
}

func TestProblemsNameTheFileAsItWasNamed(t *testing.T) {
	_, err := policy.Parse("some/where/p.yaml", []byte(minimalPolicy+"hold: x\n"), beside("account\n", nil))
	lines := strings.Split(fmt.Sprint(err), "\n")
	expect(t, lines[:2], "some/where/p.yaml:4:7: hold: ", "some/where/portfolio.csv:1:1: name: the column is missing")
}

// A weight that cannot be read is not replaced by the usual one and the result
// then found wanting.
func TestWhatFollowsFromAFlawIsNotReported(t *testing.T) {
	three := minimalPortfolio + "GAMMA,,90-B3-D5-1F-30-03-00-00,OU,1\n"
	text := "name: Test\ncapacity: 3/s\nportfolio: portfolio.csv\nallocation: {weights: {OU: %s}}\n"
	mustParse(t, fmt.Sprintf(text, "0"), beside(three, nil))
	expect(t, problemsOf(t, fmt.Sprintf(text, "1"), beside(three, nil)), "policy.yaml:1:1: burst: the accounts' buckets hold 3 SR together, more than the 2.7 SR")
	expect(t, problemsOf(t, fmt.Sprintf(text, "nil"), beside(three, nil)), "policy.yaml:4:28: allocation.weights.OU: \"nil\" is not a weight; ")
}
