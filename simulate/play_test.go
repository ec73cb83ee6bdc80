package simulate

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"srtm/duis"
	"srtm/policy"
	"srtm/scenario"
	"srtm/traffic"
)

// anyClient draws how a Service User's software behaves.
func anyClient(t *rapid.T) scenario.Client {
	c := scenario.DefaultClient()
	c.Timeout = rapid.SampledFrom([]time.Duration{50 * time.Millisecond, 500 * time.Millisecond, 3 * time.Second}).Draw(t, "timeout")
	c.Retry.How = rapid.SampledFrom([]scenario.Behaviour{scenario.Never, scenario.Blind, scenario.Backoff, scenario.Obey}).Draw(t, "how")
	c.Retry.Sends = rapid.IntRange(1, 6).Draw(t, "sends")
	c.Retry.Wait = rapid.SampledFrom([]time.Duration{0, time.Millisecond, time.Second, 3 * time.Minute}).Draw(t, "wait")
	c.Retry.Jitter = rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "jitter")
	c.Finish = rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "finish")
	return c
}

// anyScenario draws one of ALPHA and BRAVO that sometimes sends far more than 90/s.
func anyScenario(t *rapid.T) *scenario.Scenario {
	s := &scenario.Scenario{Name: "any", Seed: rapid.Uint64().Draw(t, "seed"), Length: time.Duration(rapid.IntRange(1, 20_000).Draw(t, "length")) * time.Millisecond}
	for _, name := range []string{"ALPHA", "BRAVO"} {
		u := scenario.User{Account: name, Devices: 10, Client: anyClient(t)}
		for range rapid.IntRange(0, 3).Draw(t, "parts") {
			mix, _ := scenario.NamedMix(rapid.SampledFrom([]string{"prepayment", "install", "reads", "tariff"}).Draw(t, "mix"))
			part := scenario.Part{To: s.Length, Mix: mix}
			if rapid.Bool().Draw(t, "burst") {
				part.From, part.Burst = s.Length/3, rapid.IntRange(1, 300).Draw(t, "size")
			} else {
				part.Rate = scenario.Rate(rapid.SampledFrom([]float64{0.5, 20, 60, 300}).Draw(t, "rate"))
				part.Spacing = rapid.SampledFrom([]scenario.Spacing{scenario.Poisson, scenario.Even}).Draw(t, "spacing")
			}
			u.Traffic = append(u.Traffic, part)
		}
		s.Users = append(s.Users, u)
	}
	if rapid.Bool().Draw(t, "background") {
		s.Setting.Background = []scenario.Background{{What: "schedules", Part: scenario.Part{To: s.Length, Rate: 30, Spacing: scenario.Even}}}
	}
	s.Setting.DSP.Capacity = scenario.Rate(rapid.SampledFrom([]float64{0, 40, 200}).Draw(t, "capacity"))
	return s
}

// anyLines draws keys of a policy.
func anyLines(t *rapid.T) string {
	return rapid.SampledFrom([]string{
		"", "spare: withhold\n", "cost: {default: 1, \"2.2\": 3}\n", "exempt: [\"2.2\"]\nfinish_critical: 1m\n",
		"priority: [{variants: [\"2.2\"], keep: 30%}]\n", "mode: shadow\n",
		"reserved: [{from: \"00:00\", to: \"12:00\", rate: 20/s, reason: reads}]\n",
		"maintenance: [{start: 2026-01-05T00:00:03Z, end: 2026-01-05T00:00:06Z, capacity: 50/s, reason: release}, {start: 2026-01-05T00:00:09Z, end: 2026-01-05T00:00:11Z, capacity: 0/s, reason: switch}]\n",
	}).Draw(t, "policy")
}

func TestEveryMessageHasOneFateAndEveryRequestOneEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyScenario(t)
		arrivals := uint64(0)
		for range s.Arrivals() {
			arrivals++
		}
		r, err := Play(Config{Scenario: s, Policies: []*policy.Policy{parse(t, anyLines(t), portfolio), parse(t, "", portfolio)}})
		if err != nil {
			t.Fatal(err)
		}
		for i := range r.Rules {
			checkOutcome(t, &r.Rules[i], arrivals)
		}
	})
}

func checkOutcome(t *rapid.T, o *Outcome, arrivals uint64) {
	var points, userPoints, variants Counts
	for _, p := range o.Points {
		points.add(&Counts{Sends: uint64(p.Offered), Throttled: uint64(p.Throttled), Failed: uint64(p.Failed), Late: uint64(p.Late), Answered: uint64(p.Answered)})
	}
	for _, u := range o.Users {
		for _, p := range u.Points {
			userPoints.add(&Counts{Sends: uint64(p.Offered), Throttled: uint64(p.Throttled), Answered: uint64(p.Answered)})
		}
		for _, v := range u.Variants {
			variants.add(&v.Counts)
			if v.Requests != v.Finished+v.GaveUp+v.Left || v.Times.Count != v.Finished {
				t.Errorf("%s, %s %v: %+v: the ends do not add up to the requests", o.Label, u.Account, v.Variant, v.Counts)
			}
		}
	}
	switch {
	case o.Requests != arrivals:
		t.Errorf("%s: %d requests of %d arrivals", o.Label, o.Requests, arrivals)
	case o.Sends != o.Throttled+o.Failed+o.Late+o.Answered:
		t.Errorf("%s: the fates do not add up: %+v", o.Label, o.Counts)
	case points != Counts{Sends: o.Sends, Throttled: o.Throttled, Failed: o.Failed, Late: o.Late, Answered: o.Answered}:
		t.Errorf("%s: the points add up to %+v, not to %+v", o.Label, points, o.Counts)
	case userPoints != Counts{Sends: o.Sends, Throttled: o.Throttled, Answered: o.Answered}:
		t.Errorf("%s: the users' points add up to %+v, not to %+v", o.Label, userPoints, o.Counts)
	case variants != o.Counts:
		t.Errorf("%s: the variants add up to %+v, not to %+v", o.Label, variants, o.Counts)
	case o.Within > o.Sends || o.WithinThrottled+o.WithinFailed > o.Within:
		t.Errorf("%s: %+v: more suffered than were within", o.Label, o.Counts)
	case o.Rule == rulePolicy && o.WithinThrottled > 0:
		t.Errorf("%s: %d within the allocation were throttled", o.Label, o.WithinThrottled)
	case slices.ContainsFunc(o.Points, func(p Point) bool { return p.Active }) != (o.Activations > 0) || (o.Active > 0) != (o.Activations > 0):
		t.Errorf("%s: %d activations, for %v, and the points say otherwise", o.Label, o.Activations, o.Active)
	case o.Rule == "none" && o.Throttled > 0:
		t.Errorf("without a mechanism %d were throttled", o.Throttled)
	}
}

// written is a result as bytes.
func written(t interface{ Fatal(...any) }, c Config) string {
	var b bytes.Buffer
	r, err := Play(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteResults(&b, r); err != nil {
		t.Fatal(err)
	}
	if err := WriteSeconds(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String() + fmt.Sprintf("%+v", *r)
}

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Config{Scenario: anyScenario(t), Policies: []*policy.Policy{parse(t, anyLines(t), portfolio)}}
		one, two := written(t, c), written(t, c)
		c.Workers = 3
		if three := written(t, c); one != two || one != three {
			t.Error("another result")
		}
	})
}

// How the arrivals are handed to the lanes matters to nobody.
func TestChunksDoNotShow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Config{Scenario: anyScenario(t), Policies: []*policy.Policy{parse(t, anyLines(t), portfolio)}}
		var results []string
		for _, size := range []int{1, 7, chunkSize} {
			w, err := newWorld(c)
			if err != nil {
				t.Fatal(err)
			}
			w.chunk = size
			if err := w.run(); err != nil {
				t.Fatal(err)
			}
			results = append(results, fmt.Sprintf("%+v", *w.result()))
		}
		if results[0] != results[1] || results[1] != results[2] {
			t.Error("another result")
		}
	})
}

// A rule's result does not depend on what it is compared with.
func TestLanesShareNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Config{Scenario: anyScenario(t), Policies: []*policy.Policy{parse(t, anyLines(t), portfolio)}}
		all, err := Play(c)
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range scenario.RuleNames() {
			c.Compare = []string{name}
			alone, err := Play(c)
			if err != nil || fmt.Sprintf("%+v", alone.Rules[0]) != fmt.Sprintf("%+v", all.Rules[i]) {
				t.Errorf("%s alone has another result than among others (%v)", name, err)
			}
		}
	})
}

// recorder writes down what a rule decided.
type recorder struct {
	rule
	at       []int64
	messages []message
	answers  []answer
}

func (r *recorder) admit(at int64, m *message) answer {
	said := r.rule.admit(at, m)
	r.at, r.messages, r.answers = append(r.at, at), append(r.messages, *m), append(r.answers, said)
	return said
}

// record plays a scenario under one rule and writes down its decisions.
func record(t interface{ Fatal(...any) }, c Config) *recorder {
	w, err := newWorld(c)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{rule: w.lanes[0].rule}
	w.lanes[0].rule = r
	if err := w.run(); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestThePolicyDecidesAsAReplay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyScenario(t)
		mix, _ := scenario.NamedMix("reads")
		s.Users[0].Traffic = append(s.Users[0].Traffic, scenario.Part{To: s.Length, Burst: 1, Mix: mix}) // a replay begins with the first arrival
		p := parse(t, anyLines(t), portfolio)
		played := record(t, Config{Scenario: s, Policies: []*policy.Policy{p}, Compare: []string{"policy"}})
		arrivals := make([]Arrival, len(played.messages))
		for i, m := range played.messages {
			arrivals[i] = Arrival{At: played.at[i], Account: s.Users[m.user].Account, Variant: m.variant.String(), Target: m.target, Counter: m.counter, Command: m.command}
		}
		n := 0
		err := ReplayPolicy(p, given(arrivals), func(a Arrival, d traffic.Decision) error {
			want := answer{d.Verdict != traffic.Throttle, time.Duration(d.RetryAfter) * time.Second}
			if got := played.answers[n]; got != want {
				return fmt.Errorf("message %d at %d: %+v, and a replay says %+v", n, a.At, got, want)
			}
			n++
			return nil
		})
		if err != nil || n != len(arrivals) || n == 0 {
			t.Errorf("%d of %d: %v", n, len(arrivals), err)
		}
	})
}

// policyOf reads a whole policy file for ALPHA and BRAVO.
func policyOf(t interface{ Fatal(...any) }, text string) *policy.Policy {
	p, err := policy.Parse("policy.yaml", []byte(text), fstest.MapFS{"portfolio.csv": {Data: []byte(portfolio)}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWithEnoughCapacityAllRulesGiveTheSame(t *testing.T) {
	text := "name: quiet\nseed: 3\nfor: 10m\ndefaults: {retry: obey, critical: {after: 1s}}\nusers:\n  ALPHA, BRAVO: {traffic: [{rate: 4/s, mix: tariff}, {rate: 3/s, mix: prepayment}]}\n"
	s, err := scenario.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p := policyOf(t, "name: Ample\ncapacity: 3000/s\nportfolio: portfolio.csv\n")
	r, err := Play(Config{Scenario: s, Policies: []*policy.Policy{p}})
	if err != nil {
		t.Fatal(err)
	}
	first := &r.Rules[0]
	if first.Requests < 8000 || first.Finished+first.Left != first.Requests || first.Answered <= first.Requests {
		t.Errorf("none: %+v; want everything accepted, and second messages", first.Counts)
	}
	for i := range r.Rules {
		o := &r.Rules[i]
		same := slices.EqualFunc(o.Users, first.Users, func(a, b UserOutcome) bool {
			return a.Counts == b.Counts && a.Times == b.Times && slices.Equal(a.Points, b.Points)
		})
		if !same || o.Counts != first.Counts || !slices.Equal(o.Points, first.Points) {
			t.Errorf("%s: %+v, and %s: %+v", o.Label, o.Counts, first.Label, first.Counts)
		}
	}
}

// Whoever is told when to come back, and obeys, comes back then; a second message
// goes out when it is signed.
func TestClientsComeBackWhenTheyAreTold(t *testing.T) {
	s, err := scenario.Parse([]byte("name: t\nfor: 200s\ndefaults: {retry: obey, mix: {\"1.1.1\": 1}, critical: {after: 7s}}\nusers:\n  ALPHA: {traffic: [{burst: 200}]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	played := record(t, Config{Scenario: s, Policies: []*policy.Policy{parse(t, "", portfolio)}, Compare: []string{"policy"}})
	type state struct {
		at      int64
		said    answer
		command uint8
	}
	last := map[uint64]state{}
	again, second := 0, 0
	for i, m := range played.messages {
		at, before := played.at[i], last[m.counter]
		switch {
		case before.at == 0:
		case !before.said.forward && m.command == before.command:
			again++
			if wait := time.Duration(at - before.at - refusing); wait != before.said.retryAfter {
				t.Errorf("request %d comes back after %v, told %v", m.counter, wait, before.said.retryAfter)
			}
		case before.said.forward && before.command == 4 && m.command == 5:
			second++
			if wait := time.Duration(at - before.at); wait < 7*time.Second || wait > 9*time.Second {
				t.Errorf("request %d is signed after %v", m.counter, wait)
			}
		default:
			t.Errorf("request %d is sent as %d after %+v", m.counter, m.command, before)
		}
		last[m.counter] = state{at, played.answers[i], m.command}
	}
	if again < 50 || second < 150 {
		t.Errorf("%d came back, and %d second messages", again, second)
	}
	if v, _ := duis.ParseVariant("1.1.1"); !v.Critical() {
		t.Error("1.1.1 is not critical: this tests nothing")
	}
}
