package simulate

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
	"time"

	"srtm/duis"
	"srtm/outage"
	"srtm/policy"
	"srtm/scenario"
)

// Config is what Play needs to know.
type Config struct {
	Scenario *scenario.Scenario // that has passed Check
	Policies []*policy.Policy   // at least one; the first is that by which all other rules are set and judged

	// Compare names the rules, of scenario.RuleNames, in the order of the Result;
	// empty: what the scenario's Setting says, and if that says nothing all of them.
	Compare []string

	// Start is when the scenario begins, for policies whose times are dates. Zero
	// is in the week of Monday 5 January 2026. It must be that time of the week at
	// which the scenario starts.
	Start time.Time

	Workers  int                    // how many rules may be played at the same time; 0 is 1
	Progress func(at time.Duration) // told, now and then, how far it is; may be nil

	judge *policy.Policy // by whose allocations is judged who is within; nil: by those of each lane
}

// monday is the week in which scenarios take place that do not say.
var monday = time.Date(2026, time.January, 5, 0, 0, 0, 0, time.UTC)

// world is a scenario being played.
type world struct {
	config   Config
	scenario *scenario.Scenario
	start    time.Time
	begun    int64
	workers  int
	chunk    int // arrivals that the lanes are given at once
	capacity int64
	lanes    []*lane
	frame    Result // what is known before it is played
}

func newWorld(c Config) (*world, error) {
	w := &world{config: c, scenario: c.Scenario, workers: c.Workers, chunk: chunkSize}
	if err := w.check(); err != nil {
		return nil, err
	}
	w.begun = w.start.UnixNano()
	dsp, plan, err := w.dsp()
	if err != nil {
		return nil, err
	}
	w.capacity = dsp.Capacity
	w.frame = Result{
		Scenario: c.Scenario.Name, Seed: c.Scenario.Seed, Start: w.start, Length: c.Scenario.Length,
		Capacity: dsp.Capacity, Policy: c.Policies[0].Name,
	}
	for _, name := range w.compare() {
		policies := c.Policies[:1]
		if name == rulePolicy {
			policies = c.Policies
		}
		for _, p := range policies {
			if err := w.addLane(name, p, lanePlan{dsp, plan}); err != nil {
				return nil, err
			}
		}
	}
	return w, nil
}

// check says what cannot be played, and sets when it starts.
func (w *world) check() error {
	c := &w.config
	if c.Scenario == nil || len(c.Policies) == 0 {
		return errors.New("a simulation needs a scenario and at least one policy")
	}
	if err := c.Scenario.Check(); err != nil {
		return err
	}
	for i, p := range c.Policies {
		if slices.Contains(c.Policies[:i], p) {
			return fmt.Errorf("the policy %q is to be compared with itself; read it twice if that is meant", p.Name)
		}
	}
	for i, name := range c.Compare {
		if !slices.Contains(scenario.RuleNames(), name) {
			return fmt.Errorf("there is no rule %q to compare; choose from %s", name, strings.Join(scenario.RuleNames(), ", "))
		}
		if slices.Contains(c.Compare[:i], name) {
			return fmt.Errorf("the rule %s is to be compared twice; name it once", name)
		}
	}
	w.start = c.Start.UTC()
	if c.Start.IsZero() {
		w.start = monday.Add(c.Scenario.Starts)
	}
	if w.start.Before(earliest) || !w.start.Before(latest) {
		return fmt.Errorf("the start %s is not in the years 1970 to 2200", w.start.Format(time.RFC3339))
	}
	if since := w.start.Sub(monday) % week; (since+week)%week != c.Scenario.Starts {
		at := monday.Add(c.Scenario.Starts)
		return fmt.Errorf("the scenario starts on a %s at %s, and %s is not", at.Weekday(), at.Format(time.TimeOnly), w.start.Format("Monday 2006-01-02 15:04:05"))
	}
	return nil
}

const week = 7 * 24 * time.Hour

var (
	earliest = time.Date(1970, time.January, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, time.January, 1, 0, 0, 0, 0, time.UTC)
)

func (w *world) compare() []string {
	switch {
	case len(w.config.Compare) > 0:
		return w.config.Compare
	case len(w.scenario.Setting.Compare) > 0:
		return w.scenario.Setting.Compare
	}
	return scenario.RuleNames()
}

// dsp returns what the DSP can do, and how that changes.
func (w *world) dsp() (outage.Config, dspPlan, error) {
	d, p := &w.scenario.Setting.DSP, w.config.Policies[0]
	c := outage.Config{
		Capacity: int64(p.Capacity.PerSecond()), Latency: d.Latency, Comfort: d.Comfort, Full: d.Full, Recovery: d.Recovery,
		InTime: d.InTime, Floor: int(math.Round(d.Floor * 1000)), Refusal: int(math.Round(d.Refusal * 1000)), Seconds: 1,
	}
	if d.Capacity > 0 {
		c.Capacity = int64(float64(d.Capacity) * float64(outage.SR))
	}
	if _, err := outage.New(c); err != nil {
		return c, nil, err
	}
	var plan dspPlan
	during := func(from, to, capacity int64) {
		plan = append(plan, dspChange{from, capacity}, dspChange{to, c.Capacity})
	}
	for _, change := range d.Changes {
		during(w.begun+int64(change.From), w.begun+int64(change.To), int64(float64(change.Capacity)*float64(outage.SR)))
	}
	if len(d.Changes) == 0 {
		maintenance := slices.SortedFunc(slices.Values(p.Maintenance), func(a, b policy.Maintenance) int { return a.Start.Compare(b.Start) })
		for _, m := range maintenance {
			during(m.Start.UnixNano(), m.End.UnixNano(), scaled(c.Capacity, int64(m.Capacity.PerSecond()), int64(p.Capacity.PerSecond())))
		}
	}
	return c, plan, nil
}

// scaled is a × b / c.
func scaled(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if c <= 0 || hi >= uint64(c) {
		return a
	}
	q, _ := bits.Div64(hi, lo, uint64(c))
	return int64(q)
}

// lanePlan is what all lanes have in common.
type lanePlan struct {
	dsp  outage.Config
	plan dspPlan
}

func (w *world) addLane(name string, p *policy.Policy, common lanePlan) error {
	s := w.scenario
	names := make([]string, len(s.Users))
	for i := range s.Users {
		names[i] = s.Users[i].Account
	}
	course, err := newCourse(p, names, w.begun)
	if err != nil {
		return err
	}
	base, err := newCourse(w.config.Policies[0], names, w.begun)
	if err != nil {
		return err
	}
	judge := course
	if w.config.judge != nil {
		if judge, err = newCourse(w.config.judge, names, w.begun); err != nil {
			return err
		}
	}
	l := &lane{course: course, judge: judge, scenario: s, dsp: common.plan, begun: w.begun, costs: new([256]int64)}
	for v, cost := range base.costs {
		l.costs[v] = int64(cost)
	}
	if l.server, err = outage.New(common.dsp); err != nil {
		return err
	}
	idle, err := outage.New(common.dsp)
	if err != nil {
		return err
	}
	l.latency = idle.Arrive(w.begun, 0).Done - w.begun
	course.terms.latency = time.Duration(l.latency)
	if l.rule, err = newRule(name, p, w.begun); err != nil {
		return err
	}
	l.ruled, _ = l.rule.(*ruled)
	l.rule.change(w.begun, &course.terms)
	l.room()
	l.fairness = newFairness(len(s.Users), w.begun)
	w.lanes = append(w.lanes, l)
	w.frame.Rules = append(w.frame.Rules, Outcome{Rule: name, Policy: w.nameOf(p), Threshold: course.terms.threshold})
	l.allocations = course.terms.allocations
	return nil
}

// nameOf is a policy's name, with a number where several have the same.
func (w *world) nameOf(p *policy.Policy) string {
	same := 0
	for _, o := range w.config.Policies {
		if o.Name == p.Name {
			same++
		}
		if o == p {
			break
		}
	}
	if same > 1 {
		return fmt.Sprintf("%s (%d)", p.Name, same)
	}
	return p.Name
}

// room makes room for what is counted.
func (l *lane) room() {
	s := l.scenario
	every, userEvery := stepFor(s.Length, maxPoints), stepFor(s.Length, max(100, min(maxPoints, maxUserPoints/len(s.Users))))
	l.every, l.userEvery = int64(every), int64(userEvery)
	l.points = fill[Point](s.Length, every)
	ids := l.course.userIDs()
	for i := range s.Users {
		u := &s.Users[i]
		c := client{id: ids[i], timeout: int64(u.Client.Timeout), cells: new([256]uint16), first: len(l.cells), points: fill[UserPoint](s.Length, userEvery)}
		var sent [256]bool
		for _, part := range u.Traffic {
			for _, share := range part.Mix {
				sent[share.Variant] = sent[share.Variant] || share.Weight > 0
			}
		}
		places := uint16(0)
		for v := range duis.Variants() {
			if sent[v] {
				places++
				c.cells[v] = places
			}
		}
		l.cells = append(l.cells, make([]cell, places+1)...) // the first is of what cannot be: a variant not in the mix
		l.clients = append(l.clients, c)
	}
}

// The rules, as scenario.RuleNames has them.
const rulePolicy = "policy"

func newRule(name string, p *policy.Policy, at int64) (rule, error) {
	switch name {
	case "none":
		return unbound{}, nil
	case "threshold":
		return &firstCome{}, nil
	case "limit":
		return &hardLimit{}, nil
	case "doorman":
		return &doorman{}, nil
	case "partition":
		return &partition{}, nil
	}
	return newRuled(p, at)
}

// result sums up all lanes.
func (w *world) result() *Result {
	r := w.frame
	for i, l := range w.lanes {
		of := r.Rules[i]
		r.Rules[i] = l.outcome()
		r.Rules[i].Rule, r.Rules[i].Policy, r.Rules[i].Label, r.Rules[i].Threshold = of.Rule, of.Policy, of.Rule, of.Threshold
		if of.Rule == rulePolicy && len(w.config.Policies) > 1 {
			r.Rules[i].Label = of.Rule + " " + of.Policy
		}
	}
	return &r
}
