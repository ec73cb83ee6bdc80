package console

import (
	"html/template"
	"time"

	"srtm/evidence"
	"srtm/traffic"
)

// User is one Service User: the page of that name, and /api/v1/users/{account}.
type User struct {
	UserLine
	At        time.Time  `json:"at"`
	Active    bool       `json:"active"` // traffic management
	Since     time.Time  `json:"active_since"`
	Sentence  []Phrase   `json:"sentence"`  // whether it is refused, and why
	WouldEnd  string     `json:"would_end"` // what would end it
	Causes    []string   `json:"causes"`    // why its rules are not the standing ones
	Depth     Exact      `json:"depth"`     // what may come at once within the allocation
	Assured   Exact      `json:"assured"`   // of which is there now
	Spare     Exact      `json:"spare"`     // dealt to it of what others leave
	Held      *Exact     `json:"held_to_per_s,omitempty"`
	Counters  Rates      `json:"since_the_start"`
	Variants  []Part     `json:"variants"` // of the last ten minutes
	UserIDs   []Part     `json:"user_ids"` // likewise
	Refusals  []Refusal  `json:"refusals"` // the last ones, the newest first
	Threshold Exact      `json:"threshold_per_s"`
	Totals    [3]float64 `json:"totals_per_s"` // of the system: offered, forwarded, throttled
}

// Refusal is one refusal, or what would have been one.
type Refusal struct {
	At         time.Time `json:"at"`
	Variant    string    `json:"variant"`
	Reason     string    `json:"reason"`
	RetryAfter uint32    `json:"retry_after_s"`
	Shadow     bool      `json:"shadow,omitempty"` // it went on all the same
	Sentence   string    `json:"sentence"`         // with every number that it was made from
}

// shownRefusals is how many a page has.
const shownRefusals = 20

func (s *Server) user(c *call) (any, error) { return s.oneUser(c) }

func (s *Server) oneUser(c *call) (*User, error) {
	account, err := c.account()
	if err != nil {
		return nil, err
	}
	state := s.meter.latest()
	for i := range state.Accounts {
		if a := &state.Accounts[i]; a.Account == account {
			return s.userOf(a, &state), nil
		}
	}
	return nil, noAccount(account)
}

func (s *Server) userOf(a *AccountState, state *State) *User {
	u := &User{
		UserLine: lineOf(*a), At: state.At, Active: state.Active, Since: state.Since, Depth: a.Depth, Assured: a.Assured, Spare: a.Spare, Held: a.Held,
		Counters: a.Rates, WouldEnd: wouldEnd(a, state), Threshold: state.Policy.Threshold, Causes: state.causesOf(a.Account),
		Totals: [3]float64{state.Total.OfferedRate, state.Total.ForwardedRate, state.Total.ThrottledRate},
	}
	var words sentence
	words.own(a, state)
	words.say(" ")
	words.whole(state)
	u.Sentence, u.Refusals, u.Variants, u.UserIDs = words, []Refusal{}, []Part{}, []Part{}
	if s.source.Recent == nil {
		return u
	}
	u.Variants, u.UserIDs = s.source.Recent.Parts(a.Account, state.At)
	for _, d := range s.source.Recent.Refusals(a.Account, shownRefusals) {
		n := &d.Numbers
		u.Refusals = append(u.Refusals, Refusal{
			At: time.Unix(0, n.At).UTC(), Variant: d.Variant, Reason: n.Reason.String(), RetryAfter: n.RetryAfter,
			Shadow: n.Verdict == traffic.Shadow, Sentence: evidence.Sentence(&d, evidence.Options{}),
		})
	}
	return u
}

// causesOf are why an account's rules are not the standing ones, as it may know.
func (s *State) causesOf(account string) []string {
	if s.period == nil {
		return []string{}
	}
	return orEmpty(s.period.CausesOf(account))
}

// untilOf is until when nothing of that changes, as an account may know; nil: that is
// not known, or is another's business.
func (s *State) untilOf(account string) *time.Time {
	if s.period == nil {
		return nil
	}
	if until := s.period.UntilOf(account); !until.IsZero() {
		return &until
	}
	return nil
}

func (s *Server) users(c *call) (any, error) {
	state := s.meter.latest()
	return linesOf(c.person, &state, c.query.Get("q")), nil
}

// userPage is what the page of a Service User shows.
type userPage struct {
	*User
	Plot template.HTML
}

// Heading is the page's title.
func (p userPage) Heading() string { return p.Account }

func (s *Server) userPage(c *call) (any, error) {
	u, err := s.oneUser(c)
	if err != nil {
		return nil, err
	}
	return userPage{u, drawUser(u, s.meter.past())}, nil
}

// listPage is what a page with a list of Service Users shows.
type listPage struct {
	Now
	Q    string
	Plot template.HTML
}

func (s *Server) usersPage(c *call) (any, error) { return s.list(c), nil }

func (s *Server) nowPage(c *call) (any, error) {
	page := s.list(c)
	page.Plot = drawAll(&page.Now, s.meter.past())
	return page, nil
}

func (s *Server) list(c *call) listPage {
	q := c.query.Get("q")
	return listPage{Now: s.nowFor(c.person, s.meter.latest(), q), Q: q}
}

// Limits is what Service Users may send: /api/v1/limits, for their own systems to
// slow down before anything is refused.
type Limits struct {
	At     time.Time `json:"at"`
	Mode   string    `json:"mode"`   // enforce, shadow, off or suspended
	Active bool      `json:"active"` // traffic management: only then is anything refused for traffic
	Since  time.Time `json:"active_since"`
	Closed bool      `json:"closed"` // nothing is taken
	Limits []Limit   `json:"limits"`
}

// Limit is what one Service User may send.
type Limit struct {
	Account    string  `json:"account"`
	Allocation Exact   `json:"allocation_per_s"` // up to this nothing is ever refused for traffic, unless it is held to less
	Held       *Exact  `json:"held_to_per_s,omitempty"`
	AtOnce     Exact   `json:"at_once"`      // Service Requests that may come at once within the allocation
	Left       Exact   `json:"at_once_left"` // of which are left now
	Spare      Exact   `json:"spare"`        // Service Requests beyond it that would go on now
	Offered    float64 `json:"offered_per_s"`
	Forwarded  float64 `json:"forwarded_per_s"`
	Throttled  float64 `json:"throttled_per_s"`
	SlowDown   bool    `json:"slow_down"` // traffic management is active, and more is offered than the allocation
}

func (s *Server) limits(c *call) (any, error) {
	account, err := c.account()
	if err != nil {
		return nil, err
	}
	state := s.meter.state()
	out := Limits{At: state.At, Mode: state.Mode, Active: state.Active, Since: state.Since, Closed: state.Now.Closed, Limits: []Limit{}}
	for _, a := range state.Accounts {
		if account != "" && a.Account != account || !c.person.MaySee(a.Account) {
			continue
		}
		out.Limits = append(out.Limits, Limit{
			Account: a.Account, Allocation: a.Allocation, Held: a.Held, AtOnce: a.Depth, Left: a.Assured, Spare: a.Spare, Offered: a.OfferedRate,
			Forwarded: a.ForwardedRate, Throttled: a.ThrottledRate, SlowDown: state.Active && a.OfferedRate > float64(a.Allocation)/1e9,
		})
	}
	if account != "" && len(out.Limits) == 0 {
		return nil, noAccount(account)
	}
	return out, nil
}

// Me is who is signed in.
type Me struct {
	Name    string   `json:"name"`
	Roles   []string `json:"roles"`
	Rights  []string `json:"rights"`
	Account string   `json:"account,omitempty"` // of a Service User
	By      string   `json:"by,omitempty"`      // how it is known: password, openid, certificate or token
	Open    bool     `json:"open"`              // nobody signs in here
}

func (s *Server) me(c *call) (any, error) {
	me := Me{Name: c.person.Name, Account: c.person.Account, By: string(c.person.By), Open: c.open, Roles: []string{}, Rights: rightsOf(c.person)}
	for _, r := range c.person.Roles {
		me.Roles = append(me.Roles, string(r))
	}
	return me, nil
}
