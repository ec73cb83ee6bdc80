package simulate

import (
	"time"

	"srtm/policy"
	"srtm/traffic"
)

// ruled is the mechanism under a policy: the gateway's own Controller, with the
// policy's periods as a gateway obeys them.
type ruled struct {
	player  *player
	places  []traffic.Place // by Service User
	request traffic.Request // and its decision: kept to save copies
	decided traffic.Decision
	active  bool
	since   int64 // when it became active
	took    time.Duration
	times   int
}

func newRuled(p *policy.Policy, at int64) (*ruled, error) {
	r := &ruled{player: newPlayer(p)}
	return r, r.player.reach(at)
}

// change does nothing: the player follows the policy by itself.
func (r *ruled) change(int64, *terms) {}

func (r *ruled) admit(at int64, m *message) answer {
	if b := r.player.boundary; b != 0 && b <= at {
		if r.player.reach(at) != nil {
			return answer{} // cannot be: a policy's rules work at all times
		}
	}
	for int(m.user) >= len(r.places) {
		r.places = append(r.places, traffic.Place{})
	}
	q, d := &r.request, &r.decided
	q.User, q.Variant, q.Target, q.Counter, q.Command = m.id, m.variant.String(), m.target, m.counter, m.command
	r.player.controller.Alone().Admit(at, q, &r.places[m.user], d)
	if d.Activated || d.Active != r.active {
		r.note(d)
	}
	return answer{d.Verdict != traffic.Throttle, time.Duration(d.RetryAfter) * time.Second}
}

func (r *ruled) forwarded(int64, *message, int64, bool) {}

// note takes note of activations and releases.
func (r *ruled) note(d *traffic.Decision) {
	if r.active && !d.Active {
		end := d.At
		if !d.Activated {
			_, end = r.player.controller.Active()
		}
		r.took += time.Duration(end - r.since)
	}
	if d.Activated {
		r.times++
		r.since = d.At
	}
	r.active = d.Active || d.Activated
}

// end returns how long and how often traffic management was active until a time.
func (r *ruled) end(at int64) (took time.Duration, times int) {
	r.player.controller.Advance(at)
	active, since := r.player.controller.Active()
	switch {
	case r.active && active:
		return r.took + time.Duration(at-r.since), r.times
	case r.active:
		return r.took + time.Duration(since-r.since), r.times
	}
	return r.took, r.times
}
