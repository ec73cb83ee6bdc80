package policy_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"srtm/policy"
)

// whatever holds for every input: a policy that works, or problems that are
// lines with positions.
func whatever(t *testing.T, text string, more files) {
	t.Helper()
	portfolio := minimalPortfolio
	if other, ok := more["portfolio.csv"]; ok {
		portfolio = other
	}
	p, err := policy.Parse("policy.yaml", []byte(text), beside(portfolio, more))
	if err == nil {
		if wrong := unsound(p); wrong != "" {
			t.Errorf("the policy %s", wrong)
		}
		return
	}
	var problems policy.Problems
	if !errors.As(err, &problems) || len(problems) == 0 || len(problems) > 4*101 {
		t.Fatalf("the error is %T of %d problems: %v", err, len(problems), err)
	}
	for _, problem := range problems {
		line := problem.Error()
		if problem.Line < 1 || problem.Column < 1 || problem.Wrong == "" || strings.ContainsAny(line, "\n\r\x00") || len(line) > 1500 {
			t.Errorf("the problem is %q", line)
		}
	}
}

func sample(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "six", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func FuzzPolicy(f *testing.F) {
	f.Add(minimalPolicy)
	f.Add(minimalPolicy + "senders: senders.csv\nunknown: admit\nhold: &x 1s\n<<: {a: *x}\n")
	f.Add("name: Test\r\ncapacity: 0.001/h\r\nportfolio: {file: portfolio.csv}\r\nservices: {transform: /a}\r\n")
	f.Add(sample(f, "policy.yaml"))
	f.Add(windows + "mode: shadow\nspare: withhold\nallocation: {per: user, notice: 3}\nrefusal: {status: 200, code: E100}\nfinish_critical: 10m\nexceptional: 1h\n")
	f.Add(minimalPolicy + "shadow: [ALPHA]\ncost: {default: 0.5, \"4.8.1\": 3}\nexempt: [7.1]\npriority: [{variants: [\"2.2\", \"1.5\"], keep: 10%}]\n" +
		"approval: two\nlimit_headers: true\nforward: {via: true}\nannexes: [annex.md]\nhistory: [{date: 2026-10-01, change: x}]\n")
	f.Add(minimalPolicy + "presets: [{name: a, capacity: 60/s, for: 4h}, {name: b, hold: {ALPHA: 5/s, A.B: 1/h}, exempt: [ALPHA], activate: true, shadow: false, for: 1m}]\n" +
		"maintenance: [{start: 2026-11-20T22:00:00Z, end: 2026-11-21T04:00:00Z, capacity: 60/s, reason: x, reference: CHG-1}]\n")
	f.Add("name: Test\ncapacity: 100/min\nportfolio: portfolio.csv\nreserved:\n- {from: 00:00, to: 12:00, rate: 1/h, reason: x}\n" +
		"maintenance:\n- {start: 2000-01-01T00:00:00Z, end: 2199-01-01T00:00:00Z, capacity: 0.5/s, reason: x}\n")
	f.Fuzz(func(t *testing.T, text string) {
		whatever(t, text, files{"senders.csv": "sender,account\nCN=a,ALPHA\n", "annex.md": "# Annex\n"})
	})
}

func FuzzPortfolio(f *testing.F) {
	f.Add(minimalPortfolio)
	f.Add("\uFEFF" + strings.ReplaceAll(minimalPortfolio, "\n", "\r\n"))
	f.Add("account,name\n\"a\nb\",\"x\"y\n")
	f.Add(sample(f, "portfolio.csv"))
	f.Fuzz(func(t *testing.T, text string) {
		whatever(t, minimalPolicy+"unknown: admit\n", files{"portfolio.csv": text})
		whatever(t, minimalPolicy+"allocation: {per: user}\n", files{"portfolio.csv": text})
	})
}

func FuzzSenders(f *testing.F) {
	f.Add("sender,account\nCN=a\\,b,ALPHA\n")
	f.Add("account,sender\nALPHA," + fingerprint + "\n")
	f.Add(sample(f, "senders.csv"))
	f.Fuzz(func(t *testing.T, text string) {
		whatever(t, withSenders, files{"senders.csv": text})
	})
}

func FuzzAnnex(f *testing.F) {
	f.Add("# Annex\r\n\ttext é\n")
	f.Add("\x00\xff")
	f.Fuzz(func(t *testing.T, text string) {
		whatever(t, minimalPolicy+"annexes: [annex.md]\n", files{"annex.md": text})
	})
}

// FuzzValues holds that what is printed of a value reads back as the same.
func FuzzValues(f *testing.F) {
	for _, seed := range []string{"2000/s", "1.5/min", "0.001/h", "87.5%", "400d", "1h2m3.004s"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if rate, err := policy.ParseRate(text); err == nil {
			if again, err := policy.ParseRate(rate.String()); err != nil || again != rate {
				t.Errorf("%q reads as %v and that as %v, %v", text, rate, again, err)
			}
		}
		if percent, err := policy.ParsePercent(text); err == nil {
			if again, err := policy.ParsePercent(percent.String()); err != nil || again != percent {
				t.Errorf("%q reads as %v and that as %v, %v", text, percent, again, err)
			}
		}
		if duration, err := policy.ParseDuration(text); err == nil {
			if again, err := policy.ParseDuration(duration.String()); err != nil || again != duration {
				t.Errorf("%q reads as %v and that as %v, %v", text, duration, again, err)
			}
		}
	})
}
