package report

import (
	"fmt"
	"time"

	"srtm/ledger"
)

// userNotices tells a Service User of its coming allocation, and what it said
// against it and was answered, as recorded.
func (m *month) userNotices(a *account) section {
	t := newTable("notices", "Notices of your coming allocation", cAt, cEffective, cPolicy, cAllocationBefore, cAllocation, cWeightBefore, cWeight, cWeights, cSource, cShortened)
	for _, n := range a.notices {
		t.add(append([]cell{at(n.At)}, noticeCells(n)...)...)
	}
	said := m.challengeTable(a.challenges, false)
	sec := section{title: "Your coming allocation", tables: []*table{t, said}}
	if len(t.rows)+len(said.rows) == 0 {
		t.page.sheets, said.page.sheets = true, true
		return sec
	}
	for _, n := range a.notices {
		if n.Effective >= m.span.To {
			sec.words = []string{fmt.Sprintf("From %s UTC your allocation is to be %s; until then it is %s. The last notice counts.", date(n.Effective), rate(int64(n.New)), rate(int64(n.Old)))}
		}
	}
	if open := openChallenges(a.challenges); open > 0 {
		sec.after = []string{fmt.Sprintf("%s not answered yet.", numbered(uint64(open), "challenge is", "challenges are"))}
	}
	return sec
}

// empty says that a section has nothing to say to a person; its tables, if there
// are any, have no rows.
func (s section) empty() bool {
	for _, t := range s.tables {
		if len(t.rows) > 0 || !t.page.sheets {
			return false
		}
	}
	return len(s.words)+len(s.figures)+len(s.cards)+len(s.after)+len(s.text) == 0
}

// date is a day with its time, for sentences.
func date(when int64) string { return time.Unix(0, when).UTC().Format("2 January 2006 15:04") }

func noticeCells(n ledger.Notice) []cell {
	shortened := cell{}
	if n.Shortened {
		shortened = words("yes")
	}
	return []cell{at(n.Effective), words(n.PolicyName), thousandths(n.Old), thousandths(n.New), words(n.OldWeight), words(n.Weight), words(n.Weights), words(n.Source), shortened}
}

// challengeTable has what was said against notices in the month, or is open, and
// its answers.
func (m *month) challengeTable(rows []ledger.Challenge, named bool) *table {
	columns := []name{cAt, cNotice, cWhat, cWho, cText}
	if named {
		columns = []name{cAccount, cAt, cNotice, cWhat, cWho, cText, cPosition}
	}
	t := newTable("challenges", "What was said against notices, and the answers", columns...)
	given := map[uint64]int64{}
	for _, n := range m.notices {
		given[uint64(n.Position)] = n.At
	}
	for _, c := range rows {
		if c.At < m.span.From && answered(c, rows) {
			continue
		}
		what := "challenge"
		if c.Answer {
			what = "answer"
		}
		cells := []cell{at(c.At), at(given[uint64(c.Notice)]), words(what), words(c.Who), words(c.Text)}
		if named {
			cells = append(append([]cell{words(c.Account)}, cells...), position(c.Position))
		}
		t.add(cells...)
	}
	return t
}

// answered says whether a challenge was answered later; an answer is one.
func answered(c ledger.Challenge, all []ledger.Challenge) bool {
	if c.Answer {
		return true
	}
	for _, a := range all {
		if a.Answer && a.ID == c.ID && a.Notice == c.Notice && a.Position > c.Position {
			return true
		}
	}
	return false
}

func openChallenges(all []ledger.Challenge) (n int) {
	for _, c := range all {
		if !answered(c, all) {
			n++
		}
	}
	return n
}

// panelNotices says what came on its way: proposals, notices and challenges.
func (m *month) panelNotices() section {
	steps := newTable("proposals", "Policies on their way", cAt, cStep, cPolicy, cEffective, cWho, cWhy, cDigest, cPosition)
	for _, p := range m.proposals {
		steps.add(at(p.At), words(p.Step.String()), words(p.Name), at(p.Effective), words(p.Who), words(p.Why), words(p.Digest), position(p.Position))
	}
	steps.page.wide = []name{cPosition, cDigest}
	notices := newTable("notices", "Notices of coming allocations", cAccount, cName, cAt, cEffective, cPolicy, cAllocationBefore, cAllocation, cWeightBefore, cWeight, cWeights, cSource, cShortened, cPosition)
	for _, n := range m.notices {
		notices.add(append(append([]cell{words(n.Account), words(m.display(n.ID)), at(n.At)}, noticeCells(n)...), position(n.Position))...)
	}
	notices.page.wide, notices.page.most = []name{cName, cWeights, cSource, cPosition}, mostTerms
	return section{title: "Policies and allocations on their way", words: []string{m.noticesSentence()},
		tables: []*table{steps, notices, m.challengeTable(m.challenges, true)}}
}

func (m *month) noticesSentence() string {
	var given, shortened uint64
	var earliest int64
	for _, n := range m.notices {
		if n.At < m.span.From {
			continue
		}
		given++
		if n.Shortened {
			shortened++
		}
		if earliest == 0 || n.Effective < earliest {
			earliest = n.Effective
		}
	}
	text := "No notice of a coming allocation was given."
	if given > 0 {
		text = fmt.Sprintf("%s given; the earliest takes effect on %s UTC, and %s shortened.", numbered(given, "notice was", "notices were"), date(earliest), wasOrWere(shortened))
	}
	if open := openChallenges(m.challenges); open > 0 {
		return text + fmt.Sprintf(" %s open.", numbered(uint64(open), "challenge is", "challenges are"))
	}
	return text + " No challenge is open."
}
