package outage

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestStories plays testdata/behaviour.txt. A story is a line with its name and
// then steps, played one after the other:
//
//	capacity 300/s                 the server to begin with
//	capacity becomes 150/s         a change while it runs
//	for 10s at 270/s: CLAIMS       requests at even distances
//	at once 300: CLAIMS            requests at one time
//	efficiency CLAIM, backlog CLAIM   the state at that time
//
// Claims are joined by commas: [at least|at most] N% in time|late|refused,
// [at least|at most] N outage seconds, answered within DURATION.
func TestStories(t *testing.T) {
	text, err := os.ReadFile("testdata/behaviour.txt")
	if err != nil {
		t.Fatal(err)
	}
	stories := strings.Split("\n"+string(text), "\nstory ")[1:]
	if len(stories) < 10 {
		t.Fatalf("only %d stories were found", len(stories))
	}
	for _, story := range stories {
		name, steps, _ := strings.Cut(story, "\n")
		t.Run(name, func(t *testing.T) {
			tell := teller{t: t, at: start}
			for line := range strings.Lines(steps) {
				if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
					tell.step(line)
				}
			}
		})
	}
}

type teller struct {
	t      *testing.T
	server *Server
	at     int64
}

func (y *teller) step(line string) {
	y.t.Helper()
	step, claims, _ := strings.Cut(line, ": ")
	var value, rate string
	switch {
	case scan(step, "capacity becomes %s", &value):
		if err := y.server.SetCapacity(y.at, number(y.t, value)); err != nil {
			y.t.Fatal(err)
		}
	case scan(step, "capacity %s", &value):
		y.server = must(y.t, Config{Capacity: number(y.t, value)})
	case scan(step, "for %s at %s", &value, &rate):
		d := duration(y.t, value)
		before := y.server.Observe(y.at).OutageSeconds
		result := steady(y.server, y.at, d, number(y.t, rate))
		y.at += int64(d)
		y.claims(claims, result, y.server.Observe(y.at).OutageSeconds-before)
	case scan(step, "at once %s", &value):
		var result tally
		for range number(y.t, value) / SR {
			result.add(y.server.Arrive(y.at, SR), y.at)
		}
		y.claims(claims, result, 0)
	case strings.HasPrefix(step, "efficiency "):
		got := int64(y.server.Observe(y.at).Efficiency) * SR / 10
		y.hold(step, strings.TrimPrefix(step, "efficiency "), got)
	case strings.HasPrefix(step, "backlog "):
		got := int64(y.server.Observe(y.at).Backlog)
		y.hold(step, strings.TrimPrefix(step, "backlog "), got)
	default:
		y.t.Fatalf("not a step: %q", line)
	}
}

func (y *teller) claims(claims string, got tally, outage int64) {
	y.t.Helper()
	for claim := range strings.SplitSeq(claims, ", ") {
		part := func(n int) int64 { return int64(n) * 100 * SR / int64(max(1, got.arrived)) }
		switch {
		case claim == "":
		case strings.HasSuffix(claim, "% in time"):
			y.hold(claim, strings.TrimSuffix(claim, " in time"), part(got.inTime))
		case strings.HasSuffix(claim, "% late"):
			y.hold(claim, strings.TrimSuffix(claim, " late"), part(got.late))
		case strings.HasSuffix(claim, "% refused"):
			y.hold(claim, strings.TrimSuffix(claim, " refused"), part(got.refused))
		case strings.HasSuffix(claim, " outage seconds"):
			y.hold(claim, strings.TrimSuffix(claim, " outage seconds"), outage*SR)
		case strings.HasPrefix(claim, "answered within "):
			y.hold(claim, "at most "+strings.TrimPrefix(claim, "answered within "), int64(got.slowest))
		default:
			y.t.Fatalf("not a claim: %q", claim)
		}
	}
}

// hold checks "[at least|at most] VALUE", where the value is a duration, a
// percentage or a number; the last two are compared in 10⁻⁹.
func (y *teller) hold(claim, bound string, got int64) {
	y.t.Helper()
	value := strings.TrimPrefix(strings.TrimPrefix(bound, "at least "), "at most ")
	want := int64(0)
	if strings.HasSuffix(value, "s") {
		want = int64(duration(y.t, value))
	} else {
		want = number(y.t, strings.TrimSuffix(value, "%"))
	}
	atLeast, atMost := strings.HasPrefix(bound, "at least "), strings.HasPrefix(bound, "at most ")
	if got < want && !atMost || got > want && !atLeast {
		y.t.Errorf("after %v: %q does not hold: it is %g", time.Duration(y.at-start), claim, float64(got)/float64(SR))
	}
}

// scan reads the words of a pattern, and reports whether the whole text fits.
func scan(text, pattern string, into ...any) bool {
	n, err := fmt.Sscanf(text, pattern, into...)
	return err == nil && n == len(into) && len(strings.Fields(text)) == len(strings.Fields(pattern))
}

func number(t *testing.T, text string) int64 {
	t.Helper()
	f, err := strconv.ParseFloat(strings.TrimSuffix(text, "/s"), 64)
	if err != nil {
		t.Fatal(err)
	}
	return int64(f * float64(SR))
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
