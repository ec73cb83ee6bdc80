package simulate

import (
	"fmt"
	"strings"

	"srtm/traffic"
)

// Sentences says, for each rule, from where on more of the setting brings little, or
// that there is no such value.
func (s *Sweep) Sentences() []string {
	knees := make(map[string]Knee)
	for _, k := range s.Knees {
		knees[k.Label] = k
	}
	var all []string
	for rule, label := range s.Labels {
		if k, is := knees[label]; is {
			all = append(all, s.turns(rule, k))
		} else {
			all = append(all, s.straight(rule, label))
		}
	}
	if i, none, policy := s.Needless(); i >= 0 {
		all = append(all, fmt.Sprintf("From %s on no mechanism loses no more than the policy: %d against %d Service Requests at %s.", s.in(s.Points[i].Value), none, policy, s.in(s.Points[i].Value)))
	}
	return all
}

func (s *Sweep) turns(rule int, k Knee) string {
	text := fmt.Sprintf("%s: a %s above %s brings little: %d %s there, %d at best, %d at worst.", k.Label, s.Setting, s.in(k.Value), k.Harm, s.Measure, k.Least, k.Most)
	i := s.Worse(rule, k)
	if i < 0 {
		return text
	}
	p, last := &s.Points[i], &s.Points[len(s.Points)-1]
	text += fmt.Sprintf(" Too much is worse, first at %s: %d there, with %d messages within the allocation failed or late and %d s of outage", s.in(p.Value), p.Harm[rule],
		p.Rules[rule].WithinFailed, p.Rules[rule].OutageSeconds)
	if p != last {
		text += fmt.Sprintf("; %d at %s", last.Harm[rule], s.in(last.Value))
	}
	return text + "."
}

func (s *Sweep) straight(rule int, label string) string {
	last := s.Points[len(s.Points)-1]
	if s.Setting == "minimum" && len(s.Small) == 0 {
		return fmt.Sprintf("%s: even a minimum of %s lifts nobody.", label, s.in(last.Value))
	}
	for _, p := range s.Points {
		if p.Harm[rule] != last.Harm[rule] {
			return fmt.Sprintf("%s: a larger %s helps until the end of the sweep: %d %s at %s.", label, s.Setting, last.Harm[rule], s.Measure, s.in(last.Value))
		}
	}
	return fmt.Sprintf("%s: the %s makes no difference: %d %s at every value.", label, s.Setting, last.Harm[rule], s.Measure)
}

// in writes a value with its unit, and of a capacity that is not the DSP's, the DSP's.
func (s *Sweep) in(value float64) string {
	text := plain(value) + s.Unit
	if !s.Apart() {
		return text
	}
	for _, p := range s.Points {
		if p.Value == value {
			return text + " (a DSP of " + inRate(p.Capacity) + "/s)"
		}
	}
	return text
}

// Apart reports whether the capacity was varied and the DSP's is not the policy's, so
// that Value does not say what the DSP can do.
func (s *Sweep) Apart() bool {
	for _, p := range s.Points {
		if s.Setting == "capacity" && inRate(p.Capacity) != plain(p.Value) {
			return true
		}
	}
	return false
}

// Sentences says what each rule needs, in two sentences, and what counts as no more.
func (n *Need) Sentences() []string {
	var all []string
	for i := range n.Rules {
		r := &n.Rules[i]
		all = append(all,
			r.Label+": "+n.needed(&r.Within, "for those within their allocation to suffer no more than under the policy"),
			r.Label+": "+n.needed(&r.All, "for no more to be lost, overdue or out, of all, either"))
	}
	all = append(all, fmt.Sprintf("No more means: by at most %d of what is within the allocation, %d lost or overdue, %d vends and %d s of outage.",
		n.Allowed.WithinFailed, n.Allowed.Lost, n.Allowed.VendsFailed, n.Allowed.OutageSeconds))
	if n.Down > 0 {
		all = append(all, fmt.Sprintf("For %v the scenario has the DSP down; what is lost then no capacity can mend.", n.Down))
	}
	return all
}

func (n *Need) needed(c *CapacityNeed, what string) string {
	var text, with string
	times := func(r traffic.Rate) string {
		return fmt.Sprintf("%s, %.2f times the given %s,", inRate(r)+"/s", float64(r)/float64(n.Given), inRate(n.Given)+"/s")
	}
	switch {
	case !c.Found:
		text, with = "no capacity was found up to "+times(c.Tried)+" "+what, inRate(c.Tried)+"/s"
	case c.Short == 0:
		text = "the given " + inRate(n.Given) + "/s is enough " + what
	default:
		text, with = times(c.Capacity)+" "+what, inRate(c.Short)+"/s"
	}
	if with != "" && len(c.ShortWants) > 0 {
		text += "; with " + with + ", " + strings.Join(c.ShortWants, ", ")
	}
	if c.Half > 0 && len(c.HalfWants) > 0 && c.Half != c.Short {
		text += "; with " + inRate(c.Half) + "/s, " + strings.Join(c.HalfWants, ", ")
	}
	if c.Uneven {
		text += "; it is uneven: some more than would do it did not"
	}
	return text + "."
}
