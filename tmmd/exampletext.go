package tmmd

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"srtm/traffic"
)

// example is the worked example.
func (e *edition) example() section {
	p := e.policy
	rules, whose := e.rules, "The Service Users are the policy's own."
	share := e.shareOf
	if e.public {
		var units []int64
		rules, units = invented(p)
		share = func(hero int) []block { return inventedShare(p, rules, units, hero) }
		whose = "The Service Users are invented, and so are their portfolios; every parameter is the policy's own."
	}
	rules.Activate, rules.Closed = false, false
	note := ""
	if rules.Mode == traffic.ModeOff {
		rules.Mode = traffic.ModeEnforce
		note = " The policy has the mechanism off: this is what would be decided if it were on."
	}
	h, o := cast(rules.Accounts)
	hero := person{clean(rules.Accounts[h].Name), h}
	var other *person
	if o >= 0 {
		other = &person{clean(rules.Accounts[o].Name), o}
	}
	s := section{anchor: "example", title: "Worked example"}
	s.blocks = append(s.blocks, paragraph("The mechanism itself decided about the requests below when this document was made; nothing here is written by hand. "+whose+note+
		" All amounts are in Service Requests (SR) and exact. It can be followed with paper and pencil."))
	s.blocks = append(s.blocks, share(h)...)
	y := perform(rules, p, hero, other)
	if y == nil {
		return s
	}
	return section{s.anchor, s.title, append(s.blocks, y.tell()...)}
}

// tell says what was played.
func (y *play) tell() []block {
	blocks := []block{heading{"example-state", "The state in which it begins"}}
	begins := "It begins with slot 0, at the beginning of a second, with traffic management inactive. Nobody has asked for anything in the last second"
	if y.other != nil {
		begins += ", but " + y.other.name + " has used up its own bucket, and of the free pool all but what stands here"
	}
	blocks = append(blocks, paragraph(begins+". Everything else is full. What is in the pool when everything is full is B − ΣD."), y.stateTable())
	if y.state.Account[y.hero.account].Assured < y.state.Account[y.hero.account].Depth {
		blocks = append(blocks, paragraph("The bucket of "+y.hero.name+" begins lower than D(u), so that the example stays short."))
	}
	blocks = append(blocks, heading{"example-steps", "What is decided"}, y.stepTable(), heading{"example-arithmetic", "The arithmetic"})
	var lines points
	told := false
	for i, a := range y.acts {
		if a.boundary && !told {
			told = true
			lines = append(lines, y.firstBoundary()...)
		} else if a.boundary {
			lines = append(lines, y.laterBoundaries(i))
		}
		lines = append(lines, fmt.Sprintf("Step %d: ", i+1)+y.arithmetic(a))
	}
	return append(blocks, lines)
}

func (y *play) stateTable() table {
	bound, depths := y.rules.Bound()
	t := table{anchor: "state", title: "The state at the beginning", columns: append(texts("what"), figures("a(u) /s", "a(u) × slot", "D(u)", "assured", "spare")...)}
	row := func(p person) {
		a := y.state.Account[p.account]
		rate := y.rules.Accounts[p.account].Allocation
		t.rows = append(t.rows, []string{p.name, perSecondText(rate), sr(rate.Over(y.rules.Slot)), sr(a.Depth), sr(a.Assured), sr(a.Spare)})
		depths -= a.Depth
	}
	row(y.hero)
	others := len(y.state.Account) - 1
	if y.other != nil {
		row(*y.other)
		others--
	}
	if others > 0 {
		t.rows = append(t.rows, []string{"all others together: " + strconv.Itoa(others), "", "", sr(depths), sr(depths), "0"})
	}
	t.rows = append(t.rows, []string{"free pool", "", "", "", sr(y.state.Pool), ""}, []string{"everything at most: B", "", "", "", sr(bound), ""},
		[]string{"one slot's deal: T × slot", "", sr(y.rules.Threshold.Over(y.rules.Slot)), "", "", ""})
	return t
}

func perSecondText(r traffic.Rate) string { return strings.TrimSuffix(r.String(), "/s") }

// ranked and beyond tell which columns the policy needs.
func (y *play) ranked() bool { return len(y.rules.Keep) > 0 }

func (y *play) beyond() bool {
	for _, t := range y.rules.Variants {
		if t.Exempt {
			return true
		}
	}
	return y.rules.FinishCritical > 0
}

func (y *play) stepTable() table {
	t := table{anchor: "steps", title: "Step by step; amounts as they stand before", columns: append(append(figures("step", "slot"), texts("Service User")...), figures("requests", "cost each", "assured", "spare", "pool")...)}
	if y.ranked() {
		t.columns = append(t.columns, figures("kept")...)
	}
	if y.beyond() {
		t.columns = append(t.columns, figures("L")...)
	}
	t.columns = append(t.columns, texts("what", "verdict", "reason")...)
	t.columns = append(t.columns, figures("Retry-After s")...)
	for i, a := range y.acts {
		d := a.first
		row := []string{strconv.Itoa(i + 1), strconv.FormatInt(a.slot, 10), a.who.name, strconv.Itoa(a.count), sr(d.Cost), sr(d.Assured), sr(d.Spare), sr(d.Pool)}
		if a.slot > 1 && placeOf(d) == assuredBucket { // the way there is not shown, and does not matter
			row[6], row[7] = "any", "any"
		}
		if y.ranked() {
			row = append(row, sr(d.Kept))
		}
		if y.beyond() {
			row = append(row, sr(d.Limit))
		}
		wait := ""
		if d.RetryAfter > 0 {
			wait = strconv.FormatUint(uint64(d.RetryAfter), 10)
		}
		t.rows = append(t.rows, append(row, y.what(a), code(d.Verdict.String()), code(d.Reason.String()), wait))
	}
	return t
}

func (y *play) what(a act) string {
	switch {
	case len(y.rules.Variants) == 0 && a.message == "":
		return "Service Request"
	case a.message != "":
		return a.message
	case a.variant != "":
		return "variant " + a.variant
	}
	return "any other variant"
}

// arithmetic says why an act was decided as it was.
func (y *play) arithmetic(a act) string {
	d := a.first
	total := d.Cost * traffic.Amount(a.count)
	times := sr(d.Cost)
	if a.count > 1 {
		times = strconv.Itoa(a.count) + " × " + sr(d.Cost) + " = " + sr(total)
	}
	short := "the assured bucket does not hold " + sr(d.Cost) + " (" + above(d) + "), "
	if d.Reason == traffic.WithinAllocation {
		return "the assured bucket holds it (line 1): " + above(d) + "; " + sr(d.Assured) + " − " + times2(times) + " = " + sr(d.Assured-total) + " is left there."
	}
	if y.rules.Withhold && d.Active && !d.Exempt && !d.Vouched {
		return short + "and while traffic management is active spare is withheld: line 4. " + y.refusal(d)
	}
	switch placeOf(d) {
	case spareBucket:
		return short + "the spare bucket does (line 2): " + sr(d.Spare) + " − " + times2(times) + " = " + sr(d.Spare-total) + " is left there."
	case freePool:
		if d.Reason == traffic.Spare {
			return short + "nor does the spare bucket (" + sr(d.Spare) + "), the free pool does (line 3): " + sr(d.Pool) + " − " + times2(times) + " = " + sr(d.Pool-total) + " is left there."
		}
		return short + "nor does the spare bucket (" + sr(d.Spare) + ") or the free pool (" + sr(d.Pool) + "); but it may take the pool to −" + sr(d.Limit) + ": " + sr(d.Pool) + " − " + sr(d.Cost) + " = " + sr(d.Pool-d.Cost) + " is left there." + activates(d)
	}
	text := short + "nor does the spare bucket (" + sr(d.Spare) + ") or the free pool (" + sr(d.Pool) + ")"
	if d.Reason == traffic.Capacity {
		return text + ", and " + sr(d.Pool) + " − " + sr(d.Cost) + " = " + sr(d.Pool-d.Cost) + " would be below −" + sr(d.Limit) + ". " + y.refusal(d)
	}
	return text + ": line 4. " + y.refusal(d)
}

// times2 puts a sum in brackets.
func times2(times string) string {
	if strings.Contains(times, "×") {
		return "(" + times + ")"
	}
	return times
}

// above says what of the assured bucket may be taken.
func above(d traffic.Decision) string {
	switch {
	case d.Kept == 0:
		return "there is " + sr(d.Assured)
	case d.Kept >= d.Assured:
		return "there is " + sr(d.Assured) + ", and " + sr(d.Kept) + " is kept"
	}
	return "there is " + sr(d.Assured) + ", of which " + sr(d.Kept) + " is kept: " + sr(d.Assured-d.Kept)
}

func activates(d traffic.Decision) string {
	if d.Activated {
		return " Traffic management becomes active with it."
	}
	return ""
}

// refusal says what is told to whoever is refused.
func (y *play) refusal(d traffic.Decision) string {
	there := sr(d.Assured)
	if d.Kept > 0 {
		there = "(" + sr(d.Assured) + " − " + sr(d.Kept) + ")"
	}
	a := perSecondText(d.Allocation)
	missing := d.Cost*traffic.Amount(d.Refusals) - d.Assured + d.Kept
	seconds := rational(ratio(int64(missing), int64(d.Allocation)), 6)
	text := "Refused"
	if d.Verdict == traffic.Shadow {
		text = "It would be refused, and goes on: " + code("shadow")
	}
	return fmt.Sprintf("%s.%s It is refusal %d of this second: (%s × %d − %s) / %s = %s / %s = %s s, in whole seconds %d, at least %d and at most %d: Retry-After %d.", text, activates(d), d.Refusals,
		sr(d.Cost), d.Refusals, there, a, sr(missing), a, seconds, ceiling(int64(missing), int64(d.Allocation)), y.rules.RetryLeast/time.Second, y.rules.RetryMost/time.Second, d.RetryAfter)
}
