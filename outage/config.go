package outage

import (
	"fmt"
	"time"
)

// SR is the cost of one Service Request. Costs are in 10⁻⁹ Service Request and
// capacities in 10⁻⁹ Service Request per second.
const SR int64 = 1_000_000_000

// Limits on what a Config may hold and on the cost of a request. They keep
// every sum and product within its integers.
const (
	MinCapacity = SR / 1000
	MaxCapacity = 10_000_000 * SR
	MaxCost     = 1000 * SR // a larger cost counts as this, a negative one as 0
	MaxDuration = time.Hour // of every duration in a Config
	MaxSeconds  = 100_000
)

// Config says what a Server can do and how it fails. Everything but Capacity
// has a default, which is taken where the value is zero.
type Config struct {
	// Capacity is what the server works off when it is well, in 10⁻⁹ Service
	// Request per second, fractions of one included. A request's work is
	// rounded up to whole nanoseconds, so at very large capacities the server
	// is a little slower than this: by 1 % at most, at ten million a second.
	Capacity int64

	Latency  time.Duration // from arrival to answer when nothing is ahead; default 60ms
	Comfort  time.Duration // the backlog that does it no harm; default 1.5s
	Full     time.Duration // the backlog at which it refuses; default 5s
	Floor    int           // least efficiency, in thousandths; default 200
	Refusal  int           // work of a refusal, in thousandths of the request's own; default 125
	Recovery time.Duration // calm that it needs from Floor to full efficiency; default 5s

	// InTime is the latency up to which an answer counts as goodput; default
	// 2.5s, which still reaches callers that wait for 3 s. It changes what is
	// measured, never what is answered.
	InTime time.Duration

	Seconds int // how many seconds of the past are kept; default 600
}

// withDefaults fills in what was left zero.
func (c Config) withDefaults() Config {
	def := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	count := func(n *int, value int) {
		if *n == 0 {
			*n = value
		}
	}
	def(&c.Latency, 60*time.Millisecond)
	def(&c.Comfort, 1500*time.Millisecond)
	def(&c.Full, 5*time.Second)
	count(&c.Floor, 200)
	count(&c.Refusal, 125)
	def(&c.Recovery, 5*time.Second)
	def(&c.InTime, 2500*time.Millisecond)
	count(&c.Seconds, 600)
	return c
}

// check returns the first reason why the configuration cannot work.
func (c Config) check() error {
	if err := checkCapacity(c.Capacity); err != nil {
		return err
	}
	durations := []struct {
		name  string
		value time.Duration
	}{{"latency", c.Latency}, {"comfort", c.Comfort}, {"full", c.Full}, {"recovery", c.Recovery}, {"in time", c.InTime}}
	for _, d := range durations {
		if d.value < time.Millisecond || d.value > MaxDuration {
			return fmt.Errorf("%s of %v: choose one from 1ms to %v", d.name, d.value, MaxDuration)
		}
	}
	switch {
	case c.Full <= c.Comfort:
		return fmt.Errorf("full at a backlog of %v, which is not above the %v that does no harm: raise full or lower comfort", c.Full, c.Comfort)
	case c.Comfort+c.Latency > c.InTime:
		return fmt.Errorf("a healthy server would answer as late as %v after arrival, and in time means %v: lower comfort or latency, or raise in time", c.Comfort+c.Latency, c.InTime)
	case c.Floor < 1 || c.Floor > 1000:
		return fmt.Errorf("floor of %d thousandths: choose 1 to 1000", c.Floor)
	case c.Refusal < 1 || c.Refusal > c.Floor:
		return fmt.Errorf("refusal of %d thousandths: choose 1 to %d, the floor, or a load below capacity could keep the server down for ever", c.Refusal, c.Floor)
	case c.Seconds < 1 || c.Seconds > MaxSeconds:
		return fmt.Errorf("%d seconds of the past: choose 1 to %d", c.Seconds, MaxSeconds)
	}
	return nil
}

func checkCapacity(capacity int64) error {
	if capacity < MinCapacity || capacity > MaxCapacity {
		return fmt.Errorf("capacity of %g/s: choose one from %g/s to %d/s",
			float64(capacity)/float64(SR), float64(MinCapacity)/float64(SR), MaxCapacity/SR)
	}
	return nil
}
