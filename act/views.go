package act

import (
	"slices"
	"time"

	"srtm/policy"
)

// copy is an act that shares nothing that changes.
func (a *Act) copy() Act { return *a }

// chosen returns the acts that are as wanted now, in the order in which they were
// asked for.
func (r *Register) chosen(wanted func(*Act, time.Time) bool) []Act {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := r.now()
	var acts []Act
	for i := range r.state.Acts {
		if wanted(&r.state.Acts[i], at) {
			acts = append(acts, r.state.Acts[i].copy())
		}
	}
	return acts
}

// Running returns the acts that run, the oldest first.
func (r *Register) Running() []Act {
	return r.chosen(func(a *Act, at time.Time) bool { return a.running(at) })
}

// Waiting returns the acts that wait for another person, the oldest first.
func (r *Register) Waiting() []Act {
	return r.chosen(func(a *Act, at time.Time) bool { return a.State == Waiting && at.Before(a.Until) })
}

// History returns the acts that are over, the newest first: MaxHistory at most.
func (r *Register) History() []Act {
	r.Pass()
	over := r.chosen(func(a *Act, _ time.Time) bool { return a.State != Running && a.State != Waiting })
	slices.Reverse(over)
	return over
}

// Hands returns what the running acts do, each with its beginning and its end, in
// the order in which they began. What holds from now on, also after they have
// ended, is what policy.Policy.At makes of them.
func (r *Register) Hands() []policy.Hand {
	acts := r.Running()
	slices.SortStableFunc(acts, func(a, b Act) int { return a.From.Compare(b.From) })
	hands := make([]policy.Hand, len(acts))
	for i := range acts {
		hands[i] = acts[i].Hand(acts[i].From)
	}
	return hands
}
