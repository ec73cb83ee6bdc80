package evidence

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// second is the time of tests: nanoseconds since 1970 UTC.
const second = int64(time.Second)

// noon is when every world begins: 2026-10-14 12:00:00 UTC.
const noon = 1_791_979_200 * second

// names are the accounts of a world.
var names = []string{"ALPHA", "BRAVO", "CHARLIE"}

// world is a gateway without a network: the mechanism itself, and a journal that
// its decisions are recorded in, in virtual time.
type world struct {
	t          testing.TB
	data       string
	journal    *journal.Journal
	now        *atomic.Int64
	controller *traffic.Controller
	rules      traffic.Rules
	random     *rand.Rand
	policy     uint32
	counter    uint64
	lie        func(*journal.Decision) // alters what is recorded; nil: nothing does
	drop       func(*journal.Decision) bool
}

func (w *world) dir() string { return filepath.Join(w.data, "journal") }
func (w *world) user(i int) duis.EUI64 {
	return duis.EUI64(0x90B3D51F30010000 + uint64(i+1))
}

func rulesOfWorld(threshold traffic.Rate) traffic.Rules {
	r := traffic.Rules{Threshold: threshold, Release: threshold * 3 / 4, Hold: 2 * time.Second, Burst: time.Second, Slot: 10 * time.Millisecond,
		LargestCost: 2 * traffic.SR, RetryLeast: time.Second, RetryMost: time.Minute}
	for i, name := range names {
		r.Accounts = append(r.Accounts, traffic.Account{Name: name, Allocation: threshold / 6 * traffic.Rate(i+1), Users: []uint64{0x90B3D51F30010000 + uint64(i+1)}})
	}
	return r
}

func newWorld(t testing.TB, seed uint64) *world {
	w := &world{t: t, data: t.TempDir(), now: &atomic.Int64{}, random: rand.New(rand.NewPCG(seed, 1)), rules: rulesOfWorld(60 * traffic.PerSecond)}
	w.now.Store(noon)
	w.open()
	w.start(false)
	return w
}

func (w *world) open() {
	w.t.Helper()
	j, err := journal.Open(w.dir(), journal.Options{Environment: "test", Keys: filepath.Join(w.data, "keys"), Heads: 2 * time.Second,
		Segment: 20 << 10, Now: w.now.Load})
	if err != nil {
		w.t.Fatal(err)
	}
	w.journal = j
	w.t.Cleanup(func() { _ = j.Close() })
}

func (w *world) start(restart bool) {
	w.t.Helper()
	at := w.now.Load()
	c, err := traffic.New(w.rules, traffic.Start{At: at, Restart: restart})
	if err != nil {
		w.t.Fatal(err)
	}
	w.controller, w.policy = c, 0
	w.journal.Append(at, &journal.Start{Environment: "test", Restart: restart, Wall: at})
	w.announce(at, func(string) (bool, bool) { return true, false })
}

// announce records a policy, and the terms of all accounts.
func (w *world) announce(at int64, how func(name string) (start, fresh bool)) {
	w.policy++
	files := []journal.File{{Name: "policy.yaml", Text: fmt.Sprintf("name: Policy %v\nportfolio: portfolio.csv\n", w.rules.Threshold)},
		{Name: "portfolio.csv", Text: "account,name,user_id,role,portfolio\nsecret of all others\n"}}
	list := ""
	for i, role := range []string{"policy", "portfolio"} {
		list += fmt.Sprintf("%s %x\n", role, sha256.Sum256([]byte(files[i].Text)))
	}
	digest := fmt.Sprintf("%x", sha256.Sum256([]byte(list)))
	w.journal.Append(at, &journal.Policy{Number: w.policy, Name: "Policy", Environment: "test", Digest: digest, Files: files})
	for _, a := range w.rules.Accounts {
		start, fresh := how(a.Name)
		w.journal.Append(at, &journal.Terms{Own: journal.Own{Account: a.Name}, Policy: digest, PolicyName: "Policy", Start: start, New: fresh,
			Allocation: a.Allocation, Depth: w.rules.Depth(a.Allocation), Threshold: w.rules.Threshold, Burst: w.rules.Burst, Slot: w.rules.Slot,
			LargestCost: w.rules.LargestCost, RetryLeast: w.rules.RetryLeast, RetryMost: w.rules.RetryMost, Weight: "1", Weights: "3"})
	}
}

// change puts other rules in force at the next boundary.
func (w *world) change(r traffic.Rules) {
	w.t.Helper()
	old := map[string]bool{}
	for _, a := range w.rules.Accounts {
		old[a.Name] = true
	}
	w.controller.Advance(w.now.Load()) // else the change would begin at a boundary in the past
	if _, err := w.controller.Change(traffic.Planned{Rules: r}); err != nil {
		w.t.Fatal(err)
	}
	slot := int64(r.Slot)
	at := (w.now.Load()/slot + 1) * slot
	w.now.Store(at)
	w.controller.Advance(at)
	w.rules = r
	w.announce(at, func(name string) (bool, bool) { return false, !old[name] })
}

// run lets so many milliseconds pass, in which account i sends rates[i] requests
// a second on average, in lumps.
func (w *world) run(milliseconds int, rates ...float64) {
	w.t.Helper()
	for range milliseconds {
		at := w.now.Add(int64(time.Millisecond)) + w.random.Int64N(1000)
		for i, rate := range rates {
			for w.random.Float64() < rate/1000/(1+rate/1000) {
				w.send(i, at)
			}
		}
		if w.now.Load()%second == 0 {
			w.sync()
		}
	}
	w.sync()
}

func (w *world) send(i int, at int64) {
	w.counter++
	cost := traffic.SR
	if w.counter%5 == 0 {
		cost = traffic.SR * 3 / 2
	}
	n, ok := w.controller.Admit(at, traffic.Request{User: uint64(w.user(i)), Cost: cost})
	if !ok {
		w.t.Fatal("no account")
	}
	n.Slot, n.Account = 0, 0
	d := &journal.Decision{Own: journal.Own{Account: w.accountOf(i)}, Numbers: n, CommandVariant: 1, Variant: "2.2",
		ID: duis.RequestID{Originator: w.user(i), Target: duis.EUI64(0x00DB000000000000 + w.counter), Counter: w.counter}}
	if w.drop != nil && w.drop(d) {
		return
	}
	verdict := d.Numbers.Verdict
	if w.lie != nil {
		w.lie(d)
	}
	ticket := w.journal.Append(n.At, d)
	if verdict == traffic.Forward && w.counter%3 > 0 {
		w.journal.Append(n.At+3*int64(time.Millisecond), &journal.Outcome{Own: journal.Own{Account: d.Account}, Decision: ticket.Position(), User: d.ID.Originator, Variant: d.Variant,
			End: journal.Answered, Status: 200, Latency: 212 * time.Millisecond})
	}
}

func (w *world) accountOf(i int) string { return names[i] }

func (w *world) sync() {
	w.t.Helper()
	if err := w.journal.Sync(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) close() {
	w.t.Helper()
	w.journal.Append(w.now.Load(), &journal.Stop{Reason: "test"})
	if err := w.journal.Close(); err != nil {
		w.t.Fatal(err)
	}
}

// key is the verifier key of the world's heads.
func (w *world) key() string {
	w.t.Helper()
	b, err := os.ReadFile(filepath.Join(w.data, "keys", "head.pub"))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(bytes.TrimSpace(b))
}

// pack packs what lies between two times, in seconds after noon.
func (w *world) pack(account string, from, to float64) ([]byte, Packed) {
	w.t.Helper()
	var b bytes.Buffer
	p, err := Pack(&b, Query{Journal: w.dir(), Account: account, From: noon + int64(from*float64(second)), To: noon + int64(to*float64(second))})
	if err != nil {
		w.t.Fatal(err)
	}
	return b.Bytes(), p
}

func check(b []byte, trust Trust) *Result { return Check(bytes.NewReader(b), int64(len(b)), trust) }

// busy is a world with overload, a change of policy and a restart: 12 s.
func busy(t testing.TB, seed uint64) *world {
	w := newWorld(t, seed)
	w.run(3000, 5, 60, 40)
	w.run(1000, 5, 2, 3)
	w.change(rulesOfWorld(90 * traffic.PerSecond))
	w.run(3000, 90, 80, 10)
	w.close()
	w.open()
	w.start(true)
	w.run(3000, 30, 200, 3)
	w.change(rulesOfWorld(30 * traffic.PerSecond))
	w.run(2000, 30, 20, 30)
	w.close()
	return w
}

// failer is a test, or a property's case.
type failer interface {
	Helper()
	Fatalf(string, ...any)
}

func wantSound(t failer, r *Result) {
	t.Helper()
	if !r.Sound() {
		var b bytes.Buffer
		_ = r.Write(&b)
		t.Fatalf("%s", b.String())
	}
}

func copyFolder(t testing.TB, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}
