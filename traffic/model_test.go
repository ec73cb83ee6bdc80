package traffic

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// model is the specification written down as plainly as it can be, to be compared
// with the mechanism decision by decision: every account at every boundary,
// nothing at rest, every sum anew, shares in rational numbers.
type model struct {
	rules   Rules
	next    *Rules
	vouched map[[3]uint64]int64 // until when
	slot    int64
	users   map[string]*modelUser
	pool    Amount
	cold    Amount
	active  bool
	calm    int64
	offered map[int64]Amount // by slot
}

type modelUser struct {
	assured, spare, asked, wants, held Amount
	last, second, refusals             int64
}

func newModel(r Rules, s Start) *model {
	m := &model{rules: r, slot: s.At / int64(r.Slot), users: map[string]*modelUser{}, offered: map[int64]Amount{},
		vouched: map[[3]uint64]int64{}, active: r.Activate}
	bound, depths := r.Bound()
	for _, a := range r.Accounts {
		m.users[a.Name] = &modelUser{assured: r.Depth(a.Allocation), last: never, held: m.holdDepth(a)}
	}
	m.pool = bound - depths
	if s.Restart {
		m.pool, m.cold = 0, r.Threshold.Over(r.Burst)/2
		if m.beyond() {
			m.pool = -r.Margin.Over(r.Burst)
		}
	}
	return m
}

// advance passes the boundaries up to at, with their steps in order.
func (m *model) advance(at int64) {
	for m.slot < at/int64(m.rules.Slot) {
		m.slot++
		if m.next != nil {
			m.change()
		}
		m.topUpAndOverflow()
		deal := m.rules.Threshold.Over(m.rules.Slot)
		for _, u := range m.users { // wants
			u.wants = max(min(u.asked, deal), u.wants-u.wants/32)
			u.asked = 0
		}
		m.release()
		m.returnAndShare()
	}
}

func (m *model) change() {
	users := map[string]*modelUser{}
	for _, a := range m.next.Accounts {
		u := m.users[a.Name]
		if u == nil {
			u = &modelUser{last: never, held: never}
		}
		held := slices.ContainsFunc(m.rules.Accounts, func(b Account) bool { return b.Name == a.Name && b.Held })
		full := m.next.largestCost()
		if full = max(full, Amount(a.Hold)); a.Hold == 0 {
			full = 0
		}
		if u.held = min(u.held, full); !held {
			u.held = full // a bucket by which an account was not held before begins full
		}
		u.assured = min(u.assured, m.next.Depth(a.Allocation))
		users[a.Name] = u
	}
	m.rules, m.users, m.next = *m.next, users, nil
	if m.rules.FinishCritical == 0 {
		clear(m.vouched)
	}
	m.active = m.active || m.rules.Activate
	m.cold = min(m.cold, m.rules.Threshold.Over(m.rules.Burst)/2)
}

func (m *model) topUpAndOverflow() {
	r := m.rules
	left := r.Threshold.Over(r.Slot)
	m.cold = max(0, m.cold-left)
	var assured, spare Amount
	for _, a := range r.Accounts {
		u := m.users[a.Name]
		add := min(a.Allocation.Over(r.Slot), r.Depth(a.Allocation)-u.assured)
		u.assured += add
		u.held = min(m.holdDepth(a), u.held+a.Hold.Over(r.Slot))
		left -= add
		assured += u.assured
		spare += u.spare
	}
	m.pool += left
	bound, _ := r.Bound()
	if assured+spare > bound {
		for _, u := range m.users {
			u.spare = 0
		}
		m.pool += spare
		spare = 0
	}
	m.pool = min(m.pool, bound-assured-spare)
}

func (m *model) release() {
	if !m.active {
		return
	}
	var sum Amount
	for s := m.slot - m.second(); s < m.slot; s++ {
		sum += m.offered[s]
	}
	m.calm++
	if sum >= m.rules.Release.Over(time.Second) || m.rules.Activate {
		m.calm = 0
	}
	if m.calm*int64(m.rules.Slot) >= int64(m.rules.Hold) {
		m.active, m.calm = false, 0
	}
}

func (m *model) second() int64 { return int64(time.Second / m.rules.Slot) }

func (m *model) returnAndShare() {
	var claims []claim
	for i, a := range m.rules.Accounts {
		u := m.users[a.Name]
		hungry := u.last >= m.slot-m.second()
		room := m.rules.largestCost() + 2*u.wants
		keep := min(u.spare, room)
		if !m.active || !hungry || m.rules.Withhold {
			keep = 0
		}
		m.pool += u.spare - keep
		u.spare = keep
		if hungry && a.Allocation > 0 && room > u.spare {
			claims = append(claims, claim{weight: a.Allocation, room: room - u.spare, account: int32(i)})
		}
	}
	if m.active && len(claims) > 0 && m.pool > 0 && !m.rules.Withhold {
		for i, grant := range slowMaxMin(m.pool, claims) {
			m.users[m.rules.Accounts[i].Name].spare += grant
			m.pool -= grant
		}
	}
}

// beyond says whether anything may take the pool below zero.
func (m *model) beyond() bool {
	for _, how := range m.rules.Variants {
		if how.Exempt {
			return true
		}
	}
	return m.rules.FinishCritical > 0 || slices.ContainsFunc(m.rules.Accounts, func(a Account) bool { return a.Exempt })
}

func (m *model) holdDepth(a Account) Amount {
	if !a.Held || a.Hold == 0 {
		return 0
	}
	return max(m.rules.largestCost(), Amount(a.Hold))
}

// admit decides; it fills in what the mechanism says it decided from, and has
// the program that explains decisions make this one.
func (m *model) admit(at int64, i int, q Request) Decision {
	d := m.ask(at, i, q)
	u := m.users[m.rules.Accounts[i].Name]
	m.offered[m.slot] += d.Cost
	if s := at / int64(time.Second); s != u.second {
		u.second, u.refusals = s, 0
	}
	d.Refusals = uint32(u.refusals) + 1
	d.Verdict, d.Reason, d.RetryAfter = recompute(m.rules, d)
	if d.Verdict == Forward {
		d.Refusals = 0
	} else {
		u.refusals++
	}
	m.take(u, &d)
	key := [3]uint64{q.User, q.Target, q.Counter}
	switch {
	case d.Verdict != Forward || m.rules.FinishCritical == 0:
	case q.Command == 4:
		m.vouched[key] = at + int64(m.rules.FinishCritical)
	case q.Command >= 5 && q.Command <= 7:
		delete(m.vouched, key)
	}
	return d
}

// ask is a decision before it is made.
func (m *model) ask(at int64, i int, q Request) Decision {
	a := m.rules.Accounts[i]
	u := m.users[a.Name]
	how := m.rules.Variants[q.Variant]
	cost := q.Cost
	if cost <= 0 {
		cost = how.Cost
	}
	if cost == 0 {
		cost = m.rules.usualCost()
	}
	d := Decision{
		At: at, Slot: m.slot, User: a.Users[0], Cost: min(cost, m.rules.largestCost()), Assured: u.assured, Spare: u.spare, Pool: m.pool, Cold: m.cold,
		Depth: m.rules.Depth(a.Allocation), Allocation: a.Allocation, Account: int32(i), Active: m.active,
		Exempt: how.Exempt || a.Exempt, Held: a.Held,
	}
	if a.Held {
		d.Hold, d.HoldRate = u.held, a.Hold
	}
	until, issued := m.vouched[[3]uint64{q.User, q.Target, q.Counter}]
	d.Vouched = issued && q.Command >= 5 && q.Command <= 7 && at <= until
	if d.Exempt || d.Vouched {
		d.Limit = m.rules.Margin.Over(m.rules.Burst)
	}
	if len(m.rules.Keep) > 0 {
		parts := m.rules.Keep
		if how.Rank > 0 {
			parts = parts[:how.Rank-1]
		}
		sum := new(big.Int)
		for _, p := range parts {
			sum.Add(sum, big.NewInt(int64(p)))
		}
		sum.Mul(sum, big.NewInt(int64(d.Depth)))
		sum.Quo(sum, big.NewInt(1_000_000_000))
		d.Kept = max(0, min(Amount(sum.Int64()), d.Depth-m.rules.largestCost()))
	}
	return d
}

// take has a decision take what it takes, and activate.
func (m *model) take(u *modelUser, d *Decision) {
	if m.rules.Mode == ModeOff || m.rules.Mode == ModeSuspended || d.Reason == Closed || d.Reason == Held {
		return
	}
	if !d.Exempt && !d.Vouched && d.Reason != WithinAllocation {
		u.asked += d.Cost
		u.last = m.slot
	}
	if (d.Reason == OverAllocation || d.Reason == Exempt || d.Reason == Critical || d.Reason == Capacity) && !m.active && m.cold == 0 {
		m.active, m.calm, d.Activated = true, 0, true
	}
	if d.Verdict != Forward {
		return
	}
	u.held -= d.Cost
	switch {
	case d.Reason == WithinAllocation:
		u.assured -= d.Cost
	case d.Reason == Spare && u.spare >= d.Cost:
		u.spare -= d.Cost
	default:
		m.pool -= d.Cost
	}
}

// comparison is a Controller and a model that are asked the same.
type comparison struct {
	rng        *rand.Rand
	controller *Controller
	model      *model
	number     uint64
	policy     uint32
	activated  int
	released   bool
	base       Rules // the last, without extensions
	extend     bool  // changes of policy bring any extension
}

// The mechanism decides as the specification says, decision by decision, with
// changes of policy, restarts and hand-overs in between.
func TestDecidesAsTheSpecificationSays(t *testing.T) {
	cases, activated, released := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		rng := chance(t)
		for range 3 {
			r := anyRules(rng)
			start := Start{Restart: rng.IntN(4) == 0}
			controller, err := New(r, start)
			if err != nil {
				t.Fatal(err)
			}
			c := &comparison{rng: rng, policy: 1, controller: controller, model: newModel(r, start)}
			c.play(t, anyArrivals(rng, r))
			cases++
			activated += min(c.activated, 1)
			if c.released {
				released++
			}
		}
	})
	if activated < cases/2 || released < cases/10 {
		t.Errorf("of %d cases only %d activated and %d released: they show little", cases, activated, released)
	}
}

func (c *comparison) play(t *rapid.T, as []arrival) {
	changes := c.rng.IntN(2) == 0
	every := int64(700 * time.Millisecond)
	was := false
	for next := every; len(as) > 0; as = as[1:] {
		for ; changes && as[0].at >= next; next += every {
			c.change(t, next)
		}
		if c.rng.IntN(50) == 0 {
			c.controller = handOver(t, c.controller.Snapshot(nil).Rules, c.controller)
		}
		if c.rng.IntN(2) == 0 {
			c.controller.Advance(as[0].at)
		}
		d, ok := c.compare(t, as[0].at, as[0].request())
		if ok {
			c.activated += map[bool]int{true: 1}[d.Activated]
			c.released = c.released || was && !d.Active
			was = d.Active || d.Activated
		}
	}
}

func (c *comparison) change(t rapid.TB, at int64) {
	if c.base.Threshold == 0 {
		c.base = c.model.rules
	}
	r := otherRules(c.rng, c.base)
	c.base = r
	if c.extend {
		r = extended(c.rng, r, c.rng.Uint32())
	}
	c.controller.Advance(at)
	c.model.advance(at)
	if _, err := c.controller.Change(Planned{Rules: r}); err != nil {
		t.Fatal(err)
	}
	c.model.next = &r
	c.policy++
}

func (c *comparison) compare(t rapid.TB, at int64, q Request) (Decision, bool) {
	c.model.advance(at)
	account := slices.IndexFunc(c.model.rules.Accounts, func(a Account) bool { return a.Users[0] == q.User })
	got, ok := c.controller.Admit(at, q)
	if ok != (account >= 0) {
		t.Fatalf("account %d was found: %v", account, ok)
	}
	if !ok {
		return got, false
	}
	c.number++
	want := c.model.admit(at, account, q)
	want.Number = c.number
	want.Policy = c.policy
	if c.model.next != nil {
		want.Policy-- // it awaits its boundary
	}
	if got != want {
		t.Fatalf("decision %d is\n%+v\nwhere the specification says\n%+v", c.number, got, want)
	}
	return got, true
}
