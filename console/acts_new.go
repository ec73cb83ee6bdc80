package console

import (
	"net/http"
	"net/url"
	"strings"

	"srtm/act"
	"srtm/policy"
)

// newAct is the page on which an act by hand is chosen, looked at and done. What is
// chosen stands in its address, so that it can be sent to a colleague; the reason
// and the click that does it do not.
type newAct struct {
	What, Capacity, Account, Rate, Preset, For string // as they were given
	Accounts                                   []string
	Presets                                    []Preset
	Lengths                                    []string     // that are offered
	Query                                      string       // of the address
	Preview                                    *act.Preview // nil: nothing is chosen yet, or it cannot be
	Wrong                                      string
	By, Reason, Reference                      string
}

// Heading is the page's title.
func (newAct) Heading() string { return "An act by hand" }

func (s *Server) newActPage(c *call) (any, error) { return s.newActView(c), nil }

// newActView reads what is chosen from the address, and says what it would do.
func (s *Server) newActView(c *call) newAct {
	get := func(name string) string { return strings.TrimSpace(c.query.Get(name)) }
	v := newAct{
		What: get("what"), Capacity: get("capacity"), Account: get("account"), Rate: get("rate"), Preset: get("preset"), For: get("for"),
		Accounts: s.accountsOf(), Presets: presetsOf(s.source.Acts.Presets()), Lengths: []string{"15m", "1h", "4h", "12h", "1d"}, Query: c.r.URL.RawQuery,
	}
	if v.What == "" && v.Preset != "" {
		v.What = "preset"
	}
	if v.What == "" {
		return v
	}
	order, err := v.order()
	if err == nil {
		var p act.Preview
		if p, err = s.source.Acts.Preview(order); err == nil {
			v.Preview = &p
		}
	}
	if err != nil {
		v.Wrong = upper(err.Error()) + "."
	}
	return v
}

// order is what is chosen.
func (v newAct) order() (o act.Order, err error) {
	if err := o.For.UnmarshalText([]byte(v.For)); err != nil {
		return o, fail(http.StatusUnprocessableEntity, "for how long: %w", err)
	}
	rate := func(text, what string) (policy.Rate, error) {
		if text != "" && !strings.Contains(text, "/") {
			text += "/s"
		}
		r, err := policy.ParseRate(text)
		if err != nil {
			return r, fail(http.StatusUnprocessableEntity, "%s: %w", what, err)
		}
		return r, nil
	}
	switch v.What {
	case "activate":
		o.Activate = true
	case "suspend":
		o.Suspend = true
	case "shadow":
		o.Shadow = true
	case "preset":
		o.Preset = v.Preset
	case "capacity":
		c, err := rate(v.Capacity, "the capacity")
		o.Capacity = &c
		return o, err
	case "hold":
		r, err := rate(v.Rate, "the rate")
		o.Hold = map[string]policy.Rate{v.Account: r}
		return o, err
	case "exempt":
		o.Exempt = []string{v.Account}
	default:
		return o, fail(http.StatusUnprocessableEntity, "%.40q is nothing that can be done by hand; choose one of the list", v.What)
	}
	return o, nil
}

// doAct does what the page showed, or shows what is wrong with it.
func (s *Server) doAct(c *call) (string, error) {
	v := s.newActView(c)
	v.By, v.Reason, v.Reference = c.r.PostFormValue("by"), c.r.PostFormValue("reason"), c.r.PostFormValue("reference")
	if v.Preview == nil {
		if v.Wrong == "" {
			return "/acts/new", nil
		}
		return "", v.again()
	}
	o, err := v.order()
	if err == nil {
		o.Reason, o.Reference = v.Reason, v.Reference
		c.in = &ActOrder{By: v.By, Order: o}
		if _, err = s.orderAct(c); err == nil {
			return "/acts", nil
		}
	}
	v.Wrong = upper(err.Error()) + "."
	return "", v.again()
}

func (v newAct) again() error {
	return &shown{status: http.StatusUnprocessableEntity, page: page{path: "/acts/new", title: v.Heading(), template: "actnew.html"}, view: v}
}

// Address is where the form that does it leads to.
func (v newAct) Address() string { return (&url.URL{Path: "/acts/new", RawQuery: v.Query}).String() }
