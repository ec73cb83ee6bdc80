package notice

import (
	"errors"
	"slices"
	"time"
)

// What is remembered of notices that are done: all of the last hour, for the
// limits, and the last of all, so that an ID is put once.
const (
	rememberFor   = time.Hour
	rememberLeast = 1000
	rememberMost  = 20_000
)

func (b *Outbox) remember(e entry) {
	b.ended = append(b.ended, e)
	b.past[e.ID]++
	if e.Outcome == Delivered && e.Kind.limited() {
		q := b.queue(e.Target)
		q.sent = append(q.sent, sent{e.At, e.Kind, e.Account})
	}
	if len(b.ended) > 2*rememberMost {
		b.forget(e.At)
	}
}

// forget drops what need not be remembered at a time.
func (b *Outbox) forget(now time.Time) {
	first := max(0, len(b.ended)-rememberMost)
	for first < len(b.ended)-rememberLeast && now.Sub(b.ended[first].At) > rememberFor {
		first++
	}
	for _, e := range b.ended[:first] {
		if b.past[e.ID]--; b.past[e.ID] == 0 {
			delete(b.past, e.ID)
		}
	}
	b.ended = slices.Delete(b.ended, 0, first)
}

// tidy writes the log anew with what is still needed.
func (b *Outbox) tidy() error {
	b.forget(b.clock())
	var text []byte
	var failed error
	add := func(e entry) {
		line, err := e.encode()
		failed = errors.Join(failed, err)
		text = append(text, line...)
	}
	to := make(map[string][]string)
	var ids []string
	for _, key := range b.order {
		for _, it := range b.queues[key].items {
			id := it.held.event.ID
			if to[id] == nil {
				ids = append(ids, id)
			}
			to[id] = append(to[id], key)
		}
	}
	// In the order of putting: within a queue notices are delivered in it.
	slices.SortStableFunc(ids, func(x, y string) int { return b.notices[x].put.Compare(b.notices[y].put) })
	for _, id := range ids {
		h := b.notices[id]
		add(entry{At: h.put, ID: id, Event: &h.event, To: to[id]})
	}
	for _, e := range b.ended {
		add(e)
	}
	if b.told != "" { // last, for it is not the last of those that wait
		add(entry{At: b.clock().UTC(), Told: b.told})
	}
	if failed != nil {
		return failed
	}
	return b.file.rewrite(text)
}

// settle ends a notice at a target. Where the disk fails it may be delivered
// again after the next start; that is not worth stopping for.
func (b *Outbox) settle(q *queue, it *item, outcome Outcome, at time.Time) {
	e := it.held.event
	b.drop(q, e.ID)
	line := entry{At: at.UTC(), ID: e.ID, Target: q.key, Outcome: outcome, Kind: e.Kind, Account: e.Account}
	b.remember(line)
	switch outcome {
	case Delivered:
		b.stats.Delivered++
	case GivenUp:
		b.stats.GivenUp++
	default:
		b.stats.HeldBack++
	}
	text, err := line.encode()
	if err == nil {
		err = b.file.append(text, false)
	}
	if err == nil && b.file.size > max(1<<20, 4*b.file.clean) {
		err = b.tidy()
	}
	if err != nil {
		b.log.Error("the outbox cannot note that a notice is done; it may be delivered twice", "id", e.ID, "error", err)
	}
}
