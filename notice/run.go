package notice

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"
)

// How many attempts are made at once; targets that failed before may have only
// some of these places, so that those that work find one.
const (
	mostAtOnce  = 16
	mostFailing = 8
)

// grace is how long an attempt under way may take when Run is to end.
const grace = 3 * time.Second

// queue is what waits for one target, in the order of putting.
type queue struct {
	key      string
	items    []*item
	failures int       // in a row, of the target itself
	until    time.Time // it is left alone until then
	busy     bool
	sent     []sent // limited kinds that it was told, in the last hour
	why      string // the last failure
}

// item is one notice for one target.
type item struct {
	held     *held
	attempts int
	next     time.Time // not before
	leftOut  int       // earlier ones whose place it takes
}

type sent struct {
	at      time.Time
	kind    Kind
	account string
}

// job is one attempt to be made.
type job struct {
	config  *Configuration
	target  target
	event   Event
	leftOut int
	attempt int
	failing bool
	began   time.Time
	queue   *queue
	item    *item
}

// receipt is what an attempt can say for itself.
type receipt struct {
	answer string
	sha256 string
}

// sendError says more about a failed attempt than its text.
type sendError struct {
	error
	after time.Duration // the target asks to be left alone as long
	own   bool          // it is this notice that the target refuses
	gone  bool          // and it will never take one
}

func (e *sendError) Unwrap() error { return e.error }

// Run delivers until ctx ends, and returns when no attempt is under way. It may be
// called again after that.
func (b *Outbox) Run(ctx context.Context) {
	sending, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	done := make(chan struct{}, mostAtOnce)
	under := 0
	for ctx.Err() == nil {
		b.mu.Lock()
		jobs, reports, next := b.plan(b.clock())
		b.mu.Unlock()
		b.report(reports)
		for _, j := range jobs {
			under++
			go func() { b.run(sending, j); done <- struct{}{} }()
		}
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
		case <-b.wake:
		case <-timer.C:
		case <-done:
			under--
		}
		timer.Stop()
	}
	cutting := time.AfterFunc(grace, stop)
	defer cutting.Stop()
	for ; under > 0; under-- {
		<-done
	}
}

// run makes one attempt and notes what came of it.
func (b *Outbox) run(ctx context.Context, j job) {
	ctx, cancel := context.WithTimeout(ctx, b.o.Timeout)
	defer cancel()
	got, err := b.send(ctx, j)
	b.mu.Lock()
	report := b.finish(j, got, err)
	b.mu.Unlock()
	b.report([]Delivery{report})
}

// plan ends what is not to be attempted any more, takes the attempts that can be
// made now, and says for how long there is nothing else to do.
func (b *Outbox) plan(now time.Time) (jobs []job, reports []Delivery, next time.Duration) {
	next = time.Hour
	b.turn++
	for i := range b.order {
		q := b.queues[b.order[(b.turn+i)%len(b.order)]]
		if q.busy || len(q.items) == 0 {
			continue
		}
		reports = append(reports, b.expire(q, now)...)
		it, wait, held := b.choose(q, now)
		reports = append(reports, held...)
		switch {
		case it == nil:
			next = min(next, wait)
		case b.running >= mostAtOnce || q.failures > 0 && b.risky >= mostFailing:
			// the end of another attempt comes back here
		default:
			jobs = append(jobs, b.begin(q, it, now))
		}
	}
	return jobs, reports, max(next, time.Millisecond)
}

func (b *Outbox) begin(q *queue, it *item, now time.Time) job {
	it.attempts++
	q.busy = true
	b.running++
	if q.failures > 0 {
		b.risky++
	}
	return job{b.config, b.config.targets[q.key], it.held.event, it.leftOut, it.attempts, q.failures > 0, now, q, it}
}

// expire gives up what is too old, or has no target any more.
func (b *Outbox) expire(q *queue, now time.Time) (reports []Delivery) {
	_, configured := b.config.targets[q.key]
	for _, it := range slices.Clone(q.items) {
		why := "the target is not configured any more"
		if configured {
			if now.Sub(it.held.put) < b.config.limits.giveUp {
				continue
			}
			why = "given up after " + b.config.limits.giveUp.String()
			if q.why != "" {
				why += "; last: " + q.why
			}
		}
		reports = append(reports, b.end(q, it, GivenUp, why))
	}
	return reports
}

// end settles a notice that is not attempted, and reports it.
func (b *Outbox) end(q *queue, it *item, outcome Outcome, why string) Delivery {
	now := b.clock()
	t, ok := b.config.targets[q.key]
	if !ok {
		t.Target = Target{Address: q.key}
	}
	b.settle(q, it, outcome, now)
	return Delivery{ID: it.held.event.ID, Event: it.held.event, Target: t.Target, Attempt: it.attempts, Began: now, Outcome: outcome, Detail: why}
}

// choose returns the notice that is attempted next, or how long there is none. It
// ends those that the limits leave out.
func (b *Outbox) choose(q *queue, now time.Time) (next *item, wait time.Duration, reports []Delivery) {
	q.sent = slices.DeleteFunc(q.sent, func(s sent) bool { return now.Sub(s.at) >= max(rememberFor, b.config.limits.approaching) })
	wait = time.Hour
	for _, it := range slices.Clone(q.items) {
		wait = min(wait, it.held.put.Add(b.config.limits.giveUp).Sub(now))
		if ready := latest(it.next, q.until); ready.After(now) {
			wait = min(wait, ready.Sub(now))
			continue
		}
		e := it.held.event
		if e.Kind == Approaching && it.attempts == 0 && q.toldOf(e, now.Add(-b.config.limits.approaching)) {
			reports = append(reports, b.end(q, it, Coalesced, "told less than "+b.config.limits.approaching.String()+" ago"))
			continue
		}
		free, over := q.limit(e.Kind, b.config.limits.perHour, now)
		if !over {
			return it, 0, reports
		}
		if later := q.later(it); later != nil {
			later.leftOut += it.leftOut + 1
			reports = append(reports, b.end(q, it, Superseded, "more than the limit of notices in an hour; a later one takes its place"))
			continue
		}
		wait = min(wait, free.Sub(now))
	}
	return nil, wait, reports
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// toldOf says whether the target was told since that traffic approaches, of the
// same account.
func (q *queue) toldOf(e Event, since time.Time) bool {
	return slices.ContainsFunc(q.sent, func(s sent) bool { return s.kind == Approaching && s.account == e.Account && s.at.After(since) })
}

// limit says whether the target was told as much in the last hour as it may be,
// and when it may be told more.
func (q *queue) limit(k Kind, most int, now time.Time) (free time.Time, over bool) {
	var hour []time.Time
	for _, s := range q.sent {
		if now.Sub(s.at) < time.Hour {
			hour = append(hour, s.at)
		}
	}
	if !k.limited() || len(hour) < most {
		return now, false
	}
	return hour[len(hour)-most].Add(time.Hour), true
}

// later returns a notice behind it that makes it obsolete.
func (q *queue) later(it *item) *item {
	e := it.held.event
	for _, other := range q.items[slices.Index(q.items, it)+1:] {
		if o := other.held.event; o.Account == e.Account && (o.Kind == e.Kind || o.Kind.state() && e.Kind.state()) {
			return other
		}
	}
	return nil
}

// finish notes what came of an attempt.
func (b *Outbox) finish(j job, got receipt, err error) Delivery {
	now, q, it := b.clock(), j.queue, j.item
	b.running--
	if j.failing {
		b.risky--
	}
	q.busy = false
	d := Delivery{ID: j.event.ID, Event: j.event, Target: j.target.Target, Attempt: j.attempt, Began: j.began, Took: now.Sub(j.began), Detail: got.answer, SHA256: got.sha256}
	if err == nil {
		d.Outcome = Delivered
		q.failures, q.until, q.why = 0, time.Time{}, ""
		b.settle(q, it, Delivered, now)
		return d
	}
	b.stats.Failures++
	q.why = oneLine(err.Error(), 500)
	d.Outcome, d.Detail = Failed, q.why
	var about *sendError
	if !errors.As(err, &about) {
		about = &sendError{error: err}
	}
	if about.gone {
		d.Outcome = GivenUp
		b.settle(q, it, GivenUp, now)
		return d
	}
	if about.own {
		it.next = now.Add(b.backoff(it.attempts))
		return d
	}
	q.failures++
	q.until = now.Add(max(b.backoff(q.failures), min(about.after, time.Hour)))
	return d
}

// backoff doubles with each failure up to MostRetry; half of it is by chance, so
// that targets that failed together are not tried together.
func (b *Outbox) backoff(failures int) time.Duration {
	d := b.o.FirstRetry
	for range failures - 1 {
		if d *= 2; d >= b.o.MostRetry {
			d = b.o.MostRetry
			break
		}
	}
	return d/2 + time.Duration(rand.Int64N(int64(d/2)+1))
}

// report gives what happened to Record, one at a time.
func (b *Outbox) report(all []Delivery) {
	b.recording.Lock()
	defer b.recording.Unlock()
	for _, d := range all {
		level := b.log.Info
		if d.Outcome == GivenUp || d.Outcome == Nobody {
			level = b.log.Warn
		}
		level("notice", "outcome", d.Outcome, "kind", d.Event.Kind, "id", d.ID, "subscription", d.Target.Subscription, "means", d.Target.Means, "attempt", d.Attempt, "detail", d.Detail)
		if b.o.Record != nil {
			b.o.Record(d)
		}
	}
}
