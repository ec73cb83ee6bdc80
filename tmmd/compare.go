package tmmd

import (
	"fmt"
	"strings"

	"srtm/allocate"
	"srtm/policy"
	"srtm/traffic"
)

// Compare says in words and numbers what changes from one policy to another. With
// days of recorded traffic it says too what those would have looked like. The
// document is confidential.
func Compare(before, after *policy.Policy, days ...Day) *Document {
	c := comparison{before, after}
	d := &Document{
		Title:          "What changes from " + clean(before.Name) + " to " + clean(after.Name),
		classification: "Confidential: it names Service Users and their allocations",
		facts: []fact{
			{"Old", clean(before.Name) + ", SHA-256 " + code(before.Digest)},
			{"New", clean(after.Name) + ", SHA-256 " + code(after.Digest)},
		},
	}
	d.sections = []section{c.keys(), c.figures(), c.accounts(), c.roles()}
	for i, day := range days {
		d.sections = append(d.sections, day.section(i))
	}
	return d
}

// Changes says in a plain sentence each key that changes from one policy to
// another. It is confidential.
func Changes(before, after *policy.Policy) []string {
	sentences := changes(before, after)
	for i, s := range sentences {
		sentences[i] = bare(s)
	}
	return sentences
}

// comparison is two policies.
type comparison struct{ before, after *policy.Policy }

// keys is a sentence for each key that is another.
func (c comparison) keys() section {
	sentences := changes(c.before, c.after)
	if len(sentences) == 0 {
		return section{"changed", "What changes", []block{paragraph("No key of the policy changes.")}}
	}
	return section{"changed", "What changes", []block{points(sentences)}}
}

// figures are what follows from the parameters, before and after.
func (c comparison) figures() section {
	t := table{anchor: "figures", title: "What follows from the keys", columns: append(texts("what"), figures("old", "new", "difference")...)}
	a, b := c.before.Rules(), c.after.Rules()
	add := func(what string, old, new traffic.Amount) {
		t.rows = append(t.rows, []string{what, sr(old), sr(new), signed(new - old)})
	}
	boundA, depthsA := a.Bound()
	boundB, depthsB := b.Bound()
	add("C, maximum capacity, SR/s", traffic.Amount(c.before.Capacity.PerSecond()), traffic.Amount(c.after.Capacity.PerSecond()))
	add("T, operating threshold, SR/s", traffic.Amount(a.Threshold), traffic.Amount(b.Threshold))
	add("release level, SR/s", traffic.Amount(a.Release), traffic.Amount(b.Release))
	add("T × burst, SR", a.Threshold.Over(a.Burst), b.Threshold.Over(b.Burst))
	add("ΣD, in all allocations' buckets, SR", depthsA, depthsB)
	add("B, in all buckets and the pool, SR", boundA, boundB)
	t.rows = append(t.rows, []string{"allocations", fmt.Sprint(len(c.before.Accounts)), fmt.Sprint(len(c.after.Accounts)), signed(traffic.Amount(len(c.after.Accounts)-len(c.before.Accounts)) * traffic.SR)})
	return section{"numbers", "Numbers", []block{t}}
}

func signed(a traffic.Amount) string {
	if a > 0 {
		return "+" + sr(a)
	}
	return sr(a)
}

// pair is one account under both policies; nil where it has none.
type pair struct {
	name          string
	before, after *policy.Account
}

// pairs are the new policy's accounts, in its order, and then those that went.
func (c comparison) pairs() []pair {
	old := make(map[string]*policy.Account, len(c.before.Accounts))
	for i := range c.before.Accounts {
		old[c.before.Accounts[i].Name] = &c.before.Accounts[i]
	}
	var all []pair
	for i := range c.after.Accounts {
		a := &c.after.Accounts[i]
		all = append(all, pair{a.Name, old[a.Name], a})
		delete(old, a.Name)
	}
	for i := range c.before.Accounts {
		if a := &c.before.Accounts[i]; old[a.Name] != nil {
			all = append(all, pair{a.Name, a, nil})
		}
	}
	return all
}

// accounts says who gains and who loses.
func (c comparison) accounts() section {
	t := table{anchor: "by-account", title: "Allocations by account, per second", columns: append(texts("account", "name"), figures("portfolio old", "portfolio new", "old", "new", "difference", "difference %")...)}
	var remarks points
	var gain, loss, same int
	for _, p := range c.pairs() {
		row, difference := p.row()
		t.rows = append(t.rows, row)
		t.anchors = append(t.anchors, "account-"+p.name)
		switch {
		case difference > 0:
			gain++
		case difference < 0:
			loss++
		default:
			same++
		}
		if r := p.remark(); r != "" {
			remarks = append(remarks, r)
		}
	}
	a, b := c.before.OperatingThreshold(), c.after.OperatingThreshold()
	t.foot = []string{"together", "", "", "", a.String(), b.String(), change(b - a), percentChange(a, b)}
	blocks := []block{paragraph(fmt.Sprintf("%s more than before, %s less, %d as much.", counted(gain, "gets", "get"), counted(loss, "gets", "get"), same))}
	if len(remarks) > 0 {
		blocks = append(blocks, remarks)
	}
	return section{"allocations", "Who gains and who loses", append(blocks, t)}
}

// counted writes how many accounts do something.
func counted(n int, one, more string) string {
	if n == 1 {
		return "1 account " + one
	}
	return fmt.Sprintf("%d accounts %s", n, more)
}

func (p pair) row() (cells []string, difference allocate.Thousandths) {
	name, unitsBefore, unitsAfter, a, b := "", "", "", allocate.Thousandths(0), allocate.Thousandths(0)
	old, now := "–", "–"
	if p.before != nil {
		name, unitsBefore, a = p.before.DisplayName, fmt.Sprint(portfolioOf(*p.before)), p.before.Allocation
		old = a.String()
	}
	if p.after != nil {
		name, unitsAfter, b = p.after.DisplayName, fmt.Sprint(portfolioOf(*p.after)), p.after.Allocation
		now = b.String()
	}
	return []string{clean(p.name), clean(name), unitsBefore, unitsAfter, old, now, change(b - a), percentChange(a, b)}, b - a
}

// remark says what somebody should look at.
func (p pair) remark() string {
	switch {
	case p.before == nil:
		return clean(p.name) + " is new, with a portfolio of " + fmt.Sprint(portfolioOf(*p.after)) + "."
	case p.after == nil:
		return clean(p.name) + " is no longer there; it had a portfolio of " + fmt.Sprint(portfolioOf(*p.before)) + "."
	}
	a, b := portfolioOf(*p.before), portfolioOf(*p.after)
	difference := max(b-a, a-b)
	if difference == 0 || difference < a-a/2 {
		return ""
	}
	by := ""
	if a > 0 {
		by = ", by " + percent(difference, a) + " %"
	}
	return fmt.Sprintf("The portfolio of %s changes by half or more: from %d to %d%s.", clean(p.name), a, b, by)
}

func percentChange(a, b allocate.Thousandths) string {
	if a == 0 {
		return "–"
	}
	text := percent(int64(b-a), int64(a))
	switch {
	case b > a:
		return "+" + text
	case b < a:
		return strings.Replace(text, "-", "−", 1)
	}
	return "0"
}

// roles says the same by User Role.
func (c comparison) roles() section {
	a, b := byRole(c.before), byRole(c.after)
	t := table{anchor: "by-role", title: "Allocations by User Role, per second", columns: append(texts("role", "meaning"), figures("old", "new", "difference", "difference %")...)}
	for _, r := range policy.Roles() {
		old, hadOld := a[r]
		now, hasNew := b[r]
		if hadOld || hasNew {
			t.rows = append(t.rows, []string{string(r), roleName(r), old.String(), now.String(), change(now - old), percentChange(old, now)})
		}
	}
	x, y := c.before.OperatingThreshold(), c.after.OperatingThreshold()
	t.foot = []string{"together", "", x.String(), y.String(), change(y - x), percentChange(x, y)}
	return section{"roles", "By User Role", []block{
		paragraph("An account's allocation is attributed to its User Roles in proportion to weight. That is for reading: the mechanism knows accounts only."), t}}
}

func byRole(p *policy.Policy) map[policy.Role]allocate.Thousandths {
	sums := make(map[policy.Role]allocate.Thousandths)
	for _, a := range p.Accounts {
		shares, err := p.ByRole(a)
		if err != nil { // cannot be: the account is the policy's own
			continue
		}
		for _, s := range shares {
			sums[s.Role] += s.Allocation
		}
	}
	return sums
}
