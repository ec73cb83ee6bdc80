package notice

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// The figures of a Watch. All are this project's choice.
const (
	nearAt   = 0.90             // of the threshold, or of the allocation: approaching
	farAt    = 0.80             // below it …
	farFor   = 60 * time.Second // … for so long, the next time is told again
	meanOver = 10               // samples, one a second, that the offered traffic is averaged over
	mostGap  = 5 * time.Second  // a longer one between samples begins the averages anew
)

// Sample is what a Watch is told, about once a second. Rates are Service Requests
// per second, in cost where variants have one.
type Sample struct {
	At        time.Time
	Offered   float64 // in the last second
	Threshold float64 // the operating threshold now
	Capacity  float64 // the maximum capacity now
	Active    bool    // traffic management
	Closed    bool    // everything is refused, for maintenance or by hand
	Accounts  []AccountSample
	Reference string // of an incident, if one is named; stands in the events
}

// AccountSample is one account's part of a Sample.
type AccountSample struct {
	Account    string
	Offered    float64 // in the last second
	Allocation float64 // now; an account of allocation 0 is never told that it nears it
}

// Watch finds out from samples what Service Users and operators are told of the
// state. The rules, in this order:
//
//  1. A change of the capacity, or of closed, is told at once (Capacity).
//  2. Traffic management became active (Active), or inactive (Released).
//  3. While it is inactive: offered traffic of 90 % of the threshold or more, on
//     average over 10 s, is told once (Approaching), and again only after it was
//     below 80 % for a minute.
//  4. While it is active or near: the same for each account and its allocation.
//
// It is not for several goroutines at once. It reads no clock.
type Watch struct {
	last     Sample
	active   bool
	since    time.Time // of active; zero: not known
	system   nearness
	accounts map[string]*nearness
}

// NewWatch returns a Watch that takes it that what was told last still holds:
// Active, Released or nothing, as Outbox.Told returns it.
func NewWatch(told Kind) *Watch {
	return &Watch{active: told == Active, accounts: make(map[string]*nearness)}
}

// See takes a sample and returns what is to be told of it. Samples whose time is
// not after the last one's are left out.
func (w *Watch) See(s Sample) (events []Event) {
	first := w.last.At.IsZero()
	if !first && !s.At.After(w.last.At) {
		return nil
	}
	if !first && s.At.Sub(w.last.At) > mostGap {
		w.system.restart()
		for _, n := range w.accounts {
			n.restart()
		}
	}
	if !first && (s.Capacity != w.last.Capacity || s.Closed != w.last.Closed) {
		events = append(events, w.capacity(s))
	}
	if s.Active != w.active {
		events = append(events, w.turned(s))
	}
	tell := w.system.see(s.At, s.Offered, s.Threshold)
	if tell && !s.Active && !s.Closed {
		events = append(events, w.near(s))
	}
	events = append(events, w.own(s)...)
	w.last = s
	w.last.Accounts = nil
	return events
}

func (w *Watch) capacity(s Sample) Event {
	e := event(s, Capacity, map[string]any{"capacity_per_s": s.Capacity, "capacity_before_per_s": w.last.Capacity, "threshold_per_s": s.Threshold, "closed": s.Closed})
	switch {
	case s.Closed && !w.last.Closed:
		e.Sentence = "The DSP is closed since " + clock(s.At) + " UTC: every Service Request is refused until it opens."
		e.Advice = "Send nothing until it opens; a refusal's Retry-After says when that is."
	case w.last.Closed && !s.Closed:
		e.Sentence = fmt.Sprintf("The DSP is open again since %s UTC, with a maximum capacity of %s and an operating threshold of %s.", clock(s.At), perSecond(s.Capacity), perSecond(s.Threshold))
	default:
		e.Sentence = fmt.Sprintf("The maximum capacity went from %s to %s at %s UTC; the operating threshold is %s now.", perSecond(w.last.Capacity), perSecond(s.Capacity), clock(s.At), perSecond(s.Threshold))
	}
	return e
}

func (w *Watch) turned(s Sample) Event {
	numbers := map[string]any{"offered_per_s": s.Offered, "threshold_per_s": s.Threshold, "capacity_per_s": s.Capacity}
	w.active = s.Active
	if s.Active {
		w.since = s.At
		e := event(s, Active, numbers)
		e.Sentence = fmt.Sprintf("Traffic management is active since %s UTC: %s offered, with an operating threshold of %s.", clock(s.At), perSecond(s.Offered), perSecond(s.Threshold))
		return e
	}
	lasted := "after a restart of the gateway"
	if !w.since.IsZero() {
		numbers["active_seconds"] = math.Round(s.At.Sub(w.since).Seconds())
		lasted = "after " + s.At.Sub(w.since).Round(time.Second).String()
	}
	w.system.told = true // traffic that goes down is not told as approaching
	e := event(s, Released, numbers)
	e.Sentence = fmt.Sprintf("Traffic management is no longer active since %s UTC, %s: %s offered, with an operating threshold of %s.", clock(s.At), lasted, perSecond(s.Offered), perSecond(s.Threshold))
	return e
}

func (w *Watch) near(s Sample) Event {
	mean := w.system.mean()
	e := event(s, Approaching, map[string]any{"offered_per_s": tenth(mean), "threshold_per_s": s.Threshold, "capacity_per_s": s.Capacity, "percent_of_threshold": tenth(100 * mean / s.Threshold)})
	e.Sentence = fmt.Sprintf("Traffic nears the operating threshold: %s offered over the last %d s, %.0f %% of %s. Nothing is refused yet.", perSecond(mean), meanOver, 100*mean/s.Threshold, perSecond(s.Threshold))
	return e
}

// own tells accounts that near their allocations, and forgets accounts that are gone.
func (w *Watch) own(s Sample) (events []Event) {
	matters := (s.Active || w.system.told) && !s.Closed
	here := make(map[string]bool, len(s.Accounts))
	for _, a := range s.Accounts {
		here[a.Account] = true
		n := w.accounts[a.Account]
		if n == nil {
			n = &nearness{}
			w.accounts[a.Account] = n
		}
		if !n.see(s.At, a.Offered, a.Allocation) {
			continue
		}
		if !matters {
			n.told = false // to be told when it matters
			continue
		}
		mean := n.mean()
		e := event(s, Approaching, map[string]any{"offered_per_s": tenth(mean), "allocation_per_s": a.Allocation, "percent_of_allocation": tenth(100 * mean / a.Allocation)})
		e.Account = a.Account
		e.Sentence = fmt.Sprintf("%s offered %s over the last %d s, %.0f %% of its allocation of %s, and traffic management is %s.", a.Account, perSecond(mean), meanOver, 100*mean/a.Allocation, perSecond(a.Allocation), map[bool]string{true: "active", false: "near"}[s.Active])
		events = append(events, e)
	}
	for account := range w.accounts {
		if !here[account] {
			delete(w.accounts, account)
		}
	}
	slices.SortFunc(events, func(x, y Event) int { return strings.Compare(x.Account, y.Account) })
	return events
}

// nearness is how near one rate is to what it may be.
type nearness struct {
	ring  [meanOver]float64
	seen  int
	told  bool
	below time.Time // since when it is far below without a break; zero: it is not
}

func (n *nearness) restart() { n.seen, n.below = 0, time.Time{} }

// see takes a second's rate, and returns whether it became near.
func (n *nearness) see(at time.Time, offered, limit float64) (tell bool) {
	n.ring[n.seen%meanOver] = offered
	n.seen++
	if n.seen < meanOver || limit <= 0 {
		n.below = time.Time{}
		return false
	}
	mean := n.mean()
	switch {
	case mean >= farAt*limit:
		n.below = time.Time{}
	case n.below.IsZero():
		n.below = at
	case at.Sub(n.below) >= farFor:
		n.told = false
	}
	if n.told || mean < nearAt*limit {
		return false
	}
	n.told = true
	return true
}

func (n *nearness) mean() float64 {
	sum := 0.0
	for _, rate := range n.ring {
		sum += rate
	}
	return sum / meanOver
}

func event(s Sample, k Kind, numbers map[string]any) Event {
	text, _ := json.Marshal(numbers) // finite numbers: rates; a rate that is none leaves them out
	return Event{Kind: k, At: s.At.UTC(), Numbers: text, Reference: s.Reference}
}

func tenth(x float64) float64 { return math.Round(10*x) / 10 }

// perSecond writes a rate as 2,412/s, small ones with decimals.
func perSecond(rate float64) string {
	if rate < 10 {
		return fmt.Sprintf("%.3g/s", rate)
	}
	digits := fmt.Sprintf("%.0f", rate)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits + "/s"
}
