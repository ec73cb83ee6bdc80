package tmmd

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What accounts gain and lose adds up to what T does; by role too.
func TestDifferencesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := randomPolicy(t), randomPolicy(t)
		before, after := a.policy(), b.read(b.portfolio(rapid.SampledFrom([]string{"ACCOUNT", "OTHER"}).Draw(t, "names"), "ACCOUNT-0"))
		d := Compare(before, after)
		wellFormed(t, d.HTML())
		want := int64(after.OperatingThreshold() - before.OperatingThreshold())
		for _, title := range []string{"Allocations by account, per second", "Allocations by User Role, per second"} {
			s := one(t, sheets(t, d.Markdown()), title)
			sum := new(big.Rat)
			for _, row := range s.rows[:len(s.rows)-1] {
				sum.Add(sum, number(t, s.cell(row, "difference")))
				difference := new(big.Rat).Sub(number(t, s.cell(row, "new")), number(t, s.cell(row, "old")))
				if difference.Cmp(number(t, s.cell(row, "difference"))) != 0 {
					t.Errorf("%q: the difference is %s", row, difference.FloatString(3))
				}
			}
			last := s.rows[len(s.rows)-1]
			if sum.Cmp(big.NewRat(want, 1000)) != 0 || sum.Cmp(number(t, s.cell(last, "difference"))) != 0 {
				t.Errorf("%s: the differences add up to %s; T changes by %d thousandths, and the foot says %s", title, sum.FloatString(3), want, s.cell(last, "difference"))
			}
		}
	})
}

func number(t tester, cell string) *big.Rat {
	if cell == "–" {
		return new(big.Rat)
	}
	r, ok := new(big.Rat).SetString(strings.Replace(strings.TrimPrefix(cell, "+"), "−", "-", 1))
	if !ok {
		t.Fatalf("%q is no number", cell)
	}
	return r
}

// A policy compared with itself changes nothing.
func TestNothingChangesFromAPolicyToItself(t *testing.T) {
	checked(t, func(t *rapid.T, d *draw) {
		p := d.policy()
		if said := changes(p, p); len(said) > 0 {
			t.Errorf("it says %q", said)
		}
	})
	if text := Compare(everything(t), everything(t)).Text(); !strings.Contains(text, "No key of the policy changes.") || !strings.Contains(text, "0 accounts get more than before, 0 accounts get less, 5 as much.") {
		t.Errorf("it says %s", text)
	}
}

func TestEachChangedKeyHasItsSentence(t *testing.T) {
	files := map[string]string{"portfolio.csv": smallPortfolio, "annex.md": "one\n", "more.md": "one\ntwo\n", "a.csv": "sender,account\nCN=a,ALPHA\n"}
	for _, c := range []struct{ old, new, want string }{
		{"", "threshold: 85%", "threshold goes from 90% (the default) to 85%: the operating threshold T"},
		{"threshold: 90%", "threshold: 85%", "threshold goes from 90% to 85%"},
		{"threshold: 90%", "", ""},
		{"", "mode: shadow", "mode goes from enforce (the default) to shadow"},
		{"", "shadow: [BRAVO]", "shadow goes from none (the default) to BRAVO"},
		{"", "cost: {\"4.8.1\": 3}", "cost.4.8.1 goes from the default to 3"},
		{"cost: {\"4.8.1\": 3}", "", "cost.4.8.1 goes from 3 to the default"},
		{"", "exempt: [\"7.1\"]", "exempt has a new entry “7.1 Enable Supply”"},
		{"exempt: [\"7.1\", \"7.3\"]", "exempt: [\"7.3\"]", "exempt no longer has “7.1 Enable Supply”"},
		{"exempt: [\"7.1\", \"7.3\"]", "exempt: [\"7.3\", \"7.1\"]", "exempt stands in another order."},
		{"", "maintenance: [{start: 2026-11-20T22:00:00Z, end: 2026-11-21T04:30:00Z, capacity: 1200/s, reason: release}]", "maintenance has a new entry “2026-11-20T22:00:00Z to 2026-11-21T04:30:00Z: capacity 1200/s, release”"},
		{"annexes: [annex.md]", "annexes: [more.md]", "annexes no longer has “annex.md”"},
		{"", "senders: a.csv", "The list of senders is another: 1 certificate instead of 0."},
	} {
		said := changes(parse(t, smallPolicy+c.old+"\n", files), parse(t, smallPolicy+c.new+"\n", files))
		text := bare(strings.Join(said, "\n"))
		if (c.want == "") != (len(said) == 0) || !strings.Contains(text, c.want) {
			t.Errorf("from %q to %q it says %q", c.old, c.new, text)
		}
	}
	changed := parse(t, smallPolicy+"annexes: [annex.md]\n", map[string]string{"portfolio.csv": smallPortfolio, "annex.md": "one\ntwo\n"})
	if said := changes(parse(t, smallPolicy+"annexes: [annex.md]\n", files), changed); len(said) != 1 || said[0] != "The annex annex.md has another text: 2 lines instead of 1." {
		t.Errorf("of an annex with another text it says %q", said)
	}
}

func TestPortfoliosThatChangeMuchAreNamed(t *testing.T) {
	other := strings.NewReplacer("IS,500000", "IS,100000", "GS,420000", "GS,419999", "AGENT,Agents Ltd", "NEWCO,Newco", "IS,70000", "IS,35000").Replace(smallPortfolio)
	text := Compare(small(t), parse(t, smallPolicy, map[string]string{"portfolio.csv": other})).Text()
	for _, want := range []string{
		"The portfolio of ALPHA changes by half or more: from 800000 to 400000, by 50.000 %.", "The portfolio of BRAVO changes by half or more: from 70000 to 35000, by 50.000 %.",
		"NEWCO is new, with a portfolio of 0.", "AGENT is no longer there; it had a portfolio of 0.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "of CHARLIE changes") {
		t.Errorf("it names CHARLIE:\n%s", text)
	}
}

func TestARecordedDayIsTold(t *testing.T) {
	day := Day{From: 0, To: int64(time.Minute), Before: Activity{2, 1500 * time.Millisecond}, After: Activity{0, 0}, Accounts: []DayAccount{
		{Name: "ALPHA", Offered: 100, Before: Result{Forwarded: 90, Throttled: 10, Shadow: 4}, After: Result{Forwarded: 100}},
		{Name: "GONE", Offered: 7, Before: Result{Forwarded: 7}, After: Result{Apart: 7}},
		{Name: "BRAVO", Offered: 50, Before: Result{Forwarded: 30, Throttled: 20}, After: Result{Forwarded: 25, Throttled: 25}},
	}}
	d := Compare(small(t), small(t), day)
	wellFormed(t, d.HTML())
	s := one(t, sheets(t, d.Markdown()), "Requests by account")
	want := [][]string{
		{"BRAVO", "50", "30", "25", "20", "25", "+5", "0", "0"},
		{"ALPHA", "100", "90", "100", "10", "0", "−10", "4", "0"},
		{"GONE", "7", "7", "–", "0", "–", "–", "0", "–"},
		{"together", "157", "127", "125", "30", "25", "−5", "4", "0"},
	}
	for i, row := range s.rows {
		if strings.Join(row, " ") != strings.Join(want[i], " ") {
			t.Errorf("row %d is %q, want %q", i, row, want[i])
		}
	}
	text := d.Text()
	for _, want := range []string{"Of 1 account, 7 requests came from whom the new policy does not have", "1.5s", "From 1970-01-01 00:00:00.000 to 1970-01-01 00:01:00.000 UTC"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	if html := d.HTML(); strings.Count(html, "<figure>") != 1 || !strings.Contains(html, "BRAVO, old") || strings.Contains(html, "GONE, old") {
		t.Error("the plot does not have just those that were throttled")
	}
	if html := Compare(small(t), small(t), Day{}).HTML(); !strings.Contains(html, "There were no requests.") || strings.Contains(html, "<figure>") {
		t.Error("a day without requests is not told so")
	}
}
