package act

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"srtm/policy"
	"srtm/traffic"
)

// Limits on drills.
const (
	LeastDrill = time.Minute
	MostDrill  = 30 * time.Minute
	UsualDrill = 10 * time.Minute
	DrillsADay = 6  // of one account, in any 24 hours
	MostDrills = 20 // that run at a time, so that they leave room for acts
)

// Words of drills. The reason of each begins with drillReason, which no other act's
// does, so that whoever reads of a hold in a journal or in evidence can tell.
const (
	drillWord   = "drill"
	drillReason = "drill: "
)

// DrillsIn says why there are no drills in an environment, or nil. There are none
// in production: where the name's words have production, prod or live and nothing
// such as pre or non before it, or where it has no name. A policy that names no
// environment is for production.
func DrillsIn(environment string) error {
	words := strings.FieldsFunc(strings.ToLower(environment), func(r rune) bool { return !unicode.IsLetter(r) })
	for i, word := range words {
		live := slices.Contains([]string{"production", "prod", "live"}, word)
		if live && (i == 0 || !slices.Contains([]string{"pre", "non", "not"}, words[i-1])) {
			return fmt.Errorf("the environment is %.100q, and there are no drills in production; order one in an environment for tests", environment)
		}
	}
	if len(words) == 0 {
		return errors.New("the environment has no name in words, and may be production, where there are no drills; name it in the policy, such as environment: test")
	}
	return nil
}

// OrderDrill is the order of a drill: the account is held to 0/s. No second person
// is needed. Words say who wants it.
func OrderDrill(account string, length time.Duration, words string) Order {
	o := Order{Drill: true, Hold: map[string]policy.Rate{account: {Per: time.Second}}, For: Length(length), Reason: drillReason + words}
	if length == 0 {
		o.For = Length(UsualDrill)
	}
	return o
}

// DrillOf is the account of a drill; empty: the order is none.
func (o *Order) DrillOf() string {
	if !o.Drill {
		return ""
	}
	for name := range o.Hold {
		return name
	}
	return ""
}

// checkDrill says what an order lacks that says it is a drill.
func checkDrill(p *policy.Policy, o *Order, wrong func(string, ...any)) {
	if err := DrillsIn(p.Environment); err != nil {
		wrong("drill: %v", err)
	}
	others := o.Preset != "" || o.Activate || o.Suspend || o.Shadow || o.Capacity != nil || len(o.Exempt) > 0
	if rate := o.Hold[o.DrillOf()]; others || len(o.Hold) != 1 || rate.Thousandths != 0 {
		wrong("drill: it holds one account to 0/s and does nothing else; leave drill out for any other act")
	}
	if d := time.Duration(o.For); d < LeastDrill || d > MostDrill {
		wrong("drill: %v is not from %v to %v; %v is usual", o.For, Length(LeastDrill), Length(MostDrill), Length(UsualDrill))
	}
	if o.Reason != "" && !strings.HasPrefix(o.Reason, drillReason) {
		o.Reason = drillReason + o.Reason
	}
}

// drillable says why an account cannot have a drill now.
func (s *draft) drillable(p *policy.Policy, o *Order) error {
	account, lately, running := o.DrillOf(), 0, 0
	for i := range s.Acts {
		a := &s.Acts[i]
		if !a.Drill || a.From.IsZero() {
			continue
		}
		own := a.DrillOf() == account
		if a.running(s.at) {
			if running++; own {
				return refuse("drill: act %d is a drill of %s already, until %s; end it first", a.ID, account, a.Until.Format(time.RFC3339))
			}
		}
		if own && s.at.Sub(a.From) < 24*time.Hour {
			lately++
		}
	}
	switch {
	case lately >= DrillsADay:
		return refuse("drill: %s had %d drills within the last 24 hours, and no more may be; look at their reports first", account, lately)
	case running >= MostDrills:
		return refuse("drill: %d drills run, and no more may; try again when one has ended", running)
	}
	return s.refuses(p, account)
}

// refuses says why nothing of an account would be refused by a hold, or all of it
// is refused anyhow.
func (s *draft) refuses(p *policy.Policy, account string) error {
	var hands []policy.Hand
	for i := range s.Acts {
		if s.Acts[i].running(s.at) {
			hands = append(hands, s.Acts[i].Hand(s.Acts[i].From))
		}
	}
	rules := p.At(s.at, hands...).Rules
	i := slices.IndexFunc(rules.Accounts, func(a traffic.Account) bool { return a.Name == account })
	switch {
	case rules.Closed:
		return refuse("drill: everything is refused at present; try again when that has ended")
	case rules.Mode != traffic.ModeEnforce:
		return refuse("drill: the mechanism's mode is %v, and nothing would be refused; try again when it is %v", rules.Mode, traffic.ModeEnforce)
	case i >= 0 && rules.Accounts[i].Shadow:
		return refuse("drill: %s is in shadow, and nothing of it would be refused; try again when it is enforced", account)
	case i >= 0 && rules.Accounts[i].Held:
		return refuse("drill: %s is held to %v by another act; a drill would tell nothing", account, rules.Accounts[i].Hold)
	}
	return nil
}

// Lasted returns from when until when an act ran, or will where nobody ends it
// before.
func (a *Act) Lasted() (from, to time.Time) {
	if !a.OverAt.IsZero() {
		return a.From, a.OverAt
	}
	return a.From, a.Until
}
