package act

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"srtm/policy"
	"srtm/traffic"
)

// words says what the order does, what it makes of the rules, and what becomes of
// the present rates.
func (f *foresight) words(two bool) []string {
	all := []string{f.deed()}
	all = append(all, f.rules()...)
	all = append(all, f.effect())
	all = append(all, f.warnings()...)
	all = append(all, f.later()...)
	if two {
		all = append(all, fmt.Sprintf("Another person is to approve it within %s; until then nothing changes.", span(Patience)))
	}
	return all
}

// deed says what is done: "Capacity 2,000/s → 1,200/s for 6 h."
func (f *foresight) deed() string {
	o := &f.order
	var does []string
	if o.Suspend {
		does = append(does, "everything is forwarded: traffic management is suspended")
	}
	if o.Activate {
		does = append(does, "traffic management is active and is not released")
	}
	if o.Shadow {
		does = append(does, "nothing is refused any more, and all is decided and counted")
	}
	if o.Capacity != nil {
		does = append(does, fmt.Sprintf("capacity %s → %s", written(f.before.Capacity.PerSecond()), written(f.after.Capacity.PerSecond())))
	}
	for _, name := range o.accounts() {
		if _, held := o.Hold[name]; held {
			does = append(does, name+" is held to "+written(f.order.Hand(f.At).Hold[name]))
		}
		if slices.Contains(o.Exempt, name) {
			does = append(does, name+" is exempt")
		}
	}
	if o.Drill {
		does[0] = "drill: " + does[0]
	}
	text := strings.Join(does, ", and ") + " for " + span(time.Duration(o.For)) + ", until " + f.clock(f.until) + "."
	return strings.ToUpper(text[:1]) + text[1:]
}

// rules says what the mechanism's numbers become.
func (f *foresight) rules() []string {
	var all []string
	was, is := f.before.Rules, f.after.Rules
	switch {
	case is.Closed && !was.Closed:
		all = append(all, "Everything is refused, what is exempt too: it is closed.")
	case is.Threshold != was.Threshold && is.Threshold > 0:
		all = append(all, fmt.Sprintf("The operating threshold goes from %s to %s, and every allocation with it.", written(was.Threshold), written(is.Threshold)))
	}
	own := f.order.Hand(f.At)
	for _, cause := range f.after.Causes {
		if !slices.Contains(f.before.Causes, cause) && cause != "by hand: "+own.String() {
			all = append(all, strings.ToUpper(cause[:1])+cause[1:]+".")
		}
	}
	for _, name := range f.order.accounts() {
		if i := slices.IndexFunc(is.Accounts, func(a traffic.Account) bool { return a.Name == name }); i >= 0 && is.Accounts[i].Held && is.Accounts[i].Hold < is.Accounts[i].Allocation {
			all = append(all, fmt.Sprintf("The guarantee of %s is then %s, and not its allocation of %s.", name, written(is.Accounts[i].Hold), written(is.Accounts[i].Allocation)))
		}
	}
	return all
}

// effect says what becomes of the rates that are offered at present.
func (f *foresight) effect() string {
	head := fmt.Sprintf("At the present rates, %s offered, ", roughly(f.willBe.Offered))
	if f.after.Rules.Mode == traffic.ModeOff || f.after.Rules.Mode == traffic.ModeSuspended {
		return head + "all of it reaches the DSP" + map[bool]string{true: ".", false: fmt.Sprintf("; now %s would be throttled.", roughly(f.is.Throttled))}[f.is.Throttled == 0]
	}
	if f.after.Rules.Closed {
		return head + "all of it is refused."
	}
	return head + f.activity() + ", and " + f.throttling() + "."
}

// activity says whether traffic management becomes active, and how soon.
func (f *foresight) activity() string {
	switch {
	case f.willBe.Active && f.Active:
		return "traffic management stays active"
	case f.willBe.Active && f.order.Activate:
		return "traffic management becomes active at once"
	case f.willBe.Active:
		return "traffic management becomes active " + f.soon()
	case f.Active:
		return "traffic management is released when that has been so for " + span(f.after.Rules.Hold)
	}
	return "traffic management stays inactive"
}

// soon is how long the free pool lasts at most.
func (f *foresight) soon() string {
	bound, depths := f.after.Rules.Bound()
	over := f.willBe.Offered - f.after.Rules.Threshold
	if over <= 0 {
		return "when the free pool is used up"
	}
	seconds := int64(bound-depths)/int64(over) + 1
	if seconds <= 2 {
		return "at once"
	}
	return fmt.Sprintf("within about %d s", seconds)
}

// throttling says who would be throttled, and by how much.
func (f *foresight) throttling() string {
	var names, shadowed []string
	var sum, shadow traffic.Rate
	flows := slices.Clone(f.willBe.Flows)
	slices.SortStableFunc(flows, func(a, b Flow) int { return int(min(1, max(-1, b.Throttled-a.Throttled))) })
	for _, flow := range flows {
		switch {
		case flow.Throttled <= 0:
		case flow.Shadow:
			shadowed, shadow = append(shadowed, flow.Account), shadow+flow.Throttled
		default:
			names, sum = append(names, flow.Account), sum+flow.Throttled
		}
	}
	text := "nobody would be throttled"
	if len(names) > 0 {
		text = fmt.Sprintf("%s would be throttled by about %s", few(names), roughly(sum))
	}
	if len(shadowed) > 0 {
		text += fmt.Sprintf("; in shadow %s would be over by about %s, and is forwarded all the same", few(shadowed), roughly(shadow))
	}
	if before := viewOf(f.before, f.is).Throttled; before > 0 {
		text += fmt.Sprintf(" (without it: %s)", roughly(traffic.Rate(before)))
	}
	return text
}

// warnings say what an operator should know before.
func (f *foresight) warnings() []string {
	var all []string
	view := viewOf(f.after, f.willBe)
	if f.after.Rules.Mode != traffic.ModeEnforce {
		all = append(all, "Nothing protects the DSP meanwhile.")
	}
	if capacity := view.Capacity; view.Forwarded > capacity {
		all = append(all, fmt.Sprintf("%s would reach the DSP, more than its capacity of %s.", roughly(traffic.Rate(view.Forwarded)), written(traffic.Rate(capacity))))
	}
	p := f.Policy
	if f.willBe.Active && (len(p.Exempt) > 0 || len(p.Priority) > 0 || p.FinishCritical > 0) {
		all = append(all, "What is exempt, prior or critical by its variant is not reckoned with here.")
	}
	return all
}

// mostLater bounds what is said of the time during the act.
const mostLater = 3

// later says what changes during the act: reserved capacity, maintenance, other
// acts that end.
func (f *foresight) later() []string {
	hands := append(slices.Clone(f.Hands), f.order.Hand(f.At.UTC()))
	var all []string
	last := f.after
	for tries := 0; len(all) < mostLater && tries < 100 && !last.Until.IsZero() && last.Until.Before(f.until); tries++ {
		at := last.Until
		next := f.Policy.At(at, hands...)
		if next.Rules.Threshold != last.Rules.Threshold || next.Rules.Mode != last.Rules.Mode {
			all = append(all, fmt.Sprintf("At %s the operating threshold becomes %s%s.", f.clock(at), threshold(next), why(last, next)))
		}
		last = next
	}
	return all
}

func threshold(p policy.Period) string {
	if p.Rules.Closed {
		return "0/s, closed"
	}
	return written(p.Rules.Threshold)
}

// why names what begins, or else ends, between two periods.
func why(last, next policy.Period) string {
	for _, c := range next.Causes {
		if !slices.Contains(last.Causes, c) {
			return ": " + c
		}
	}
	for _, c := range last.Causes {
		if !slices.Contains(next.Causes, c) {
			return ", for this ends: " + c
		}
	}
	return ""
}

// clock writes a time, with its day where that is another than today's.
func (f *foresight) clock(t time.Time) string {
	t = t.UTC()
	if t.Format(time.DateOnly) == f.At.UTC().Format(time.DateOnly) {
		return t.Format("15:04:05") + " UTC"
	}
	return t.Format("2006-01-02 15:04:05") + " UTC"
}

// span writes a length for people: "1 h 30 min".
func span(d time.Duration) string {
	var all []string
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := d / unit.size; n > 0 {
			all = append(all, fmt.Sprintf("%d %s", n, unit.name))
			d -= n * unit.size
		}
	}
	if d > 0 || len(all) == 0 {
		all = append(all, fmt.Sprintf("%d ms", d.Milliseconds()))
	}
	return strings.Join(all, " ")
}

// few names at most five.
func few(names []string) string {
	const most = 5
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// written writes a rate exactly, with its thousands parted: "1,200/s".
func written(r traffic.Rate) string {
	whole, rest, _ := strings.Cut(strings.TrimSuffix(r.String(), "/s"), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if rest != "" {
		whole += "." + rest
	}
	return whole + "/s"
}

// roughly writes a rate to some digits.
func roughly(r traffic.Rate) string {
	step := traffic.PerSecond
	if r < 10*traffic.PerSecond {
		step /= 10
	}
	return written((r + step/2) / step * step)
}
