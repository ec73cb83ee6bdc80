package report

import (
	"context"
	"strings"
	"testing"
	"time"

	"srtm/journal"
	"srtm/ledger"
)

var inNovember = time.Date(2026, time.November, 3, 9, 0, 0, 0, time.UTC)

// theMonth folds a story and gathers its October.
func theMonth(t testing.TB, s *teller) (*month, *ledger.Ledger) {
	t.Helper()
	l := s.fold()
	c, err := Config{Ledger: l, Out: t.TempDir(), Now: inNovember}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	m, err := gather(context.Background(), c, Period{2026, time.October})
	if err != nil {
		t.Fatal(err)
	}
	return m, l
}

// pageOf makes an edition by its file's name without the month.
func pageOf(t testing.TB, m *month, file string) (*page, edition) {
	t.Helper()
	for _, e := range m.editions(1) {
		if e.file == "2026-10-"+file {
			return e.make(), e
		}
	}
	t.Fatalf("there is no edition %s", file)
	return nil, edition{}
}

// cellsOf returns one column of a page's table, without its sum.
func cellsOf(t testing.TB, p *page, id string, c name) []cell {
	t.Helper()
	for _, table := range p.tables() {
		if table.id != id {
			continue
		}
		rows := table.rows
		if table.sum {
			rows = rows[:len(rows)-1]
		}
		for i, have := range table.columns {
			if have == c {
				var cells []cell
				for _, row := range rows {
					cells = append(cells, row[i])
				}
				return cells
			}
		}
	}
	t.Fatalf("%s has no column %s in a table %s", p.file, catalogue[c].id, id)
	return nil
}

func sumCells(cells []cell) (sum uint64) {
	for _, c := range cells {
		sum += uint64(c.n)
	}
	return sum
}

// TestReportsHaveWhatTheStoryCounted compares every table that divides the same
// traffic with what the story counted when it told it.
func TestReportsHaveWhatTheStoryCounted(t *testing.T) {
	s := tellOctober(t)
	m, _ := theMonth(t, s)
	var all sums
	for name, want := range s.sent {
		file := name
		if name == "public" {
			file = "public~1"
		}
		p, _ := pageOf(t, m, file)
		for _, table := range []string{"month", "days", "processes", "services", "variants", "users"} {
			for c, number := range map[column2]uint64{cOffered: want.offered, cForwarded: want.forwarded, cThrottled: want.throttled} {
				if got := sumCells(cellsOf(t, p, table, c)); got != number {
					t.Errorf("%s: %s of table %s is %d, and the story has %d", name, catalogue[c].id, table, got, number)
				}
			}
		}
		all.offered, all.forwarded, all.throttled = all.offered+want.offered, all.forwarded+want.forwarded, all.throttled+want.throttled
	}
	p, _ := pageOf(t, m, "panel")
	for _, table := range []string{"month", "days", "accounts", "processes", "services", "variants"} {
		for c, number := range map[column2]uint64{cOffered: all.offered, cForwarded: all.forwarded, cThrottled: all.throttled} {
			if got := sumCells(cellsOf(t, p, table, c)); got != number {
				t.Errorf("panel: %s of table %s is %d, and the story has %d", catalogue[c].id, table, got, number)
			}
		}
	}
}

type column2 = name

func TestOctober(t *testing.T) {
	s := tellOctober(t)
	m, _ := theMonth(t, s)
	p, _ := pageOf(t, m, "BRAVO")
	for _, row := range []struct {
		rule  string
		table string
		c     name
		check func(cells []cell) bool
	}{
		{"there were three episodes", "episodes", cEpisode, func(c []cell) bool { return len(c) == 3 && c[0].n == 1 && c[2].n == 3 }},
		{"BRAVO was throttled in the first two", "episodes", cThrottled, func(c []cell) bool { return c[0].n > 0 && c[1].n > 0 && c[2].n == 0 }},
		{"each has an advice where it was throttled", "episodes", cAdvice, func(c []cell) bool {
			return strings.HasPrefix(c[0].text, "Held back to a steady 27/s") && strings.Contains(c[1].text, "longest wait") && !c[2].set
		}},
		{"top-ups are named apart", "episodes", cTopUps, func(c []cell) bool { return sumCells(c) > 0 }},
		{"the peak is above what is allowed", "month", cPeak, func(c []cell) bool { return c[0].n > 13_500 }},
		{"allowed in burst / 2 is half the allocation", "month", cDepth, func(c []cell) bool { return c[0].n == 13_500 }},
		{"half of the refused reads came back and were forwarded", "followed", cLater, func(c []cell) bool { return sumCells(c) > 50 }},
		{"the rest was never seen again", "followed", cNever, func(c []cell) bool { return sumCells(c) > 20 }},
		{"nothing was refused within the allocation", "month", cBroken, func(c []cell) bool { return c[0].n == 0 }},
		{"all was judged", "month", cJudged, func(c []cell) bool { return uint64(c[0].n) == s.sent["BRAVO"].offered }},
		{"both User IDs have their Roles", "users", cRoles, func(c []cell) bool { return len(c) == 2 && c[0].text == "IS" && c[1].text == "GS" }},
		{"latency is known by Service, by number", "latency", cService, func(c []cell) bool { return len(c) == 3 && c[0].text == "2.2" && c[1].text == "4.6" }},
		{"31 days", "days", cDay, func(c []cell) bool { return len(c) == 31 }},
		{"targets stand in the own report", "refusals", cTarget, func(c []cell) bool { return len(c) == 100 && len(c[0].text) == 32 }},
	} {
		if cells := cellsOf(t, p, row.table, row.c); !row.check(cells) {
			t.Errorf("%s: %s of table %s is %v", row.rule, catalogue[row.c].id, row.table, cells)
		}
	}
	panel, _ := pageOf(t, m, "panel")
	for _, row := range []struct {
		rule  string
		table string
		c     name
		check func(cells []cell) bool
	}{
		{"the panel sees who began", "episodes", cTrigger, func(c []cell) bool { return c[0].text == "BRAVO" && c[2].text == "CHARLIE" }},
		{"two unavailable minutes", "service", cUnavailable, func(c []cell) bool { return c[0].n >= 1 && c[0].n <= 2 }},
		{"the threshold stands beside the peak", "days", cThreshold, func(c []cell) bool { return c[0].n == 90_000 }},
		{"and the capacity", "days", cCapacity, func(c []cell) bool { return c[0].n == 100_000 }},
		{"the policy is named with its digest", "policies", cDigest, func(c []cell) bool { return len(c) == 1 && c[0].text == s.policy.Digest }},
		{"acts by hand are listed", "acts", cWho, func(c []cell) bool { return len(c) == 1 && c[0].text == "olga" }},
		{"no shadow", "shadow", cShadow, func(c []cell) bool { return len(c) == 0 }},
		{"a trend over the month", "growth", cTrendDays, func(c []cell) bool { return c[0].n == 31 }},
		{"the clock", "clock", cOffset, func(c []cell) bool { return len(c) == 0 }},
		{"one start, in the month before", "starts", cAt, func(c []cell) bool { return len(c) == 0 }},
	} {
		if cells := cellsOf(t, panel, row.table, row.c); !row.check(cells) {
			t.Errorf("%s: %s of table %s is %v", row.rule, catalogue[row.c].id, row.table, cells)
		}
	}
}

func TestEdgesOfAMonth(t *testing.T) {
	for _, row := range []struct {
		rule string
		tell func(t *testing.T) *teller
		now  time.Time
		file string
		want []string
	}{
		{"a month without traffic has reports", func(t *testing.T) *teller {
			s := tell(t, october.Add(-time.Hour))
			s.obey(storyPolicy, storyPortfolio)
			s.now = october.AddDate(0, 1, 0).UnixNano()
			s.write(&journal.Clock{})
			return s
		}, inNovember, "DELTA", []string{"In October 2026 Delta Networks sent no Service Requests. Traffic management was not active.", "final"}},
		{"and the Panel's says so", func(t *testing.T) *teller {
			s := tell(t, october.Add(-time.Hour))
			s.obey(storyPolicy, storyPortfolio)
			s.now = october.AddDate(0, 1, 0).UnixNano()
			s.write(&journal.Clock{})
			return s
		}, inNovember, "panel", []string{"In October 2026 traffic management was not active.", "Requests refused within the allocation in force: 0"}},
		{"a single account", func(t *testing.T) *teller {
			s := tell(t, october)
			s.obey(storyPolicy, "account,name,user_id,role,portfolio\nSOLE,Sole,90-B3-D5-1F-30-01-00-00,IS,1\n")
			s.burst("SOLE", "4.8.1", 100, time.Hour)
			s.now = october.AddDate(0, 1, 0).UnixNano()
			s.write(&journal.Clock{})
			return s
		}, inNovember, "SOLE", []string{"In October 2026 Sole sent 100 Service Requests; 100 (100 %) were forwarded."}},
		{"a month that is not over is provisional", func(t *testing.T) *teller {
			s := tell(t, october)
			s.obey(storyPolicy, storyPortfolio)
			s.burst("DELTA", "4.8.1", 10, time.Hour)
			return s
		}, october.Add(48 * time.Hour), "DELTA", []string{"Provisional. October 2026 is not over: figures go as far as 1 Oct 00:54:00 UTC.", "provisional"}},
		{"a journal that ends early says so", func(t *testing.T) *teller {
			s := tell(t, october)
			s.obey(storyPolicy, storyPortfolio)
			s.burst("DELTA", "4.8.1", 10, time.Hour)
			return s
		}, inNovember, "DELTA", []string{"Records end at 1 Oct 00:54:00 UTC: nothing was recorded after it.", "final"}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			l := row.tell(t).fold()
			c, err := Config{Ledger: l, Out: t.TempDir(), Now: row.now}.withDefaults()
			if err != nil {
				t.Fatal(err)
			}
			m, err := gather(context.Background(), c, Period{2026, time.October})
			if err != nil {
				t.Fatal(err)
			}
			_, e := pageOf(t, m, row.file)
			text := string(render(t, m, e)[".html"])
			for _, want := range row.want {
				if !strings.Contains(text, want) {
					t.Errorf("the page does not say %q", want)
				}
			}
		})
	}
}

// TestWhoIsReportedTo follows a change of policy that takes an account away.
func TestWhoIsReportedTo(t *testing.T) {
	s := tell(t, october.AddDate(0, -2, 0))
	s.obey(storyPolicy, storyPortfolio+"GONE,Gone,90-B3-D5-1F-30-08-00-00,IS,100\n")
	s.wait(10 * 24 * time.Hour)
	s.obey(storyPolicy, storyPortfolio)
	s.wait(time.Duration(october.AddDate(0, 1, 0).UnixNano() - s.now))
	s.burst("CHARLIE", "2.2", 1, time.Second)
	m, _ := theMonth(t, s)
	var names []string
	for _, e := range m.editions(1) {
		names = append(names, strings.TrimPrefix(e.file, "2026-10-"))
	}
	if got := strings.Join(names, " "); got != "panel public ALPHA BRAVO CHARLIE DELTA ECHO FOXTROT public~1" {
		t.Errorf("there are editions %s", got)
	}
}

func TestWhatIsFollowedIsProvisional(t *testing.T) {
	s := tell(t, october.AddDate(0, 1, 0).Add(-time.Minute))
	s.obey(storyPolicy, storyPortfolio)
	s.burst("DELTA", "4.8.1", 200, time.Second)
	l := s.fold()
	for now, want := range map[time.Time]string{october.AddDate(0, 1, 0).Add(time.Hour): "24 hours, which are not over for", inNovember: ""} {
		c, err := Config{Ledger: l, Out: t.TempDir(), Now: now}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		m, err := gather(context.Background(), c, Period{2026, time.October})
		if err != nil {
			t.Fatal(err)
		}
		if why := m.provisional(); (why == "") != (want == "") || !strings.Contains(why, want) {
			t.Errorf("at %v: %q", now, why)
		}
	}
}

func TestALedgerBehindItsJournalIsProvisional(t *testing.T) {
	s := tell(t, october)
	s.obey(storyPolicy, storyPortfolio)
	l := s.fold()
	c, err := Config{Ledger: l, Out: t.TempDir(), Now: inNovember, JournalEnd: uint64(s.position) + 1}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	m, err := gather(context.Background(), c, Period{2026, time.October})
	if err != nil {
		t.Fatal(err)
	}
	if why := m.provisional(); !strings.Contains(why, "is in the ledger yet") {
		t.Errorf("it says %q", why)
	}
}
