package simulate

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"srtm/policy"
	"srtm/traffic"
)

// MaxValues is how many values a sweep may have.
const MaxValues = 100

// SettingNames lists what a sweep can vary.
func SettingNames() []string { return []string{"capacity", "threshold", "burst", "minimum"} }

// SweepConfig is what PlaySweep needs to know.
type SweepConfig struct {
	Config // with one policy, which is varied, and Compare as Play has it; empty: none and policy. Progress is not told

	Setting string    // of SettingNames
	Values  []float64 // ascending; capacity and minimum in Service Requests a second, threshold in % of the capacity, burst in seconds

	Done func(played, of int) // told, in order, when a point has been played; may be nil
}

// Sweep is a scenario played with one setting of a policy at several values.
//
// Each point is Play's Result under a policy that is varied, see policy.Vary: with
// the threshold moves the release level, with the capacity what is left of it in
// maintenance, each in proportion. With the capacity moves also the DSP's, and what
// the scenario says that is left of it, in proportion: the system is another. With
// the other settings the DSP stays as it is. At each point allocations and guarantee
// are those of the policy as it is there.
type Sweep struct {
	Scenario string
	Seed     uint64
	Start    time.Time // UTC
	Length   time.Duration

	Setting string
	Unit    string // of values: "/s", "%" or "s"
	Policy  string // the name of the policy that is varied
	Usual   float64
	Labels  []string // of the rules, as every point has them

	Measure string       // what SweepPoint.Harm counts, in words
	Small   []string     // of a sweep of the minimum: the Service Users whose Harm it is, in the scenario's order
	Points  []SweepPoint // ascending
	Knees   []Knee       // in the order of Labels, of those rules that have one
}

// SweepPoint is what came of the scenario at one value.
type SweepPoint struct {
	Value float64 // as it was played: in whole thousandths, burst in whole nanoseconds

	Capacity traffic.Rate // of the DSP when nothing changes it; a sweep of the capacity varies it in proportion to the policy's

	Rules []Outcome // without Points, and Users without Points and Variants
	Harm  []uint64  // by rule: the Sweep's Measure
}

// Check says why the sweep cannot be played, or nil, without playing anything.
func (c SweepConfig) Check() error {
	_, err := newSweep(c)
	return err
}

// PlaySweep plays a scenario once for each value, as many at the same time as
// Config.Workers says. The result does not depend on that. All values are checked
// before anything is played; the error names the one that cannot be, and why. The
// point at the policy's own value is what Play gives without a sweep.
func PlaySweep(c SweepConfig) (*Sweep, error) {
	s, err := newSweep(c)
	if err != nil {
		return nil, err
	}
	if err := s.play(); err != nil {
		return nil, err
	}
	return s.sum(), nil
}

// sweep is a Sweep being played.
type sweep struct {
	config  SweepConfig
	setting setting
	sweep   Sweep
	wholes  []int64 // the values in parts
	names   []string
	plays   []Config
	results []*Result

	lock   sync.Mutex
	played int
	failed error
}

func newSweep(c SweepConfig) (*sweep, error) {
	s := &sweep{config: c}
	if len(c.Compare) == 0 {
		s.config.Compare = []string{"none", rulePolicy}
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	p := c.Policies[0]
	s.sweep = Sweep{
		Scenario: c.Scenario.Name, Seed: c.Scenario.Seed, Length: c.Scenario.Length,
		Setting: c.Setting, Unit: s.setting.unit, Policy: p.Name, Usual: s.setting.of(p), Measure: s.setting.measure,
	}
	for _, value := range c.Values {
		if err := s.add(value); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// check says what cannot be swept at all.
func (s *sweep) check() error {
	c, known := &s.config, false
	if len(c.Policies) != 1 {
		return fmt.Errorf("a sweep varies one policy, and here are %d; name one", len(c.Policies))
	}
	if c.Scenario == nil {
		return errors.New("a sweep needs a scenario")
	}
	if s.setting, known = settingNamed(c.Setting); !known {
		return fmt.Errorf("%q cannot be varied; choose from %s", c.Setting, strings.Join(SettingNames(), ", "))
	}
	if len(c.Values) == 0 || len(c.Values) > MaxValues {
		return fmt.Errorf("a sweep of %s has %d values; give 1 to %d", c.Setting, len(c.Values), MaxValues)
	}
	if len(c.Values)*len(c.Compare)*len(c.Scenario.Users) > maxKept {
		return fmt.Errorf("%d values of %s for %d rules and %d Service Users are more than can be kept; sweep fewer values or compare fewer rules",
			len(c.Values), c.Setting, len(c.Compare), len(c.Scenario.Users))
	}
	return nil
}

// maxKept is how many UserOutcomes a sweep may keep: some hundreds of megabytes.
const maxKept = 1_000_000

// add plans a point, and checks all that can be checked before it is played.
func (s *sweep) add(value float64) error {
	p := s.config.Policies[0]
	n, err := s.setting.whole(value)
	if err != nil {
		return err
	}
	name := s.setting.name + " " + s.setting.say(n)
	if i := len(s.wholes); i > 0 && s.wholes[i-1] >= n {
		return fmt.Errorf("%s follows %s; give different values, the least first", name, s.setting.say(s.wholes[i-1]))
	}
	config := s.config.Config
	config.Progress = nil
	usual, err := s.setting.whole(s.sweep.Usual)
	if value = float64(n) / s.setting.scale; err == nil && n == usual {
		value = s.sweep.Usual
	} else {
		varied, err := p.Vary(s.setting.variation(n))
		if err != nil {
			return fmt.Errorf("%s cannot be played: %w", name, unplaced(err))
		}
		config.Policies = []*policy.Policy{varied}
		if s.setting.scales {
			config.Scenario = scaledDSP(config.Scenario, value/s.sweep.Usual)
		}
	}
	if _, err := newWorld(config); err != nil {
		return fmt.Errorf("%s cannot be played: %w", name, err)
	}
	s.plays = append(s.plays, config)
	s.wholes, s.names = append(s.wholes, n), append(s.names, name)
	s.sweep.Points = append(s.sweep.Points, SweepPoint{Value: value})
	return nil
}

// play plays the points, several at a time, and none any more once one has failed.
func (s *sweep) play() error {
	workers := max(1, s.config.Workers)
	s.results = make([]*Result, len(s.plays))
	todo := make(chan int, len(s.plays))
	for i := range s.plays {
		todo <- i
		s.plays[i].Workers = max(1, workers/len(s.plays))
	}
	close(todo)
	var wait sync.WaitGroup
	for range min(workers, len(s.plays)) {
		wait.Go(func() {
			for i := range todo {
				if !s.playPoint(i) {
					return
				}
			}
		})
	}
	wait.Wait()
	return s.failed
}

// playPoint plays one, and tells whether to go on.
func (s *sweep) playPoint(i int) bool {
	r, err := Play(s.plays[i])
	s.lock.Lock()
	defer s.lock.Unlock()
	switch {
	case s.failed != nil:
	case err != nil:
		s.failed = fmt.Errorf("%s: %w", s.names[i], err)
	default:
		s.results[i] = lean(r)
		if s.played++; s.config.Done != nil {
			s.config.Done(s.played, len(s.plays))
		}
	}
	return s.failed == nil
}

// lean leaves out of a result what a sweep does not keep.
func lean(r *Result) *Result {
	for i := range r.Rules {
		o := &r.Rules[i]
		o.Points = nil
		for n := range o.Users {
			o.Users[n].Points, o.Users[n].Variants = nil, nil
		}
	}
	return r
}

// sum puts the Sweep together.
func (s *sweep) sum() *Sweep {
	w := &s.sweep
	w.Start = s.results[0].Start
	for i := range s.results[0].Rules {
		w.Labels = append(w.Labels, s.results[0].Rules[i].Label)
	}
	if s.setting.small {
		w.Small = smallOf(s.plays[len(s.plays)-1])
	}
	for i, r := range s.results {
		w.Points[i].Rules, w.Points[i].Capacity = r.Rules, traffic.Rate(r.Capacity)
		for n := range r.Rules {
			w.Points[i].Harm = append(w.Points[i].Harm, s.setting.lost(&r.Rules[n], w.Small))
		}
	}
	for rule, label := range w.Labels {
		if knee, is := w.knee(rule); is {
			knee.Label = label
			w.Knees = append(w.Knees, knee)
		}
	}
	return w
}
