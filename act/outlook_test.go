package act

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/traffic"
)

// world is rules and constant rates, drawn.
type world struct {
	rules   traffic.Rules
	offered map[string]traffic.Rate
}

func draw(t *rapid.T) world {
	perSecond := func(n int) traffic.Rate { return traffic.Rate(n) * traffic.PerSecond }
	n := rapid.IntRange(1, 8).Draw(t, "accounts")
	w := world{offered: map[string]traffic.Rate{}}
	r := &w.rules
	var sum traffic.Rate
	for i := range n {
		a := traffic.Account{Name: string(rune('A' + i)), Users: []uint64{uint64(i + 1)}}
		if rapid.IntRange(0, 9).Draw(t, "some") > 0 {
			a.Allocation = perSecond(rapid.IntRange(20, 200).Draw(t, "allocation"))
		}
		a.Held = rapid.IntRange(0, 5).Draw(t, "held") == 0
		if a.Held {
			a.Hold = perSecond(rapid.IntRange(0, 200).Draw(t, "hold"))
		}
		a.Exempt = rapid.IntRange(0, 5).Draw(t, "exempt") == 0
		a.Shadow = rapid.IntRange(0, 7).Draw(t, "shadow") == 0
		sum += a.Allocation
		w.offered[a.Name] = rateBeyond(t, a)
		r.Accounts = append(r.Accounts, a)
	}
	r.Threshold = max(sum, perSecond(20)) + perSecond(rapid.SampledFrom([]int{0, 0, 50}).Draw(t, "free"))
	r.Release, r.Margin = r.Threshold*5/6, r.Threshold/9
	r.Hold, r.Burst, r.Slot, r.RetryLeast, r.RetryMost = 3*time.Second, time.Second, 10*time.Millisecond, time.Second, time.Minute
	r.Mode = rapid.SampledFrom([]traffic.Mode{0, 0, 0, 0, traffic.ModeShadow, traffic.ModeSuspended}).Draw(t, "mode")
	r.Withhold = rapid.IntRange(0, 5).Draw(t, "withhold") == 0
	r.Activate = rapid.IntRange(0, 3).Draw(t, "activate") == 0
	return w
}

// rateBeyond is a rate clearly within an allocation or clearly beyond it: what is
// asked beyond less than some times a second is not followed by the mechanism.
func rateBeyond(t *rapid.T, a traffic.Account) traffic.Rate {
	part := rapid.SampledFrom([]int{0, 50, 90, 150, 200, 400}).Draw(t, "offered %")
	rate := a.Allocation * traffic.Rate(part) / 100
	if a.Allocation == 0 {
		rate = traffic.Rate(part) * traffic.PerSecond / 4
	}
	if part > 100 {
		rate = max(rate, a.Allocation+40*traffic.PerSecond)
	}
	return rate
}

// TestTheMechanismDoesAsThePreviewSays drives the mechanism itself with constant
// rates, and compares what it forwards in ten seconds with the outlook.
func TestTheMechanismDoesAsThePreviewSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		c, err := traffic.New(w.rules, traffic.Start{At: start})
		if err != nil {
			return // rules that cannot work are no matter of this
		}
		if w.near() {
			return // a rounding decides
		}
		settled, end := start+100*int64(time.Second), start+110*int64(time.Second)
		w.drive(t, c, start, settled)
		active, _ := c.Active()
		look := LookOut(w.rules, w.offered, active)
		before := c.Snapshot(nil).Accounts
		w.drive(t, c, settled, end)
		after := c.Snapshot(nil)
		if w.rules.Mode != traffic.ModeSuspended && after.Active != look.Active {
			t.Errorf("it is active: %v, the outlook says %v", after.Active, look.Active)
		}
		var some, expected float64 // of those who take what they find, whoever comes first
		for i, f := range look.Flows {
			counts := after.Accounts[i].Counts
			got := float64(counts.Of(traffic.Forward).Requests - before[i].Counts.Of(traffic.Forward).Requests)
			want := 10 * float64(f.Forwarded) / float64(traffic.PerSecond)
			if a := w.rules.Accounts[i]; f.Throttled > 0 && (a.Exempt || a.Allocation == 0) {
				some, expected = some+got, expected+want
				continue
			}
			if !about(got, want) {
				t.Errorf("%s, which offers %v and has %v, is let through %v in 10 s, the outlook says %v", f.Account, f.Offered, f.Allocation, got, want)
			}
		}
		unused := 0.02 * 10 * float64(w.rules.Threshold) / float64(traffic.PerSecond)
		if !about(some, expected) && !about(some-unused, expected) && !about(some+unused, expected) && (some-expected > unused || expected-some > unused) {
			t.Errorf("who takes what is left is let through %v in 10 s, the outlook says %v", some, expected)
		}
	})
}

func about(got, want float64) bool {
	off := got - want
	return off <= 3+0.03*want && off >= -3-0.03*want
}

const start = 1_790_000_000 * int64(time.Second)

// near tells whether what passes on is so near to the threshold, or what is offered
// to the release level, that it cannot be said what happens.
func (w *world) near() bool {
	var sum, all traffic.Rate
	for _, a := range w.rules.Accounts {
		rate := w.offered[a.Name]
		all += rate
		if a.Held {
			rate = min(rate, a.Hold)
		}
		sum += rate
	}
	close := func(a, b traffic.Rate) bool { return a-b < b/50 && b-a < b/50 }
	return close(sum, w.rules.Threshold) || close(all, w.rules.Release)
}

// drive sends every account's requests, evenly, from one time to another.
func (w *world) drive(t *rapid.T, c *traffic.Controller, from, to int64) {
	type sender struct{ next, every int64 }
	senders := make([]sender, len(w.rules.Accounts))
	for i, a := range w.rules.Accounts {
		if rate := w.offered[a.Name]; rate > 0 {
			every := int64(traffic.PerSecond) * int64(time.Second) / int64(rate)
			senders[i] = sender{from + int64(i)*every/9, every}
		}
	}
	for {
		next := -1
		for i, s := range senders {
			if s.every > 0 && (next < 0 || s.next < senders[next].next) {
				next = i
			}
		}
		if next < 0 || senders[next].next >= to {
			c.Advance(to)
			return
		}
		if _, ok := c.Admit(senders[next].next, traffic.Request{User: uint64(next + 1), Variant: "4.8.1"}); !ok {
			t.Fatal("an account is not known")
		}
		senders[next].next += senders[next].every
	}
}
