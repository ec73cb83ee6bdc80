package study

import (
	"fmt"
	"strings"

	"srtm/plot"
	"srtm/policy"
	"srtm/scenario"
)

// figureOf writes a number without a unit.
func figureOf(x float64) string { return plot.Figure(x) }

// made says how all of it was made, and what it cannot tell.
func (v *view) made() section {
	s := section{title: "How this was made", anchor: "made"}
	s.say("Every message was decided on in virtual time by the same code that the gateway runs; no message was sent. Each rule got the same arrivals, and a DSP and clients of its own. " +
		"The same scenario, policies and version give the same figures.")
	s.add(v.inputs())
	if len(v.rules) > 0 {
		s.add(heading("The rules"))
		s.add(points(v.explained()))
	}
	s.add(heading("What is assumed"))
	s.add(points(v.assumptions()))
	s.add(heading("What a simulation cannot tell"))
	s.add(points([]string{
		"How large a figure will be in reality: traffic, clients and the way in which the DSP fails are assumptions, not data. It shows how rules differ from each other.",
		"What people do who notice: nobody here changes software, telephones, or sends at another time because of a refusal.",
		"Network time between client, gateway and DSP, and a DSP that forgets messages, are not modelled.",
		"What is fair or acceptable. Public texts about traffic management give no arithmetic of it: settings and figures are this program's, not the Code's.",
	}))
	return s
}

func (v *view) inputs() table {
	t := table{id: "inputs", title: "What went in", columns: []column{{title: "What", text: true}, {title: "Which", text: true}}}
	add := func(what, which, beside string) {
		t.rows = append(t.rows, []cell{words(what), {text: which, beside: beside}})
	}
	add("Scenario", plain(v.Result.Scenario), fmt.Sprintf("seed %d, %s from %s", v.Result.Seed, span(v.Result.Length), v.Result.Start.UTC().Format("Monday 2006-01-02 15:04:05 UTC")))
	for _, p := range v.Policies {
		add("Policy", plain(p.Name), described(p))
	}
	if len(v.Policies) == 0 {
		add("Policy", plain(v.Result.Policy), "")
	}
	if v.Version != "" {
		add("srtm", plain(v.Version), "")
	}
	return t
}

func described(p *policy.Policy) string {
	text := fmt.Sprintf("capacity %s, threshold %s, burst %s", p.Capacity, p.Threshold, span(p.Burst))
	if p.Digest != "" {
		text += "; digest " + p.Digest
	}
	return text
}

func (v *view) explained() []string {
	var all []string
	seen := map[string]bool{}
	for _, o := range v.rules {
		if r := known(o.Rule); !seen[o.Rule] {
			seen[o.Rule] = true
			all = append(all, fmt.Sprintf("%s (%s): %s", capital(r.name), plain(o.Rule), r.does))
		}
	}
	return all
}

// assumptions are what the scenario says that nobody has measured.
func (v *view) assumptions() []string {
	all := []string{fmt.Sprintf("The DSP can do %s, turns messages away when too much waits, and then does less than it could.", rate(v.capacities()[0].value))}
	if len(v.rules) > 0 {
		all = append(all, "Who is within its allocation is judged by "+plain(v.Result.Policy)+" for all rules but other policies, which are judged by their own allocations.")
		if text := v.meant(); text != "" {
			all = append(all, text)
		}
	}
	s := v.Scenario
	if s == nil {
		return all
	}
	for _, c := range s.Setting.DSP.Changes {
		text := fmt.Sprintf("From %s to %s after the start the DSP can do %s", span(c.From), span(c.To), rate(float64(c.Capacity)))
		if c.Capacity == 0 {
			text = fmt.Sprintf("From %s to %s after the start the DSP is down", span(c.From), span(c.To))
		}
		if c.Reason != "" {
			text += ": " + plain(c.Reason)
		}
		all = append(all, text+".")
	}
	for _, b := range s.Setting.Background {
		all = append(all, "Work inside the DSP takes capacity and passes no rule: "+plain(b.What)+".")
	}
	return append(all, clients(s))
}

// clients says how the Service Users' software behaves.
func clients(s *scenario.Scenario) string {
	var counts [scenario.Obey + 1]uint64
	for i := range s.Users {
		if how := s.Users[i].Client.Retry.How; int(how) < len(counts) {
			counts[how]++
		}
	}
	var texts []string
	for how, text := range [...]string{"never", "after the same wait, whatever the answer said", "after waits that double", "when Retry-After says"} {
		if counts[how] > 0 {
			texts = append(texts, fmt.Sprintf("%s: %s", text, grouped(counts[how])))
		}
	}
	if len(texts) == 0 {
		return "The scenario has no Service Users."
	}
	return "Software sends again what was refused or failed " + strings.Join(texts, "; ") + " (Service Users)."
}
