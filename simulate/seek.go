package simulate

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"srtm/policy"
	"srtm/scenario"
	"srtm/traffic"
)

// How PlayNeed looks: bisecting until the bracket is so narrow, trying so far above
// what it found, and beginning again from there so often.
const (
	needWidth = 1.01
	needAbove = 1.05
	needTries = 6
)

// typicalPlays is how many a rule mostly takes.
const typicalPlays = 20

// search is a Need being played.
type search struct {
	config NeedConfig
	rules  []string
	given  traffic.Rate
	most   traffic.Rate // to try
	policy Service      // that is wanted
	enough Service      // that is wanted, with what is allowed on top

	lock   sync.Mutex
	played int
}

// PlayNeed looks for the least capacity of the DSP at which rules without the
// mechanism (none, threshold, limit, doorman, partition) give the service that the
// policy gives with the given capacity: that of the scenario, or else the policy's. A little
// more of a figure is no more: see NeedPart.
//
// The scenario is played again and again, with the same arrivals. What changes is the
// DSP's capacity, with what the scenario's changes or the policy's maintenance leave
// of it in proportion; and in the same proportion the capacity of the policy by which
// the rules other than none are set, so that their threshold and allocations grow. Who
// is within its allocation is always judged by the allocations of the policy as it is
// given. So "no more suffered" is said of the same promise at every capacity, though
// with clients that repeat not of the same messages.
//
// It tries the given capacity, and where that does not do twice as much, up to 64 times
// (less, where no scenario or policy may have so much), and then halves what lies
// between until that is 1 %. That more is always better is likely and not certain:
// when and how often clients repeat depends on everything, and a small change may start
// a storm of repeats or end one. So 5 % more than what was found is tried too, and
// where that does not do the search begins again above it, at most six times. Between
// capacities that were tried anything may happen.
//
// The result does not depend on Config.Workers, which says how many rules are sought
// for at the same time.
func PlayNeed(c NeedConfig) (*Need, error) {
	s := &search{config: c, rules: c.Compare}
	if len(s.rules) == 0 {
		s.rules = []string{"none"}
	}
	switch {
	case len(c.Policies) != 1:
		return nil, fmt.Errorf("what is needed is measured against one policy, and here are %d; name one", len(c.Policies))
	case slices.Contains(s.rules, rulePolicy):
		return nil, errors.New("what the other rules need is measured against the policy; leave the rule policy out")
	}
	first := c.Config
	first.Compare, first.Progress = slices.Concat([]string{rulePolicy}, s.rules), nil
	r, err := Play(first)
	if err != nil {
		return nil, err
	}
	s.given, s.policy = traffic.Rate(r.Capacity), serviceOf(&r.Rules[0])
	spare := allowed(&r.Rules[0])
	s.enough, s.most = s.policy.plus(spare), s.highest()
	need := &Need{Scenario: r.Scenario, Policy: r.Policy, Given: s.given, Service: s.policy, Allowed: spare, Down: down(c.Scenario), Rules: make([]RuleNeed, len(s.rules))}
	s.count()
	if err := s.each(r, need); err != nil {
		return nil, err
	}
	return need, nil
}

// highest is the most that can be tried.
func (s *search) highest() traffic.Rate {
	d, p := &s.config.Scenario.Setting.DSP, s.config.Policies[0]
	factor, given := float64(MostNeed), float64(s.given)/float64(traffic.PerSecond)
	factor = min(factor, float64(scenario.MaxRate)/given, float64(traffic.MaxRate)/float64(p.Capacity.PerSecond()))
	for _, c := range d.Changes {
		if c.Capacity > 0 {
			factor = min(factor, float64(scenario.MaxRate/c.Capacity))
		}
	}
	if factor == MostNeed {
		return MostNeed * s.given
	}
	return max(s.given, readable(float64(s.given)*factor*(1-1e-9)))
}

// readable is a capacity rounded down to four digits, which a policy can have.
func readable(capacity float64) traffic.Rate {
	grid := traffic.PerSecond / 1000
	for float64(grid)*1e4 <= capacity {
		grid *= 10
	}
	return traffic.Rate(capacity) / grid * grid
}

// each looks for what every rule needs, of several at the same time.
func (s *search) each(r *Result, need *Need) error {
	errs := make([]error, len(s.rules))
	todo := make(chan int, len(s.rules))
	for i := range s.rules {
		todo <- i
	}
	close(todo)
	var wait sync.WaitGroup
	for range min(max(1, s.config.Workers), len(s.rules)) {
		wait.Go(func() {
			for i := range todo {
				k := &seeker{search: s, rule: s.rules[i], known: map[traffic.Rate]Service{s.given: serviceOf(&r.Rules[i+1])}}
				need.Rules[i], errs[i] = k.seek()
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

// count tells that there has been a play more.
func (s *search) count() {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.played++
	if s.config.Done != nil {
		s.config.Done(s.played, max(s.played+1, 1+typicalPlays*len(s.rules)))
	}
}

// seeker looks for what one rule needs.
type seeker struct {
	*search
	rule  string
	known map[traffic.Rate]Service // of capacities that were tried
	err   error
}

func (k *seeker) seek() (RuleNeed, error) {
	n := RuleNeed{Label: k.rule}
	n.Within = k.least(start{at: k.given}, Service.within)
	n.All = n.Within
	if n.Within.Found { // less than what that takes cannot do
		n.All = k.least(start{at: n.Within.Capacity, short: n.Within.Short}, Service.more)
	} else {
		n.All.ShortWants = n.All.Service.more(k.policy, k.enough)
	}
	if k.err != nil {
		return n, fmt.Errorf("what %s needs: %w", k.rule, k.err)
	}
	return n, nil
}

// start is where a search begins: at a capacity, above one that is known not to do.
type start struct{ at, short traffic.Rate }

// least looks for the least capacity at which nothing is more than under the policy.
func (k *seeker) least(from start, more func(s, p, enough Service) []string) CapacityNeed {
	wants := func(c traffic.Rate) []string { return more(k.at(c), k.policy, k.enough) }
	does := func(c traffic.Rate) bool { return len(wants(c)) == 0 }
	b := cheapest(from, k.most, does)
	n := CapacityNeed{Found: b.found, Uneven: b.uneven}
	for c := range k.known {
		n.Tried = max(n.Tried, c)
	}
	if !n.Found {
		n.Service = k.at(n.Tried)
		n.ShortWants = wants(n.Tried)
		return n
	}
	n.Capacity, n.Short, n.Service = b.does, b.short, k.at(b.does)
	if n.Short > 0 {
		n.ShortWants = wants(n.Short)
		n.Half = max(k.given, readable(float64(n.Capacity)/2))
		n.HalfWants = wants(n.Half)
	}
	return n
}

// bracket is a capacity that does, and one less by little that does not.
type bracket struct {
	does, short   traffic.Rate // short is 0 where none less was tried
	found, uneven bool
}

// cheapest looks for the least that does: where it begins, if that is not above one
// that does not; else doubling until one does, and then halving what lies between. Of
// that, something more must do too; otherwise it begins again from there.
func cheapest(from start, most traffic.Rate, does func(traffic.Rate) bool) bracket {
	b := bracket{does: from.at, short: from.short}
	if b.short == 0 && does(b.does) {
		b.found = true
		return b
	}
	for range needTries {
		for !does(b.does) {
			if b.does >= most {
				return b
			}
			b.does, b.short = min(2*b.does, most), b.does
		}
		b.narrow(does)
		above := max(b.does, min(readable(float64(b.does)*needAbove), most))
		if b.found = does(above); b.found {
			return b
		}
		b.uneven, b.short, b.does = true, above, min(2*above, most)
	}
	return b
}

func (b *bracket) narrow(does func(traffic.Rate) bool) {
	for b.short > 0 && float64(b.does) > float64(b.short)*needWidth {
		middle := readable(math.Sqrt(float64(b.short) * float64(b.does)))
		switch {
		case middle <= b.short || middle >= b.does:
			return
		case does(middle):
			b.does = middle
		default:
			b.short = middle
		}
	}
}

// at is the service at a capacity; it is played once.
func (k *seeker) at(capacity traffic.Rate) Service {
	if service, known := k.known[capacity]; known || k.err != nil {
		return service
	}
	c, err := k.scaled(capacity)
	if err == nil {
		var r *Result
		if r, err = Play(c); err == nil {
			k.known[capacity] = serviceOf(&r.Rules[0])
			k.count()
		}
	}
	if err != nil {
		k.err = fmt.Errorf("with a capacity of %v: %w", capacity, err)
	}
	return k.known[capacity]
}

// scaled is the scenario with another DSP, under the rule alone. It is set by the
// policy with its capacity in proportion, and who is within its allocation is judged
// by the policy as it is.
func (k *seeker) scaled(capacity traffic.Rate) (Config, error) {
	c, p := k.config.Config, k.config.Policies[0]
	c.Compare, c.Progress, c.judge = []string{k.rule}, nil, p
	c.Workers = max(1, c.Workers/len(k.rules))
	c.Scenario = scaledDSP(c.Scenario, float64(capacity)/float64(k.given))
	c.Scenario.Setting.DSP.Capacity = scenario.Rate(float64(capacity) / float64(traffic.PerSecond))
	n := math.Round(float64(p.Capacity.Thousandths) * float64(capacity) / float64(k.given))
	varied, err := p.Vary(policy.Variation{Capacity: &policy.Rate{Thousandths: int64(n), Per: p.Capacity.Per}})
	c.Policies = []*policy.Policy{varied}
	return c, err
}

// serviceOf is what a rule gave.
func serviceOf(o *Outcome) Service {
	return Service{
		WithinThrottled: o.WithinThrottled, WithinFailed: o.WithinFailed, WithinLost: o.WithinLost,
		Lost: o.GaveUp, VendsFailed: o.Vends.Failed, Overdue: o.Overdue, OutageSeconds: o.OutageSeconds,
	}
}

// within says what those within their allocation suffer more than under a policy, and
// more than is enough.
func (s Service) within(p, enough Service) []string {
	return exceeding([]figure{
		{"messages within the allocation throttled", s.WithinThrottled, p.WithinThrottled, enough.WithinThrottled},
		{"messages within the allocation failed or late", s.WithinFailed, p.WithinFailed, enough.WithinFailed},
		{"Service Requests within the allocation lost", s.WithinLost, p.WithinLost, enough.WithinLost},
	})
}

// more says what is more than under a policy and than is enough, of all.
func (s Service) more(p, enough Service) []string {
	return append(s.within(p, enough), exceeding([]figure{
		{"Service Requests lost", s.Lost, p.Lost, enough.Lost},
		{"vends failed", s.VendsFailed, p.VendsFailed, enough.VendsFailed},
		{"Service Requests overdue", s.Overdue, p.Overdue, enough.Overdue},
		{"seconds of outage", uint64(s.OutageSeconds), uint64(p.OutageSeconds), uint64(enough.OutageSeconds)},
	})...)
}

type figure struct {
	what               string
	has, under, enough uint64
}

func exceeding(figures []figure) []string {
	var all []string
	for _, f := range figures {
		if f.has > f.enough {
			all = append(all, fmt.Sprintf("%s: %d against %d", f.what, f.has, f.under))
		}
	}
	return all
}

// down is how long a scenario has the DSP down.
func down(s *scenario.Scenario) (sum time.Duration) {
	for _, c := range s.Setting.DSP.Changes {
		if c.Capacity == 0 {
			sum += min(c.To, s.Length) - min(c.From, s.Length)
		}
	}
	return sum
}
