package main

import (
	"regexp"
	"testing"
	"time"

	"srtm/act"
	"srtm/amendment"
	"srtm/notice"
	"srtm/traffic"
)

var someday = time.Date(2026, 11, 24, 2, 0, 0, 5, time.UTC)

func TestStepsOfActsAreTold(t *testing.T) {
	for _, row := range []struct {
		rule    string
		event   act.Event
		kind    notice.Kind // empty: it is not told
		account string
		want    string
	}{
		{"an act on all begins", act.Event{Kind: act.KindBegan, What: "act 3, BRAVO away, began: capacity 1200/s", Until: someday.Add(time.Hour)}, notice.Act, "",
			"By hand, act 3 began at 2026-11-24 02:00:00 UTC: capacity 1200/s, until 2026-11-24 03:00:00 UTC unless it is ended before."},
		{"one on an account ends by itself", act.Event{Kind: act.KindEnded, What: "act 3 ended by itself: BRAVO held to 5/s", Account: "BRAVO"}, notice.Act, "BRAVO",
			"By hand, act 3 ended at 2026-11-24 02:00:00 UTC: BRAVO held to 5/s."},
		{"one on another account, too, without what it refers to", act.Event{Kind: act.KindEnded, What: "act 3 ended: BRAVO held to 5/s", Account: "BRAVO", Withheld: true}, notice.Act, "BRAVO",
			"By hand, act 3 ended at 2026-11-24 02:00:00 UTC: BRAVO held to 5/s."},
		{"a drill", act.Event{Kind: act.KindEnded, What: "act 3 ended: drill, BRAVO held to 0/s", Account: "BRAVO"}, notice.Drill, "BRAVO",
			"By hand, act 3 ended at 2026-11-24 02:00:00 UTC: drill, BRAVO held to 0/s."},
		{"asking changes nothing", act.Event{Kind: act.KindAsked}, "", "", ""},
		{"nor does approval by itself", act.Event{Kind: act.KindApproved}, "", "", ""},
		{"nor taking back what waits", act.Event{Kind: act.KindWithdrawn}, "", "", ""},
		{"nor a reference", act.Event{Kind: act.KindReferred}, "", "", ""},
	} {
		row.event.Number, row.event.Act, row.event.At, row.event.By, row.event.Why, row.event.Reference = 7, 3, someday, "Olga", "since CHARLIE sends 900/s", "INC-7"
		got, is := noticeOfAct(row.event)
		if is != (row.kind != "") {
			t.Errorf("%s: told: %v", row.rule, is)
			continue
		}
		reference := "INC-7"
		if row.event.Withheld {
			reference = ""
		}
		if is && (got.Kind != row.kind || got.Account != row.account || got.Sentence != row.want || got.Reference != reference || got.ID != "act-7-1795485600000000005") {
			t.Errorf("%s: %+v", row.rule, got)
		}
		if personal.MatchString(got.Sentence + got.Advice + string(got.Numbers)) {
			t.Errorf("%s: %s %s names who did it or why", row.rule, got.Sentence, got.Numbers)
		}
	}
}

var personal = regexp.MustCompile("Olga|CHARLIE|away")

func TestStepsOfPoliciesAreTold(t *testing.T) {
	given := amendment.Notice{Account: "BRAVO", Policy: "ab", PolicyName: "December", Effective: someday, Old: 5 * traffic.PerSecond, New: 7 * traffic.PerSecond,
		OldWeight: "10", Weight: "14", Weights: "100"}
	stays := given
	stays.TakenBack = true
	for _, row := range []struct {
		rule    string
		event   amendment.Event
		account string
		want    string // empty: it is not told
	}{
		{"accepted", amendment.Event{Kind: amendment.Planned}, "", "The policy December is accepted and holds from 2026-11-24 02:00:00 UTC."},
		{"in force", amendment.Event{Kind: amendment.Adopted}, "", "The policy December came into force."},
		{"what was to come is withdrawn", amendment.Event{Kind: amendment.Withdrawn, Accepted: true}, "", "The policy December, which was to come, is withdrawn."},
		{"of what only waited nobody had heard", amendment.Event{Kind: amendment.Withdrawn}, "", ""},
		{"what is proposed is not told", amendment.Event{Kind: amendment.Prepared}, "", ""},
		{"nor that it is approved by one", amendment.Event{Kind: amendment.Approved}, "", ""},
		{"nor what a Service User says", amendment.Event{Kind: amendment.Challenged}, "", ""},
		{"an allocation is to change", amendment.Event{Kind: amendment.Noticed, Notice: &given}, "BRAVO",
			"From 2026-11-24 02:00:00 UTC the allocation of BRAVO is 7/s instead of 5/s, by the policy December: its portfolio weighs 14 of 100 in all, instead of 10."},
		{"and then not", amendment.Event{Kind: amendment.Noticed, Notice: &stays}, "BRAVO",
			"What was said of the allocation of BRAVO from 2026-11-24 02:00:00 UTC on is taken back: it stays at 7/s, by the policy December."},
	} {
		row.event.Number, row.event.At, row.event.Effective, row.event.Name, row.event.By, row.event.Why = 9, someday, someday, "December", "Olga", "CHARLIE grew"
		got, is := noticeOfPolicy(row.event)
		if is != (row.want != "") || is && (got.Kind != notice.Policy || got.Account != row.account || got.Sentence != row.want || got.ID != "policy-9-1795485600000000005") {
			t.Errorf("%s: %v %+v", row.rule, is, got)
		}
		if personal.MatchString(got.Sentence + got.Advice + string(got.Numbers)) {
			t.Errorf("%s: %s names who did it or why", row.rule, got.Sentence)
		}
	}
}
