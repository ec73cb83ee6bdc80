package study

import (
	"fmt"
	"math"
	"time"

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
	if len(hurt) == 0 {
		return []string{"The guarantee made no difference: no rule refused anything within an allocation, and nothing of that failed."}
	}
	all := []string{"Of what Service Users sent within their allocation: " + joined(hurt) + "."}
	if len(spared) > 0 {
		all = append(all, fmt.Sprintf("Nothing was refused or failed within an allocation under %s.", v.names(spared)))
	}
	for _, w := range []string{v.spared(), v.worst()} {
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
	if v.policy == nil {
		return nil
	}
	var all []string
	for _, some := range []string{v.loudest(), v.idle(), v.jain()} {
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
	if v.policy.Fairness.Windows == 0 {
		return ""
	}
	var texts []string
	for _, o := range v.rules {
		if o.Fairness.Windows > 0 && o != v.policy && o.Rule != ruleNone {
			texts = append(texts, fmt.Sprintf("%s %s", decimals(o.Fairness.Jain), v.under(o)))
		}
	}
	words := fmt.Sprintf("Among those who wanted more than their allocation Jain's index of fairness was %s %s", decimals(v.policy.Fairness.Jain), v.under(v.policy))
	if len(texts) > 0 {
		words += ", against " + listed(texts)
	}
	return words + "; 1 is all in proportion to their weighted shares."
}

func decimals(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "–"
	}
	return fmt.Sprintf("%.3f", x)
}

// otherwise says where another rule did better than the policy, and what it did else.
func (v *view) otherwise() []string {
	if v.policy == nil || v.base == nil || len(v.which(func(o *simulate.Outcome) bool { return !harmless(o) })) == 0 {
		return nil
	}
	better := map[*simulate.Outcome][]string{}
	for _, f := range compared() {
		if f.better == 0 {
			continue
		}
		if o := v.beats(f); o != nil {
			better[o] = append(better[o], fmt.Sprintf("%s (%s against %s)", f.long, f.said(o), f.text(v.policy)))
		}
	}
	var all []string
	for _, o := range v.rules {
		if texts := better[o]; len(texts) > 0 {
			all = append(all, fmt.Sprintf("%s did better than %s, and best of all, in: %s.%s", capital(v.name(o)), v.name(v.policy), listed(texts), v.but(o)))
		}
	}
	if len(all) == 0 {
		return []string{"In none of the figures compared did another rule do better than the policy."}
	}
	return all
}

// but says what a rule did that the policy promises not to.
func (v *view) but(o *simulate.Outcome) string {
	text := ""
	if o.WithinThrottled > 0 {
		text = fmt.Sprintf(" But it refused %s of %s within their allocation, which the policy never does.", messages(o.WithinThrottled), users(suffering(o).refused))
	}
	threshold := perSecond(o.Threshold)
	if most := mostForwarded(o); threshold > 0 && most > 1.03*threshold && o.Rule != ruleNone {
		text += fmt.Sprintf(" It let through up to %s, more than the operating threshold of %s.", rate(most), rate(threshold))
	}
	return text
}

// mostForwarded is the most that went on to the DSP in 5 s or more, in SR/s.
func mostForwarded(o *simulate.Outcome) float64 {
	most := 0.0
	step := 1
	for o.Every > 0 && time.Duration(step)*o.Every < 5*time.Second {
		step++
	}
	for n := 0; o.Every > 0 && n+step <= len(o.Points); n += step {
		var sum uint64
		for _, p := range o.Points[n : n+step] {
			sum += uint64(p.Offered - p.Throttled)
		}
		most = max(most, float64(sum)/(time.Duration(step)*o.Every).Seconds())
	}
	return most
}

// between says in which figures several policies differ from the first.
func (v *view) between() []string {
	var all []string
	for _, o := range v.rules {
		if o.Rule != rulePolicy || o == v.policy {
			continue
		}
		var texts []string
		for _, f := range compared() {
			a, known := f.value(v.policy)
			b, also := f.value(o)
			if f.better != 0 && known && also && math.Abs(a-b) > 0.01*math.Max(math.Max(math.Abs(a), math.Abs(b)), 0.1) {
				texts = append(texts, fmt.Sprintf("%s (%s against %s)", f.long, f.said(o), f.text(v.policy)))
			}
		}
		if len(texts) == 0 {
			texts = []string{"no figure by more than a hundredth"}
		}
		all = append(all, fmt.Sprintf("%s differs from %s in: %s.", capital(v.name(o)), v.name(v.policy), listed(texts)))
	}
	return all
}

// beats returns the rule that is best in a figure if it is better than every policy
// by more than a hundredth.
func (v *view) beats(f figure) *simulate.Outcome {
	mark, known := f.value(v.policy)
	if !known {
		return nil
	}
	for _, o := range v.rules {
		if x, known := f.value(o); known && o.Rule == rulePolicy && f.prefers(x, mark) {
			mark = x
		}
	}
	var best *simulate.Outcome
	for _, o := range v.rules {
		x, known := f.value(o)
		if known && o.Rule != rulePolicy && f.prefers(x, mark) && math.Abs(x-mark) > 0.01*math.Max(math.Abs(mark), 0.1) {
			best, mark = o, x
		}
	}
	return best
}
