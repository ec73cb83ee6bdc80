package access

import (
	"fmt"
	"hash/maphash"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// TooManyError is what a sign-in returns that comes too soon after others.
type TooManyError struct {
	After time.Duration // when to try again
}

// Error says so.
func (e TooManyError) Error() string {
	return fmt.Sprintf("too many attempts to sign in: try again in %v", e.After.Round(time.Second))
}

// limits bound how fast passwords can be tried. Three rules, in this order:
//
//  1. A name that has signed in from an address before has a limit of its own
//     there. Nobody elsewhere can use it up, so nobody is locked out of the place
//     where they work.
//  2. Else all attempts from an address count together,
//  3. and all for a name, from wherever they come. An attacker who keeps a name
//     busy keeps its owner out of new places only, and only while that lasts; a
//     one-time link is not limited by name.
//
// Each limit is one of a fixed table, chosen by a keyed hash: memory is bounded, no
// name or address can be made to be forgotten, and unknown names are treated as
// known ones. Some share a limit by chance.
type limits struct {
	seed      maphash.Seed
	mu        sync.Mutex
	familiar  map[uint64]time.Time // when a name last signed in from an address
	own       [tableSize]*rate.Limiter
	addresses [tableSize]*rate.Limiter
	names     [tableSize]*rate.Limiter
}

const (
	tableSize   = 2048
	maxFamiliar = 4096

	ownBurst, ownEvery         = 10, 10 * time.Second
	addressBurst, addressEvery = 30, 4 * time.Second
	nameBurst, nameEvery       = 10, 20 * time.Second
)

func newLimits() *limits {
	l := &limits{seed: maphash.MakeSeed(), familiar: map[uint64]time.Time{}}
	for i := range tableSize {
		l.own[i] = rate.NewLimiter(rate.Every(ownEvery), ownBurst)
		l.addresses[i] = rate.NewLimiter(rate.Every(addressEvery), addressBurst)
		l.names[i] = rate.NewLimiter(rate.Every(nameEvery), nameBurst)
	}
	return l
}

func (l *limits) key(words ...string) uint64 {
	var h maphash.Hash
	h.SetSeed(l.seed)
	for _, w := range words {
		_, _ = h.WriteString(w) // never fails
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

// attempt takes one attempt to sign in with a password.
func (l *limits) attempt(name, from string, now time.Time) error {
	key := l.key(name, from)
	l.mu.Lock()
	_, familiar := l.familiar[key]
	l.mu.Unlock()
	if familiar {
		return take(l.own[key%tableSize], now)
	}
	if err := l.visit(from, now); err != nil {
		return err
	}
	return take(l.names[l.key(name)%tableSize], now)
}

// visit takes one attempt of any kind from an address.
func (l *limits) visit(from string, now time.Time) error {
	return take(l.addresses[l.key(from)%tableSize], now)
}

// succeeded remembers that a name has signed in from an address.
func (l *limits) succeeded(name, from string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.familiar) >= maxFamiliar {
		var oldest uint64
		at := now
		for key, used := range l.familiar {
			if !used.After(at) {
				oldest, at = key, used
			}
		}
		delete(l.familiar, oldest)
	}
	l.familiar[l.key(name, from)] = now
}

// take takes one of a limit, or says when there will be one again.
func take(l *rate.Limiter, now time.Time) error {
	wait := l.ReserveN(now, 1)
	after := wait.DelayFrom(now)
	if after <= 0 {
		return nil
	}
	wait.CancelAt(now)
	return TooManyError{After: after}
}

// address returns where a request comes from, without the port.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return "unknown"
	}
	return host
}

// network returns by what a request's origin is limited: an IPv4 address, or the
// /64 of an IPv6 address, within which a host may have any.
func network(r *http.Request) string {
	ip, err := netip.ParseAddr(address(r))
	if err != nil {
		return "unknown"
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}
