package report

import (
	"strings"
	"testing"
	"time"

	"srtm/journal"
	"srtm/ledger"
	"srtm/traffic"
)

// tellApart tells a month in which DELTA alone is in shadow: an overload, while the
// allocations are as ever, then halved by reserved capacity, then a third in a
// maintenance, then 20 s in which nothing is taken; and later two stops.
func tellApart(t testing.TB) *teller {
	s := tell(t, october.Add(-time.Hour))
	s.obey(storyPolicy+"shadow: [DELTA]\n", storyPortfolio)
	s.wait(9 * time.Hour)
	for _, a := range []string{"ALPHA", "BRAVO", "CHARLIE", "DELTA", "public"} {
		s.burst(a, "4.8.1", 20, 5*time.Second)
	}
	s.press()
	s.adopt(s.fraction(2), "reserved 08:00–08:01: DCC Scheduled reads")
	s.press()
	s.adopt(s.fraction(3), "maintenance 2026-10-01T08:01:00Z–2026-10-01T08:02:00Z: DSP release")
	s.press()
	s.wait(time.Minute)
	s.adopt(s.policy.Rules(), "")
	s.press()
	closed := s.fraction(1)
	closed.Closed, closed.Threshold, closed.Release, closed.Until = true, 0, 0, s.now+int64(20*time.Second)
	for i := range closed.Accounts {
		closed.Accounts[i].Allocation = 0
	}
	s.adopt(closed, "maintenance 2026-10-01T08:04:00Z–2026-10-01T08:04:20Z: restart")
	s.burst("CHARLIE", "4.8.1", 90, time.Second)
	s.burst("DELTA", "4.8.1", 300, time.Second)
	s.wait(time.Duration(closed.Until - s.now))
	s.adopt(s.policy.Rules(), "")
	for _, pause := range []time.Duration{time.Second, 5 * time.Second} {
		s.wait(10 * 24 * time.Hour)
		s.write(&journal.Clock{})
		s.now += int64(pause)
		s.write(&journal.Start{Version: "test", Node: "one", Environment: "trial", Restart: true, Wall: s.now})
	}
	s.wait(time.Duration(october.AddDate(0, 1, 1).UnixNano() - s.now))
	s.write(&journal.Clock{})
	return s
}

// press has BRAVO be refused, and DELTA if it were not in shadow.
func (s *teller) press() {
	s.t.Helper()
	s.wait(time.Second) // all buckets are full
	s.burst("BRAVO", "4.6.1", 250, time.Second)
	s.burst("DELTA", "4.6.1", 60, time.Second)
	s.wait(time.Second)
}

// fraction are the policy's rules with a part of the threshold and of each allocation.
func (s *teller) fraction(n traffic.Rate) traffic.Rules {
	r := s.policy.Rules()
	r.Threshold, r.Release = r.Threshold/n, r.Release/n
	for i := range r.Accounts {
		r.Accounts[i].Allocation /= n
	}
	return r
}

func TestOneInShadowAndAllocationsLowered(t *testing.T) {
	s := tellApart(t)
	if s.sent["DELTA"].shadowClosed != 300 || s.sent["DELTA"].shadow < 50 || s.sent["CHARLIE"].closed != 90 {
		t.Fatalf("the story is another one: %+v, %+v", s.sent["DELTA"], s.sent["CHARLIE"])
	}
	m, _ := theMonth(t, s)
	shadow, _ := pageOf(t, m, "shadow")
	delta, _ := pageOf(t, m, "DELTA")
	charlie, _ := pageOf(t, m, "CHARLIE")
	public, _ := pageOf(t, m, "public")
	var active int64
	for _, e := range m.shadowEpisodesOf() {
		active += int64(m.activeIn(e))
	}
	active = span(time.Duration(active)).n
	for _, row := range []struct {
		rule  string
		page  *page
		table string
		c     name
		check func(cells []cell) bool
	}{
		{"what came while closed is not what would have been throttled", shadow, "month", cShadow, func(c []cell) bool { return uint64(c[0].n) == s.sent["DELTA"].shadow }},
		{"it stands beside it", shadow, "month", cShadowClosed, func(c []cell) bool { return c[0].n == 300 }},
		{"also by reason", delta, "shadow", cShadowClosed, func(c []cell) bool { return sumCells(c) == 300 }},
		{"and in days", delta, "days", cShadowClosed, func(c []cell) bool { return sumCells(c) == 300 }},
		{"and where allocations were lowered", delta, "below_standing", cShadowClosed, func(c []cell) bool { return sumCells(c) == 300 }},
		{"nothing was refused within the allocation in force", shadow, "month", cBroken, func(c []cell) bool { return c[0].n == 0 }},
		{"active is active", shadow, "month", cActive, func(c []cell) bool { return active > 0 && c[0].n == active }},
		{"would have been is when all were in shadow", shadow, "month", cActiveShadow, func(c []cell) bool { return c[0].n == 0 }},
		{"the episodes agree with both", shadow, "episodes", cActive, func(c []cell) bool {
			return max(active-int64(sumCells(c)), int64(sumCells(c))-active) <= int64(len(c)) // each is rounded
		}},
		{"the headline's episodes are those listed", shadow, "month", cEpisodesWould, func(c []cell) bool { return int(c[0].n) == len(cellsOf(t, shadow, "episodes", cEpisode)) }},
		{"nobody's allocation at the start of an episode is that of a later moment", shadow, "shares", cAllocationStart, func(c []cell) bool {
			for i, account := range cellsOf(t, shadow, "shares", cAccount) {
				if account.text == "CHARLIE" && c[i].n == 0 || account.text == "DELTA" && c[i].n == 0 {
					return false
				}
			}
			return len(c) > 2
		}},
		{"who has an allocation is told to hold back to it", shadow, "advice", cAdvice, func(c []cell) bool {
			for _, x := range c {
				if !strings.HasPrefix(x.text, "Held back to ") && x.text != whileClosed {
					return false
				}
			}
			return len(c) > 0 && strings.HasSuffix(c[len(c)-1].text, whileClosed)
		}},
		{"a peak while nothing was taken is compared with nothing", charlie, "month", cDepth, func(c []cell) bool { return !c[0].set }},
		{"a closure of 20 s is less than a minute", public, "service", cClosedAbout, func(c []cell) bool { return c[0].text == "less than a minute" }},
		{"a maintenance is so much longer", public, "service", cMaintenanceAbout, func(c []cell) bool { return c[0].text == "about 1 min" }},
	} {
		if cells := cellsOf(t, row.page, row.table, row.c); !row.check(cells) {
			t.Errorf("%s: %s of table %s is %v", row.rule, catalogue[row.c].id, row.table, cells)
		}
	}
}

func TestWhatPagesSayOfOneInShadow(t *testing.T) {
	m, _ := theMonth(t, tellApart(t))
	for file, want := range map[string][]string{
		"BRAVO": {" over 27/s; ", " over 13.5/s, to which it was lowered (reserved capacity); and ", " over 9/s, to which it was lowered (maintenance).",
			" while it was lowered (maintenance), ", " while it was lowered (reserved capacity)"},
		"CHARLIE": {"peak in burst / 2, while nothing was taken"},
		"shadow":  {" 1 of 5 Service Users (DELTA) had ", "enforced for all but those in shadow (DELTA)", "300 requests more would have been refused because nothing was taken"},
		"panel":   {"In shadow by themselves, while for all others it was enforced: DELTA."},
	} {
		_, e := pageOf(t, m, file)
		text := string(render(t, m, e)[".html"])
		for _, want := range want {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q", file, want)
			}
		}
		for _, not := range []string{"on what others leave", "0 s in 0 episodes"} {
			if strings.Contains(text, not) {
				t.Errorf("%s says %q", file, not)
			}
		}
	}
	first, second, found := strings.Cut(m.pauses(), ", ")
	if !found || !strings.Contains(first, "11 Oct") || !strings.Contains(second, "21 Oct") {
		t.Errorf("pauses are not in their order: %s", m.pauses())
	}
}

func TestHeldBack(t *testing.T) {
	at := func(n int64, cost traffic.Amount) ledger.EpisodeSecond {
		return ledger.EpisodeSecond{Second: n, Seconds: 1, Parts: ledger.Parts{Offered: ledger.Count{Cost: cost * traffic.SR}}}
	}
	closedAt3 := func(from, _ int64) assured {
		if from == 3*int64(time.Second) {
			return assured{closed: true}
		}
		return assured{lowest: 5 * sr, highest: 5 * sr}
	}
	for _, row := range []struct {
		rule string
		rows []ledger.EpisodeSecond
		wait time.Duration
	}{
		{"what is within the allocation does not wait", []ledger.EpisodeSecond{at(1, 5), at(2, 5)}, 0},
		{"what is beyond it waits for its turn", []ledger.EpisodeSecond{at(1, 15)}, 2 * time.Second},
		{"what came while nothing was taken is left out", []ledger.EpisodeSecond{at(1, 5), at(3, 500), at(4, 5)}, 0},
		{"who waits then waits so much longer", []ledger.EpisodeSecond{at(1, 15), at(3, 500), at(4, 5)}, 3 * time.Second},
	} {
		if q := heldBack(row.rows, closedAt3); !q.paced || q.wait != row.wait || q.lowest != 5*sr {
			t.Errorf("%s: %+v", row.rule, q)
		}
	}
}
