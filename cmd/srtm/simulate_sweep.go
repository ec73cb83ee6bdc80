package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"srtm/policy"
	"srtm/simulate"
)

// sweepFlags ask for the same scenario with other settings.
type sweepFlags struct {
	Sweep []string `sep:"none" placeholder:"SETTING=FROM..TO" help:"Play it also with the first policy's capacity, threshold, burst or minimum between two values, such as capacity=500/s..4000/s; several by repeating it. Compares none and policy, or what --compare says."`
	Steps *int     `placeholder:"N" help:"How many values of each --sweep, 2 to 50; 8 where it is not said. The policy's own, where it is between them, comes on top."`
	Need  bool     `help:"Look for the capacity that the rule none, or those of --compare, would need for the same service as the first policy."`
}

// sweepPlan is what is played beside the scenario itself.
type sweepPlan struct {
	sweeps []simulate.SweepConfig
	need   *simulate.NeedConfig
}

// swept is what came of it.
type swept struct {
	sweeps []*simulate.Sweep
	need   *simulate.Need
}

// The most and least steps of a sweep.
const leastSteps, usualSteps, mostSteps = 2, 8, 50

// steps is how many.
func (f *sweepFlags) steps() int {
	if f.Steps == nil {
		return usualSteps
	}
	return *f.Steps
}

// plan reads the flags; compare is what --compare says.
func (f *sweepFlags) plan(config simulate.Config, compare []string) (*sweepPlan, error) {
	if n := f.steps(); n < leastSteps || n > mostSteps {
		return nil, usageError{fmt.Errorf("--steps %d: choose %d to %d", n, leastSteps, mostSteps)}
	}
	if f.Steps != nil && len(f.Sweep) == 0 {
		return nil, usageError{fmt.Errorf("--steps %d: there is no --sweep that it could be of; add one, such as --sweep capacity=500/s..4000/s", *f.Steps)}
	}
	config.Policies, config.Compare = config.Policies[:1], compare
	var p sweepPlan
	for _, text := range f.Sweep {
		setting, values, err := f.values(text, config.Policies[0])
		if err != nil {
			return nil, usageError{fmt.Errorf("--sweep %s: %w", text, err)}
		}
		if slices.ContainsFunc(p.sweeps, func(s simulate.SweepConfig) bool { return s.Setting == setting }) {
			return nil, usageError{fmt.Errorf("--sweep %s: the %s is swept twice; give it one range", text, setting)}
		}
		sweep := simulate.SweepConfig{Config: config, Setting: setting, Values: values}
		if err := sweep.Check(); err != nil {
			return nil, fmt.Errorf("--sweep %s: %w", text, err)
		}
		p.sweeps = append(p.sweeps, sweep)
	}
	if f.Need {
		config.Compare = slices.DeleteFunc(slices.Clone(compare), func(rule string) bool { return rule == "policy" })
		p.need = &simulate.NeedConfig{Config: config}
	}
	return &p, nil
}

// values reads SETTING=FROM..TO and returns evenly spaced values, those between the
// ends rounded to what can be read, and the policy's own.
func (f *sweepFlags) values(text string, p *policy.Policy) (setting string, values []float64, err error) {
	setting, ends, is := strings.Cut(text, "=")
	low, high, two := strings.Cut(ends, "..")
	if !is || !two {
		return "", nil, errors.New("write SETTING=FROM..TO, such as capacity=500/s..4000/s")
	}
	from, err := readValue(setting, low, p)
	if err != nil {
		return "", nil, err
	}
	to, err := readValue(setting, high, p)
	if err != nil {
		return "", nil, err
	}
	if from.value >= to.value {
		return "", nil, fmt.Errorf("it does not begin below its end; write the smaller value first, such as %s=%s..%s", setting, from.such[0], from.such[1])
	}
	n := f.steps()
	step := (to.value - from.value) / float64(n-1)
	grid := math.Pow(10, math.Floor(math.Log10(step/10)))
	for i := range n {
		values = append(values, math.Round((from.value+float64(i)*step)/grid)*grid)
	}
	values[0], values[n-1] = from.value, to.value
	near := func(v float64) bool { return math.Abs(v-from.usual) < grid/1000 }
	if from.usual > from.value && from.usual < to.value && !slices.ContainsFunc(values, near) {
		values = append(values, from.usual)
		slices.Sort(values)
	}
	return setting, values, nil
}

// settingValue is a setting's value and the policy's own, in the setting's unit.
type settingValue struct {
	value, usual float64
	such         [2]string
}

func readValue(setting, text string, p *policy.Policy) (v settingValue, err error) {
	var rate policy.Rate
	var percent policy.Percent
	var duration time.Duration
	switch setting {
	case "capacity":
		v.such = [2]string{"500/s", "4000/s"}
		rate, err = policy.ParseRate(text)
		v.value, v.usual = float64(rate.PerSecond())/1e9, float64(p.Capacity.PerSecond())/1e9
	case "minimum":
		v.such = [2]string{"0/s", "5/s"}
		rate, err = policy.ParseRate(text)
		v.value, v.usual = float64(rate.PerSecond())/1e9, float64(p.MinimumRate())/1e9
	case "threshold":
		v.such = [2]string{"60%", "100%"}
		percent, err = policy.ParsePercent(text)
		v.value, v.usual = float64(percent)/1000, float64(p.Threshold)/1000
	case "burst":
		v.such = [2]string{"100ms", "5s"}
		duration, err = policy.ParseDuration(text)
		v.value, v.usual = duration.Seconds(), p.Burst.Seconds()
	default:
		err = fmt.Errorf("%q cannot be varied; choose from %s", setting, strings.Join(simulate.SettingNames(), ", "))
	}
	return v, err
}

// play plays all that is planned.
func (p *sweepPlan) play(stderr io.Writer) (*swept, error) {
	var all swept
	for i := range p.sweeps {
		c := &p.sweeps[i]
		done, stop := showPlays(stderr, "sweep of the "+c.Setting)
		c.Done = done
		s, err := simulate.PlaySweep(*c)
		stop()
		if err != nil {
			return nil, fmt.Errorf("--sweep %s: %w", c.Setting, err)
		}
		all.sweeps = append(all.sweeps, s)
	}
	if p.need == nil {
		return &all, nil
	}
	done, stop := showSeeking(stderr)
	p.need.Done = done
	n, err := simulate.PlayNeed(*p.need)
	stop()
	if err != nil {
		return nil, fmt.Errorf("--need: %w", err)
	}
	all.need = n
	return &all, nil
}

// showPlays keeps a line on a terminal up to date until stop is called.
func showPlays(out io.Writer, what string) (done func(played, of int), stop func()) {
	if !isTerminal(out) {
		return nil, func() {}
	}
	begun := time.Now()
	show := func(played, of int) {
		left := time.Since(begun) * time.Duration(of-played) / time.Duration(max(1, played))
		fmt.Fprintf(out, eraseLine+"%s: played %d of %d times; about %v left", what, played, of, left.Round(time.Second))
	}
	fmt.Fprintf(out, eraseLine+"%s: begun", what)
	return show, func() { fmt.Fprint(out, eraseLine) }
}

// showSeeking is showPlays for a search, whose end nobody knows.
func showSeeking(out io.Writer) (done func(played, of int), stop func()) {
	if !isTerminal(out) {
		return nil, func() {}
	}
	begun := time.Now()
	show := func(played, of int) {
		fmt.Fprintf(out, eraseLine+"need: played %d times in %v, of %d that it usually takes", played, time.Since(begun).Round(time.Second), of)
	}
	fmt.Fprint(out, eraseLine+"need: begun; the first time takes as long as all rules did")
	return show, func() { fmt.Fprint(out, eraseLine) }
}

// write writes the files, and sums up.
func (s *swept) write(folder string, stdout io.Writer) error {
	for _, sweep := range s.sweeps {
		err := writeWhole(filepath.Join(folder, sweepFile(sweep.Setting)), forAll, stdout, func(w io.Writer) error { return simulate.WriteSweep(w, sweep) })
		if err != nil {
			return err
		}
		if err := writeSweepTable(stdout, sweep); err != nil {
			return err
		}
	}
	if s.need == nil {
		return nil
	}
	err := writeWhole(filepath.Join(folder, needFile), forAll, stdout, func(w io.Writer) error { return simulate.WriteNeed(w, s.need) })
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "\nNeed, with a DSP of %s/s given:\n", decimal(float64(s.need.Given)/1e9))
	for _, line := range s.need.Sentences() {
		fmt.Fprintln(stdout, line)
	}
	return nil
}

// writeSweepTable sums up, a line for each value and rule.
func writeSweepTable(w io.Writer, s *simulate.Sweep) error {
	fmt.Fprintf(w, "\nThe %s of %s, which is %s%s:\n", s.Setting, s.Policy, decimal(s.Usual), s.Unit)
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	dsp := ""
	if s.Setting == "capacity" {
		dsp = "\tDSP"
	}
	fmt.Fprintf(t, "%s"+dsp+"\trule\toffered\tthrottled\tfailed\tlate\tanswered\tlost\toverdue\tvends failed\toutage\tfairness\twithin: refused\tfailed\tlost\tknee\t\n", s.Setting)
	knees := make(map[string]float64)
	for _, k := range s.Knees {
		knees[k.Label] = k.Value
	}
	for _, p := range s.Points {
		for i := range p.Rules {
			o, knee, can := &p.Rules[i], "", ""
			if dsp != "" {
				can = "\t" + decimal(float64(p.Capacity)/1e9) + "/s"
			}
			if at, is := knees[o.Label]; is && at == p.Value {
				knee = "<"
			}
			fmt.Fprintf(t, "%s%s%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%ds\t%s\t%d\t%d\t%d\t%s\t\n", decimal(p.Value), s.Unit, can, o.Label, o.Sends, o.Throttled, o.Failed, o.Late,
				o.Answered, o.GaveUp, o.Overdue, o.Vends.Failed, o.OutageSeconds, fairly(o.Fairness), o.WithinThrottled, o.WithinFailed, o.WithinLost, knee)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, line := range s.Sentences() {
		fmt.Fprintln(w, line)
	}
	return nil
}
