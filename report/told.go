package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"srtm/ledger"
)

// gatherTold gives each account what it was told. Attempts that others followed are
// left out.
func (m *month) gatherTold(byID map[uint32]*account) {
	m.deliveries = slices.DeleteFunc(m.deliveries, func(d ledger.Delivery) bool { return d.Outcome == "failed" })
	for _, d := range m.deliveries {
		if a := byID[d.Own.ID]; a != nil && d.Own.ID != ledger.System {
			a.deliveries = append(a.deliveries, d)
		}
	}
}

// userTold has what a Service User was told by e-mail and webhooks.
func (m *month) userTold(a *account) section {
	t := newTable("told", "Notices that you were sent", cAt, cHappened, cWhat, cText, cTold, cOutcome, cAttempts)
	t.page.most = mostTerms
	sec := section{title: "What you were told", tables: []*table{t}}
	missed := uint64(0)
	for _, d := range a.deliveries {
		t.add(at(d.At), at(d.Happened), words(d.Kind), words(d.Sentence), words(strings.TrimSpace(d.Means+" "+d.Address)), words(d.Outcome), count(d.Attempt))
		missed += one(unreached(d.Outcome))
	}
	if len(t.rows) == 0 {
		t.page.sheets = true
		return sec
	}
	if missed > 0 {
		sec.words = []string{fmt.Sprintf("%s not reach you: see the outcome.", numbered(missed, "notice did", "notices did"))}
	}
	return sec
}

// unreached says that nobody has got a notice.
func unreached(outcome string) bool { return outcome == "given-up" || outcome == "nobody" }

func one(is bool) uint64 {
	if is {
		return 1
	}
	return 0
}

// panelTold says how many notices reached whom. Addresses are not the panel's.
func (m *month) panelTold() section {
	type row struct{ who, kind string }
	type numbers struct{ reached, missed uint64 }
	rows := map[row]*numbers{}
	var order []row
	for _, d := range m.deliveries {
		r := row{cmp.Or(d.Account, "operators"), d.Kind}
		n := rows[r]
		if n == nil {
			n = &numbers{}
			rows[r] = n
			order = append(order, r)
		}
		n.reached += one(d.Outcome == "delivered")
		n.missed += one(unreached(d.Outcome))
	}
	slices.SortFunc(order, func(a, b row) int { return cmp.Or(cmp.Compare(a.who, b.who), cmp.Compare(a.kind, b.kind)) })
	t := newTable("told", "Notices by e-mail and webhook", cAccount, cWhat, cReached, cMissed)
	t.page.most = mostTerms
	for _, r := range order {
		t.add(words(r.who), words(r.kind), count(rows[r].reached), count(rows[r].missed))
	}
	t.page.sheets = len(t.rows) == 0
	return section{title: "Who was told", tables: []*table{t}}
}
