package policy

import (
	"strings"
	"testing"
	"time"

	"srtm/traffic"
)

// An account is told what was done to it and to everybody, never what was done
// to another, nor that anything was.
func TestCausesOfAnAccountNameNobodyElse(t *testing.T) {
	p, err := Load("../examples/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	one, other := p.Accounts[0].Name, p.Accounts[1].Name
	half := Rate{Thousandths: p.Capacity.Thousandths / 2, Per: p.Capacity.Per}
	period := p.At(time.Unix(1_800_000_000, 0),
		Hand{Reason: "a loop", Hold: map[string]traffic.Rate{one: traffic.PerSecond}},
		Hand{Reason: "half the site", Reference: "INC-2", Capacity: &half, Exempt: []string{other}})
	if all := strings.Join(period.Causes, "\n"); !strings.Contains(all, one+" held to 1/s") || !strings.Contains(all, other+" exempt") {
		t.Fatalf("the causes are %q", all)
	}
	for _, row := range []struct {
		account string
		want    []string
		never   []string
	}{
		{one, []string{"a loop", one + " held", "capacity"}, []string{other, "half the site", "INC-2"}},
		{other, []string{"half the site", other + " exempt"}, []string{one, "a loop"}},
	} {
		told := strings.Join(period.CausesOf(row.account), "\n")
		for _, want := range row.want {
			if !strings.Contains(told, want) {
				t.Errorf("%s is told %q, without %q", row.account, told, want)
			}
		}
		for _, never := range row.never {
			if strings.Contains(told, never) {
				t.Errorf("%s is told of %q: %q", row.account, never, told)
			}
		}
	}
}

// Why one act was done about several accounts is told to none of them, nor to the
// others, and neither is when what does not concern them ends.
func TestAnActOnSeveralAccountsIsToldWithoutItsReason(t *testing.T) {
	p, err := ParseFiles([]File{
		{Name: "policy.yaml", Text: []byte("name: Several\ncapacity: 1000/s\nportfolio: portfolio.csv\n")},
		{Name: "portfolio.csv", Text: []byte("account,name,user_id,role,portfolio\nALPHA,,90-B3-D5-1F-30-01-00-00,IS,5\nBRAVO,,90-B3-D5-1F-30-02-00-00,IS,3\n" +
			"CHARLIE,,90-B3-D5-1F-30-03-00-00,IS,2\nDELTA,,90-B3-D5-1F-30-04-00-00,IS,2\n")}})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1_800_000_000, 0).UTC()
	first, second := at.Add(time.Hour), at.Add(2*time.Hour)
	mixed := Hand{Until: first, Reason: "ALPHA misbehaves", Reference: "INC-ALPHA", Hold: map[string]traffic.Rate{"ALPHA": traffic.PerSecond, "BRAVO": 2 * traffic.PerSecond}, Exempt: []string{"CHARLIE"}}
	period := p.At(at, mixed, Hand{Until: second, Reason: "a storm", Reference: "INC-2", Activate: true})
	for account, want := range map[string]string{"ALPHA": "ALPHA held to 1/s", "BRAVO": "BRAVO held to 2/s", "CHARLIE": "CHARLIE exempt", "DELTA": ""} {
		var told []string
		until := second
		if want != "" {
			told, until = []string{byHand + want}, first
		}
		told = append(told, byHand+"a storm, INC-2 (active)")
		if got := period.CausesOf(account); strings.Join(got, "; ") != strings.Join(told, "; ") {
			t.Errorf("%s is told %q and not %q", account, got, told)
		}
		if got := period.UntilOf(account); !got.Equal(until) {
			t.Errorf("%s is told of %v and not %v", account, got, until)
		}
	}
	if got := p.At(at, mixed).UntilOf("DELTA"); !got.IsZero() {
		t.Errorf("DELTA is told that something changes at %v", got)
	}
}
