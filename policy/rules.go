package policy

import (
	"srtm/allocate"
	"srtm/duis"
	"srtm/traffic"
)

// OperatingThreshold returns T: the threshold's part of the capacity, rounded
// down to whole thousandths a second. The allocations add up to exactly this.
func (p *Policy) OperatingThreshold() allocate.Thousandths { return p.Capacity.share(p.Threshold) }

// Rules returns what the mechanism needs of the policy as long as nothing is
// reserved, no maintenance is under way and nobody did anything by hand; see At.
// Rules().Check() finds nothing. Each call returns new slices and maps.
func (p *Policy) Rules() traffic.Rules {
	standing := make([]allocate.Thousandths, len(p.Accounts))
	for i, a := range p.Accounts {
		standing[i] = a.Allocation
	}
	return p.rules(terms{p.Capacity, p.OperatingThreshold(), standing})
}

// terms are the numbers that may be others at another time.
type terms struct {
	capacity    Rate
	threshold   allocate.Thousandths
	allocations []allocate.Thousandths // by account
}

func (p *Policy) rules(t terms) traffic.Rules {
	threshold := perSecond(t.threshold)
	rules := traffic.Rules{
		Threshold:      threshold,
		Release:        p.Release.of(threshold, p.Threshold),
		Hold:           p.Hold,
		Burst:          p.Burst,
		Slot:           p.Slot,
		RetryLeast:     p.Refusal.RetryLeast,
		RetryMost:      p.Refusal.RetryMost,
		Accounts:       make([]traffic.Account, 0, len(p.Accounts)+1),
		Mode:           p.Mode,
		Withhold:       p.Withhold,
		Variants:       p.treatments(),
		Keep:           p.keep(),
		Margin:         min(t.capacity.beyond(p.Threshold), traffic.MaxRate),
		FinishCritical: p.FinishCritical,
	}
	if p.Cost != traffic.SR {
		rules.Cost = p.Cost
	}
	for i, a := range p.Accounts {
		rules.Accounts = append(rules.Accounts, traffic.Account{Name: a.Name, Allocation: perSecond(t.allocations[i]), Users: a.Users()})
	}
	if p.Unknown == Admit {
		rules.Accounts = append(rules.Accounts, traffic.Account{Name: Unlisted})
		rules.Unlisted = Unlisted
	}
	shadowed := make(map[string]bool, len(p.Shadow))
	for _, name := range p.Shadow {
		shadowed[name] = true
	}
	for i := range rules.Accounts {
		rules.Accounts[i].Shadow = shadowed[rules.Accounts[i].Name]
	}
	return rules
}

// treatments returns the variants that are not like all others; nil where all
// are.
func (p *Policy) treatments() map[string]traffic.Treatment {
	all := make(map[string]traffic.Treatment)
	set := func(v duis.Variant, change func(*traffic.Treatment)) {
		t := all[v.String()]
		change(&t)
		all[v.String()] = t
	}
	for _, c := range p.Costs {
		set(c.Variant, func(t *traffic.Treatment) { t.Cost = c.Cost })
	}
	for _, v := range p.Exempt {
		set(v, func(t *traffic.Treatment) { t.Exempt = true })
	}
	for i, entry := range p.Priority {
		for _, v := range entry.Variants {
			set(v, func(t *traffic.Treatment) { t.Rank = i + 1 })
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

func (p *Policy) keep() []traffic.Fraction {
	var all []traffic.Fraction
	for _, entry := range p.Priority {
		all = append(all, traffic.Fraction(entry.Keep)*(traffic.Whole/traffic.Fraction(whole)))
	}
	return all
}

// LargestCost returns what the dearest Service Request Variant costs: what every
// bucket holds at least.
func (p *Policy) LargestCost() traffic.Amount {
	largest := p.Cost
	for _, c := range p.Costs {
		largest = max(largest, c.Cost)
	}
	return largest
}

// beyond returns what of the rate lies above p of it, rounded down to 10⁻⁹ a
// second.
func (r Rate) beyond(p Percent) traffic.Rate {
	return traffic.Rate(mulDiv(uint64(r.Thousandths), uint64(whole-p)*uint64(traffic.PerSecond)/1000, uint64(whole)*r.seconds()))
}
