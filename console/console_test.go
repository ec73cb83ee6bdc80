package console

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"srtm/journal"
	"srtm/policy"
	"srtm/traffic"
)

const portfolio = `account,name,user_id,role,portfolio
ALPHA,Alpha Energy,90-B3-D5-1F-30-01-00-00,IS,600000
BRAVO,Bravo Energy,90-B3-D5-1F-30-02-00-00,IS,400000
`

// world is a console over a real mechanism with a policy of 90/s.
type world struct {
	controller *traffic.Controller
	source     Source
	mu         sync.Mutex
	notReady   error
	head       *journal.Head
	key        string
	now        time.Time
}

// set changes what the console is told, while it runs.
func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

func newWorld(t testing.TB) *world {
	t.Helper()
	p, err := policy.Parse("policy.yaml", []byte("name: Test day\ncapacity: 100/s\nportfolio: portfolio.csv\n"),
		fstest.MapFS{"portfolio.csv": {Data: []byte(portfolio)}})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{now: time.Unix(1_700_000_000, 0)}
	if w.controller, err = traffic.New(p.Rules(), traffic.Start{At: w.now.UnixNano()}); err != nil {
		t.Fatal(err)
	}
	w.source = Source{
		Version: "1.2.3", Policy: func() *policy.Policy { return p }, Traffic: w.controller.Snapshot,
		Door: func() Door {
			return Door{
				Requests: 7, Answers: []Answer{{200, "dsp", 5}, {403, "foreign-originator", 2}}, ClientLeft: 1,
				DSPLatency: Histogram{[]time.Duration{time.Millisecond, time.Second}, []uint64{1, 5}, 5, time.Second},
			}
		},
		Journal: func() journal.Stats {
			return journal.Stats{Position: 12, Durable: 11, Failing: "the disk is full", Missing: 3}
		},
		Head:   func() (*journal.Head, string) { return w.head, w.key },
		Ready:  func() (err error) { w.set(func() { err = w.notReady }); return },
		Now:    func() (now time.Time) { w.set(func() { now = w.now }); return },
		Offset: func() time.Duration { return -90 * time.Second },
	}
	return w
}

func (w *world) send(user uint64, n int) {
	variants := []string{"4.8.1", "2.2", "1.5", "no such"}
	for i := range n {
		at := w.now.UnixNano() - int64(time.Second) + int64(i)*int64(time.Second)/int64(n)
		r := traffic.Request{User: user, Variant: variants[i%len(variants)], Counter: uint64(i), Command: 1}
		if w.source.Recent == nil { // all at once
			at = w.now.UnixNano()
		}
		if d, ok := w.controller.Admit(at, r); ok && w.source.Recent != nil {
			w.source.Recent.Saw(map[uint64]string{alpha: "ALPHA", bravo: "BRAVO", charlie: "CHARLIE"}[user], r, d)
		}
	}
}

const (
	alpha = 0x90B3D51F30010000
	bravo = 0x90B3D51F30020000
)

// running runs a Server until the test ends, and returns its address.
func running(t testing.TB, w *world) (*Server, string) {
	t.Helper()
	s := New(w.source, slog.New(slog.DiscardHandler))
	l, err := Listen(Address{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.http.Serve(l) }() // without Serve's own ticking: tests say when a second is over
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return s, "http://" + l.Addr().String()
}

// served runs a Server and returns a function that gets a path from it.
func served(t *testing.T, w *world) (*Server, func(path string) (int, string)) {
	t.Helper()
	s, addr := running(t, w)
	return s, func(path string) (int, string) {
		resp, err := http.Get(addr + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
}

func TestStateShowsEveryNumber(t *testing.T) {
	w := newWorld(t)
	s, get := served(t, w)
	s.meter.tick()
	s.meter.tick()
	w.send(alpha, 10)
	w.send(bravo, 100) // 18 within, 45 spare, 37 refused
	w.set(func() { w.now = w.now.Add(2 * time.Second) })

	_, body := get("/api/v1/state")
	var got State
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	if !got.Active || !got.Ready || got.Policy.Name != "Test day" || got.Policy.Threshold != Exact(90*traffic.PerSecond) || got.Version != "1.2.3" {
		t.Errorf("the whole: %+v", got)
	}
	b := got.Accounts[1]
	if b.Account != "BRAVO" || b.Name != "Bravo Energy" || b.Allocation != Exact(36*traffic.PerSecond) || b.Depth != Exact(18*traffic.SR) {
		t.Errorf("who BRAVO is: %+v", b)
	}
	if b.Offered != 100 || b.Forwarded != 63 || b.Throttled != 37 || b.WithinAllocation != 18 || b.FromSpare != 45 || !b.Hungry {
		t.Errorf("what became of BRAVO's requests: %+v", b)
	}
	if b.OfferedRate != 50 || got.Total.OfferedRate != 55 || got.Total.Throttled != 37 {
		t.Errorf("rates: BRAVO %v, all %+v", b.OfferedRate, got.Total)
	}
	if got.Door.Requests != 7 || len(got.Door.Answers) != 2 || got.DSP.MeanMS != 200 {
		t.Errorf("door %+v, DSP %+v", got.Door, got.DSP)
	}
	if got.Journal.Durable != 11 || got.Journal.Failing != "the disk is full" || got.Journal.Missing != 3 {
		t.Errorf("the journal: %+v", got.Journal)
	}
	if got.Offset != -90 {
		t.Errorf("the wall clock is 90 s behind, and the state says %v", got.Offset)
	}
	if !strings.Contains(body, `"allocation_per_s": 36,`) {
		t.Errorf("an allocation of 36/s is not written as 36 in %s", body)
	}
}

func TestReadinessSaysWhyNot(t *testing.T) {
	w := newWorld(t)
	_, get := served(t, w)
	if code, body := get("/readyz"); code != 200 || body != "ready\n" {
		t.Errorf("ready: %d %q", code, body)
	}
	w.set(func() { w.notReady = errors.New("draining") })
	if code, body := get("/readyz"); code != 503 || body != "draining\n" {
		t.Errorf("draining: %d %q", code, body)
	}
	if code, _ := get("/healthz"); code != 200 {
		t.Errorf("a process that drains is healthy, but /healthz answers %d", code)
	}
	if code, _ := get("/nowhere"); code != 404 {
		t.Errorf("/nowhere answers %d", code)
	}
	if code, body := get("/"); code != 200 || !strings.Contains(body, "Traffic management is") {
		t.Errorf("/ does not lead on: %d %q", code, body)
	}
}

func TestMetrics(t *testing.T) {
	w := newWorld(t)
	w.send(bravo, 100)
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(newCollector(w.source))
	problems, err := testutil.GatherAndLint(registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v %v", problems, err)
	}
	want := `
# HELP srtm_throttled_total Service Requests that were refused for traffic, other than while nothing is taken.
# TYPE srtm_throttled_total counter
srtm_throttled_total{account="ALPHA",reason="over-allocation"} 0
srtm_throttled_total{account="BRAVO",reason="over-allocation"} 37
# HELP srtm_active 1 while traffic management is active.
# TYPE srtm_active gauge
srtm_active 1
# HELP srtm_clock_offset_seconds By how much the wall clock is ahead of the time that decisions are made and recorded by, which never goes back.
# TYPE srtm_clock_offset_seconds gauge
srtm_clock_offset_seconds -90
# HELP srtm_door_answers_total Answers given; the reason dsp stands for the DSP's own.
# TYPE srtm_door_answers_total counter
srtm_door_answers_total{reason="dsp",status="200"} 5
srtm_door_answers_total{reason="foreign-originator",status="403"} 2
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "srtm_throttled_total", "srtm_active", "srtm_clock_offset_seconds", "srtm_door_answers_total"); err != nil {
		t.Error(err)
	}
	_, get := served(t, w)
	if code, body := get("/metrics"); code != 200 || !strings.Contains(body, `srtm_forwarded_total{account="BRAVO",reason="spare"} 45`) ||
		!strings.Contains(body, "go_goroutines") || !strings.Contains(body, `srtm_dsp_latency_seconds_bucket{le="1"} 5`) {
		t.Errorf("/metrics answers %d:\n%s", code, body)
	}
}

func TestOnlyLoopback(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "example.org:0", "127.0.0.1"} {
		if l, err := Listen(Address{Addr: addr}); err == nil {
			l.Close()
			t.Errorf("listened on %s", addr)
		}
	}
	s := New(newWorld(t).source, slog.New(slog.DiscardHandler))
	l, err := Listen(Address{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	defer s.Shutdown(context.Background())
	for host, want := range map[string]int{"attacker.example": 403, "127.0.0.1.example": 403, "localhost:9": 200, "[::1]:80": 200, "": 403} {
		r, err := http.NewRequest("GET", "http://"+l.Addr().String()+"/api/v1/state", nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Host = host; host == "" {
			r.Host = "rebound.example:80"
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("for the host %q the answer is %d, not %d", host, resp.StatusCode, want)
		}
	}
}
