package load

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"srtm/policy"
	"srtm/scenario"
)

func TestWhatCannotBePlayed(t *testing.T) {
	const one = "for: 1s\nusers:\n  ALPHA: {mix: reads, traffic: [{rate: 1/s}]}\n"
	for _, row := range []struct {
		sentence string
		change   func(*Config, *scenario.Scenario)
		want     string
	}{
		{"a target has a scheme", func(c *Config, _ *scenario.Scenario) { c.Target = "127.0.0.1:80" }, "127.0.0.1:80"},
		{"a target has a known scheme", func(c *Config, _ *scenario.Scenario) { c.Target = "ftp://x" }, `"ftp://x" is not http://HOST:PORT`},
		{"a target has no path", func(c *Config, _ *scenario.Scenario) { c.Target = "http://x/api" }, "it takes no path"},
		{"a target has no query", func(c *Config, _ *scenario.Scenario) { c.Target = "http://x?a=b" }, "is not http://HOST:PORT"},
		{"a service has a path", func(c *Config, _ *scenario.Scenario) { c.Services.Transform = "" }, `the service's path "" does not begin with /`},
		{"bounds are not negative", func(c *Config, _ *scenario.Scenario) { c.Connections = -1 }, "is below 0"},
		{"who sends is in the portfolio", func(c *Config, _ *scenario.Scenario) { c.Users[0].Account = "BRAVO" }, `Service User "ALPHA" is not in the policy's portfolio; there are BRAVO`},
		{"there is a message for what is sent", func(_ *Config, s *scenario.Scenario) {
			s.Users[0].Traffic[0].Mix, _ = mixOf("9.1")
		}, `"ALPHA" sends variant 9.1, for which there is no message; there are messages for 1.1.1, 1.2.1, 1.5,`},
		{"a scenario has passed Check", func(_ *Config, s *scenario.Scenario) { s.Length = 0 }, "the length 0s"},
	} {
		s := scenarioOf(t, one)
		c := configFor("http://127.0.0.1:1", s)
		row.change(&c, s)
		if _, err := New(c, s); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: the error is %v; want %q in it", row.sentence, err, row.want)
		}
	}
}

// mixOf is a mix of one variant.
func mixOf(variant string) (scenario.Mix, error) {
	s, err := scenario.Parse([]byte("name: x\nfor: 1s\nusers:\n  A: {traffic: [{rate: 1/s, mix: \"" + variant + "\"}]}\n"))
	if err != nil {
		return nil, err
	}
	return s.Users[0].Traffic[0].Mix, nil
}

func TestAddresses(t *testing.T) {
	for target, want := range map[string]string{
		"http://127.0.0.1:8080": "127.0.0.1:8080", "http://localhost": "localhost:80", "https://dsp.example/": "dsp.example:443", "http://[::1]:9": "[::1]:9",
	} {
		if got, err := (&Config{Target: target}).address(); got != want || err != nil {
			t.Errorf("the address of %s is %q, %v; want %q", target, got, err, want)
		}
	}
}

func TestFromPolicy(t *testing.T) {
	files := fstest.MapFS{"portfolio.csv": {Data: []byte("account,name,user_id,role,portfolio\n" +
		"ALPHA,Alpha Energy,90-B3-D5-1F-30-01-00-01,IS,1000\n" +
		"ALPHA,Alpha Energy,90-B3-D5-1F-30-01-00-02,GS,1000\n" +
		"BRAVO,Bravo Energy,90-B3-D5-1F-30-01-00-03,IS,1000\n")}}
	text := "name: test\ncapacity: 300/s\nportfolio: portfolio.csv\nservices: {send_command: /s, non_device: /d, transform: /t}\n"
	p, err := policy.Parse("policy.yaml", []byte(text), files)
	if err != nil {
		t.Fatal(err)
	}
	got := FromPolicy(p, "http://127.0.0.1:8080")
	want := "{http://127.0.0.1:8080 {/s /d /t} [{ALPHA 90-B3-D5-1F-30-01-00-01 <nil>} {BRAVO 90-B3-D5-1F-30-01-00-03 <nil>}]"
	if text := fmt.Sprint(got); !strings.HasPrefix(text, want) {
		t.Errorf("got %s, want %s…", text, want)
	}
}

func TestWhatWaitsComesInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWaiting(1000)
		times := rapid.SliceOfN(rapid.Int64Range(0, 100), 0, 50).Draw(t, "times")
		for _, at := range times {
			if !w.add(scenario.Step{At: time.Duration(at)}) {
				t.Fatal("there is no room")
			}
		}
		now := time.Duration(rapid.Int64Range(0, 100).Draw(t, "now"))
		early := 0
		for _, at := range times {
			if time.Duration(at) <= now {
				early++
			}
		}
		last := time.Duration(-1)
		for range early {
			step, ok, _ := w.due(now)
			if !ok || step.At < last || step.At > now {
				t.Fatalf("at %v came %+v, %t, after %v", now, step, ok, last)
			}
			last = step.At
		}
		if step, ok, at := w.due(now); ok || at <= now || w.len() != len(times)-early {
			t.Fatalf("at %v came %+v; %d wait, the first until %v", now, step, w.len(), at)
		}
	})
}

func TestOnlyTheLastSecondsAreKept(t *testing.T) {
	alpha := newTally("ALPHA", 3)
	for second := range 10 {
		alpha.sent(scenario.Send{Attempt: 1}, time.Duration(second)*time.Second)
		alpha.answered(settled{endForwarded, scenario.Finished, time.Duration(second) * time.Second, time.Millisecond, time.Millisecond})
	}
	p := &Player{scenario: &scenario.Scenario{}, tallies: []*tally{alpha}, lateness: newTimes(), waiting: newWaiting(1)}
	seconds := p.result(false).Users[0].Seconds
	if len(seconds) != 3 || seconds[0].Number != 7 || seconds[2].Number != 9 || seconds[1].Sends != 1 || seconds[1].Forwarded != 1 {
		t.Errorf("kept %+v, want the seconds 7, 8 and 9", seconds)
	}
}
