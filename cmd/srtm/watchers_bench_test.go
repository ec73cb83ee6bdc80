package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"srtm/access"
	"srtm/console"
	"srtm/policy"
	"srtm/traffic"
)

// How watchers are measured.
const (
	benchWatchers = 500
	benchCallers  = 256             // connections that send as fast as they are answered
	benchPhase    = 5 * time.Second // of each reading
	benchSettle   = 2 * time.Second // after watchers came or went
)

// BenchmarkConsoleWatched alternates phases in which nobody watches with phases in which
// 500 do, before one gateway, and reports what the watchers cost: of its throughput, and
// of its processor time for each request, which says more where callers and watchers have
// the same processors. An iteration is one phase of each, and which comes first changes.
//
// The gateway is a process of its own, as a user runs it: journal, ledger and console, the
// policy scenarios/national with its 200 Service Users. Half of the watchers are
// operators, who see everybody; the others belong to the Service Users in turn. They are
// a process of their own, too. Callers, and a DSP that answers at once, are this process.
//
// Under "quiet" nobody sends; then the processor time that the gateway uses in a second is
// what it costs to have it, and to be watched.
func BenchmarkConsoleWatched(b *testing.B) {
	for _, c := range []struct {
		name, capacity string
		load           bool
	}{
		{"quiet", "2000/s", false},
		{"forwarded", "1000000/s", true}, // more than comes: all of it goes on to the DSP
		{"throttled", "2000/s", true},    // as the policy has it: most is refused
	} {
		b.Run(c.name, func(b *testing.B) {
			w := newWatched(b, c.capacity)
			if c.load {
				w.load(b)
			}
			var pairs []pair
			fmt.Println() // after the benchmark's name
			for b.Loop() {
				pairs = append(pairs, w.pair(b, len(pairs)%2 == 1))
			}
			if c.load {
				tell(b, pairs)
			} else {
				tellQuiet(b, pairs)
			}
			b.ReportMetric(0, "ns/op") // how long an iteration is says nothing
		})
	}
}

// phase is what a reading of some seconds found: requests, and the gateway's processor
// time for each in µs, and for each second in ms.
type phase struct{ perSecond, perRequest, busy float64 }

type pair struct{ without, with phase }

// watchedDoor is a gateway in a process of its own.
type watchedDoor struct {
	dir, addr, admin, operator string
	policy                     *policy.Policy
	callers                    callers
}

// newWatched starts a gateway under the national policy with another capacity.
func newWatched(b *testing.B, capacity string) *watchedDoor {
	w := &watchedDoor{dir: b.TempDir()}
	const from = "../../scenarios/national"
	if err := os.CopyFS(w.dir, os.DirFS(from)); err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(from, "policy.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(w.dir, "capacity.yaml")
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "capacity: 2000/s", "capacity: "+capacity, 1)), 0o644); err != nil {
		b.Fatal(err)
	}
	if w.policy, err = policy.Load(file); err != nil {
		b.Fatal(err)
	}
	w.makeTokens(b)
	for _, to := range []*string{&w.addr, &w.admin} {
		if *to, err = freeAddress(); err != nil {
			b.Fatal(err)
		}
	}
	w.start(b, file)
	return w
}

// makeTokens writes the watchers' tokens to a file, one a line.
func (w *watchedDoor) makeTokens(b *testing.B) {
	g, err := access.Open(accessFolder(filepath.Join(w.dir, "data")), access.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer g.Close()
	token := func(grant access.Grant) string {
		secret, err := g.Token(grant, time.Now().Add(time.Hour))
		if err != nil {
			b.Fatal(err)
		}
		return secret
	}
	w.operator = token(access.Grant{Name: "operator", Roles: []access.Role{access.Operator}})
	accounts := w.policy.Accounts
	own := make([]string, len(accounts))
	var lines strings.Builder
	for i := range benchWatchers {
		if i%2 == 0 {
			fmt.Fprintln(&lines, w.operator)
			continue
		}
		n := i / 2 % len(accounts)
		if own[n] == "" {
			own[n] = token(access.Grant{Name: "user-" + strconv.Itoa(n), Roles: []access.Role{access.ServiceUser}, Account: accounts[n].Name})
		}
		fmt.Fprintln(&lines, own[n])
	}
	if err := os.WriteFile(w.tokens(), []byte(lines.String()), 0o600); err != nil {
		b.Fatal(err)
	}
}

func (w *watchedDoor) tokens() string { return filepath.Join(w.dir, "tokens") }

// start starts the gateway and waits until it takes requests.
func (w *watchedDoor) start(b *testing.B, file string) {
	gateway := w.process(b, "srtm", "gateway", "--policy", file, "--listen", w.addr, "--dsp", "http://"+answerAtOnce(b),
		"--data", filepath.Join(w.dir, "data"), "--admin", w.admin, "--log-level", "error")
	var log strings.Builder
	gateway.Stderr = &log
	if err := gateway.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = gateway.Process.Signal(os.Interrupt)
		if err := gateway.Wait(); err != nil {
			b.Errorf("the gateway: %v: %s", err, log.String())
		}
	})
	for limit := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if resp, err := http.Get("http://" + w.admin + "/readyz"); err == nil {
			resp.Body.Close()
			return
		}
		if time.Now().After(limit) {
			b.Fatalf("the gateway does not start")
		}
	}
}

// process is this program under another name: TestMain says what it does then.
func (w *watchedDoor) process(b *testing.B, name string, args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	p := exec.Command(self, args...)
	p.Args[0] = name
	return p
}

// load has callers send until the end.
func (w *watchedDoor) load(b *testing.B) {
	w.callers.addr = w.addr
	for _, a := range w.policy.Rules().Accounts {
		w.callers.users = append(w.callers.users, a.Users[0])
	}
	stop := w.callers.send()
	b.Cleanup(func() {
		if err := stop(); err != nil {
			b.Error(err)
		}
	})
	time.Sleep(benchSettle)
}

// pair takes a reading of each kind.
func (w *watchedDoor) pair(b *testing.B, watchedFirst bool) (p pair) {
	if !watchedFirst {
		p.without = w.phase(b)
	}
	leave := w.watch(b)
	time.Sleep(benchSettle)
	p.with = w.phase(b)
	leave()
	time.Sleep(benchSettle)
	if watchedFirst {
		p.without = w.phase(b)
	}
	return p
}

// phase reads for some seconds.
func (w *watchedDoor) phase(b *testing.B) phase {
	used, answered, began := w.processorTime(b), w.callers.answered.Load(), time.Now()
	time.Sleep(benchPhase)
	n := float64(w.callers.answered.Load() - answered)
	used = w.processorTime(b) - used
	seconds := time.Since(began).Seconds()
	return phase{n / seconds, used * 1e6 / n, used * 1e3 / seconds}
}

// processorTime is what the gateway has used so far, in seconds, as its metrics say.
func (w *watchedDoor) processorTime(b *testing.B) float64 {
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://"+w.admin+"/metrics", nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.operator)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if value, is := strings.CutPrefix(lines.Text(), "process_cpu_seconds_total "); is {
			seconds, err := strconv.ParseFloat(value, 64)
			if err != nil {
				b.Fatal(err)
			}
			return seconds
		}
	}
	b.Fatalf("%s: no process_cpu_seconds_total in /metrics", resp.Status)
	return 0
}

// watch has the watchers come, and returns when each has had its first event.
func (w *watchedDoor) watch(b *testing.B) (leave func()) {
	p := w.process(b, "crowd", w.admin, w.tokens())
	p.Stderr = os.Stderr
	in, err := p.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := p.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := p.Start(); err != nil {
		b.Fatal(err)
	}
	said := bufio.NewScanner(out)
	if !said.Scan() {
		b.Fatalf("the watchers do not come: %v", p.Wait())
	}
	return func() {
		_ = in.Close()
		if !said.Scan() {
			b.Error("the watchers left without a word")
		}
		fmt.Println(said.Text())
		_, _ = io.Copy(io.Discard, out)
		if err := p.Wait(); err != nil { // also when one of them was dropped
			b.Errorf("the watchers: %v", err)
		}
	}
}

// tell reports medians, and how far the pairs are apart.
func tell(b *testing.B, pairs []pair) {
	all := map[string][]float64{}
	for i, p := range pairs {
		slower, dearer := 100*(1-p.with.perSecond/p.without.perSecond), 100*(p.with.perRequest/p.without.perRequest-1)
		fmt.Printf("%d: without %6.0f/s, %5.2f µs each; with %d watchers %6.0f/s, %5.2f µs each: throughput %+.1f %%, processor time %+.1f %%\n",
			i+1, p.without.perSecond, p.without.perRequest, benchWatchers, p.with.perSecond, p.with.perRequest, -slower, dearer)
		for unit, v := range map[string]float64{"req/s-without": p.without.perSecond, "req/s-with": p.with.perSecond, "%slower": slower,
			"µs/req-without": p.without.perRequest, "µs/req-with": p.with.perRequest, "%dearer": dearer} {
			all[unit] = append(all[unit], v)
		}
	}
	medians(b, all)
}

// tellQuiet does so where nobody sends.
func tellQuiet(b *testing.B, pairs []pair) {
	all := map[string][]float64{}
	for _, p := range pairs {
		all["ms/s-without"] = append(all["ms/s-without"], p.without.busy)
		all["ms/s-with"] = append(all["ms/s-with"], p.with.busy)
	}
	medians(b, all)
}

func medians(b *testing.B, all map[string][]float64) {
	for _, unit := range slices.Sorted(maps.Keys(all)) {
		of := slices.Sorted(slices.Values(all[unit]))
		n := len(of)
		median := (of[(n-1)/2] + of[n/2]) / 2
		b.ReportMetric(median, unit)
		fmt.Printf("%-14s median %9.2f, from %9.2f to %9.2f\n", unit, median, of[0], of[n-1])
	}
}

// BenchmarkSeen is a decision, and one that the console may show afterwards: what the
// door pays for a console that nobody looks at.
func BenchmarkSeen(b *testing.B) {
	p, err := policy.Load("../../scenarios/national/policy.yaml")
	if err != nil {
		b.Fatal(err)
	}
	rules := p.Rules()
	for _, name := range []string{"decided", "decided and seen"} {
		b.Run(name, func(b *testing.B) {
			c, err := traffic.New(rules, traffic.Start{At: 1})
			if err != nil {
				b.Fatal(err)
			}
			admit := c.Admit
			if name != "decided" {
				admit = (&seen{Controller: c, recent: console.NewRecent()}).Admit
			}
			n := 0
			for b.Loop() {
				n++
				user := rules.Accounts[n%len(rules.Accounts)].Users[0]
				admit(int64(n)*int64(time.Millisecond), traffic.Request{User: user, Target: 1, Counter: uint64(n), Command: 1, Variant: "4.8.1"})
			}
		})
	}
}
