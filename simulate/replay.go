package simulate

import (
	"fmt"
	"iter"
	"time"

	"srtm/duis"
	"srtm/policy"
	"srtm/traffic"
)

// Arrival is one recorded Service Request.
type Arrival struct {
	At      int64  // nanoseconds since 1970 UTC
	Account string // whose allocation it spends
	Variant string // Service Request Variant, as it was recorded
	User    uint64 // its User ID, if HasUser
	HasUser bool

	// Target and Counter are, with User, the RequestID; Command is the Command
	// Variant. They matter only where critical commands are finished.
	Target, Counter uint64
	Command         uint8
}

// Replay decides about every arrival under the rules, starting with full
// buckets at the first one's time, and shows each arrival with its decision. It
// stops at the first arrival that is an error, has an unknown account, or a User
// ID that is not that account's, and at the first error of show.
func Replay(rules traffic.Rules, arrivals iter.Seq2[Arrival, error], show func(Arrival, traffic.Decision) error) error {
	return replay(&player{at: func(time.Time) policy.Period { return policy.Period{Rules: rules} }}, arrivals, show)
}

// ReplayPolicy is Replay under a policy, with what it reserves and its
// maintenance at the times of the arrivals; its own effective time is ignored.
func ReplayPolicy(p *policy.Policy, arrivals iter.Seq2[Arrival, error], show func(Arrival, traffic.Decision) error) error {
	return replay(newPlayer(p), arrivals, show)
}

func replay(p *player, arrivals iter.Seq2[Arrival, error], show func(Arrival, traffic.Decision) error) error {
	number := 0
	for a, err := range arrivals {
		if err != nil {
			return err
		}
		number++
		if err := p.reach(a.At); err != nil {
			return err
		}
		user, err := p.accounts.user(a)
		if err != nil {
			return fmt.Errorf("arrival %d: %w", number, err)
		}
		if err := show(a, p.decide(a, user)); err != nil {
			return err
		}
	}
	return nil
}

// lookup finds a User ID to decide by.
type lookup struct {
	first map[string]uint64 // by account: one of its User IDs, any will do
	owner map[uint64]string // by User ID: its account

	unlisted string // account of whoever has none; empty: there is none
}

func newLookup(rules traffic.Rules) lookup {
	l := lookup{make(map[string]uint64), make(map[uint64]string), rules.Unlisted}
	for _, a := range rules.Accounts {
		for _, u := range a.Users {
			l.owner[u] = a.Name
		}
		if len(a.Users) > 0 {
			l.first[a.Name] = a.Users[0]
		}
	}
	if _, has := l.first[rules.Unlisted]; !has && rules.Unlisted != "" { // any User ID will do that is nobody's
		stranger := uint64(1)
		for l.owner[stranger] != "" {
			stranger++
		}
		l.first[rules.Unlisted] = stranger
	}
	return l
}

func (l lookup) user(a Arrival) (uint64, error) {
	user, known := l.first[a.Account]
	if !known {
		return 0, fmt.Errorf("account %q is not in the portfolio", a.Account)
	}
	if !a.HasUser {
		return user, nil
	}
	if owner := l.owner[a.User]; owner != a.Account && (owner != "" || a.Account != l.unlisted) {
		return 0, fmt.Errorf("the User ID %v is not one of account %q", duis.EUI64(a.User), a.Account)
	}
	return a.User, nil
}

// originator returns the User ID whose allocation an arrival spends under these
// rules, whatever they were under which it was recorded.
func (l lookup) originator(a Arrival) (user uint64, known bool) {
	if a.HasUser && (l.owner[a.User] != "" || l.unlisted != "") {
		return a.User, true
	}
	if a.HasUser {
		return 0, false
	}
	user, known = l.first[a.Account]
	return user, known
}
