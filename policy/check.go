package policy

import (
	"errors"
	"fmt"

	"srtm/allocate"
	"srtm/traffic"
)

// check divides the operating threshold among the accounts and reports all that
// makes the whole unable to work. What depends on something that is wrong in
// itself is left unsaid: it would only repeat it.
func check(d *document, p *Policy, portfolio *findings) {
	checkUnlisted(p, portfolio)
	listed := len(p.Accounts) > 0 && !portfolio.any()
	known := !d.hasFlaw("capacity", "threshold")
	possible := perSecond(p.OperatingThreshold()) <= traffic.MaxRate
	divided := listed && known && possible && !d.hasFlaw("allocation") && divide(d, p)
	rules := p.Rules()
	if !known {
		rules.Threshold = traffic.MaxRate // enough for whatever the other keys say
	}
	if !divided {
		rules.Unlisted = ""
		rules.Accounts = []traffic.Account{{Name: "any"}}
	}
	faults := rules.Check()
	for _, f := range faults {
		if !d.hasFlaw(inputs(f.Key)...) {
			d.blame(f)
		}
	}
	checkShadow(d, p, portfolio)
	if divided && len(faults) == 0 {
		checkLower(d, p)
	}
	checkPresets(d, p, divided && len(faults) == 0)
}

func checkShadow(d *document, p *Policy, portfolio *findings) {
	names := p.names(portfolio)
	if p.Unknown == Admit && names != nil {
		names.known[Unlisted] = true
	}
	for _, at := range d.items("shadow") {
		if d.flawed[at] {
			continue
		}
		if f := names.lacks(read(d, at, parseAccount)); f != nil {
			d.fault(at, f)
		}
	}
}

func checkUnlisted(p *Policy, portfolio *findings) {
	if p.Unknown != Admit {
		return
	}
	for _, a := range p.Accounts {
		if a.Name == Unlisted {
			portfolio.add(a.at, "account", Unlisted+" is the account for originators that the portfolio does not list", "choose another name, or write unknown: refuse in the policy")
		}
	}
}

// divide sets the accounts' weights and allocations.
func divide(d *document, p *Policy) bool {
	weighed := p.weighedAll()
	for i := range p.Accounts {
		p.Accounts[i].Weight, _ = allocate.Weigh(weighed[i]) // Divide says it if this fails
	}
	total := p.OperatingThreshold()
	allocations, err := allocate.Divide(total, p.Minimum, weighed)
	switch {
	case errors.Is(err, allocate.ErrMinimum):
		n := allocate.Thousandths(len(p.Accounts))
		d.blame(traffic.Fault{Key: "allocation.minimum",
			Wrong: fmt.Sprintf("%d accounts at %v are more than the operating threshold %v", n, perSecond(p.Minimum), perSecond(total)),
			Right: fmt.Sprintf("write at most %v, or raise capacity", perSecond(total/n))})
	case errors.Is(err, allocate.ErrWeightless):
		d.blame(traffic.Fault{Key: "portfolio", Wrong: "every account weighs nothing, so there is nobody to divide the operating threshold among",
			Right: "give an account a portfolio in a User Role whose weight is not 0"})
	case err != nil:
		d.blame(traffic.Fault{Key: "portfolio", Wrong: err.Error(), Right: "correct the portfolio"})
	default:
		for i := range p.Accounts {
			p.Accounts[i].Allocation = allocations[i]
		}
		return true
	}
	return false
}

// inputs returns the keys that what is said of a key is computed from.
func inputs(key string) []string {
	switch key {
	case "threshold":
		return []string{"capacity", "threshold"}
	case "release":
		return []string{"capacity", "threshold", "release"}
	case "burst":
		return []string{"slot", "burst", "cost"}
	}
	return []string{key}
}

// hasFlaw tells whether a value at or below one of the keys cannot be used.
func (d *document) hasFlaw(keys ...string) bool {
	for _, k := range keys {
		for path := range d.flawed {
			if path == k || len(path) > len(k) && path[:len(k)] == k && (path[len(k)] == '.' || path[len(k)] == '[') {
				return true
			}
		}
	}
	return false
}

// blame reports a fault at its key, or at the top where that is not in the file.
func (d *document) blame(f traffic.Fault) {
	at := top()
	if e, ok := d.entries[f.Key]; ok {
		at = placeOf(e.key)
	}
	d.found.add(at, f.Key, f.Wrong+d.defaulted(f.Key), f.Right)
}
