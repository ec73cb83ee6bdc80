package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"srtm/alarm"
	"srtm/console"
	"srtm/duis"
	"srtm/gateway"
	"srtm/notice"
	"srtm/traffic"
)

func histogram(count uint64, upTo ...uint64) gateway.Histogram {
	h := gateway.Histogram{Count: count}
	for i, most := range []time.Duration{10, 20, 40} {
		h.Buckets = append(h.Buckets, gateway.Bucket{Most: most * time.Millisecond, Count: upTo[i]})
	}
	return h
}

// beside is the same door for another lookout.
func beside(d *door) *door {
	return &door{amendments: d.amendments, controller: d.controller, gateway: d.gateway, books: d.books, clock: d.clock, log: d.log}
}

// requestOf is a Service Request of a User ID.
func requestOf(user duis.EUI64) []byte {
	return fmt.Appendf(nil, `<sr:Request xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.4"><sr:Header>`+
		`<sr:RequestID>%v:00-DB-12-34-56-78-90-A0:1</sr:RequestID><sr:CommandVariant>1</sr:CommandVariant>`+
		`<sr:ServiceReference>4.8</sr:ServiceReference><sr:ServiceReferenceVariant>4.8.1</sr:ServiceReferenceVariant></sr:Header></sr:Request>`, user)
}

// The p99 is that of the answers between, and silent where there are few.
func TestP99IsOfTheAnswersBetween(t *testing.T) {
	none := histogram(0, 0, 0, 0)
	for _, row := range []struct {
		rule     string
		now, was gateway.Histogram
		want     time.Duration
	}{
		{"99 answers are too few", histogram(99, 99, 99, 99), none, 0},
		{"evenly within a class", histogram(1000, 0, 1000, 1000), none, 19900 * time.Microsecond},
		{"what was before does not count", histogram(2000, 1000, 2000, 2000), histogram(1000, 1000, 1000, 1000), 19900 * time.Microsecond},
		{"two classes", histogram(100, 98, 100, 100), none, 15 * time.Millisecond},
		{"beyond the last class it is its bound", histogram(100, 0, 0, 0), none, 40 * time.Millisecond},
	} {
		if got := p99(row.now, row.was); (got - row.want).Abs() > time.Microsecond {
			t.Errorf("%s: %v and not %v", row.rule, got, row.want)
		}
	}
}

// Costs are exact across a whole, also where a part was borrowed.
func TestCostBetween(t *testing.T) {
	if got := costBetween(traffic.Total{Whole: 9, Part: traffic.SR * 3 / 4}, traffic.Total{Whole: 11, Part: traffic.SR / 4}); got != 1.5 {
		t.Error(got)
	}
}

// TestAnAlarmIsToldWhenItBeginsGetsWorseAndEnds, and not in between.
func TestAnAlarmIsToldWhenItBeginsGetsWorseAndEnds(t *testing.T) {
	s := newSystem(t, "10/s", 1)
	var log bytes.Buffer
	d := beside(s.door)
	d.log = slog.New(slog.NewTextHandler(&log, nil))
	l := newLookout(d, 0)
	stands := func(severity alarm.Severity, sentence string) []alarm.Alarm {
		return []alarm.Alarm{{Kind: alarm.Disk, Since: time.Unix(1_800_000_000, 0), Severity: severity, Sentence: sentence, Proposal: "Make room."}}
	}
	for _, step := range []struct {
		rule   string
		stands []alarm.Alarm
		want   string // what the notice says; empty: there is none
	}{
		{"nothing", nil, ""},
		{"it begins", stands(alarm.Look, "3 days."), "Alarm disk (look): 3 days."},
		{"its numbers change", stands(alarm.Look, "2 days."), ""},
		{"it gets worse", stands(alarm.Act, "1 day."), "Alarm disk (act): 1 day."},
		{"and better", stands(alarm.Look, "2 days."), ""},
		{"it ends", nil, "Alarm disk is over."},
	} {
		told := l.turn(step.stands)
		if (len(told) == 1) != (step.want != "") || len(told) == 1 && (!strings.HasPrefix(told[0].Sentence, step.want) || told[0].Kind != notice.Alarm || told[0].Account != "") {
			t.Errorf("%s: %+v", step.rule, told)
		}
	}
	if n := strings.Count(log.String(), "alarm=disk"); n != 3 {
		t.Errorf("the log has it %d times:\n%s", n, log.String())
	}
}

// TestTheLookoutReadsTheCounters: requests that the DSP is not there for are its
// errors, and a certificate that ends soon is alarming at once.
func TestTheLookoutReadsTheCounters(t *testing.T) {
	s := &system{}
	s.open(t, changed(t, 0), "http://127.0.0.1:1")
	d := beside(s.door)
	d.certificates = []console.Certificate{{Name: "tls-cert", NotAfter: time.Now().Add(50 * time.Hour)}, {Name: "client-ca", NotAfter: time.Now()}}
	l := newLookout(d, 8)
	l.look()
	before := l.past[0]
	for range 3 {
		if status, _ := s.send(t, "/api/v1/serviceS", requestOf(0x90B3D51F30010000)); status != 502 {
			t.Fatalf("the answer is %d", status)
		}
	}
	now := instantOf(d)
	if now.errors-before.errors != 3 || now.answers-before.answers != 3 || now.timeouts != 0 || costBetween(before.forwarded, now.forwarded) != 3 || costBetween(before.offered, now.offered) != 3 {
		t.Errorf("%+v", now)
	}
	if all := l.alarms(); len(all) != 1 || all[0].Name != "certificate" || !all[0].Grave || !strings.Contains(all[0].Text, `"door" expires in 2 days`) {
		t.Errorf("%+v", all)
	}
	if s := l.sample(now, l.period.of(d, now.at)); s.ConnectionsLimit != 8 || s.Errors != 3 || s.Threshold <= 0 || s.Capacity <= s.Threshold {
		t.Errorf("%+v", s)
	}
}

// TestStateShowsAlarms: somebody who is not in the portfolio sends, and srtm state
// says so.
func TestStateShowsAlarms(t *testing.T) {
	s := newSystem(t, "10/s\nunknown: admit", 1)
	if status, answer := s.send(t, "/api/v1/serviceS", requestOf(2)); status != 200 {
		t.Fatal(status, answer)
	}
	for {
		var out bytes.Buffer
		if code := run(&app{&out, io.Discard}, []string{"state", "--admin", s.door.admin.Addr().String()}); code != 0 {
			t.Fatal(out.String())
		}
		if strings.Contains(out.String(), "Alarm unlisted, since ") {
			return
		}
	}
}
