package console

import (
	"html/template"
	"net/http"
	"strings"
	"time"

	"srtm/access"
	"srtm/act"
	"srtm/drill"
	"srtm/plot"
)

// drillPages are the pages of drills; where there are none the navigation does not
// lead there.
func (s *Server) drillPages() []page {
	nav := "Drills"
	if act.DrillsIn(s.source.Policy().Environment) != nil {
		nav = ""
	}
	return []page{
		{path: "/drills", need: access.See, nav: nav, title: "Throttle drills", template: "drills.html", view: (*Server).drillsPage},
		{path: "/drills/{id}", need: access.See, title: "Throttle drill", template: "drill.html", view: (*Server).drillPage},
	}
}

func drillForms() []form {
	return []form{{"/drills", access.See, (*Server).orderDrillByForm}, {"/drills/{id}/end", access.See, (*Server).endDrillByForm}}
}

// drillsView is the page on which drills are ordered and looked up.
type drillsView struct {
	Drills
	Sentence         []Phrase
	Own              bool // it is a Service User's
	May              bool // drills can be ordered here by whoever looks
	Accounts         []string
	Lengths          []string
	Account, For, By string // as given
	Reason           string
	Wrong            string
}

// Heading is the page's title.
func (drillsView) Heading() string { return "Throttle drills" }

func (s *Server) drillsPage(c *call) (any, error) { return s.drillsView(c), nil }

func (s *Server) drillsView(c *call) drillsView {
	v := drillsView{Drills: s.drillsFor(c.person, ""), Own: !c.all(), For: "10m", Lengths: []string{"1m", "5m", "10m", "20m", "30m"}}
	v.May = v.None == "" && (v.Own || c.person.May(access.Operate))
	if !v.Own {
		v.Accounts = s.accountsOf()
	}
	v.Sentence = sentenceOfDrills(v)
	return v
}

func sentenceOfDrills(v drillsView) []Phrase {
	var out sentence
	switch n := len(v.Running); {
	case v.None != "":
		out.stress("There are no throttle drills here")
		out.say(": %s.", v.None)
	case n == 0 && v.Own:
		out.say("No drill of yours runs. In a drill everything that you send is refused for a while, as it may be in an emergency, and a report says how your adapter took it.")
	case n == 0:
		out.say("No drill runs. In a drill everything that one Service User sends is refused for a while, because it wants that, and a report says how its adapter took it.")
	case v.Own:
		out.stress("A drill of yours runs")
		out.say(": everything that you send is refused.")
	default:
		names := make([]string, n)
		for i, d := range v.Running {
			names[i] = d.Account
		}
		out.stress("%s", map[bool]string{true: "A drill runs", false: count(n) + " drills run"}[n == 1])
		out.say(": everything of %s is refused.", few(names))
	}
	return out
}

// orderDrillByForm orders a drill from the page.
func (s *Server) orderDrillByForm(c *call) (string, error) {
	given := func(name string) string { return strings.TrimSpace(c.r.PostFormValue(name)) }
	o := &DrillOrder{Account: given("account"), By: given("by"), Reason: given("reason")}
	err := o.For.UnmarshalText([]byte(given("for")))
	if err == nil {
		c.in = o
		var made any
		if made, err = s.orderDrill(c); err == nil {
			return drillPath(made.(Drill).ID), nil
		}
	}
	v := s.drillsView(c)
	v.Account, v.For, v.By, v.Reason, v.Wrong = o.Account, given("for"), o.By, o.Reason, upper(err.Error())+"."
	return "", &shown{status: http.StatusUnprocessableEntity, page: page{path: "/drills", title: v.Heading(), template: "drills.html"}, view: v}
}

// drillView is the page of one drill, with its report.
type drillView struct {
	Drill
	Report   drill.Report
	Sentence []Phrase
	Plot     template.HTML
	May      bool // whoever looks may end it
	Wrong    string
}

// drillPhase is one line of the table of phases.
type drillPhase struct {
	Name string
	drill.Phase
}

// Phases are the lines of that table.
func (v drillView) Phases() []drillPhase {
	return []drillPhase{{"before", v.Report.Before}, {"drill", v.Report.During}, {"after", v.Report.After}}
}

// Heading is the page's title.
func (v drillView) Heading() string { return "Throttle drill of " + v.Account }

func (s *Server) drillPage(c *call) (any, error) { return s.drillView(c) }

func (s *Server) drillView(c *call) (drillView, error) {
	a, err := s.drillOf(c)
	if err != nil {
		return drillView{}, err
	}
	v := drillView{Drill: drillAs(a, c.person)}
	v.May = a.State == act.Running && mayDrill(c.person, v.Account) == nil
	if v.Report, err = s.judge(c, a); err != nil {
		return v, err
	}
	v.Sentence, v.Plot = sentenceOfReport(&v), drawDrill(&v.Report)
	return v, nil
}

// StyleWords says what an adapter does about a refusal; nothing where that cannot be
// told.
func StyleWords(s drill.Style) string {
	return map[drill.Style]string{
		drill.Never: "never sends again what was refused", drill.Blind: "sends again without regard to what it was told",
		drill.Backoff: "backs off, and does not read Retry-After", drill.Mixed: "obeys Retry-After in part", drill.Obeys: "obeys Retry-After",
	}[s]
}

func sentenceOfReport(v *drillView) []Phrase {
	var out sentence
	r := &v.Report
	switch {
	case v.State == act.Running:
		out.stress("The drill runs")
		out.say(": everything of %s is refused. So far %s messages were.", v.Account, count(r.Refusals.Messages))
	case r.Style == drill.TooFew:
		out.say("%s messages of %s were refused, ", count(r.Refusals.Messages), v.Account)
		out.stress("too few to tell how its adapter behaves")
		out.say(".")
	default:
		out.say("The adapter of %s ", v.Account)
		out.stress("%s", StyleWords(r.Style))
		out.say(".")
	}
	bad, look := 0, 0
	for _, f := range r.Findings {
		switch f.Mark {
		case drill.Bad:
			bad++
		case drill.LookAt:
			look++
		}
	}
	if v.State != act.Running && r.Style != drill.TooFew {
		out.say(" Of %s findings %s bad and %s to be looked at.", count(len(r.Findings)), areOf(bad), areOf(look))
	}
	return out
}

func areOf(n int) string { return count(n) + map[bool]string{true: " is", false: " are"}[n == 1] }

// drawDrill is the plot of what was sent before, in and after a drill.
func drawDrill(r *drill.Report) template.HTML {
	offered := plot.Series{Kind: plot.Line, Ink: plot.Offered}
	refused := plot.Series{Kind: plot.Line, Ink: plot.Throttled}
	from, every := r.Series.From.UnixNano(), int64(r.Series.Every)*int64(time.Second)
	for i := range r.Series.Offered {
		at := from + int64(i)*every
		offered.Points = append(offered.Points, plot.Point{At: at, Value: float64(r.Series.Offered[i]) / float64(r.Series.Every)})
		refused.Points = append(refused.Points, plot.Point{At: at, Value: float64(r.Series.Refused[i]) / float64(r.Series.Every)})
	}
	t := plot.Timeline{
		From: from, To: from + max(1, int64(len(r.Series.Offered)))*every, Unit: "messages/s", Height: 200,
		Series: []plot.Series{offered, refused}, Spans: []plot.Span{{From: r.From.UnixNano(), To: r.To.UnixNano(), Name: "drill"}},
		Caption: plot.Caption{Title: "Messages per second of " + r.Account, ID: "drill", Description: "Messages per second that were sent, and that were refused, before, in and after the drill."},
	}
	return template.HTML(t.HTML())
}

// endDrillByForm ends it from that page.
func (s *Server) endDrillByForm(c *call) (string, error) {
	d := &ActStep{By: c.r.PostFormValue("by"), Why: "ended on its page"}
	c.in = d
	_, err := s.endDrill(c)
	if err == nil {
		return "/drills/" + c.path("id"), nil
	}
	v, gone := s.drillView(c)
	if gone != nil {
		return "", gone
	}
	v.Wrong = upper(err.Error()) + "."
	return "", &shown{status: http.StatusUnprocessableEntity, page: page{path: "/drills/{id}", title: v.Heading(), template: "drill.html"}, view: v}
}
