package drill_test

import (
	"container/heap"
	"testing"
	"time"

	"srtm/drill"
	"srtm/duis"
	"srtm/scenario"
	"srtm/traffic"
)

// origin is when a play begins: nanoseconds since 1970 UTC.
const origin = int64(1_790_000_000_000_000_000)

// originator is the User ID of ALPHA.
const originator = duis.EUI64(0x90B3D51F30010000)

// play is a drill of ALPHA in virtual time: the client of a scenario sends, a
// Controller decides.
type play struct {
	client   scenario.Client
	mix      string
	rate     scenario.Rate
	from, to time.Duration // of the drill
	length   time.Duration
	holdBack bool // of what is new, one in ten is begun while refusals come
}

func usual(how scenario.Behaviour) play {
	c := scenario.DefaultClient()
	c.Retry.How = how
	return play{client: c, mix: "reads", rate: 5, from: 6 * time.Minute, to: 16 * time.Minute, length: 32 * time.Minute}
}

func (p play) span() drill.Span {
	at := func(d time.Duration) time.Time { return time.Unix(0, origin+int64(d)).UTC() }
	return drill.Span{Account: "ALPHA", From: at(p.from), To: at(p.to), Now: at(p.length)}
}

// rules are those of the time, within the drill or not.
func rules(drilled bool) traffic.Rules {
	return traffic.Rules{
		Threshold: 100 * traffic.PerSecond, Release: 80 * traffic.PerSecond, Hold: time.Minute, Burst: time.Second, Slot: 100 * time.Millisecond,
		RetryLeast: time.Second, RetryMost: time.Minute,
		Accounts: []traffic.Account{{Name: "ALPHA", Allocation: 100 * traffic.PerSecond, Users: []uint64{uint64(originator)}, Held: drilled}},
	}
}

// run plays it, and returns every message in order.
func (p play) run(t *testing.T) []drill.Message {
	t.Helper()
	mix, ok := scenario.NamedMix(p.mix)
	if !ok {
		t.Fatalf("there is no mix %s; there are %v", p.mix, scenario.MixNames())
	}
	s := &scenario.Scenario{Seed: 7, Length: p.length, Users: []scenario.User{{
		Account: "ALPHA", Devices: 1_000_000, Client: p.client, Traffic: []scenario.Part{{To: p.length, Rate: p.rate, Mix: mix}},
	}}}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	c, err := traffic.New(rules(false), traffic.Start{At: origin})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Change(traffic.Planned{From: origin + int64(p.from), Rules: rules(true)}, traffic.Planned{From: origin + int64(p.to), Rules: rules(false)}); err != nil {
		t.Fatal(err)
	}
	var wire queue
	for a := range s.Arrivals() {
		if p.holdBack && a.At > p.from && a.At < p.to && a.Number%10 != 0 {
			continue
		}
		heap.Push(&wire, due{a.At, s.First(a)})
	}
	var all []drill.Message
	for wire.Len() > 0 {
		next := heap.Pop(&wire).(due)
		m := decide(t, c, next)
		all = append(all, m)
		answer := scenario.Answer{Outcome: scenario.Done}
		if m.Refused {
			answer = scenario.Answer{Outcome: scenario.Throttled, RetryAfter: m.RetryAfter}
		}
		const latency = 2 * time.Millisecond
		if step := s.Next(next.send, next.at+latency, answer); step.Verdict == scenario.Again || step.Verdict == scenario.Second {
			heap.Push(&wire, due{step.At, step.Send})
		}
	}
	return all
}

func decide(t *testing.T, c *traffic.Controller, next due) drill.Message {
	t.Helper()
	a := next.send.Arrival
	d, ok := c.Admit(origin+int64(next.at), traffic.Request{User: uint64(originator), Variant: a.Variant.String()})
	if !ok {
		t.Fatal("the Controller does not know ALPHA")
	}
	refused := d.Verdict == traffic.Throttle
	return drill.Message{
		At: d.At, ID: duis.RequestID{Originator: originator, Target: a.Target, Counter: a.Number}, Command: next.send.Command, Variant: a.Variant.String(),
		Refused: refused, Held: refused && d.Reason == traffic.Held, RetryAfter: time.Duration(d.RetryAfter) * time.Second,
	}
}

// due is what is to be sent, and when.
type due struct {
	at   time.Duration
	send scenario.Send
}

type queue []due

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].send.Arrival.Number < q[j].send.Arrival.Number
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(due)) }
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

// judged is the report on a play.
func judged(s drill.Span, all []drill.Message) drill.Report {
	j := drill.NewJudge(s)
	for _, m := range all {
		j.See(m)
	}
	return j.Report()
}
