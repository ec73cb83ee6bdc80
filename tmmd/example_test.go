package tmmd

import (
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The worked example, worked out again with paper and pencil: by a calculator that
// knows nothing but the numbers that stand in the document.
func TestTheWorkedExampleIsRight(t *testing.T) {
	for name, document := range map[string]*Document{
		"small": Render(small(t), Options{}), "public": Render(small(t), Options{Public: true}),
		"every": Render(everything(t), Options{}), "every, public": Render(everything(t), Options{Public: true}),
	} {
		t.Run(name, func(t *testing.T) {
			recompute(t, document.Markdown())
		})
	}
}

func TestTheWorkedExampleOfAGreatPolicyIsRight(t *testing.T) {
	p := parse(t, strings.Replace(smallPolicy, "2000/s", "2000000/s", 1), map[string]string{"portfolio.csv": smallPortfolio})
	recompute(t, Render(p, Options{}).Markdown())
}

func TestTheWorkedExampleOfAnyPolicyIsRight(t *testing.T) {
	checked(t, func(t *rapid.T, d *draw) {
		recompute(t, Render(d.policy(), Options{Public: d.chance("public")}).Markdown())
	})
}

// paper is the calculator. Amounts are whole numbers of 10⁻⁹ SR.
type paper struct {
	tester
	keys, derived, steps sheet
	people               map[string]*own
	names                []string
	others               *big.Int // in the buckets of all others
	pool, bound, deal    *big.Int
	offered              *big.Int
	active               bool
	slot, refusals       int64
	back                 int64 // the slot in which the last that was refused comes back
	second               int64
	length               time.Duration
}

// own is what one Service User has.
type own struct{ rate, topUp, depth, assured, spare, asked *big.Int }

const unit = 1_000_000_000

// units reads a number with decimals.
func (p *paper) units(s string) *big.Int {
	r, ok := new(big.Rat).SetString(strings.Replace(strings.TrimSuffix(strings.TrimSuffix(s, " SR"), "/s"), "−", "-", 1))
	if !ok {
		p.Fatalf("%q is not a number", s)
	}
	r.Mul(r, big.NewRat(unit, 1))
	if !r.IsInt() {
		p.Fatalf("%q has too many decimals", s)
	}
	return new(big.Int).Set(r.Num())
}

func (p *paper) key(name string) string { return p.keys.find(name, "value") }

func recompute(t tester, markdown string) {
	all := sheets(t, markdown)
	p := &paper{tester: t, keys: one(t, all, "Every key of the policy"), derived: one(t, all, "What follows from them"), people: map[string]*own{}, offered: new(big.Int), others: new(big.Int)}
	p.steps = one(t, all, "Step by step; amounts as they stand before")
	p.begin(one(t, all, "The state at the beginning"))
	if len(p.steps.rows) < 4 {
		t.Errorf("the example has only %d steps", len(p.steps.rows))
	}
	checkEquations(t, markdown)
	refused := false
	for i, row := range p.steps.rows {
		if got := p.steps.cell(row, "step"); got != strconv.Itoa(i+1) {
			t.Errorf("step %d is numbered %s", i+1, got)
		}
		p.step(row)
		refused = refused || p.steps.cell(row, "reason") == "over-allocation"
	}
	if !refused {
		t.Errorf("nothing is refused in the example")
	}
}

func (p *paper) begin(state sheet) {
	var err error
	if p.length, err = time.ParseDuration(p.key("slot")); err != nil {
		p.Fatalf("slot: %v", err)
	}
	p.pool = p.units(state.find("free pool", "assured"))
	p.bound = p.units(state.find("everything at most: B", "assured"))
	p.deal = p.perSlot(p.units(p.derived.find("T", "value")))
	for _, row := range state.rows {
		rate := state.cell(row, "a(u) /s")
		switch {
		case strings.HasPrefix(row[0], "all others"):
			p.others = p.units(state.cell(row, "assured"))
		case rate != "":
			o := &own{rate: p.units(rate), depth: p.units(state.cell(row, "D(u)")), assured: p.units(state.cell(row, "assured")), spare: p.units(state.cell(row, "spare")), asked: new(big.Int)}
			o.topUp = p.perSlot(o.rate)
			p.same("a(u) × slot", state.cell(row, "a(u) × slot"), o.topUp)
			p.same("D(u)", state.cell(row, "D(u)"), p.depth(o.rate))
			p.people[row[0]] = o
			p.names = append(p.names, row[0])
		}
	}
	p.checkBound(state)
}

// checkBound works out B.
func (p *paper) checkBound(state sheet) {
	whole, depths := p.over(p.units(p.derived.find("T", "value"))), new(big.Int).Set(p.others)
	for _, o := range p.people {
		depths.Add(depths, o.depth)
	}
	p.same("B", state.find("everything at most: B", "assured"), most(whole, depths.Add(depths, new(big.Int).Quo(whole, big.NewInt(2)))))
}

// perSlot is rate × slot, rounded down.
func (p *paper) perSlot(rate *big.Int) *big.Int {
	x := new(big.Int).Mul(rate, big.NewInt(int64(p.length)))
	return x.Quo(x, big.NewInt(int64(time.Second)))
}

func (p *paper) largest() *big.Int { return p.units(p.derived.find("c", "value")) }

func (p *paper) depth(rate *big.Int) *big.Int {
	return most(p.largest(), new(big.Int).Quo(p.over(rate), big.NewInt(2)))
}

// over is rate × burst, rounded down.
func (p *paper) over(rate *big.Int) *big.Int {
	burst, err := time.ParseDuration(p.key("burst"))
	if err != nil {
		p.Fatalf("burst: %v", err)
	}
	x := new(big.Int).Mul(rate, big.NewInt(int64(burst)))
	return x.Quo(x, big.NewInt(int64(time.Second)))
}

func (p *paper) same(what, cell string, want *big.Int) {
	if p.units(cell).Cmp(want) != 0 {
		p.Errorf("%s is %s in the document, and %s e-9 by hand", what, cell, want)
	}
}

func least(a, b *big.Int) *big.Int {
	if a.Cmp(b) < 0 {
		return new(big.Int).Set(a)
	}
	return new(big.Int).Set(b)
}

func most(a, b *big.Int) *big.Int {
	if a.Cmp(b) > 0 {
		return new(big.Int).Set(a)
	}
	return new(big.Int).Set(b)
}

// step decides about a row's requests.
func (p *paper) step(row []string) {
	who := p.people[p.steps.cell(row, "Service User")]
	if who == nil {
		p.Fatalf("%q is not in the state at the beginning", p.steps.cell(row, "Service User"))
	}
	slot, err := strconv.ParseInt(p.steps.cell(row, "slot"), 10, 64)
	if err != nil {
		p.Fatalf("slot: %v", err)
	}
	p.pass(slot)
	p.same("assured", p.steps.cell(row, "assured"), who.assured)
	if p.steps.cell(row, "spare") != "any" && slot <= 1 {
		p.same("spare", p.steps.cell(row, "spare"), who.spare)
		p.same("pool", p.steps.cell(row, "pool"), p.pool)
	}
	count, err := strconv.Atoi(p.steps.cell(row, "requests"))
	if err != nil || count < 1 {
		p.Fatalf("requests: %v", err)
	}
	if count > 1 && p.steps.cell(row, "Retry-After s") != "" {
		p.Errorf("step %s has %d refusals in one line", row[0], count)
	}
	if count > 1 && slot > 1 {
		p.Errorf("step %s has %d requests where one comes back", row[0], count)
	}
	for range count {
		p.request(row, who)
	}
}

// pass passes the boundaries up to a slot. Between the first two slots everything
// is worked out; later only assured buckets.
func (p *paper) pass(slot int64) {
	if p.slot == 0 && slot == 1 {
		p.boundary()
	} else if n := slot - p.slot; n > 0 {
		if slot != p.back {
			p.Errorf("it comes back in slot %d, and its Retry-After ends with slot %d", slot, p.back)
		}
		for _, o := range p.people {
			o.assured = least(o.depth, new(big.Int).Add(o.assured, new(big.Int).Mul(o.topUp, big.NewInt(n))))
		}
	}
	p.slot = slot
	if second := slot * int64(p.length) / int64(time.Second); second != p.second {
		p.second, p.refusals = second, 0
	}
}

func (p *paper) boundary() {
	total := new(big.Int).Set(p.others)
	p.pool.Add(p.pool, p.deal)
	for _, o := range p.people {
		before := o.assured
		o.assured = least(o.depth, new(big.Int).Add(before, o.topUp))
		p.pool.Sub(p.pool, new(big.Int).Sub(o.assured, before))
		total.Add(total, o.assured)
	}
	p.pool = least(p.pool, new(big.Int).Sub(p.bound, total))
	if hold, err := time.ParseDuration(p.key("hold")); err != nil || hold <= p.length && p.offered.Cmp(p.units(p.derived.rows[p.rowOf("release level")][3])) < 0 {
		p.active = false
	}
	if p.active && p.key("spare") == "share" && p.pool.Sign() > 0 {
		p.share()
	}
}

func (p *paper) rowOf(what string) int {
	for i, r := range p.derived.rows {
		if r[1] == what {
			return i
		}
	}
	p.Fatalf("there is no %s", what)
	return 0
}

// share deals the pool to those who asked, in proportion, no one beyond its room.
func (p *paper) share() {
	type claim struct {
		*own
		room *big.Int
		full bool
	}
	var claims []*claim
	for _, name := range p.names {
		if o := p.people[name]; o.asked.Sign() > 0 {
			room := new(big.Int).Add(p.largest(), new(big.Int).Lsh(least(o.asked, p.deal), 1))
			claims = append(claims, &claim{own: o, room: room})
		}
	}
	for again := true; again; {
		again = false
		weight := new(big.Int)
		for _, c := range claims {
			if !c.full {
				weight.Add(weight, c.rate)
			}
		}
		left := new(big.Int).Set(p.pool)
		for _, c := range claims { // whoever has room for less than its part is filled
			if !c.full && new(big.Int).Mul(left, c.rate).Cmp(new(big.Int).Mul(c.room, weight)) >= 0 {
				c.full, again = true, true
				c.spare.Set(c.room)
				p.pool.Sub(p.pool, c.room)
				break
			}
		}
		if again {
			continue
		}
		for _, c := range claims {
			if !c.full {
				c.spare.Quo(new(big.Int).Mul(left, c.rate), weight)
				p.pool.Sub(p.pool, c.spare)
			}
		}
	}
}
