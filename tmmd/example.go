package tmmd

import (
	"cmp"
	"slices"
	"time"

	"srtm/allocate"
	"srtm/policy"
	"srtm/traffic"
)

// person is somebody in the example.
type person struct {
	name    string
	account int // of the rules
}

// act is one line of the example: requests of one kind that were decided by the
// same line of the rules.
type act struct {
	who      person
	slot     int64
	count    int
	variant  string // empty: one that the policy treats like all others
	message  string // of a critical command: which one
	first    traffic.Decision
	boundary bool // the slot is a later one than that of the act before
}

// play is the example in the making: the mechanism itself decides.
type play struct {
	rules      traffic.Rules
	controller *traffic.Controller
	state      traffic.State // at the beginning
	hero       person        // whose requests are looked at
	other      *person       // who has used what was free; nil: there is only one
	acts       []act
	cost       traffic.Amount   // of the requests
	after      traffic.Snapshot // just after the first boundary
}

// mostRequests bounds how many requests the example sends at once: whoever may
// send more begins with a bucket that holds so many.
const mostRequests = 10_000

// perform plays the example under rules that work.
func perform(rules traffic.Rules, p *policy.Policy, hero person, other *person) *play {
	y := &play{rules: rules, hero: hero, other: other, cost: p.Cost}
	c, err := traffic.New(rules, traffic.Start{})
	if err != nil { // cannot be: the rules are those of a policy that has been checked
		return nil
	}
	y.state = y.scene(c.Export())
	if y.controller, err = traffic.Import(rules, y.state); err != nil {
		return nil
	}
	y.firstSlot(p)
	y.nextSlot()
	y.comeBack()
	return y
}

// scene is the state in which the example begins: everything is full, but the
// other has just used its own bucket and all of the pool but three requests.
func (y *play) scene(s traffic.State) traffic.State {
	if y.other != nil {
		s.Account[y.other.account].Assured = 0
	}
	s.Pool = min(s.Pool, 3*y.cost)
	hero := &s.Account[y.hero.account]
	if kept := y.rules.Kept(hero.Depth, 0); (hero.Assured-kept)/y.cost > mostRequests {
		hero.Assured = kept + mostRequests*y.cost
	}
	return s
}

// firstSlot: the other takes what is free but one request; then our Service User
// sends what is within its allocation at once, and three more.
func (y *play) firstSlot(p *policy.Policy) {
	pool := int(y.state.Pool / y.cost)
	if y.other != nil && pool > 1 {
		y.send(*y.other, 0, pool-1, traffic.Request{})
		pool = 1
	}
	own := y.state.Account[y.hero.account]
	within := int((own.Assured - y.rules.Kept(own.Depth, 0)) / y.cost)
	if p.FinishCritical > 0 {
		y.send(y.hero, 0, 1, traffic.Request{Target: 1, Counter: 1, Command: 4})
		within--
	}
	y.send(y.hero, 0, max(0, within)+pool+2, traffic.Request{})
	if len(p.Priority) > 0 {
		y.send(y.hero, 0, 1, traffic.Request{Variant: p.Priority[0].Variants[0].String()})
	}
	if len(p.Exempt) > 0 {
		y.send(y.hero, 0, 1, traffic.Request{Variant: p.Exempt[0].String()})
	}
	if p.FinishCritical > 0 {
		y.send(y.hero, 0, 1, traffic.Request{Target: 1, Counter: 1, Command: 5})
	}
}

// nextSlot: one boundary later it sends three, or until one is refused.
func (y *play) nextSlot() {
	at := int64(y.rules.Slot)
	y.controller.Advance(at)
	y.after = y.controller.Snapshot(nil)
	for range 3 {
		y.send(y.hero, at, 1, traffic.Request{})
		if y.acts[len(y.acts)-1].first.RetryAfter > 0 {
			return
		}
	}
}

// longestWait is the longest Retry-After that the example waits for.
const longestWait = 600

// comeBack: after the Retry-After of its last refusal it sends one, and has sent
// nothing between.
func (y *play) comeBack() {
	for _, a := range slices.Backward(y.acts) {
		if wait := a.first.RetryAfter; wait > 0 {
			if wait <= longestWait {
				y.send(y.hero, a.first.At+int64(wait)*int64(time.Second), 1, traffic.Request{})
			}
			return
		}
	}
}

// send has requests decided about, one after the other, and notes them; those that
// were forwarded by the same line are one act.
func (y *play) send(who person, at int64, count int, r traffic.Request) {
	r.User = y.userOf(who.account)
	for range count {
		d, _ := y.controller.Admit(at, r)
		if n := len(y.acts); n > 0 && y.acts[n-1].continues(who, r, d) {
			y.acts[n-1].count++
			continue
		}
		boundary := len(y.acts) > 0 && y.acts[len(y.acts)-1].slot != d.Slot
		y.acts = append(y.acts, act{who: who, slot: d.Slot, count: 1, variant: r.Variant, message: messageOf(r), first: d, boundary: boundary})
	}
}

func messageOf(r traffic.Request) string {
	switch r.Command {
	case 4:
		return "critical, first message"
	case 5:
		return "critical, second message"
	}
	return ""
}

// continues says whether a decision is like those of the act.
func (a *act) continues(who person, r traffic.Request, d traffic.Decision) bool {
	return a.who.account == who.account && a.slot == d.Slot && a.variant == r.Variant && a.message == "" && r.Command == 0 &&
		a.first.Verdict == traffic.Forward && d.Verdict == traffic.Forward && a.first.Reason == d.Reason && placeOf(a.first) == placeOf(d)
}

// place is where the cost of a request was taken.
type place int

const (
	nowhere place = iota
	assuredBucket
	spareBucket
	freePool
)

func placeOf(d traffic.Decision) place {
	switch {
	case d.Reason == traffic.WithinAllocation:
		return assuredBucket
	case d.Reason == traffic.Spare && d.Cost <= d.Spare:
		return spareBucket
	case d.Reason == traffic.Spare, d.Reason == traffic.Exempt, d.Reason == traffic.Critical:
		return freePool
	}
	return nowhere
}

func (y *play) userOf(account int) uint64 { return y.rules.Accounts[account].Users[0] }

// cast chooses who is looked at: the account whose allocation lies nearest to the
// median, and the largest of the others, earlier ones first; -1 where there is
// none. Both have an allocation.
func cast(accounts []traffic.Account) (hero, other int) {
	var order []int
	for i, a := range accounts {
		if a.Allocation > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(accounts[a].Allocation, accounts[b].Allocation) })
	hero, other = order[(len(order)-1)/2], -1
	for _, i := range order {
		if i != hero && (other < 0 || accounts[i].Allocation > accounts[other].Allocation) {
			other = i
		}
	}
	return hero, other
}

// invented returns rules like those of the policy, with invented Service Users and
// their portfolios: three, or as many as work.
func invented(p *policy.Policy) (rules traffic.Rules, units []int64) {
	units = []int64{600, 300, 100}
	for ; len(units) > 0; units = units[:len(units)-1] {
		rules = p.Rules()
		rules.Accounts, rules.Unlisted = nil, ""
		var weighed [][]allocate.Row
		for _, u := range units {
			weighed = append(weighed, []allocate.Row{{Portfolio: u, Weight: 1000}})
		}
		shares, err := allocate.Divide(p.OperatingThreshold(), minimumFor(p, len(units)), weighed)
		if err != nil {
			continue
		}
		for i, share := range shares {
			rules.Accounts = append(rules.Accounts, traffic.Account{Name: inventedName(i), Allocation: perSecond(share), Users: []uint64{uint64(i) + 1}})
		}
		if len(rules.Check()) == 0 {
			break
		}
	}
	return rules, units
}

// minimumFor is the policy's minimum, where so many can have it.
func minimumFor(p *policy.Policy, accounts int) allocate.Thousandths {
	if p.Minimum*allocate.Thousandths(accounts) > p.OperatingThreshold() {
		return 0
	}
	return p.Minimum
}

func inventedName(i int) string { return []string{"EXAMPLE-ONE", "EXAMPLE-TWO", "EXAMPLE-THREE"}[i] }
