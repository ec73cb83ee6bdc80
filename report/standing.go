package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"srtm/ledger"
)

// below is what was refused while something held accounts below their standing
// allocations, over the month: of one account or of all, by cause and reason.
type below struct {
	account uint32
	cause   string
	reason  string
	verdict string
	requests,
	within uint64
	first uint64
}

// belowStanding adds the days up; with open it keeps who did it and why, and whose
// it is.
func belowStanding(rows []ledger.Lowered, open bool) []below {
	var all []below
	for _, r := range rows {
		next := below{account: r.Account, cause: strings.Join(causes(r.Cause), "; "), reason: r.Reason.String(), verdict: r.Verdict.String(), first: uint64(r.First)}
		if !open {
			next.account, next.cause = 0, kinds(r.Cause)
		}
		i := slices.IndexFunc(all, func(b below) bool {
			return b.account == next.account && b.cause == next.cause && b.reason == next.reason && b.verdict == next.verdict
		})
		if i < 0 {
			i = len(all)
			all = append(all, next)
		}
		all[i].requests += r.Requests
		all[i].within += r.Within.Requests
	}
	slices.SortStableFunc(all, func(a, b below) int {
		return cmp.Or(strings.Compare(a.cause, b.cause), cmp.Compare(a.reason, b.reason), cmp.Compare(a.verdict, b.verdict))
	})
	return all
}

// cells are throttled, refused while closed, would have been throttled, would have
// been refused while closed, and within the standing allocation.
func (b below) cells() []cell {
	counts := make([]cell, 4)
	switch {
	case b.verdict == verdictShadow && b.reason == reasonClosed:
		counts[3] = count(b.requests)
	case b.verdict == verdictShadow:
		counts[2] = count(b.requests)
	case b.reason == reasonClosed:
		counts[1] = count(b.requests)
	default:
		counts[0] = count(b.requests)
	}
	return append(counts, count(b.within))
}

// panelBelow names each act with what was refused by it.
func (m *month) panelBelow() *table {
	t := newTable("below_standing", "Refused below standing allocations, by what had lowered them", cCause, cReason, cAccount, cName, cThrottled, cClosed, cShadow, cShadowClosed, cWithinStanding, cFirstPosition)
	for _, b := range belowStanding(m.lowered, true) {
		t.add(slices.Concat([]cell{words(b.cause), words(reasonWords(b.reason)), words(m.names[b.account]), words(m.display(b.account))}, b.cells(), []cell{position(b.first)})...)
	}
	t.total(cThrottled, cClosed, cShadow, cShadowClosed, cWithinStanding)
	t.page.wide, t.page.most = []name{cName, cFirstPosition}, mostTerms
	t.note = "None of these was within the allocation in force, and so none is in the table above. Within the standing allocation is what a second reference bucket would have paid for, of the rate and depth that the account has when nothing lowers it; where records are missing it is taken to be full, so that these are too many rather than too few."
	return t
}

// mostTerms is how many rows of terms and the like a page has: CSV and XLSX have
// all.
const mostTerms = 60

// userBelow tells a Service User the same of itself, without who did it and why.
func userBelow(rows []ledger.Lowered) *table {
	t := newTable("below_standing", "Refused while your allocation was lowered, by what had lowered it", cCause, cReason, cThrottled, cClosed, cShadow, cShadowClosed, cWithinStanding)
	for _, b := range belowStanding(rows, false) {
		t.add(append([]cell{words(b.cause), words(reasonWords(b.reason))}, b.cells()...)...)
	}
	t.total(cThrottled, cClosed, cShadow, cShadowClosed, cWithinStanding)
	t.page.sheets = len(t.rows) == 0
	return t
}

// besideTheZero says what was refused that standing allocations would have paid
// for, since the nought of refusals within them must not be had by lowering them.
func besideTheZero(rows []ledger.Lowered) string {
	var held, closed uint64
	lowered := map[string]uint64{} // by the kind of cause
	for _, r := range rows {
		switch n := r.Within.Requests; {
		case r.Verdict.String() != verdictThrottle:
		case r.Reason.String() == reasonClosed:
			closed += n
		case r.Reason.String() == reasonHeld:
			held += n
		default:
			lowered[kinds(r.Cause)] += n
		}
	}
	var all []string
	add := func(n uint64, why string) {
		if n > 0 {
			all = append(all, grouped(int64(n))+" "+why)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(lowered)) {
		add(lowered[kind], "while it was lowered ("+kind+")")
	}
	add(held, "while held to a rate by hand")
	add(closed, "while nothing was taken")
	if len(all) == 0 {
		return ""
	}
	return fmt.Sprintf("Refused, though the standing allocation would have paid for it had nothing lowered it: %s.", strings.Join(all, ", "))
}

func loweredOf(rows []ledger.Lowered, account uint32) []ledger.Lowered {
	return slices.DeleteFunc(slices.Clone(rows), func(r ledger.Lowered) bool { return r.Account != account })
}
