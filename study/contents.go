package study

import (
	"fmt"
	"time"

	"srtm/simulate"
	"srtm/traffic"
)

// page puts the page together.
func (v *view) page() *page {
	p := &page{title: v.headline(), answer: v.happened(), facts: v.facts(), stamp: v.stamp()}
	if len(v.rules) == 0 {
		p.sections = []section{v.made()}
		return p
	}
	p.sections = []section{v.timeSection(), v.comparison(), v.guaranteeSection(), v.sharingSection()}
	if texts := v.otherwise(); len(texts) > 0 {
		s := section{title: "Where the policy is not better", anchor: "not-better"}
		s.add(points(texts))
		if between := v.between(); len(between) > 0 {
			s.add(heading("The policies among each other"), points(between))
		}
		s.add(note("Compared are all figures of the tables above in which more, or less, is better; a difference of a hundredth or less is none."))
		p.sections = append(p.sections, s)
	}
	p.sections = append(p.sections, v.usersSection(), v.variantsSection())
	if len(v.Sweeps) > 0 {
		p.sections = append(p.sections, v.sweepSection())
	}
	if v.Need != nil {
		p.sections = append(p.sections, v.needSection())
	}
	p.sections = append(p.sections, v.made())
	return p
}

func (v *view) headline() string {
	title := capital(plain(v.Result.Scenario))
	if title == "" {
		title = "A scenario without a name"
	}
	switch n := len(v.rules); n {
	case 0:
		return title
	case 1:
		return title + ": a simulation of " + v.name(v.rules[0])
	default:
		return fmt.Sprintf("%s: a simulation of %d rules", title, n)
	}
}

func (v *view) facts() [][2]string {
	r := v.Result
	all := [][2]string{{"Scenario time", r.Start.UTC().Format("Mon 2 January 2006 15:04:05 UTC") + ", for " + span(r.Length)}}
	if len(v.rules) > 0 {
		o := v.rules[0]
		all = append(all, [2]string{"Service Users", grouped(uint64(len(o.Users)))}, [2]string{"Service Requests", grouped(o.Requests)},
			[2]string{"DSP", v.capable()}, [2]string{"Operating threshold", rate(perSecond(o.Threshold))})
	}
	all = append(all, [2]string{"Allocations of", plain(r.Policy)}, [2]string{"Seed", fmt.Sprint(r.Seed)})
	if v.Version != "" {
		all = append(all, [2]string{"srtm", plain(v.Version)})
	}
	return all
}

// capable is what the DSP can do, and when it can do otherwise.
func (v *view) capable() string {
	text := rate(float64(v.Result.Capacity) / float64(traffic.PerSecond))
	if v.Scenario == nil {
		return text
	}
	const most = 3
	for i, c := range v.Scenario.Setting.DSP.Changes {
		if i == most {
			return text + fmt.Sprintf("; and %d changes more", len(v.Scenario.Setting.DSP.Changes)-most)
		}
		can := rate(float64(c.Capacity))
		if c.Capacity == 0 {
			can = "down"
		}
		text += fmt.Sprintf("; %s from %s to %s", can, span(c.From), span(c.To))
	}
	return text
}

// usualInTime is outage.Config's, where the scenario says nothing.
const usualInTime = 2500 * time.Millisecond

// outageMeans says what an outage is, of this DSP.
func (v *view) outageMeans() string {
	limit := usualInTime
	if v.Scenario != nil && v.Scenario.Setting.DSP.InTime > 0 {
		limit = v.Scenario.Setting.DSP.InTime
	}
	return "An outage is a second in which less than half of what reached the DSP, work inside it (background) included, was answered within " + span(limit) +
		", whatever the clients' time-outs are."
}

// stamp stands at the foot of every sheet.
func (v *view) stamp() string {
	stamp := fmt.Sprintf("Simulation, not a measurement · %s · policy %s · seed %d", plain(v.Result.Scenario), plain(v.Result.Policy), v.Result.Seed)
	if v.Version != "" {
		stamp += " · srtm " + plain(v.Version)
	}
	return stamp
}

func (v *view) timeSection() section {
	s := section{title: "Every rule over time", anchor: "over-time"}
	drawings := v.overTime()
	if len(drawings) == 0 {
		s.say("There are no figures over time.")
		return s
	}
	words := "All pictures have the same scale. Filled is what was answered in time, and the line above it what was offered, with everything that was sent again."
	every := v.course(v.rules[0]).every
	s.say(words + fmt.Sprintf(" Each point is a mean over %s.", span(every)))
	s.add(drawings)
	return s
}

// comparison is all rules against each other.
func (v *view) comparison() section {
	s := section{title: "The rules compared", anchor: "comparison"}
	s.add(v.endsDrawing())
	s.add(v.compare("messages", "What became of messages", "A message is a Service Request as it is sent: again after a refusal, and a second time where a critical command needs it. "+
		"Throttled is refused by the rule. Answered in time is before the client's own time-out. "+v.outageMeans(), fates()))
	s.add(v.compare("requests", "What became of Service Requests", "Lost: the client gave up. Overdue: accepted more than a minute after it came, or not even then. A visit is aborted with a lost request of install and commission. "+
		"Times are from arrival to acceptance, and of accepted requests only: a rule that refuses much may show short ones, so none is marked.", ends()))
	s.add(v.compare("due", "The guarantee and the sharing", "Within the allocation is judged from outside, under every rule alike. Jain's index is of those who wanted more than their allocation: 1 is all in proportion. "+
		fmt.Sprintf("In brackets is of how many stretches of 5 s it is the mean; – is of fewer than %d. A stretch in which nobody of them was answered is not counted.", LeastStretches), dues()))
	return s
}

// compare is a table with a row for each rule.
func (v *view) compare(id, title, below string, figures []figure) table {
	t := table{id: id, title: title, note: below, columns: []column{{title: "Rule", text: true}}}
	for range v.rules {
		t.rows = append(t.rows, nil)
	}
	for i, o := range v.rules {
		t.rows[i] = append(t.rows[i], words(v.title(o)))
	}
	for _, f := range figures {
		t.columns = append(t.columns, column{title: f.title, unit: f.unit})
		marks := f.standing(v.rules)
		for i, o := range v.rules {
			c := cell{text: f.text(o), mark: marks[i]}
			c.zero = c.text == "0" || c.text == "–"
			if f.judged && v.otherYardstick(o) {
				c.beside = "by its own allocations"
			}
			t.rows[i] = append(t.rows[i], c)
		}
	}
	return t
}

func (v *view) guaranteeSection() section {
	s := section{title: "What the guarantee is worth", anchor: "guarantee"}
	s.say(v.guarantee()...)
	if text := v.meant(); text != "" {
		s.add(note(text))
	}
	s.add(v.withinDrawing())
	t := table{id: "worst-hit", title: "Who was hit within its allocation", columns: []column{
		{title: "Rule", text: true}, {title: "Service Users hit"}, {title: "of these lost requests"}, {title: "Lost most", unit: inRequests, text: true}, {title: "Largest part refused or failed", text: true},
	}, note: fmt.Sprintf("The largest part is of the messages that one Service User sent within its allocation, where these were at least %d and, where there are such, of those whom the policy refused nothing at all.", leastSent)}
	for _, o := range v.rules {
		h := suffering(o)
		t.rows = append(t.rows, []cell{words(v.title(o)), count(uint64(h.hit)), count(uint64(h.lost)), mostLost(o), v.mostHurt(o)})
	}
	s.add(t)
	return s
}

// nobody is the cell of a name where there is none.
func nobody() cell { return cell{text: "nobody", zero: true} }

// mostLost names who lost most within its allocation.
func mostLost(o *simulate.Outcome) cell {
	best := -1
	for i := range o.Users {
		if n := o.Users[i].WithinLost; n > 0 && (best < 0 || n > o.Users[best].WithinLost) {
			best = i
		}
	}
	if best < 0 {
		return nobody()
	}
	u := &o.Users[best]
	return cell{text: plain(u.Account) + ": " + grouped(u.WithinLost), beside: "of its " + grouped(u.Requests)}
}

func (v *view) mostHurt(o *simulate.Outcome) cell {
	i := v.hardest(o)
	if i < 0 {
		return nobody()
	}
	u := &o.Users[i]
	bad := u.WithinThrottled + u.WithinFailed
	return cell{text: plain(u.Account) + ": " + share(bad, u.Within), beside: grouped(bad) + " of " + messages(u.Within)}
}

func (v *view) sharingSection() section {
	s := section{title: "What the weighted max-min is worth", anchor: "sharing"}
	texts := v.sharing()
	if v.policy == nil {
		texts = []string{"No policy was played, so there is nothing to compare."}
	}
	s.say(texts...)
	if t, any := v.takers(); any {
		s.add(t)
	}
	return s
}

// takers is who got most while more was offered than the threshold.
func (v *view) takers() (table, bool) {
	t := table{id: "takers", title: "While more was offered than the operating threshold", columns: []column{
		{title: "Rule", text: true}, {title: "For"}, {title: "Answered in all", unit: inMessages}, {title: "Got most beyond its allocation", text: true}, {title: "its part of what was sent"}, {title: "of the answers"},
		{title: "against its allocation"}, {title: "Refused although there was room", unit: inMessages},
	}}
	var every time.Duration
	any := false
	for i, o := range v.rules {
		p := &v.pressed[i]
		row := []cell{words(v.title(o)), {text: span(p.length), zero: p.length == 0}, count(p.answered)}
		if p.top < 0 {
			row = append(row, nobody(), cell{text: "–", zero: true}, cell{text: "–", zero: true}, cell{text: "–", zero: true})
		} else {
			top := p.takers[p.top]
			row = append(row, words(plain(o.Users[p.top].Account)), words(share(top.offered, p.offered())), words(share(top.answered, p.answered)), words(top.multiple()))
		}
		room := cell{text: "–", zero: true}
		if p.counted {
			room = count(p.fitting)
			if p.refused > 0 && p.fitting > 0 {
				room.beside = share(p.fitting, p.refused) + " of what it refused"
			}
			every = p.every
		}
		t.rows = append(t.rows, append(row, room))
		any = any || p.length > 0 || p.fitting > 0
	}
	t.note = "How long more was offered differs by rule, as clients send again what is refused. "
	if every > 0 {
		t.note += fmt.Sprintf("Refused although there was room: as many of the refused messages as would have fitted below the operating threshold within the same %s; a bound on what lay idle, since a rule cannot know what comes next.", span(every))
	} else {
		t.note += "What would have fitted is not counted where messages differ in cost."
	}
	return t, any
}

// multiple writes how many times its allocation somebody got.
func (t taker) multiple() string {
	if t.due <= 0 {
		return "it has none"
	}
	return times(float64(t.answered) / t.due)
}
