package policy_test

import (
	"crypto/sha256"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"srtm/duis"
	"srtm/policy"
	"srtm/traffic"
)

// variants returns those of the names, all of which there are.
func variants(t testing.TB, names ...string) []duis.Variant {
	t.Helper()
	var all []duis.Variant
	for _, name := range names {
		v, ok := duis.ParseVariant(name)
		if !ok {
			t.Fatalf("there is no variant %s", name)
		}
		all = append(all, v)
	}
	return all
}

func TestEveryFurtherKeyIsRead(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	e100, err := duis.ParseResponseCode("E100")
	if err != nil {
		t.Fatal(err)
	}
	second := func(n int64) policy.Rate { return policy.Rate{Thousandths: n * 1000, Per: time.Second} }
	for _, c := range []struct {
		rule  string
		lines string
		get   func(*policy.Policy) any
		want  any
	}{
		{"mode shadow", "mode: shadow", func(p *policy.Policy) any { return p.Rules().Mode }, traffic.ModeShadow},
		{"mode off", "mode: off", func(p *policy.Policy) any { return p.Rules().Mode }, traffic.ModeOff},
		{"spare withheld", "spare: withhold", func(p *policy.Policy) any { return p.Rules().Withhold }, true},
		{"another status", "refusal: {status: 429}", func(p *policy.Policy) any { return p.Refusal.Status }, 429},
		{"a DUIS response", "refusal: {status: 200, code: E100}", func(p *policy.Policy) any {
			return []any{p.Refusal.Status, p.Refusal.Code}
		}, []any{200, e100}},
		{"accounts in shadow", "shadow: [BETA]", func(p *policy.Policy) any {
			return []bool{p.Rules().Accounts[0].Shadow, p.Rules().Accounts[1].Shadow}
		}, []bool{false, true}},
		{"the unlisted in shadow", "unknown: admit\nshadow: [unlisted]", func(p *policy.Policy) any { return p.Rules().Accounts[2].Shadow }, true},
		{"the cost of all", "cost: {default: 0.25}", func(p *policy.Policy) any { return p.Rules().Cost }, traffic.SR / 4},
		{"the cost of a variant", `cost: {"4.8.1": 3}`, func(p *policy.Policy) any { return p.Rules().Variants },
			map[string]traffic.Treatment{"4.8.1": {Cost: 3 * traffic.SR}}},
		{"exempt variants, quoted or not", `exempt: [7.1, "7.3"]`, func(p *policy.Policy) any { return p.Rules().Variants },
			map[string]traffic.Treatment{"7.1": {Exempt: true}, "7.3": {Exempt: true}}},
		{"a variant in everything", `exempt: ["2.2"]` + "\ncost: {\"2.2\": 2}\npriority: [{variants: [\"1.5\"], keep: 1%}, {variants: [\"2.2\"], keep: 12.345%}]",
			func(p *policy.Policy) any { return []any{p.Rules().Variants, p.Rules().Keep} }, []any{
				map[string]traffic.Treatment{"1.5": {Rank: 1}, "2.2": {Rank: 2, Exempt: true, Cost: 2 * traffic.SR}},
				[]traffic.Fraction{traffic.Whole / 100, 123_450_000}}},
		{"priorities in their order", `priority: [{variants: ["2.2", "1.5"], keep: 10%}, {keep: 5%, variants: ["4.8.1"]}]`,
			func(p *policy.Policy) any { return p.Priority }, []policy.Priority{
				{Variants: variants(t, "2.2", "1.5"), Keep: 10_000}, {Variants: variants(t, "4.8.1"), Keep: 5_000}}},
		{"critical commands are finished", "finish_critical: 10m", func(p *policy.Policy) any { return p.Rules().FinishCritical }, 10 * time.Minute},
		{"reserved capacity", `reserved: [{from: "22:00", to: 05:30, rate: 20/s, reason: DCC Scheduled reads}]`, func(p *policy.Policy) any { return p.Reserved },
			[]policy.Reserved{{From: 22 * time.Hour, To: 5*time.Hour + 30*time.Minute, Rate: second(20), Reason: "DCC Scheduled reads"}}},
		{"two persons", "approval: two", func(p *policy.Policy) any { return p.Approval }, policy.Two},
		{"RateLimit headers", "limit_headers: true", func(p *policy.Policy) any { return p.LimitHeaders }, true},
		{"added headers", "forward: {via: true}", func(p *policy.Policy) any { return p.Forward }, policy.Forwarded{Via: true}},
		{"the other one", "forward: {x_forwarded_for: true}", func(p *policy.Policy) any { return p.Forward }, policy.Forwarded{XForwardedFor: true}},
		{"how long allocations are noticed", "allocation: {notice: 0}", func(p *policy.Policy) any { return p.Notice }, 0},
		{"what is exceptional", "exceptional: 31d", func(p *policy.Policy) any { return p.Exceptional }, 31 * 24 * time.Hour},
		{"the change history", "history: [{date: 2026-10-01, change: First.}, {date: 2026-10-01, change: 'Second: more.'}]", func(p *policy.Policy) any { return p.History },
			[]policy.Revision{{Date: at("2026-10-01T00:00:00Z"), Change: "First."}, {Date: at("2026-10-01T00:00:00Z"), Change: "Second: more."}}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			p := mustParse(t, minimalPolicy+c.lines+"\n", beside(minimalPortfolio, nil))
			if got := c.get(p); !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s gives %+v, want %+v", c.lines, got, c.want)
			}
			if wrong := unsound(p); wrong != "" {
				t.Errorf("the policy %s", wrong)
			}
		})
	}
}

func TestMaintenanceIsRead(t *testing.T) {
	p := mustParse(t, minimalPolicy+"maintenance: [{start: 2026-11-20T22:00:00Z, end: 2026-11-21T04:00:00Z, capacity: 60/s, reason: DSP release}]\n", beside(minimalPortfolio, nil))
	m := p.Maintenance[0]
	if m.String() != "maintenance 2026-11-20T22:00:00Z–2026-11-21T04:00:00Z" || m.Capacity.String() != "60/s" || m.Reason != "DSP release" {
		t.Errorf("it is %+v", m)
	}
}

func TestWithoutExtensionsNothingIsSet(t *testing.T) {
	rules := mustParse(t, minimalPolicy, beside(minimalPortfolio, nil)).Rules()
	rules.Margin, rules.Accounts = 0, nil
	want := traffic.Rules{Threshold: 90 * traffic.PerSecond, Release: 75 * traffic.PerSecond, Hold: 30 * time.Second, Burst: time.Second,
		Slot: 10 * time.Millisecond, RetryLeast: time.Second, RetryMost: time.Minute}
	if !reflect.DeepEqual(rules, want) {
		t.Errorf("the rules are %+v", rules)
	}
}

func TestAnAccountForEachUserID(t *testing.T) {
	portfolio := "account,name,user_id,role,portfolio\n" +
		"ALPHA,Alpha,90-B3-D5-1F-30-01-00-00,IS,1\n" +
		"BETA,,90-B3-D5-1F-30-02-00-00,GS,4\n" +
		"ALPHA,Alpha,90-B3-D5-1F-30-01-00-01,IS,3\n" +
		"ALPHA,Alpha,90-B3-D5-1F-30-01-00-00,GS,1\n"
	p := mustParse(t, minimalPolicy+"allocation: {per: user}\nsenders: senders.csv\nshadow: [BETA.90B3D51F30020000]\n",
		beside(portfolio, files{"senders.csv": "sender,account\nCN=a,ALPHA.90B3D51F30010001\n"}))
	var got []string
	for _, a := range p.Accounts {
		got = append(got, fmt.Sprintf("%s|%s|%s|%d|%v|%X", a.Name, a.ServiceUser, a.DisplayName, len(a.Rows), a.Allocation, a.Users()))
	}
	want := []string{
		"ALPHA.90B3D51F30010000|ALPHA|Alpha (90-B3-D5-1F-30-01-00-00)|2|20.000|[90B3D51F30010000]",
		"ALPHA.90B3D51F30010001|ALPHA|Alpha (90-B3-D5-1F-30-01-00-01)|1|30.000|[90B3D51F30010001]",
		"BETA.90B3D51F30020000|BETA|BETA (90-B3-D5-1F-30-02-00-00)|1|40.000|[90B3D51F30020000]",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the accounts are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !p.Rules().Accounts[2].Shadow || p.Senders[0].Accounts[0] != got[1][:22] {
		t.Errorf("shadow and senders name %+v and %+v", p.Rules().Accounts, p.Senders)
	}
	whole := mustParse(t, minimalPolicy, beside(portfolio, nil))
	if a := whole.Accounts[0]; a.ServiceUser != "ALPHA" || a.DisplayName != "Alpha" {
		t.Errorf("with one allocation for all the account is %+v", a)
	}
}

func TestProblemsOfAnAccountForEachUserID(t *testing.T) {
	text := minimalPolicy + "allocation: {per: user}\nsenders: senders.csv\nshadow: [ALPHA]\n"
	expect(t, problemsOf(t, text, beside(minimalPortfolio, files{"senders.csv": "sender,account\nCN=a,BETA\n"})),
		"policy.yaml:6:10: shadow[1]: the portfolio has no account ALPHA; with allocation.per: user write a User ID's account, such as ALPHA.90B3D51F30010000",
		"senders.csv:2:6: account: the portfolio has no account BETA; with allocation.per: user write a User ID's account, such as ALPHA.90B3D51F30010000")
	long := strings.Repeat("A", 48)
	portfolio := header + long[1:] + ",,90-B3-D5-1F-30-01-00-00,IS,3\n" + long + ",,90-B3-D5-1F-30-02-00-00,IS,3\n"
	expect(t, problemsOf(t, minimalPolicy+"allocation: {per: user}\n", beside(portfolio, nil)),
		"portfolio.csv:3:1: account: with allocation.per: user this User ID's account would be "+long+".90B3D51F30020000, longer than 64 characters; write a name of at most 47 characters")
}

func TestAnnexesArePartOfThePolicy(t *testing.T) {
	text := minimalPolicy + "annexes: [a.md, more/b.txt]\n"
	one, two := "# Alerts\r\n\tnone é\n", "two\n"
	fsys := beside(minimalPortfolio, files{"a.md": one, "more/b.txt": two})
	p := mustParse(t, text, fsys)
	want := []policy.File{{Name: "a.md", Text: []byte(one)}, {Name: "more/b.txt", Text: []byte(two)}}
	if !reflect.DeepEqual(p.Annexes, want) || len(p.Files) != 4 || !reflect.DeepEqual(p.Files[2:], want) {
		t.Errorf("the annexes are %q of the files %q", p.Annexes, p.Files)
	}
	list := fmt.Sprintf("policy %x\nportfolio %x\nannex %x\nannex %x\n", sha256.Sum256([]byte(text)), sha256.Sum256([]byte(minimalPortfolio)),
		sha256.Sum256([]byte(one)), sha256.Sum256([]byte(two)))
	if want := fmt.Sprintf("%x", sha256.Sum256([]byte(list))); p.Digest != want {
		t.Errorf("the digest is %s, want %s", p.Digest, want)
	}
}

func TestProblemsOfAnnexes(t *testing.T) {
	fsys := beside(minimalPortfolio, files{"a.md": "x", "bad.md": "é\n\x00", "latin.md": "\xe9", "large.md": strings.Repeat("x", policy.MaxAnnex+1),
		"largest.md": strings.Repeat("x", policy.MaxAnnex)})
	mustParse(t, minimalPolicy+"annexes: [largest.md]\n", fsys)
	for _, c := range []struct{ rule, list, want string }{
		{"an annex that is not there", "[b.md]", `policy.yaml:4:11: annexes[1]: there is no file "b.md"; put it beside the policy`},
		{"an annex elsewhere", "[a.md, ../a.md]", `policy.yaml:4:17: annexes[2]: "../a.md" does not lie beside the policy; `},
		{"an annex twice", "[a.md, a.md]", `policy.yaml:4:17: annexes[2]: "a.md" is the annex already; name each file once; what an annex says is published`},
		{"the portfolio is confidential", "[portfolio.csv]", `policy.yaml:4:11: annexes[1]: "portfolio.csv" is the portfolio already; `},
		{"the policy itself", "[policy.yaml]", `policy.yaml:4:11: annexes[1]: "policy.yaml" is the policy already; `},
		{"an annex too large", "[large.md]", `policy.yaml:4:11: annexes[1]: "large.md" is larger than 1048576 bytes; `},
		{"an annex that is not text", "[bad.md]", "bad.md:2:1: there is a control character (U+0000); remove it"},
		{"an annex that is not UTF-8", "[latin.md]", "latin.md:1:1: the file is not UTF-8 text here; save it as UTF-8"},
		{"too many annexes", "[" + strings.Repeat("a.md, ", 33) + "]", "policy.yaml:4:10: annexes: the list has 33 items, more than 32; shorten it"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := problemsOf(t, minimalPolicy+"annexes: "+c.list+"\n", fsys); !strings.HasPrefix(got[0], c.want) {
				t.Errorf("the problems are\n%s\nwant\n%s", strings.Join(got, "\n"), c.want)
			}
		})
	}
}
