package study

import (
	"fmt"
	"strings"
	"time"

	"srtm/simulate"
)

// happened says in two or three sentences what came of it.
func (v *view) happened() []string {
	switch {
	case len(v.rules) == 0:
		return []string{"No rule was played."}
	case v.nothingSent():
		return []string{"Nothing was sent: the scenario has no Service Request in its time, so nothing can be said of any rule."}
	case len(v.which(func(o *simulate.Outcome) bool { return !harmless(o) })) == 0:
		return v.quiet()
	case v.policy == nil || v.base == nil:
		var all []string
		for _, o := range v.rules {
			all = append(all, v.alone(o))
		}
		return all
	case v.base.Rule == ruleNone && calm(v.base):
		return append([]string{"Without a mechanism nothing failed: the DSP could do all that it was sent.", v.needless(), v.alone(v.policy)}, v.others()...)
	}
	return append([]string{v.trouble(v.base), v.protected(v.policy), v.price()}, v.others()...)
}

// others sums up each policy after the first in a sentence.
func (v *view) others() []string {
	var all []string
	for _, o := range v.further() {
		text := v.alone(o)
		if v.otherYardstick(o) {
			text = strings.ReplaceAll(text, "within the allocation", "within its own allocations")
		}
		if o.WithinFailed > 0 {
			text = strings.TrimSuffix(text, ".") + fmt.Sprintf("; %s within its allocations failed or came too late.", messages(o.WithinFailed))
		}
		all = append(all, text)
	}
	return all
}

// nothingSent reports whether no rule saw a message.
func (v *view) nothingSent() bool {
	return len(v.which(func(o *simulate.Outcome) bool { return o.Sends > 0 || o.Requests > 0 || !harmless(o) })) == 0
}

// quiet is what to say where no rule refused anything and nothing failed.
func (v *view) quiet() []string {
	o := v.rules[0]
	subject := v.name(o)
	if n := len(v.rules); n == 2 {
		subject = "both rules"
	} else if n > 2 {
		subject = fmt.Sprintf("all %d rules", n)
	}
	first := fmt.Sprintf("Nothing was refused and nothing failed: %s of %s %s answered in time, the same under %s. No rule makes a difference here.",
		messages(o.Answered), users(len(o.Users)), was(o.Answered), subject)
	if len(v.rules) == 1 {
		first = fmt.Sprintf("Nothing was refused and nothing failed: %s of %s %s answered in time.", messages(o.Answered), users(len(o.Users)), was(o.Answered))
	}
	all := []string{first}
	if v.policy != nil {
		peak, every := busiest(v.policy)
		threshold := perSecond(v.policy.Threshold)
		words := ""
		if peak > 0 && threshold > 0 {
			words = fmt.Sprintf("The busiest %s had %s, %.0f %% of the operating threshold of %s. ", span(every), rate(peak), 100*peak/threshold, rate(threshold))
		}
		words += "Traffic management was never active: what the policy is worth shows on other days, and what it costs on a day like this is nothing."
		if v.policy.Active > 0 {
			words = fmt.Sprintf("Traffic management was active for %s and refused nothing.", span(v.policy.Active))
		}
		all = append(all, words)
	}
	return all
}

// busiest returns the most that was offered in one stretch, in SR/s.
func busiest(o *simulate.Outcome) (peak float64, every time.Duration) {
	for _, p := range o.Points {
		peak = max(peak, float64(p.Offered)/max(o.Every, time.Second).Seconds())
	}
	return peak, o.Every
}

// needless says which rules refused what the DSP could have done.
func (v *view) needless() string {
	var texts []string
	for _, o := range v.rules {
		if o.Throttled > 0 && o != v.policy {
			texts = append(texts, fmt.Sprintf("%s refused %s", v.name(o), messages(o.Throttled)))
		}
	}
	if len(texts) == 0 {
		return "No other rule refused anything."
	}
	return capital(listed(texts)) + ", which the DSP could have done."
}

// alone sums up one rule.
func (v *view) alone(o *simulate.Outcome) string {
	words := fmt.Sprintf("%s %s %s refused, %s failed or came too late, and %s of %s %s lost",
		capital(v.under(o)), messages(o.Throttled), was(o.Throttled), grouped(o.Failed+o.Late), grouped(o.GaveUp), requests(o.Requests), was(o.GaveUp))
	if o.GaveUp > 0 {
		words += fmt.Sprintf(", %s of them within the allocation", grouped(o.WithinLost))
	}
	if o.OutageSeconds > 0 {
		words += fmt.Sprintf("; the DSP was in outage for %s", seconds(o.OutageSeconds))
	}
	return words + "."
}

// trouble says what it was like under the rule that the policy is measured against.
func (v *view) trouble(o *simulate.Outcome) string {
	var b strings.Builder
	b.WriteString(capital(v.under(o)))
	joined := " "
	if o.OutageSeconds > 0 {
		fmt.Fprintf(&b, " the DSP was in outage for %s of %s, and", seconds(o.OutageSeconds), span(v.Result.Length))
	}
	within := suffering(o)
	switch {
	case o.WithinLost > 0:
		fmt.Fprintf(&b, "%s%s of %s lost %s that were within their allocation", joined, grouped(uint64(within.lost)), users(len(o.Users)), requests(o.WithinLost))
	case within.hit > 0:
		fmt.Fprintf(&b, "%s%s of %s had %s within their allocation refused, failed or answered too late", joined, grouped(uint64(within.hit)), users(len(o.Users)),
			messages(o.WithinThrottled+o.WithinFailed))
	default:
		fmt.Fprintf(&b, "%snobody suffered who kept within its allocation", joined)
	}
	fmt.Fprintf(&b, "; in all %s of %s %s lost.", grouped(o.GaveUp), requests(o.Requests), was(o.GaveUp))
	return b.String()
}

// suffered is how many Service Users were hit within their allocation.
type suffered struct{ hit, refused, failed, lost int }

func suffering(o *simulate.Outcome) (s suffered) {
	for i := range o.Users {
		u := &o.Users[i]
		s.hit += one(u.WithinThrottled+u.WithinFailed+u.WithinLost > 0)
		s.refused += one(u.WithinThrottled > 0)
		s.failed += one(u.WithinFailed > 0)
		s.lost += one(u.WithinLost > 0)
	}
	return s
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// protected says what the policy kept from happening, and what it did not.
func (v *view) protected(o *simulate.Outcome) string {
	var b strings.Builder
	b.WriteString(capital(v.under(o)))
	if o.OutageSeconds > 0 {
		fmt.Fprintf(&b, " the DSP was in outage for %s", seconds(o.OutageSeconds))
	} else {
		b.WriteString(" there was no outage")
	}
	if o.WithinThrottled == 0 {
		fmt.Fprintf(&b, ", and nobody was refused within its allocation: 0 of %s", messages(o.Within))
	} else {
		fmt.Fprintf(&b, ", and %s within the allocation %s refused, which must not happen", messages(o.WithinThrottled), was(o.WithinThrottled))
	}
	switch {
	case o.WithinFailed == 0 && o.WithinLost == 0:
		b.WriteString(", and none of these failed.")
	default:
		fmt.Fprintf(&b, "; %s of these failed at the DSP or came too late, and %s %s lost.",
			grouped(o.WithinFailed), requests(o.WithinLost), was(o.WithinLost))
	}
	return b.String()
}

// price says what was refused and lost all the same.
func (v *view) price() string {
	o := v.policy
	over := 0
	for i := range o.Users {
		over += one(o.Users[i].Throttled > 0)
	}
	words := fmt.Sprintf("It refused %s of %s, none of them within the allocation", messages(o.Throttled), users(over))
	if _, below := v.below(); len(below) > 0 {
		words += fmt.Sprintf(" as they came (%s of these Service Users offered less than theirs on the mean)", grouped(uint64(len(below))))
	}
	if o.Throttled == 0 {
		words = "It refused nothing"
	} else if o.WithinThrottled > 0 {
		words = fmt.Sprintf("It refused %s of %s", messages(o.Throttled), users(over))
	}
	words += fmt.Sprintf("; %s %s lost, %s of all", requests(o.GaveUp), was(o.GaveUp), share(o.GaveUp, o.Requests))
	b := v.base
	words += fmt.Sprintf(" (%s %s: %s). %s %s answered in time", v.under(b), grouped(b.GaveUp), share(b.GaveUp, b.Requests), capital(messages(o.Answered)), was(o.Answered))
	if b.Answered > 0 {
		words += fmt.Sprintf(", %s as many as %s", times(float64(o.Answered)/float64(b.Answered)), v.under(b))
	}
	return words + "."
}
