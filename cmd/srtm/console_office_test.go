package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"srtm/access"
)

// Refused attempts are recorded up to a number in a minute; those beyond it are
// told with the next event that is.
func TestRefusedAttemptsDoNotFillTheJournal(t *testing.T) {
	var a accessRecorder
	kept := 0
	for range mostRefused + 7 {
		if _, keep := a.counted(access.Event{Kind: access.SignInRefused, Why: "the password is wrong"}, 1); keep {
			kept++
		}
	}
	if kept != mostRefused {
		t.Errorf("%d are kept in a minute", kept)
	}
	if why, keep := a.counted(access.Event{Kind: access.SignedIn}, 1); !keep || why != " (7 attempts that were refused before are not recorded one by one)" {
		t.Errorf("%v %q", keep, why)
	}
	if why, keep := a.counted(access.Event{Kind: access.SignInRefused, Why: "no"}, 2); !keep || why != "no" {
		t.Errorf("the next minute: %v %q", keep, why)
	}
}

func TestHowMuchTheJournalGrows(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	for sentence, row := range map[string]struct {
		ages []time.Duration // of files of 1000 octets
		ran  time.Duration
		want uint64
	}{
		"nothing is known in the first minute":               {[]time.Duration{0}, 30 * time.Second, 0},
		"of a young journal what a day would give":           {[]time.Duration{time.Hour, 0}, 6 * time.Hour, 8000},
		"of an old one what was written in the last day":     {[]time.Duration{48 * time.Hour, 5 * time.Hour, 0}, time.Hour, 2000},
		"of a long run what was written in the last day":     {[]time.Duration{5 * time.Hour, 0}, 72 * time.Hour, 2000},
		"where there is no journal, nothing":                 {nil, time.Hour, 0},
		"of an old one that nothing was written to, nothing": {[]time.Duration{48 * time.Hour}, time.Hour, 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			dir := t.TempDir()
			for i, age := range row.ages {
				file := filepath.Join(dir, string(rune('a'+i)))
				if err := os.WriteFile(file, make([]byte, 1000), 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Chtimes(file, now, now.Add(-age)); err != nil {
					t.Fatal(err)
				}
			}
			if got := grownIn(dir, now, now.Add(-row.ran)); got != row.want {
				t.Errorf("%d, want %d", got, row.want)
			}
		})
	}
}
