package main

import (
	"log/slog"
	"slices"
	"time"

	"srtm/policy"
)

// period is what holds now, and until when: also a version of the policy that takes
// effect is a change.
func (d *door) period() policy.Period {
	now := time.Unix(0, d.clock()).UTC()
	steps := d.amendments.plan(now, 2)
	if len(steps) == 0 { // its files can no longer be read, and it goes on
		return d.policy().At(now, d.amendments.acts.Hands()...)
	}
	period := steps[0].Period
	period.Until = time.Time{}
	if len(steps) > 1 {
		period.Until = steps[1].From
	}
	return period
}

// windows says in the log when other rules than the policy's standing ones begin
// to hold, and when they end: reserved capacity, a maintenance, an act by hand.
type windows struct {
	period func() policy.Period
	turns  func() uint64 // another one where something may have changed before until; nil: nothing does
	log    *slog.Logger
	turn   uint64
	policy *policy.Policy // with which it was looked last; nil: not yet
	until  time.Time      // before then there is nothing new to see; zero: for ever
	causes []string
}

// pass is called again and again, with the time and the policy in force. It asks
// for the period only when something may have changed.
func (w *windows) pass(now time.Time, p *policy.Policy) {
	turn := w.turn
	if w.turns != nil {
		turn = w.turns()
	}
	if w.policy == p && w.turn == turn && (w.until.IsZero() || now.Before(w.until)) {
		return
	}
	period := w.period()
	threshold := period.Rules.Threshold.String()
	for _, cause := range w.causes {
		if !slices.Contains(period.Causes, cause) {
			w.log.Info("other rules are over", "cause", cause, "threshold", threshold)
		}
	}
	for _, cause := range period.Causes {
		if slices.Contains(w.causes, cause) {
			continue
		}
		say := w.log.Info
		if period.Rules.Closed {
			say = w.log.Warn
		}
		args := []any{"cause", cause, "threshold", threshold, "closed", period.Rules.Closed}
		if !period.Until.IsZero() {
			args = append(args, "next_change", period.Until)
		}
		say("other rules hold for a while", args...)
	}
	w.policy, w.turn, w.until, w.causes = p, turn, period.Until, period.Causes
	if !w.until.IsZero() && !w.until.After(now) { // so that it is not worked out in every slot
		w.until = now.Add(time.Second)
	}
}
