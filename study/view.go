package study

import (
	"fmt"
	"time"

	"srtm/policy"
	"srtm/simulate"
	"srtm/traffic"
)

// view is a study with what all its parts need to know.
type view struct {
	*Study
	rules    []*simulate.Outcome
	base     *simulate.Outcome // what the policy is measured against: no mechanism, where that was played
	policy   *simulate.Outcome // the first policy; nil where none was played
	policies int
	pressed  []pressure // by rule
}

func newView(s *Study) *view {
	v := &view{Study: s}
	if s.Result == nil {
		v.Study = &Study{Result: &simulate.Result{}, Version: s.Version}
	}
	for i := range v.Result.Rules {
		o := &v.Result.Rules[i]
		v.rules = append(v.rules, o)
		switch {
		case o.Rule == rulePolicy:
			v.policies++
			if v.policy == nil {
				v.policy = o
			}
		case v.base == nil || o.Rule == ruleNone:
			v.base = o
		}
	}
	for _, o := range v.rules {
		v.pressed = append(v.pressed, v.press(o))
	}
	return v
}

// of returns the outcome of a rule, or nil.
func (v *view) of(rule string) *simulate.Outcome {
	for _, o := range v.rules {
		if o.Rule == rule {
			return o
		}
	}
	return nil
}

// harmless reports whether nothing was refused, failed or lost.
func harmless(o *simulate.Outcome) bool {
	return o.Throttled+o.Failed+o.Late+o.GaveUp == 0 && o.OutageSeconds == 0
}

// calm reports whether the DSP could do all that it was sent.
func calm(o *simulate.Outcome) bool { return o.Failed+o.Late == 0 && o.OutageSeconds == 0 }

// which returns the outcomes for which that holds.
func (v *view) which(holds func(*simulate.Outcome) bool) []*simulate.Outcome {
	var all []*simulate.Outcome
	for _, o := range v.rules {
		if holds(o) {
			all = append(all, o)
		}
	}
	return all
}

// document returns the policy by which an outcome is judged, or nil. Where several
// have one name the simulator numbers them.
func (v *view) document(o *simulate.Outcome) *policy.Policy {
	seen := map[string]int{}
	for _, p := range v.Policies {
		seen[p.Name]++
		called := p.Name
		if n := seen[p.Name]; n > 1 {
			called = fmt.Sprintf("%s (%d)", p.Name, n)
		}
		if called == o.Policy {
			return p
		}
	}
	return nil
}

// step is a value from a time on.
type step struct {
	at    int64
	value float64
}

// mostSteps bounds how often a level changes in a picture.
const mostSteps = 60

// thresholds returns the operating threshold by which an outcome is judged, in
// SR/s, as it changes; the first from the start on.
func (v *view) thresholds(o *simulate.Outcome) []step {
	all := []step{{v.Result.Start.UnixNano(), perSecond(o.Threshold)}}
	p, end := v.document(o), v.Result.Start.Add(v.Result.Length)
	if p == nil {
		return all
	}
	for at := v.Result.Start; len(all) < mostSteps; {
		until := p.At(at).Until
		if until.IsZero() || !until.Before(end) || !until.After(at) {
			break
		}
		at = until
		if t := perSecond(p.At(at).Rules.Threshold); t != all[len(all)-1].value {
			all = append(all, step{at.UnixNano(), t})
		}
	}
	return all
}

// capacities returns what the DSP can do, in SR/s, as it changes.
func (v *view) capacities() []step {
	usual := float64(v.Result.Capacity) / float64(traffic.PerSecond)
	begin := v.Result.Start.UnixNano()
	all := []step{{begin, usual}}
	if v.Scenario == nil {
		return all
	}
	for _, c := range v.Scenario.Setting.DSP.Changes {
		all = append(all, step{begin + int64(c.From), float64(c.Capacity)}, step{begin + int64(c.To), usual})
	}
	return all
}

// valueAt returns what holds at a time.
func valueAt(steps []step, at int64) float64 {
	value := steps[0].value
	for _, s := range steps {
		if s.at > at {
			break
		}
		value = s.value
	}
	return value
}

func (v *view) begin() int64 { return v.Result.Start.UnixNano() }

func (v *view) end() int64 { return v.Result.Start.Add(max(v.Result.Length, time.Second)).UnixNano() }
