package study

import (
	"fmt"
	"math"
	"strings"
	"time"

	"srtm/simulate"
)

// otherwise says where another rule did better than a policy, and what it did else:
// of the first policy in full, of each further one in a sentence.
func (v *view) otherwise() []string {
	if v.policy == nil || v.base == nil || len(v.which(func(o *simulate.Outcome) bool { return !harmless(o) })) == 0 {
		return nil
	}
	better := v.betterThan(v.policy)
	var all []string
	for _, o := range v.rules {
		if texts := better[o]; len(texts) > 0 {
			all = append(all, fmt.Sprintf("%s did better than %s, and best of the other rules, in: %s.%s", capital(v.name(o)), v.name(v.policy), listed(texts), v.but(o)))
		}
	}
	if len(all) == 0 {
		all = append(all, fmt.Sprintf("In none of the figures compared did another rule do better than %s.", v.name(v.policy)))
	}
	for _, p := range v.further() {
		all = append(all, v.bettered(p))
	}
	return all
}

// further are the policies after the first.
func (v *view) further() []*simulate.Outcome {
	return v.which(func(o *simulate.Outcome) bool { return o.Rule == rulePolicy && o != v.policy })
}

// betterThan lists for each rule in which figures it is the best of those that are no
// policy, and better than a policy.
func (v *view) betterThan(p *simulate.Outcome) map[*simulate.Outcome][]string {
	better := map[*simulate.Outcome][]string{}
	for _, f := range compared() {
		if f.better == 0 || f.judged && v.otherYardstick(p) {
			continue
		}
		if o := v.beats(f, p); o != nil {
			better[o] = append(better[o], fmt.Sprintf("%s (%s against %s)", f.long, f.said(o), f.text(p)))
		}
	}
	return better
}

// bettered says in a sentence where other rules did better than a further policy.
func (v *view) bettered(p *simulate.Outcome) string {
	better := v.betterThan(p)
	var texts []string
	for _, o := range v.rules {
		if figures := better[o]; len(figures) > 0 {
			texts = append(texts, v.name(o)+" in "+listed(figures))
		}
	}
	what := "In none of the figures compared"
	if v.otherYardstick(p) {
		what = "In none of the figures compared, which leave out those of the guarantee as its allocations are others,"
	}
	if len(texts) == 0 {
		return fmt.Sprintf("%s did a rule that is no policy do better than %s.", what, v.name(p))
	}
	return fmt.Sprintf("Better than %s did: %s.", v.name(p), strings.Join(texts, "; "))
}

// otherYardstick reports whether a policy has other allocations than those by which
// the first, and all rules that are no policy, are judged.
func (v *view) otherYardstick(p *simulate.Outcome) bool {
	if p.Rule != rulePolicy || p == v.policy || v.policy == nil {
		return false
	}
	if p.Threshold != v.policy.Threshold || len(p.Users) != len(v.policy.Users) {
		return true
	}
	for i := range p.Users {
		if p.Users[i].Allocation != v.policy.Users[i].Allocation {
			return true
		}
	}
	a, b := v.document(p), v.document(v.policy)
	return a != nil && b != nil && a.Burst != b.Burst
}

// but says what a rule did that the policy promises not to, and what the policy let
// happen all the same.
func (v *view) but(o *simulate.Outcome) string {
	text := ""
	if o.WithinThrottled > 0 {
		text = fmt.Sprintf(" But it refused %s of %s within their allocation, which the policy never does", messages(o.WithinThrottled), users(suffering(o).refused))
		if v.policy.WithinFailed > 0 {
			text += fmt.Sprintf("; %s let %s within the allocation fail at the DSP or come too late", v.name(v.policy), messages(v.policy.WithinFailed))
		}
		text += "."
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

// between says in which figures several policies differ from the first. Figures that
// are judged by allocations are compared only where these are the same.
func (v *view) between() []string {
	var all []string
	for _, o := range v.further() {
		var texts []string
		for _, f := range compared() {
			if f.better == 0 || f.judged && v.otherYardstick(o) {
				continue
			}
			a, known := f.value(v.policy)
			b, also := f.value(o)
			if known && also && differs(a, b) {
				texts = append(texts, fmt.Sprintf("%s (%s against %s)", f.long, f.said(o), f.text(v.policy)))
			}
		}
		if len(texts) == 0 {
			texts = []string{"no figure by more than a hundredth"}
		}
		text := fmt.Sprintf("%s differs from %s in: %s.", capital(v.name(o)), v.name(v.policy), listed(texts))
		if v.otherYardstick(o) {
			text += " Who is within its allocation is judged by each policy's own allocations, which differ, so figures of that are not compared."
		}
		all = append(all, text)
	}
	return all
}

// differs reports whether two figures differ by more than a hundredth.
func differs(a, b float64) bool {
	return math.Abs(a-b) > 0.01*math.Max(math.Max(math.Abs(a), math.Abs(b)), 0.1)
}

// beats returns the rule that is best in a figure, of those that are no policy, if it
// is better than a policy by more than a hundredth.
func (v *view) beats(f figure, p *simulate.Outcome) *simulate.Outcome {
	own, known := f.value(p)
	if !known {
		return nil
	}
	best, mark := (*simulate.Outcome)(nil), own
	for _, o := range v.rules {
		x, known := f.value(o)
		if known && o.Rule != rulePolicy && f.prefers(x, mark) && math.Abs(x-own) > 0.01*math.Max(math.Abs(own), 0.1) {
			best, mark = o, x
		}
	}
	return best
}
