package journal

import (
	"errors"
	"maps"
	"slices"
	"time"
)

// run commits what was appended, batch after batch: while one is on its way to
// the disk the next one fills.
func (j *Journal) run() {
	defer close(j.closed)
	heads, retry := time.NewTicker(time.Second), time.NewTicker(j.o.Retry)
	defer heads.Stop()
	defer retry.Stop()
	for {
		select {
		case <-j.wake:
		case <-heads.C: // one may be due
		case <-retry.C:
			j.tryAgain()
		}
		b, ending := j.take()
		if b != nil {
			// On a quick disk every few requests would have an fsync of their own, and
			// these, not the requests, would be what the processors are busy with.
			began := time.Now()
			j.commit(b)
			time.Sleep(j.o.Gather - time.Since(began))
		}
		if ending {
			return
		}
	}
}

// take returns the batch to commit, if there is one, with a head where that is
// due.
func (j *Journal) take() (b *batch, ending bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failing != nil {
		return nil, j.ending
	}
	j.addHead()
	b = j.filling
	if len(b.items) == 0 && !b.wanted {
		return nil, j.ending
	}
	if j.spare == nil {
		j.spare = newBatch(0)
	}
	j.filling, j.spare = j.spare.reuse(j.next), nil
	return b, j.ending
}

// addHead has a head signed if that is due, or the journal is being closed, and
// there is something new to sign. The terms are repeated after it.
func (j *Journal) addHead() {
	closing := j.headDue == 0
	now := j.o.Now()
	if j.ending || !closing && now < j.headDue {
		return
	}
	j.headDue = (max(j.at, now)/int64(j.o.Heads) + 1) * int64(j.o.Heads)
	if j.next == 1 || j.headed == j.next {
		return
	}
	j.add(now, &Head{})
	if !closing {
		for _, t := range j.terms {
			if t != nil {
				j.add(now, t)
			}
		}
	}
	j.headed = j.next
}

// commit makes a batch durable and tells those who wait for it.
func (j *Journal) commit(b *batch) {
	began, mine := time.Now(), b.commit
	watchdog := time.AfterFunc(j.o.Patience, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		if b.commit == mine && !b.done { // otherwise the disk was as quick as this, and b may be another batch by now
			j.fail(errSlow)
			b.commit.finish(errSlow)
		}
	})
	err := j.out.write(b)
	watchdog.Stop()
	j.mu.Lock()
	defer j.mu.Unlock()
	b.done = true
	if err != nil {
		j.fail(err)
		j.drop(b, err)
	} else {
		if n := len(b.items); n > 0 {
			j.durable.Store(uint64(b.first) + uint64(n) - 1)
		}
		if r := b.reports; r != nil {
			j.trying = nil
			j.o.Logger.Warn("the journal works again", "missing decisions", r.decisions, "missing outcomes", r.outcome)
		}
		b.commit.finish(nil)
		j.tally.observe(len(j.out.buffer), time.Since(began))
	}
	j.spare = b
}

// drop counts a batch's records as lost. The lock is held.
func (j *Journal) drop(b *batch, err error) {
	for i, item := range b.items {
		j.lost.add(b.first+Position(i), item.at, b.record(item))
	}
	if b.reports != nil {
		j.lost.merge(b.reports)
	}
	b.commit.finish(err)
}

// tryAgain looks whether a disk that failed works again, and if so has the
// journal go on, beginning with what is missing.
func (j *Journal) tryAgain() {
	j.mu.Lock()
	works := j.failing == nil
	j.mu.Unlock()
	if works {
		return
	}
	if err := j.out.repair(); err != nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	missing := j.lost
	missing.cause = j.failing.Error()
	j.failing, j.lost = nil, lost{}
	b := j.filling.reuse(j.next)
	b.reports, j.filling = &missing, b
	if !missing.any() {
		return
	}
	j.trying = errors.New(missing.cause)
	j.add(missing.to, &Gap{Cause: missing.cause, First: missing.first, Last: missing.last, Decisions: missing.decisions, Outcomes: missing.outcome,
		From: missing.from, To: missing.to})
	for _, r := range missing.again { // before what each account lost: see docs/evidence.md, "What is recomputed"
		if own := owner(r); own != nil {
			own.ID = j.idOf(missing.to, own.Account)
		}
		j.add(missing.to, r)
	}
	for _, name := range slices.Sorted(maps.Keys(missing.accounts)) {
		r := missing.accounts[name]
		r.ID = j.idOf(missing.to, name)
		j.add(missing.to, r)
	}
}
