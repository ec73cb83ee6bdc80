package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"srtm/journal"
	"srtm/ledger"
	"srtm/traffic"
)

// inShadowPolicy is the story's policy before it goes live, with another figure for
// what is exceptional.
const inShadowPolicy = storyPolicy + "mode: shadow\nexceptional: 5h\n"

// tellShadow tells a month of shadow by hand: of everybody from the beginning on,
// enforced from the 25th on, with notices, proposals, and a maintenance that closes.
func tellShadow(t testing.TB) *teller {
	s := tell(t, october.Add(-time.Hour))
	s.obey(inShadowPolicy, storyPortfolio)
	s.wait(time.Hour)
	for day := range 31 {
		s.wait(time.Duration(october.AddDate(0, 0, day).Add(8*time.Hour).UnixNano() - s.now))
		for _, a := range []string{"ALPHA", "BRAVO", "CHARLIE", "DELTA", "public"} {
			s.burst(a, "4.8.1", 20+day, 5*time.Second)
			s.burst(a, "2.2", 3, time.Second)
		}
		switch day + 1 {
		case 3:
			s.loud("BRAVO", 250)
		case 10:
			s.loud("BRAVO", 400)
			s.loud("CHARLIE", 300)
		case 12:
			s.onTheWay()
		case 20:
			s.maintain()
		case 25:
			s.obey(storyPolicy, storyPortfolio)
		case 27:
			s.overload("BRAVO", 400)
		}
	}
	s.wait(time.Duration(october.AddDate(0, 1, 1).Add(2*time.Hour).UnixNano() - s.now))
	s.write(&journal.Clock{})
	return s
}

// loud has an account send so much that it would be refused, with top-ups.
func (s *teller) loud(account string, n int) {
	s.t.Helper()
	s.burst(account, "4.6.1", n, 1500*time.Millisecond)
	for range 5 {
		s.send(account, "2.2", 200)
	}
	s.wait(time.Hour)
}

// onTheWay writes what comes before a policy.
func (s *teller) onTheWay() {
	digest := strings.Repeat("ab", 32)
	effective := october.AddDate(0, 1, 8).UnixNano()
	for i, step := range []journal.Step{journal.Prepared, journal.Approved, journal.Withdrawn, journal.Refused} {
		s.write(&journal.Proposal{Step: step, Name: "TMMD 2026-11", Digest: digest, Who: []string{"olga", "peter", "olga", "srtm"}[i], Why: "new portfolios", Effective: effective})
	}
	for i, account := range []string{"BRAVO", "CHARLIE"} {
		notice := s.write(&journal.Notice{Own: s.own(account), Policy: digest, PolicyName: "TMMD 2026-11", Effective: effective, Old: 27 * traffic.PerSecond,
			New: traffic.Rate(30+i) * traffic.PerSecond, OldWeight: "300", Weight: "333", Weights: "1100", Source: "count of meters, October", Shortened: i == 1})
		s.write(&journal.Challenge{Own: s.own(account), Notice: notice, Who: "ursula", Text: "we have more meters"})
		told := journal.Telling{ID: "policy-1", Kind: "policy", Concerns: account, Happened: effective, Sentence: "your allocation is to be another", Who: account, Means: "webhook",
			Address: "https://" + account + ".example", Attempt: 3, Began: effective, Outcome: []string{"delivered", "given-up"}[i], Detail: "204"}
		s.write(&journal.Delivery{Own: s.own(account), Telling: told})
		if i == 0 {
			s.write(&journal.Challenge{Own: s.own(account), Notice: notice, Answer: true, Who: "olga", Text: "they are counted from November on"})
		}
	}
}

// maintain closes for an hour, and holds BRAVO to a rate after that.
func (s *teller) maintain() {
	s.t.Helper()
	usual := s.policy.Rules()
	closed := s.policy.Rules()
	closed.Mode, closed.Closed, closed.Threshold, closed.Release, closed.Until = traffic.ModeEnforce, true, 0, 0, s.now+int64(time.Hour)
	for i := range closed.Accounts {
		closed.Accounts[i].Allocation = 0
	}
	s.adopt(closed, "maintenance 2026-10-20 08:00–2026-10-20 09:00: DSP release; patience")
	s.burst("DELTA", "4.8.1", 40, time.Minute)
	s.wait(59 * time.Minute)
	held := s.policy.Rules()
	for i := range held.Accounts {
		if held.Accounts[i].Name == "BRAVO" {
			held.Accounts[i].Held, held.Accounts[i].Hold = true, 2*traffic.PerSecond
		}
	}
	held.Mode = traffic.ModeEnforce
	s.adopt(held, "by hand: a loop at BRAVO (BRAVO held to 2/s)")
	s.burst("BRAVO", "4.8.1", 60, 10*time.Second)
	s.wait(time.Hour)
	s.adopt(usual, "")
}

// adopt has the mechanism obey rules for a while, and writes everybody's terms.
func (s *teller) adopt(r traffic.Rules, cause string) {
	s.t.Helper()
	if _, err := s.control.Change(traffic.Planned{Rules: r}); err != nil {
		s.t.Fatal(err)
	}
	s.wait(20 * time.Millisecond)
	for i, a := range s.policy.Rules().Accounts {
		t := journal.TermsOf(r, i)
		t.Own, t.Policy, t.PolicyName, t.Standing, t.Cause = s.own(a.Name), s.policy.Digest, s.policy.Name, a.Allocation, cause
		t.Weight, t.Weights = "1", "10"
		s.write(&t)
	}
}

func TestAMonthInShadow(t *testing.T) {
	s := tellShadow(t)
	m, _ := theMonth(t, s)
	p, e := pageOf(t, m, "shadow")
	var would uint64
	for _, x := range s.sent {
		would += x.shadow
	}
	bravo, _ := pageOf(t, m, "BRAVO")
	panel, _ := pageOf(t, m, "panel")
	for _, row := range []struct {
		rule  string
		page  *page
		table string
		c     name
		check func(cells []cell) bool
	}{
		{"what would have been throttled is what the story counted", p, "month", cShadow, func(c []cell) bool { return uint64(c[0].n) == would && would > 100 }},
		{"by Service User too", p, "accounts", cShadow, func(c []cell) bool { return len(c) == 2 && sumCells(c) == would }},
		{"they are those who were loud", p, "accounts", cAccount, func(c []cell) bool { return c[0].text == "BRAVO" && c[1].text == "CHARLIE" }},
		{"top-ups are named apart", p, "accounts", cShadowTopUps, func(c []cell) bool { return sumCells(c) > 0 }},
		{"three episodes", p, "episodes", cEpisode, func(c []cell) bool { return len(c) == 3 }},
		{"each began with what would have been a refusal", p, "episodes", cBegan, func(c []cell) bool { return c[0].text == "would-be refusal" }},
		{"the peak stands against the threshold", p, "episodes", cThresholdShare, func(c []cell) bool { return c[0].n > 100_000 }},
		{"whose it was adds up to all of an episode", p, "shares", cOfferedShare, func(c []cell) bool { return len(c) >= 3 && c[0].n > 50_000 }},
		{"everybody has an advice", p, "advice", cAdvice, func(c []cell) bool {
			return len(c) == 3 && strings.HasPrefix(c[0].text, "Held back to a steady 27/s, none would have been refused")
		}},
		{"nothing of it was within an allocation", p, "month", cBrokenShadow, func(c []cell) bool { return c[0].n == 0 }},
		{"BRAVO has its own part", bravo, "shadow_episodes", cShadow, func(c []cell) bool { return len(c) == 2 && sumCells(c) == s.sent["BRAVO"].shadow }},
		{"by variant and reason", bravo, "shadow", cShadow, func(c []cell) bool { return sumCells(c) == s.sent["BRAVO"].shadow }},
		{"its coming allocation is noticed", bravo, "notices", cAllocation, func(c []cell) bool { return len(c) == 1 && c[0].n == 30_000 }},
		{"and that it was told", bravo, "told", cOutcome, func(c []cell) bool { return len(c) == 1 && c[0].text == "delivered" }},
		{"who was told stands in the operator's", panel, "told", cMissed, func(c []cell) bool { return len(c) == 2 && c[0].n == 0 && c[1].n == 1 }},
		{"with what it said, and the answer", bravo, "challenges", cWhat, func(c []cell) bool { return len(c) == 2 && c[0].text == "challenge" && c[1].text == "answer" }},
		{"what it was held to stands beside the nought", bravo, "below_standing", cWithinStanding, func(c []cell) bool { return sumCells(c) > 10 }},
		{"without who did it and why", bravo, "below_standing", cCause, func(c []cell) bool { return c[0].text == "by hand" }},
		{"the Panel has it by act", panel, "below_standing", cCause, func(c []cell) bool {
			return c[0].text == "by hand: a loop at BRAVO (BRAVO held to 2/s)" && c[len(c)-1].text == "maintenance 2026-10-20 08:00–2026-10-20 09:00: DSP release; patience"
		}},
		{"closing is added up", panel, "service", cClosedFor, func(c []cell) bool {
			return c[0].n > time.Hour.Milliseconds()-1000 && c[0].n <= time.Hour.Milliseconds()
		}},
		{"what was refused then is no throttling", panel, "month", cClosed, func(c []cell) bool { return c[0].n == 40 }},
		{"the time in shadow is too", panel, "service", cShadowFor, func(c []cell) bool { return c[0].n > (24 * 23 * time.Hour).Milliseconds() }},
		{"episodes of shadow are none of the others", panel, "month", cEpisodes, func(c []cell) bool { return c[0].n == 2 }},
		{"but apart", panel, "month", cEpisodesShadow, func(c []cell) bool { return c[0].n == 3 }},
		{"steps of a policy's way", panel, "proposals", cStep, func(c []cell) bool {
			return len(c) == 4 && c[0].text == "prepared" && c[1].text == "approved" && c[2].text == "withdrawn" && c[3].text == "refused"
		}},
		{"nothing was refused within the allocation in force", panel, "month", cBroken, func(c []cell) bool { return c[0].n == 0 }},
	} {
		if cells := cellsOf(t, row.page, row.table, row.c); !row.check(cells) {
			t.Errorf("%s: %s of table %s is %v", row.rule, catalogue[row.c].id, row.table, cells)
		}
	}
	if got := m.exceptional(); got != 10*time.Hour {
		t.Errorf("exceptional is %v; the month's last policy does not give it", got)
	}
	text := string(render(t, m, e)[".html"])
	for _, want := range []string{"Nothing of this was refused.", "Enforced, the month would have meant that 2 of 5 Service Users (BRAVO, CHARLIE) had", "and the longest wait would have been"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// Offered is the sum of its four parts, in every row of every table that has them,
// and every table that divides the month's traffic has all of it.
func TestOfferedIsTheSumOfItsParts(t *testing.T) {
	for name, s := range map[string]*teller{"all in shadow": tellShadow(t), "one in shadow": tellApart(t)} {
		t.Run(name, func(t *testing.T) { addsUp(t, s) })
	}
}

func addsUp(t *testing.T, s *teller) {
	m, _ := theMonth(t, s)
	var all sums
	for _, x := range s.sent {
		all.add(*x)
	}
	for _, e := range m.editions(1) {
		want := all
		if e.kind == "user" {
			want = sums{}
			if x := s.sent[e.account]; x != nil {
				want = *x
			}
		}
		for _, table := range e.make().tables() {
			rows := sumsOf(table)
			var total sums
			for i, row := range rows {
				if slices.Contains(table.columns, cOffered) && row.offered != row.forwarded+row.throttled+row.closed+row.shadow+row.shadowClosed {
					t.Errorf("%s, row %d of table %s: %+v does not add up", e.file, i, table.id, row)
				}
				total.add(row)
			}
			whole := []string{"month", "days", "accounts", "processes", "services", "variants", "users", "reasons"}
			if e.file == "2026-10-shadow" || !slices.Contains(whole, table.id) || e.kind == "public" {
				continue
			}
			if table.id == "reasons" {
				total.offered = want.offered
			}
			if total != want {
				t.Errorf("%s: table %s has %+v, and the story %+v", e.file, table.id, total, want)
			}
		}
	}
}

// sumsOf reads the parts of each row of a table that has all of forwarded, throttled
// and offered.
func sumsOf(t *table) (rows []sums) {
	if !slices.Contains(t.columns, cForwarded) || !slices.Contains(t.columns, cThrottled) {
		return nil
	}
	for _, cells := range t.summands() {
		var row sums
		for column, to := range map[name]*uint64{cOffered: &row.offered, cForwarded: &row.forwarded, cThrottled: &row.throttled, cClosed: &row.closed, cShadow: &row.shadow, cShadowClosed: &row.shadowClosed} {
			if i := slices.Index(t.columns, column); i >= 0 {
				*to = uint64(cells[i].n)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// Nobody reads in its own or the public edition whom an act concerned, or why.
func TestActsOfOthersAreNotTold(t *testing.T) {
	m, _ := theMonth(t, tellShadow(t))
	for _, e := range m.editions(1) {
		if e.kind == "panel" || e.account == "BRAVO" {
			continue
		}
		text := contents(t, m, e)
		for _, word := range []string{"a loop at", "held to 2/s", "BRAVO", "DSP release"} {
			if strings.Contains(text, word) {
				t.Errorf("%s has %q", e.file, word)
			}
		}
	}
}

func TestWhatIsExceptionalIsThePolicys(t *testing.T) {
	for _, row := range []struct {
		policy string
		config time.Duration
		want   time.Duration
	}{
		{storyPolicy + "exceptional: 5h\n", 0, 5 * time.Hour},
		{storyPolicy + "exceptional: 5h\n", time.Hour, time.Hour},
		{storyPolicy, 0, 10 * time.Hour},
	} {
		s := tell(t, october)
		s.obey(row.policy, storyPortfolio)
		m, _ := theMonth(t, s)
		m.config.Exceptional = row.config
		if got := m.exceptional(); got != row.want {
			t.Errorf("it is %v, want %v", got, row.want)
		}
	}
}

func TestCausesAreTakenApart(t *testing.T) {
	for text, want := range map[string]string{
		"":                             `[] ""`,
		"reserved 22:00–05:00: reads":  `["reserved 22:00–05:00: reads"] "reserved capacity"`,
		"reserved 1: a; b; by hand: c": `["reserved 1: a; b" "by hand: c"] "reserved capacity, by hand"`,
		"maintenance 2: x\nclosed: y":  `["maintenance 2: x" "closed: y"] "maintenance, closed"`,
		"something else":               `["something else"] "other"`,
	} {
		if got := fmt.Sprintf("%q %q", causes(text), kinds(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// Every reason and verdict of the mechanism is known here by its name.
func TestReasonsHaveWords(t *testing.T) {
	for r := range traffic.Reason(traffic.Reasons) {
		if i := slices.IndexFunc(explanations(), func(e explained) bool { return e.reason == r.String() }); i != int(r) {
			t.Errorf("%v is at %d of the list, want %d", r, i, r)
		}
	}
	for _, pair := range [][2]string{{verdictThrottle, traffic.Throttle.String()}, {verdictShadow, traffic.Shadow.String()}, {modeEnforce, traffic.ModeEnforce.String()},
		{modeShadow, traffic.ModeShadow.String()}} {
		if pair[0] != pair[1] {
			t.Errorf("%s is called %s", pair[0], pair[1])
		}
	}
}

func TestAnActThatConcernsOthersIsNoCauseOfOnesOwn(t *testing.T) {
	const cause = "reserved 22:00–05:00: reads; by hand: a loop (BRAVO held to 2/s)"
	own := journal.Terms{Cause: cause, Allocation: 10, Standing: 10}
	if got := kindsOf(ledger.Terms{Terms: own}); got != "reserved capacity" {
		t.Errorf("to another it is %q", got)
	}
	own.Held = true
	if got := kindsOf(ledger.Terms{Terms: own}); got != "reserved capacity, by hand" {
		t.Errorf("to whom it concerns it is %q", got)
	}
}
