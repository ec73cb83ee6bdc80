package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"text/tabwriter"
	"time"

	"srtm/policy"
	"srtm/scenario"
	"srtm/simulate"
	"srtm/study"
)

// simulateCmd plays a scenario in virtual time.
type simulateCmd struct {
	Scenario    string   `arg:"" placeholder:"FILE" help:"Who sends what when; see docs/scenarios.md."`
	Policy      []string `sep:"none" placeholder:"FILE" help:"A policy to try; several by repeating it. The first is what the other rules are set by. Default: what the scenario names."`
	DSPCapacity string   `name:"dsp-capacity" placeholder:"N/s" help:"What the DSP can take. Default: what the scenario says, or the first policy's capacity."`
	Compare     []string `placeholder:"RULE,…" help:"What to compare: none, threshold, limit, doorman, partition, policy. Default: what the scenario says, or all."`
	Start       moment   `placeholder:"TIME" help:"When the scenario takes place, for policies with dates, UTC. Default: a week in January 2026."`
	Out         string   `required:"" placeholder:"DIR" help:"Where page.html, the pictures and the CSV files go. What an earlier run wrote there and this one does not is removed."`
	Into        string   `placeholder:"FILE.md" help:"A Markdown page whose figures are to be written anew, between its marks; its picture is put beside it. See docs/library.md."`
	Cores       int      `default:"0" help:"How many processors to use at most; 0 is all."`
	sweepFlags  `embed:""`
}

// Help shows examples.
func (simulateCmd) Help() string {
	return `Examples:
  srtm simulate scenarios/one-supplier-bursts.yaml --policy tmmd.yaml --out out
  srtm simulate day.yaml --policy tmmd.yaml --policy stricter.yaml --compare none,policy --out out
  srtm simulate day.yaml --policy tmmd.yaml --dsp-capacity 250/s --out out
  srtm simulate day.yaml --policy tmmd.yaml --sweep threshold=60%..100% --need --out out

No message is sent: Service Users, their clients, the DSP and time are virtual; what decides is what the gateway runs.
Every rule gets the same arrivals, and a DSP of its own. The same scenario and policy give the same bytes.
page.html in DIR says what came of it. docs/simulate.md says what each rule and each figure is.`
}

// Run plays it.
func (c *simulateCmd) Run(a *app) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	plan, err := c.plan(config, c.Compare)
	if err != nil {
		return err
	}
	page, err := readInto(c.Into)
	if err != nil {
		return err
	}
	if err := c.checkOut(); err != nil {
		return err
	}
	stop := showSimulation(a.stderr, &config)
	result, err := simulate.Play(config)
	stop()
	if err != nil {
		return fmt.Errorf("%s: %w", c.Scenario, err)
	}
	more, err := plan.play(a.stderr)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Scenario, err)
	}
	if err := c.write(a.stdout, result); err != nil {
		return err
	}
	if err := writeSimulation(a.stdout, result); err != nil {
		return err
	}
	if err := more.write(c.Out, a.stdout); err != nil {
		return err
	}
	whole := &study.Study{
		Result: result, Scenario: config.Scenario, Policies: config.Policies, Sweeps: more.sweeps, Need: more.need, Version: version,
	}
	if err := c.writeStudy(a.stdout, whole); err != nil {
		return err
	}
	if err := removeStale(c.Out, studyFiles(whole)); err != nil {
		return err
	}
	return page.write(a.stdout, whole, func() (string, error) { return origin(c.Scenario, config) })
}

// config reads all that is played.
func (c *simulateCmd) config() (simulate.Config, error) {
	config := simulate.Config{Compare: c.Compare, Start: c.Start.Time, Workers: c.Cores}
	switch {
	case c.Cores < 0:
		return config, usageError{fmt.Errorf("--cores %d: say how many, or 0 for all", c.Cores)}
	case c.Cores == 0:
		config.Workers = runtime.GOMAXPROCS(0)
	}
	text, err := os.ReadFile(c.Scenario)
	if err != nil {
		return config, fmt.Errorf("the scenario: %w; docs/scenarios.md says how to write one", err)
	}
	if config.Scenario, err = scenario.Parse(text); err != nil {
		return config, fmt.Errorf("%s: %w", c.Scenario, err)
	}
	if c.DSPCapacity != "" {
		rate, err := policy.ParseRate(c.DSPCapacity)
		if err != nil || rate.Thousandths == 0 {
			return config, usageError{fmt.Errorf("--dsp-capacity %s is not a rate such as 250/s", c.DSPCapacity)}
		}
		config.Scenario.Setting.DSP.Capacity = scenario.Rate(float64(rate.PerSecond()) / 1e9)
	}
	config.Policies, err = c.policies(config.Scenario)
	return config, err
}

// policies reads those that are named, or else those that the scenario names, which
// lie beside it.
func (c *simulateCmd) policies(s *scenario.Scenario) ([]*policy.Policy, error) {
	names := c.Policy
	if len(names) == 0 {
		for _, name := range s.Setting.Policies {
			names = append(names, filepath.Join(filepath.Dir(c.Scenario), filepath.FromSlash(name)))
		}
	}
	if len(names) == 0 {
		return nil, usageError{errors.New("say which policy is to be tried: --policy FILE; this scenario names none itself")}
	}
	var all []*policy.Policy
	for _, name := range names {
		p, err := policy.Load(name)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// showSimulation keeps a line on a terminal up to date until stop is called.
func showSimulation(out io.Writer, config *simulate.Config) (stop func()) {
	if !isTerminal(out) {
		return func() {}
	}
	begun, shown := time.Now(), time.Time{}
	length := config.Scenario.Length
	config.Progress = func(at time.Duration) {
		now := time.Now()
		if now.Sub(shown) < 200*time.Millisecond || at <= 0 {
			return
		}
		shown = now
		left := time.Duration(float64(now.Sub(begun)) * float64(length-at) / float64(at))
		fmt.Fprintf(out, eraseLine+"simulate: %d %%, %v of %v; about %v left", at*100/length, at.Round(time.Second), length, left.Round(time.Second))
	}
	return func() { fmt.Fprint(out, eraseLine) }
}

// write writes the files.
func (c *simulateCmd) write(stdout io.Writer, r *simulate.Result) error {
	for _, file := range []struct {
		name  string
		write func(io.Writer, *simulate.Result) error
	}{{resultsFile, simulate.WriteResults}, {secondsFile, simulate.WriteSeconds}} {
		err := writeWhole(filepath.Join(c.Out, file.name), forAll, stdout, func(w io.Writer) error { return file.write(w, r) })
		if err != nil {
			return err
		}
	}
	return nil
}

// writeSimulation sums up, a line for each rule.
func writeSimulation(w io.Writer, r *simulate.Result) error {
	fmt.Fprintf(w, "%s: %v from %s, %d Service Users, a DSP of %s/s; allocations and guarantee of %s\n\n",
		r.Scenario, r.Length, r.Start.Format("Mon 2006-01-02 15:04"), len(r.Rules[0].Users), decimal(float64(r.Capacity)/1e9), r.Policy)
	if r.Rules[0].Requests == 0 {
		fmt.Fprint(w, "Nothing was sent: the scenario has no Service Request in its time.\n\n")
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "rule\toffered\tthrottled\tfailed\tlate\tanswered\tlost\tvends failed\toverdue\taborted\tp50\tp99\toutage\tfairness\twithin: refused\tfailed\tlost\tactive\t")
	for i := range r.Rules {
		o := &r.Rules[i]
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%ds\t%s\t%d\t%d\t%d\t%s\t\n", o.Label, o.Sends, o.Throttled, o.Failed, o.Late, o.Answered,
			o.GaveUp, o.Vends.Failed, o.Vends.Overdue, o.Aborted, took(o.Times, o.Times.P50), took(o.Times, o.Times.P99), o.OutageSeconds,
			fairly(o.Fairness), o.WithinThrottled, o.WithinFailed, o.WithinLost, activity(o))
	}
	return t.Flush()
}

func decimal(x float64) string { return fmt.Sprintf("%.6g", x) }

func took(t simulate.Times, d time.Duration) string {
	if t.Count == 0 {
		return "–"
	}
	return short(d)
}

func fairly(f simulate.Fairness) string {
	if f.Windows < study.LeastStretches {
		return "–"
	}
	return fmt.Sprintf("%.3f (%d)", f.Jain, f.Windows)
}

// activity is how long traffic management was active, where there is any.
func activity(o *simulate.Outcome) string {
	if o.Rule != "policy" {
		return "–"
	}
	return o.Active.Round(time.Second).String()
}
