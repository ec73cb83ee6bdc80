package scenario

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"time"
)

// Limits on what a Setting may hold.
const (
	MaxPolicies   = 20
	MaxChanges    = 100
	MaxBackground = 64
	MaxModelTime  = time.Hour // of every duration of a DSP
)

// Setting is what surrounds the Service Users where a scenario is simulated. All
// of it is optional, and whoever plays the scenario over HTTP ignores it: there
// the surroundings are real.
type Setting struct {
	Policies   []string // policy files, as paths with slashes from the scenario's own folder
	Compare    []string // what to compare, of RuleNames; empty: not said
	DSP        DSP
	Background []Background
}

// DSP is what the central system can do and how it fails. What is 0 is not said.
// The names are those of the stand-in DSP's model; docs/stand-in-dsp.md.
type DSP struct {
	Capacity       Rate
	Latency        time.Duration // from arrival to answer when nothing is ahead
	Comfort, Full  time.Duration // the backlog that does no harm; the one at which it refuses
	Recovery       time.Duration // the calm from its least efficiency to its best
	InTime         time.Duration // the latency up to which an answer counts as goodput
	Floor, Refusal float64       // the least efficiency; the work of a refusal; as shares of one
	Changes        []Change      // in the order of time; no two overlap
}

// Change is another capacity of the DSP for a while.
type Change struct {
	From, To time.Duration
	Capacity Rate // 0: it is down and refuses everything
	Reason   string
}

// Background is work that the DSP does without an incoming request, as DCC
// Scheduled and DSP Future Dated Services do. A request's worth of it costs the
// DSP as much as a Service Request of cost 1. Its part has no mix.
type Background struct {
	What string
	Part Part
}

// RuleNames lists what Setting.Compare may hold: ways to decide which Service
// Requests go on to the DSP.
func RuleNames() []string {
	return []string{"none", "threshold", "limit", "doorman", "partition", "policy"}
}

// Work gives the instants at which the DSP does a request's worth of background
// work, the earliest first, each with its index in Setting.Background; those of
// one instant in that order. It has random numbers of its own, so background
// changes no Service User's arrivals. It panics when Check does not pass.
func (s *Scenario) Work() iter.Seq2[time.Duration, int] {
	if err := s.Check(); err != nil {
		panic("scenario: Work of a scenario that does not pass Check: " + err.Error())
	}
	return func(yield func(time.Duration, int) bool) {
		q := newQueue(s.inside())
		for {
			at, st, ok := q.first()
			if !ok || !yield(at, int(st.user)) {
				return
			}
			q.step()
		}
	}
}

// inside is a scenario whose Service Users are the kinds of background work. A
// space before its name keeps each apart from every account.
func (s *Scenario) inside() *Scenario {
	in := &Scenario{Seed: s.Seed, Length: s.Length, Starts: s.Starts}
	for i, b := range s.Setting.Background {
		part := b.Part
		part.Mix = mixOf("2.2 1") // never drawn
		in.Users = append(in.Users, User{Account: fmt.Sprint(" ", i, " ", b.What), Devices: 1, Traffic: []Part{part}})
	}
	return in
}

func (s *Setting) check(length time.Duration) error {
	if len(s.Policies) > MaxPolicies {
		return fmt.Errorf("%d policies are more than %d", len(s.Policies), MaxPolicies)
	}
	for i, name := range s.Policies {
		if err := checkPath(name); err != nil {
			return err
		}
		if slices.Contains(s.Policies[:i], name) {
			return fmt.Errorf("the policy %q is there twice; name each file once", name)
		}
	}
	for i, name := range s.Compare {
		if !slices.Contains(RuleNames(), name) {
			return fmt.Errorf("%q is nothing to compare; choose from %s", clip(name), strings.Join(RuleNames(), ", "))
		}
		if slices.Contains(s.Compare[:i], name) {
			return fmt.Errorf("%q is to be compared twice; name it once", name)
		}
	}
	if err := s.DSP.check(length); err != nil {
		return err
	}
	return checkBackground(s.Background, length)
}

// checkPath holds a file's name to the scenario's folder and what is below it.
func checkPath(name string) error {
	ok := name != "" && len(name) <= 200 && !strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c == '\\' || c == ':' })
	for _, step := range strings.Split(name, "/") {
		ok = ok && step != "" && step != "." && step != ".."
	}
	if !ok {
		return fmt.Errorf("%q is no file in the scenario's folder or below it; write its path with slashes, such as national/policy.yaml", clip(name))
	}
	return nil
}

func (d *DSP) check(length time.Duration) error {
	if !(d.Capacity >= 0 && d.Capacity <= MaxRate) {
		return fmt.Errorf("the DSP's capacity %g/s is not between 0/s and %g/s", float64(d.Capacity), float64(MaxRate))
	}
	for _, t := range []time.Duration{d.Latency, d.Comfort, d.Full, d.Recovery, d.InTime} {
		if t < 0 || t > MaxModelTime {
			return fmt.Errorf("the DSP's time %v is not between 0 and %v", t, MaxModelTime)
		}
	}
	for _, share := range []float64{d.Floor, d.Refusal} {
		if !(share >= 0 && share <= 1) {
			return fmt.Errorf("the DSP's share %g is not between 0 and 1", share)
		}
	}
	if len(d.Changes) > MaxChanges {
		return fmt.Errorf("%d changes of the DSP's capacity are more than %d", len(d.Changes), MaxChanges)
	}
	last := time.Duration(0)
	for _, c := range d.Changes {
		if c.From < last || c.To <= c.From || c.To > length {
			return fmt.Errorf("a change of the DSP's capacity from %v to %v is not after the one before it and within the scenario, which lasts %v", c.From, c.To, length)
		}
		if !(c.Capacity >= 0 && c.Capacity <= MaxRate) {
			return fmt.Errorf("the DSP's capacity %g/s is not between 0/s and %g/s", float64(c.Capacity), float64(MaxRate))
		}
		last = c.To
	}
	return nil
}

func checkBackground(all []Background, length time.Duration) error {
	if len(all) > MaxBackground {
		return fmt.Errorf("%d kinds of background work are more than %d", len(all), MaxBackground)
	}
	for _, b := range all {
		if len(b.Part.Mix) != 0 {
			return fmt.Errorf("the background work %q has a mix; it is not told apart by variant", clip(b.What))
		}
		part := b.Part
		part.Mix = mixOf("2.2 1")
		if err := part.check(length); err != nil {
			return fmt.Errorf("the background work %q: %w", clip(b.What), err)
		}
	}
	return nil
}

// times returns a part with its rates, or its burst, multiplied; a burst is
// rounded, perhaps to none.
func (p Part) times(size float64) Part {
	p.Rate *= Rate(size)
	p.Rise *= Rate(size)
	if p.Burst == 0 {
		return p
	}
	p.Burst = int(min(math.Round(float64(p.Burst)*size), MaxBurst+1))
	if p.Burst == 0 {
		p.Every = 0 // what is left is a rate of nothing
	}
	return p
}
