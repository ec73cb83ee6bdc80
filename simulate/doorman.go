package simulate

import (
	"slices"
	"time"

	"srtm/traffic"
)

// How Doorman is set here.
const (
	doormanRefresh = 5 * time.Second   // how often a client asks anew
	doormanLease   = 300 * time.Second // how long what it got holds without asking
)

// doorman is youtube/doorman with its algorithm FAIR_SHARE, written from its
// published description (doc/algorithms.md, doc/configuration.md).
//
// From the description, with its typical 5 s and 300 s: each client tells a server, every refresh interval, how
// much capacity it wants, and gets a lease of some; a client that gets less than it
// wants has its share, and what others do not want is divided among those who want
// more, in rounds; the sum of all leases never exceeds the capacity, so a client
// may have to wait until others have refreshed; the client itself keeps to its
// lease.
//
// Chosen here: the capacity is T; a client is a Service User, and shares are in
// proportion to allocation, as those of a client with that many subclients;
// it wants twice what it was asked to send, by rate, in the refresh interval before,
// so that it has room for chance, but at least a tenth of its allocation, so that it
// is never without any; it refreshes
// every 5 s, the clients one after the other; it refuses what is over its lease,
// where the library would have the caller wait, since nothing here queues; its
// bucket is as deep as the policy's for such a rate; and it begins with its
// allocation.
type doorman struct {
	clients []leaseholder
	now     terms
	next    int64 // when the next client refreshes
	turn    int   // which
	open    []int // clients that share what is left; kept to save allocations
}

type leaseholder struct {
	bucket bucket
	has    traffic.Rate   // its lease
	until  int64          // when that ends
	asked  traffic.Amount // since it refreshed
	wants  traffic.Rate
}

func (d *doorman) change(at int64, now *terms) {
	d.now = *now
	if d.clients == nil {
		d.clients = make([]leaseholder, len(now.allocations))
		d.next = at + int64(doormanRefresh)/int64(len(d.clients))
		for i := range d.clients {
			d.clients[i].wants = now.allocations[i]
			d.grant(at, i, now.allocations[i])
			d.clients[i].bucket.tokens = d.clients[i].bucket.depth
		}
		return
	}
	for i := range d.clients { // less capacity is known at once; more with the next refresh
		c := &d.clients[i]
		d.grant(at, i, min(c.has, d.share(i)))
	}
}

// grant gives a client a lease.
func (d *doorman) grant(at int64, i int, rate traffic.Rate) {
	c := &d.clients[i]
	c.has, c.until = rate, at+int64(doormanLease)
	depth := traffic.Amount(0)
	if rate > 0 {
		depth = max(d.now.largest, rate.Over(d.now.burst)/2)
	}
	c.bucket.set(at, rate, depth, false)
}

func (d *doorman) admit(at int64, m *message) answer {
	for d.next <= at {
		d.refresh(d.next)
		d.next += max(1, int64(doormanRefresh)/int64(len(d.clients)))
	}
	c := &d.clients[m.user]
	c.asked += m.cost
	if c.bucket.take(at, m.cost) {
		return answer{forward: true}
	}
	return answer{retryAfter: d.now.least}
}

func (d *doorman) forwarded(int64, *message, int64, bool) {}

// refresh has the client whose turn it is ask, and answers it.
func (d *doorman) refresh(at int64) {
	i := d.turn
	d.turn = (d.turn + 1) % len(d.clients)
	c := &d.clients[i]
	c.wants = max(traffic.Rate(2*int64(c.asked)/int64(doormanRefresh/time.Second)), d.now.allocations[i]/10)
	c.asked = 0
	left := d.now.threshold
	for n := range d.clients {
		if o := &d.clients[n]; n != i && o.until > at {
			left -= o.has
		}
	}
	d.grant(at, i, max(0, min(c.wants, d.share(i), left)))
}

// share is a client's fair share of the capacity among what all want now: in
// rounds, whoever wants less than its part of what is left gets what it wants.
func (d *doorman) share(i int) traffic.Rate {
	left, weight := float64(d.now.threshold), 0.0
	d.open = d.open[:0]
	for n := range d.clients {
		if a := d.now.allocations[n]; a > 0 {
			d.open = append(d.open, n)
			weight += float64(a)
		}
	}
	for len(d.open) > 0 {
		before := len(d.open)
		level := left / weight
		d.open = slices.DeleteFunc(d.open, func(n int) bool {
			a := float64(d.now.allocations[n])
			if float64(d.clients[n].wants) > level*a {
				return false
			}
			left -= float64(d.clients[n].wants)
			weight -= a
			return true
		})
		if len(d.open) == before {
			break
		}
	}
	if !slices.Contains(d.open, i) {
		if d.now.allocations[i] == 0 {
			return 0
		}
		return d.clients[i].wants
	}
	return traffic.Rate(left / weight * float64(d.now.allocations[i]))
}
