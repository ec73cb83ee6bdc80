package journal

import (
	"reflect"
	"testing"
	"time"

	"srtm/duis"
	"srtm/traffic"
)

// extended are an account's own records with all that a policy may add.
func extended() []Record {
	own := Own{Account: "ALPHA", ID: 1, Nth: 7}
	refused := &Decision{Own: own, Variant: "4.8.1", ID: duis.RequestID{Originator: 1, Target: 2, Counter: 3}, Numbers: traffic.Decision{
		At: noon, User: 1, Number: 9, Policy: 2, Cost: traffic.SR, Pool: -5, Kept: 1, Limit: 2, Hold: 3, HoldRate: 4,
		Exempt: true, Vouched: true, Held: true, Verdict: traffic.Shadow, Reason: traffic.Capacity, Refusals: 1, RetryAfter: 1,
	}}
	return []Record{
		refused,
		&Terms{Own: own, Policy: "p", PolicyName: "n", Allocation: 1, Standing: 2, Cause: "maintenance", Mode: traffic.ModeShadow, Shadow: true, Exempt: true, Held: true,
			Hold: 3, Withhold: true, Closed: true, Until: noon, From: noon - 5, Margin: 4, Cost: 5, FinishCritical: time.Minute, Keep: []traffic.Fraction{6, 7},
			Variants: []Variant{{"4.8.1", traffic.Treatment{Cost: 8, Exempt: true, Rank: 2}}, {"7.1", traffic.Treatment{}}}},
		&Terms{Own: own, Allocation: 3, Standing: 3, Cost: traffic.SR},
		&Terms{Own: own, Allocation: 3, Standing: 3, Cost: traffic.SR, From: noon - 1},
		&Notice{Own: own, Policy: "p", PolicyName: "n", Effective: noon, Old: 1, New: 2, OldWeight: "3", Weight: "4", Weights: "5", Source: "s", Shortened: true},
		&Challenge{Own: own, Notice: 4, Answer: true, Who: "w", Text: "t"},
		&Delivery{own, telling()},
	}
}

func telling() Telling {
	return Telling{ID: "i", Kind: "k", Concerns: "c", Happened: noon, Sentence: "s", Subscription: "u", Who: "w", Means: "m", Address: "a", Attempt: 3, Began: noon + 1,
		Took: time.Second, Outcome: "o", Detail: "d", SHA256: "h"}
}

func TestExtendedRecordsAreReadAsTheyWereWritten(t *testing.T) {
	names := func(id uint32) (string, bool) { return "ALPHA", id == 1 }
	all := append(extended(), &Proposal{Step: Withdrawn, Name: "n", Digest: "d", Who: "w", Why: "y", Effective: noon, Files: []File{{"a", "b"}}}, &CommonDelivery{telling()})
	for _, r := range all {
		raw := appendRecord(nil, noon, r)
		if owner(r) != nil {
			raw = append(raw, make([]byte, linkSize)...)
		}
		d := decoder{names: names}
		e, err := d.decode(raw)
		if err != nil {
			t.Fatalf("%T: %v", r, err)
		}
		if !reflect.DeepEqual(e.Record, r) {
			t.Errorf("%T was written as\n%+v and is read as\n%+v", r, r, e.Record)
		}
	}
}

// A verdict and a reason that do not go together are no decision.
func TestVerdictAndReasonGoTogether(t *testing.T) {
	names := func(id uint32) (string, bool) { return "ALPHA", id == 1 }
	for v := range traffic.Verdict(traffic.Verdicts) {
		for r := range traffic.Reason(traffic.Reasons) {
			d := decision(1)
			d.ID, d.Numbers.Verdict, d.Numbers.Reason = duis.RequestID{}, v, r
			d.Own = Own{Account: "ALPHA", ID: 1}
			dec := decoder{names: names}
			_, err := dec.decode(append(appendRecord(nil, noon, d), make([]byte, linkSize)...))
			if is := (err == nil); is != v.Allows(r) {
				t.Errorf("%v, %v is read: %v", v, r, is)
			}
		}
	}
}
