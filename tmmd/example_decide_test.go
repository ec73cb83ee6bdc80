package tmmd

import (
	"math/big"
	"strconv"
	"strings"
	"time"
)

// request decides about one request of a row, and compares.
func (p *paper) request(row []string, who *own) {
	what := p.steps.cell(row, "what")
	variant := ""
	if v, ok := strings.CutPrefix(what, "variant "); ok {
		variant = v
	}
	cost := p.cost(variant)
	p.same("cost", p.steps.cell(row, "cost each"), cost)
	p.offered.Add(p.offered, cost)
	kept := p.kept(variant, who)
	if cell := p.steps.cell(row, "kept"); cell != "" || kept.Sign() > 0 {
		p.same("kept", cell, kept)
	}
	beyond, reason := p.beyond(variant, what)
	limit := new(big.Int)
	if beyond {
		limit = p.units(p.derived.find("L", "value"))
	}
	if cell := p.steps.cell(row, "L"); cell != "" || beyond {
		p.same("L", cell, limit)
	}
	if p.slot > 1 && new(big.Int).Add(cost, kept).Cmp(who.assured) > 0 {
		if p.steps.cell(row, "reason") == "within-allocation" || p.steps.cell(row, "spare") == "any" {
			p.Errorf("step %s is said to be within the allocation, and is not", row[0])
		}
		return // what spare and pool hold by now is not in the document's arithmetic
	}
	before := new(big.Int).Set(who.assured)
	got := p.judge(who, wish{cost, kept, limit, beyond, reason})
	verdict := "forward"
	if got == "over-allocation" || got == "capacity" {
		verdict = "throttle"
		if p.shadowed(p.steps.cell(row, "Service User")) {
			verdict = "shadow"
		}
		p.refusals++
		p.retryAfter(row, who, new(big.Int).Sub(before, kept), cost)
	} else if wait := p.steps.cell(row, "Retry-After s"); wait != "" {
		p.Errorf("a forwarded request has the Retry-After %s", wait)
	}
	if p.steps.cell(row, "reason") != got || p.steps.cell(row, "verdict") != verdict {
		p.Errorf("step %s is %s, %s in the document and %s, %s by hand", row[0], p.steps.cell(row, "verdict"), p.steps.cell(row, "reason"), verdict, got)
	}
}

// wish is what a request asks for.
type wish struct {
	cost, kept, limit *big.Int
	beyond            bool // it may go beyond the threshold
	reason            string
}

// judge takes the cost where the rules say, and returns the reason.
func (p *paper) judge(who *own, a wish) string {
	if new(big.Int).Add(a.cost, a.kept).Cmp(who.assured) <= 0 {
		who.assured.Sub(who.assured, a.cost)
		return "within-allocation"
	}
	if !a.beyond {
		who.asked.Add(who.asked, a.cost)
	}
	withheld := p.key("spare") == "withhold" && p.active && !a.beyond
	switch {
	case !withheld && a.cost.Cmp(who.spare) <= 0:
		who.spare.Sub(who.spare, a.cost)
		return "spare"
	case !withheld && a.cost.Cmp(p.pool) <= 0:
		p.pool.Sub(p.pool, a.cost)
		return "spare"
	}
	p.active = true
	if left := new(big.Int).Sub(p.pool, a.cost); a.beyond && left.Cmp(new(big.Int).Neg(a.limit)) >= 0 {
		p.pool.Set(left)
		return a.reason
	}
	if a.beyond {
		return "capacity"
	}
	return "over-allocation"
}

// retryAfter is ceil((cost × k − there) / a), within its bounds.
func (p *paper) retryAfter(row []string, who *own, there, cost *big.Int) {
	missing := new(big.Int).Mul(cost, big.NewInt(p.refusals))
	missing.Sub(missing, there)
	seconds, rest := new(big.Int).QuoRem(missing, who.rate, new(big.Int))
	if rest.Sign() > 0 {
		seconds.Add(seconds, big.NewInt(1))
	}
	bound := func(key string) *big.Int {
		n, err := strconv.Atoi(strings.TrimSuffix(p.key(key), "s"))
		if err != nil {
			p.Fatalf("%s: %v", key, err)
		}
		return big.NewInt(int64(n))
	}
	seconds = least(most(seconds, bound("refusal.retry_after.least")), bound("refusal.retry_after.most"))
	p.back = (p.slot*int64(p.length) + seconds.Int64()*int64(time.Second)) / int64(p.length)
	if got := p.steps.cell(row, "Retry-After s"); got != seconds.String() {
		p.Errorf("step %s has the Retry-After %s in the document and %s by hand", row[0], got, seconds)
	}
}

func (p *paper) cost(variant string) *big.Int {
	if c := p.key("cost." + variant); variant != "" && c != "" {
		return p.units(c)
	}
	return p.units(p.key("cost.default"))
}

// kept is what is kept from a variant: the parts of the entries before its own.
func (p *paper) kept(variant string, who *own) *big.Int {
	sum := new(big.Rat)
	for _, row := range p.keys.rows {
		part, names, found := strings.Cut(row[1], "% for ")
		if !found || !strings.HasPrefix(row[0], "priority[") {
			continue
		}
		if strings.Contains(", "+names+", ", ", "+variant+", ") && variant != "" {
			break
		}
		r, ok := new(big.Rat).SetString(part)
		if !ok {
			p.Fatalf("%q is no percentage", row[1])
		}
		sum.Add(sum, r.Quo(r, big.NewRat(100, 1)))
	}
	sum.Mul(sum, new(big.Rat).SetInt(who.depth))
	part := new(big.Int).Quo(sum.Num(), sum.Denom())
	return most(new(big.Int), least(part, new(big.Int).Sub(who.depth, p.largest())))
}

// beyond says whether a request is exempt or vouched for, and its reason then.
func (p *paper) beyond(variant, what string) (bool, string) {
	for _, row := range p.keys.rows {
		if variant != "" && strings.HasPrefix(row[0], "exempt[") && strings.HasPrefix(row[1], variant+" ") {
			return true, "exempt"
		}
	}
	return what == "critical, second message", "critical"
}

func (p *paper) shadowed(name string) bool {
	return p.key("mode") == "shadow" || strings.Contains(", "+p.key("shadow")+", ", ", "+name+", ")
}
