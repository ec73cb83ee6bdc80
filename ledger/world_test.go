package ledger

import (
	"container/heap"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// item is what a journal's Reader gives: a record, or damage.
type item struct {
	entry  *journal.Entry
	damage *journal.DamageError
}

// slice is a Source of items from a position on.
type slice struct {
	items []item
	end   int // give no more than so many
}

func (s *slice) Next() (*journal.Entry, error) {
	if len(s.items) == 0 || s.end == 0 {
		return nil, io.EOF
	}
	next := s.items[0]
	s.items, s.end = s.items[1:], s.end-1
	if next.damage != nil {
		return nil, next.damage
	}
	return next.entry, nil
}

// from returns a source that begins with the record at p, or where it would be.
func from(items []item, p journal.Position) *slice {
	i := 0
	for i < len(items) && (items[i].damage != nil || items[i].entry.Position < p) {
		i++
	}
	return &slice{items[i:], -1}
}

// world is a gateway whose clock is a number: real decisions by a real Controller
// about what generated Service Users send, and the records that they leave.
type world struct {
	rng      *rand.Rand
	rules    traffic.Rules
	control  *traffic.Controller
	active   bool
	policy   uint32
	standing []traffic.Rate // allocations, if nothing lowered them
	cause    string
	usual    traffic.Rate // T, if nothing lowered it

	at       int64
	position journal.Position
	items    []item
	due      futures
	counter  uint64
	nth      int
	mute     bool // what is recorded is lost
	punctual bool // no record comes between deciding and writing
}

// future is something that will happen: an outcome, or a request that is sent again.
type future struct {
	at      int64
	nth     int
	outcome *journal.Outcome
	again   *request
}

type request struct {
	account  int
	id       duis.RequestID
	variant  string
	command  duis.CommandVariant
	attempts int
}

var worldVariants = []string{"4.8.1", "4.1.1", "2.2", "1.5", "8.4", "6.23", "9.99.9", "nonsense"}

const worldStart = 1_793_491_190_000_000_000 // 2026-10-31 23:59:50 UTC

func newWorld(seed uint64) *world {
	w := &world{rng: rand.New(rand.NewPCG(seed, 3)), at: worldStart}
	w.rules = w.anyRules(2 + w.rng.IntN(4))
	w.start(false)
	return w
}

func (w *world) anyRules(accounts int) traffic.Rules {
	threshold := traffic.Rate(20+w.rng.IntN(40)) * traffic.PerSecond
	r := traffic.Rules{
		Threshold: threshold, Release: threshold / 10 * 8, Hold: 500 * time.Millisecond, Burst: time.Duration(1+w.rng.IntN(3)) * time.Second,
		Slot: 10 * time.Millisecond, LargestCost: 2 * traffic.SR, RetryLeast: time.Second, RetryMost: time.Minute,
	}
	for i := range accounts {
		a := traffic.Account{Name: fmt.Sprintf("U%d", i), Users: []uint64{uint64(i)<<8 | 1, 1<<63 | uint64(i)<<8}}
		if i > 0 {
			a.Allocation = threshold / traffic.Rate(accounts) / traffic.Rate(1+w.rng.IntN(3))
		}
		r.Accounts = append(r.Accounts, a)
	}
	w.extend(&r)
	return r
}

func (w *world) own(account int) journal.Own {
	return journal.Own{Account: w.rules.Accounts[account].Name, ID: uint32(account + 1)}
}

// emit writes a record.
func (w *world) emit(at int64, r journal.Record) journal.Position {
	w.at = max(w.at, at)
	w.position++
	if w.mute {
		return w.position
	}
	raw := binary.AppendUvarint([]byte("record"), uint64(w.position)*uint64(w.rules.Threshold))
	w.items = append(w.items, item{entry: &journal.Entry{Position: w.position, At: w.at, Record: r, Raw: raw}})
	return w.position
}

func (w *world) start(restart bool) {
	control, err := traffic.New(w.rules, traffic.Start{At: w.at, Restart: restart})
	if err != nil {
		panic(err)
	}
	w.control, w.active, w.policy = control, false, 1
	w.emit(w.at, &journal.Start{Version: "v1", Node: "a", Environment: "test", Restart: restart, Wall: w.at + 5})
	w.obey(true, false)
}

// obey writes the policy and everybody's terms.
func (w *world) obey(start, repeated bool) {
	if !repeated {
		digest := fmt.Sprintf("%064x", w.rules.Threshold)
		w.emit(w.at, &journal.Policy{Number: w.policy, Name: "P", Environment: "test", Digest: digest, Who: "somebody", Why: "because",
			Files: []journal.File{{Name: "policy.yaml", Text: "name: P\n" + digest}, {Name: "portfolio.csv", Text: "é\x00\xff"}}})
	}
	for i := range w.rules.Accounts {
		t := w.terms(i)
		t.Start, t.Repeated = start, repeated
		if w.rng.IntN(2) == 0 {
			t.From = w.at
		}
		w.emit(w.at, &t)
	}
	w.byHand()
}

// run lets so much time pass, in which accounts send at a multiple of T.
func (w *world) run(length time.Duration, load float64) {
	end := w.at + int64(length)
	for next := w.at; ; {
		next += int64(w.rng.ExpFloat64() * float64(time.Second) / max(load*float64(w.usual/traffic.PerSecond), 1e-9))
		w.settle(min(next, end))
		if next >= end || next < 0 {
			w.at = max(w.at, end)
			return
		}
		w.send(next, w.anyRequest())
	}
}

// settle does all that is due until a time.
func (w *world) settle(until int64) {
	for len(w.due) > 0 && w.due[0].at <= until {
		next := heap.Pop(&w.due).(future)
		w.advance(next.at)
		if next.outcome != nil {
			w.emit(next.at, next.outcome)
		} else {
			w.send(next.at, next.again)
		}
	}
	w.advance(until)
}

func (w *world) advance(at int64) {
	w.control.Advance(at)
	if active, since := w.control.Active(); w.active && !active {
		w.active = false
		w.emit(since, &journal.Release{})
	}
}

func (w *world) anyRequest() *request {
	w.counter++
	account := w.rng.IntN(len(w.rules.Accounts))
	if w.rng.IntN(2) == 0 {
		account = 0 // the loud one, of allocation 0
	}
	r := &request{account: account, variant: worldVariants[w.rng.IntN(len(worldVariants))], command: 1}
	switch r.variant {
	case "8.4":
		r.command = 8
	case "6.23":
		r.command = duis.CommandVariant(4 + w.rng.IntN(2))
	}
	users := w.rules.Accounts[account].Users
	r.id = duis.RequestID{Originator: duis.EUI64(users[w.rng.IntN(len(users))]), Target: duis.EUI64(w.rng.IntN(40)), Counter: w.counter}
	if w.rng.IntN(8) == 0 && r.variant == "6.23" {
		r.id.Counter = uint64(w.rng.IntN(20)) // the two messages of a critical command share a RequestID
	}
	return r
}

// send has a request decided, and says what follows.
func (w *world) send(at int64, r *request) {
	w.advance(at)
	cost := traffic.SR
	if r.variant == "4.8.1" {
		cost = 3 * traffic.SR / 2
	}
	d, ok := w.control.Admit(at, traffic.Request{User: uint64(r.id.Originator), Cost: cost, Variant: r.variant, Target: uint64(r.id.Target),
		Counter: r.id.Counter, Command: uint8(r.command)})
	if !ok {
		panic("no account")
	}
	d.Slot, d.Account = 0, 0
	own := w.own(r.account)
	if !w.punctual && w.rng.IntN(20) == 0 { // another record comes between deciding and writing
		w.emit(d.At+w.rng.Int64N(int64(time.Second)), &journal.Clock{})
	}
	p := w.emit(d.At, &journal.Decision{Own: own, Numbers: d, ID: r.id, CommandVariant: r.command, Variant: r.variant})
	if d.Activated {
		w.active = true
		w.emit(d.At, &journal.Activation{Decision: p})
	}
	if d.Verdict == traffic.Throttle {
		w.retry(d, *r)
		return
	}
	if w.rng.IntN(30) == 0 {
		return // its outcome is lost
	}
	o := &journal.Outcome{Own: own, Decision: p, User: r.id.Originator, Variant: r.variant, End: journal.Answered, Status: 200,
		Latency: time.Duration(w.rng.ExpFloat64() * float64(50*time.Millisecond)), ClientLeft: w.rng.IntN(40) == 0}
	switch w.rng.IntN(20) {
	case 0:
		o.Status = 503
	case 1:
		o.End, o.Status, o.Latency = journal.End(2+w.rng.IntN(journal.Ends-2)), 0, 0
	case 2:
		o.Latency = time.Duration(w.rng.IntN(70)) * time.Second
	}
	w.later(future{at: d.At + int64(o.Latency) + 1, outcome: o})
}

func (w *world) retry(d traffic.Decision, r request) {
	if r.attempts++; r.attempts > 6 || w.rng.IntN(5) == 0 {
		return // gives up
	}
	if w.rng.IntN(4) == 0 {
		w.counter++
		r.id.Counter = w.counter
	}
	wait := int64(d.RetryAfter) * int64(time.Second)
	if w.rng.IntN(12) == 0 {
		wait = int64(24*time.Hour) - 1 + int64(w.rng.IntN(3)) // about as long as it is followed
	}
	w.later(future{at: d.At + wait, again: &r})
}

func (w *world) later(f future) {
	w.nth++
	f.nth = w.nth
	heap.Push(&w.due, f)
}

// futures is a heap: the first is the next.
type futures []future

func (q futures) Len() int { return len(q) }
func (q futures) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].nth < q[j].nth
}
func (q futures) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *futures) Push(f any)   { *q = append(*q, f.(future)) }
func (q *futures) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// forget drops all outcomes under way: as a crash does.
func (w *world) forget() {
	w.due = slices.DeleteFunc(w.due, func(f future) bool { return f.outcome != nil })
	heap.Init(&w.due)
}

// happen is something else than traffic.
func (w *world) happen() {
	switch w.rng.IntN(10) {
	case 0:
		w.emit(w.at, &journal.Stop{Reason: "ordered"})
		w.forget()
		w.start(true)
	case 1: // a crash
		w.forget()
		w.at += int64(time.Second)
		w.start(true)
	case 2:
		w.change()
	case 3:
		w.emit(w.at, &journal.Head{Text: "head"})
		w.obey(false, true)
	case 4:
		w.emit(w.at, &journal.Act{Who: "operator", What: "hold", Why: "test", Account: "U1", Until: w.at + 1})
		w.emit(w.at, &journal.Act{Who: "operator", What: "reference", Why: "test", Reference: "INC-1", About: 3})
		w.emit(w.at, &journal.Clock{Offset: -time.Millisecond})
	case 5:
		w.miss()
	case 6:
		w.items = append(w.items, item{damage: &journal.DamageError{File: "segment", Offset: int64(w.position), After: w.position, What: "a flipped bit"}})
		w.position += 2
	case 7:
		w.emit(w.at, &journal.Damage{File: "segment", Offset: int64(w.position), Bytes: 7, Cut: true, What: "a torn tail"})
	case 8:
		w.inform()
	case 9:
		w.change()
	}
}

// change has another policy in force from a boundary on, which is the time of its
// records.
func (w *world) change() {
	w.punctual = true
	before := w.at + 2*int64(w.rules.Slot)
	w.settle(before)
	w.at = (max(w.at, before)/int64(w.rules.Slot) + 1) * int64(w.rules.Slot)
	w.punctual = false
	accounts := len(w.rules.Accounts)
	next := w.anyRules(accounts)
	if _, err := w.control.Change(traffic.Planned{Rules: next}); err != nil {
		panic(err)
	}
	w.advance(w.at)
	w.rules = next
	w.policy++
	w.obey(false, false)
}

// miss leaves records out, and says so.
func (w *world) miss() {
	w.run(time.Second, float64(w.rng.IntN(4)))
	first := w.position + 1
	w.mute = true
	w.emit(w.at, &journal.Clock{})
	w.run(time.Duration(w.rng.IntN(4000))*time.Millisecond, float64(w.rng.IntN(2))*w.rng.Float64()*2.5)
	w.mute = false
	w.emit(w.at, &journal.Gap{Cause: "disk full", First: first, Last: w.position, Decisions: 2, Outcomes: 1, From: w.at, To: w.at})
	w.emit(w.at, &journal.Lost{Own: w.own(0), Decisions: 2, Outcomes: 1, From: w.at, To: w.at})
}

// story is a world with quiet and overload, nights in between, and mishaps.
func story(seed uint64, chapters int) []item {
	w := newWorld(seed)
	for range chapters {
		w.run(time.Duration(1+w.rng.IntN(6))*time.Second, w.rng.Float64()*2.5)
		switch w.rng.IntN(4) {
		case 0:
			w.run(time.Duration(w.rng.IntN(300))*time.Minute, 0)
		case 1:
			w.happen()
		}
	}
	if w.rng.IntN(3) > 0 {
		w.run(26*time.Hour, 0.00001)
	}
	w.emit(w.at, &journal.Clock{})
	return w.items
}
