package console

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"srtm/access"
)

// Now is what is happening: the page Now, /api/v1/now, and the event state. Rates
// are Service Requests per second, over the last second.
type Now struct {
	At          time.Time   `json:"at"`
	Name        string      `json:"policy"`
	Environment string      `json:"environment"`
	Mode        string      `json:"mode"`   // enforce, shadow, off or suspended
	Active      bool        `json:"active"` // traffic management
	Since       time.Time   `json:"active_since"`
	Closed      bool        `json:"closed"`   // nothing is taken
	Sentence    []Phrase    `json:"sentence"` // all of it in words
	Period      PeriodState `json:"period"`
	Offered     float64     `json:"offered_per_s"`
	Forwarded   float64     `json:"forwarded_per_s"`
	Throttled   float64     `json:"throttled_per_s"`
	Shut        float64     `json:"closed_per_s"`
	Shadowed    float64     `json:"shadowed_per_s"`
	Threshold   Exact       `json:"threshold_per_s"`
	Capacity    Exact       `json:"capacity_per_s"`
	DSP         *DSPTile    `json:"dsp,omitempty"`    // for whoever sees everybody
	Alarms      []Alarm     `json:"alarms,omitempty"` // likewise
	Banners     []Banner    `json:"banners"`          // what holds by somebody's hand, or by the policy for a while
	Users       []UserLine  `json:"users"`            // trouble first; a Service User finds itself only
}

// Phrase is a part of a sentence.
type Phrase struct {
	Text   string `json:"text"`
	Strong bool   `json:"strong,omitempty"`
}

// DSPTile is how the DSP fares as seen from here, over about ten seconds.
type DSPTile struct {
	Answers float64 `json:"answers_per_s"`
	P99     float64 `json:"p99_ms"` // an upper bound: the top of a class of durations; 0: there was no answer
	Slowest bool    `json:"beyond"` // it is above P99, which is the top of the last class
	Errors  float64 `json:"errors_per_s"`
	InUse   int     `json:"connections_in_use"`
}

// Alarm is something that a person should look at. It proposes and never acts.
type Alarm struct {
	Name  string    `json:"name"`
	Text  string    `json:"text"` // what is the matter, and what may be done
	Since time.Time `json:"since"`
	Grave bool      `json:"grave"` // somebody must act
}

// Banner is something that holds for a while and that everybody is to know.
type Banner struct {
	Text  string    `json:"text"`
	Until time.Time `json:"until,omitzero"`
	End   string    `json:"end,omitempty"` // the path of the page on which an operator ends it; empty: it ends by itself only
}

// UserLine is one Service User in a list.
type UserLine struct {
	Account    string   `json:"account"`
	Name       string   `json:"name"`
	Standing   string   `json:"standing"` // refused, shadow, over, near, within or quiet
	Allocation Exact    `json:"allocation_per_s"`
	Offered    float64  `json:"offered_per_s"`
	Forwarded  float64  `json:"forwarded_per_s"`
	Throttled  float64  `json:"throttled_per_s"`
	Shut       float64  `json:"closed_per_s"`
	Shadowed   float64  `json:"shadowed_per_s"`
	Share      *float64 `json:"share_of_spare,omitempty"` // its part of what goes on beyond allocations; absent: nothing does, or others may not be seen
}

// The standings, trouble first.
const (
	refused   = "refused" // for traffic, or because nothing is taken
	inShadow  = "shadow"  // would have been
	over      = "over"    // its allocation, and nothing is refused
	near      = "near"    // at nine tenths of it or more
	within    = "within"
	quiet     = "quiet" // it sends nothing
	nearTenth = 0.9
)

func rankOf(standing string) int {
	return slices.Index([]string{refused, inShadow, over, near, within, quiet}, standing)
}

func lineOf(a AccountState) UserLine {
	u := UserLine{
		Account: a.Account, Name: a.Name, Allocation: a.Allocation, Offered: a.OfferedRate, Forwarded: a.ForwardedRate,
		Throttled: a.ThrottledRate, Shut: a.ClosedRate, Shadowed: a.ShadowedRate,
	}
	allocation := float64(a.Allocation) / 1e9
	switch {
	case u.Throttled > 0 || u.Shut > 0:
		u.Standing = refused
	case u.Shadowed > 0:
		u.Standing = inShadow
	case u.Offered > allocation:
		u.Standing = over
	case u.Offered == 0:
		u.Standing = quiet
	case u.Offered >= nearTenth*allocation:
		u.Standing = near
	default:
		u.Standing = within
	}
	return u
}

// linesOf returns a line for each account that somebody may see and that a search
// finds, trouble first.
func linesOf(p access.Person, s *State, search string) []UserLine {
	lines := []UserLine{}
	beyond := 0.0
	for _, a := range s.Accounts {
		beyond += max(0, a.ForwardedRate-float64(a.Allocation)/1e9)
	}
	search = strings.ToLower(strings.TrimSpace(search))
	all, own := p.May(access.SeeAll), p.MaySee(p.Account) // asked once, not for each account
	for _, a := range s.Accounts {
		if !all && !(own && a.Account == p.Account) || !strings.Contains(strings.ToLower(a.Account+" "+a.Name), search) {
			continue
		}
		line := lineOf(a)
		if part := a.ForwardedRate - float64(a.Allocation)/1e9; beyond > 0 && part > 0 && all {
			share := math.Round(part/beyond*100) / 100
			line.Share = &share
		}
		lines = append(lines, line)
	}
	slices.SortStableFunc(lines, func(a, b UserLine) int {
		return cmp.Or(cmp.Compare(rankOf(a.Standing), rankOf(b.Standing)), cmp.Compare(b.Throttled+b.Shut+b.Shadowed, a.Throttled+a.Shut+a.Shadowed),
			cmp.Compare(use(b), use(a)), cmp.Compare(a.Account, b.Account))
	})
	return lines
}

// use is what part of its allocation somebody offers.
func use(u UserLine) float64 {
	if u.Allocation == 0 {
		return u.Offered
	}
	return u.Offered / (float64(u.Allocation) / 1e9)
}

// nowFor is what is happening, as somebody may see it.
func (s *Server) nowFor(p access.Person, state State, search string) Now {
	n := Now{
		At: state.At, Name: state.Policy.Name, Environment: state.Policy.Environment, Mode: state.Mode, Active: state.Active, Since: state.Since,
		Closed: state.Now.Closed, Period: state.Now, Offered: state.Total.OfferedRate, Forwarded: state.Total.ForwardedRate,
		Throttled: state.Total.ThrottledRate, Shut: state.Total.ClosedRate, Shadowed: state.Total.ShadowedRate,
		Threshold: state.Policy.Threshold, Capacity: state.Now.Capacity, Users: linesOf(p, &state, search),
	}
	n.Banners = s.banners(p, &state)
	if p.May(access.SeeAll) {
		n.DSP, n.Alarms = s.dspTile(), s.alarms(&state)
		n.Sentence = sentenceOfAll(&state)
		return n
	}
	n.Period.Causes, n.Period.Until = []string{}, state.untilOf(p.Account)
	n.Sentence = sentenceOfOne(&state, p.Account)
	return n
}

func (s *Server) now(c *call) (any, error) {
	return s.nowFor(c.person, s.meter.latest(), c.query.Get("q")), nil
}

// alarms are those that are given; where there is nobody who gives any, what
// stands in the state itself.
func (s *Server) alarms(state *State) []Alarm {
	if s.source.Alarms != nil {
		return s.source.Alarms()
	}
	var all []Alarm
	if state.Journal.Failing != "" {
		all = append(all, Alarm{Name: "journal", Grave: true, Text: fmt.Sprintf("The journal fails: %s. %s decisions are missing from it.", state.Journal.Failing, count(state.Journal.Missing))})
	}
	if offset := time.Duration(state.Offset * float64(time.Second)); offset.Abs() >= time.Second {
		all = append(all, Alarm{Name: "clock", Text: fmt.Sprintf("The wall clock differs by %v from the time that decisions are made by, which never goes back.", offset.Abs().Round(time.Millisecond))})
	}
	return all
}

// dspTile measures over the last seconds.
func (s *Server) dspTile() *DSPTile {
	now, before := s.meter.lately()
	t := &DSPTile{InUse: now.door.DSPInUse}
	length := now.at.Sub(before.at).Seconds()
	if length <= 0 {
		return t
	}
	a, b := now.door.DSPLatency, before.door.DSPLatency
	n := a.Count - b.Count
	t.Answers, t.Errors = float64(n)/length, float64(errorsOf(now.door)-errorsOf(before.door))/length
	need := n - n/100 // the 99th of a hundred
	for i, top := range a.Bounds {
		had := uint64(0)
		if i < len(b.Buckets) {
			had = b.Buckets[i]
		}
		if t.P99 = float64(top.Microseconds()) / 1000; a.Buckets[i]-had >= need {
			break
		}
		t.Slowest = i == len(a.Bounds)-1
	}
	if n == 0 {
		t.P99 = 0
	}
	return t
}

// errorsOf counts the answers that mean that the DSP failed: its own of 500 and
// more, and those that the door gave in its place.
func errorsOf(d Door) (n uint64) {
	for _, a := range d.Answers {
		if a.Status >= 500 && strings.HasPrefix(a.Reason, "dsp") {
			n += a.Count
		}
	}
	return n
}
