package scenario

import (
	"fmt"
	"math"
	"time"

	"srtm/duis"
)

// Limits on what a Scenario may hold, so that a hostile file is refused and
// every number stays within what the generator can represent.
const (
	MaxUsers   = 10_000
	MaxParts   = 64      // of one Service User's traffic
	MaxStreams = 100_000 // parts of all Service Users together
	MaxLength  = 400 * 24 * time.Hour
	MaxRate    = Rate(1_000_000) // per second, of one part
	MaxBurst   = 1_000_000       // requests at one instant, of one part
	MaxDevices = 1 << 32
	MaxWeight  = 1_000_000_000 // of a variant in a mix
)

// Rate is Service Requests per second.
type Rate float64

// Scenario is what is played: the Service Users, their traffic and their
// clients. It is a value; once it has passed Check nothing in this package
// changes it, and any number of goroutines may use it.
type Scenario struct {
	Name   string
	Seed   uint64
	Length time.Duration // every arrival and every send lies in [0, Length)
	Starts time.Duration // since Monday 00:00 UTC; shapes depend on it, nothing else
	Users  []User

	Setting Setting // for a simulator
}

// User is one Service User: its traffic and its client.
type User struct {
	Account string // unique in the scenario
	Devices uint64 // how many devices its requests are spread over; at least 1
	Client  Client
	Traffic []Part
}

// Spacing is how the arrivals of a part follow each other.
type Spacing uint8

// The spacings.
const (
	Poisson Spacing = iota // independent of each other, as from many devices and customers
	Even                   // as far from each other as the rate allows, as from one batch job
)

// Part is one part of a Service User's traffic: a rate from From to To, or,
// where Burst is not 0, Burst requests at the instant From and again each Every
// before To.
type Part struct {
	From, To time.Duration
	Rate     Rate // at From
	Rise     Rate // how much more it is at To; may be negative
	Burst    int
	Every    time.Duration // 0: once
	Shape    Shape         // of a rate
	Spacing  Spacing       // of a rate
	Mix      Mix
}

// Arrival is one Service Request whose time has come. What goes on the wire for
// it, and whether more than once, is the client's to say: see First and Next.
type Arrival struct {
	At      time.Duration
	User    int        // index into Scenario.Users
	Number  uint64     // 1, 2, 3, … among this Service User's arrivals
	Target  duis.EUI64 // the device; locally administered, so nobody's real one
	Variant duis.Variant
}

// Check says why the scenario cannot be played, or nil. Parse has called it.
func (s *Scenario) Check() error {
	if s.Length <= 0 || s.Length > MaxLength {
		return fmt.Errorf("the length %v is not above 0 and at most %v", s.Length, MaxLength)
	}
	if s.Starts < 0 || s.Starts >= week {
		return fmt.Errorf("the start, %v after Monday 00:00, is not within one week", s.Starts)
	}
	if len(s.Users) == 0 || len(s.Users) > MaxUsers {
		return fmt.Errorf("%d Service Users are not between 1 and %d", len(s.Users), MaxUsers)
	}
	seen, streams := make(map[string]bool, len(s.Users)), 0
	for _, u := range s.Users {
		if streams += len(u.Traffic); streams > MaxStreams {
			return fmt.Errorf("all Service Users together have more than %d parts of traffic; give each fewer", MaxStreams)
		}
		if seen[u.Account] {
			return fmt.Errorf("the Service User %q is there twice; give each account one entry", u.Account)
		}
		seen[u.Account] = true
		if err := u.check(s.Length); err != nil {
			return fmt.Errorf("the Service User %q: %w", u.Account, err)
		}
	}
	return s.Setting.check(s.Length)
}

func (u *User) check(length time.Duration) error {
	if err := checkAccount(u.Account); err != nil {
		return err
	}
	if u.Devices < 1 || u.Devices > MaxDevices {
		return fmt.Errorf("%d devices are not between 1 and %d", u.Devices, uint64(MaxDevices))
	}
	if len(u.Traffic) > MaxParts {
		return fmt.Errorf("%d parts of traffic are more than %d", len(u.Traffic), MaxParts)
	}
	if err := u.Client.check(); err != nil {
		return err
	}
	for i := range u.Traffic {
		if err := u.Traffic[i].check(length); err != nil {
			return fmt.Errorf("part %d of its traffic: %w", i+1, err)
		}
	}
	return nil
}

// checkAccount holds a name to what a policy allows for an account.
func checkAccount(name string) error {
	ok := len(name) >= 1 && len(name) <= 64
	for _, c := range []byte(name) {
		ok = ok && (c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-')
	}
	if !ok {
		return fmt.Errorf("%q is no account's name; 1 to 64 of A-Z a-z 0-9 . _ - are", name)
	}
	return nil
}

func (p *Part) check(length time.Duration) error {
	switch {
	case p.From < 0 || p.From >= length:
		return fmt.Errorf("it begins at %v, outside of the scenario, which lasts %v", p.From, length)
	case p.To <= p.From:
		return fmt.Errorf("it ends at %v, not after its beginning at %v", p.To, p.From)
	case p.To > length:
		return fmt.Errorf("it ends at %v, after the scenario, which lasts %v", p.To, length)
	}
	if p.Burst != 0 {
		return p.checkBurst()
	}
	for _, r := range []Rate{p.Rate, p.Rate + p.Rise} {
		if !(r >= 0 && r <= MaxRate) {
			return fmt.Errorf("the rate %g/s is not between 0/s and %g/s", float64(r), float64(MaxRate))
		}
	}
	if p.Every != 0 {
		return fmt.Errorf("only a burst comes again every %v; a rate goes on by itself", p.Every)
	}
	if p.Spacing > Even {
		return fmt.Errorf("%d is no spacing; Poisson and Even are", p.Spacing)
	}
	if err := p.Shape.check(); err != nil {
		return err
	}
	return p.Mix.check()
}

func (p *Part) checkBurst() error {
	if p.Burst < 1 || p.Burst > MaxBurst {
		return fmt.Errorf("a burst of %d is not between 1 and %d", p.Burst, MaxBurst)
	}
	if p.Every != 0 && (p.Every < time.Millisecond || p.Every > MaxLength) {
		return fmt.Errorf("a burst cannot come again every %v; between 1ms and %v it can", p.Every, MaxLength)
	}
	if p.Rate != 0 || p.Rise != 0 || p.Shape.set() {
		return fmt.Errorf("a burst has no rate and no shape; make two parts of it")
	}
	return p.Mix.check()
}

// finite reports whether x is a number that can be compared and added up.
func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
