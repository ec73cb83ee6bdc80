package console

import (
	"time"

	"srtm/traffic"
)

// seconds is how many points of history there are: ten minutes.
const seconds = 600

// point is the rates of one second.
type point struct {
	at                  time.Time // its end
	active              bool
	threshold, capacity float64
	total               rate3
	names               []string // of accounts, in the order of each; shared by points, not to be changed
	each                []rate3
}

// rate3 is what is drawn of somebody: Service Requests per second.
type rate3 struct{ offered, forwarded, throttled float64 }

// history is a ring of points.
type history struct {
	ring [seconds]point
	next int
	full bool
}

func (h *history) add(p point) {
	if before := h.ring[(h.next+seconds-1)%seconds]; sameNames(before.names, p.names) {
		p.names = before.names
	}
	h.ring[h.next] = p
	h.next = (h.next + 1) % seconds
	h.full = h.full || h.next == 0
}

func (h *history) all() []point {
	if !h.full {
		return append([]point(nil), h.ring[:h.next]...)
	}
	return append(append(make([]point, 0, seconds), h.ring[h.next:]...), h.ring[:h.next]...)
}

func sameNames(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// pointOf returns the rates between two samples.
func pointOf(now, before sample, capacity traffic.Rate) point {
	s := now.snapshot
	p := point{
		at: now.at, active: s.Active, threshold: float64(s.Rules.Threshold) / 1e9, capacity: float64(capacity) / 1e9,
		names: make([]string, len(s.Accounts)), each: make([]rate3, len(s.Accounts)),
	}
	earlier := countsByName(before.snapshot)
	length := now.at.Sub(before.at).Seconds()
	var total Rates
	for i, a := range s.Accounts {
		r := ratesOf(a.Counts, earlier[a.Name], length)
		total.add(r)
		p.names[i], p.each[i] = a.Name, drawn(r)
	}
	p.total = drawn(total)
	return p
}

// drawn is what a plot shows: shadow goes on to the DSP, and what is refused while
// closed is refused.
func drawn(r Rates) rate3 {
	return rate3{r.OfferedRate, r.ForwardedRate + r.ShadowedRate, r.ThrottledRate + r.ClosedRate}
}

func countsByName(s traffic.Snapshot) map[string]traffic.Counts {
	all := make(map[string]traffic.Counts, len(s.Accounts))
	for _, a := range s.Accounts {
		all[a.Name] = a.Counts
	}
	return all
}

// of returns the rates of an account at a point; empty: of all together.
func (p *point) of(account string) rate3 {
	if account == "" {
		return p.total
	}
	for i, name := range p.names {
		if name == account {
			return p.each[i]
		}
	}
	return rate3{}
}

// History is the last ten minutes, the oldest second first. All lists have the
// same length. Rates are Service Requests per second.
type History struct {
	Account   string    `json:"account,omitempty"` // whose; absent: of all together
	At        []float64 `json:"at"`                // ends of the seconds, seconds since 1970 UTC
	Offered   []float64 `json:"offered_per_s"`
	Forwarded []float64 `json:"forwarded_per_s"` // what would have been throttled in shadow went on, and is in it
	Throttled []float64 `json:"throttled_per_s"` // refused, for traffic or because nothing is taken
	Active    []bool    `json:"active"`          // traffic management
	Threshold []float64 `json:"threshold_per_s"` // T, of the system
	Capacity  []float64 `json:"capacity_per_s"`  // C

	Allocation Exact `json:"allocation_per_s,omitempty"` // of the account now
}

// past answers with the history of the account that is asked for.
func (s *Server) past(c *call) (any, error) {
	account := c.query.Get("account") // the system's totals where there is none, also for a Service User
	if account != "" && (!c.person.MaySee(account) || !s.known(account)) {
		return nil, noAccount(account)
	}
	h := historyOf(s.meter.past(), account)
	for _, a := range s.meter.latest().Accounts {
		if a.Account == account {
			h.Allocation = a.Allocation
		}
	}
	return h, nil
}

func historyOf(points []point, account string) History {
	n := len(points)
	h := History{
		Account: account, At: make([]float64, n), Offered: make([]float64, n), Forwarded: make([]float64, n), Throttled: make([]float64, n),
		Active: make([]bool, n), Threshold: make([]float64, n), Capacity: make([]float64, n),
	}
	for i := range points {
		p := &points[i]
		r := p.of(account)
		h.At[i], h.Active[i], h.Threshold[i], h.Capacity[i] = float64(p.at.UnixMilli())/1000, p.active, p.threshold, p.capacity
		h.Offered[i], h.Forwarded[i], h.Throttled[i] = tenth(r.offered), tenth(r.forwarded), tenth(r.throttled)
	}
	return h
}

// tenth rounds to a tenth.
func tenth(v float64) float64 { return float64(int64(v*10+0.5)) / 10 }

// known says whether a policy in force has this account.
func (s *Server) known(account string) bool {
	for _, a := range s.source.Policy().Accounts {
		if a.Name == account {
			return true
		}
	}
	return false
}
