package traffic

import (
	"math/rand/v2"
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
	slot    int64
	users   map[string]*modelUser
	pool    Amount
	cold    Amount
	active  bool
	calm    int64
	offered map[int64]Amount // by slot
}

type modelUser struct {
	assured, spare, asked, wants Amount
	last, second, refusals       int64
}

func newModel(r Rules, s Start) *model {
	m := &model{rules: r, slot: s.At / int64(r.Slot), users: map[string]*modelUser{}, offered: map[int64]Amount{}}
	bound, depths := r.Bound()
	for _, a := range r.Accounts {
		m.users[a.Name] = &modelUser{assured: r.Depth(a.Allocation), last: never}
	}
	m.pool = bound - depths
	if s.Restart {
		m.pool, m.cold = 0, r.Threshold.Over(r.Burst)/2
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
			u = &modelUser{last: never}
		}
		u.assured = min(u.assured, m.next.Depth(a.Allocation))
		users[a.Name] = u
	}
	m.rules, m.users, m.next = *m.next, users, nil
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
	if sum >= m.rules.Release.Over(time.Second) {
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
		if !m.active || !hungry {
			keep = 0
		}
		m.pool += u.spare - keep
		u.spare = keep
		if hungry && a.Allocation > 0 && room > u.spare {
			claims = append(claims, claim{weight: a.Allocation, room: room - u.spare, account: int32(i)})
		}
	}
	if m.active && len(claims) > 0 {
		for i, grant := range slowMaxMin(m.pool, claims) {
			m.users[m.rules.Accounts[i].Name].spare += grant
			m.pool -= grant
		}
	}
}

// admit decides; it fills in what the mechanism says it decided from.
func (m *model) admit(at int64, i int, cost Amount) Decision {
	a := m.rules.Accounts[i]
	u := m.users[a.Name]
	if cost <= 0 {
		cost = SR
	}
	cost = min(cost, m.rules.largestCost())
	d := Decision{
		At: at, Slot: m.slot, User: a.Users[0], Cost: cost, Assured: u.assured, Spare: u.spare, Pool: m.pool, Cold: m.cold,
		Depth: m.rules.Depth(a.Allocation), Allocation: a.Allocation, Account: int32(i), Active: m.active,
	}
	m.offered[m.slot] += cost
	if u.assured >= cost {
		u.assured -= cost
		return d
	}
	u.asked += cost
	u.last = m.slot
	d.Reason = Spare
	switch {
	case u.spare >= cost:
		u.spare -= cost
		return d
	case m.pool >= cost:
		m.pool -= cost
		return d
	}
	d.Reason, d.Verdict = OverAllocation, Throttle
	if !m.active && m.cold == 0 {
		m.active, m.calm, d.Activated = true, 0, true
	}
	if s := at / int64(time.Second); s != u.second {
		u.second, u.refusals = s, 0
	}
	u.refusals++
	d.Refusals = uint32(u.refusals)
	_, _, d.RetryAfter = recompute(m.rules, d)
	return d
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
		d, ok := c.compare(t, as[0])
		if ok {
			c.activated += map[bool]int{true: 1}[d.Activated]
			c.released = c.released || was && !d.Active
			was = d.Active || d.Activated
		}
	}
}

func (c *comparison) change(t *rapid.T, at int64) {
	r := otherRules(c.rng, c.controller.Snapshot(nil).Rules)
	c.controller.Advance(at)
	c.model.advance(at)
	if err := c.controller.Change(r); err != nil {
		t.Fatal(err)
	}
	c.model.next = &r
	c.policy++
}

func (c *comparison) compare(t *rapid.T, a arrival) (Decision, bool) {
	c.model.advance(a.at)
	account := -1
	for i := range c.model.rules.Accounts {
		if c.model.rules.Accounts[i].Users[0] == userOf(a.user) {
			account = i
		}
	}
	got, ok := c.controller.Admit(a.at, Request{User: userOf(a.user), Cost: a.cost})
	if ok != (account >= 0) {
		t.Fatalf("account %d was found: %v", account, ok)
	}
	if !ok {
		return got, false
	}
	c.number++
	want := c.model.admit(a.at, account, a.cost)
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
