package journal

import (
	"reflect"
	"testing"
	"time"

	"srtm/traffic"
)

// What rules give to an account and what its terms give back treat it alike.
func TestTermsKeepWhatTheRulesGive(t *testing.T) {
	r := traffic.Rules{
		Threshold: 90 * traffic.PerSecond, Release: 45 * traffic.PerSecond, Hold: time.Second, Burst: time.Second, Slot: 10 * time.Millisecond,
		LargestCost: 3 * traffic.SR, RetryLeast: time.Second, RetryMost: time.Minute,
		Mode: traffic.ModeShadow, Withhold: true, Margin: 10 * traffic.PerSecond, Cost: traffic.SR / 2, FinishCritical: time.Minute,
		Keep:     []traffic.Fraction{traffic.Whole / 10, traffic.Whole / 5},
		Variants: map[string]traffic.Treatment{"7.1": {Exempt: true}, "4.8.1": {Cost: 3 * traffic.SR, Rank: 2}},
		Accounts: []traffic.Account{{Name: "OTHER"}, {Name: "ALPHA", Allocation: 30 * traffic.PerSecond, Shadow: true, Exempt: true, Held: true, Hold: traffic.PerSecond}},
	}
	terms := TermsOf(r, 1)
	want := r
	want.Accounts = r.Accounts[1:]
	if got := terms.Rules(); !reflect.DeepEqual(got, want) {
		t.Errorf("the terms give back\n%+v\nof\n%+v", got, want)
	}
	r.LargestCost = 0
	if derived := TermsOf(r, 1).LargestCost; derived != 3*traffic.SR {
		t.Errorf("the largest cost is derived as %v", derived)
	}
	for from, want := range map[int64]int64{0: noon, noon - 7: noon - 7} {
		if got := (&Terms{From: from}).Begin(noon); got != want {
			t.Errorf("terms from %d in a record of %d begin at %d", from, int64(noon), got)
		}
	}
	plain := TermsOf(traffic.Rules{Accounts: []traffic.Account{{Name: "ALPHA", Allocation: 1}}}, 0)
	if !plain.isPlain() || plain.Cost != traffic.SR || plain.LargestCost != traffic.SR {
		t.Errorf("the terms of plain rules: %+v", plain)
	}
}
