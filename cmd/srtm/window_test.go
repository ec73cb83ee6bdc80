package main

import (
	"bytes"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"srtm/policy"
)

const windowed = `name: Test
capacity: 100/s
portfolio: p.csv
reserved:
  - {from: "22:00", to: "23:00", rate: 30/s, reason: DSP batch}
maintenance:
  - {start: 2026-11-20T22:30:00Z, end: 2026-11-20T23:00:00Z, capacity: 0/s, reason: release 5}
`

func policyOf(t *testing.T, text string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse("policy.yaml", []byte(text), fstest.MapFS{
		"p.csv": {Data: []byte("account,name,user_id,role,portfolio\nALPHA,,90-B3-D5-1F-30-01-00-00,IS,1\n")}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWindowsAreSaidOnceWhenTheyBeginAndEnd(t *testing.T) {
	var log bytes.Buffer
	now := time.Date(2026, 11, 20, 21, 59, 0, 0, time.UTC)
	p := policyOf(t, windowed)
	asked := 0
	w := windows{log: slog.New(slog.NewTextHandler(&log, nil)), period: func() policy.Period { asked++; return p.At(now) }}
	until := func(clock string) string {
		to, err := time.Parse(time.DateTime, "2026-11-20 "+clock)
		if err != nil {
			t.Fatal(err)
		}
		log.Reset()
		for ; now.Before(to); now = now.Add(time.Second) {
			w.pass(now, p)
		}
		return regexp.MustCompile(`(?m)^time=[^ ]+ `).ReplaceAllString(log.String(), "")
	}
	const (
		batch   = `cause="reserved 22:00–23:00: DSP batch"`
		release = `cause="maintenance 2026-11-20T22:30:00Z–2026-11-20T23:00:00Z: release 5"`
		begins  = `level=INFO msg="other rules hold for a while" `
		closes  = `level=WARN msg="other rules hold for a while" `
		over    = `level=INFO msg="other rules are over" `
	)
	for _, c := range []struct{ rule, clock, want string }{
		{"the standing rules are not worth a line", "22:00:00", ""},
		{"what is reserved begins", "22:00:01", begins + batch + " threshold=60/s closed=false next_change=2026-11-20T22:30:00.000Z\n"},
		{"it goes on", "22:30:00", ""},
		{"a closure is a warning", "22:30:01", closes + release + " threshold=0/s closed=true next_change=2026-11-20T23:00:00.000Z\n"},
		{"both end", "23:00:01", over + release + " threshold=90/s\n" + over + batch + " threshold=90/s\n"},
	} {
		if got := until(c.clock); got != c.want {
			t.Errorf("%s: the log says\n%swant\n%s", c.rule, got, c.want)
		}
	}
	if asked > 4 {
		t.Errorf("in an hour with four edges it was worked out %d times what holds", asked)
	}
	standing := policyOf(t, strings.Split(windowed, "reserved:")[0])
	now = time.Date(2026, 11, 21, 22, 10, 0, 0, time.UTC)
	w.pass(now, p)
	p = standing
	log.Reset()
	w.pass(now, p)
	if got := log.String(); !strings.Contains(got, over+batch+" threshold=90/s") {
		t.Errorf("another policy ends what was reserved, and the log says %q", got)
	}
}
