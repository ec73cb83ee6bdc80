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
	ask        func(q *traffic.Request)
	messages   []message               // of critical commands, that were forwarded
	name       string                  // of the policy
	cause      string                  // in all terms
	lowered    map[string]traffic.Rate // what the allocation is else, by account
	late       int64                   // by how much later than they begin terms are recorded
}

// message is one of a critical command.
type message struct {
	at int64
	traffic.Request
}

func (w *world) dir() string { return filepath.Join(w.data, "journal") }
func (w *world) user(i int) duis.EUI64 {
	return duis.EUI64(0x90B3D51F30010000 + uint64(i+1))
}

func rulesOfWorld(threshold traffic.Rate) traffic.Rules {
	r := traffic.Rules{Threshold: threshold, Release: threshold * 3 / 4, Hold: 2 * time.Second, Burst: time.Second, Slot: 10 * time.Millisecond,
		Variants: map[string]traffic.Treatment{"4.8.1": {Cost: traffic.SR * 3 / 2}}, LargestCost: 2 * traffic.SR, RetryLeast: time.Second, RetryMost: time.Minute}
	for i, name := range names {
		r.Accounts = append(r.Accounts, traffic.Account{Name: name, Allocation: threshold / 6 * traffic.Rate(i+1), Users: []uint64{0x90B3D51F30010000 + uint64(i+1)}})
	}
	return r
}

func newWorld(t testing.TB, seed uint64) *world {
	return newWorldOf(t, seed, rulesOfWorld(60*traffic.PerSecond))
}

func newWorldOf(t testing.TB, seed uint64, r traffic.Rules) *world {
	w := &world{t: t, data: t.TempDir(), now: &atomic.Int64{}, random: rand.New(rand.NewPCG(seed, 1)), rules: r}
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
	if restart { // what came last came a little after now
		w.now.Add(int64(time.Millisecond))
	}
	at := w.now.Load()
	c, err := traffic.New(w.rules, traffic.Start{At: at, Restart: restart})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range w.messages {
		c.Remember(m.at, m.Request)
	}
	w.controller, w.policy = c, 0
	w.journal.Append(at, &journal.Start{Environment: "test", Restart: restart, Wall: at})
	w.announce(at, func(string) (bool, bool) { return true, false })
}

// announce records a policy, and the terms of all accounts.
func (w *world) announce(at int64, how func(name string) (start, fresh bool)) {
	w.policy++
	files := []journal.File{{Name: "policy.yaml", Text: fmt.Sprintf("name: Policy %s%v\nportfolio: portfolio.csv\nshadow: [ALPHA, CHARLIE] # as BRAVO asked\n", w.name, w.rules.Threshold)},
		{Name: "portfolio.csv", Text: "account,name,user_id,role,portfolio\nsecret of all others\n"}}
	list := ""
	for i, role := range []string{"policy", "portfolio"} {
		list += fmt.Sprintf("%s %x\n", role, sha256.Sum256([]byte(files[i].Text)))
	}
	digest := fmt.Sprintf("%x", sha256.Sum256([]byte(list)))
	w.journal.Append(at, &journal.Policy{Number: w.policy, Name: "Policy", Environment: "test", Digest: digest, Files: files})
	for i, a := range w.rules.Accounts {
		terms := journal.TermsOf(w.rules, i)
		terms.Policy, terms.PolicyName, terms.Weight, terms.Weights, terms.From = digest, "Policy", "1", "3", at
		terms.Start, terms.New = how(a.Name)
		terms.Cause = w.cause
		if standing, lowered := w.lowered[a.Name]; lowered {
			terms.Standing, terms.Cause = standing, "maintenance: a release of the DSP's"
		}
		w.journal.Append(at+w.late, &terms)
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
	q := traffic.Request{User: uint64(w.user(i)), Variant: "2.2", Target: 0x00DB000000000000 + w.counter, Counter: w.counter, Command: 1}
	if w.counter%5 == 0 {
		q.Variant = "4.8.1"
	}
	if w.ask != nil {
		w.ask(&q)
	}
	n, ok := w.controller.Admit(at, q)
	if !ok {
		return // its account is gone
	}
	if n.Verdict != traffic.Throttle && q.Command >= 4 {
		w.messages = append(w.messages, message{n.At, q})
	}
	n.Slot, n.Account = 0, 0
	d := &journal.Decision{Own: journal.Own{Account: w.accountOf(i)}, Numbers: n, CommandVariant: duis.CommandVariant(q.Command), Variant: q.Variant,
		ID: duis.RequestID{Originator: w.user(i), Target: duis.EUI64(q.Target), Counter: q.Counter}}
	if w.drop != nil && w.drop(d) {
		return
	}
	verdict := d.Numbers.Verdict
	if w.lie != nil {
		w.lie(d)
	}
	ticket := w.journal.Append(n.At, d)
	if verdict != traffic.Throttle && w.counter%3 > 0 {
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
	return w.packQuery(Query{Account: account}, from, to)
}

// packWhole is pack with the policies' texts.
func (w *world) packWhole(account string, from, to float64) ([]byte, Packed) {
	w.t.Helper()
	return w.packQuery(Query{Account: account, WithPolicy: true}, from, to)
}

func (w *world) packQuery(q Query, from, to float64) ([]byte, Packed) {
	w.t.Helper()
	var b bytes.Buffer
	q.Journal, q.From, q.To = w.dir(), noon+int64(from*float64(second)), noon+int64(to*float64(second))
	p, err := Pack(&b, q)
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
