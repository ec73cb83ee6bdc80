package tmmd

import (
	"testing"
	"testing/fstest"

	"srtm/policy"
)

// parse reads a policy and its files, which must be in order.
func parse(t testing.TB, text string, files map[string]string) *policy.Policy {
	t.Helper()
	beside := fstest.MapFS{}
	for name, text := range files {
		beside[name] = &fstest.MapFile{Data: []byte(text)}
	}
	p, err := policy.Parse("policy.yaml", []byte(text), beside)
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	return p
}

const smallPolicy = `name: TMMD 2026-11
environment: production
effective: 2026-11-01T00:00:00Z
capacity: 2000/s
portfolio: {file: portfolio.csv, as_of: 2026-10-01, source: registration data}
allocation: {weights: {ED: 0.1, GT: 0.1}, minimum: 0.5/s}
history: [{date: 2026-10-01, change: First version.}]
`

const smallPortfolio = `account,name,user_id,role,portfolio
ALPHA,Alpha Energy,90-B3-D5-1F-30-01-00-00,IS,500000
ALPHA,,90-B3-D5-1F-30-01-00-01,GS,300000
BRAVO,Bravo Power,90-B3-D5-1F-30-02-00-00,IS,70000
NORTH,North Networks,90-B3-D5-1F-30-03-00-00,ED,1000000
CHARLIE,Charlie Gas,90-B3-D5-1F-30-05-00-00,GS,420000
AGENT,Agents Ltd,90-B3-D5-1F-30-04-00-00,RSA,0
`

// every is a policy with every extension on.
const every = smallPolicy + `mode: enforce
shadow: [BRAVO]
cost: {default: 1, "4.8.1": 3}
exempt: ["7.1"]
priority: [{variants: ["2.2", "1.5"], keep: 10%}, {variants: ["6.2.4"], keep: 5%}]
finish_critical: 10m
reserved: [{from: "22:00", to: "05:00", rate: 200/s, reason: DCC Scheduled reads}, {from: "04:00", to: "06:00", rate: 100/s, reason: DSP Future Dated}]
maintenance: [{start: 2026-11-20T22:00:00Z, end: 2026-11-21T04:30:00Z, capacity: 1200/s, reason: DSP release}, {start: 2026-12-01T01:00:00Z, end: 2026-12-01T02:00:00Z, capacity: 0/s, reason: switch}]
approval: two
unknown: admit
limit_headers: true
refusal: {status: 200, code: E100}
annexes: [annex.md]
`

func everything(t testing.TB) *policy.Policy {
	return parse(t, every, map[string]string{"portfolio.csv": smallPortfolio, "annex.md": "# Alerts\n\n```\n<b>8F3E</b>\n```\n"})
}

func small(t testing.TB) *policy.Policy {
	return parse(t, smallPolicy, map[string]string{"portfolio.csv": smallPortfolio})
}
