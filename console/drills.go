package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"srtm/access"
	"srtm/act"
	"srtm/drill"
)

// Drill is one throttle drill: for a while everything that one account sends is
// refused, because that was ordered for it.
type Drill struct {
	ID      uint64    `json:"id"` // of the act that it is
	Account string    `json:"account"`
	State   act.State `json:"state"` // running or ended
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`           // when it ended, or will
	By      string    `json:"by,omitempty"` // who ordered it; not said to a Service User
	Reason  string    `json:"reason"`
	Judged  time.Time `json:"report_complete"` // from when its report changes no more
}

// Drills is what GET /api/v1/drills answers.
type Drills struct {
	Environment string  `json:"environment"`
	None        string  `json:"none,omitempty"` // why there are none here; absent: they can be ordered
	ADay        int     `json:"a_day"`          // most of one account in any 24 hours
	Running     []Drill `json:"running"`        // the newest first
	Over        []Drill `json:"over"`           // the newest first
}

// DrillOrder is the body of POST /api/v1/drills.
type DrillOrder struct {
	Account string     `json:"account,omitempty"` // a Service User's own by default
	By      string     `json:"by,omitempty"`
	For     act.Length `json:"for,omitempty"`    // from 1m to 30m; 10m by default
	Reason  string     `json:"reason,omitempty"` // a few words, such as a release's name
}

// Judge says how an adapter behaved in a drill.
type Judge func(ctx context.Context, s drill.Span) (drill.Report, error)

func drillRoutes() []route {
	return []route{
		{method: "GET", path: "/drills", need: access.See, summary: "Throttle drills, running and over: a Service User finds its own.", params: ofAccount{}, out: Drills{}, answer: (*Server).drills},
		{method: "POST", path: "/drills", need: access.See, summary: "Order a throttle drill, in an environment other than production: for a while everything that the account sends is refused. A Service User orders it for itself, an operator for anyone.", in: DrillOrder{}, out: Drill{}, answer: (*Server).orderDrill},
		{method: "GET", path: "/drills/{id}/report", need: access.See, summary: "How the account's adapter behaved in a drill, as far as is known.", out: drill.Report{}, answer: (*Server).drillReport},
		{method: "POST", path: "/drills/{id}/end", need: access.See, summary: "End a drill, at once: the Service User that it is of, or an operator.", in: ActStep{}, out: Drill{}, answer: (*Server).endDrill},
	}
}

// drillAs is a drill as somebody may see it.
func drillAs(a act.Act, p access.Person) Drill {
	from, to := a.Lasted()
	d := Drill{ID: a.ID, Account: a.DrillOf(), State: a.State, From: from, To: to, Reason: a.Reason, Judged: to.Add(drill.After)}
	if p.May(access.SeeAll) {
		d.By = a.Asked.By
	}
	return d
}

// drillsOf are the drills among acts that somebody may see, of one account where
// one is named; the newest first.
func drillsOf(acts []act.Act, p access.Person, account string) []Drill {
	all := []Drill{}
	for _, a := range acts {
		if name := a.DrillOf(); name != "" && !a.From.IsZero() && p.MaySee(name) && (account == "" || account == name) {
			all = append(all, drillAs(a, p))
		}
	}
	slices.SortFunc(all, func(a, b Drill) int { return b.From.Compare(a.From) })
	return all
}

func (s *Server) drills(c *call) (any, error) {
	account, err := c.account()
	if err != nil {
		return nil, err
	}
	return s.drillsFor(c.person, account), nil
}

func (s *Server) drillsFor(p access.Person, account string) Drills {
	v := Drills{Environment: s.source.Policy().Environment, ADay: act.DrillsADay,
		Running: drillsOf(s.source.Acts.Running(), p, account), Over: drillsOf(s.source.Acts.History(), p, account)}
	if err := act.DrillsIn(v.Environment); err != nil {
		v.None = err.Error()
	}
	return v
}

// mayDrill says whether somebody may order and end an account's drills: an
// operator, and the Service User itself.
func mayDrill(p access.Person, account string) error {
	switch {
	case p.May(access.Operate):
		return nil
	case p.May(access.SeeAll):
		return fail(http.StatusForbidden, "%s", lacking(p, access.Operate))
	case !p.MaySee(account):
		return noAccount(account)
	}
	return nil
}

func (s *Server) orderDrill(c *call) (any, error) {
	o := c.in.(*DrillOrder)
	account, whose := o.Account, "ordered by the operator"
	if !c.all() {
		whose = "ordered by the Service User itself"
		if account == "" {
			account = c.person.Account
		}
	}
	if err := mayDrill(c.person, account); err != nil {
		return nil, err
	}
	if account == "" {
		return nil, fail(http.StatusUnprocessableEntity, "no account is named; say whose messages are to be refused")
	}
	by, err := c.as(o.By)
	if err != nil {
		return nil, err
	}
	if words := strings.TrimSpace(o.Reason); words != "" {
		whose += ", " + words
	}
	a, err := s.source.Acts.Ask(act.OrderDrill(account, time.Duration(o.For), whose), by.Name)
	if err != nil {
		return nil, unfit(err)
	}
	return drillAs(a, c.person), nil
}

// drillOf is the drill that the path names, if the person may see it.
func (s *Server) drillOf(c *call) (act.Act, error) {
	for _, list := range [][]act.Act{s.source.Acts.Running(), s.source.Acts.History()} {
		if a, there := findAct(list, c.path("id")); there && a.DrillOf() != "" && !a.From.IsZero() && c.person.MaySee(a.DrillOf()) {
			return a, nil
		}
	}
	return act.Act{}, fail(http.StatusNotFound, "there is no drill %.20q among those you may see; /drills lists them", c.path("id"))
}

func (s *Server) endDrill(c *call) (any, error) {
	d := c.in.(*ActStep)
	a, err := s.drillOf(c)
	if err != nil {
		return nil, err
	}
	if err := mayDrill(c.person, a.DrillOf()); err != nil {
		return nil, err
	}
	by, err := c.as(d.By)
	if err != nil {
		return nil, err
	}
	if a, err = s.source.Acts.End(a.ID, by.Name, d.Why); err != nil {
		return nil, unfit(err)
	}
	return drillAs(a, c.person), nil
}

func (s *Server) drillReport(c *call) (any, error) {
	a, err := s.drillOf(c)
	if err != nil {
		return nil, err
	}
	return s.judge(c, a)
}

func (s *Server) judge(c *call, a act.Act) (drill.Report, error) {
	from, to := a.Lasted()
	return s.source.Judge(c.r.Context(), drill.Span{Account: a.DrillOf(), From: from, To: to, Now: s.source.Now().UTC()})
}

// drillPath is the page of a drill.
func drillPath(id uint64) string { return "/drills/" + strconv.FormatUint(id, 10) }
