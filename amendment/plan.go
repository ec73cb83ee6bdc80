package amendment

import (
	"reflect"
	"slices"
	"time"

	"srtm/policy"
)

// Step is what is to hold from a time on.
type Step struct {
	From   time.Time
	Policy *policy.Policy
	Period policy.Period
}

// maxSteps is the most that Plan returns.
const maxSteps = 10_000

// Plan returns what holds at a time, and the next changes after it, at most n
// elements in all, in their order: versions that take effect, and what the
// version then in force says of the time of day and of maintenance, together with
// what operators do. No element gives the same rules for the same causes under
// the same policy as the one before it. Where nothing is in force at the time, the
// first element is the first version to come.
func (r *Register) Plan(from time.Time, n int, hands ...policy.Hand) []Step {
	r.mu.Lock()
	defer r.mu.Unlock()
	n = min(n, maxSteps)
	var steps []Step
	at := from.UTC().Round(0)
	// Edges that change nothing are few between two that do.
	for tries := 0; len(steps) < n && tries < 4*n+maxSteps; tries++ {
		i := r.state.inForce(at)
		next := r.nextFrom(at)
		if i >= 0 {
			p, err := r.look(i)
			if err != nil {
				return steps // a past version that can no longer be read
			}
			period := p.At(at, hands...)
			steps = join(steps, Step{at, p, period})
			if next.IsZero() || !period.Until.IsZero() && period.Until.Before(next) {
				next = period.Until
			}
		}
		if next.IsZero() {
			break
		}
		at = next
	}
	return steps
}

// nextFrom returns when the next version after a time takes effect; zero: none.
func (r *Register) nextFrom(at time.Time) (next time.Time) {
	for _, v := range r.state.Versions {
		if v.stands() && v.From.After(at) && (next.IsZero() || v.From.Before(next)) {
			next = v.From
		}
	}
	return next
}

// join appends a step unless it gives what the last one does, which then holds on.
func join(steps []Step, s Step) []Step {
	if len(steps) == 0 {
		return append(steps, s)
	}
	last := &steps[len(steps)-1]
	if last.Policy.Digest == s.Policy.Digest && slices.Equal(last.Period.Causes, s.Period.Causes) && last.Period.Capacity == s.Period.Capacity &&
		reflect.DeepEqual(last.Period.Rules, s.Period.Rules) {
		last.Period.Until = s.Period.Until
		return steps
	}
	return append(steps, s)
}
