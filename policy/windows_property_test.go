package policy_test

import (
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/policy"
	"srtm/traffic"
)

// world is a random policy in the making: T is 20 SR/s at least for each account.
type world struct {
	t        *rapid.T
	accounts int
	capacity int64 // a second
}

func (w world) number(what string, from, to int64) int64 {
	return rapid.Int64Range(from, to).Draw(w.t, what)
}

func (w world) timeOfDay(what string) string {
	return fmt.Sprintf("%02d:%02d", w.number(what, 0, 23), w.number(what, 0, 59))
}

// extensions draws the lines of each extension, by the name of its key.
func extensions() map[string]func(w world) string {
	word := func(key string, words ...string) func(world) string {
		return func(w world) string { return key + ": " + rapid.SampledFrom(words).Draw(w.t, key) + "\n" }
	}
	return map[string]func(w world) string{
		"mode":            word("mode", "shadow", "off"),
		"spare":           word("spare", "withhold"),
		"unknown":         word("unknown", "admit"),
		"approval":        word("approval", "two"),
		"limit_headers":   word("limit_headers", "true"),
		"shadow":          word("shadow", "[ACCOUNT-0]"),
		"exempt":          word("exempt", `["7.1", "7.3", "4.8.1"]`, `["2.2"]`),
		"exceptional":     word("exceptional", "1s"),
		"refusal":         word("refusal", "{status: 429}", "{status: 200, code: E100}"),
		"forward":         word("forward", "{via: true}", "{x_forwarded_for: true}"),
		"history":         word("history", "[{date: 2026-10-01, change: x}]"),
		"finish_critical": word("finish_critical", "1ms", "24h"),
		"cost": func(w world) string {
			return fmt.Sprintf("cost: {default: 0.%03d, \"4.8.1\": %d}\n", w.number("usual", 1, 999), w.number("dear", 1, 2))
		},
		"priority": func(w world) string {
			return fmt.Sprintf("priority: [{variants: [\"2.2\", \"4.8.1\"], keep: %d%%}, {variants: [\"1.5\"], keep: %d%%}]\n", w.number("first", 1, 60), w.number("second", 1, 39))
		},
		"reserved": func(w world) string {
			var items []string
			for range w.number("reserved", 1, 4) {
				from, to := w.timeOfDay("from"), w.timeOfDay("to")
				if from == to {
					continue
				}
				items = append(items, fmt.Sprintf("{from: %q, to: %q, rate: %d/min, reason: reads}", from, to, w.number("rate", 1, w.capacity/32*60)))
			}
			return "reserved: [" + strings.Join(items, ", ") + "]\n"
		},
		"maintenance": func(w world) string {
			var items []string
			start := time.Unix(w.number("start", 946684800, 7_000_000_000), 0).UTC()
			for range w.number("maintenance", 1, 4) {
				end := start.Add(time.Duration(w.number("length", 1, 200_000)) * time.Second)
				capacity := rapid.SampledFrom([]int64{0, w.capacity / 2, w.capacity, 2 * w.capacity}).Draw(w.t, "then")
				items = append(items, fmt.Sprintf("{start: %s, end: %s, capacity: %d/s, reason: work}", start.Format(time.RFC3339), end.Format(time.RFC3339), capacity))
				start = end.Add(time.Duration(w.number("pause", 0, 100_000)) * time.Second)
			}
			return "maintenance: [" + strings.Join(items, ", ") + "]\n"
		},
		"allocation": func(w world) string {
			return fmt.Sprintf("allocation: {minimum: %d/s, per: %s}\n", w.number("minimum", 0, w.capacity/32/int64(w.accounts)), rapid.SampledFrom([]string{"account", "user"}).Draw(w.t, "per"))
		},
	}
}

// drawn is the text of a policy and of its portfolio.
type drawn struct{ policy, portfolio string }

// extended draws a policy with the extensions of these names.
func extended(t *rapid.T, names ...string) drawn {
	w := world{t: t, accounts: rapid.IntRange(1, 12).Draw(t, "accounts")}
	w.capacity = w.number("capacity", int64(w.accounts)*80, 1_000_000)
	text := fmt.Sprintf("name: Random\nportfolio: portfolio.csv\ncapacity: %d/s\nthreshold: %d.%d%%\nrelease: 40%%\nburst: %ds\n", w.capacity,
		w.number("threshold", 50, 99), w.number("threshold", 0, 9), w.number("burst", 1, 60))
	lines := extensions()
	for _, name := range names {
		line := lines[name](w)
		if strings.Contains(line, "per: user") || strings.Contains(text, "per: user") {
			text = strings.ReplaceAll(text, "[ACCOUNT-0]", "[ACCOUNT-0.0000000000000000]")
			line = strings.ReplaceAll(line, "[ACCOUNT-0]", "[ACCOUNT-0.0000000000000000]")
		}
		text += line
	}
	portfolio := header
	for i := range w.accounts {
		portfolio += fmt.Sprintf("ACCOUNT-%d,,00-00-00-00-00-00-00-%02X,IS,%d\n", i, i, w.number("units", 0, 1000))
	}
	return drawn{text, portfolio + "ACCOUNT-0,,FF-00-00-00-00-00-00-00,GS,1\n"}
}

func TestExtensionsAloneAndInPairs(t *testing.T) {
	var names []string
	for name := range extensions() {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, a := range names {
		for _, b := range names[i:] {
			chosen := slices.Compact([]string{a, b})
			one := rapid.Custom(func(t *rapid.T) drawn { return extended(t, chosen...) })
			for seed := range 3 {
				text := one.Example(seed)
				alwaysRight(t, text.parse(t), nil, []int64{0, int64(i) * 86_399_999_999_999})
			}
		}
	}
}

func TestARandomPolicyIsRightAtAnyTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var names []string
		for name := range extensions() {
			names = append(names, name)
		}
		slices.Sort(names)
		names = rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, len(names), rapid.ID[string]).Draw(t, "extensions")
		p := extended(t, names...).parse(t)
		var hands []policy.Hand
		for range rapid.IntRange(0, 3).Draw(t, "hands") {
			hands = append(hands, randomHand(t))
		}
		times := rapid.SliceOfN(rapid.Int64Range(0, int64(7_258_118_400*time.Second)), 1, 10).Draw(t, "times")
		alwaysRight(t, p, hands, times)
	})
}

func randomHand(t *rapid.T) policy.Hand {
	from := time.Unix(rapid.Int64Range(0, 7_000_000_000).Draw(t, "from"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
	h := policy.Hand{From: from, Until: from.Add(time.Duration(rapid.Int64Range(-1, 1<<60).Draw(t, "for"))), Reason: "why",
		Activate: rapid.Bool().Draw(t, "active"), Suspend: rapid.Bool().Draw(t, "suspend"), Shadow: rapid.Bool().Draw(t, "shadow"),
		Hold:   rapid.MapOf(rapid.SampledFrom([]string{"ACCOUNT-0", "ACCOUNT-1", "unlisted", "nobody"}), rapid.Map(rapid.Int64(), func(n int64) traffic.Rate { return traffic.Rate(n) })).Draw(t, "hold"),
		Exempt: rapid.SliceOf(rapid.SampledFrom([]string{"ACCOUNT-0", "ACCOUNT-2", "nobody"})).Draw(t, "exempt"),
	}
	if rapid.Bool().Draw(t, "open") {
		h.Until = time.Time{}
	}
	if rapid.Bool().Draw(t, "other capacity") {
		h.Capacity = &policy.Rate{Thousandths: rapid.OneOf(rapid.Int64Range(0, 20_000), rapid.Int64Range(0, 5_000_000), rapid.Int64()).Draw(t, "capacity"), Per: time.Second}
	}
	return h
}

// A policy that is as tight as can be is refused, or right at any time.
func TestATightPolicyIsRefusedOrRight(t *testing.T) {
	taken, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		w := world{t: t, accounts: rapid.IntRange(1, 12).Draw(t, "accounts")}
		w.capacity = w.number("tight", 2, 100)
		text := fmt.Sprintf("name: Tight\nportfolio: portfolio.csv\ncapacity: %d/s\nrelease: 1%%\nburst: %ds\nallocation: {minimum: 0.%03d/s}\n", w.capacity,
			w.number("burst", 1, 10), w.number("minimum", 0, 999))
		w.capacity = max(1, w.capacity/2) * 32 // more is reserved
		text += extensions()["reserved"](w)
		w.capacity /= 32
		text += extensions()["maintenance"](w)
		portfolio := header
		for i := range w.accounts {
			portfolio += fmt.Sprintf("ACCOUNT-%d,,00-00-00-00-00-00-00-%02X,IS,%d\n", i, i, w.number("units", 1, 1000)*w.number("size", 0, 1000)+1)
		}
		p, err := policy.Parse("policy.yaml", []byte(text), beside(portfolio, nil))
		if err != nil {
			refused++
			return
		}
		taken++
		alwaysRight(t, p, nil, rapid.SliceOfN(rapid.Int64Range(0, int64(7_258_118_400*time.Second)), 1, 3).Draw(t, "times"))
	})
	if taken == 0 || refused == 0 {
		t.Errorf("%d policies were taken and %d refused; this shows nothing", taken, refused)
	}
}

type fataler interface {
	Fatalf(format string, args ...any)
}

func (d drawn) parse(t fataler) *policy.Policy {
	p, err := policy.Parse("policy.yaml", []byte(d.policy), beside(d.portfolio, nil))
	if err != nil {
		t.Fatalf("the policy\n%s\nis refused: %v", d.policy, err)
	}
	return p
}

// alwaysRight holds a policy against what At promises, at and around all its
// boundaries and at other times, in nanoseconds since 1970.
func alwaysRight(t fataler, p *policy.Policy, hands []policy.Hand, others []int64) {
	edges := []time.Time{}
	for _, m := range p.Maintenance {
		edges = append(edges, m.Start, m.End)
	}
	for _, h := range hands {
		edges = append(edges, h.From)
		if !h.Until.IsZero() {
			edges = append(edges, h.Until)
		}
	}
	for _, n := range others {
		at := time.Unix(0, n).UTC()
		edges = append(edges, at)
		for _, r := range p.Reserved {
			edges = append(edges, at.Truncate(24*time.Hour).Add(r.From), at.Truncate(24*time.Hour).Add(r.To))
		}
	}
	for _, edge := range edges {
		for _, at := range []time.Time{edge.Add(-1), edge, edge.Add(1)} {
			if wrong := wrongAt(p, at, hands); wrong != "" {
				t.Fatalf("the policy\n%s\nwith %+v at %v: %s", p.Files[0].Text, hands, at, wrong)
			}
		}
	}
}

func wrongAt(p *policy.Policy, at time.Time, hands []policy.Hand) string {
	period := p.At(at, hands...)
	rules := period.Rules
	if faults := rules.Check(); len(faults) > 0 {
		return fmt.Sprintf("has rules that cannot work: %v", faults)
	}
	var sum traffic.Rate
	for _, a := range rules.Accounts {
		sum += a.Allocation
	}
	if sum != rules.Threshold {
		return fmt.Sprintf("divides %v as %v", rules.Threshold, sum)
	}
	if !hasCapacity(hands) {
		if want := modelThreshold(p, at); rules.Threshold != want || rules.Closed != (want == 0) {
			return fmt.Sprintf("the threshold is %v, want %v", rules.Threshold, want)
		}
	}
	if p.Minimum == 0 && !rules.Closed {
		if wrong := outOfProportion(p, rules); wrong != "" {
			return wrong
		}
	}
	if len(period.Causes) == 0 && !reflect.DeepEqual(rules, p.Rules()) {
		return fmt.Sprintf("the rules are %+v without a cause", rules)
	}
	return wrongSpan(p, at, hands)
}

// wrongSpan holds the ends of a period against what holds there.
func wrongSpan(p *policy.Policy, at time.Time, hands []policy.Hand) string {
	period := p.At(at, hands...)
	same := []time.Time{period.From, at.Add(time.Second)}
	if !period.From.IsZero() {
		if before := p.At(period.From.Add(-1), hands...); !before.Until.Equal(period.From) {
			return fmt.Sprintf("it is from %v, and before that until %v", period.From, before.Until)
		}
	}
	if !period.Until.IsZero() {
		if !period.Until.After(at) || period.From.After(at) {
			return fmt.Sprintf("it is from %v until %v", period.From, period.Until)
		}
		if next := p.At(period.Until, hands...); !next.From.Equal(period.Until) {
			return fmt.Sprintf("it is until %v, and from there on from %v", period.Until, next.From)
		}
		same = append(same, period.Until.Add(-1), at.Add(period.Until.Sub(at)/2))
	}
	for _, other := range same {
		if !period.Until.IsZero() && !other.Before(period.Until) {
			continue
		}
		if got := p.At(other, hands...); !reflect.DeepEqual(got, period) {
			return fmt.Sprintf("it is\n%+v\nand at %v, in the same period\n%+v", period, other, got)
		}
	}
	return ""
}

// wrongAtSome holds an accepted policy against what At promises at a few times:
// around the ends of its first windows, and by hand.
func wrongAtSome(p *policy.Policy) string {
	midday := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	times := []time.Time{midday}
	for _, r := range p.Reserved[:min(len(p.Reserved), 3)] {
		times = append(times, midday.Truncate(24*time.Hour).Add(r.From), midday.Truncate(24*time.Hour).Add(r.To))
	}
	for _, m := range p.Maintenance[:min(len(p.Maintenance), 3)] {
		times = append(times, m.Start, m.End.Add(-1))
	}
	little := policy.Hand{From: midday.Add(-time.Second), Reason: "little", Capacity: &policy.Rate{Thousandths: 5000, Per: time.Second}}
	for _, at := range times {
		for _, hands := range [][]policy.Hand{nil, {little}} {
			if wrong := wrongAt(p, at, hands); wrong != "" {
				return fmt.Sprintf("at %v: %s", at, wrong)
			}
		}
	}
	return ""
}

func hasCapacity(hands []policy.Hand) bool {
	return slices.ContainsFunc(hands, func(h policy.Hand) bool { return h.Capacity != nil })
}

// modelThreshold says what the threshold is, minute by minute and in rationals.
func modelThreshold(p *policy.Policy, at time.Time) traffic.Rate {
	at = at.UTC()
	capacity := p.Capacity
	for _, m := range p.Maintenance {
		if at.Unix() >= m.Start.Unix() && at.Unix() < m.End.Unix() {
			capacity = m.Capacity
		}
	}
	if capacity.Thousandths == 0 {
		return 0
	}
	product := new(big.Int).Mul(big.NewInt(capacity.Thousandths), big.NewInt(int64(p.Threshold)))
	total := product.Div(product, big.NewInt(100_000*seconds(capacity))).Int64()
	for _, r := range p.Reserved {
		for minute := r.From; minute != r.To; minute = (minute + time.Minute) % (24 * time.Hour) {
			if minute == time.Duration(at.Hour())*time.Hour+time.Duration(at.Minute())*time.Minute {
				total -= (r.Rate.Thousandths + seconds(r.Rate) - 1) / seconds(r.Rate)
			}
		}
	}
	return traffic.Rate(total) * (traffic.PerSecond / 1000)
}

func seconds(r policy.Rate) int64 { return int64(r.Per / time.Second) }

// outOfProportion says whose allocation is a thousandth or more away from its
// share of the threshold.
func outOfProportion(p *policy.Policy, rules traffic.Rules) string {
	all := new(big.Int)
	for _, a := range p.Accounts {
		all.Add(all, a.Weight.Thousandths())
	}
	for i, a := range p.Accounts {
		have := new(big.Int).Mul(big.NewInt(int64(rules.Accounts[i].Allocation)), all)
		due := new(big.Int).Mul(big.NewInt(int64(rules.Threshold)), a.Weight.Thousandths())
		most := new(big.Int).Mul(big.NewInt(int64(traffic.PerSecond/1000)), all)
		if off := have.Sub(have, due); off.CmpAbs(most) >= 0 {
			return fmt.Sprintf("%s has %v of %v", a.Name, rules.Accounts[i].Allocation, rules.Threshold)
		}
	}
	return ""
}

// BenchmarkAt is At at night with a hand's capacity, which is the dearest case.
func BenchmarkAt(b *testing.B) {
	portfolio := header
	for i := range 200 {
		for j, role := range policy.Roles() {
			portfolio += fmt.Sprintf("A%d,,90-B3-D5-1F-30-00-%02X-%02X,%s,%d\n", i, i, j, role, 1_000_000/(i+j+1))
		}
	}
	p := mustParse(b, "name: Large\ncapacity: 3000/s\nportfolio: portfolio.csv\nexempt: [\"7.1\"]\n"+
		"reserved: [{from: \"22:00\", to: \"05:00\", rate: 30/s, reason: reads}]\n", beside(portfolio, nil))
	at := instant(b, "2026-11-01T23:00:00Z")
	for name, hands := range map[string][]policy.Hand{"reserved": nil, "hand": {{Capacity: &policy.Rate{Thousandths: 200_000}}}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				p.At(at, hands...)
			}
		})
	}
}
