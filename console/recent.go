package console

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// The bounds of what Recent remembers.
const (
	mostParts    = 50_000 // pairs of a User ID and a variant
	mostRefusals = 100    // of each account
	minutes      = 10
)

// Recent remembers what was decided lately: counts of ten minutes by account, User
// ID and variant, and each account's last refusals. Its methods may be called by
// many goroutines at once; Saw is quick, and is called for every decision.
type Recent struct {
	mu       sync.Mutex
	swept    int64 // the minute in which what is old was last removed
	parts    map[partKey]*[minutes]cell
	refusals map[string]*refusals
}

// partKey names what is counted together.
type partKey struct {
	account, variant string
	user             uint64
}

// cell counts one minute.
type cell struct {
	minute                        int64
	offered, forwarded, throttled uint32
}

// refusals is a ring of one account's last refusals.
type refusals struct {
	ring [mostRefusals]journal.Decision
	n    uint64 // how many there were
}

// NewRecent returns one that remembers nothing yet.
func NewRecent() *Recent {
	return &Recent{parts: map[partKey]*[minutes]cell{}, refusals: map[string]*refusals{}}
}

// Saw remembers a decision about an account's request.
func (r *Recent) Saw(account string, request traffic.Request, d traffic.Decision) {
	variant, known := "unknown", false
	if _, known = duis.ParseVariant(request.Variant); known {
		variant = request.Variant
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count(partKey{account, variant, request.User}, &d)
	if d.Verdict == traffic.Forward {
		return
	}
	last := r.refusals[account]
	if last == nil {
		last = &refusals{}
		r.refusals[account] = last
	}
	at := &last.ring[last.n%mostRefusals]
	at.Account, at.Numbers, at.CommandVariant, at.Variant = account, d, duis.CommandVariant(request.Command), variant
	at.ID = duis.RequestID{Originator: duis.EUI64(request.User), Target: duis.EUI64(request.Target), Counter: request.Counter}
	if !known { // it is of the wire, and may be of any length
		at.Variant = strings.Clone(request.Variant[:min(len(request.Variant), 32)])
	}
	last.n++
}

func (r *Recent) count(key partKey, d *traffic.Decision) {
	minute := d.At / int64(time.Minute)
	part := r.parts[key]
	if part == nil {
		r.sweep(minute)
		if len(r.parts) >= mostParts {
			return
		}
		part = &[minutes]cell{}
		r.parts[key] = part
	}
	c := &part[minute%minutes]
	if c.minute != minute {
		*c = cell{minute: minute}
	}
	c.offered++
	if d.Verdict == traffic.Throttle {
		c.throttled++
	} else {
		c.forwarded++
	}
}

// sweep removes what nothing came of for ten minutes, at most once a minute.
func (r *Recent) sweep(minute int64) {
	if r.swept == minute {
		return
	}
	r.swept = minute
	for key, part := range r.parts {
		if !slices.ContainsFunc(part[:], func(c cell) bool { return c.minute > minute-minutes }) {
			delete(r.parts, key)
		}
	}
}

// Part is what came of one variant, or from one User ID, in about ten minutes.
type Part struct {
	Name      string `json:"name"` // the variant, or the User ID
	Words     string `json:"words,omitempty"`
	Offered   uint64 `json:"offered"`
	Forwarded uint64 `json:"forwarded"`
	Throttled uint64 `json:"throttled"`
}

// Parts returns an account's counts of the ten minutes before a time, by variant
// and by User ID, the most throttled first.
func (r *Recent) Parts(account string, now time.Time) (variants, users []Part) {
	byVariant, byUser := map[string]*Part{}, map[string]*Part{}
	minute := now.UnixNano() / int64(time.Minute)
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, part := range r.parts {
		if key.account != account {
			continue
		}
		for _, c := range part {
			if c.minute > minute-minutes && c.minute <= minute {
				addCell(byVariant, key.variant, c)
				addCell(byUser, duis.EUI64(key.user).String(), c)
			}
		}
	}
	variants, users = sortedParts(byVariant), sortedParts(byUser)
	for i := range variants {
		if v, known := duis.ParseVariant(variants[i].Name); known {
			variants[i].Words = v.Name()
		}
	}
	return variants, users
}

func addCell(to map[string]*Part, name string, c cell) {
	p := to[name]
	if p == nil {
		p = &Part{Name: name}
		to[name] = p
	}
	p.Offered += uint64(c.offered)
	p.Forwarded += uint64(c.forwarded)
	p.Throttled += uint64(c.throttled)
}

func sortedParts(m map[string]*Part) []Part {
	all := make([]Part, 0, len(m))
	for _, p := range m {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b Part) int {
		return cmp.Or(cmp.Compare(b.Throttled, a.Throttled), cmp.Compare(b.Offered, a.Offered), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// Refusals returns an account's last refusals, and what would have been one, at
// most n, the newest first.
func (r *Recent) Refusals(account string, n int) []journal.Decision {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := r.refusals[account]
	if last == nil {
		return nil
	}
	n = min(n, mostRefusals, int(min(last.n, mostRefusals)))
	all := make([]journal.Decision, 0, n)
	for i := range uint64(n) {
		all = append(all, last.ring[(last.n-1-i)%mostRefusals])
	}
	return all
}
