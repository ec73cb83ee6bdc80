package act

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"srtm/policy"
	"srtm/traffic"
)

// Present is what a preview begins with.
type Present struct {
	Policy  *policy.Policy // in force
	At      time.Time
	Hands   []policy.Hand           // of the acts that run
	Offered map[string]traffic.Rate // by account, in cost per second
	Active  bool                    // traffic management is
}

// Preview is what an order would do.
type Preview struct {
	Order  Order    `json:"order"`    // with what its preset stands for
	Words  []string `json:"words"`    // sentences, the first of which says what is done
	Two    bool     `json:"two"`      // another person is to approve it
	Before View     `json:"before"`   // as it is
	After  View     `json:"after"`    // as it would be from now on
	Flows  []Change `json:"accounts"` // those for whom anything changes, the most throttled first
}

// View is what holds, and what becomes then of the rates offered at present.
type View struct {
	Capacity  PerSecond `json:"capacity_per_s"`
	Threshold PerSecond `json:"threshold_per_s"`
	Closed    bool      `json:"closed"`
	Mode      string    `json:"mode"`
	Active    bool      `json:"active"`
	Offered   PerSecond `json:"offered_per_s"`
	Forwarded PerSecond `json:"forwarded_per_s"` // that reach the DSP
	Throttled PerSecond `json:"throttled_per_s"`
}

// Change is what the order changes for one account.
type Change struct {
	Account string    `json:"account"`
	Offered PerSecond `json:"offered_per_s"`
	Before  Share     `json:"before"`
	After   Share     `json:"after"`
}

// Share is what an account has, and what becomes of what it offers.
type Share struct {
	Allocation PerSecond  `json:"allocation_per_s"`
	Held       *PerSecond `json:"held_per_s,omitempty"` // the rate that it is held to; absent: it is not
	Exempt     bool       `json:"exempt"`
	Shadow     bool       `json:"shadow"` // what is throttled is forwarded all the same
	Forwarded  PerSecond  `json:"forwarded_per_s"`
	Throttled  PerSecond  `json:"throttled_per_s"`
}

// PerSecond is a rate, written in JSON as an exact decimal number per second.
type PerSecond traffic.Rate

// MarshalJSON writes the decimal number.
func (p PerSecond) MarshalJSON() ([]byte, error) {
	return []byte(strings.TrimSuffix(traffic.Rate(p).String(), "/s")), nil
}

// UnmarshalJSON reads what MarshalJSON writes, to the last digit.
func (p *PerSecond) UnmarshalJSON(text []byte) error {
	whole, part, _ := strings.Cut(string(text), ".")
	var n int64
	if _, err := fmt.Sscanf(whole+(part + "000000000")[:9], "%d", &n); err != nil || len(part) > 9 {
		return fmt.Errorf("%.60q is not a rate per second", text)
	}
	*p = PerSecond(n)
	return nil
}

// Foresee says what an order would do if it were done now. The error is a *Refusal
// where it would not be taken; a reason may be missing yet.
func Foresee(now Present, o Order) (Preview, error) {
	reason := o.Reason
	o.Reason = cmp.Or(strings.TrimSpace(o.Reason), "no reason yet")
	o, err := Check(now.Policy, o)
	if err != nil {
		return Preview{}, err
	}
	at := now.At.UTC()
	f := foresight{Present: now, order: o, until: at.Add(time.Duration(o.For)),
		before: now.Policy.At(at, now.Hands...), after: now.Policy.At(at, append(slices.Clone(now.Hands), o.Hand(at))...)}
	f.is, f.willBe = LookOut(f.before.Rules, now.Offered, now.Active), LookOut(f.after.Rules, now.Offered, now.Active)
	p := Preview{Order: o, Two: NeedsTwo(now.Policy, o), Before: viewOf(f.before, f.is), After: viewOf(f.after, f.willBe), Flows: f.changes()}
	p.Order.Reason = reason
	p.Words = f.words(p.Two)
	return p, nil
}

// foresight is what a preview is made of.
type foresight struct {
	Present
	order         Order
	until         time.Time
	before, after policy.Period
	is, willBe    Outlook
}

func viewOf(p policy.Period, o Outlook) View {
	v := View{Capacity: PerSecond(p.Capacity.PerSecond()), Threshold: PerSecond(p.Rules.Threshold), Closed: p.Rules.Closed, Mode: p.Rules.Mode.String(),
		Active: o.Active, Offered: PerSecond(o.Offered)}
	for _, f := range o.Flows {
		reaches := f.Forwarded
		if f.Shadow {
			reaches = f.Offered
		} else {
			v.Throttled += PerSecond(f.Throttled)
		}
		v.Forwarded += PerSecond(reaches)
	}
	return v
}

// changes lists the accounts for whom anything changes.
func (f *foresight) changes() []Change {
	changes := []Change{}
	for i, was := range f.is.Flows {
		c := Change{Account: was.Account, Offered: PerSecond(was.Offered), Before: shareOf(f.before, f.is, i), After: shareOf(f.after, f.willBe, i)}
		if !c.Before.same(c.After) {
			changes = append(changes, c)
		}
	}
	slices.SortStableFunc(changes, func(a, b Change) int { return cmp.Compare(b.After.Throttled, a.After.Throttled) })
	return changes
}

func shareOf(p policy.Period, o Outlook, i int) Share {
	a, f := p.Rules.Accounts[i], o.Flows[i]
	s := Share{Allocation: PerSecond(a.Allocation), Exempt: a.Exempt, Shadow: f.Shadow, Forwarded: PerSecond(f.Forwarded), Throttled: PerSecond(f.Throttled)}
	if a.Held {
		held := PerSecond(a.Hold)
		s.Held = &held
	}
	return s
}

func (s Share) same(o Share) bool {
	held := (s.Held == nil) == (o.Held == nil) && (s.Held == nil || *s.Held == *o.Held)
	s.Held, o.Held = nil, nil
	return held && s == o
}
