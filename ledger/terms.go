package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"srtm/journal"
	"srtm/traffic"
)

// treated is what terms say of variants. All accounts of a policy have the same,
// and most policies say nothing: so it is kept once, as a text that rows name.
type treated struct {
	Keep     []traffic.Fraction `json:"keep,omitempty"`
	Variants []journal.Variant  `json:"variants,omitempty"`
}

// treatment returns the name of what terms say of variants, and has the text be
// kept; empty where they say nothing.
func (f *fold) treatment(t *journal.Terms) string {
	if len(t.Keep) == 0 && len(t.Variants) == 0 {
		return ""
	}
	content, err := json.Marshal(treated{t.Keep, t.Variants})
	if err != nil {
		panic("ledger: what terms say of variants is integers and texts: " + err.Error())
	}
	hash := sha256.Sum256(content)
	name := hex.EncodeToString(hash[:16])
	f.batch.treatment[name] = text(string(content))
	return name
}

// add gives terms what they say of variants.
func (t *Terms) add(content string) error {
	var of treated
	if err := json.Unmarshal([]byte(content), &of); err != nil {
		return fmt.Errorf("reading what the terms at %d say of variants: %w", t.Position, err)
	}
	t.Keep, t.Variants = of.Keep, of.Variants
	return nil
}

func (f *fold) keepTerms(e *journal.Entry, a *account, t *journal.Terms) {
	f.keep(termsTable(), e, a.id, t.Policy, t.PolicyName, t.New, t.Start, t.Allocation, t.Depth, t.Threshold, t.Burst, t.Slot, t.LargestCost,
		t.RetryLeast, t.RetryMost, t.Weight, t.Weights, t.Minimum, t.Standing, t.Cause, t.Mode, t.Shadow, t.Exempt, t.Held, t.Hold, t.Withhold,
		t.Closed, t.Until, t.From, t.Margin, t.Cost, t.FinishCritical, f.treatment(t))
}

func termsTable() *table {
	return plain("terms", atPosition(), "at", "account", "policy", "policy_name", "new", "start", "allocation", "depth", "threshold",
		"burst", "slot", "largest_cost", "retry_least", "retry_most", "weight", "weights", "minimum", "standing", "cause", "mode", "shadow",
		"exempt", "held", "hold", "withhold", "closed", "until_at", "from_at", "margin", "usual_cost", "finish_critical", "treatment")
}
