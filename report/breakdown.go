package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"srtm/ledger"
)

// tally is what was counted of something in this month, and offered in the one
// before.
type tally struct {
	offered, forwarded, throttled, closed, shadow, shadowClosed, spare int64
	cost                                                               int64 // of offered, 10⁻⁹ SR
	before                                                             int64
}

func (t *tally) add(s ledger.Service) {
	n := int64(s.Requests)
	t.offered += n
	t.cost = saturated(t.cost, int64(s.Cost))
	switch {
	case s.Verdict.String() == verdictShadow && s.Reason.String() == reasonClosed:
		t.shadowClosed += n
	case s.Verdict.String() == verdictShadow:
		t.shadow += n
	case s.Verdict.String() == verdictThrottle && s.Reason.String() == reasonClosed:
		t.closed += n
	case s.Verdict.String() == verdictThrottle:
		t.throttled += n
	case s.Reason.String() == reasonSpare:
		t.spare += n
		t.forwarded += n
	default:
		t.forwarded += n
	}
}

// parts are the numbers as the ledger has them, without cost.
func (t *tally) parts() (p ledger.Parts) {
	for _, to := range []struct {
		c *ledger.Count
		n int64
	}{{&p.Offered, t.offered}, {&p.Forwarded, t.forwarded}, {&p.Throttled, t.throttled}, {&p.Closed, t.closed}, {&p.Shadow, t.shadow}, {&p.ShadowClosed, t.shadowClosed}} {
		to.c.Requests = uint64(to.n)
	}
	return p
}

// totalled is the tally of all rows.
func totalled(rows []ledger.Service) (t tally) {
	for _, s := range rows {
		t.add(s)
	}
	return t
}

// saturated adds costs as the ledger does: what would be more stays at the most.
func saturated(a, b int64) int64 {
	if sum := a + b; sum >= a {
		return sum
	}
	return 1<<63 - 1
}

// tallies adds up rows by a key.
func tallies[K comparable](now, before []ledger.Service, key func(ledger.Service) K) map[K]*tally {
	all := map[K]*tally{}
	get := func(s ledger.Service) *tally {
		k := key(s)
		if all[k] == nil {
			all[k] = &tally{}
		}
		return all[k]
	}
	for _, s := range now {
		get(s).add(s)
	}
	for _, s := range before {
		get(s).before += int64(s.Requests)
	}
	return all
}

// counted are the columns that tally.cells fills, after those of divided.
var counted = []name{cSpare, cOfferedShare, cThrottledShare, cBefore, cChange, cChangeShare, cCost}

// notOnPaper are those of them that need not be there.
var notOnPaper = []name{cBefore, cCost}

// summed are those of them that can be added up.
var summed = []name{cOffered, cForwarded, cThrottled, cClosed, cShadow, cShadowClosed, cSpare, cBefore, cChange, cCost}

func (t *tally) cells(all int64, known bool) []cell {
	changed := cell{}
	if known && t.before > 0 {
		change := t.offered - t.before
		changed = cell{set: true, n: roundedRatio(change, t.before, 100_000)}
	}
	return []cell{count(t.spare), share(t.offered, all), share(t.throttled, t.offered),
		where(known, t.before), where(known, t.offered-t.before), changed, thousandths(t.cost)}
}

// where is a cell that is missing where nobody knows its number.
func where(known bool, n int64) cell { return cell{set: known, n: n} }

// roundedRatio is a × scale / b to the nearest whole, for numbers so small that
// a double holds them.
func roundedRatio(a, b, scale int64) int64 {
	r := float64(a) / float64(b) * float64(scale)
	if r < 0 {
		return int64(r - 0.5)
	}
	return int64(r + 0.5)
}

// beforeKnown says whether there are records of all of the month before.
func (m *month) beforeKnown() bool {
	return m.status.Position > 0 && m.status.FirstAt <= m.period.Before().From()
}

// counts are the rows that a table divides, of this month and the one before.
type counts struct {
	now, before []ledger.Service
	divided     divided
	all         int64 // offered this month
	known       bool  // the month before is
}

func (m *month) countsOf(now, before []ledger.Service) counts {
	t := totalled(now)
	return counts{now, before, dividedAs(t.parts()), t.offered, m.beforeKnown()}
}

// table returns one without rows, whose first columns say what is counted.
func (c counts) table(id, title string, keys ...name) *table {
	t := newTable(id, title, slices.Concat(keys, c.divided.columns(), counted)...)
	t.page.wide = notOnPaper
	return t
}

func (c counts) row(t *tally, keys ...cell) []cell {
	return slices.Concat(keys, c.divided.cells(t.parts()), t.cells(c.all, c.known))
}

// breakdown makes the tables by business process, Service and variant.
func (m *month) breakdown(now, before []ledger.Service) []*table {
	c := m.countsOf(now, before)
	known := map[string]variant{}
	of := func(s ledger.Service) variant {
		v, ok := known[s.Variant]
		if !ok {
			v = describe(s.Variant)
			known[s.Variant] = v
		}
		return v
	}
	processes := c.table("processes", "By business process", cProcess)
	byProcess := tallies(now, before, func(s ledger.Service) string { return string(of(s).process) })
	for _, k := range slices.SortedFunc(maps.Keys(byProcess), func(a, b string) int {
		return cmp.Or(cmp.Compare(byProcess[b].offered, byProcess[a].offered), strings.Compare(a, b))
	}) {
		processes.add(c.row(byProcess[k], words(k))...)
	}
	services := c.table("services", "By Service", cService, cProcess)
	type service struct{ reference, process string }
	byService := tallies(now, before, func(s ledger.Service) service { return service{of(s).service, string(of(s).process)} })
	for _, k := range slices.SortedFunc(maps.Keys(byService), func(a, b service) int {
		return cmp.Or(compareNumbers(a.reference, b.reference), strings.Compare(a.process, b.process))
	}) {
		services.add(c.row(byService[k], words(k.reference), words(k.process))...)
	}
	variants := c.table("variants", "By Service Request Variant", cVariant, cVariantName, cProcess)
	byVariant := tallies(now, before, func(s ledger.Service) string { return s.Variant })
	for _, k := range slices.SortedFunc(maps.Keys(byVariant), compareNumbers) {
		v := describe(k)
		variants.add(c.row(byVariant[k], words(k), words(v.name), words(string(v.process)))...)
	}
	tables := []*table{processes, services, variants}
	for _, t := range tables {
		t.total(summed...)
	}
	return append(tables, reasons(now))
}

// byUser makes the table by User ID.
func (m *month) byUser(now, before []ledger.Service) *table {
	c := m.countsOf(now, before)
	t := c.table("users", "By User ID", cUserID, cRoles)
	users := tallies(now, before, func(s ledger.Service) uint64 { return uint64(s.User) })
	names := map[uint64]ledger.Service{}
	for _, s := range slices.Concat(now, before) {
		names[uint64(s.User)] = s
	}
	for _, k := range slices.Sorted(maps.Keys(users)) {
		id := names[k].User
		t.add(c.row(users[k], words(id.String()), words(m.directory.rolesOf(id)))...)
	}
	t.total(summed...)
	t.note = "A User ID may act in several User Roles; the header of a request does not tell in which one it was sent, so each User ID is counted once."
	return t
}
