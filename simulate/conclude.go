package simulate

import (
	"fmt"
	"slices"
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
			all = append(all, s.turns(k))
		} else {
			all = append(all, s.straight(rule, label))
		}
	}
	return all
}

func (s *Sweep) turns(k Knee) string {
	text := fmt.Sprintf("%s: a %s above %s brings little: %d %s there, %d at best, %d at worst.", k.Label, s.Setting, s.in(k.Value), k.Harm, s.Measure, k.Least, k.Most)
	last := s.Points[len(s.Points)-1]
	if harm := last.Harm[slices.Index(s.Labels, k.Label)]; harm > k.Harm+(k.Most-k.Least)/100 {
		text += fmt.Sprintf(" Too much is worse: %d at %s.", harm, s.in(last.Value))
	}
	return text
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

// in writes a value with its unit.
func (s *Sweep) in(value float64) string { return plain(value) + s.Unit }

// Sentences says what each rule needs, in two sentences.
func (n *Need) Sentences() []string {
	var all []string
	for i := range n.Rules {
		r := &n.Rules[i]
		all = append(all,
			r.Label+": "+n.needed(&r.Within, "for those within their allocation to suffer no more than under the policy"),
			r.Label+": "+n.needed(&r.All, "for no more to be lost, overdue or out, of all, either"))
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
	if c.Uneven {
		text += "; it is uneven: some more than would do it did not"
	}
	return text + "."
}
