package simulate

import (
	"time"

	"srtm/duis"
	"srtm/traffic"
)

// message is one send as a rule sees it.
type message struct {
	user            int32  // place in the scenario
	id              uint64 // its User ID
	variant         duis.Variant
	cost            traffic.Amount
	target, counter uint64
	command         uint8
}

// answer is what a rule says to a message.
type answer struct {
	forward    bool
	retryAfter time.Duration // of a refusal; 0: none is given
}

// rule decides which messages go on to the DSP. Times never go back. Each lane has
// one of its own.
type rule interface {
	// change tells what holds from a time on: at the start, and whenever the
	// policy's period changes.
	change(at int64, now *terms)
	// admit decides about one message.
	admit(at int64, m *message) answer
	// forwarded tells what became of a message that was let through: when its
	// answer is out, and whether the DSP took it in.
	forwarded(at int64, m *message, done int64, taken bool)
}

// terms are what a policy says at one time, in the order of the scenario's Service
// Users.
type terms struct {
	rules       traffic.Rules
	threshold   traffic.Rate
	burst       time.Duration
	least       time.Duration // Retry-After of rules that have no better
	largest     traffic.Amount
	allocations []traffic.Rate
	depths      []traffic.Amount
	latency     time.Duration // of the DSP at its best
}

// unbound is the rule of none: everything goes on.
type unbound struct{}

func (unbound) change(int64, *terms)                   {}
func (unbound) admit(int64, *message) answer           { return answer{forward: true} }
func (unbound) forwarded(int64, *message, int64, bool) {}

// bucket fills at a rate without slots, up to its depth.
type bucket struct {
	tokens, depth traffic.Amount
	rate          traffic.Rate
	at            int64
}

// refill lets flow in what flowed since it was last looked at.
func (b *bucket) refill(at int64) {
	if at <= b.at {
		return
	}
	if b.tokens < b.depth {
		b.tokens = min(b.depth, b.tokens+b.rate.Over(time.Duration(at-b.at)))
	}
	b.at = at
}

func (b *bucket) take(at int64, cost traffic.Amount) bool {
	b.refill(at)
	if cost > b.tokens {
		return false
	}
	b.tokens -= cost
	return true
}

// set gives it another rate and depth; full says that it is to begin full.
func (b *bucket) set(at int64, rate traffic.Rate, depth traffic.Amount, full bool) {
	b.refill(at)
	b.rate, b.depth, b.at = rate, depth, at
	b.tokens = min(b.tokens, depth)
	if full {
		b.tokens = depth
	}
}

// firstCome holds all together to the operating threshold: one token bucket of rate
// T that holds what T gives in the policy's burst, for whoever comes first. From
// practice: it is the usual rate limit before a system. Chosen here: its burst,
// so that the DSP gets no more in any time than under the policy.
type firstCome struct {
	bucket bucket
	least  time.Duration
	begun  bool
}

func (f *firstCome) change(at int64, now *terms) {
	f.bucket.set(at, now.threshold, now.threshold.Over(now.burst), !f.begun)
	f.least, f.begun = now.least, true
}

func (f *firstCome) admit(at int64, m *message) answer {
	if f.bucket.take(at, m.cost) {
		return answer{forward: true}
	}
	return answer{retryAfter: f.least}
}

func (f *firstCome) forwarded(int64, *message, int64, bool) {}

// hardLimit holds everybody to its allocation, always, and lends nothing: a bucket
// for each Service User with its allocation and the policy's depth. From practice:
// it is the usual limit per client. Chosen here: rates, depths and slots, so that it
// differs from the policy in sharing alone; who is within its allocation is never
// refused by it either.
type hardLimit struct {
	buckets []traffic.Reference
	least   time.Duration
}

func (h *hardLimit) change(at int64, now *terms) {
	first := h.buckets == nil
	for i, a := range now.allocations {
		if first {
			h.buckets = append(h.buckets, *traffic.NewReference(now.rules, a, at))
		} else {
			h.buckets[i].Change(now.rules, a, at)
		}
	}
	h.least = now.least
}

func (h *hardLimit) admit(at int64, m *message) answer {
	if h.buckets[m.user].Take(at, m.cost) {
		return answer{forward: true}
	}
	return answer{retryAfter: h.least}
}

func (h *hardLimit) forwarded(int64, *message, int64, bool) {}
