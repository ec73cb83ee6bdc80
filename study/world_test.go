package study

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"srtm/policy"
	"srtm/scenario"
	"srtm/simulate"
)

// world is what a test plays.
type world struct {
	scenario string
	policies []string // texts
	accounts []string // of the portfolio, all alike
	compare  []string
}

// play plays it.
func (w world) play(t *testing.T) *Study {
	t.Helper()
	c := w.config(t)
	r, err := simulate.Play(c)
	if err != nil {
		t.Fatal(err)
	}
	return &Study{Result: r, Scenario: c.Scenario, Policies: c.Policies, Version: "1.2.3"}
}

func (w world) config(t *testing.T) simulate.Config {
	t.Helper()
	s, err := scenario.Parse([]byte(w.scenario))
	if err != nil {
		t.Fatal(err)
	}
	var portfolio strings.Builder
	portfolio.WriteString("account,name,user_id,role,portfolio\n")
	for i, a := range w.accounts {
		fmt.Fprintf(&portfolio, "%s,%s,90-B3-D5-1F-30-%02X-%02X-00,IS,600\n", a, a, i/256, i%256)
	}
	c := simulate.Config{Scenario: s, Compare: w.compare, Workers: 1}
	for _, text := range w.policies {
		p, err := policy.Parse("policy.yaml", []byte(text), fstest.MapFS{"portfolio.csv": {Data: []byte(portfolio.String())}})
		if err != nil {
			t.Fatal(err)
		}
		c.Policies = append(c.Policies, p)
	}
	return c
}

const example = "name: Example\ncapacity: 100/s\nhold: 5s\nportfolio: portfolio.csv\n"

// burstWorld is three Service Users, of whom one sends far too much for a while.
func burstWorld() world {
	return world{policies: []string{example}, accounts: []string{"ALPHA", "BRAVO", "CHARLIE"}, scenario: `
name: a burst
for: 40s
starts: Wed 10:00
users:
  ALPHA: {traffic: [{rate: 12/s, mix: prepayment}]}
  BRAVO: {retry: {how: blind, wait: 1s, attempts: 3}, traffic: [{rate: 300/s, from: 10s, to: 25s, mix: reads}]}
  CHARLIE: {traffic: [{rate: 5/s, mix: install}]}
`}
}

func burst(t *testing.T) *Study {
	t.Helper()
	return burstWorld().play(t)
}

// sweptBurst is the same with two sweeps and the business case.
func sweptBurst(t *testing.T) *Study {
	t.Helper()
	s := burst(t)
	c := burstWorld().config(t)
	for _, plan := range []simulate.SweepConfig{{Setting: "capacity", Values: []float64{50, 100, 200, 600}}, {Setting: "threshold", Values: []float64{80, 90, 100}}} {
		plan.Config = c
		w, err := simulate.PlaySweep(plan)
		if err != nil {
			t.Fatal(err)
		}
		s.Sweeps = append(s.Sweeps, w)
	}
	var err error
	if s.Need, err = simulate.PlayNeed(simulate.NeedConfig{Config: c}); err != nil {
		t.Fatal(err)
	}
	return s
}

// quietDay is one on which the DSP has nothing to fear.
func quietDay(t *testing.T) *Study {
	t.Helper()
	return world{policies: []string{example}, accounts: []string{"ALPHA", "BRAVO"}, compare: []string{"none", "threshold", "policy"}, scenario: `
name: a quiet hour
for: 1h
users:
  ALPHA: {traffic: [{rate: 3/s, mix: reads, arrivals: even}]}
  BRAVO: {traffic: [{rate: 2/s, mix: reads, arrivals: even}]}
`}.play(t)
}

// markup is a name that would do harm where it is not escaped.
const markup = `<script>alert("x")</script> *a* _b_ [c](http://d) | ` + "`e` \u202e &amp; 'f'"

// hostile has names that want to be more than names.
func hostile(t *testing.T) *Study {
	t.Helper()
	w := burstWorld()
	w.compare = []string{"none", "policy"}
	s := w.play(t)
	s.Result.Scenario, s.Result.Policy, s.Version = markup, markup+strings.Repeat("W", 500), markup
	for i := range s.Result.Rules {
		s.Result.Rules[i].Policy, s.Result.Rules[i].Label = markup, "policy "+markup
	}
	second := s.Result.Rules[1]
	second.Policy, second.Throttled = "another "+markup, second.Throttled+1000
	s.Result.Rules = append(s.Result.Rules, second)
	return s
}

// many has 200 Service Users under six rules.
func many(t *testing.T) *Study {
	t.Helper()
	w := world{policies: []string{strings.Replace(example, "100/s", "400/s", 1)}, scenario: "name: many\nfor: 5m\nusers:\n"}
	for i := range 200 {
		w.accounts = append(w.accounts, fmt.Sprintf("SUPPLIER-%03d", i))
		w.scenario += fmt.Sprintf("  SUPPLIER-%03d: {traffic: [{rate: %d/s, from: 60s, to: 120s, mix: reads}, {rate: 0.4/s, mix: install}, {rate: 0.2/s, mix: prepayment}]}\n", i, 1+i%7)
	}
	return w.play(t)
}

func written(t *testing.T, s *Study) string {
	t.Helper()
	var b strings.Builder
	if err := WritePage(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
