package console

import (
	"net/http"

	"srtm/access"
	"srtm/act"
)

// actStepView is the page that asks whether an act is to be approved, withdrawn or
// ended.
type actStepView struct {
	act.Act
	Step  string
	Words []string // what approving it would do now
	By    string   // as given
	Why   string
	Wrong string
}

// Heading is the page's title.
func (v actStepView) Heading() string {
	return map[string]string{"approve": "Approve an act by hand", "withdraw": "Withdraw an act by hand", "end": "End an act by hand"}[v.Step]
}

// actStepPages are the pages that ask, one for each step.
func actStepPages() (all []page) {
	for _, step := range actSteps() {
		all = append(all, page{path: "/acts/{id}/" + step.Name, need: step.Need, title: "Act by hand", template: "actstep.html",
			view: func(s *Server, c *call) (any, error) { return s.actStepView(c, step.Name) }})
	}
	return all
}

func actStepForms() (all []form) {
	for _, step := range actSteps() {
		all = append(all, form{"/acts/{id}/" + step.Name, step.Need, func(s *Server, c *call) (string, error) { return s.doActStep(c, step.Name) }})
	}
	return all
}

// stepOf is something that is done about what there is, and who may.
type stepOf struct {
	Name string
	Need access.Right
}

func actSteps() []stepOf {
	return []stepOf{{"approve", access.Approve}, {"withdraw", access.Operate}, {"end", access.Operate}}
}

func (s *Server) actStepView(c *call, step string) (actStepView, error) {
	all := s.source.Acts.Waiting()
	if step == "end" {
		all = s.source.Acts.Running()
	}
	a, there := findAct(all, c.path("id"))
	switch {
	case !there && step == "end":
		return actStepView{}, fail(http.StatusNotFound, "no act of that number runs; it may have ended by itself")
	case !there:
		return actStepView{}, fail(http.StatusNotFound, "no act of that number waits; it may have been approved or withdrawn, or have lapsed")
	}
	v := actStepView{Act: a, Step: step}
	if step == "approve" {
		o := a.Order
		o.Preset = "" // what it stood for is in the order
		if p, err := s.source.Acts.Preview(o); err == nil {
			if v.Words = p.Words; p.Two { // the last says that another person is to approve it, who is here
				v.Words = v.Words[:len(v.Words)-1]
			}
		} else {
			v.Wrong = upper(err.Error()) + "."
		}
	}
	return v, nil
}

// doActStep does it from that page.
func (s *Server) doActStep(c *call, step string) (string, error) {
	d := &ActStep{By: c.r.PostFormValue("by"), Why: c.r.PostFormValue("why")}
	c.in = d
	if _, err := s.actStep(c, step); err != nil {
		v, gone := s.actStepView(c, step)
		if gone != nil {
			return "", gone
		}
		v.By, v.Why, v.Wrong = d.By, d.Why, upper(err.Error())+"."
		return "", &shown{status: http.StatusUnprocessableEntity, page: page{path: "/acts/{id}", title: v.Heading(), template: "actstep.html"}, view: v}
	}
	return "/acts", nil
}
