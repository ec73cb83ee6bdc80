package notice_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/notice"
)

var start = time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)

// story plays seconds; each step changes the sample and lasts.
type step struct {
	seconds int
	change  func(*notice.Sample)
}

func at(second int) notice.Sample {
	return notice.Sample{At: start.Add(time.Duration(second) * time.Second), Offered: 900, Threshold: 1800, Capacity: 2000}
}

func offers(rate float64) func(*notice.Sample) {
	return func(s *notice.Sample) { s.Offered = rate }
}

// active is traffic management with ALPHA at a rate of its allocation of 500/s.
func active(alpha float64) func(*notice.Sample) {
	return func(s *notice.Sample) {
		s.Active, s.Offered = true, 2400
		s.Accounts = []notice.AccountSample{{Account: "BRAVO", Offered: 10, Allocation: 500}, {Account: "ALPHA", Offered: alpha, Allocation: 500}, {Account: "NONE", Offered: 10}}
	}
}

func calm(alpha float64) func(*notice.Sample) {
	return func(s *notice.Sample) { active(alpha)(s); s.Active, s.Offered = false, 900 }
}

// told writes events as the table does: "second kind account".
func told(w *notice.Watch, steps []step) (string, []notice.Event) {
	var lines []string
	var all []notice.Event
	second := 0
	for _, st := range steps {
		for range st.seconds {
			s := at(second)
			if st.change != nil {
				st.change(&s)
			}
			for _, e := range w.See(s) {
				lines = append(lines, strings.TrimSpace(fmt.Sprintf("%d %s %s", second, e.Kind, e.Account)))
				all = append(all, e)
			}
			second++
		}
	}
	return strings.Join(lines, ", "), all
}

func TestWatch(t *testing.T) {
	for _, row := range []struct {
		rule  string
		began notice.Kind
		steps []step
		want  string
	}{
		{"quiet traffic is nothing", "", []step{{600, nil}}, ""},
		{"90 % of the threshold over 10 s approaches, once", "", []step{{10, nil}, {600, offers(1620)}}, "19 approaching"},
		{"89 % does not", "", []step{{600, offers(1602)}}, ""},
		{"nothing is said of less than ten samples", "", []step{{8, offers(1700)}, {30, nil}}, ""},
		{"again only after a minute below 80 %", "", []step{{20, offers(1700)}, {50, nil}, {20, offers(1700)}, {80, nil}, {20, offers(1700)}}, "9 approaching, 178 approaching"},
		{"at 85 % for however long is no end of it", "", []step{{20, offers(1700)}, {600, offers(1530)}, {20, offers(1700)}}, "9 approaching"},
		{"active is told at once, and its end", "", []step{{5, nil}, {30, active(10)}, {5, nil}}, "5 active, 35 released"},
		{"what was active is not told again as approaching while it ends", "", []step{{5, nil}, {30, active(10)}, {60, offers(1700)}}, "5 active, 35 released"},
		{"a restart while active tells nothing anew", notice.Active, []step{{5, active(10)}}, ""},
		{"a restart after active tells the end", notice.Active, []step{{5, nil}}, "0 released"},
		{"a restart while released tells nothing", notice.Released, []step{{5, nil}}, ""},
		{"another capacity is told", "", []step{{5, nil}, {5, func(s *notice.Sample) { s.Capacity = 1200 }}, {5, nil}}, "5 capacity, 10 capacity"},
		{"closed and open again are told", "", []step{{5, nil}, {5, func(s *notice.Sample) { s.Closed = true }}, {5, nil}}, "5 capacity, 10 capacity"},
		{"an account near its allocation is told while active", "", []step{{5, nil}, {30, active(460)}}, "5 active, 14 approaching ALPHA"},
		{"and only then", "", []step{{60, calm(460)}}, ""},
		{"one that was near before is told when it matters", "", []step{{60, calm(460)}, {5, active(460)}}, "60 active, 60 approaching ALPHA"},
		{"an account hears it once until it was below 80 % for a minute", "", []step{{30, active(460)}, {50, active(100)}, {30, active(460)}, {80, active(100)}, {30, active(460)}}, "0 active, 9 approaching ALPHA, 199 approaching ALPHA"},
	} {
		got, events := told(notice.NewWatch(row.began), row.steps)
		if got != row.want {
			t.Errorf("%s: got %q, want %q", row.rule, got, row.want)
		}
		for _, e := range events {
			if e.Sentence == "" || !json.Valid(e.Numbers) || e.At.Location() != time.UTC {
				t.Errorf("%s: %+v", row.rule, e)
			}
		}
	}
}

func TestWatchSays(t *testing.T) {
	_, events := told(notice.NewWatch(""), []step{{10, offers(1650)}, {600, active(460)}, {5, func(s *notice.Sample) { s.Capacity, s.Threshold = 1200, 1080 }}})
	var sentences []string
	for _, e := range events {
		sentences = append(sentences, e.Sentence)
	}
	want := []string{
		"Traffic nears the operating threshold: 1,650/s offered over the last 10 s, 92 % of 1,800/s. Nothing is refused yet.",
		"Traffic management is active since 02:00:10 UTC: 2,400/s offered, with an operating threshold of 1,800/s.",
		"ALPHA offered 460/s over the last 10 s, 92 % of its allocation of 500/s, and traffic management is active.",
		"The maximum capacity went from 2,000/s to 1,200/s at 02:10:10 UTC; the operating threshold is 1,080/s now.",
		"Traffic management is no longer active since 02:10:10 UTC, after 10m0s: 900/s offered, with an operating threshold of 1,080/s.",
	}
	if !slices.Equal(sentences, want) {
		t.Errorf("%s", strings.Join(sentences, "\n"))
	}
}

// TestWatchKeepsSecrets: what goes to all says nothing of an account, and what goes
// to one nothing of another.
func TestWatchKeepsSecrets(t *testing.T) {
	_, events := told(notice.NewWatch(""), []step{{20, active(460)}, {20, calm(460)}})
	for _, e := range events {
		text := e.Sentence + string(e.Numbers)
		if strings.Contains(text, "BRAVO") || e.Account == "" && strings.Contains(text, "ALPHA") {
			t.Errorf("%+v", e)
		}
	}
}

// TestWatchIsCalm: whatever the samples, active and released take turns, and
// approaching of one account comes at most once a minute.
func TestWatchIsCalm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := notice.NewWatch("")
		last, near := notice.Released, map[string]time.Time{}
		when := start
		rates := rapid.SampledFrom([]float64{0, 400, 460, 500, 1500, 1620, 1800, 9000})
		for range rapid.IntRange(1, 300).Draw(t, "samples") {
			when = when.Add(rapid.SampledFrom([]time.Duration{time.Second, time.Second, time.Second, time.Minute, 0}).Draw(t, "later"))
			s := notice.Sample{At: when, Offered: rates.Draw(t, "offered"), Threshold: rates.Draw(t, "T"), Capacity: 2000, Active: rapid.Bool().Draw(t, "active"), Closed: rapid.Bool().Draw(t, "closed")}
			s.Accounts = []notice.AccountSample{{Account: "ALPHA", Offered: rates.Draw(t, "alpha"), Allocation: 500}}
			for _, e := range w.See(s) {
				switch e.Kind {
				case notice.Active, notice.Released:
					if e.Kind == last {
						t.Fatalf("%s twice in a row", e.Kind)
					}
					last = e.Kind
				case notice.Approaching:
					if before, ok := near[e.Account]; ok && when.Sub(before) < time.Minute {
						t.Fatalf("approaching %q at %v and %v", e.Account, before, when)
					}
					near[e.Account] = when
				}
			}
		}
	})
}
