package simulate

import (
	"time"

	"srtm/outage"
	"srtm/scenario"
	"srtm/traffic"
)

// lane is one rule at work, with a DSP and clients of its own. Lanes share nothing
// that changes.
//
// Nothing is kept of a message but while it waits to be sent: what becomes of it is
// settled when it is sent, since the DSP is a function of what reached it before,
// and so is what its client does next.
type lane struct {
	rule        rule
	ruled       *ruled // the rule, where it is a policy's; otherwise nil
	course      *course
	judge       *course // of who is within the allocation; mostly the same
	scenario    *scenario.Scenario
	server      *outage.Server
	dsp         dspPlan
	work        []int64 // background work of this chunk, not yet done
	pending     pending
	begun       int64 // the scenario's start
	clients     []client
	allocations []traffic.Rate // at the start
	cells       []cell
	costs       *[256]int64 // what a message costs the DSP, by variant
	latency     int64

	every, userEvery int64      // of series
	took             []duration // not yet in a histogram
	points           []Point
	outages          int64 // seconds before the point under way
	point            int
	userPoint        int
	fairness         fairness
	background       Background
	err              error

	// The message under way lies here, and each of these is filled in where it is: a
	// value that is made elsewhere and copied takes longer than all that is done with it.
	software *scenario.Clients
	sending  scenario.Send
	message  message // the same as a rule sees it
	fate     fate
	quiet    int64 // before this time nothing happens but messages
}

// client is a Service User's part of a lane.
type client struct {
	id      uint64
	timeout int64
	cells   *[256]uint16 // by variant: which of the lane's cells from first on
	first   int
	points  []UserPoint
}

// cell counts for one Service User and variant.
type cell struct {
	Counts
	times *histogram // nil until something is accepted
	_     uint64     // a whole number of the processor's cache lines
}

// dspPlan are changes of the DSP's capacity that are still to come.
type dspPlan []dspChange

type dspChange struct {
	at       int64
	capacity int64
}

// Background is what became of work inside the DSP.
type Background struct{ Done, Late, Lost uint64 }

// play sends what is due until each arrival, then that, and then what is due until a
// time, at or after the last arrival and the last work.
func (l *lane) play(arrivals []scenario.Arrival, work []int64, until int64) {
	if l.software == nil {
		l.software = l.scenario.Clients()
	}
	l.work, l.quiet = work, 0
	for i := range arrivals {
		at := l.begun + int64(arrivals[i].At)
		l.resend(at)
		l.software.First(&l.sending, &arrivals[i])
		l.send(at)
	}
	l.resend(until)
	l.reach(until)
	l.file()
}

// resend sends what waits and is due until a time.
func (l *lane) resend(until int64) {
	for l.pending.due(until) && l.err == nil {
		l.send(l.pending.take(&l.sending))
	}
}

// finish ends what is counted. Nothing waits any more, for nothing is sent after the
// scenario's end.
func (l *lane) finish() {
	end := l.begun + int64(l.scenario.Length)
	l.count(end + int64(time.Second)) // so that the last second is over
	l.fairness.measure(&l.course.terms)
}

// send sends the message under way, settles its fate, and has its client decide what
// is next.
func (l *lane) send(at int64) {
	if at >= l.quiet {
		l.reach(at)
	}
	s, m, f := &l.sending, &l.message, &l.fate
	a := &s.Arrival
	c := &l.clients[a.User]
	m.user, m.id, m.variant, m.cost = int32(a.User), c.id, a.Variant, l.course.costs[a.Variant]
	m.target, m.counter, m.command = uint64(a.Target), a.Number, uint8(s.Command)
	f.within = l.judge.within(at, m)
	answer := l.settle(at, c.timeout)
	f.first = s.Attempt == 1 && s.Command != secondMessage
	verdict, next := l.software.Next(s, time.Duration(f.learns-l.begun), answer)
	f.verdict = verdict
	l.tally(c)
	if verdict <= scenario.Second {
		if err := l.pending.add(l.begun+int64(next), s); err != nil {
			l.err = err
		}
	}
}

// fate is what becomes of a message.
type fate struct {
	kind    fateKind
	first   bool             // message of its Service Request
	learns  int64            // when its client learns of it, or gives up waiting
	within  bool             // the allocation
	verdict scenario.Verdict // what the client does next
}

type fateKind uint8

const (
	throttled fateKind = iota
	failed
	late
	answered
)

// settle settles what becomes of the message under way, and returns what its client
// learns.
func (l *lane) settle(at, timeout int64) scenario.Answer {
	m, f := &l.message, &l.fate
	said := l.rule.admit(at, m)
	p := &l.points[l.point]
	if l.ruled != nil && l.ruled.active {
		p.Active = true
	}
	if !said.forward {
		f.kind, f.learns = throttled, at+refusing
		return scenario.Answer{Outcome: scenario.Throttled, RetryAfter: said.retryAfter}
	}
	got := l.server.Arrive(at, l.costs[m.variant])
	taken := got.Status == outage.Served
	l.rule.forwarded(at, m, got.Done, taken)
	if !taken {
		f.kind, f.learns = failed, at+refusing
		return scenario.Answer{Outcome: scenario.Failed}
	}
	p.Backlog = max(p.Backlog, time.Duration(got.Done-at-l.latency))
	if got.Done-at > timeout {
		f.kind, f.learns = late, at+timeout
		return scenario.Answer{Outcome: scenario.TimedOut}
	}
	f.kind, f.learns = answered, got.Done
	return scenario.Answer{Outcome: scenario.Done}
}

// reach passes all that happens in the lane up to a time without a message.
func (l *lane) reach(at int64) {
	for len(l.work) > 0 && l.work[0] <= at {
		l.shift(l.work[0])
		l.inside(l.work[0])
		l.work = l.work[1:]
	}
	if len(l.dsp) > 0 && l.dsp[0].at <= at {
		l.shift(at)
	}
	if next := l.course.next; next != 0 && next <= at {
		for l.course.next != 0 && l.course.next <= at {
			l.rule.change(l.course.pass(), &l.course.terms)
		}
	}
	for l.judge != l.course && l.judge.next != 0 && l.judge.next <= at {
		l.judge.pass()
	}
	if at >= l.begun+int64(l.point+1)*l.every {
		l.count(at)
		l.point = min(int((at-l.begun)/l.every), len(l.points)-1)
	}
	if at >= l.begun+int64(l.userPoint+1)*l.userEvery {
		l.userPoint = int((at - l.begun) / l.userEvery)
	}
	if at >= l.fairness.ends {
		l.fairness.pass(at, &l.course.terms)
	}
	l.quiet = l.until()
}

// until returns when the next of all that reach passes is due.
func (l *lane) until() int64 {
	next := min(l.begun+int64(l.point+1)*l.every, l.begun+int64(l.userPoint+1)*l.userEvery, l.fairness.ends)
	if len(l.work) > 0 {
		next = min(next, l.work[0])
	}
	if len(l.dsp) > 0 {
		next = min(next, l.dsp[0].at)
	}
	for _, c := range [...]*course{l.course, l.judge} {
		if c.next != 0 {
			next = min(next, c.next)
		}
	}
	return next
}

// shift changes the DSP's capacity as planned until a time.
func (l *lane) shift(at int64) {
	for len(l.dsp) > 0 && l.dsp[0].at <= at {
		if err := l.server.SetCapacity(l.dsp[0].at, l.dsp[0].capacity); err != nil {
			l.err = err
		}
		l.dsp = l.dsp[1:]
	}
}

// inside does a request's worth of background work.
func (l *lane) inside(at int64) {
	got := l.server.Arrive(at, outage.SR)
	switch {
	case got.Status == outage.Refused:
		l.background.Lost++
	case got.Done-at > insideInTime:
		l.background.Late++
	default:
		l.background.Done++
	}
}

// insideInTime is when background work counts as late. Nobody waits for it.
const insideInTime = int64(time.Minute)

// count notes what the DSP went through in the point that ends.
func (l *lane) count(at int64) {
	seconds := l.server.Observe(at).OutageSeconds
	l.points[l.point].Outage += uint32(seconds - l.outages)
	l.outages = seconds
}

// tally counts the message under way.
func (l *lane) tally(c *client) {
	a, f := &l.sending.Arrival, &l.fate
	place := c.first + int(c.cells[a.Variant])
	n := &l.cells[place]
	p := &l.points[l.point]
	u := &c.points[l.userPoint]
	cost := l.message.cost
	l.fairness.offered[a.User] += cost
	p.Offered++
	u.Offered++
	n.Sends++
	if f.first {
		n.Requests++
	}
	switch f.kind {
	case throttled:
		n.Throttled++
		p.Throttled++
		u.Throttled++
	case failed:
		n.Failed++
		p.Failed++
	case late:
		n.Late++
		p.Late++
	case answered:
		n.Answered++
		p.Answered++
		u.Answered++
		l.fairness.answered[a.User] += cost
	}
	if f.within {
		n.within(f.kind, f.verdict)
	}
	after := f.learns - l.begun - int64(a.At)
	n.end(f.verdict, after, int64(l.scenario.Length-a.At))
	if f.verdict == scenario.Finished {
		if l.took = append(l.took, duration{after, int32(place)}); len(l.took) >= 4*chunkSize {
			l.file()
		}
	}
}

// duration is how long a Service Request of a cell took.
type duration struct {
	took int64
	cell int32
}

// file puts durations into their histograms: many at once, for a processor that
// waits for several places of its memory at the same time.
func (l *lane) file() {
	for _, d := range l.took {
		c := &l.cells[d.cell]
		if c.times == nil {
			c.times = new(histogram)
		}
		c.times.add(d.took)
	}
	l.took = l.took[:0]
}

// refusing is after how long a client learns that it was refused, by the rule or by
// the DSP: a gateway answers when its decision is durable, and under load its journal
// commits so often. Were it at once, clients whose waits are whole slots would meet
// every slot at the same place, and those that do not wait would repeat at one instant.
const refusing = int64(2 * time.Millisecond)

// secondMessage is the Command Variant of the second message of a critical
// command.
const secondMessage = 5

// within counts a message within the allocation.
func (c *cell) within(kind fateKind, verdict scenario.Verdict) {
	c.Within++
	switch kind {
	case throttled:
		c.WithinThrottled++
	case failed, late:
		c.WithinFailed++
	}
	if verdict == scenario.GaveUp {
		c.WithinLost++
	}
}

// end counts what becomes of a Service Request, so long after it came, and how much
// later the scenario is over.
func (c *cell) end(verdict scenario.Verdict, after, over int64) {
	switch verdict {
	case scenario.Finished:
		c.Finished++
		if after > overdue {
			c.Overdue++
		}
	case scenario.GaveUp:
		c.GaveUp++
	case scenario.Left:
		c.Left++
		if over > overdue {
			c.Overdue++
		}
	}
}
