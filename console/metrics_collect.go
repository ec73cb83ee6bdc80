package console

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"srtm/traffic"
)

// rules writes what holds now.
func (w writer) rules(source Source, s traffic.Snapshot) {
	p := source.Policy()
	w.put(families.BuildInfo, 1, source.Version)
	w.put(families.PolicyInfo, 1, p.Name, p.Environment, p.Digest)
	w.put(families.Active, bit(s.Active))
	if p.Exceptional > 0 {
		w.put(families.Exceptional, p.Exceptional.Seconds())
	}
	capacity, reserved := p.Capacity.PerSecond(), traffic.Rate(0)
	if source.Period != nil {
		now := source.Period()
		capacity, reserved = now.Capacity.PerSecond(), now.Reserved
	}
	w.put(families.Capacity, float64(capacity)/1e9)
	w.put(families.Reserved, float64(reserved)/1e9)
	w.put(families.Threshold, float64(s.Rules.Threshold)/1e9)
	w.put(families.Release, float64(s.Rules.Release)/1e9)
	w.put(families.Pool, float64(s.Pool)/1e9)
	for _, m := range [...]traffic.Mode{traffic.ModeEnforce, traffic.ModeShadow, traffic.ModeOff, traffic.ModeSuspended} {
		w.put(families.Mode, bit(m == s.Rules.Mode), m.String())
	}
	for i, a := range s.Accounts {
		rules := s.Rules.Accounts[i]
		w.put(families.Allocation, float64(a.Allocation)/1e9, a.Name)
		w.put(families.Shadowed, bit(rules.Shadow), a.Name)
		w.put(families.Exempt, bit(rules.Exempt), a.Name)
		if rules.Held {
			w.put(families.Held, float64(rules.Hold)/1e9, a.Name)
		}
	}
}

// account writes what was decided about one Service User.
func (w writer) account(name string, counts traffic.Counts) {
	w.put(families.Offered, float64(counts.Offered().Requests), name)
	byVerdict := [...]family{traffic.Forward: families.Forwarded, traffic.Throttle: families.Throttled, traffic.Shadow: families.Shadow}
	for v := range traffic.Verdicts {
		verdict := traffic.Verdict(v)
		w.put(families.Cost, wholeOf(counts.Of(verdict).Cost), name, verdict.String())
		for r, n := range counts[v] {
			reason := traffic.Reason(r)
			usual := reason <= traffic.OverAllocation && reason.Verdict() == verdict // these are always there
			if reason != traffic.Closed && (usual || n.Requests > 0) {
				w.put(byVerdict[v], float64(n.Requests), name, reason.String())
			}
		}
	}
	w.put(families.Closed, float64(counts[traffic.Throttle][traffic.Closed].Requests), name)
	if n := counts[traffic.Shadow][traffic.Closed].Requests; n > 0 {
		w.put(families.ShadowClosed, float64(n), name)
	}
}

// wholeOf is a sum of costs in Service Requests of usual cost.
func wholeOf(t traffic.Total) float64 { return float64(t.Whole) + float64(t.Part)/1e9 }

// door writes what became of HTTP requests.
func (w writer) door(d Door) {
	w.put(families.Requests, float64(d.Requests))
	type key struct{ status, reason string }
	answers := map[key]uint64{}
	for _, a := range d.Answers {
		status := other
		if http.StatusText(a.Status) != "" {
			status = strconv.Itoa(a.Status)
		}
		answers[key{status, a.Reason}] += a.Count
	}
	for k, n := range answers {
		w.put(families.Answers, float64(n), k.status, k.reason)
	}
	w.put(families.Unknown, float64(d.UnknownVariants))
	w.put(families.Unlisted, float64(d.Unlisted))
	w.put(families.Unrecorded, float64(d.Unrecorded))
	w.put(families.ClientLeft, float64(d.ClientLeft))
	w.put(families.InFlight, float64(d.InFlight))
	w.put(families.Connections, float64(d.Connections))
	w.put(families.TurnedAway, float64(d.TurnedAway))
	w.put(families.Handshakes, float64(d.Handshakes))
}

// dsp writes how the DSP fares. The usual outcomes are there from the start, so
// that the first one of a kind is seen as growth.
func (w writer) dsp(d Door) {
	w.put(families.DSPConnections, float64(d.DSPInUse), "in_use")
	w.put(families.DSPConnections, float64(d.DSPIdle), "idle")
	w.put(families.DSPDialled, float64(d.DSPDialled))
	outcomes := map[string]uint64{"2xx": 0, "4xx": 0, "5xx": 0}
	for _, reason := range dspFailures() {
		outcomes[reason] = 0
	}
	for _, a := range d.Answers {
		if outcome, is := outcomeOf(a); is {
			outcomes[outcome] += a.Count
		}
	}
	for outcome, n := range outcomes {
		w.put(families.DSPOutcomes, float64(n), outcome)
	}
	w.spread(families.DSPLatency, d.DSPLatency)
}

// dspFailures are the reasons for which the DSP's answer was not handed over.
func dspFailures() []string {
	return []string{"dsp-busy", "dsp-unreachable", "dsp-broken", "dsp-timeout", "withheld"}
}

// outcomeOf is what an answer says about the DSP, and whether it says anything.
func outcomeOf(a Answer) (outcome string, is bool) {
	switch class := a.Status / 100; {
	case a.Reason == "dsp" && class >= 1 && class <= 5:
		return fmt.Sprintf("%dxx", class), true
	case a.Reason == "dsp":
		return other, true
	case a.Reason == "withheld" || strings.HasPrefix(a.Reason, "dsp-"):
		return listed(a.Reason, dspFailures()), true
	}
	return "", false
}

// journal writes how the journal fares, and the time of its records.
func (w writer) journal(source Source) {
	s := source.Journal()
	w.put(families.Position, float64(s.Position))
	w.put(families.Durable, float64(s.Durable))
	w.put(families.Failing, bit(s.Failing != ""))
	w.put(families.Failures, float64(s.Failures))
	w.put(families.Missing, float64(s.Missing))
	w.put(families.Written, float64(s.Octets))
	w.spread(families.Commits, Histogram{s.Commits.Bounds, s.Commits.Counts, s.Commits.Count, s.Commits.Sum})
	w.put(families.ClockOffset, source.Offset().Seconds())
}

// hands writes how much is done by hand.
func (w writer) hands(source Source) {
	if source.Acts != nil {
		w.put(families.ActsRunning, float64(len(source.Acts.Running())))
		w.put(families.ActsWaiting, float64(len(source.Acts.Waiting())))
	}
}
