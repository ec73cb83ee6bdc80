package simulate

import (
	"fmt"
	"iter"

	"srtm/duis"
	"srtm/traffic"
)

// Arrival is one recorded Service Request.
type Arrival struct {
	At      int64  // nanoseconds since 1970 UTC
	Account string // whose allocation it spends
	Variant string // Service Request Variant, as it was recorded
	User    uint64 // its User ID, if HasUser
	HasUser bool
}

// Replay decides about every arrival under the rules, starting with full
// buckets at the first one's time, and shows each arrival with its decision. It
// stops at the first arrival that is an error, has an unknown account, or a User
// ID that is not that account's, and at the first error of show.
func Replay(rules traffic.Rules, arrivals iter.Seq2[Arrival, error], show func(Arrival, traffic.Decision) error) error {
	accounts := newLookup(rules)
	var controller *traffic.Controller
	number := 0
	for a, err := range arrivals {
		if err != nil {
			return err
		}
		number++
		if controller == nil {
			if controller, err = traffic.New(rules, traffic.Start{At: a.At}); err != nil {
				return err
			}
		}
		user, err := accounts.user(a)
		if err != nil {
			return fmt.Errorf("arrival %d: %w", number, err)
		}
		d, _ := controller.Admit(a.At, traffic.Request{User: user})
		if err := show(a, d); err != nil {
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
