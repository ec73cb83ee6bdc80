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
		Hand{Reason: "half the site", Capacity: &half, Exempt: []string{other}})
	if all := strings.Join(period.Causes, "\n"); !strings.Contains(all, one+" held to 1/s") || !strings.Contains(all, other+" exempt") {
		t.Fatalf("the causes are %q", all)
	}
	for _, row := range []struct {
		account string
		want    []string
		never   []string
	}{
		{one, []string{"a loop", one + " held", "half the site", "capacity"}, []string{other}},
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
