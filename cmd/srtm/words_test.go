package main

import (
	"bytes"
	"strings"
	"testing"

	"srtm/journal"
)

func TestAVerificationIsSaidInWholeSentences(t *testing.T) {
	for _, row := range []struct {
		rule  string
		found journal.Verification
		want  []string
	}{
		{"before the first head", journal.Verification{Segments: 1, Records: 3, First: 1, Last: 3, Unproved: 1, Tail: 1},
			[]string{"3, positions 1 to 3, in 1 segment\n", "heads      none yet: 1 record that nothing signed proves\n", "tail       1 octet that", "as it was written."}},
		{"with a problem", journal.Verification{Segments: 2, Heads: 1, Signers: []string{"K"}, Unproved: 1, Problems: []*journal.Problem{{What: "torn"}}},
			[]string{"in 2 segments\n", "heads      1 signed by K; 1 record after the last\n", "The journal FAILS: 1 problem.\n"}},
		{"with more", journal.Verification{Problems: []*journal.Problem{{}, {}}, Gaps: []journal.Gap{{First: 2, Last: 4, Decisions: 1, Outcomes: 2, Cause: "full"}}},
			[]string{"gap        positions 2 to 4: 1 decision and 2 outcomes could not be kept: full\n", "The journal FAILS: 2 problems.\n"}},
		{"with a head of what is no longer kept", journal.Verification{Earlier: []journal.HeadClaims{{Position: 7, At: 0}}},
			[]string{"earlier    the head given of position 7, of 1970-01-01T00:00:00Z, is of a time that is no longer kept"}},
	} {
		var b bytes.Buffer
		if err := (&journalVerifyCmd{}).report(&b, &row.found); err != nil {
			t.Fatal(err)
		}
		for _, want := range row.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: %q is not in\n%s", row.rule, want, b.String())
			}
		}
	}
}
