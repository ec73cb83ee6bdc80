package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"srtm/allocate"
	"srtm/traffic"
)

// level is a part of the day in which the same is reserved.
type level struct {
	from, to time.Duration // since midnight; to may be 24 hours
	reserved allocate.Thousandths
	entries  []int // of Policy.Reserved
}

// levels cuts the day where something begins or ceases to be reserved.
func (p *Policy) levels() []level {
	edges := []time.Duration{0, day}
	for _, r := range p.Reserved {
		edges = append(edges, r.From, r.To)
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	var all []level
	for i, from := range edges[:len(edges)-1] {
		l := level{from: from, to: edges[i+1]}
		for n, r := range p.Reserved {
			if r.during(from) {
				l.reserved += r.Rate.atLeast()
				l.entries = append(l.entries, n)
			}
		}
		all = append(all, l)
	}
	return all
}

// meets tells whether a maintenance has a moment at that part of some day.
func (l level) meets(m Maintenance) bool {
	start := timeOfDay(m.Start)
	end := start + m.End.Sub(m.Start)
	return l.from < end && start < l.to || l.from+day < end
}

// lowering is one way in which the operating threshold can be another than the
// standing one.
type lowering struct {
	key      string // the item at fault
	when     string // in words
	capacity Rate
	reserved allocate.Thousandths
}

// lowerings returns all that the file can produce, each once.
func (p *Policy) lowerings() []lowering {
	var all []lowering
	levels := p.levels()
	for _, l := range levels {
		if n := len(l.entries); n > 0 {
			all = append(all, lowering{itemPath("reserved", l.entries[n-1]), p.words(l), p.Capacity, l.reserved})
		}
	}
	for i, m := range p.Maintenance {
		for _, l := range levels {
			if m.Capacity.Thousandths > 0 && l.meets(m) {
				when := m.String()
				if len(l.entries) > 0 {
					when += " with " + p.words(l)
				}
				all = append(all, lowering{itemPath("maintenance", i), when, m.Capacity, l.reserved})
			}
		}
	}
	seen := make(map[lowering]bool, len(all))
	return slices.DeleteFunc(all, func(l lowering) bool {
		again := seen[l]
		seen[l] = true
		return again
	})
}

func (p *Policy) words(l level) string {
	names := make([]string, len(l.entries))
	for i, n := range l.entries {
		names[i] = p.Reserved[n].String()
	}
	return strings.Join(names, " and ")
}

// mostExamined bounds the rows that are weighed to check the whole policy: some
// seconds.
const mostExamined = 1_000_000

// checkLower reports each way to another operating threshold in which the rules
// could not work. It is for a policy whose standing rules can.
func checkLower(d *document, p *Policy) {
	if d.hasFlaw("reserved", "maintenance") {
		return
	}
	weighed := p.weighedAll()
	rows := 0
	for _, a := range weighed {
		rows += len(a)
	}
	found := make(map[allocate.Thousandths][]traffic.Fault)
	for _, l := range p.lowerings() {
		total := l.capacity.share(p.Threshold)
		if total < l.reserved+1 {
			d.lower(l, traffic.Fault{Wrong: fmt.Sprintf("nothing is left of the operating threshold %v", perSecond(total)),
				Right: "reserve less, or raise the capacity"})
			continue
		}
		total -= l.reserved
		faults, known := found[total]
		if !known && !p.ample(total) {
			if len(found)*rows > mostExamined {
				d.lower(l, traffic.Fault{Wrong: "these are too many windows for so large a portfolio to check them all", Right: "have fewer"})
				return
			}
			faults = p.faultsAt(total, weighed)
			found[total] = faults
		}
		for _, f := range faults {
			d.lower(l, f)
		}
	}
}

// ample tells, without dividing anything, that the rules work at an operating
// threshold: then even if every account's bucket held the largest cost beside what
// its allocation gives in half of burst, they would hold no more than the threshold gives.
func (p *Policy) ample(total allocate.Thousandths) bool {
	n := allocate.Thousandths(len(p.Accounts))
	whole, largest := perSecond(total).Over(p.Burst), p.LargestCost()
	return perSecond(total) <= traffic.MaxRate && p.Minimum <= total/n && largest*traffic.Amount(n) <= whole/2
}

// faultsAt returns why the rules cannot work at another operating threshold.
func (p *Policy) faultsAt(total allocate.Thousandths, weighed [][]allocate.Row) []traffic.Fault {
	if perSecond(total) > traffic.MaxRate {
		return []traffic.Fault{{Wrong: fmt.Sprintf("the operating threshold is %v, above %v", perSecond(total), traffic.MaxRate), Right: "lower the capacity"}}
	}
	n := allocate.Thousandths(len(p.Accounts))
	if p.Minimum > total/n {
		return []traffic.Fault{{Wrong: fmt.Sprintf("%d accounts at the minimum %v are more than the operating threshold, which is then %v", n, perSecond(p.Minimum), perSecond(total)),
			Right: fmt.Sprintf("lower allocation.minimum to at most %v", perSecond(total/n))}}
	}
	allocations, err := allocate.Divide(total, p.Minimum, weighed)
	if err != nil {
		return []traffic.Fault{{Wrong: err.Error(), Right: "correct the portfolio"}}
	}
	return p.rules(terms{p.Capacity, total, allocations}).Check()
}

// lower reports a fault at the item by which the threshold becomes another.
func (d *document) lower(l lowering, f traffic.Fault) {
	d.found.add(placeOf(d.entries[l.key].key), l.key, "in "+l.when+" "+f.Wrong, f.Right)
}
