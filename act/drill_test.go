package act

import (
	"strings"
	"testing"
	"time"

	"srtm/policy"
)

func TestThereAreNoDrillsInProduction(t *testing.T) {
	for name, is := range map[string]bool{
		"test": true, "UIT-A": true, "SIT": true, "pre-production": true, "Non Prod": true, "preprod": true, "uit": true,
		"production": false, "Production": false, "PROD": false, "live": false, "prod-like": false, "gb-production-1": false, "": false, " ": false, "1234": false,
	} {
		if err := DrillsIn(name); (err == nil) != is {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// drilled is a register under a policy of the environment, with ALPHA and BRAVO, at
// a time that the test sets.
func drilled(t *testing.T, more string) (*Register, *policy.Policy, *time.Time) {
	t.Helper()
	text := "name: One\ncapacity: 100/s\nportfolio: p.csv\n" + more
	rows := "account,name,user_id,role,portfolio\nALPHA,,90-B3-D5-1F-30-01-00-00,IS,600\nBRAVO,,90-B3-D5-1F-30-02-00-00,IS,400\n"
	p, err := policy.ParseFiles([]policy.File{{Name: "p.yaml", Text: []byte(text)}, {Name: "p.csv", Text: []byte(rows)}})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	r, err := Open(t.TempDir()+"/acts", Options{Clock: func() time.Time { return now }, Policy: func() *policy.Policy { return p }})
	if err != nil {
		t.Fatal(err)
	}
	return r, p, &now
}

// refused fails unless an error is a Refusal that says something.
func refused(t *testing.T, err error, says string) {
	t.Helper()
	if !IsRefusal(err) || !strings.Contains(err.Error(), says) {
		t.Errorf("%v, want %q", err, says)
	}
}

// A drill holds one account and leaves everybody else what they have; it needs no
// second person, is said to be a drill wherever it is named, and ends by itself.
func TestADrillHoldsItsAccountAlone(t *testing.T) {
	r, p, now := drilled(t, "environment: test\napproval: two\n")
	before := p.At(*now).Rules
	a, err := r.Ask(OrderDrill("ALPHA", 0, "ordered by the Service User itself"), "Alpha")
	if err != nil {
		t.Fatal(err)
	}
	if a.State != Running || a.Does != "drill, ALPHA held to 0/s" || a.DrillOf() != "ALPHA" || time.Duration(a.For) != UsualDrill || a.Reason != "drill: ordered by the Service User itself" {
		t.Errorf("%+v", a)
	}
	period := p.At(*now, r.Hands()...)
	if rules := period.Rules; !rules.Accounts[0].Held || rules.Accounts[0].Hold != 0 || rules.Accounts[1].Held ||
		rules.Accounts[1].Allocation != before.Accounts[1].Allocation || rules.Accounts[0].Allocation != before.Accounts[0].Allocation || rules.Threshold != before.Threshold {
		t.Errorf("%+v", rules)
	}
	if causes := strings.Join(period.CausesOf("ALPHA"), "; "); !strings.Contains(causes, "drill") {
		t.Errorf("ALPHA is told %q", causes)
	}
	if causes := period.CausesOf("BRAVO"); len(causes) > 0 {
		t.Errorf("BRAVO is told %q", causes)
	}
	*now = now.Add(UsualDrill)
	if len(r.Running()) != 0 || len(r.History()) != 1 || r.History()[0].State != Ended {
		t.Fatalf("%+v", r.History())
	}
	if from, to := r.History()[0].Lasted(); to.Sub(from) != UsualDrill {
		t.Error(from, to)
	}
}

func TestWhatIsNoDrill(t *testing.T) {
	ask := func(more string, o Order) error {
		r, _, _ := drilled(t, more)
		_, err := r.Ask(o, "Alpha")
		return err
	}
	refused(t, ask("environment: production\n", OrderDrill("ALPHA", 0, "x")), "no drills in production")
	refused(t, ask("", OrderDrill("ALPHA", 0, "x")), "no drills in production") // no environment is production
	refused(t, ask("environment: test\n", OrderDrill("ALPHA", 31*time.Minute, "x")), "is not from 1m to 30m")
	refused(t, ask("environment: test\n", OrderDrill("ALPHA", 59*time.Second, "x")), "is not from 1m to 30m")
	refused(t, ask("environment: test\n", OrderDrill("ZULU", 0, "x")), "no account ZULU")
	refused(t, ask("environment: test\nmode: shadow\n", OrderDrill("ALPHA", 0, "x")), "nothing")
	both := OrderDrill("ALPHA", 0, "x")
	both.Hold["BRAVO"] = policy.Rate{}
	refused(t, ask("environment: test\n", both), "holds one account to 0/s and does nothing else")
	some := OrderDrill("ALPHA", 0, "x")
	some.Activate = true
	refused(t, ask("environment: test\n", some), "does nothing else")
	rate := OrderDrill("ALPHA", 0, "x")
	rate.Hold["ALPHA"] = policy.Rate{Thousandths: 1}
	refused(t, ask("environment: test\n", rate), "0/s")
	refused(t, ask("environment: test\n", Order{Hold: map[string]policy.Rate{"ALPHA": {}}, For: Length(UsualDrill), Reason: "drill: not ordered"}), "stands for a drill")
	refused(t, ask("environment: test\n", Order{Drill: true, For: Length(UsualDrill), Reason: "x"}), "holds one account")
}

func TestDrillsAreFew(t *testing.T) {
	r, _, now := drilled(t, "environment: test\n")
	for range DrillsADay {
		a, err := r.Ask(OrderDrill("ALPHA", 0, "x"), "Alpha")
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Ask(OrderDrill("ALPHA", 0, "x"), "Alpha")
		refused(t, err, "is a drill of ALPHA already")
		*now = now.Add(time.Minute)
		if _, err := r.End(a.ID, "Alpha", ""); err != nil {
			t.Fatal(err)
		}
	}
	_, err := r.Ask(OrderDrill("ALPHA", 0, "x"), "Alpha")
	refused(t, err, "had 6 drills within the last 24 hours")
	if _, err := r.Ask(OrderDrill("BRAVO", 0, "x"), "Bravo"); err != nil {
		t.Error(err)
	}
	*now = now.Add(24 * time.Hour)
	if _, err := r.Ask(OrderDrill("ALPHA", 0, "x"), "Alpha"); err != nil {
		t.Error(err)
	}
}

// Whoever is held already learns nothing from a drill.
func TestNoDrillWhileHeld(t *testing.T) {
	r, _, _ := drilled(t, "environment: test\n")
	if _, err := r.Ask(Order{Hold: map[string]policy.Rate{"ALPHA": {Thousandths: 5000}}, For: Length(time.Hour), Reason: "x"}, "Olga"); err != nil {
		t.Fatal(err)
	}
	_, err := r.Ask(OrderDrill("ALPHA", 0, "x"), "Alpha")
	refused(t, err, "ALPHA is held to 5/s by another act")
}
