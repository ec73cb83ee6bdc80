package study

import (
	"fmt"
	"math"

	"srtm/simulate"
)

// guarantee says what those within their allocation suffered under each rule.
func (v *view) guarantee() []string {
	if len(v.rules) == 0 {
		return nil
	}
	var spared []*simulate.Outcome
	var hurt []string
	for _, o := range v.rules {
		if o.WithinThrottled+o.WithinFailed+o.WithinLost == 0 {
			spared = append(spared, o)
			continue
		}
		hurt = append(hurt, v.hurt(o))
	}
	if v.nothingSent() {
		return nil
	}
	if len(hurt) == 0 && v.bunched() == "" {
		return []string{"The guarantee made no difference: no rule refused anything within an allocation, and nothing of that failed."}
	}
	all := []string{"The guarantee made no difference: no rule refused anything within an allocation, and nothing of that failed."}
	if len(hurt) > 0 {
		all = []string{"Of what Service Users sent within their allocation: " + joined(hurt) + "."}
	}
	if len(spared) > 0 && len(hurt) > 0 {
		all = append(all, fmt.Sprintf("Nothing was refused or failed within an allocation under %s.", v.names(spared)))
	}
	for _, w := range []string{v.spared(), v.worst(), v.bunched()} {
		if w != "" {
			all = append(all, w)
		}
	}
	return all
}

func joined(texts []string) string {
	text := texts[0]
	for _, t := range texts[1:] {
		text += "; " + t
	}
	return text
}

func (v *view) hurt(o *simulate.Outcome) string {
	s := suffering(o)
	var parts []string
	if o.WithinThrottled > 0 {
		parts = append(parts, fmt.Sprintf("refused %s of %s", messages(o.WithinThrottled), users(s.refused)))
	}
	if o.WithinFailed > 0 {
		parts = append(parts, fmt.Sprintf("let %s fail at the DSP or come too late", grouped(o.WithinFailed)))
	}
	if o.WithinLost > 0 {
		parts = append(parts, fmt.Sprintf("cost %s of %s", requests(o.WithinLost), users(s.lost)))
	}
	return v.name(o) + " " + listed(parts)
}

// spared says what those lost to whom the policy did nothing: they kept within their
// allocation, or took only what was spare.
func (v *view) spared() string {
	if v.policy == nil || len(v.rules) < 2 {
		return ""
	}
	var n, sent uint64
	lost := make([]uint64, len(v.rules))
	for i := range v.policy.Users {
		if u := &v.policy.Users[i]; u.Throttled == 0 {
			n++
			sent += u.Requests
			for r, o := range v.rules {
				if i < len(o.Users) {
					lost[r] += o.Users[i].GaveUp
				}
			}
		}
	}
	if n == 0 || n == uint64(len(v.policy.Users)) {
		return ""
	}
	var texts []string
	for r, o := range v.rules {
		texts = append(texts, grouped(lost[r])+" "+v.under(o))
	}
	return fmt.Sprintf("%s %s refused nothing at all %s. Of their %s were lost: %s.", capital(users(n)), was(n), v.under(v.policy), requests(sent), listed(texts))
}

// worst names who was hit most, among those to whom the policy did nothing, and what
// it was under the policy.
func (v *view) worst() string {
	if v.base == nil {
		return ""
	}
	i := v.hardest(v.base)
	if i < 0 {
		return ""
	}
	u := &v.base.Users[i]
	bad := u.WithinThrottled + u.WithinFailed
	words := fmt.Sprintf("Worst hit of these %s was %s", v.under(v.base), name(u.Account))
	if v.spared() == "" {
		words = fmt.Sprintf("Worst hit %s was %s", v.under(v.base), name(u.Account))
	}
	words += fmt.Sprintf(": of its %s within its allocation %s were refused, failed or late", messages(u.Within), share(bad, u.Within))
	if v.policy != nil && i < len(v.policy.Users) {
		p := &v.policy.Users[i]
		words += fmt.Sprintf("; %s it was %s", v.under(v.policy), share(p.WithinThrottled+p.WithinFailed, p.Within))
	}
	return words + "."
}

// leastSent is how many messages somebody must have sent within its allocation for
// a share of them to say something.
const leastSent = 100

// hardest returns who had the largest part of its messages within its allocation
// refused or failed, of those whom the policy refused nothing where there are such,
// or -1 where nobody had any.
func (v *view) hardest(o *simulate.Outcome) int {
	for _, least := range []uint64{leastSent, 1} {
		for _, all := range []bool{false, true} {
			best, most := -1, 0.0
			for i := range o.Users {
				u := &o.Users[i]
				if u.Within < least || !all && v.policy != nil && i < len(v.policy.Users) && v.policy.Users[i].Throttled > 0 {
					continue
				}
				if part := float64(u.WithinThrottled+u.WithinFailed) / float64(u.Within); part > most {
					best, most = i, part
				}
			}
			if best >= 0 {
				return best
			}
		}
	}
	return -1
}

// sharing says what the weighted max-min is worth.
func (v *view) sharing() []string {
	if v.policy == nil || v.nothingSent() {
		return nil
	}
	var all []string
	for _, some := range []string{v.aside(), v.loudest(), v.idle(), v.jain()} {
		if some != "" {
			all = append(all, some)
		}
	}
	if len(all) == 0 {
		return []string{"The weighted max-min made no difference: never was more offered than the operating threshold, so nothing had to be divided."}
	}
	return all
}

// pressure returns what was measured of an outcome.
func (v *view) pressure(o *simulate.Outcome) *pressure {
	for i := range v.rules {
		if v.rules[i] == o {
			return &v.pressed[i]
		}
	}
	return &pressure{top: -1}
}

// loudest says who got most where first come was first served, and what it was
// under the policy.
func (v *view) loudest() string {
	o := v.of(ruleThreshold)
	if o == nil {
		o = v.base
	}
	if o == nil || o.Users == nil {
		return ""
	}
	p := v.pressure(o)
	if p.top < 0 || p.answered == 0 {
		return ""
	}
	i := p.top
	words := fmt.Sprintf("While more was offered than the operating threshold, %s %s sent %s of the messages and got %s of the answers", v.under(o),
		name(o.Users[i].Account), share(p.takers[i].offered, p.offered()), share(p.takers[i].answered, p.answered))
	if p.takers[i].due > 0 {
		words += ", " + p.takers[i].against()
	}
	q := v.pressure(v.policy)
	if i < len(q.takers) && q.answered > 0 {
		words += fmt.Sprintf("; %s it got %s", v.under(v.policy), share(q.takers[i].answered, q.answered))
		if q.takers[i].due > 0 {
			words += ", " + q.takers[i].against()
		}
	}
	return words + "."
}

// against compares what somebody got with its allocation.
func (t taker) against() string {
	return times(float64(t.answered)/t.due) + " its allocation"
}

func (p *pressure) offered() uint64 {
	var sum uint64
	for _, t := range p.takers {
		sum += t.offered
	}
	return sum
}

// idle compares what rules refused although there was room.
func (v *view) idle() string {
	limit := v.of(ruleLimit)
	if limit == nil {
		return ""
	}
	p, q := v.pressure(limit), v.pressure(v.policy)
	if !p.counted || !q.counted || p.fitting == 0 || p.fitting < 2*q.fitting {
		return ""
	}
	words := fmt.Sprintf("Fixed limits let capacity lie idle while they refused: %s that they turned away would have fitted below the operating threshold at that time",
		messages(p.fitting))
	if q.fitting == 0 {
		return words + "; under the policy none would."
	}
	return words + fmt.Sprintf("; under the policy %s.", grouped(q.fitting))
}

// jain compares how evenly those got their due who wanted more than their allocation.
func (v *view) jain() string {
	f := v.policy.Fairness
	if f.Windows+f.Silent == 0 {
		return ""
	}
	var texts []string
	for _, o := range v.rules {
		if even(o.Fairness) && o != v.policy && o.Rule != ruleNone {
			texts = append(texts, fmt.Sprintf("%s %s", jainText(o), v.under(o)))
		}
	}
	if !even(f) {
		return fmt.Sprintf("There were too few stretches of 5 s in which two wanted more than their allocation to say how evenly they were served: %d %s.", f.Windows, v.under(v.policy))
	}
	words := fmt.Sprintf("Among those who wanted more than their allocation Jain's index of fairness was %s %s", jainText(v.policy), v.under(v.policy))
	if len(texts) > 0 {
		words += ", against " + listed(texts)
	}
	return words + "; 1 is all in proportion to their weighted shares, and in brackets is of how many stretches of 5 s it is the mean." + v.silent()
}

// silent says under which rules most stretches had nobody answered, so that the index
// is of the few others.
func (v *view) silent() string {
	var texts []string
	for _, o := range v.rules {
		if f := o.Fairness; f.Silent > f.Windows {
			texts = append(texts, fmt.Sprintf("%s %s of %s", v.under(o), grouped(uint64(f.Silent)), grouped(uint64(f.Silent+f.Windows))))
		}
	}
	if len(texts) == 0 {
		return ""
	}
	return " In most of such stretches none of them was answered at all, and these are not in the index: " + listed(texts) + "."
}

func decimals(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "–"
	}
	return fmt.Sprintf("%.3f", x)
}
