package gateway

import (
	"srtm/journal"
	"srtm/traffic"
)

// change replaces the plan by steps, as Server.Change has it.
func (r *recorder) change(clock func() int64, steps []step) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := clock()
	r.reach(now)
	r.boundaries(now) // so that what is to hold at once does so from a boundary that is still to come
	steps = r.force.due(now, steps, r.manners.Load())
	planned := make([]traffic.Planned, len(steps))
	for i, st := range steps {
		planned[i] = traffic.Planned{From: st.From, Rules: st.Rules}
	}
	boundaries, err := r.controller.Change(planned...)
	if err != nil {
		return err
	}
	for i := range steps {
		steps[i].boundary = boundaries[i]
	}
	r.plan = steps
	r.await()
	return nil
}

func (r *recorder) planned() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.plan)
}

// await has decisions look out for the next boundary that changes something.
func (r *recorder) await() {
	next := int64(never)
	if len(r.plan) > 0 {
		next = r.plan[0].boundary
	}
	r.next.Store(next)
}

// pass has what is planned for times up to at adopted. It costs next to nothing
// where that is nothing.
func (r *recorder) pass(at int64) {
	if at < r.next.Load() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reach(at)
}

// reach is pass under the lock.
func (r *recorder) reach(at int64) {
	for b := r.next.Load(); b <= at && len(r.plan) > 0; b = r.next.Load() {
		r.boundaries(b - 1)
		r.boundaries(b)
		r.adoptLast(b)
		r.activated()
		r.await()
	}
}

// adoptLast adopts what is due at a boundary: of several the last, as the
// Controller does, with the latest policy among them. All are counted.
func (r *recorder) adoptLast(boundary int64) {
	due := 0
	for due < len(r.plan) && r.plan[due].boundary <= boundary {
		due++
	}
	last := &r.plan[due-1]
	for i := due - 2; i >= 0 && last.Policy == nil; i-- {
		last.Policy = r.plan[i].Policy
	}
	r.force.number += uint32(due - 1)
	r.adopt(last)
	r.plan = r.plan[due:]
}

// boundaries passes slot boundaries up to at, and has a release that comes with
// them recorded.
func (r *recorder) boundaries(at int64) {
	r.controller.Advance(at)
	active, since := r.controller.Active()
	if r.active && !active {
		r.append(since, &journal.Release{Since: r.since})
		r.active = false
	}
}

// activated records an activation that came with a boundary: by hand.
func (r *recorder) activated() {
	active, since := r.controller.Active()
	if active && !r.active {
		r.append(since, &journal.Activation{})
		r.active, r.since = true, since
	}
}

// adopt records what the Controller began to obey at a boundary, and has the door
// conduct itself accordingly.
func (r *recorder) adopt(st *step) {
	f := force{from: st.From, digest: r.force.digest, rules: st.Rules, number: r.force.number + 1, names: st.names}
	if r.force.renews(st.Policy) {
		f.digest = st.Policy.Digest
		st.Policy.Number = f.number
		r.append(st.boundary, st.Policy)
	}
	before := make(map[string]struct{}, len(r.force.names))
	for _, name := range r.force.names {
		before[name] = struct{}{}
	}
	for i := range st.Terms {
		t := &st.Terms[i]
		_, there := before[st.names[i]]
		t.Own, t.New, t.From = journal.Own{Account: st.names[i]}, !there, st.boundary
		r.append(st.boundary, t)
	}
	r.force = f
	r.manners.Store(st.manners)
}

// append appends a record, if they are kept.
func (r *recorder) append(at int64, record journal.Record) {
	if r.journal != nil {
		r.journal.Append(at, record)
	}
}
