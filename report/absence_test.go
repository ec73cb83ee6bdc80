package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"srtm/journal"
	"srtm/ledger"
)

func onDay(day, hour int) int64 {
	return october.AddDate(0, 0, day-1).UnixNano() + int64(time.Duration(hour)*time.Hour)
}

// until lets time pass without traffic.
func (s *teller) until(at int64) { s.wait(time.Duration(at - s.now)) }

// lose makes n decisions about an account's requests without recording them, over
// a time, and says so afterwards as a journal does.
func (s *teller) lose(account string, n int, over time.Duration) {
	from, first := s.now, s.position+1
	s.position += journal.Position(n)
	s.wait(over)
	s.write(&journal.Gap{Cause: "no space left on device", First: first, Last: s.position, Decisions: uint64(n), From: from, To: s.now})
	s.write(&journal.Lost{Own: s.own(account), Decisions: uint64(n), From: from, To: s.now})
}

// tellGaps tells a month of which much is missing: records begin on the 4th, for
// two days nothing could be kept, 7 decisions were lost in an overload, and the
// gateway stopped on the 20th and began again in November.
func tellGaps(t testing.TB) *teller {
	s := tell(t, time.Unix(0, onDay(4, 6)))
	s.obey(storyPolicy, storyPortfolio)
	s.until(onDay(5, 0))
	for _, account := range []string{"ALPHA", "BRAVO", "CHARLIE", "DELTA"} {
		s.burst(account, "4.8.1", 10, time.Second)
	}
	s.until(onDay(8, 12))
	s.lose("DELTA", 9, 60*time.Hour)
	s.until(onDay(12, 9))
	s.burst("BRAVO", "4.6.1", 250, 1500*time.Millisecond)
	s.lose("BRAVO", 7, 500*time.Millisecond)
	s.until(onDay(20, 12))
	s.write(&journal.Stop{Reason: "ordered"})
	s.now = onDay(34, 12)
	s.write(&journal.Start{Version: "test", Node: "one", Environment: "trial", Restart: true, Wall: s.now})
	return s
}

// What is missing stands in all editions, as figures too, and nobody is told of
// all.
func TestAMonthWithoutAllRecords(t *testing.T) {
	m, _ := theMonth(t, tellGaps(t))
	for file, want := range map[string][]string{
		"DELTA": {
			"In the recorded part of October 2026 Delta Networks sent 19 Service Requests. About 9 of them no decision could be recorded, and whether they were forwarded is not known; of the other 10, 10 (100 %) were forwarded.",
			"no request of which there is a record was throttled", "% of what is recorded", "Records begin at 4 Oct 06:00:00 UTC",
			"for 276 h of the month (20 Oct 12:00:00 to the month", "Thu 1 Oct to Sat 3 Oct: no records", "Wed 21 Oct to Sat 31 Oct: no records",
			"before the first record", "records could not be kept"},
		"ALPHA":  {"In the recorded part of October 2026", "sent 10 Service Requests; 10 (100 %) were forwarded.", "before the first record"},
		"panel":  {"In October 2026, as far as there are records, traffic management was active for at most", "Requests refused within the allocation in force: 0, as far as there are records, by", "Records could not be kept at 2 places of the month: 16 decisions were made that are in no figure here"},
		"public": {"Of parts of the month there are no records", "Requests refused within the allocation of their Service User, as far as there are records: 0.", "before the first record", "no gateway ran"},
	} {
		_, e := pageOf(t, m, file)
		text := string(render(t, m, e)[".html"])
		for _, want := range want {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q", file, want)
			}
		}
	}
	delta, _ := pageOf(t, m, "DELTA")
	panel, _ := pageOf(t, m, "panel")
	for _, row := range []struct {
		rule  string
		page  *page
		table string
		c     name
		want  string
	}{
		{"what a Service User lost is a figure of its month", delta, "month", cDecisions, "9"},
		{"and how long there are no records", delta, "month", cWithout, "1490400.000"}, // 78 h, 60 h and 276 h
		{"each part is listed", delta, "unrecorded", cLack, "before the first record,records could not be kept,no gateway ran"},
		{"with what was lost in it", delta, "unrecorded", cDecisions, ",9,"},
		{"from when it was", delta, "unrecorded", cFrom, "2026-10-01T00:00:00.000000000Z,2026-10-08T12:00:00.000000000Z,2026-10-20T12:00:00.000000000Z"},
		{"of a day without records nothing is known", delta, "days", cOffered, ",,,0,10,0,0,0,,,0,0,0,0,0,0,0,0,0,0,,,,,,,,,,,"},
		{"the Panel has all that was lost", panel, "month", cDecisions, "16"},
		{"by Service User", panel, "accounts", cDecisions, "0,7,0,9,0,0,0"},
		{"and for how long no gateway ran", panel, "service", cNotRunning, "993600.000"},
	} {
		var got []string
		for _, c := range cellsOf(t, row.page, row.table, row.c) {
			got = append(got, c.plain(catalogue[row.c].form))
		}
		if strings.Join(got, ",") != row.want {
			t.Errorf("%s: %s of table %s is %v, want %s", row.rule, catalogue[row.c].id, row.table, got, row.want)
		}
	}
}

// A gateway that stopped and never began again did not run to the month's end, and
// one that fell silent did not either, or could not write.
func TestAMonthThatEndsEarly(t *testing.T) {
	for why, stop := range map[lackOf]bool{notRunning: true, silent: false} {
		s := tell(t, october.Add(-time.Hour))
		s.obey(storyPolicy, storyPortfolio)
		s.until(onDay(15, 0))
		for _, account := range []string{"ALPHA", "BRAVO", "CHARLIE", "DELTA"} {
			s.burst(account, "4.8.1", 10, time.Second)
		}
		if stop {
			s.write(&journal.Stop{Reason: "ordered"})
		} else {
			s.write(&journal.Clock{})
		}
		m, _ := theMonth(t, s)
		panel, _ := pageOf(t, m, "panel")
		delta, e := pageOf(t, m, "DELTA")
		if c := cellsOf(t, panel, "service", cNotRunning)[0]; c.n != (17*86400-4)*1000 {
			t.Errorf("%s: it did not run for %d ms", why, c.n)
		}
		if c := cellsOf(t, delta, "unrecorded", cLack); len(c) != 1 || c[0].text != string(why) {
			t.Errorf("without records are %v, want %q", c, why)
		}
		if text := string(render(t, m, e)[".html"]); !strings.Contains(text, "Fri 16 Oct to Sat 31 Oct: no records") || !strings.Contains(text, "Thu 1 Oct to Wed 14 Oct: nothing") {
			t.Errorf("%s: the days do not say so", why)
		}
		public, _ := pageOf(t, m, "public")
		if c := cellsOf(t, public, "days", cAbout); len(c) != 31 || !c[0].set || c[14].n != 40 || c[15].set || c[30].set {
			t.Errorf("%s: the public days are %v", why, c)
		}
	}
}

// How an episode's length stands to what is recorded.
func TestHowSureAnEpisodeIs(t *testing.T) {
	for _, row := range []struct {
		rule string
		tell func(s *teller)
		want string
	}{
		{"all of it is recorded", func(s *teller) { s.until(onDay(2, 0)) }, ""},
		{"records after it are missing, and it is as it stands", func(s *teller) { s.until(onDay(2, 0)); s.lose("ALPHA", 3, time.Second) }, ""},
		{"decisions in it were lost, and it may have ended then", func(s *teller) { s.lose("ALPHA", 3, time.Second); s.burst("BRAVO", "4.8.1", 50, time.Second) }, "at most"},
		{"its beginning is missing", func(s *teller) { s.entries = slices.Delete(s.entries, len(s.entries)-300, len(s.entries)-10) }, "at least"},
	} {
		s := tell(t, october)
		s.obey(storyPolicy, storyPortfolio)
		s.burst("BRAVO", "4.6.1", 250, 1500*time.Millisecond)
		row.tell(s)
		s.until(onDay(33, 0))
		s.write(&journal.Clock{})
		m, _ := theMonth(t, s)
		if len(m.episodes) != 1 {
			t.Fatalf("%s: %d episodes", row.rule, len(m.episodes))
		}
		if got := m.bound(m.episodes[0]); got != row.want || m.bounds() != row.want {
			t.Errorf("%s: %q, and the month's %q, want %q", row.rule, got, m.bounds(), row.want)
		}
		for _, file := range []string{"BRAVO", "panel", "public"} {
			_, e := pageOf(t, m, file)
			files := render(t, m, e)
			text := string(files[".html"])
			want := row.want
			if file == "public" && want == "at least" { // nobody says at least less than a minute
				want = "perhaps"
			}
			for _, bound := range []string{"at most", "at least", "perhaps"} {
				if strings.Contains(text, "raffic management was active for "+bound) != (bound == want) {
					t.Errorf("%s: %s says otherwise of %q", row.rule, file, bound)
				}
				if strings.Contains(string(files[".csv"]), ","+bound) != (bound == want) {
					t.Errorf("%s: the CSV of %s says otherwise of %q", row.rule, file, bound)
				}
			}
		}
	}
}

// Only who asked for more than its allocation is named as over it: in an episode
// FOXTROT begins, CHARLIE sends what its bucket holds and what flows in beside,
// which is more in burst / 2 than the bucket's depth.
func TestWhoIsWithinIsNotCalledOver(t *testing.T) {
	s := tell(t, october)
	s.obey(storyPolicy, storyPortfolio)
	s.wait(time.Hour)
	s.burst("BRAVO", "4.6.1", 250, 1500*time.Millisecond)
	for range 4 { // 4.5 and what comes in 0.4 s, 3.6, are more than 4.5 in half a second
		s.send("CHARLIE", "2.2", 200)
	}
	for range 3 {
		s.wait(115 * time.Millisecond)
		s.send("CHARLIE", "2.2", 200)
	}
	s.until(onDay(33, 0))
	s.write(&journal.Clock{})
	m, _ := theMonth(t, s)
	var charlie ledger.EpisodeAccount
	for _, e := range m.episodeAccounts {
		if m.names[e.Account] == "CHARLIE" {
			charlie = e
		}
	}
	if charlie.Burst.Cost <= charlie.Depth || charlie.Spare.Requests+charlie.Throttled.Requests > 0 {
		t.Fatalf("CHARLIE's peak is %d of %d, %+v by spare capacity and %+v throttled: that is another story", charlie.Burst.Cost, charlie.Depth, charlie.Spare, charlie.Throttled)
	}
	panel, e := pageOf(t, m, "panel")
	if cells := cellsOf(t, panel, "over", cAccount); len(cells) != 1 || cells[0].text != "BRAVO" {
		t.Errorf("over their allocation are %v", cells)
	}
	text := string(render(t, m, e)[".html"])
	_, named, _ := strings.Cut(text, "Beyond their allocation: ")
	if named, _, _ = strings.Cut(named, "</p>"); !strings.HasPrefix(named, "BRAVO (") || strings.Contains(named, "CHARLIE") {
		t.Errorf("the card says %q", named)
	}
}

// A sheet of the workbook has what the CSV has, so that adding it up is safe; the
// sums have a sheet of their own.
func TestSumsStandApart(t *testing.T) {
	m, _ := theMonth(t, tellOctober(t))
	p, e := pageOf(t, m, "panel")
	f, err := excelize.OpenReader(bytes.NewReader(render(t, m, e)[".xlsx"]))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	found := map[string]string{}
	rows, err := f.GetRows("sums", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		found[row[0]+" "+row[1]] = row[len(row)-1]
	}
	for _, table := range p.tables() {
		rows, err := f.GetRows(table.id)
		if err != nil || len(rows) != len(table.summands())+1 {
			t.Errorf("sheet %s has %d rows, and the table %d (%v)", table.id, len(rows), len(table.summands()), err)
		}
	}
	want := fmt.Sprint(sumCells(cellsOf(t, p, "accounts", cOffered)))
	if got := found["accounts offered"]; got != want || found["days offered"] != want {
		t.Errorf("the sums of offered are %s and %s, and the table's %s", got, found["days offered"], want)
	}
}
