package policy

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"srtm/allocate"
	"srtm/traffic"
)

// Period is a stretch of time in which a policy gives the same Rules.
type Period struct {
	From, Until time.Time // UTC; zero: since ever, for ever. At Until something may change, before it nothing does
	Rules       traffic.Rules
	Capacity    Rate           // C then
	Reserved    traffic.Rate   // taken from the operating threshold
	Standing    []traffic.Rate // by account of Rules: the allocation when nothing lowers it
	Causes      []string       // why the rules are not the standing ones, one line each
	hands       map[int]Hand   // those of which Causes tell, by their place there
	standing    time.Time      // Until, of the policy alone
}

// CausesOf returns the causes that an account may be told: not what was done about
// another account, nor why, as Hand.NamesAnother says.
func (p Period) CausesOf(account string) []string {
	var causes []string
	for i, cause := range p.Causes {
		if h, is := p.hands[i]; is {
			words := h.wordsFor(account)
			if words == "" {
				continue
			}
			cause = byHand + words
		}
		causes = append(causes, cause)
	}
	return causes
}

// UntilOf returns Until as an account may be told it: where that is the end of a hand
// of which CausesOf tells it nothing, the next time at which the policy alone or
// another hand may change something. Zero: none is known.
func (p Period) UntilOf(account string) time.Time {
	told, hidden := p.standing, false
	for _, h := range p.hands {
		switch {
		case h.wordsFor(account) == "":
			hidden = hidden || h.Until.Equal(p.Until)
		case !h.Until.IsZero() && (told.IsZero() || h.Until.Before(told)):
			told = h.Until
		}
	}
	if !hidden || told.Equal(p.Until) {
		return p.Until
	}
	return told.UTC()
}

// byHand begins a cause that is an operator's act.
const byHand = "by hand: "

// Hand is what an operator did for a while: a temporary policy. Of several
// capacities that of the hand which began last holds, of several rates for one
// account the smallest. What cannot be, such as a rate below zero or an account
// that is not there, is taken as the nearest that can, or ignored: an act has
// been checked by whoever takes it.
type Hand struct {
	From, Until time.Time // zero: since ever, for ever
	Reason      string
	Reference   string                  // of an incident elsewhere; may be empty
	Activate    bool                    // traffic management is active and is not released
	Suspend     bool                    // everything is forwarded; before Shadow
	Shadow      bool                    // nothing is refused, and all is decided and counted
	Capacity    *Rate                   // C, in place of the policy's and of any maintenance's; 0 is closed
	Hold        map[string]traffic.Rate // accounts held to a rate
	Exempt      []string                // accounts of which everything is exempt
}

// At returns what holds at a time in the years 1970 to 2200, whether the policy is
// in force then or not. Its Rules.Check() finds nothing, and its allocations add up
// to exactly its operating threshold. It takes no longer for a time that is far
// away: well under a millisecond for 200 accounts. Each call returns new slices and
// maps; several goroutines may call at once.
//
// What is reserved at that time of day and a maintenance lower the operating
// threshold, and the allocations are computed anew from what is left. Where a
// hand's capacity leaves so little that the rules could not work, the minimum is
// scaled down with the threshold and burst is lengthened; where that does not do
// either, all is closed. Causes says so.
func (p *Policy) At(at time.Time, hands ...Hand) Period {
	at = at.UTC()
	s := situation{policy: p, at: at, capacity: p.Capacity, hands: inForce(hands, at)}
	s.maintained()
	s.reserve()
	s.byHand()
	period := s.period()
	period.From, period.Until = p.around(at, hands)
	_, period.standing = p.around(at, nil)
	return period
}

// situation collects what holds at one time.
type situation struct {
	policy   *Policy
	at       time.Time
	hands    []Hand // in force, in the order in which they began
	capacity Rate
	until    time.Time // when the present capacity ends; zero: not known
	lowered  bool      // the capacity is a hand's
	reserved allocate.Thousandths
	causes   []string
	byHands  map[int]Hand
}

func (s *situation) because(format string, args ...any) {
	s.causes = append(s.causes, fmt.Sprintf(format, args...))
}

func (s *situation) maintained() {
	for _, m := range s.policy.Maintenance {
		if m.during(s.at) {
			s.capacity, s.until = m.Capacity, m.End
			s.because("%v: %s", m, referring(m.Reason, m.Reference))
		}
	}
}

func (s *situation) reserve() {
	for _, r := range s.policy.Reserved {
		if r.during(timeOfDay(s.at)) {
			s.reserved += r.Rate.atLeast()
			s.because("%v: %s", r, r.Reason)
		}
	}
}

func (s *situation) byHand() {
	for _, h := range s.hands {
		if h.Capacity != nil {
			s.capacity, s.until, s.lowered = possible(*h.Capacity), h.Until, true
		}
		if s.byHands == nil {
			s.byHands = map[int]Hand{}
		}
		s.byHands[len(s.causes)] = h
		s.because(byHand+"%s", h)
	}
}

// period puts the numbers together.
func (s *situation) period() Period {
	p := s.policy
	t := terms{s.capacity, min(s.capacity.share(p.Threshold), allocate.Thousandths(traffic.MaxRate/traffic.MinRate)), nil}
	if s.capacity.Thousandths > 0 && t.threshold-s.reserved < 1 {
		s.because("closed: nothing is left of the operating threshold %v", perSecond(t.threshold))
	}
	t.threshold = max(0, t.threshold-s.reserved)
	if s.capacity.Thousandths == 0 {
		t.threshold = 0
	}
	rules := s.divided(t)
	s.act(&rules)
	standing := make([]traffic.Rate, len(rules.Accounts))
	for i, a := range p.Accounts {
		standing[i] = perSecond(a.Allocation)
	}
	return Period{Rules: rules, Capacity: s.capacity, Reserved: perSecond(s.reserved), Standing: standing, Causes: s.causes, hands: s.byHands}
}

// divided returns the rules with the operating threshold divided among the
// accounts.
func (s *situation) divided(t terms) traffic.Rules {
	p := s.policy
	if t.threshold == 0 {
		return s.closed()
	}
	if !s.lowered && t.threshold == p.OperatingThreshold() {
		rules := p.Rules()
		rules.Margin = min(t.capacity.beyond(p.Threshold), traffic.MaxRate)
		return rules
	}
	minimum := p.Minimum
	if minimum*allocate.Thousandths(len(p.Accounts)) > t.threshold {
		minimum = allocate.Thousandths(mulDiv(uint64(minimum), uint64(t.threshold), uint64(p.OperatingThreshold())))
		s.because("by hand: the minimum is %v, for all accounts at %v are more than the operating threshold %v", perSecond(minimum), perSecond(p.Minimum), perSecond(t.threshold))
	}
	var err error
	if t.allocations, err = allocate.Divide(t.threshold, minimum, p.weighedAll()); err != nil {
		s.because("closed: %v", err) // cannot be in a policy that has been checked
		return s.closed()
	}
	rules := p.rules(t)
	if s.lowered && !s.lengthen(&rules) {
		return s.closed()
	}
	return rules
}

func (s *situation) closed() traffic.Rules {
	rules := s.policy.rules(terms{Rate{}, 0, make([]allocate.Thousandths, len(s.policy.Accounts))})
	rules.Closed = true
	if year := s.until.Year(); year >= 1970 && year <= lastYear {
		rules.Until = s.until.UnixNano()
	}
	return rules
}

// lengthen makes burst so long that the rules can work, and tells whether any
// length does.
func (s *situation) lengthen(rules *traffic.Rules) bool {
	try := *rules
	try.LargestCost, try.Variants = s.policy.LargestCost(), nil
	try.Accounts = slices.Clone(rules.Accounts)
	for i := range try.Accounts {
		try.Accounts[i].Users = nil
	}
	burst := func(ms int) time.Duration {
		return min(rules.Burst+time.Duration(ms)*time.Millisecond, traffic.MaxBurst)
	}
	most := int((traffic.MaxBurst-rules.Burst)/time.Millisecond) + 1
	// Lengthened by a millisecond, what the threshold gives grows by twice as
	// much at least as what the buckets hold.
	ms := sort.Search(most+1, func(ms int) bool {
		try.Burst = burst(ms)
		return len(try.Check()) == 0
	})
	switch {
	case ms > most:
		s.because("closed: no burst of up to %v lets %d accounts share %v", traffic.MaxBurst, len(s.policy.Accounts), rules.Threshold)
		return false
	case ms > 0:
		s.because("by hand: burst is %v, for in %v the operating threshold gives less than the accounts' buckets hold", burst(ms), rules.Burst)
	}
	rules.Burst = burst(ms)
	return true
}

// act sets what hands do beside the capacity.
func (s *situation) act(rules *traffic.Rules) {
	place := make(map[string]int, len(rules.Accounts))
	for i, a := range rules.Accounts {
		place[a.Name] = i
	}
	for _, h := range s.hands {
		rules.Activate = rules.Activate || h.Activate
		switch {
		case h.Suspend:
			rules.Mode = traffic.ModeSuspended
		case h.Shadow && rules.Mode != traffic.ModeSuspended:
			rules.Mode = traffic.ModeShadow
		}
		for name, rate := range h.Hold {
			if i, ok := place[name]; ok {
				hold(&rules.Accounts[i], rate)
			}
		}
		for _, name := range h.Exempt {
			if i, ok := place[name]; ok {
				rules.Accounts[i].Exempt = true
			}
		}
	}
}

// hold holds an account to a rate, or to the smaller one that it is held to.
func hold(a *traffic.Account, rate traffic.Rate) {
	rate = min(max(rate, 0), traffic.MaxRate)
	if !a.Held || rate < a.Hold {
		a.Held, a.Hold = true, rate
	}
}

// String says what was done and why.
func (h Hand) String() string {
	all := h.words(func(string) bool { return true })
	if all == "" {
		return h.Reason
	}
	return all
}

// words says what was done to everybody or to the accounts that may be named, and
// why; nothing where that is nothing.
func (h Hand) words(named func(account string) bool) string {
	acts := h.deeds(named)
	if acts == "" {
		return ""
	}
	why := referring(h.Reason, h.Reference)
	if why == "" {
		return acts
	}
	return why + " (" + acts + ")"
}

// wordsFor says what was done to everybody or to an account, and why where the
// account may be told.
func (h Hand) wordsFor(account string) string {
	if h.NamesAnother(account) {
		h.Reason, h.Reference = "", ""
	}
	return h.words(func(name string) bool { return name == account })
}

// NamesAnother tells whether the hand does something to an account by its name other
// than the given one. Then neither its reason nor its reference may be told to that
// account, nor to everybody where none is given: they may say what the other did.
func (h Hand) NamesAnother(account string) bool {
	for name := range h.Hold {
		if name != account {
			return true
		}
	}
	return slices.ContainsFunc(h.Exempt, func(name string) bool { return name != account })
}

// referring is a reason and what it refers to.
func referring(reason, reference string) string {
	if reference == "" {
		return reason
	}
	return strings.TrimPrefix(reason+", "+reference, ", ")
}

// deeds says what was done to everybody or to the accounts that may be named.
func (h Hand) deeds(named func(account string) bool) string {
	var acts []string
	for _, a := range []struct {
		done bool
		say  string
	}{{h.Activate, "active"}, {h.Suspend, "suspended"}, {h.Shadow, "shadow"}} {
		if a.done {
			acts = append(acts, a.say)
		}
	}
	if h.Capacity != nil {
		acts = append(acts, "capacity "+possible(*h.Capacity).String())
	}
	for _, name := range slices.Sorted(maps.Keys(h.Hold)) {
		if named(name) {
			acts = append(acts, name+" held to "+h.Hold[name].String())
		}
	}
	for _, name := range h.Exempt {
		if named(name) {
			acts = append(acts, name+" exempt")
		}
	}
	return strings.Join(acts, ", ")
}
