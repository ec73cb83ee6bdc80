package study

import (
	"fmt"
	"slices"

	"srtm/plot"
	"srtm/simulate"
)

// settingName is how people call a setting.
func settingName(s *simulate.Sweep) string {
	switch s.Setting {
	case "capacity":
		if s.Apart() {
			return "policy's capacity"
		}
	case "threshold":
		return "operating threshold"
	case "minimum":
		return "minimum allocation"
	}
	return name(s.Setting)
}

// valued writes a value of a sweep with its unit; of a capacity that is not the DSP's
// it names the DSP's too.
func valued(s *simulate.Sweep, x float64) string {
	text := plot.Figure(x) + " " + settingUnit(s)
	for i := range s.Points {
		if p := &s.Points[i]; p.Value == x && s.Apart() {
			return text + fmt.Sprintf(" (a DSP of %s)", rate(perSecond(p.Capacity)))
		}
	}
	return text
}

func settingUnit(s *simulate.Sweep) string {
	if s.Unit == "/s" {
		return "SR/s"
	}
	return plain(s.Unit)
}

// labelled is what people call a rule of a sweep or of the business case.
func labelled(label string) string {
	if r := known(label); r.does != "" {
		return r.name
	}
	return name(label)
}

// sweepFigure is what a sweep is drawn and tabled by.
type sweepFigure struct {
	file, title, unit string
	of                func(p *simulate.SweepPoint, rule int) uint64
}

func sweepFigures(s *simulate.Sweep) []sweepFigure {
	all := []sweepFigure{
		{"lost", "Lost", inRequests, func(p *simulate.SweepPoint, i int) uint64 { return p.Rules[i].GaveUp }},
		{"within", "Refused or failed within the allocation", inMessages, func(p *simulate.SweepPoint, i int) uint64 {
			return p.Rules[i].WithinThrottled + p.Rules[i].WithinFailed
		}},
		{"answered", "Answered in time", inMessages, func(p *simulate.SweepPoint, i int) uint64 { return p.Rules[i].Answered }},
		{"outage", "Outage", "s", func(p *simulate.SweepPoint, i int) uint64 { return uint64(max(p.Rules[i].OutageSeconds, 0)) }},
	}
	if s.Measure != "" {
		harm := sweepFigure{"harm", capital(plain(s.Measure)), "", func(p *simulate.SweepPoint, i int) uint64 {
			if i < len(p.Harm) {
				return p.Harm[i]
			}
			return 0
		}}
		if !same(s, harm, all[0]) {
			all = append([]sweepFigure{harm}, all...)
		}
	}
	return all
}

// same reports whether two figures are the same everywhere.
func same(s *simulate.Sweep, a, b sweepFigure) bool {
	for i := range s.Points {
		for rule := range s.Points[i].Rules {
			if a.of(&s.Points[i], rule) != b.of(&s.Points[i], rule) {
				return false
			}
		}
	}
	return true
}

// sweepDrawings draws all sweeps.
func (v *view) sweepDrawings() []drawing {
	var all []drawing
	for n := range v.Sweeps {
		all = append(all, v.drawSweep(n)...)
	}
	return all
}

func (v *view) drawSweep(n int) []drawing {
	s := v.Sweeps[n]
	var all []drawing
	for _, f := range sweepFigures(s) {
		c := plot.Curves{Unit: f.unit, Along: settingName(s) + ", " + settingUnit(s), Height: 150, Marks: []plot.Mark{{Name: "in force:", At: s.Usual}}}
		any := false
		for i, label := range sweepLabels(s) {
			curve := plot.Curve{Name: labelled(label)}
			for k := range s.Points {
				if i < len(s.Points[k].Rules) {
					y := f.of(&s.Points[k], i)
					any = any || y > 0
					curve.Points = append(curve.Points, plot.Place{At: s.Points[k].Value, Value: float64(y)})
				}
			}
			c.Curves = append(c.Curves, curve)
		}
		if !any {
			continue
		}
		title := f.title + " by " + settingName(s)
		c.Caption = plot.Caption{Title: title, ID: fmt.Sprintf("sweep-%d-%s", n, f.file), Description: fmt.Sprintf("One line a rule, at %d values of the %s.", len(s.Points), settingName(s))}
		all = append(all, drawing{file: fmt.Sprintf("sweep-%d-%s-%s", n+1, slug(s.Setting), f.file), title: title, plot: c})
	}
	return all
}

// sweepLabels are the rules' labels.
func sweepLabels(s *simulate.Sweep) []string {
	if len(s.Labels) > 0 || len(s.Points) == 0 {
		return s.Labels
	}
	var all []string
	for i := range s.Points[0].Rules {
		all = append(all, s.Points[0].Rules[i].Label)
	}
	return all
}

func (v *view) sweepSection() section {
	s := section{title: "What other settings would do", anchor: "sweeps"}
	for n, w := range v.Sweeps {
		s.add(heading(capital(settingName(w)) + " from " + sweepRange(w)))
		s.say(kneesOf(w)...)
		s.add(multiples(v.drawSweep(n)))
		s.add(sweepTable(n, w))
	}
	s.add(note("The same scenario was played at every value, with everything else as it is. With the capacity also the DSP's changes, in proportion."))
	return s
}

func sweepRange(s *simulate.Sweep) string {
	if len(s.Points) == 0 {
		return "nothing"
	}
	first := plot.Figure(s.Points[0].Value)
	if s.Apart() {
		first = valued(s, s.Points[0].Value)
	}
	return first + " to " + valued(s, s.Points[len(s.Points)-1].Value)
}

// knees says of all sweeps from where on more brings little.
func (v *view) knees() []string {
	var all []string
	for _, s := range v.Sweeps {
		all = append(all, kneesOf(s)...)
	}
	return all
}

// kneesOf says for each rule from where on more brings little.
func kneesOf(s *simulate.Sweep) []string {
	if len(s.Points) == 0 {
		return nil
	}
	knees := map[string]simulate.Knee{}
	for _, k := range s.Knees {
		knees[k.Label] = k
	}
	all := []string{fmt.Sprintf("The %s was varied from %s; in force is %s. What counts as harm: %s.", settingName(s), sweepRange(s), valued(s, s.Usual), name(s.Measure))}
	for i, label := range sweepLabels(s) {
		if k, is := knees[label]; is {
			all = append(all, turning(s, i, k))
		} else {
			all = append(all, straight(s, i, label))
		}
	}
	if i, none, policy := s.Needless(); i >= 0 {
		at := valued(s, s.Points[i].Value)
		all = append(all, fmt.Sprintf("From %s on no mechanism loses no more than the policy: %s against %s at %s.", at, grouped(none), requests(policy), at))
	}
	return all
}

// harmAt is the measure of a rule at a point.
func harmAt(p *simulate.SweepPoint, rule int) uint64 {
	if rule < len(p.Harm) {
		return p.Harm[rule]
	}
	return 0
}

func turning(s *simulate.Sweep, rule int, k simulate.Knee) string {
	text := fmt.Sprintf("%s a %s above %s brings little: %s there, %s at the best value and %s at the worst.", capital(without(k.Label)), settingName(s), valued(s, k.Value),
		grouped(k.Harm), grouped(k.Least), grouped(k.Most))
	i := s.Worse(rule, k)
	if i < 0 || rule >= len(s.Points[i].Rules) {
		return text
	}
	p, last := &s.Points[i], &s.Points[len(s.Points)-1]
	o := &p.Rules[rule]
	text += fmt.Sprintf(" Too much is worse, first at %s: %s there, with %s within the allocation failed or late and %s of outage", valued(s, p.Value), grouped(harmAt(p, rule)),
		messages(o.WithinFailed), seconds(o.OutageSeconds))
	if p != last {
		text += fmt.Sprintf("; %s at %s", grouped(harmAt(last, rule)), valued(s, last.Value))
	}
	return text + "."
}

func straight(s *simulate.Sweep, rule int, label string) string {
	first, last := harmAt(&s.Points[0], rule), harmAt(&s.Points[len(s.Points)-1], rule)
	for i := range s.Points {
		if harmAt(&s.Points[i], rule) != last {
			return fmt.Sprintf("%s no %s was found above which more brings little: %s at the least and %s at the greatest.", capital(without(label)), settingName(s), grouped(first), grouped(last))
		}
	}
	return fmt.Sprintf("%s the %s makes no difference: %s at every value.", capital(without(label)), settingName(s), grouped(last))
}

// sweepTable has a row for each value and rule.
func sweepTable(n int, s *simulate.Sweep) table {
	t := table{id: fmt.Sprintf("sweep-%d", n+1), title: "Figures by " + settingName(s), columns: []column{{title: capital(settingName(s)), unit: settingUnit(s), text: true}, {title: "Rule", text: true}}}
	if s.Setting == "capacity" {
		t.columns = slices.Insert(t.columns, 1, column{title: "DSP's capacity", unit: "SR/s"})
	}
	figures := sweepFigures(s)
	for _, f := range figures {
		t.columns = append(t.columns, column{title: f.title, unit: f.unit})
	}
	for k := range s.Points {
		p := &s.Points[k]
		for i, label := range sweepLabels(s) {
			if i >= len(p.Rules) {
				continue
			}
			at := cell{text: plot.Figure(p.Value)}
			if p.Value == s.Usual {
				at.beside = "in force"
			}
			row := []cell{at}
			if s.Setting == "capacity" {
				row = append(row, words(figureOf(perSecond(p.Capacity))))
			}
			row = append(row, words(capital(labelled(label))))
			for _, f := range figures {
				row = append(row, count(f.of(p, i)))
			}
			t.rows = append(t.rows, row)
		}
	}
	return t
}
