package console

import (
	"maps"
	"sync"
	"time"

	"srtm/traffic"
)

// kept is what metrics need of the past. The mechanism forgets the counters of an
// account that a change of policy takes away, and begins anew when it comes back;
// a counter for Prometheus must not go down. So what an account had when it was
// last seen is kept and added. What it had beyond that stands under the account
// (other): the mechanism knows the exact sum of all that was taken away, and the sum
// over all accounts is always that of all decisions.
type kept struct {
	mu          sync.Mutex
	last        traffic.Snapshot          // the last one that was seen
	gone        map[string]traffic.Counts // by account: what was taken away, as far as it was seen
	active      bool
	since       int64 // when active last changed, or when the process began
	activations uint64
	length      time.Duration // of active times that are over
}

// past is what the metrics say that the mechanism does not know any more.
type past struct {
	now         traffic.Snapshot
	accounts    []accountCounts
	activations uint64
	active      time.Duration
}

// accountCounts are the counters of one account, which never go down.
type accountCounts struct {
	name   string
	counts traffic.Counts
}

func (k *kept) begin(source Source) {
	k.last, k.gone = source.Traffic(nil), map[string]traffic.Counts{}
	k.active, k.since = k.last.Active, max(k.last.Since, source.Now().UnixNano())
}

// look takes a snapshot and remembers it. No two are taken at once, so that none
// is taken for a later one.
func (k *kept) look(source Source) past {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := source.Traffic(nil)
	k.turned(s.Active, s.Since)
	k.remember(s)
	k.last = s
	out := past{now: s, activations: k.activations, active: k.length}
	if k.active {
		out.active += max(0, time.Duration(source.Now().UnixNano()-k.since))
	}
	rest := s.Removed
	for _, counts := range k.gone {
		rest = minus(rest, counts)
	}
	absent := maps.Clone(k.gone)
	for _, a := range s.Accounts {
		out.accounts = append(out.accounts, accountCounts{a.Name, plus(a.Counts, k.gone[a.Name])})
		delete(absent, a.Name)
	}
	for name, counts := range absent {
		out.accounts = append(out.accounts, accountCounts{name, counts})
	}
	if rest != (traffic.Counts{}) {
		out.accounts = append(out.accounts, accountCounts{otherAccounts, rest})
	}
	return out
}

// otherAccounts cannot be the name of an account.
const otherAccounts = "(other)"

// remember notes which accounts went, or went and came back, since the last look.
// Accounts go with a change of rules only.
func (k *kept) remember(s traffic.Snapshot) {
	if s.Policy == k.last.Policy {
		return
	}
	now := make(map[string]traffic.Counts, len(s.Accounts))
	for _, a := range s.Accounts {
		now[a.Name] = a.Counts
	}
	for _, before := range k.last.Accounts {
		if counts, in := now[before.Name]; !in || less(counts, before.Counts) {
			k.gone[before.Name] = plus(k.gone[before.Name], before.Counts)
		}
	}
}

// observe is told when traffic management becomes active or is released.
func (k *kept) observe(active bool, since int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.turned(active, since)
}

func (k *kept) turned(active bool, since int64) {
	if active == k.active || since < k.since {
		return
	}
	if active {
		k.activations++
	} else {
		k.length += time.Duration(since - k.since)
	}
	k.active, k.since = active, since
}

// less says whether a counter is below what it was, so that it began anew.
func less(now, before traffic.Counts) bool {
	for v := range before {
		for r := range before[v] {
			if now[v][r].Requests < before[v][r].Requests {
				return true
			}
		}
	}
	return false
}

func plus(a, b traffic.Counts) traffic.Counts {
	a.Add(b)
	return a
}

// minus takes away what is part of a sum.
func minus(a, b traffic.Counts) traffic.Counts {
	for v := range a {
		for r := range a[v] {
			n, o := &a[v][r], b[v][r]
			n.Requests -= o.Requests
			if n.Cost.Part < o.Cost.Part {
				n.Cost.Whole--
				n.Cost.Part += traffic.SR
			}
			n.Cost.Whole -= o.Cost.Whole
			n.Cost.Part -= o.Cost.Part
		}
	}
	return a
}
