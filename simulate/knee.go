package simulate

// Knee is from where on more of a setting brings little to one rule: the least value
// after which the Sweep's Measure falls, at whatever higher value, by no more than
// 1 % of its whole range over the sweep. It is one of the values that were played,
// so it is known to within a step.
//
// A rule has none where the measure is the same at every value, or falls until the
// last: then more would still help, or the setting makes no difference.
//
// The definition is this project's choice. It asks nothing of the curve's form, and
// it is not fooled where a measure that falls rises again, as too high a threshold
// makes it.
type Knee struct {
	Label       string
	Value       float64
	Harm        uint64 // there
	Least, Most uint64 // over all points
}

// knee looks for a rule's.
func (s *Sweep) knee(rule int) (Knee, bool) {
	harm := make([]uint64, len(s.Points))
	for i, p := range s.Points {
		harm[i] = p.Harm[rule]
	}
	i, is := kneeOf(harm)
	if !is {
		return Knee{}, false
	}
	least, most := harm[0], harm[0]
	for _, h := range harm {
		least, most = min(least, h), max(most, h)
	}
	return Knee{Value: s.Points[i].Value, Harm: harm[i], Least: least, Most: most}, true
}

// kneeOf is the first place after which no number is less by more than 1 % of the
// range of all; none where the range is 0 or it would be the last.
func kneeOf(harm []uint64) (int, bool) {
	if len(harm) == 0 {
		return 0, false
	}
	last := len(harm) - 1
	least, most := harm[last], harm[last]
	for _, h := range harm {
		least, most = min(least, h), max(most, h)
	}
	knee, later := last, harm[last]
	for i := last - 1; i >= 0; i-- {
		if float64(harm[i]) <= float64(later)+float64(most-least)/100 {
			knee = i
		}
		later = min(later, harm[i])
	}
	return knee, most > least && knee < last
}

// Worse returns the first point after a rule's knee at which its harm is more than at
// the knee by more than 1 % of the range; -1 where there is none.
func (s *Sweep) Worse(rule int, k Knee) int {
	for i, p := range s.Points {
		if p.Value > k.Value && p.Harm[rule] > k.Harm+(k.Most-min(k.Least, k.Most))/100 {
			return i
		}
	}
	return -1
}

// Needless returns from which point of a sweep of the capacity on, at every value that
// was played, the rule none loses no more Service Requests than the policy, and there
// fewer; -1 where there is no such point.
func (s *Sweep) Needless() (point int, none, policy uint64) {
	of := func(p *SweepPoint, rule string) *Outcome {
		for i := range p.Rules {
			if p.Rules[i].Rule == rule {
				return &p.Rules[i]
			}
		}
		return nil
	}
	point = -1
	for i := len(s.Points) - 1; i >= 0 && s.Setting == "capacity"; i-- {
		a, b := of(&s.Points[i], "none"), of(&s.Points[i], rulePolicy)
		if a == nil || b == nil || a.GaveUp > b.GaveUp {
			break
		}
		if a.GaveUp < b.GaveUp {
			point, none, policy = i, a.GaveUp, b.GaveUp
		}
	}
	return point, none, policy
}
