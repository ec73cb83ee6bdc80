package console

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"

	"srtm/policy"
	"srtm/traffic"
)

// everything is the town with all beside it, in shadow and with BRAVO held, so that
// every metric has a value.
func everything(t testing.TB) *world {
	t.Helper()
	w := town(t)
	p := *w.source.Policy()
	p.Exceptional = 3 * time.Hour
	w.source.Policy = func() *policy.Policy { return &p }
	w.source.Beside = func() Beside {
		return Beside{
			Folded: w.source.Now(), DiskFree: 1 << 40, DiskKnown: true,
			Certificates: []Certificate{{"tls-cert", time.Unix(1_800_000_000, 0)}, {"dsp-ca", time.Unix(1_900_000_000, 0)}},
			Notices:      &Notices{Put: 4, Delivered: 2, Failures: 3, GivenUp: 1, Pending: 1, Failing: 1, Oldest: w.now},
		}
	}
	rules := p.Rules()
	rules.Accounts[1].Held, rules.Accounts[1].Hold = true, 7*traffic.PerSecond
	rules.Accounts[2].Shadow = true
	w.now = w.now.Add(time.Second)
	ruled(t, w, rules)
	w.source.Recent = nil
	w.send(bravo, 900)
	w.send(charlie, 3000)
	rules.Closed, rules.Threshold, rules.Release = true, 0, 0
	for i := range rules.Accounts {
		rules.Accounts[i].Allocation = 0
	}
	w.now = w.now.Add(time.Second)
	ruled(t, w, rules)
	w.send(charlie, 3)
	return w
}

func ruled(t testing.TB, w *world, rules traffic.Rules) {
	t.Helper()
	if _, err := w.controller.Change(traffic.Planned{From: w.now.UnixNano(), Rules: rules}); err != nil {
		t.Fatal(err)
	}
	w.controller.Advance(w.now.UnixNano())
}

// scrape is what Prometheus reads: the text, the types of metrics by name, and the
// values by series.
type scrape struct {
	text   string
	types  map[string]string
	help   map[string]string
	series map[string]float64
}

// scraped is what /metrics answers for a collector of its own.
func scraped(t testing.TB, c *collector) scrape {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(c)
	return read(t, promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
}

func read(t testing.TB, h http.Handler) scrape {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/metrics", nil))
	out := scrape{rec.Body.String(), map[string]string{}, map[string]string{}, map[string]float64{}}
	if rec.Code != http.StatusOK {
		t.Fatalf("/metrics answers %d: %s", rec.Code, out.text)
	}
	for line := range strings.Lines(out.text) {
		line = strings.TrimSuffix(line, "\n")
		if rest, is := strings.CutPrefix(line, "# TYPE "); is {
			name, kind, _ := strings.Cut(rest, " ")
			out.types[name] = kind
		} else if rest, is := strings.CutPrefix(line, "# HELP "); is {
			name, help, _ := strings.Cut(rest, " ")
			out.help[name] = help
		} else {
			at := strings.LastIndexByte(line, ' ')
			v, err := strconv.ParseFloat(line[at+1:], 64)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			out.series[line[:at]] = v
		}
	}
	return out
}

// of are the series of one metric.
func (s scrape) of(name string) map[string]float64 {
	all := map[string]float64{}
	for series, v := range s.series {
		if series == name || strings.HasPrefix(series, name+"{") {
			all[series] = v
		}
	}
	return all
}

func TestEveryMetricHasAValueAndAGoodName(t *testing.T) {
	w := everything(t)
	got := scraped(t, newCollector(w.source))
	for _, f := range allFamilies() {
		if got.types[f.name] != f.kind || got.help[f.name] != f.help {
			t.Errorf("%s is listed as a %s, and /metrics says it is a %q: %s", f.name, f.kind, got.types[f.name], got.help[f.name])
		}
		delete(got.types, f.name)
	}
	for name := range got.types {
		t.Errorf("/metrics has %s, which is not listed", name)
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(newCollector(w.source))
	if problems, err := testutil.GatherAndLint(registry); err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v %v", problems, err)
	}
}

func TestAMetricThatIsNotKnownIsAbsent(t *testing.T) {
	got := scraped(t, newCollector(newWorld(t).source))
	for _, f := range []family{
		families.ActsRunning, families.LedgerFolded, families.DiskFree, families.Certificates, families.NoticesPut,
		families.NoticesOldest, families.Held,
	} {
		if found := got.of(f.name); len(found) > 0 {
			t.Errorf("nobody told %s, and /metrics says %v", f.name, found)
		}
	}
	if got.series[families.Capacity.name] != 100 || got.series[families.Threshold.name] != 90 {
		t.Errorf("the capacity of 100/s is %v, the threshold of 90/s %v", got.of(families.Capacity.name), got.of(families.Threshold.name))
	}
}

func TestLabelsAreBounded(t *testing.T) {
	w := newWorld(t)
	w.source.Door = func() Door {
		d := Door{Answers: []Answer{{200, "dsp", 1}, {299, "dsp", 2}, {777, "dsp", 3}, {778, "dsp", 4}, {99, "dsp", 5}, {504, "dsp-timeout", 6}, {502, "dsp-new", 7}, {503, "throttled", 8}}}
		for status := 100; status < 1000; status++ {
			d.Answers = append(d.Answers, Answer{status, "dsp", 0})
		}
		return d
	}
	var certificates []Certificate
	for i := range 100 {
		certificates = append(certificates, Certificate{strings.Repeat("x", i+1), time.Unix(int64(i), 0)})
	}
	w.source.Beside = func() Beside { return Beside{Certificates: certificates} }
	want := `
# HELP srtm_dsp_outcomes_total What became of Service Requests that went on to the DSP: the class of its answer's status code, or why there was none.
# TYPE srtm_dsp_outcomes_total counter
srtm_dsp_outcomes_total{outcome="1xx"} 0
srtm_dsp_outcomes_total{outcome="2xx"} 3
srtm_dsp_outcomes_total{outcome="3xx"} 0
srtm_dsp_outcomes_total{outcome="4xx"} 0
srtm_dsp_outcomes_total{outcome="5xx"} 0
srtm_dsp_outcomes_total{outcome="dsp-broken"} 0
srtm_dsp_outcomes_total{outcome="dsp-busy"} 0
srtm_dsp_outcomes_total{outcome="dsp-timeout"} 6
srtm_dsp_outcomes_total{outcome="dsp-unreachable"} 0
srtm_dsp_outcomes_total{outcome="other"} 19
srtm_dsp_outcomes_total{outcome="withheld"} 0
`
	if err := testutil.CollectAndCompare(newCollector(w.source), strings.NewReader(want), "srtm_dsp_outcomes_total"); err != nil {
		t.Error(err)
	}
	got := scraped(t, newCollector(w.source))
	answers := got.of("srtm_door_answers_total")
	if n := answers[`srtm_door_answers_total{reason="dsp",status="other"}`]; len(answers) > 70 || n != 14 { // 2 of 299, 3, 4 and 5
		t.Errorf("%d kinds of answers, and %v answers under other", len(answers), n)
	}
	if n := len(got.of("srtm_certificate_expiry_timestamp_seconds")); n != mostCertificates+1 {
		t.Errorf("%d certificates", n)
	}
}

func TestActivationsAreCounted(t *testing.T) {
	w := newWorld(t)
	c := newCollector(w.source)
	second := int64(time.Second)
	began := w.now.UnixNano()
	turns := []struct {
		what                string
		active              bool
		since, now          int64 // seconds after the start
		activations, length float64
	}{
		{"nothing yet", false, -5, 1, 0, 0},
		{"becomes active", true, 10, 10, 1, 0},
		{"is told twice", true, 10, 12, 1, 2},
		{"is released", false, 20, 25, 1, 10},
		{"an old message comes late", true, 10, 26, 1, 10},
		{"becomes active again", true, 30, 31, 2, 11},
		{"is released again", false, 34, 40, 2, 14},
	}
	for _, turn := range turns {
		w.set(func() { w.now = time.Unix(0, began+turn.now*second) })
		c.kept.observe(turn.active, began+turn.since*second)
		past := c.kept.look(w.source)
		if float64(past.activations) != turn.activations || past.active.Seconds() != turn.length {
			t.Errorf("%s: %d activations, active for %v; want %v, %v s", turn.what, past.activations, past.active, turn.activations, turn.length)
		}
	}
}

// Whatever changes of policy come between, no counter goes down, and all together
// they are what was decided.
func TestCountersNeverGoDown(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t)
		w.source.Recent = nil
		both := w.source.Policy().Rules()
		c := newCollector(w.source)
		before := map[string]float64{}
		sent := 0
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			switch rapid.IntRange(0, 3).Draw(r, "step") {
			case 0:
				n := rapid.IntRange(1, 30).Draw(r, "requests")
				user := rapid.SampledFrom([]uint64{alpha, bravo}).Draw(r, "user")
				sent += admitted(w, user, n)
			case 1:
				rules := both
				rules.Accounts = rapid.SampledFrom([][]traffic.Account{both.Accounts, both.Accounts[:1], both.Accounts[1:]}).Draw(r, "accounts")
				w.now = w.now.Add(time.Second)
				ruled(t, w, rules)
			case 2:
				c.kept.look(w.source)
			}
			if !rapid.Bool().Draw(r, "looked at") {
				continue
			}
			offered := 0.0
			now := scraped(t, c)
			for name, v := range before {
				if now.series[name] < v {
					r.Fatalf("%s was %v and is %v", name, v, now.series[name])
				}
			}
			for _, v := range now.of("srtm_offered_total") {
				offered += v
			}
			if offered != float64(sent) {
				r.Fatalf("%d were sent, and all accounts together offered %v", sent, offered)
			}
			before = now.counters()
		}
	})
}

func admitted(w *world, user uint64, n int) (decided int) {
	for range n {
		if _, ok := w.controller.Admit(w.now.UnixNano(), traffic.Request{User: user, Variant: "4.8.1", Counter: 1, Command: 1}); ok {
			decided++
		}
	}
	return decided
}

// counters are the values of all counters.
func (s scrape) counters() map[string]float64 {
	all := map[string]float64{}
	for series, v := range s.series {
		if name, _, _ := strings.Cut(series, "{"); s.types[name] == "counter" {
			all[series] = v
		}
	}
	return all
}

func TestAnAccountThatComesBackGoesOn(t *testing.T) {
	w := newWorld(t)
	both := w.source.Policy().Rules()
	c := newCollector(w.source)
	w.send(bravo, 100)
	c.kept.look(w.source)
	w.send(bravo, 3) // which nobody looked at before BRAVO went
	alone := both
	alone.Accounts = both.Accounts[:1]
	w.set(func() { w.now = w.now.Add(time.Second) })
	ruled(t, w, alone)
	offered := func(want map[string]float64) {
		t.Helper()
		got := scraped(t, c).of("srtm_offered_total")
		for name, v := range want {
			if n := got[`srtm_offered_total{account="`+name+`"}`]; n != v {
				t.Errorf("%s has offered %v, not %v", name, n, v)
			}
		}
		if len(got) != len(want) {
			t.Errorf("accounts: %v", got)
		}
	}
	offered(map[string]float64{"ALPHA": 0, "BRAVO": 100, "(other)": 3})
	w.set(func() { w.now = w.now.Add(time.Second) })
	ruled(t, w, both)
	offered(map[string]float64{"ALPHA": 0, "BRAVO": 100, "(other)": 3})
	w.send(bravo, 7)
	offered(map[string]float64{"ALPHA": 0, "BRAVO": 107, "(other)": 3})
}
