package console

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"srtm/policy"
	"srtm/traffic"
)

const closedPolicy = `name: Test day
capacity: 100/s
portfolio: portfolio.csv
shadow: [BRAVO]
maintenance:
  - {start: 2023-11-14T22:00:00Z, end: 2023-11-15T04:00:00Z, capacity: 0/s, reason: release 5}
`

// closedWorld is a console over a mechanism that is closed for maintenance, with
// BRAVO in shadow; each account sent something before that began.
func closedWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	p, err := policy.Parse("policy.yaml", []byte(closedPolicy), fstest.MapFS{"portfolio.csv": {Data: []byte(portfolio)}})
	if err != nil {
		t.Fatal(err)
	}
	w.now = time.Date(2023, 11, 14, 21, 59, 59, 0, time.UTC)
	begins := w.now.Add(time.Second)
	if w.controller, err = traffic.New(p.At(w.now).Rules, traffic.Start{At: w.now.UnixNano()}); err != nil {
		t.Fatal(err)
	}
	w.source.Policy, w.source.Traffic = func() *policy.Policy { return p }, w.controller.Snapshot
	w.source.Period = func() policy.Period { return p.At(w.source.Now()) }
	w.send(alpha, 100) // 27 within, 45 spare, 28 refused
	w.send(bravo, 100) // 18 within, 82 in shadow
	if _, err := w.controller.Change(traffic.Planned{From: begins.UnixNano(), Rules: p.At(begins).Rules}); err != nil {
		t.Fatal(err)
	}
	w.now = begins
	w.send(alpha, 7)
	w.send(bravo, 5)
	return w
}

func TestClosedIsNotThrottled(t *testing.T) {
	w := closedWorld(t)
	_, get := served(t, w)
	_, body := get("/api/v1/state")
	var s State
	if err := json.Unmarshal([]byte(body), &s); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	a, b := s.Accounts[0].Rates, s.Accounts[1].Rates
	if a.Throttled != 28 || a.Closed != 7 || a.Shadowed != 0 || a.ShadowedClosed != 0 {
		t.Errorf("ALPHA, enforced: %+v", a)
	}
	if b.Throttled != 0 || b.Closed != 0 || b.Shadowed != 82 || b.ShadowedClosed != 5 {
		t.Errorf("BRAVO, in shadow: %+v", b)
	}
	for who, r := range map[string]Rates{"ALPHA": a, "BRAVO": b, "all": s.Total} {
		if sum := r.Forwarded + r.Throttled + r.Closed + r.Shadowed + r.ShadowedClosed; sum != r.Offered {
			t.Errorf("%s: the parts are %d and the whole is %d", who, sum, r.Offered)
		}
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(newCollector(w.source))
	want := `
# HELP srtm_closed_total Service Requests that were refused because nothing is taken, as in a maintenance with a capacity of 0.
# TYPE srtm_closed_total counter
srtm_closed_total{account="ALPHA"} 7
srtm_closed_total{account="BRAVO"} 0
# HELP srtm_shadowed_closed_total Service Requests that would have been refused because nothing is taken, and went on since that is not enforced.
# TYPE srtm_shadowed_closed_total counter
srtm_shadowed_closed_total{account="BRAVO"} 5
# HELP srtm_shadowed_total Service Requests that would have been refused for traffic, other than while nothing is taken, and went on since that is not enforced.
# TYPE srtm_shadowed_total counter
srtm_shadowed_total{account="BRAVO",reason="over-allocation"} 82
# HELP srtm_throttled_total Service Requests that were refused for traffic, other than while nothing is taken.
# TYPE srtm_throttled_total counter
srtm_throttled_total{account="ALPHA",reason="over-allocation"} 28
srtm_throttled_total{account="BRAVO",reason="over-allocation"} 0
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "srtm_closed_total", "srtm_shadowed_closed_total", "srtm_shadowed_total", "srtm_throttled_total"); err != nil {
		t.Error(err)
	}
}

func TestTheStateSaysWhyAndUntilWhen(t *testing.T) {
	w := closedWorld(t)
	s, _ := served(t, w)
	got := s.meter.state()
	want := []string{"maintenance 2023-11-14T22:00:00Z–2023-11-15T04:00:00Z: release 5"}
	if !slices.Equal(got.Now.Causes, want) || !got.Now.Closed || got.Now.Capacity != 0 || got.Now.Until == nil || !got.Now.Until.Equal(w.now.Add(6*time.Hour)) {
		t.Errorf("while closed for maintenance the state says %+v", got.Now)
	}
	if got.Mode != "enforce" || got.Accounts[0].Shadow || !got.Accounts[1].Shadow {
		t.Errorf("the mode is %q, in shadow are %v and %v", got.Mode, got.Accounts[0].Shadow, got.Accounts[1].Shadow)
	}
	w = newWorld(t)
	s, _ = served(t, w)
	if got := s.meter.state().Now; len(got.Causes) > 0 || got.Closed || got.Until != nil || got.Capacity != Exact(100*traffic.PerSecond) {
		t.Errorf("as the policy stands the state says %+v", got)
	}
}
