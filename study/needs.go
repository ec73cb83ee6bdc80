package study

import (
	"fmt"

	"srtm/simulate"
)

// needed says what the policy is worth in capacity.
func (v *view) needed() []string {
	n := v.Need
	if n == nil || len(n.Rules) == 0 {
		return nil
	}
	given := rate(perSecond(n.Given))
	var all []string
	for i := range n.Rules {
		r := &n.Rules[i]
		if r.Within.Found && r.All.Found && r.All.Capacity <= n.Given {
			all = append(all, fmt.Sprintf("%s the DSP of %s is enough for the same service as under the policy, to all.", capital(without(r.Label)), given))
			continue
		}
		all = append(all, fmt.Sprintf("%s a DSP of %s would be needed for those within their allocation to suffer no more than under the policy with %s; for the same service to all, %s.",
			capital(without(r.Label)), needs(n, &r.Within), given, needs(n, &r.All)))
	}
	return all
}

// without is how a sentence about a rule begins.
func without(label string) string {
	if r := known(label); r.does != "" {
		return r.under
	}
	return "under " + name(label)
}

// needs writes a capacity that was looked for.
func needs(n *simulate.Need, c *simulate.CapacityNeed) string {
	if !c.Found {
		return fmt.Sprintf("more than %s, the most that was tried", rate(perSecond(c.Tried)))
	}
	text := rate(perSecond(c.Capacity))
	if n.Given > 0 && c.Capacity > n.Given {
		text += fmt.Sprintf(" (%s as much)", times(float64(c.Capacity)/float64(n.Given)))
	}
	return text
}

func (v *view) needSection() section {
	s := section{title: "The business case", anchor: "business-case"}
	n := v.Need
	s.say(v.needed()...)
	if n.Down > 0 {
		s.say(fmt.Sprintf("For %s the scenario has the DSP down, whatever its capacity: what is lost in that time no capacity can mend.", span(n.Down)))
	}
	t := table{id: "need", title: "Capacity that each rule would need", columns: []column{
		{title: "Rule", text: true}, {title: "For those within their allocation", unit: "SR/s"}, {title: "Lost then", unit: inRequests}, {title: "For the same service to all", unit: "SR/s"}, {title: "Lost then", unit: inRequests},
		{title: "What a little less still lacks", text: true}, {title: "What half of it lacks", text: true},
	}, note: fmt.Sprintf("Measured against the service under %s with %s: %s and %s within the allocation refused or failed, %s lost, %s vends failed, %s overdue, outage %s. "+
		"Same service is no more of any of these, where no more allows for %s of what is within the allocation, %s lost or overdue, %s vends and %s of outage: 0.1 %% of each kind, at least 10, and 1 %% of the outage, at least 1 s; our choice. "+
		"A capacity is known to within 1 %%; it is a result of the model, and not money.", plain(n.Policy), rate(perSecond(n.Given)),
		messages(n.Service.WithinThrottled), grouped(n.Service.WithinFailed), requests(n.Service.Lost), grouped(n.Service.VendsFailed), grouped(n.Service.Overdue), seconds(n.Service.OutageSeconds),
		grouped(n.Allowed.WithinFailed), grouped(n.Allowed.Lost), grouped(n.Allowed.VendsFailed), seconds(n.Allowed.OutageSeconds))}
	t.rows = append(t.rows, []cell{words("The policy"), words(figureOf(perSecond(n.Given))), count(n.Service.Lost), words(figureOf(perSecond(n.Given))), count(n.Service.Lost), nothing(), nothing()})
	for i := range n.Rules {
		r := &n.Rules[i]
		half := lacks(r.All.HalfWants)
		if r.All.Half > 0 {
			half.beside = "with " + rate(perSecond(r.All.Half))
		}
		t.rows = append(t.rows, []cell{words(capital(labelled(r.Label))), needCell(n, &r.Within), count(r.Within.Service.Lost), needCell(n, &r.All), count(r.All.Service.Lost), lacks(r.All.ShortWants), half})
	}
	s.add(t)
	for i := range n.Rules {
		if r := &n.Rules[i]; r.Within.Uneven || r.All.Uneven {
			s.add(note(capital(labelled(r.Label)) + ": some capacity above the one that was found did not do. More is not always better for it, as clients then send at other times."))
		}
	}
	return s
}

// nothing is the cell of what there is nothing to say of.
func nothing() cell { return cell{text: "–", zero: true} }

// lacks is the cell of what is more than under the policy.
func lacks(wants []string) cell {
	if len(wants) == 0 {
		return nothing()
	}
	texts := make([]string, len(wants))
	for i, want := range wants {
		texts[i] = plain(want)
	}
	return words(listed(texts))
}

func needCell(n *simulate.Need, c *simulate.CapacityNeed) cell {
	if !c.Found {
		return cell{text: "none found", beside: "tried up to " + figureOf(perSecond(c.Tried))}
	}
	out := cell{text: figureOf(perSecond(c.Capacity))}
	if n.Given > 0 {
		out.beside = times(float64(c.Capacity)/float64(n.Given)) + " the given"
	}
	return out
}
