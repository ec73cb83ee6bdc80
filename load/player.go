package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"srtm/duis"
	"srtm/scenario"
)

// Player plays one scenario once: a second call of Play panics. Snapshot may be
// called at any time from any goroutine.
type Player struct {
	config   Config
	scenario *scenario.Scenario
	messages *Messages
	callers  []*caller // as the scenario's users
	tallies  []*tally
	waiting  *waiting
	wires    wires
	bodies   sync.Pool

	begun    atomic.Pointer[time.Time]
	counter  uint64
	flying   sync.WaitGroup
	onTheWay atomic.Int64

	lateMu   sync.Mutex
	lateness *hdrhistogram.Histogram
}

// Play sends what the scenario says, when it says so. It returns when
// everything is answered and nothing is to be sent any more, which is no later
// than the longest time-out after the scenario's end; or soon after ctx is done,
// having ended what was on the way. Result.Stopped tells the two apart.
func (p *Player) Play(ctx context.Context) Result {
	begun := time.Now()
	if !p.begun.CompareAndSwap(nil, &begun) {
		panic("load: Play was called a second time; make a new Player")
	}
	if p.counter = p.config.Counter; p.counter == 0 {
		p.counter = uint64(begun.UnixNano())
	}
	whole := p.run(ctx)
	if !whole {
		p.wires.close()
	}
	p.flying.Wait()
	for _, c := range p.callers {
		c.host.CloseIdleConnections()
	}
	p.wires.close()
	return p.result(!whole)
}

// run sends until nothing is left; false means that ctx was done first.
func (p *Player) run(ctx context.Context) bool {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for arrival := range p.scenario.Arrivals() {
		if !p.reach(ctx, timer, arrival.At) {
			return false
		}
		p.tallies[arrival.User].count(func(c *Counts) { c.Arrivals++ })
		p.launch(p.scenario.First(arrival), arrival.At)
	}
	return p.reach(ctx, timer, never)
}

// reach waits until a time has come, and sends what waits for a time until
// then. Never comes when nothing waits and nothing is on the way.
func (p *Player) reach(ctx context.Context, timer *time.Timer, at time.Duration) bool {
	for ctx.Err() == nil {
		now := p.since()
		step, ok, next := p.waiting.due(now)
		switch {
		case ok:
			p.launch(step.Send, step.At)
			continue
		case at <= now:
			return true
		case at == never && next == never && p.onTheWay.Load() == 0 && p.waiting.len() == 0:
			return true
		}
		timer.Reset(min(at, next) - now)
		select {
		case <-timer.C:
		case <-p.waiting.wake:
		case <-ctx.Done():
		}
	}
	return false
}

// since is the scenario's time.
func (p *Player) since() time.Duration {
	begun := p.begun.Load()
	if begun == nil {
		return 0
	}
	return time.Since(*begun)
}

// launch sends a message that was due at a time, without waiting for the answer.
func (p *Player) launch(send scenario.Send, due time.Duration) {
	caller, tally := p.callers[send.Arrival.User], p.tallies[send.Arrival.User]
	if caller.onTheWay.Load() >= int64(p.config.Connections) || p.onTheWay.Load() >= int64(p.config.OnTheWay) {
		tally.count(func(c *Counts) { c.Crowded++ })
		return
	}
	caller.onTheWay.Add(1)
	p.onTheWay.Add(1)
	p.flying.Add(1)
	go p.send(send, due)
}

// send puts a message on the wire and sees to what comes after the answer.
func (p *Player) send(send scenario.Send, due time.Duration) {
	a := &send.Arrival
	caller, tally := p.callers[a.User], p.tallies[a.User]
	body, _ := p.bodies.Get().(*[]byte)
	if body == nil {
		body = new([]byte)
	}
	id := duis.RequestID{Originator: caller.id, Target: a.Target, Counter: p.counter + a.Number}
	*body = p.messages.Append((*body)[:0], a.Variant, send.Command, id)

	began := p.since()
	tally.sent(send, began)
	p.late(began - due)
	end, said := caller.post(send.Command.Service(), *body, p.scenario.Users[a.User].Client.Timeout)
	ended := p.since()
	p.bodies.Put(body)

	step := p.scenario.Next(send, ended, said)
	over := ended
	if step.Verdict == scenario.Left {
		over = p.scenario.Length
	}
	tally.answered(settled{end, step.Verdict, ended, ended - began, over - a.At})
	if more := step.Verdict == scenario.Again || step.Verdict == scenario.Second; more && end != endAbandoned && !p.waiting.add(step) {
		tally.count(func(c *Counts) { c.Crowded++ })
	}
	caller.onTheWay.Add(-1)
	if p.onTheWay.Add(-1) == 0 {
		p.waiting.news()
	}
	p.flying.Done()
}

func (p *Player) late(d time.Duration) {
	p.lateMu.Lock()
	defer p.lateMu.Unlock()
	record(p.lateness, d)
}
