package alarm_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"srtm/alarm"
)

var start = time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)

// quiet is a gateway with which all is well, at a second after the start.
func quiet(second int) alarm.Sample {
	return alarm.Sample{
		At: start.Add(time.Duration(second) * time.Second), Answers: 90_000, Errors: 10, Timeouts: 5, P99: 200 * time.Millisecond,
		Forwarded: 1500, Threshold: 1800, Capacity: 2000, ConnectionsInUse: 300, ConnectionsLimit: 4096,
		ActiveThisMonth: time.Hour, Exceptional: 10 * time.Hour, DiskFree: 400 << 30, DiskKnown: true, DayNeeds: 20 << 30,
		ClockOffset: time.Millisecond, LedgerLag: time.Second,
		Certificates: []alarm.CertificateSample{{Name: "door", NotAfter: start.AddDate(1, 0, 0)}},
	}
}

// play gives a Board seconds of samples that change makes of quiet ones.
func play(b *alarm.Board, from, to int, change func(*alarm.Sample)) (last []alarm.Alarm) {
	for second := from; second < to; second++ {
		s := quiet(second)
		if change != nil {
			change(&s)
		}
		last = b.See(s)
	}
	return last
}

// says writes alarms as the tables below do.
func says(list []alarm.Alarm) string {
	var all []string
	for _, a := range list {
		all = append(all, fmt.Sprintf("%s %s", a.Severity, a.Kind))
	}
	return strings.Join(all, ", ")
}

func TestRules(t *testing.T) {
	const learned = 31 * 60 // seconds, until the usual latency is known
	rows := []struct {
		rule   string
		for_   int // seconds
		change func(*alarm.Sample)
		want   string
	}{
		{"where all is well nothing stands", 3600, nil, ""},
		{"1 % of a minute's answers failed for 10 s: look", 11, func(s *alarm.Sample) { s.Errors = 900 }, "look dsp-errors"},
		{"timeouts count as well as errors", 11, func(s *alarm.Sample) { s.Errors, s.Timeouts = 450, 450 }, "look dsp-errors"},
		{"less than 1 % is no alarm", 60, func(s *alarm.Sample) { s.Errors, s.Timeouts = 400, 400 }, ""},
		{"5 %: act", 11, func(s *alarm.Sample) { s.Errors = 4500 }, "act dsp-errors"},
		{"for less than 10 s is no alarm", 9, func(s *alarm.Sample) { s.Errors = 4500 }, ""},
		{"below 100 answers in a minute a share means nothing", 60, func(s *alarm.Sample) { s.Answers, s.Errors = 99, 50 }, ""},
		{"p99 twice the usual for a minute: look", 61, func(s *alarm.Sample) { s.P99 = 400 * time.Millisecond }, "look dsp-slow"},
		{"p99 below twice the usual is no alarm", 61, func(s *alarm.Sample) { s.P99 = 390 * time.Millisecond }, ""},
		{"p99 four times the usual: act", 61, func(s *alarm.Sample) { s.P99 = 800 * time.Millisecond }, "act dsp-slow"},
		{"p99 of too few answers is no alarm", 61, func(s *alarm.Sample) { s.P99 = 0 }, ""},
		{"80 % of the connections in use for 10 s: look", 11, func(s *alarm.Sample) { s.ConnectionsInUse = 3277 }, "look dsp-connections"},
		{"95 % of them: act", 11, func(s *alarm.Sample) { s.ConnectionsInUse = 3892 }, "act dsp-connections"},
		{"80 % of the exceptional hours: look", 1, func(s *alarm.Sample) { s.ActiveThisMonth = 8 * time.Hour }, "look exceptional"},
		{"all exceptional hours: act", 1, func(s *alarm.Sample) { s.ActiveThisMonth = 10 * time.Hour }, "act exceptional"},
		{"a policy without exceptional hours has no such alarm", 1, func(s *alarm.Sample) { s.ActiveThisMonth, s.Exceptional = 700*time.Hour, 0 }, ""},
		{"the journal fails: act at once", 1, func(s *alarm.Sample) { s.JournalFailing = true }, "act journal"},
		{"decisions became unrecorded: act at once", 1, func(s *alarm.Sample) { s.Unrecorded = 12 }, "act journal"},
		{"the disk lasts three days: look", 1, func(s *alarm.Sample) { s.DiskFree = 60 << 30 }, "look disk"},
		{"the disk lasts a day: act", 1, func(s *alarm.Sample) { s.DiskFree = 20 << 30 }, "act disk"},
		{"the disk is below 1 GiB and a day's need unknown: act", 1, func(s *alarm.Sample) { s.DiskFree, s.DayNeeds = 1<<30-1, 0 }, "act disk"},
		{"a disk that nobody asked about is no alarm", 1, func(s *alarm.Sample) { s.DiskFree, s.DiskKnown = 0, false }, ""},
		{"the clock is a second ahead for a minute: look", 61, func(s *alarm.Sample) { s.ClockOffset = time.Second }, "look clock"},
		{"the clock is ten seconds behind: act", 61, func(s *alarm.Sample) { s.ClockOffset = -10 * time.Second }, "act clock"},
		{"the ledger is a minute behind for a minute: look", 61, func(s *alarm.Sample) { s.LedgerLag = time.Minute }, "look ledger"},
		{"the ledger is 15 minutes behind: act", 61, func(s *alarm.Sample) { s.LedgerLag = 15 * time.Minute }, "act ledger"},
		{"an unlisted originator sent: look", 1, func(s *alarm.Sample) { s.Unlisted = 1 }, "look unlisted"},
		{"notices cannot be kept: act", 1, func(s *alarm.Sample) { s.NoticesFailing = true }, "act notices"},
		{"a notice could not be kept: act", 1, func(s *alarm.Sample) { s.NoticesLost = 1 }, "act notices"},
		{"a notice waits for a quarter of an hour: look", 1, func(s *alarm.Sample) { s.NoticesWait = 15 * time.Minute }, "look notices"},
		{"a notice waits for two hours: act", 1, func(s *alarm.Sample) { s.NoticesWait = 2 * time.Hour }, "act notices"},
		{"what is to be acted on comes first", 11, func(s *alarm.Sample) { s.Errors, s.LedgerLag, s.Unlisted = 4500, time.Second, 3 }, "act dsp-errors, look unlisted"},
	}
	for _, row := range rows {
		b := alarm.New()
		if got := says(play(b, 0, learned, nil)); got != "" {
			t.Fatalf("quiet: %s", got)
		}
		got := play(b, learned, learned+row.for_, row.change)
		if says(got) != row.want {
			t.Errorf("%s: got %q, want %q", row.rule, says(got), row.want)
		}
		for _, a := range got {
			if a.Sentence == "" || a.Proposal == "" || a.Since.IsZero() || strings.Contains(a.Sentence+a.Proposal, "NaN") {
				t.Errorf("%s: %+v", row.rule, a)
			}
		}
	}
}

func TestCertificates(t *testing.T) {
	for _, row := range []struct {
		rule string
		left time.Duration
		want string
	}{
		{"in more than 30 days: nothing", 30*24*time.Hour + time.Second, ""},
		{"in 30 days: look", 30 * 24 * time.Hour, "look certificate"},
		{"in 7 days: act", 7 * 24 * time.Hour, "act certificate"},
		{"expired: act", -time.Hour, "act certificate"},
	} {
		got := play(alarm.New(), 0, 1, func(s *alarm.Sample) { s.Certificates[0].NotAfter = s.At.Add(row.left) })
		if says(got) != row.want || row.want != "" && got[0].Subject != "door" {
			t.Errorf("%s: %v", row.rule, got)
		}
	}
	b := alarm.New()
	expired := func(s *alarm.Sample) {
		s.Certificates = append(s.Certificates, alarm.CertificateSample{Name: "DSP client", NotAfter: start}, alarm.CertificateSample{Name: "admin", NotAfter: start})
	}
	if got := play(b, 0, 2, expired); len(got) != 2 || got[0].Subject != "DSP client" || got[1].Subject != "admin" {
		t.Errorf("each certificate has an alarm of its own: %v", got)
	}
	if got := play(b, 2, 70, nil); len(got) != 0 {
		t.Errorf("certificates that are gone stay alarming: %v", got)
	}
}

// TestProposals shows what is proposed about an ill DSP, computed from the numbers.
func TestProposals(t *testing.T) {
	for _, row := range []struct {
		rule, want string
		change     func(*alarm.Sample)
	}{
		{"below T: lower the capacity by a tenth, rounded down to two digits", "srtm act capacity 1800/s --for 1h --reason \"DSP errors 1.5 %\"",
			func(s *alarm.Sample) { s.Forwarded, s.Errors, s.Timeouts = 1790, 1350, 0 }},
		{"below T: to what went well, if that is less", "srtm act capacity 1300/s --for 1h",
			func(s *alarm.Sample) { s.Forwarded, s.Errors, s.Timeouts = 1500, 18_000, 0 }},
		{"not below half in one step", "srtm act capacity 1000/s --for 1h",
			func(s *alarm.Sample) { s.Forwarded, s.Errors, s.Timeouts = 1500, 81_000, 0 }},
		{"far below T load is not the cause", "Load is hardly the cause: 200/s is 11 %", func(s *alarm.Sample) { s.Forwarded, s.Errors = 200, 9000 }},
		{"above T the mechanism is not in force", "end that act", func(s *alarm.Sample) { s.Forwarded, s.Errors = 2600, 9000 }},
		{"while the door is closed srtm sends nothing", "The door is closed", func(s *alarm.Sample) { s.Threshold, s.Capacity, s.Errors = 0, 0, 9000 }},
		{"a small capacity has decimals", "srtm act capacity 0.45/s", func(s *alarm.Sample) { s.Threshold, s.Capacity, s.Forwarded, s.Errors = 0.45, 0.5, 0.44, 1800 }},
	} {
		got := play(alarm.New(), 0, 12, row.change)
		if len(got) != 1 || !strings.Contains(got[0].Proposal, row.want) {
			t.Errorf("%s: got %+v", row.rule, got)
		}
	}
}

// TestUsualIsOfCalmTimes: latency while traffic management is active teaches
// nothing, and before half an hour nothing is judged.
func TestUsualIsOfCalmTimes(t *testing.T) {
	slow := func(s *alarm.Sample) { s.P99 = 2 * time.Second }
	b := alarm.New()
	if got := play(b, 0, 1000, slow); len(got) != 0 {
		t.Errorf("judged before anything was learned: %v", got)
	}
	b = alarm.New()
	play(b, 0, 1860, nil)
	if got := play(b, 1860, 3*3600, func(s *alarm.Sample) { s.Active = true; slow(s) }); says(got) != "act dsp-slow" {
		t.Errorf("two hours of active overload became usual: %v", got)
	}
	b = alarm.New()
	play(b, 0, 1860, nil)
	if got := play(b, 1860, 5*3600, slow); len(got) != 0 {
		t.Errorf("three hours of calm are not the usual: %v", got)
	}
}

// TestHolds: an alarm stays for its hold after the last sign, says so, and its
// number may fall by a fifth without ending it.
func TestHolds(t *testing.T) {
	b := alarm.New()
	play(b, 0, 11, func(s *alarm.Sample) { s.Errors = 4500 })
	if got := play(b, 11, 310, nil); says(got) != "act dsp-errors" || !strings.Contains(got[0].Sentence, "Well since 02:00:11 UTC; this alarm ends at 02:05:11 UTC") {
		t.Errorf("before the hold is over: %v", got)
	}
	if got := play(b, 310, 312, nil); len(got) != 0 {
		t.Errorf("after the hold: %v", got)
	}
	play(b, 400, 411, func(s *alarm.Sample) { s.Errors = 900 })
	if got := play(b, 411, 4000, func(s *alarm.Sample) { s.Errors, s.Timeouts = 730, 0 }); says(got) != "look dsp-errors" {
		t.Errorf("a number that fell by less than a fifth ended the alarm: %v", got)
	}
}
