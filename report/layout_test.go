package report

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestShownFiguresLookRounded(t *testing.T) {
	for _, row := range []struct{ rule, got, want string }{
		{"a share has one decimal", tenthShare(94_772), "94.8"},
		{"a whole share has it too", tenthShare(50_000), "50.0"},
		{"all is 100", tenthShare(100_000), "100.0"},
		{"what is not all never reads 100", tenthShare(99_985), "> 99.9"},
		{"nothing is 0", tenthShare(0), "0.0"},
		{"what is not nothing never reads 0", tenthShare(1), "< 0.1"},
		{"a ratio may be more than all", tenthShare(1_022_222), "1,022.2"},
		{"a change may be negative", tenthShare(-12_345), "−12.3"},
		{"also a small one", tenthShare(-12), "−0.012"},
		{"a sentence has one decimal", shortShare(1696, 1970), "86.1"},
		{"or none", shortShare(1, 2), "50"},
		{"or as many as tell it from 100", shortShare(41_197_902, 41_204_118), "99.985"},
		{"two where two are enough", shortShare(9_944, 10_000), "99.44"},
		{"all is 100 in a sentence", shortShare(7, 7), "100"},
		{"from an hour on whole minutes", roughly(72*time.Minute + 29*time.Second), "1 h 12 min"},
		{"from a second on tenths", roughly(14_758_750_184), "14.8 s"},
		{"below milliseconds", roughly(59_400_000), "0.059 s"},
		{"the public has whole minutes", inMinutes(3*time.Minute + 20*time.Second), "about 3 min"},
		{"that look rounded", inMinutes(14 * time.Second), "less than a minute"},
		{"also whole hours", inMinutes(2 * time.Hour), "about 2 h"},
		{"and nothing is nothing", inMinutes(0), "not at all"},
	} {
		if row.got != row.want {
			t.Errorf("%s: %q, want %q", row.rule, row.got, row.want)
		}
	}
}

func TestQuietDaysAreOneLine(t *testing.T) {
	s := tell(t, october)
	s.obey(storyPolicy, storyPortfolio)
	s.wait(22*24*time.Hour + 8*time.Hour)
	s.burst("DELTA", "4.8.1", 5, time.Second)
	s.wait(time.Duration(october.AddDate(0, 1, 0).UnixNano() - s.now))
	s.burst("DELTA", "4.8.1", 1, time.Second)
	m, _ := theMonth(t, s)
	_, e := pageOf(t, m, "DELTA")
	files := render(t, m, e)
	for _, want := range []string{">Thu 1 Oct to Thu 22 Oct: nothing<", ">Sat 24 Oct to Sat 31 Oct: nothing<"} {
		if !strings.Contains(string(files[".html"]), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if n := len(readCSV(t, files[".csv"])["days"].rows); n != 31 {
		t.Errorf("the CSV has %d days", n)
	}
}

// TestTheLongestEpisodesHaveCards tells more episodes than a page shows.
func TestTheLongestEpisodesHaveCards(t *testing.T) {
	s := tell(t, october)
	s.obey(storyPolicy, storyPortfolio)
	const many = mostCards + 3
	for i := range many {
		s.burst("BRAVO", "4.6.1", 250+10*(i%7), 1500*time.Millisecond)
		s.wait(time.Hour)
	}
	s.wait(time.Duration(october.AddDate(0, 1, 0).UnixNano() - s.now))
	s.burst("DELTA", "4.8.1", 1, time.Second)
	m, _ := theMonth(t, s)
	for _, row := range []struct {
		file, says string
		cards      int
	}{
		{"BRAVO", "Of the episodes in which you were refused the 12 longest follow one by one.", mostCards},
		{"DELTA", "No prepayment top-up (2.2 Top Up Device) was throttled.", 0},
		{"panel", fmt.Sprintf("The 12 longest of %d episodes follow one by one", many), mostCards},
	} {
		p, e := pageOf(t, m, row.file)
		text := string(render(t, m, e)[".html"])
		if !strings.Contains(text, row.says) {
			t.Errorf("%s does not say %q", row.file, row.says)
		}
		if n := strings.Count(text, `<article class="card"`); n != row.cards {
			t.Errorf("%s has %d cards, want %d", row.file, n, row.cards)
		}
		if n := strings.Count(text, `second by second</title>`); n != 2*row.cards {
			t.Errorf("%s has %d plots of episodes, each for a page and for a telephone", row.file, n)
		}
		if rows := cellsOf(t, p, "episodes", cEpisode); len(rows) != many {
			t.Errorf("%s lists %d episodes", row.file, len(rows))
		}
	}
	shown := map[int]bool{}
	for _, place := range m.carded(always) {
		shown[place] = true
	}
	for i, e := range m.episodes {
		for j, other := range m.episodes {
			if shown[i] && !shown[j] && e.Ended-e.Started < other.Ended-other.Started {
				t.Errorf("episode %d is shown and the longer one %d is not", i+1, j+1)
			}
		}
	}
}

// TestThrottledWhileImpairedIsCountedForEach has the DSP fail in the minute in
// which BRAVO is refused, and not in the one in which CHARLIE is.
func TestThrottledWhileImpairedIsCountedForEach(t *testing.T) {
	s := tell(t, october)
	s.obey(storyPolicy, storyPortfolio)
	s.wait(8 * time.Hour)
	s.send("ALPHA", "4.8.1", 503)
	refused := len(s.burst("BRAVO", "4.6.1", 250, 1500*time.Millisecond))
	s.wait(time.Hour)
	s.burst("CHARLIE", "4.6.1", 250, 1500*time.Millisecond)
	s.wait(time.Duration(october.AddDate(0, 1, 0).UnixNano() - s.now))
	s.burst("DELTA", "4.8.1", 1, time.Second)
	m, _ := theMonth(t, s)
	panel, _ := pageOf(t, m, "panel")
	accounts, impaired := cellsOf(t, panel, "accounts", cAccount), cellsOf(t, panel, "accounts", cImpaired)
	for i, a := range accounts {
		want := 0
		if a.text == "BRAVO" {
			want = refused
		}
		if int(impaired[i].n) != want || want == 0 && a.text == "BRAVO" {
			t.Errorf("of %s %d were throttled while impaired, want %d", a.text, impaired[i].n, want)
		}
	}
	if all := cellsOf(t, panel, "service", cImpaired)[0]; int(all.n) != refused {
		t.Errorf("in all %d, want %d", all.n, refused)
	}
	own, _ := pageOf(t, m, "BRAVO")
	if n := cellsOf(t, own, "month", cImpaired)[0]; int(n.n) != refused {
		t.Errorf("its own report has %d, want %d", n.n, refused)
	}
}

// TestACardHasItsOwnEpisodesRows looks at what cards list beside their figures.
func TestACardHasItsOwnEpisodesRows(t *testing.T) {
	m, _ := theMonth(t, tellOctober(t))
	p, _ := pageOf(t, m, "BRAVO")
	cards := 0
	for _, s := range p.sections {
		for _, c := range s.cards {
			cards++
			episode := c.table.rows[c.row][0].n
			if want := fmt.Sprintf("Episode %d", episode); c.title != want {
				t.Errorf("the card of episode %d is called %s", episode, c.title)
			}
			for i, row := range c.lines.rows {
				if listed := i >= c.first && i < c.last; listed != (row[0].n == episode) {
					t.Errorf("row %d, of episode %d, is listed with episode %d: %t", i, row[0].n, episode, listed)
				}
			}
		}
	}
	if cards != 2 {
		t.Errorf("there are %d cards; BRAVO was refused in two episodes", cards)
	}
}

// TestGrowthIsDrawnOverItsMonths has a plot of its own where the trend goes back
// beyond the month.
func TestGrowthIsDrawnOverItsMonths(t *testing.T) {
	s := tell(t, october.AddDate(0, -1, 0))
	s.obey(storyPolicy, storyPortfolio)
	for range 61 {
		s.burst("DELTA", "4.8.1", 4, time.Second)
		s.wait(24*time.Hour - time.Second)
	}
	m, _ := theMonth(t, s)
	figures := m.panelGrowth().figures
	if len(figures) != 1 || figures[0].title != "System peak by day, September 2026 to October 2026" {
		t.Errorf("the figures of growth are %+v", figures)
	}
}
