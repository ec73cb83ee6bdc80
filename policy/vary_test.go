package policy_test

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"srtm/allocate"
	"srtm/policy"
)

// steady is a policy that says much, with comments.
const steady = `# What this is about.
name: Steady   # as agreed
capacity: 100/s
threshold: 90%
release: 60%

portfolio: portfolio.csv
allocation: {weights: {ED: 0.1}}
reserved: [{from: "22:00", to: "05:00", rate: 20/s, reason: reads}]
maintenance:
  - {start: 2026-11-20T22:00:00Z, end: 2026-11-21T04:00:00Z, capacity: 50/s, reason: half of it}
  - {start: 2026-11-22T22:00:00Z, end: 2026-11-22T23:00:00Z, capacity: 0/s, reason: none of it}
`

const three = "account,name,user_id,role,portfolio\nALPHA,,90-B3-D5-1F-30-01-00-00,IS,600\n\nBRAVO,\"Bravo, Limited\",90-B3-D5-1F-30-02-00-00,IS,300\nBRAVO,,90-B3-D5-1F-30-02-00-00,ED,5\nCHARLIE,,90-B3-D5-1F-30-03-00-00,OU,1\n"

func steadily(t interface{ Fatal(...any) }) *policy.Policy {
	p, err := policy.Parse("folder/policy.yaml", []byte(steady), fstest.MapFS{"portfolio.csv": {Data: []byte(three)}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func rate(thousandths int64) *policy.Rate {
	return &policy.Rate{Thousandths: thousandths, Per: time.Second}
}

func TestAVariedPolicySaysWhatIsDifferent(t *testing.T) {
	units := func(p *policy.Policy, account, row int) int64 { return p.Accounts[account].Rows[row].Portfolio }
	for _, row := range []struct {
		sentence string
		v        policy.Variation
		name     string
		holds    func(p *policy.Policy) bool
	}{
		{"nothing is another", policy.Variation{}, "Steady", func(p *policy.Policy) bool { return p.Capacity == *rate(100_000) }},
		{"another capacity leaves as much in maintenance, in proportion", policy.Variation{Capacity: rate(250_000)}, "Steady (capacity 250/s)", func(p *policy.Policy) bool {
			return p.Capacity == *rate(250_000) && p.OperatingThreshold() == 225_000 && p.Maintenance[0].Capacity == *rate(125_000) && p.Maintenance[1].Capacity.Thousandths == 0
		}},
		{"what is reserved is work, and stays", policy.Variation{Capacity: rate(250_000)}, "Steady (capacity 250/s)", func(p *policy.Policy) bool {
			return p.Reserved[0].Rate == *rate(20_000)
		}},
		{"with the threshold moves the release level", policy.Variation{Threshold: new(policy.Percent(75_000))}, "Steady (threshold 75%, release 50%)", func(p *policy.Policy) bool {
			return p.Threshold == 75_000 && p.Release == 50_000
		}},
		{"unless it is given", policy.Variation{Threshold: new(policy.Percent(75_000)), Release: new(policy.Percent(70_000))}, "Steady (threshold 75%, release 70%)", func(p *policy.Policy) bool {
			return p.Threshold == 75_000 && p.Release == 70_000
		}},
		{"a key that the file lacks is added", policy.Variation{Burst: new(1500 * time.Millisecond)}, "Steady (burst 1.5s)", func(p *policy.Policy) bool {
			return p.Burst == 1500*time.Millisecond
		}},
		{"and one of a mapping", policy.Variation{Minimum: rate(5_000)}, "Steady (minimum 5/s)", func(p *policy.Policy) bool {
			return p.Minimum == 5_000 && p.Accounts[2].Allocation == 5_000 && p.Weights["ED"] == 100
		}},
		{"a Service User grows in all its rows", policy.Variation{Portfolio: map[string]allocate.Thousandths{"BRAVO": 1500}}, "Steady (portfolio of BRAVO × 1.5)", func(p *policy.Policy) bool {
			return units(p, 0, 0) == 600 && units(p, 1, 0) == 450 && units(p, 1, 1) == 7 && p.Accounts[1].DisplayName == "Bravo, Limited"
		}},
		{"or all but one", policy.Variation{Portfolio: map[string]allocate.Thousandths{"BRAVO": 0}, All: new(allocate.Thousandths(2000))}, "Steady (portfolio of BRAVO × 0, all other portfolios × 2)", func(p *policy.Policy) bool {
			return units(p, 0, 0) == 1200 && units(p, 1, 0) == 0 && units(p, 2, 0) == 2
		}},
	} {
		p, err := steadily(t).Vary(row.v)
		if err != nil {
			t.Errorf("%s: %v", row.sentence, err)
			continue
		}
		if p.Name != row.name || !row.holds(p) {
			t.Errorf("%s: it is %q, of\n%s%s", row.sentence, p.Name, p.Files[0].Text, p.Files[1].Text)
		}
		if !strings.Contains(string(p.Files[0].Text), "# What this is about.") || !strings.Contains(string(p.Files[0].Text), "# as agreed") {
			t.Errorf("%s: the comments are lost in\n%s", row.sentence, p.Files[0].Text)
		}
	}
}

func TestAVariationThatCannotBeIsSaid(t *testing.T) {
	for _, row := range []struct {
		sentence string
		v        policy.Variation
		says     string
	}{
		{"a capacity is more than nothing", policy.Variation{Capacity: rate(0)}, `capacity: "0/s" is no capacity; write`},
		{"a capacity below 0 is none", policy.Variation{Capacity: rate(-1)}, `capacity: "0.-01/s" is not a rate`},
		{"a capacity has a unit of policies", policy.Variation{Capacity: &policy.Rate{Thousandths: 1, Per: time.Millisecond}}, `is not a rate`},
		{"a capacity is no more than can be", policy.Variation{Capacity: rate(math.MaxInt64)}, "not a rate"},
		{"a capacity leaves something of what is reserved", policy.Variation{Capacity: rate(20_000)}, "folder/policy.yaml:9:12: reserved[1]: in reserved 22:00–05:00 nothing is left of the operating threshold 18/s; reserve less, or raise the capacity"},
		{"a threshold is a part", policy.Variation{Threshold: new(policy.Percent(100_001))}, "threshold: 100.001% is not a part of the capacity"},
		{"and not below 0", policy.Variation{Threshold: new(policy.Percent(-1))}, "is not a part of the capacity"},
		{"release is below the threshold", policy.Variation{Release: new(policy.Percent(90_000))}, "folder/policy.yaml:5:1: release: "},
		{"a release below 0 is none", policy.Variation{Release: new(policy.Percent(-500))}, "release: "},
		{"a burst has two slots", policy.Variation{Burst: new(time.Millisecond)}, "folder/policy.yaml:1:1: burst: 1ms is not between two slots"},
		{"a burst below 0 is none", policy.Variation{Burst: new(-time.Second)}, `burst: "-1s" is not a duration`},
		{"the minimum is there for all", policy.Variation{Minimum: rate(31_000)}, "allocation.minimum: 3 accounts at 31/s are more than the operating threshold 90/s; write at most 30/s"},
		{"a minimum below 0 is none", policy.Variation{Minimum: rate(-31_000)}, `"-31/s" is not a rate`},
		{"a Service User is in the portfolio", policy.Variation{Portfolio: map[string]allocate.Thousandths{"ZULU": 1}}, `there is no "ZULU" in the portfolio portfolio.csv`},
		{"a portfolio is not less than nothing", policy.Variation{Portfolio: map[string]allocate.Thousandths{"ALPHA": -1}}, "the portfolio of ALPHA cannot be multiplied by -"},
		{"nor is it multiplied beyond reason", policy.Variation{All: new(policy.MaxFactor + 1)}, "all portfolios cannot be multiplied by 1000.001; choose a number from 0 to 1000.000"},
		{"somebody has a portfolio", policy.Variation{All: new(allocate.Thousandths(0))}, "every account weighs nothing"},
	} {
		p, err := steadily(t).Vary(row.v)
		if err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v (%v), want %q", row.sentence, err, p, row.says)
		}
	}
	if _, err := new(policy.Policy).Vary(policy.Variation{Burst: new(time.Second)}); err == nil || !strings.Contains(err.Error(), "was not read from files") {
		t.Errorf("a policy without files: %v", err)
	}
}

// A maintenance that leaves a little does not close because the capacity is less.
func TestALittleDoesNotBecomeNothing(t *testing.T) {
	text := "name: T\ncapacity: 100/s\nportfolio: portfolio.csv\nburst: 60s\nmaintenance: [{start: 2026-11-20T22:00:00Z, end: 2026-11-21T04:00:00Z, capacity: 0.134/s, reason: little}]\n"
	p, err := policy.Parse("policy.yaml", []byte(text), fstest.MapFS{"portfolio.csv": {Data: []byte("account,name,user_id,role,portfolio\nALPHA,,90-B3-D5-1F-30-01-00-00,IS,600\n")}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Vary(policy.Variation{Capacity: rate(500)}); err == nil || !strings.Contains(err.Error(), "maintenance[1]: in maintenance") {
		t.Errorf("%v; want that 0.001/s in maintenance is too little, and not that it closes", err)
	}
}

// anyVariation draws one of a policy that may be hostile, and mostly is not.
func anyVariation(t *rapid.T, p *policy.Policy) policy.Variation {
	var v policy.Variation
	accounts, hostile := p.Accounts, rapid.IntRange(0, 4).Draw(t, "hostile") == 0
	low, most := int64(1), int64(2)
	if hostile {
		low, most = -1, 1000
	}
	if rapid.Bool().Draw(t, "capacity") {
		v.Capacity = &policy.Rate{Thousandths: rapid.Int64Range(low, most).Draw(t, "times") * p.Capacity.Thousandths, Per: p.Capacity.Per}
	}
	if rapid.Bool().Draw(t, "threshold") {
		v.Threshold = new(policy.Percent(rapid.Int64Range(min(int64(p.Threshold), low*100_001), 100_000).Draw(t, "T")))
	}
	if rapid.Bool().Draw(t, "burst") {
		v.Burst = new(time.Duration(rapid.Int64Range(min(int64(p.Burst), low*70e9), 60e9).Draw(t, "burst")))
	}
	if rapid.Bool().Draw(t, "minimum") {
		v.Minimum = rate(rapid.Int64Range(0, int64(p.Minimum)*most).Draw(t, "min"))
	}
	if rapid.Bool().Draw(t, "portfolio") {
		v.Portfolio = map[string]allocate.Thousandths{rapid.SampledFrom(accounts).Draw(t, "account").Name: allocate.Thousandths(rapid.Int64Range(0, 1_000_000).Draw(t, "factor"))}
	}
	if rapid.Bool().Draw(t, "all") {
		v.All = new(allocate.Thousandths(rapid.Int64Range(1, 2_000).Draw(t, "factor of all")))
	}
	return v
}

// What Vary returns is what its own files say, and is sound; what it refuses its
// files would be refused for too.
func TestAVariedPolicyIsWhatItsFilesSay(t *testing.T) {
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		text, portfolio := validPolicies(t)
		p, err := policy.Parse("policy.yaml", []byte(text), beside(portfolio, nil))
		if err != nil {
			t.Fatal(err)
		}
		v := anyVariation(t, p)
		q, err := p.Vary(v)
		if err != nil {
			return
		}
		accepted++
		if wrong := unsound(q); wrong != "" {
			t.Errorf("%s\n%+v %s", text, v, wrong)
		}
		again, err := policy.ParseFiles(q.Files)
		if err != nil {
			t.Fatalf("%s\nis refused: %v", q.Files[0].Text, err)
		}
		if again.Digest != q.Digest || again.Name != q.Name || !reflect.DeepEqual(again.Rules(), q.Rules()) || len(again.Name) > 4*policy.MaxLabel {
			t.Errorf("%s\nis read as %q with %+v,\nnot %q with %+v", q.Files[0].Text, again.Name, again.Rules(), q.Name, q.Rules())
		}
		if v.Capacity != nil && q.Capacity.PerSecond() != v.Capacity.PerSecond() || v.Threshold != nil && q.Threshold != *v.Threshold || v.Burst != nil && q.Burst != *v.Burst {
			t.Errorf("%+v gives %v, %v and %v", v, q.Capacity, q.Threshold, q.Burst)
		}
	})
	if accepted == 0 {
		t.Error("none was accepted")
	}
}

// A policy may be varied again, and its name stays a name.
func TestAVariedPolicyCanBeVaried(t *testing.T) {
	p := steadily(t)
	for i := range 12 {
		q, err := p.Vary(policy.Variation{Capacity: rate(100_000 + int64(i)), Burst: new(time.Second + time.Duration(i)), Minimum: rate(int64(i)), Portfolio: map[string]allocate.Thousandths{"ALPHA": 999, "BRAVO": 1001}})
		if err != nil {
			t.Fatal(err)
		}
		if n := len([]rune(q.Name)); n > policy.MaxLabel || !strings.HasPrefix(q.Name, "Steady") {
			t.Errorf("the name %q has %d characters", q.Name, n)
		}
		p = q
	}
}

// What one variation does and another undoes is as it was.
func TestAVariationThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := steadily(t)
		c := rapid.Int64Range(101, 1_000_000).Draw(t, "capacity") * 1000
		there, err := p.Vary(policy.Variation{Capacity: rate(c), Burst: new(2 * time.Second)})
		if err != nil {
			t.Fatal(err)
		}
		back, err := there.Vary(policy.Variation{Capacity: &p.Capacity, Burst: &p.Burst})
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprintf("%+v", back.Rules()) != fmt.Sprintf("%+v", p.Rules()) {
			t.Errorf("by way of %d/s: %+v, not %+v", c/1000, back.Rules(), p.Rules())
		}
	})
}

// Whatever is written in a policy file that is accepted, what Vary writes in its place
// says the same but for what is varied.
func FuzzVary(f *testing.F) {
	f.Add(minimalPolicy, minimalPortfolio)
	f.Add(steady, three)
	f.Add("{name: 'A: b # c', \"capacity\": \"6000/min\", portfolio: {file: portfolio.csv}, allocation: {}, threshold: 66.6%, release: 1%, burst: 1m}", strings.ReplaceAll(minimalPortfolio, "\n", "\r\n"))
	f.Add("---\nname: |-\n  of lines\ncapacity: >-\n  100/s\nportfolio: portfolio.csv # here\nhistory:\n- {date: 2026-10-01, change: \"\\u00e9 \\\\\"}\n# the end\n...\n", "\uFEFF"+three)
	f.Fuzz(func(t *testing.T, text, portfolio string) {
		more := files{"senders.csv": "sender,account\nCN=a,ALPHA\n", "annex.md": "# Annex\n"}
		p, err := policy.Parse("policy.yaml", []byte(text), beside(portfolio, more))
		if err != nil {
			return
		}
		twice := policy.Rate{Thousandths: 2 * p.Capacity.Thousandths, Per: p.Capacity.Per}
		q, err := p.Vary(policy.Variation{Capacity: &twice, Burst: &p.Burst, Threshold: &p.Threshold, All: new(allocate.Thousandths(1000))})
		if err != nil { // twice may be too much
			return
		}
		again, err := policy.ParseFiles(q.Files)
		if err != nil || again.Digest != q.Digest || again.Name != q.Name {
			t.Fatalf("%q\nbecomes\n%s\n%v", text, q.Files[0].Text, err)
		}
		if q.Release != p.Release || q.Environment != p.Environment || !reflect.DeepEqual(q.History, p.History) || len(q.Accounts) != len(p.Accounts) || q.Capacity != twice {
			t.Errorf("%q\nbecomes\n%s", text, q.Files[0].Text)
		}
		if wrong := unsound(q); wrong != "" {
			t.Errorf("%q varied %s", text, wrong)
		}
	})
}
