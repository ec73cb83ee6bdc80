package drill_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"srtm/drill"
	"srtm/duis"
	"srtm/scenario"
)

// found returns what was found about something.
func found(r drill.Report, about string) drill.Finding {
	i := slices.IndexFunc(r.Findings, func(f drill.Finding) bool { return f.About == about })
	if i < 0 {
		return drill.Finding{}
	}
	return r.Findings[i]
}

func TestTheFourBehavioursAreToldApart(t *testing.T) {
	for _, c := range []struct {
		how   scenario.Behaviour
		style drill.Style
		marks map[string]drill.Mark
	}{
		{scenario.Never, drill.Never, map[string]drill.Mark{"retries": drill.LookAt, "making up": drill.Bad, "amplification": drill.Good, "offered rate": drill.Good, "bulk work": drill.LookAt, "Retry-After": ""}},
		{scenario.Blind, drill.Blind, map[string]drill.Mark{"retries": drill.Bad, "making up": drill.Bad, "amplification": drill.Bad, "offered rate": drill.Bad, "Retry-After": drill.Bad}},
		{scenario.Backoff, drill.Backoff, map[string]drill.Mark{"retries": drill.LookAt, "making up": drill.Bad, "amplification": drill.Bad, "Retry-After": drill.Bad}},
		{scenario.Obey, drill.Obeys, map[string]drill.Mark{"retries": drill.Good, "bunching": "", "Retry-After": ""}},
	} {
		p := usual(c.how)
		all := p.run(t)
		r := judged(p.span(), all)
		if r.Style != c.style {
			t.Errorf("behaviour %d is taken for %s: %+v", c.how, r.Style, r.Waits)
		}
		for about, mark := range c.marks {
			if got := found(r, about); got.Mark != mark {
				t.Errorf("behaviour %d, %s: %+v, want %q", c.how, about, got, mark)
			}
		}
		if !r.Complete || r.Refusals.Messages < 1000 {
			t.Errorf("behaviour %d: %+v", c.how, r.Refusals)
		}
		for _, f := range r.Findings {
			if !strings.HasSuffix(f.Says, ".") || f.Mark != drill.Good && f.Change == "" {
				t.Errorf("%+v", f)
			}
		}
	}
}

// What obeys waits for as long as it was told, which in a drill is the policy's most.
func TestObeyingIsToWaitForRetryAfter(t *testing.T) {
	p := usual(scenario.Obey)
	p.client.Retry.Sends = 20
	r := judged(p.span(), p.run(t))
	if r.Waits.SaidLeast != 60 || r.Waits.SaidMost != 60 || r.Waits.Early != 0 || r.Waits.Worst != 1 || r.Waits.Median < 60 || r.Waits.Median > 66 {
		t.Errorf("%+v", r.Waits)
	}
	if f := found(r, "making up"); f.Mark != drill.Good || r.Refusals.MadeUp != r.Refusals.Requests {
		t.Errorf("%+v of %+v", f, r.Refusals)
	}
	if f := found(r, "offered rate"); f.Mark != drill.Bad { // each message waits, and new ones come all the same
		t.Errorf("%+v", f)
	}
	p.holdBack = true
	r = judged(p.span(), p.run(t))
	if found(r, "offered rate").Mark != drill.Good || found(r, "bulk work").Mark != drill.Good || r.Refusals.Messages == 0 {
		t.Errorf("%+v", r.Ending)
	}
}

func TestSecondMessagesOfCriticalCommands(t *testing.T) {
	p := usual(scenario.Obey)
	p.client.Retry.Sends, p.client.Sign = 20, 30*time.Second
	p.mix = "prepayment"
	r := judged(p.span(), p.run(t))
	if r.Seconds.Refused == 0 || r.Seconds.MadeUp != r.Seconds.Refused || found(r, "critical commands").Mark != drill.Good {
		t.Errorf("%+v: %+v", r.Seconds, found(r, "critical commands"))
	}
	p.client.Retry.How = scenario.Never
	if r = judged(p.span(), p.run(t)); r.Seconds.NotAgain == 0 || found(r, "critical commands").Mark != drill.LookAt {
		t.Errorf("%+v: %+v", r.Seconds, found(r, "critical commands"))
	}
}

// crafted are messages of a drill of ten minutes after a quiet second each of n
// requests, as told.
func crafted(n int, told func(i int, m drill.Message) []drill.Message) (drill.Span, []drill.Message) {
	p := usual(scenario.Never)
	s := p.span()
	var all []drill.Message
	for i := range n {
		m := drill.Message{ID: duis.RequestID{Originator: originator, Target: duis.EUI64(i), Counter: uint64(i)}, Command: 1, Variant: "4.8.1"}
		m.At = s.From.Add(-time.Duration(n-i) * time.Second).UnixNano()
		all = append(all, m)
		m.ID.Counter += 1_000_000
		m.At = s.From.Add(time.Duration(i) * time.Second).UnixNano()
		m.Refused, m.Held, m.RetryAfter = true, true, time.Minute
		all = append(all, m)
		all = append(all, told(i, m)...)
	}
	slices.SortStableFunc(all, func(a, b drill.Message) int { return int(a.At - b.At) })
	return s, all
}

func TestAllAtOnceIsABunch(t *testing.T) {
	s, all := crafted(100, func(_ int, m drill.Message) []drill.Message {
		m.At = usual(0).span().To.Add(5 * time.Second).UnixNano()
		m.Refused, m.Held, m.RetryAfter = false, false, 0
		return []drill.Message{m}
	})
	r := judged(s, all)
	if found(r, "bunching").Mark != drill.Bad || found(r, "after the end").Mark != drill.Bad || r.Ending.Peak != 100 || r.Ending.AtOnce != 1 {
		t.Errorf("%+v", r.Ending)
	}
	if r.Style != drill.Obeys || found(r, "making up").Mark != drill.Good || r.Ending.LastAfter != 5 {
		t.Errorf("%s %+v", r.Style, r.Ending)
	}
}

func TestANewRequestIDForTheSameBusiness(t *testing.T) {
	s, all := crafted(100, func(_ int, m drill.Message) []drill.Message {
		m.At += int64(time.Second)
		m.ID.Counter += 1_000_000
		return []drill.Message{m}
	})
	r := judged(s, all)
	if f := found(r, "new RequestIDs"); f.Mark != drill.LookAt || r.Refusals.Renewed != 100 {
		t.Errorf("%+v %+v", f, r.Refusals)
	}
}

func TestReadsBeforeVends(t *testing.T) {
	s, all := crafted(100, func(i int, m drill.Message) []drill.Message {
		m.At = usual(0).span().To.Add(time.Duration(i) * time.Second).UnixNano()
		m.Refused, m.Held, m.RetryAfter = false, false, 0
		return []drill.Message{m}
	})
	for i := range all {
		if all[i].ID.Target >= 50 {
			all[i].Variant = "2.2"
		}
	}
	if f := found(judged(s, all), "priorities"); f.Mark != drill.LookAt {
		t.Errorf("%+v", f)
	}
}

func TestOfAFewMessagesNothingIsSaid(t *testing.T) {
	s, all := crafted(5, func(int, drill.Message) []drill.Message { return nil })
	r := judged(s, all)
	if r.Style != drill.TooFew || len(r.Findings) != 1 || r.Findings[0].Mark != drill.LookAt {
		t.Errorf("%s %+v", r.Style, r.Findings)
	}
}
