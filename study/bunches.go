package study

import (
	"fmt"
	"slices"

	"srtm/simulate"
)

// bunched says how many of those whom the policy refused something offered less than
// their allocation on the mean, and what they lost under each rule.
func (v *view) bunched() string {
	o := v.policy
	refused, below := v.below()
	if len(below) == 0 {
		return ""
	}
	var sent uint64
	for _, i := range below {
		sent += o.Users[i].Requests
	}
	words := fmt.Sprintf("Of the %s refused %s, %s offered less than the allocation on the mean over %s: what was refused to them came in bunches of more than %s. Of their %s were lost: ",
		users(refused), v.under(o), grouped(uint64(len(below))), span(v.Result.Length), v.bucket(o), requests(sent))
	return words + v.lostBy(below) + "."
}

// below counts whom the policy refused something, and returns those of them who
// offered less than their allocation on the mean.
func (v *view) below() (refused int, below []int) {
	o := v.policy
	if o == nil || o.Throttled == 0 || !v.even(o) || v.Result.Length <= 0 {
		return 0, nil
	}
	for i := range o.Users {
		u := &o.Users[i]
		refused += one(u.Throttled > 0)
		if u.Throttled > 0 && float64(u.Sends) < perSecond(u.Allocation)*v.Result.Length.Seconds() {
			below = append(below, i)
		}
	}
	return refused, below
}

// bucket is what a Service User may send at one instant and be within its allocation,
// in words: traffic.Rules.Depth.
func (v *view) bucket(o *simulate.Outcome) string {
	if p := v.document(o); p != nil && p.Burst > 0 {
		return fmt.Sprintf("%s of allocation, or one message", span(p.Burst/2))
	}
	return "half the policy's burst of allocation, or one message"
}

// lostBy says how many Service Requests some Service Users lost under each rule.
func (v *view) lostBy(some []int) string {
	var texts []string
	for _, o := range v.rules {
		if lost, all := lostOf(o, some); all {
			texts = append(texts, grouped(lost)+" "+v.under(o))
		}
	}
	return listed(texts)
}

// lostOf counts the Service Requests that some lost; not all is where the outcome
// does not have them all.
func lostOf(o *simulate.Outcome, some []int) (lost uint64, all bool) {
	for _, i := range some {
		if i >= len(o.Users) {
			return 0, false
		}
		lost += o.Users[i].GaveUp
	}
	return lost, true
}

// aside says what all lost but the Service User that sent most beyond its allocation,
// and where they fared worse than under another rule.
func (v *view) aside() string {
	p := v.policy
	top, most := -1, uint64(0)
	for i := range p.Users {
		if u := &p.Users[i]; u.Sends > u.Within && u.Sends-u.Within > most {
			top, most = i, u.Sends-u.Within
		}
	}
	if top < 0 || len(p.Users) < 2 || len(v.rules) < 2 {
		return ""
	}
	others := make([]int, 0, len(p.Users))
	for i := range p.Users {
		if i != top {
			others = append(others, i)
		}
	}
	words := fmt.Sprintf("All but %s, which sent most beyond its allocation, lost of their Service Requests: %s.", name(p.Users[top].Account), v.lostBy(others))
	return words + v.worse(others)
}

// worse says under which other rule most of some Service Users lost less than under
// the policy, and how much that was.
func (v *view) worse(others []int) string {
	var best *simulate.Outcome
	var hit []int
	for _, o := range v.rules {
		if o.Rule == rulePolicy || len(o.Users) != len(v.policy.Users) {
			continue
		}
		some := slices.DeleteFunc(slices.Clone(others), func(i int) bool { return o.Users[i].GaveUp >= v.policy.Users[i].GaveUp })
		if len(some) > len(hit) {
			best, hit = o, some
		}
	}
	if best == nil {
		return ""
	}
	with, _ := lostOf(v.policy, hit)
	without, _ := lostOf(best, hit)
	return fmt.Sprintf(" %s of them lost more %s than %s: %s against %s.", grouped(uint64(len(hit))), v.under(v.policy), v.under(best), grouped(with), grouped(without))
}

// meant says what within the allocation means.
func (v *view) meant() string {
	if v.policy == nil {
		return ""
	}
	return fmt.Sprintf("A message is within the allocation if a bucket of the Service User's own has room for it, which fills at the rate of the allocation and holds %s, whichever is more. "+
		"So who sends less than its allocation on the mean, but in bunches, is beyond it for moments: one with an allocation of 1 SR/s that sends at random half of that finds about a third of its messages beyond it. "+
		"The policy refuses these only while traffic management is active and nothing is to spare.", v.bucket(v.policy))
}
