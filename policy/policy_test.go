package policy_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"srtm/allocate"
	"srtm/policy"
	"srtm/traffic"
)

func TestLoadASample(t *testing.T) {
	p, err := policy.Load(filepath.Join("testdata", "six", "policy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "TMMD 2026-11" || p.Environment != "test" || p.OperatingThreshold() != 1_800_000 {
		t.Errorf("it is %q in %q with a threshold of %v", p.Name, p.Environment, p.OperatingThreshold())
	}
	var table []string
	for _, a := range p.Accounts {
		table = append(table, fmt.Sprintf("%s|%s|%d|%v|%v", a.Name, a.DisplayName, len(a.Rows), a.Weight, a.Allocation))
	}
	want := []string{
		"ALBION|Albion Energy|3|11950000.000|1310.422",
		"BEACON|Beacon Power & Gas|2|3600000.000|394.771",
		"CINDER|Cinder Supply, a co-operative|2|70000.000|7.676",
		"DALE-NET|Dale Electricity Networks|1|390000.000|42.767",
		"EASTGAS|East Gas Networks|1|400000.000|43.864",
		"FERN|Fern Metering Agents|1|0.000|0.500",
	}
	if !reflect.DeepEqual(table, want) {
		t.Errorf("the accounts are\n%s\nwant\n%s", strings.Join(table, "\n"), strings.Join(want, "\n"))
	}
	senders := []policy.Sender{
		{Subject: "CN=gateway.hedge.example,O=Hedge Shared Services Ltd,C=GB", Accounts: []string{"CINDER", "FERN"}},
		{Fingerprint: "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8", Accounts: []string{"BEACON"}},
	}
	if !reflect.DeepEqual(p.Senders, senders) {
		t.Errorf("the senders are %v, want %v", p.Senders, senders)
	}
	expect(t, strings.Split(p.Warnings.Error(), "\n"),
		filepath.Join("testdata", "six", "portfolio.csv")+":11:1: account: FERN has an allocation of 0.5/s, below 1/s; ")
}

func TestLoadWithoutAFile(t *testing.T) {
	_, err := policy.Load(filepath.Join("testdata", "six", "absent.yaml"))
	if err == nil || !os.IsNotExist(unwrap(err)) || !strings.HasPrefix(err.Error(), "reading the policy: ") {
		t.Errorf("the error is %v", err)
	}
	if _, err := policy.Load("testdata"); err == nil {
		t.Error("a folder is accepted")
	}
}

func unwrap(err error) error {
	if u, ok := err.(interface{ Unwrap() error }); ok {
		return u.Unwrap()
	}
	return err
}

// The defaults that docs/policy.md and the specification promise.
func TestDefaultsAreTheSameAsSpelledOut(t *testing.T) {
	spelled := `name: Test
environment: production
effective: 2000-01-01T00:00:00Z
capacity: 100/s
threshold: 90%
release: 75%
hold: 30s
burst: 1s
slot: 10ms
portfolio: {file: portfolio.csv, unit: Metering Points with an enrolled Smart Metering System}
allocation:
  weights: {IS: 1, GS: 1, ES: 1, ED: 1, GT: 1, OU: 1, RSA: 1, MDR: 1}
  minimum: 0/s
  per: account
  notice: 10
unknown: refuse
refusal: {status: 503, retry_after: {least: 1s, most: 60s}}
services: {send_command: /api/v1/serviceS, non_device: /api/v1/serviceD, transform: /api/v1/serviceT}
mode: enforce
spare: share
shadow: []
cost: {default: 1}
exempt: []
priority: []
reserved: []
maintenance: []
approval: one
limit_headers: false
forward: {via: false, x_forwarded_for: false}
exceptional: 10h
annexes: []
history: []
`
	fsys := beside(minimalPortfolio, nil)
	short, long := mustParse(t, minimalPolicy, fsys), mustParse(t, spelled, fsys)
	if !short.Effective.IsZero() {
		t.Errorf("the default of effective is %v, want at once", short.Effective)
	}
	long.Effective, long.Files, long.Digest = short.Effective, short.Files, short.Digest
	if !reflect.DeepEqual(short, long) {
		t.Errorf("the defaults make\n%+v\nspelled out it is\n%+v", short, long)
	}
}

func TestRulesAreExactAndRoundedDown(t *testing.T) {
	p := mustParse(t, `name: Test
capacity: 100.005/s
threshold: 90%
release: 75.001%
hold: 3s
burst: 2s
slot: 20ms
portfolio: portfolio.csv
unknown: admit
refusal: {retry_after: {least: 2s, most: 1m}}
`, beside(minimalPortfolio, nil))
	want := traffic.Rules{
		Threshold: 90_004_000_000, // 90.0045/s, in whole thousandths
		Release:   75_004_333_377, // 90.004/s × 75.001 / 90 is 75.004 333 377 7…/s
		Hold:      3 * time.Second, Burst: 2 * time.Second, Slot: 20 * time.Millisecond,
		RetryLeast: 2 * time.Second, RetryMost: time.Minute,
		Accounts: []traffic.Account{
			{Name: "ALPHA", Allocation: 67_503_000_000, Users: []uint64{0x90B3D51F30010000}},
			{Name: "BETA", Allocation: 22_501_000_000, Users: []uint64{0x90B3D51F30020000}},
			{Name: "unlisted"},
		},
		Unlisted: "unlisted",
		Margin:   10_000_500_000,
	}
	if got := p.Rules(); !reflect.DeepEqual(got, want) {
		t.Errorf("the rules are\n%+v\nwant\n%+v", got, want)
	}
	if len(p.Accounts) != 2 {
		t.Errorf("the policy has %d accounts, want the portfolio's two", len(p.Accounts))
	}
}

func TestAMinimumIsRoundedUp(t *testing.T) {
	p := mustParse(t, minimalPolicy+"allocation: {minimum: 1/min}\n", beside(minimalPortfolio+"GAMMA,,90-B3-D5-1F-30-03-00-00,RSA,0\n", nil))
	if p.Minimum != 17 || p.Accounts[2].Allocation != 17 {
		t.Errorf("1/min is a minimum of %v and an allocation of %v, want 0.017", p.Minimum, p.Accounts[2].Allocation)
	}
}

func TestAnAccountIsAllItsRows(t *testing.T) {
	portfolio := "role,portfolio,account,user_id,name\n" +
		"ED,20,ALPHA,90-B3-D5-1F-30-01-00-00,\n" +
		"IS,1,BETA,90-B3-D5-1F-30-02-00-00,Beta\n" +
		"IS,3,ALPHA,90-b3-d5-1f-30-01-00-00,Alpha\n" +
		"IS,1,ALPHA,90-B3-D5-1F-30-03-00-00,Alpha\n" +
		"GS,0,ALPHA,90-B3-D5-1F-30-01-00-00,\n"
	p := mustParse(t, minimalPolicy+"allocation: {weights: {ED: 0.5, IS: 2}}\n", beside(portfolio, nil))
	a := p.Accounts[0]
	if a.Name != "ALPHA" || a.DisplayName != "Alpha" || a.Weight.String() != "18.000" || a.Allocation != 81_000 {
		t.Errorf("the account is %+v, want ALPHA with 18 of 20 and 81/s", a)
	}
	if got, want := a.Users(), []uint64{0x90B3D51F30010000, 0x90B3D51F30030000}; !reflect.DeepEqual(got, want) {
		t.Errorf("its User IDs are %X, want %X", got, want)
	}
	shares, err := p.ByRole(a)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range shares {
		got = append(got, fmt.Sprintf("%s %d %v %v", s.Role, s.Portfolio, s.Weight, s.Allocation))
	}
	if want := []string{"IS 4 8.000 36.000", "GS 0 0.000 0.000", "ED 20 10.000 45.000"}; !reflect.DeepEqual(got, want) {
		t.Errorf("by User Role it is %v, want %v", got, want)
	}
}

func TestAnAccountWithoutWeightIsAttributedToItsFirstRole(t *testing.T) {
	p := mustParse(t, minimalPolicy+"allocation: {minimum: 2/s}\n", beside(minimalPortfolio+
		"GAMMA,,90-B3-D5-1F-30-03-00-00,RSA,0\nGAMMA,,90-B3-D5-1F-30-03-00-00,OU,0\n", nil))
	shares, err := p.ByRole(p.Accounts[2])
	if err != nil || len(shares) != 2 || shares[0].Role != policy.OtherUser || shares[0].Allocation != 2000 || shares[1].Allocation != 0 {
		t.Errorf("by User Role it is %+v, %v; want OU 2.000 and RSA 0.000", shares, err)
	}
}

func TestAPolicyIsInForceFromTheLaterOfItsTimes(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		rule string
		text string
		from time.Time
	}{
		{"at once when no time is given", minimalPolicy, time.Time{}},
		{"from its own time", minimalPolicy + "effective: 2026-11-02T00:00:00Z\n", day(2)},
		{"from the portfolio's time where that is later", "name: Test\ncapacity: 100/s\neffective: 2026-11-02T00:00:00Z\n" +
			"portfolio: {file: portfolio.csv, effective: 2026-11-03T00:00:00Z}\n", day(3)},
		{"from its own time where that is later", "name: Test\ncapacity: 100/s\neffective: 2026-11-02T00:00:00Z\n" +
			"portfolio: {file: portfolio.csv, effective: 2026-11-01T00:00:00Z}\n", day(2)},
	} {
		t.Run(c.rule, func(t *testing.T) {
			p := mustParse(t, c.text, beside(minimalPortfolio, nil))
			if !p.Effective.Equal(c.from) {
				t.Errorf("it is effective from %v, want %v", p.Effective, c.from)
			}
			if !p.InForce(c.from) || !p.InForce(day(30)) || p.InForce(c.from.Add(-1)) {
				t.Errorf("in force at %v: %v, and just before: %v", c.from, p.InForce(c.from), p.InForce(c.from.Add(-1)))
			}
		})
	}
}

func TestDigestNamesAllFilesTogether(t *testing.T) {
	senders := "sender,account\nCN=x,ALPHA\n"
	text := minimalPolicy + "senders: senders.csv\n"
	p := mustParse(t, text, beside(minimalPortfolio, files{"senders.csv": senders}))
	list := fmt.Sprintf("policy %x\nportfolio %x\nsenders %x\n",
		sha256.Sum256([]byte(text)), sha256.Sum256([]byte(minimalPortfolio)), sha256.Sum256([]byte(senders)))
	if want := fmt.Sprintf("%x", sha256.Sum256([]byte(list))); p.Digest != want {
		t.Errorf("the digest is %s, want %s", p.Digest, want)
	}
	if string(p.Files[0].Text) != text {
		t.Errorf("the text is %q", p.Files[0].Text)
	}
	for what, other := range map[string]*policy.Policy{
		"policy":    mustParse(t, text+"# remark\n", beside(minimalPortfolio, files{"senders.csv": senders})),
		"portfolio": mustParse(t, text, beside(minimalPortfolio+"\n", files{"senders.csv": senders})),
		"senders":   mustParse(t, text, beside(minimalPortfolio, files{"senders.csv": senders + "\n"})),
	} {
		if other.Digest == p.Digest {
			t.Errorf("another %s file has the same digest", what)
		}
	}
}

func TestWarnings(t *testing.T) {
	var b strings.Builder
	b.WriteString("account,name,user_id,role,portfolio\nBIG,,90-B3-D5-1F-30-00-00-00,IS,1000000\nBIG,,90-B3-D5-1F-30-00-00-00,GT,1\n")
	for i := range 57 {
		fmt.Fprintf(&b, "SMALL-%d,,90-B3-D5-1F-30-01-00-%02X,RSA,0\n", i+1, i)
	}
	b.WriteString("BOTH,,90-B3-D5-1F-30-02-00-00,ED,1000000\nBOTH,,90-B3-D5-1F-30-02-00-00,ES,1\n")
	p := mustParse(t, minimalPolicy, beside(b.String(), nil))
	got := strings.Split(p.Warnings.Error(), "\n")
	want := []string{"portfolio.csv:2:1: account: BIG mixes supply (IS) with networks (GT), which then share one allocation; make two accounts"}
	for i := range 20 {
		want = append(want, fmt.Sprintf("portfolio.csv:%d:1: account: SMALL-%d has an allocation of 0/s, below 1/s; raise allocation.minimum", i+4, i+1))
	}
	want = append(want, "portfolio.csv:24:1: account: and 37 more accounts have an allocation below 1/s",
		"portfolio.csv:61:1: account: BOTH mixes supply (ES) with networks (ED)")
	expect(t, got, want...)
	atOne := minimalPortfolio + "GAMMA,,90-B3-D5-1F-30-03-00-00,RSA,0\n"
	if p := mustParse(t, minimalPolicy+"allocation: {minimum: 1/s}\n", beside(atOne, nil)); len(p.Warnings) > 0 {
		t.Errorf("there are warnings of a policy in which nobody has less than 1/s: %v", p.Warnings)
	}
}

const closedOnce = "maintenance:\n  - {start: 2026-11-20T22:00:00Z, end: 2026-11-21T04:00:00Z, capacity: 0/s, reason: x}\n"

func TestWarningsOfChoices(t *testing.T) {
	for _, c := range []struct{ rule, lines, want string }{
		{"what is exempt and has nothing beyond the pool", "threshold: 100%\nexempt: [\"7.1\"]\n", "policy.yaml:5:1: exempt: the threshold is 100% of the capacity, "},
		{"nor have critical commands", "threshold: 100%\nfinish_critical: 10m\n", "policy.yaml:5:1: finish_critical: the threshold is 100% of the capacity, "},
		{"ten exempt variants are few", "exempt: [1.1.1, 1.2.1, \"1.5\", \"1.6\", \"2.1\", \"2.2\", \"2.3\", \"2.5\", \"3.1\", \"3.2\"]\n", ""},
		{"a part that fits beside the largest cost", "priority: [{variants: [\"2.2\"], keep: 90%}]\n", ""},
		{"a part that does not beside a larger one", "cost: {\"4.8.1\": 5}\npriority: [{variants: [\"2.2\"], keep: 60%}]\n",
			"policy.yaml:5:1: priority: for 1 of 2 accounts, such as BETA, the kept parts are cut so that"},
		{"closed, and everybody enforced", closedOnce, ""},
		{"closed, and somebody in shadow", "shadow: [ALPHA]\n" + closedOnce, "policy.yaml:4:1: shadow: what these accounts send beyond their due is forwarded: " +
			"bounds and shares are those of the others only; leave the key out when that is to end\n" +
			"policy.yaml:6:5: maintenance[1]: it is closed, a capacity of 0, and the requests of the accounts in shadow are forwarded all the same; leave shadow out"},
		{"closed, and everybody in shadow", "mode: shadow\n" + closedOnce, "policy.yaml:4:1: mode: nothing is refused, so that the DSP is not protected; write enforce when that is to end\n" +
			"policy.yaml:6:5: maintenance[1]: it is closed, a capacity of 0, and mode is shadow, so that all requests are forwarded all the same; write mode: enforce"},
		{"less in shadow is not closed", "mode: shadow\n" + strings.Replace(closedOnce, "0/s", "40/s", 1), "policy.yaml:4:1: mode: nothing is refused, so that the DSP is not protected; write enforce when that is to end"},
	} {
		p := mustParse(t, minimalPolicy+c.lines, beside(minimalPortfolio, nil))
		if got := p.Warnings.Error(); !strings.HasPrefix(got, c.want) || strings.Count(got, "\n") != strings.Count(c.want, "\n") || c.want == "" && got != "" {
			t.Errorf("%s: the warnings are %q, want %q", c.rule, got, c.want)
		}
	}
}

func TestAMaintenanceThatIsOverHasAWarning(t *testing.T) {
	p := mustParse(t, windows, beside(minimalPortfolio, nil))
	for at, want := range map[string]string{
		"2026-11-03T03:59:59Z": "",
		"2026-11-03T04:00:00Z": "policy.yaml:9:5: maintenance[2]: maintenance 2026-11-02T22:00:00Z–2026-11-03T04:00:00Z is over; leave it out of the next version",
	} {
		if got := p.WarningsAt(instant(t, at)).Error(); got != want {
			t.Errorf("at %s the warnings are %q, want %q", at, got, want)
		}
	}
	if len(p.Warnings) > 0 {
		t.Errorf("without a time the warnings are %v", p.Warnings)
	}
}

func TestThePortfolioKeyMayBeAMapping(t *testing.T) {
	p := mustParse(t, "name: Test\ncapacity: 100/s\nportfolio:\n  file: data/p.csv\n  unit: meters\n  as_of: 2026-10-01\n  source: a count\n",
		beside("", files{"data/p.csv": minimalPortfolio}))
	want := policy.Portfolio{File: "data/p.csv", Unit: "meters", AsOf: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), Source: "a count"}
	if p.Portfolio != want {
		t.Errorf("the portfolio is %+v, want %+v", p.Portfolio, want)
	}
}

func TestWeightsThatTheFileDoesNotGiveStayAtOne(t *testing.T) {
	p := mustParse(t, minimalPolicy+"allocation: {weights: {ED: 0.1, GT: 1000, OU: 0}}\n", beside(minimalPortfolio, nil))
	want := map[policy.Role]allocate.Thousandths{"IS": 1000, "GS": 1000, "ES": 1000, "ED": 100, "GT": 1_000_000, "OU": 0, "RSA": 1000, "MDR": 1000}
	if !reflect.DeepEqual(p.Weights, want) {
		t.Errorf("the weights are %v, want %v", p.Weights, want)
	}
}
