package amendment

import (
	"errors"
	"slices"

	"srtm/policy"
)

// Flush has recorded what was not yet: Record is given every Event that is left,
// and Options.Flush then says whether they are durable. What is not is kept and
// given again by the next Flush, or after the next Open. Other methods do not wait
// meanwhile. It is an error if something is left.
func (r *Register) Flush() error {
	if r.sync == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.flush()
	}
	r.flushing.Lock() // one at a time, for the order
	defer r.flushing.Unlock()
	for {
		r.mu.Lock()
		out := r.take()
		r.mu.Unlock()
		if len(out) == 0 {
			return nil
		}
		done, err := r.give(out)
		r.mu.Lock()
		r.recorded(out[:done])
		r.mu.Unlock()
		if err != nil {
			return err
		}
	}
}

// flush is Flush for a caller that holds the lock.
func (r *Register) flush() error {
	out := r.take()
	done, err := r.give(out)
	r.recorded(out[:done])
	return err
}

// delivery is one entry of the outbox on its way, with the notices that it stands
// for and what each is recorded under.
type delivery struct {
	outgoing
	notices    []Notice
	references []uint64
}

// take returns what the outbox has. The caller holds the lock.
func (r *Register) take() []delivery {
	out := make([]delivery, 0, len(r.state.Outbox))
	for _, o := range r.state.Outbox {
		d := delivery{outgoing: o}
		if all := r.notices[o.Version]; o.Told > 0 && o.First < len(all) {
			d.notices = slices.Clone(all[o.First:min(o.First+o.Told, len(all))])
		}
		out = append(out, d)
	}
	return out
}

// give has deliveries recorded, and returns how many of them are durable.
func (r *Register) give(out []delivery) (done int, err error) {
	if r.record == nil {
		return len(out), nil
	}
	for done < len(out) && err == nil {
		if err = r.deliver(&out[done]); err == nil {
			done++
		}
	}
	if r.sync != nil && done > 0 {
		if failed := r.sync(); failed != nil {
			return 0, errors.Join(err, failed)
		}
	}
	return done, err
}

// deliver gives what one entry of the outbox stands for.
func (r *Register) deliver(d *delivery) error {
	if d.Told == 0 {
		e := d.Event
		for _, t := range d.Texts {
			if text, err := r.readText(t.SHA256, maxText); err == nil {
				e.Files = append(e.Files, policy.File{Name: t.Name, Text: text})
			}
		}
		_, err := r.record(e)
		return err
	}
	d.references = make([]uint64, len(d.notices))
	for i, notice := range d.notices {
		e := d.Event
		e.Number, e.Notice = notice.Number, &notice
		e.Effective, e.Digest, e.Name = notice.Effective, notice.Policy, notice.PolicyName
		reference, err := r.record(e)
		if err != nil {
			return err
		}
		d.references[i] = reference
	}
	return nil
}

// recorded forgets what was recorded: the first of the outbox. If the disk fails it
// is recorded again after the next start. The caller holds the lock.
func (r *Register) recorded(out []delivery) {
	if len(out) == 0 {
		return
	}
	s := r.begins()
	s.state.At = r.state.At
	s.Outbox = slices.Delete(s.Outbox, 0, len(out))
	for _, d := range out {
		s.refer(d)
	}
	s.prune()
	err := error(nil)
	for number, notices := range s.notices {
		if i := s.version(number); i >= 0 && s.Versions[i].Told > 0 {
			err = errors.Join(err, s.keepNotices(number, notices))
		}
	}
	for hash, text := range s.texts {
		err = errors.Join(err, r.keepText(hash, text))
	}
	if err != nil { // the events are recorded; what they are recorded under is lost
		s.state, s.notices = r.state.clone(), nil
		s.Outbox = slices.Delete(s.Outbox, 0, len(out))
	}
	before := r.state.hashes()
	r.unclean = r.write(s.state) != nil
	r.state = s.state
	for number, notices := range s.notices {
		r.notices[number] = notices
	}
	r.remove(before)
}

// refer keeps with notices what they were recorded under.
func (s *draft) refer(d delivery) {
	if len(d.references) == 0 {
		return
	}
	notices := s.given(d.Version)
	for i, reference := range d.references {
		if d.First+i < len(notices) {
			notices[d.First+i].Reference = reference
		}
	}
	s.notices[d.Version] = notices
}
