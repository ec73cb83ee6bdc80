package console

import (
	"encoding/json"
	"time"

	"srtm/policy"
	"srtm/traffic"
)

// State is what /api/v1/state answers. Rates are per second; amounts are in
// Service Requests; both are written as exact decimals. Counters count from the
// start of the gateway.
type State struct {
	At       time.Time      `json:"at"`
	Offset   float64        `json:"clock_offset_s"` // by how much the wall clock is ahead of the time that At and all decisions have
	Version  string         `json:"version"`
	Ready    bool           `json:"ready"`
	Policy   PolicyState    `json:"policy"`
	Mode     string         `json:"mode"`         // enforce, shadow, off or suspended
	Active   bool           `json:"active"`       // traffic management is active
	Since    time.Time      `json:"active_since"` // when active last changed
	Pool     Exact          `json:"pool"`         // in the free pool
	Bound    Exact          `json:"bound"`        // B: the most that buckets and pool hold
	Total    Rates          `json:"total"`
	Now      PeriodState    `json:"period"`
	Accounts []AccountState `json:"accounts"` // in the portfolio's order
	Door     DoorState      `json:"door"`
	DSP      DSPState       `json:"dsp"`
	Journal  JournalState   `json:"journal"`

	period *policy.Period // that Now is of; nil: it is not known
}

// PolicyState names the policy in force and its system-wide parameters.
type PolicyState struct {
	Name        string `json:"name"`
	Environment string `json:"environment"`
	Digest      string `json:"sha256"`
	Capacity    Exact  `json:"capacity_per_s"`
	Threshold   Exact  `json:"threshold_per_s"`
	Release     Exact  `json:"release_per_s"`
}

// PeriodState says why the rules in force are not the policy's standing ones:
// reserved capacity, a maintenance, an operator's act.
type PeriodState struct {
	Causes   []string   `json:"causes"`                   // one line each; none: they are the standing ones
	Closed   bool       `json:"closed"`                   // nothing is taken
	Capacity Exact      `json:"capacity_per_s"`           // the maximum capacity now
	Reserved Exact      `json:"reserved_per_s"`           // taken from the operating threshold now
	Until    *time.Time `json:"next_change_at,omitempty"` // before then none of this changes; absent: nothing is to come
}

// Rates are counters, and what they grew by per second lately: over the last one
// to two seconds, or since the start while that is younger. Offered is the sum of
// the five counters below it.
type Rates struct {
	Offered        uint64  `json:"offered"`
	Forwarded      uint64  `json:"forwarded"`
	Throttled      uint64  `json:"throttled"`       // refused for traffic
	Closed         uint64  `json:"closed"`          // refused because nothing is taken
	Shadowed       uint64  `json:"shadowed"`        // would have been throttled, and went on
	ShadowedClosed uint64  `json:"shadowed_closed"` // would have been refused because nothing is taken, and went on
	OfferedRate    float64 `json:"offered_per_s"`
	ForwardedRate  float64 `json:"forwarded_per_s"`
	ThrottledRate  float64 `json:"throttled_per_s"`
	ClosedRate     float64 `json:"closed_per_s"`
	ShadowedRate   float64 `json:"shadowed_per_s"`
}

// AccountState is one Service User's part of State.
type AccountState struct {
	Account    string `json:"account"`
	Name       string `json:"name"`
	Allocation Exact  `json:"allocation_per_s"`
	Depth      Exact  `json:"depth"`   // D(u): what may come at once within the allocation
	Assured    Exact  `json:"assured"` // of which is there now
	Spare      Exact  `json:"spare"`   // dealt to it of what others leave
	Hungry     bool   `json:"hungry"`  // it asked beyond its assured bucket in the last second
	Shadow     bool   `json:"shadow"`  // it alone is in shadow: nothing of it is refused
	Exempt     bool   `json:"exempt"`  // all that it sends is exempt
	Held       *Exact `json:"held_to_per_s,omitempty"`
	Rates
	WithinAllocation uint64 `json:"forwarded_within_allocation"`
	FromSpare        uint64 `json:"forwarded_spare"`
}

// DoorState is what the gateway counted.
type DoorState struct {
	Requests        uint64        `json:"requests"`
	InFlight        int64         `json:"in_flight"`
	Connections     int64         `json:"connections"`
	UnknownVariants uint64        `json:"unknown_variants"`
	Unlisted        uint64        `json:"unlisted_originators"`
	Answers         []AnswerState `json:"answers"`
	ClientLeft      uint64        `json:"client_left"`
}

// AnswerState counts the answers of one status code and reason.
type AnswerState struct {
	Status int    `json:"status"`
	Reason string `json:"reason"`
	Count  uint64 `json:"count"`
}

// DSPState is how the DSP fares as seen from here.
type DSPState struct {
	InUse  int     `json:"connections_in_use"`
	Idle   int     `json:"connections_idle"`
	Count  uint64  `json:"answers"`
	MeanMS float64 `json:"mean_latency_ms"`
}

// Exact is an amount or a rate in 10⁻⁹, written as an exact decimal.
type Exact int64

// MarshalJSON writes the decimal number.
func (e Exact) MarshalJSON() ([]byte, error) {
	text := traffic.Amount(e).String()
	return []byte(text[:len(text)-len(" SR")]), nil
}

// UnmarshalJSON reads what MarshalJSON writes, to within a rounding.
func (e *Exact) UnmarshalJSON(text []byte) error {
	var f float64
	if err := json.Unmarshal(text, &f); err != nil {
		return err
	}
	*e = Exact(f*1e9 + 0.5)
	return nil
}

// stateOf puts together what the page shows.
func stateOf(source Source, now, before sample) State {
	p, s, door := source.Policy(), now.snapshot, source.Door()
	period := periodNow(source)
	bound, _ := s.Rules.Bound()
	out := State{
		At: now.at.UTC(), Offset: source.Offset().Seconds(), Version: source.Version, Ready: source.Ready() == nil,
		Mode: s.Rules.Mode.String(), Now: periodState(p, period, s.Rules), period: period,
		Active: s.Active, Since: time.Unix(0, s.Since).UTC(), Pool: Exact(s.Pool), Bound: Exact(bound),
		Policy: PolicyState{
			Name: p.Name, Environment: p.Environment, Digest: p.Digest,
			Capacity:  Exact(p.Capacity.PerSecond()),
			Threshold: Exact(s.Rules.Threshold), Release: Exact(s.Rules.Release),
		},
		Door: doorState(door), Journal: journalState(source.Journal(), door.Unrecorded),
		DSP: DSPState{InUse: door.DSPInUse, Idle: door.DSPIdle, Count: door.DSPLatency.Count},
	}
	if n := door.DSPLatency.Count; n > 0 {
		out.DSP.MeanMS = float64(door.DSPLatency.Sum.Milliseconds()) / float64(n)
	}
	display := make(map[string]string, len(p.Accounts))
	for _, a := range p.Accounts {
		display[a.Name] = a.DisplayName
	}
	earlier := countsByName(before.snapshot)
	seconds := now.at.Sub(before.at).Seconds()
	for i, a := range s.Accounts {
		account := AccountState{
			Account: a.Name, Name: display[a.Name], Allocation: Exact(a.Allocation), Depth: Exact(a.Depth),
			Assured: Exact(a.Assured), Spare: Exact(a.Spare), Hungry: a.Hungry, Shadow: s.Rules.Accounts[i].Shadow, Exempt: s.Rules.Accounts[i].Exempt,
			Rates:            ratesOf(a.Counts, earlier[a.Name], seconds),
			WithinAllocation: a.Counts[traffic.Forward][traffic.WithinAllocation].Requests, FromSpare: a.Counts[traffic.Forward][traffic.Spare].Requests,
		}
		if rules := s.Rules.Accounts[i]; rules.Held {
			hold := Exact(rules.Hold)
			account.Held = &hold
		}
		out.Total.add(account.Rates)
		out.Accounts = append(out.Accounts, account)
	}
	out.Total.add(ratesOf(s.Removed, s.Removed, seconds))
	return out
}

// periodNow is what holds now; nil: that is not known.
func periodNow(source Source) *policy.Period {
	if source.Period == nil {
		return nil
	}
	p := source.Period()
	return &p
}

func periodState(standing *policy.Policy, p *policy.Period, rules traffic.Rules) PeriodState {
	out := PeriodState{Causes: []string{}, Closed: rules.Closed, Capacity: Exact(standing.Capacity.PerSecond())}
	if p == nil {
		return out
	}
	out.Causes, out.Capacity, out.Reserved = append(out.Causes, p.Causes...), Exact(p.Capacity.PerSecond()), Exact(p.Reserved)
	if !p.Until.IsZero() {
		until := p.Until.UTC()
		out.Until = &until
	}
	return out
}

func doorState(d Door) DoorState {
	out := DoorState{
		Requests: d.Requests, InFlight: d.InFlight, Connections: d.Connections,
		UnknownVariants: d.UnknownVariants, Unlisted: d.Unlisted, ClientLeft: d.ClientLeft, Answers: []AnswerState{},
	}
	for _, a := range d.Answers {
		out.Answers = append(out.Answers, AnswerState(a))
	}
	return out
}
