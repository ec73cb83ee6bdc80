package simulate

import "time"

// maxPoints is how many points a series has at most.
const maxPoints = 2000

// maxUserPoints is how many points those of all Service Users have together in one
// run.
const maxUserPoints = 200_000

// Point is what became of the messages that were sent in a stretch of time.
type Point struct {
	Offered, Throttled, Failed, Late, Answered uint32

	Backlog time.Duration // the longest that the DSP had at a message's arrival
	Outage  uint32        // seconds of outage in it
	Active  bool          // of the rule policy: traffic management was active at some message in it
}

// UserPoint is a Point of one Service User.
type UserPoint struct{ Offered, Throttled, Answered uint32 }

// steps are the lengths that a stretch may have.
var steps = [...]time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

// stepFor is the shortest stretch of which so many reach over a length, or are
// the most that can.
func stepFor(length time.Duration, points int) time.Duration {
	for _, s := range steps {
		if (length+s-1)/s <= time.Duration(points) {
			return s
		}
	}
	return max(steps[len(steps)-1], length/time.Duration(points)+1)
}

// fill counts the points that reach over a length.
func fill[P any](length, every time.Duration) []P {
	return make([]P, (length+every-1)/every)
}
