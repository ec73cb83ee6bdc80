package simulate

import (
	"fmt"
	"time"

	"srtm/policy"
	"srtm/traffic"
)

// player is the core under a policy that is followed through its periods.
type player struct {
	at         func(time.Time) policy.Period
	accounts   lookup
	controller *traffic.Controller
	boundary   int64 // at which the next period's rules are adopted; 0: there is none
	next       policy.Period
}

func newPlayer(p *policy.Policy) *player {
	return &player{at: func(at time.Time) policy.Period { return p.At(at) }}
}

// reach passes all that happens up to a time: the slot boundaries, and with them
// the periods that begin and end. The first time is that of the start. No period
// is left out, however short.
func (p *player) reach(at int64) error {
	if p.controller == nil {
		return p.start(at)
	}
	for p.boundary != 0 && p.boundary <= at {
		p.controller.Advance(p.boundary)
		if err := p.plan(p.next); err != nil {
			return err
		}
	}
	p.controller.Advance(at)
	return nil
}

func (p *player) start(at int64) (err error) {
	now := p.at(time.Unix(0, at).UTC())
	p.accounts = newLookup(now.Rules)
	if p.controller, err = traffic.New(now.Rules, traffic.Start{At: at}); err != nil {
		return err
	}
	return p.plan(now)
}

// plan has the core adopt the period after now at its time.
func (p *player) plan(now policy.Period) error {
	p.boundary = 0
	if until := now.Until; until.IsZero() || until.Year() >= lastYear || until.Year() < 1970 {
		return nil
	}
	p.next = p.at(now.Until)
	boundaries, err := p.controller.Change(traffic.Planned{From: now.Until.UnixNano(), Rules: p.next.Rules})
	if err != nil { // cannot be: a policy's rules work at all times
		return fmt.Errorf("from %s on: %w", now.Until.Format(time.RFC3339), err)
	}
	p.boundary = boundaries[0]
	return nil
}

// lastYear is before the end of nanoseconds since 1970.
const lastYear = 2262

func (p *player) decide(a Arrival, user uint64) traffic.Decision {
	d, _ := p.controller.Admit(a.At, traffic.Request{User: user, Variant: a.Variant, Target: a.Target, Counter: a.Counter, Command: a.Command})
	return d
}
