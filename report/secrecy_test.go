package report

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// contents returns all text of an edition's files, the sheets' unpacked.
func contents(t *testing.T, m *month, e edition) string {
	t.Helper()
	files := render(t, m, e)
	var all strings.Builder
	all.Write(files[".html"])
	all.Write(files[".csv"])
	z, err := zip.NewReader(bytes.NewReader(files[".xlsx"]), int64(len(files[".xlsx"])))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	return all.String()
}

// secrets are what names an account in the story.
var secrets = map[string][]string{
	"ALPHA":   {"ALPHA", "Alpha", "90-B3-D5-1F-30-01-00-00", "36/s"},
	"BRAVO":   {"BRAVO", "Bravo", "90-B3-D5-1F-30-02-00-00", "90-B3-D5-1F-30-02-00-01", "27/s"},
	"CHARLIE": {"CHARLIE", "Charlie", "90-B3-D5-1F-30-03-00-00"},
	"DELTA":   {"DELTA", "Delta Networks", "90-B3-D5-1F-30-04-00-00"},
	"public":  {"Public Power", "90-B3-D5-1F-30-05-00-00"},
}

func TestNobodyReadsOfOthers(t *testing.T) {
	m, _ := theMonth(t, tellOctober(t))
	for _, e := range m.editions(1) {
		if e.kind == "panel" {
			continue
		}
		text := contents(t, m, e)
		for account, words := range secrets {
			for _, word := range words {
				if own := e.account == account; !own && strings.Contains(text, word) {
					t.Errorf("%s has %q of %s", e.file, word, account)
				} else if own && word != "36/s" && word != "27/s" && !strings.Contains(text, word) {
					t.Errorf("%s lacks its own %q", e.file, word)
				}
			}
		}
		if e.kind == "public" && (strings.Contains(text, "90-B3-D5") || strings.Contains(text, m.policies[0].Digest)) {
			t.Error("the public edition has a User ID or a digest")
		}
	}
}

// TestThePublicEditionIsCoarse allows no number in it that is not rounded to two
// digits, a time, a number of the policy, or a count of episodes, days or
// minutes.
func TestThePublicEditionIsCoarse(t *testing.T) {
	m, _ := theMonth(t, tellOctober(t))
	p, _ := pageOf(t, m, "public")
	free := map[name]bool{cDay: true, cEpisode: true, cEpisodes: true, cActiveDays: true, cFromMinute: true, cToMinute: true, cUnavailable: true, cBroken: true,
		cCapacity: true, cThreshold: true}
	for _, table := range p.tables() {
		for _, row := range table.rows {
			for i, c := range row {
				column := table.columns[i]
				if catalogue[column].form == formMoment && c.n%int64(time.Minute) != 0 {
					t.Errorf("%s of table %s is not to the minute: %d", catalogue[column].id, table.id, c.n)
				}
				if c.set && catalogue[column].form != formText && !free[column] && c.n != significant(c.n) {
					t.Errorf("%s of table %s is %d", catalogue[column].id, table.id, c.n)
				}
			}
		}
	}
}

// TestFewSeeNothingOfEachOther tells a month of two Service Users: whatever the
// system did, less one's own, would be the other's.
func TestFewSeeNothingOfEachOther(t *testing.T) {
	s := tell(t, october)
	s.obey(storyPolicy, "account,name,user_id,role,portfolio\nALPHA,,90-B3-D5-1F-30-01-00-00,IS,1\nBRAVO,,90-B3-D5-1F-30-02-00-00,IS,1\n")
	s.burst("ALPHA", "4.8.1", 777, 10*time.Hour)
	s.burst("BRAVO", "4.6.1", 300, 2*time.Second)
	s.wait(time.Hour)
	m, _ := theMonth(t, s)
	for _, file := range []string{"ALPHA", "public"} {
		p, e := pageOf(t, m, file)
		for _, c := range []name{cAbout, cAboutForwarded} {
			if cells := cellsOf(t, p, "system", c); cells[0].set {
				t.Errorf("%s: %s is shown: %v", file, catalogue[c].id, cells[0].n)
			}
		}
		if c := cellsOf(t, p, "system", cThrottledBand)[0].text; c != "some; not shown" {
			t.Errorf("%s says %q", file, c)
		}
		text := contents(t, m, e)
		for _, number := range []uint64{s.sent["BRAVO"].offered, s.sent["BRAVO"].forwarded, s.sent["BRAVO"].throttled, s.sent["BRAVO"].offered + s.sent["ALPHA"].offered} {
			for _, written := range []string{fmt.Sprint(number), grouped(int64(number))} {
				if strings.Contains(text, ">"+written+"<") || strings.Contains(text, ","+written+",") {
					t.Errorf("%s has %s", file, written)
				}
			}
		}
	}
}

func TestNothingIsTakenForMarkupOrFormula(t *testing.T) {
	m, _ := theMonth(t, tellOctober(t))
	for _, e := range m.editions(1) {
		files := render(t, m, e)
		if bytes.Contains(files[".html"], []byte("<script")) {
			t.Errorf("%s has a script", e.file)
		}
		for _, rows := range readCSV(t, files[".csv"]) {
			for _, row := range rows.rows {
				for id, value := range row {
					if strings.ContainsAny(value[:1], "=+@\t\r") || value[0] == '-' && (len(value) < 2 || value[1] < '0' || value[1] > '9') {
						t.Errorf("%s: %s is %q", e.file, id, value)
					}
				}
			}
		}
	}
}
