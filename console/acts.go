package console

import (
	"net/http"
	"strconv"

	"srtm/access"
	"srtm/act"
	"srtm/policy"
)

// Acts takes what is done by hand. An *act.Register does, together with whoever
// carries out what it says. By is a person's name.
type Acts interface {
	Preview(o act.Order) (act.Preview, error)
	Ask(o act.Order, by string) (act.Act, error)
	Approve(id uint64, by, why string) (act.Act, error)
	Withdraw(id uint64, by, why string) (act.Act, error)
	End(id uint64, by, why string) (act.Act, error)
	Refer(about uint64, reference, by, why string) error
	Running() []act.Act
	Waiting() []act.Act
	History() []act.Act
	Presets() []policy.Preset
}

// ActsState is what GET /api/v1/acts answers.
type ActsState struct {
	Running []act.Act `json:"running"` // the oldest first
	Waiting []act.Act `json:"waiting"` // for another person
	History []act.Act `json:"history"` // over; the newest first
}

// ActOrder is the body of POST /api/v1/acts: an order and who gives it, where nobody
// signs in. With ?preview=true nothing is done, and a reason may be missing.
type ActOrder struct {
	By string `json:"by,omitempty"`
	act.Order
}

// ActAnswer is what it answers: the act that was taken, or with ?preview=true what it
// would do.
type ActAnswer struct {
	Act     *act.Act     `json:"act,omitempty"`
	Preview *act.Preview `json:"preview,omitempty"`
}

// ActStep is the body of POST /api/v1/acts/{id}/approve, end and withdraw.
type ActStep struct {
	By  string `json:"by,omitempty"`
	Why string `json:"why,omitempty"`
}

// Referral is the body of POST /api/v1/references: the incident elsewhere that a
// record belongs to, such as the one that began an episode.
type Referral struct {
	By        string `json:"by,omitempty"`
	Why       string `json:"why,omitempty"`
	About     uint64 `json:"about"` // the record's position
	Reference string `json:"reference"`
}

// Preset is an act that the policy prepared.
type Preset struct {
	Name string `json:"name"`
	Does string `json:"does"` // in words
	act.Order
}

// presetsOf shows the policy's presets as orders that lack a reason.
func presetsOf(all []policy.Preset) []Preset {
	shown := []Preset{}
	for _, p := range all {
		o := act.Order{Activate: p.Activate, Suspend: p.Suspend, Shadow: p.Shadow, Capacity: p.Capacity, Hold: p.Hold, Exempt: p.Exempt, For: act.Length(p.For)}
		shown = append(shown, Preset{p.Name, p.Words(func(string) bool { return true }), o})
	}
	return shown
}

// actRoutes are those that need somebody who takes what is done by hand.
func actRoutes() []route {
	step := func(name, summary string, need access.Right) route {
		return route{method: "POST", path: "/acts/{id}/" + name, need: need, summary: summary, in: ActStep{}, out: act.Act{},
			answer: func(s *Server, c *call) (any, error) { return s.actStep(c, name) }}
	}
	return []route{
		{method: "GET", path: "/acts", need: access.See, summary: "What is done by hand: acts that run, that wait for another person, and that are over. A Service User finds those that began and concern everybody or itself.", out: ActsState{}, answer: (*Server).acts},
		{method: "GET", path: "/presets", need: access.SeeAll, summary: "The acts that the policy prepared.", out: []Preset{}, answer: (*Server).presets},
		{method: "POST", path: "/acts", need: access.Operate, summary: "Do something by hand for a while; with preview only say what it would do.", params: orPreview{}, in: ActOrder{}, out: ActAnswer{}, answer: (*Server).orderAct},
		step("approve", "Approve an act that another person asked for: it runs from then on.", access.Approve),
		step("end", "End an act that runs, at once.", access.Operate),
		step("withdraw", "Take back an act that waits.", access.Operate),
		{method: "POST", path: "/references", need: access.Operate, summary: "Give a record, such as the one that began an episode, the reference of an incident elsewhere.", in: Referral{}, out: Referral{}, answer: (*Server).refer},
	}
}

// actPages are the pages about what is done by hand.
func actPages() []page {
	return append([]page{
		{path: "/acts", need: access.See, nav: "By hand", title: "Acts by hand", template: "acts.html", view: (*Server).actsView},
		{path: "/acts/new", need: access.Operate, title: "An act by hand", template: "actnew.html", view: (*Server).newActPage},
	}, actStepPages()...)
}

// actForms are what the forms on them do.
func actForms() []form {
	return append([]form{{"/acts/new", access.Operate, (*Server).doAct}}, actStepForms()...)
}

type orPreview struct {
	Preview string `query:"preview" description:"true: nothing is done, and the answer says what it would do."`
}

func (s *Server) acts(c *call) (any, error) { return s.actsFor(c.person), nil }

// preview says whether something is to be looked at and not done.
func (c *call) preview() (bool, error) {
	given := c.query.Get("preview")
	if given == "" {
		return false, nil
	}
	preview, err := strconv.ParseBool(given)
	if err != nil { // never do what was to be looked at
		return false, fail(http.StatusBadRequest, "preview is true or false, and not %.20q", given)
	}
	return preview, nil
}

func (s *Server) presets(*call) (any, error) { return presetsOf(s.source.Acts.Presets()), nil }

// orderAct takes an order, or says what it would do.
func (s *Server) orderAct(c *call) (any, error) {
	o := c.in.(*ActOrder)
	preview, err := c.preview()
	if err != nil {
		return nil, err
	}
	if preview {
		p, err := s.source.Acts.Preview(o.Order)
		return ActAnswer{Preview: &p}, unfit(err)
	}
	by, err := c.as(o.By)
	if err != nil {
		return nil, err
	}
	a, err := s.source.Acts.Ask(o.Order, by.Name)
	return ActAnswer{Act: &a}, unfit(err)
}

// actStep is approve, end or withdraw.
func (s *Server) actStep(c *call, name string) (any, error) {
	d := c.in.(*ActStep)
	by, err := c.as(d.By)
	if err != nil {
		return nil, err
	}
	id, err := strconv.ParseUint(c.path("id"), 10, 64)
	if err != nil {
		return nil, fail(http.StatusNotFound, "an act is named by its number; /api/v1/acts lists them")
	}
	do := map[string]func(uint64, string, string) (act.Act, error){
		"approve": s.source.Acts.Approve, "end": s.source.Acts.End, "withdraw": s.source.Acts.Withdraw,
	}[name]
	a, err := do(id, by.Name, d.Why)
	return a, unfit(err)
}

func (s *Server) refer(c *call) (any, error) {
	d := *c.in.(*Referral)
	by, err := c.as(d.By)
	if err != nil {
		return nil, err
	}
	d.By = by.Name
	return d, unfit(s.source.Acts.Refer(d.About, d.Reference, d.By, d.Why))
}

// unfit answers 422 where what is asked for cannot be, and otherwise as conflict.
func unfit(err error) error {
	if act.IsRefusal(err) {
		return fail(http.StatusUnprocessableEntity, "%w", err)
	}
	return conflict(err)
}
