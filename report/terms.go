package report

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"srtm/ledger"
)

// userTerms says what held, how it is worked out and how to check a refusal.
func (m *month) userTerms(a *account) section {
	t := newTable("terms", "What held for you", cFrom, cPolicy, cDigest, cThreshold, cWeight, cWeights, cMinimum, cStanding, cAllocation, cCause, cMode, cBurst, cDepth)
	for _, row := range changed(a.terms) {
		t.add(at(row.At), words(row.PolicyName), words(row.Policy), thousandths(row.Threshold), words(row.Weight), words(row.Weights), thousandths(row.Minimum),
			thousandths(standing(row)), thousandths(row.Allocation), words(kindsOf(row)), words(modeOf(row)), span(row.Burst), thousandths(row.Depth))
	}
	t.page.most, t.page.wide = mostConditions, []name{cDigest, cWeights, cMinimum}
	heads := m.headTable()
	sec := section{title: "How to read this", tables: []*table{t, m.userActs(a), heads}}
	sec.words = append(sec.words,
		"The mechanism is that of SEC modification SECMP0067 as this program carries it out. While traffic management is not active nobody is throttled. While it is, whoever is within its allocation is forwarded without exception; what is spare is shared in proportion to allocation. Window, arithmetic, refusal and the layout of this report are this project's own choices: no public text gives them.")
	if usual := a.usual(); len(usual) > 0 {
		last := usual[len(usual)-1]
		sec.words = append(sec.words, workedLine(last), depthLine(last))
	}
	sec.words = append(sec.words,
		"To check a refusal: srtm explain --data DIR REQUESTID tells the decision about one request in a sentence, with every number it was made from. "+
			"srtm dispute --data DIR --account "+a.name+" --from TIME --to TIME packs all your own decisions of a time with proof that none was left out or altered; the operator runs it for you. "+
			"srtm verify FILE recomputes your guarantee from that bundle alone, without anybody else's data.")
	if m.head == "" {
		sec.after = append(sec.after, "There is no signed head of the journal yet.")
		return sec
	}
	sec.after = append(sec.after, "The newest signed head of the journal. Keep it: it binds the operator to the record as it stood then, and a journal that was rewritten afterwards no longer fits it.")
	sec.text = m.head
	return sec
}

// headTable has the signed head for CSV and XLSX; the page shows the text.
func (m *month) headTable() *table {
	t := newTable("head", "Signed head of the journal, line by line", cLine)
	for line := range strings.Lines(m.head) {
		t.add(words(strings.TrimRight(line, "\n")))
	}
	t.page.sheets = true
	return t
}

// userActs are the acts by hand that concern this account by name. Those that
// concern everybody are in the operator's report: their reasons may name others.
func (m *month) userActs(a *account) *table {
	t := newTable("acts", "Acts by hand that concern you", cAt, cWhat, cUntil)
	for _, act := range m.acts {
		if act.Account == a.name {
			t.add(at(act.At), words(act.What), at(act.Until))
		}
	}
	return t
}

// changed leaves out terms that repeat those before them, as every start does.
func changed(terms []ledger.Terms) []ledger.Terms {
	var kept []ledger.Terms
	for _, t := range terms {
		if n := len(kept); n > 0 {
			last := kept[n-1]
			if last.Policy == t.Policy && last.Allocation == t.Allocation && last.Depth == t.Depth && last.Threshold == t.Threshold &&
				last.Weight == t.Weight && last.Weights == t.Weights && last.Burst == t.Burst && last.Minimum == t.Minimum &&
				standing(last) == standing(t) && kindsOf(last) == kindsOf(t) && modeOf(last) == modeOf(t) {
				continue
			}
		}
		kept = append(kept, t)
	}
	return kept
}

// standing is the allocation of terms when nothing lowers it. Records of before
// there was such a thing have none.
func standing(t ledger.Terms) int64 { return int64(max(t.Standing, t.Allocation)) }

// modeOf says in words how terms have an account treated.
func modeOf(t ledger.Terms) string {
	all := []string{t.Mode.String()}
	if t.Shadow && t.Mode.String() == modeEnforce {
		all[0] = modeShadow
	}
	if t.Closed {
		all = append(all, "closed")
	}
	if t.Held {
		all = append(all, "held to "+rate(int64(t.Hold)))
	}
	if t.Exempt {
		all = append(all, "exempt")
	}
	if t.Withhold {
		all = append(all, "spare withheld")
	}
	return strings.Join(all, ", ")
}

// workedLine is the allocation's arithmetic with the account's own numbers.
func workedLine(t ledger.Terms) string {
	weight, ok1 := new(big.Rat).SetString(t.Weight)
	weights, ok2 := new(big.Rat).SetString(t.Weights)
	if !ok1 || !ok2 || weights.Sign() <= 0 {
		return fmt.Sprintf("Your allocation under the policy %s: %s.", plainText(t.PolicyName), rate(int64(t.Allocation)))
	}
	part := new(big.Rat).Mul(big.NewRat(int64(t.Threshold), 1_000_000_000), new(big.Rat).Quo(weight, weights))
	line := fmt.Sprintf("Your allocation under the policy %s: operating threshold %s × your weight %s ÷ all weights %s = %s/s",
		plainText(t.PolicyName), rate(int64(t.Threshold)), plainText(t.Weight), plainText(t.Weights), part.FloatString(3))
	off := new(big.Rat).Sub(part, big.NewRat(int64(t.Allocation), 1_000_000_000))
	switch {
	case off.Abs(off).Cmp(big.NewRat(1, 1000)) <= 0:
		return line + fmt.Sprintf(", in whole thousandths %s.", rate(int64(t.Allocation)))
	case t.Allocation == t.Minimum:
		return line + fmt.Sprintf("; you are raised to the minimum that nobody gets less than, %s.", rate(int64(t.Allocation)))
	}
	return line + fmt.Sprintf("; since some are raised to the minimum of %s, the others share what remains, and yours is %s.", rate(int64(t.Minimum)), rate(int64(t.Allocation)))
}

func depthLine(t ledger.Terms) string {
	half := t.Burst / 2
	return fmt.Sprintf("Within your allocation are at most %s in any %s (burst / 2), and always one request: %s × %s. As many in one moment at the top of each second as the allocation gives in that second would be over it.",
		amount(int64(t.Depth)), roughly(half.Round(time.Millisecond)), rate(int64(t.Allocation)), roughly(half.Round(time.Millisecond)))
}

// refusalsOnPage is how many refusals a page lists; CSV and XLSX have more.
const refusalsOnPage = 20

// refusals lists an account's first refusals, with their targets.
func (m *month) refusals(a *account) *table {
	t := m.refusalTable("refusals", "First refusals", m.refusalRows[a.id])
	t.page.fine, t.page.most = true, refusalsOnPage
	if rows := len(t.rows); rows > 0 {
		t.note = fmt.Sprintf("Of %s refusals those that are listed are the first %s of those that are kept one by one, which are the first hundred of each minute. Targets are personal data: they stand in your own report only. User ID, target and counter make the RequestID.",
			grouped(int64(a.total.Throttled.Requests+a.total.Closed.Requests)), grouped(int64(rows)))
	}
	return t
}

func (m *month) refusalTable(id, title string, rows []ledger.Refusal) *table {
	t := newTable(id, title, cAt, cUserID, cTarget, cCounter, cVariant, cReason, cRequestCost, cAssured, cSpareBucket, cPool, cAllocation, cDepth, cRetryAfter)
	t.page.wide = []name{cRequestCost, cSpareBucket, cPool, cAllocation, cDepth, cRetryAfter}
	for _, r := range rows {
		n := r.Numbers
		t.add(at(n.At), words(userID(n.User)), words(m.target(r)), words(fmt.Sprint(r.Counter)), words(r.Variant), words(reasonWords(n.Reason.String())), thousandths(n.Cost), thousandths(n.Assured),
			thousandths(n.Spare), thousandths(n.Pool), thousandths(n.Allocation), thousandths(n.Depth), count(n.RetryAfter))
	}
	return t
}
