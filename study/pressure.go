package study

import (
	"time"

	"srtm/simulate"
	"srtm/traffic"
)

// pressure is what became of it while more was offered than the operating threshold.
type pressure struct {
	length   time.Duration // of the stretches in which that was so
	answered uint64        // in them
	takers   []taker       // by Service User
	top      int           // who was answered most beyond its allocation; -1: nobody was
	fitting  uint64        // refused messages that would have fitted below the threshold within the same stretch
	refused  uint64        // that these are part of: all that was refused
	every    time.Duration // that a stretch for fitting is
	counted  bool          // fitting is known: every message costs 1
}

// taker is what one Service User got of it.
type taker struct {
	offered, answered uint64
	due               float64 // its allocation over these stretches
}

// press finds the stretches in which more messages were offered than the threshold
// lets through.
func (v *view) press(o *simulate.Outcome) pressure {
	p := pressure{top: -1, takers: make([]taker, len(o.Users)), every: o.Every, refused: o.Throttled}
	steps := v.thresholds(o)
	for n := range stretches(o) {
		every := o.Users[0].Every
		at := time.Duration(n) * every
		length := min(every, v.Result.Length-at)
		var offered uint64
		for i := range o.Users {
			offered += uint64(o.Users[i].Points[n].Offered)
		}
		if float64(offered) <= valueAt(steps, v.begin()+int64(at))*length.Seconds() {
			continue
		}
		p.length += length
		for i := range o.Users {
			u, t := &o.Users[i], &p.takers[i]
			t.offered += uint64(u.Points[n].Offered)
			t.answered += uint64(u.Points[n].Answered)
			t.due += perSecond(u.Allocation) * length.Seconds()
			p.answered += uint64(u.Points[n].Answered)
		}
	}
	most := 0.0
	for i, t := range p.takers {
		if beyond := float64(t.answered) - t.due; beyond > most {
			p.top, most = i, beyond
		}
	}
	p.counted = v.even(o) && len(o.Points) > 0
	if p.counted {
		p.fitting = v.fitting(o, steps)
	}
	return p
}

// stretches is how many points all Service Users have.
func stretches(o *simulate.Outcome) int {
	if len(o.Users) == 0 || o.Users[0].Every <= 0 {
		return 0
	}
	least := len(o.Users[0].Points)
	for i := range o.Users {
		least = min(least, len(o.Users[i].Points))
	}
	return least
}

// fitting counts refused messages that would have fitted below the threshold.
func (v *view) fitting(o *simulate.Outcome, steps []step) uint64 {
	var sum uint64
	for n, p := range o.Points {
		at := time.Duration(n) * o.Every
		room := valueAt(steps, v.begin()+int64(at))*min(o.Every, v.Result.Length-at).Seconds() - float64(p.Offered-p.Throttled)
		if room > 0 {
			sum += min(uint64(room), uint64(p.Throttled))
		}
	}
	return sum
}

// even reports whether every message costs 1 under the policy by which an outcome
// is judged, so that messages can be compared with capacity.
func (v *view) even(o *simulate.Outcome) bool {
	p := v.document(o)
	return p == nil || len(p.Costs) == 0 && len(p.Exempt) == 0 && (p.Cost == 0 || p.Cost == traffic.SR)
}
