package console

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"srtm/traffic"
)

// collector turns the numbers into Prometheus metrics when they are asked for,
// so that nothing is counted twice on the way of a request.
type collector struct{ source Source }

func metric(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("srtm_"+name, help, labels, nil)
}

// descriptions are the metrics' names, which do not change.
var descriptions = struct {
	info, policy, active, pool, capacity, threshold, allocation                 *prometheus.Desc
	offered, forwarded, throttled, shadowed, closed, shadowedClosed             *prometheus.Desc
	unrecorded, requests, answers, unknown, unlisted, left, flight, connections *prometheus.Desc
	turnedAway, handshakes, dspConnections, dialled, latency                    *prometheus.Desc
}{
	info:           metric("build_info", "1, with the version of srtm.", "version"),
	policy:         metric("policy_info", "1, with the policy in force.", "name", "environment", "sha256"),
	active:         metric("active", "1 while traffic management is active."),
	pool:           metric("pool_requests", "Service Requests that the free pool holds."),
	capacity:       metric("capacity_requests_per_second", "Maximum capacity of the DCC Systems."),
	threshold:      metric("threshold_requests_per_second", "Operating threshold."),
	allocation:     metric("allocation_requests_per_second", "Allocation of a Service User.", "account"),
	offered:        metric("offered_total", "Service Requests that arrived and were decided about.", "account"),
	forwarded:      metric("forwarded_total", "Service Requests that went on to the DSP, by the rule that let them.", "account", "reason"),
	throttled:      metric("throttled_total", "Service Requests that were refused for traffic, other than while nothing is taken.", "account", "reason"),
	shadowed:       metric("shadowed_total", "Service Requests that would have been refused for traffic, other than while nothing is taken, and went on since that is not enforced.", "account", "reason"),
	closed:         metric("closed_total", "Service Requests that were refused because nothing is taken, as in a maintenance with a capacity of 0.", "account"),
	shadowedClosed: metric("shadowed_closed_total", "Service Requests that would have been refused because nothing is taken, and went on since that is not enforced.", "account"),
	requests:       metric("door_requests_total", "HTTP requests whose head began to arrive."),
	answers:        metric("door_answers_total", "Answers given; the reason dsp stands for the DSP's own.", "status", "reason"),
	unknown:        metric("door_unknown_variants_total", "Service Requests of a variant that is not in the catalogue; they are forwarded."),
	unlisted:       metric("door_unlisted_originators_total", "Service Requests carried although their originator is in nobody's portfolio."),
	unrecorded:     metric("door_unrecorded_decisions_total", "Decisions that could not be recorded."),
	left:           metric("door_client_left_total", "Callers who had gone before the DSP's answer came."),
	flight:         metric("door_in_flight", "Requests that are not answered yet."),
	connections:    metric("door_connections", "Callers' open connections."),
	turnedAway:     metric("door_turned_away_total", "Connections closed at once, beyond the limit."),
	handshakes:     metric("door_failed_handshakes_total", "TLS handshakes that failed."),
	dspConnections: metric("dsp_connections", "Connections to the DSP.", "state"),
	dialled:        metric("dsp_dialled_total", "Connections to the DSP that were made."),
	latency:        metric("dsp_latency_seconds", "From writing a request to the DSP to the end of its answer."),
}

// Describe announces the metrics.
func (c collector) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, out) }

// Collect reads the numbers.
func (c collector) Collect(out chan<- prometheus.Metric) {
	d := &descriptions
	gauge := func(desc *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, labels...)
	}
	p, s := c.source.Policy(), c.source.Traffic(nil)
	gauge(d.info, 1, c.source.Version)
	gauge(d.policy, 1, p.Name, p.Environment, p.Digest)
	gauge(d.active, map[bool]float64{true: 1}[s.Active])
	gauge(d.pool, float64(s.Pool)/1e9)
	gauge(d.capacity, float64(p.Capacity.PerSecond())/1e9)
	gauge(d.threshold, float64(s.Rules.Threshold)/1e9)
	for _, a := range s.Accounts {
		gauge(d.allocation, float64(a.Allocation)/1e9, a.Name)
		collectAccount(out, a)
	}
	collectDoor(out, c.source.Door())
	collectJournal(out, c.source.Journal())
	gauge(clockOffset, c.source.Offset().Seconds())
}

func collectAccount(out chan<- prometheus.Metric, a traffic.AccountSnapshot) {
	d := &descriptions
	counter(out, d.offered, a.Counts.Offered().Requests, a.Name)
	descs := [...]*prometheus.Desc{traffic.Forward: d.forwarded, traffic.Throttle: d.throttled, traffic.Shadow: d.shadowed}
	for v := range traffic.Verdicts {
		for r, n := range a.Counts[v] {
			reason := traffic.Reason(r)
			usual := reason <= traffic.OverAllocation && reason.Verdict() == traffic.Verdict(v) // these are always there
			if reason != traffic.Closed && (usual || n.Requests > 0) {
				counter(out, descs[v], n.Requests, a.Name, reason.String())
			}
		}
	}
	counter(out, d.closed, a.Counts[traffic.Throttle][traffic.Closed].Requests, a.Name)
	if n := a.Counts[traffic.Shadow][traffic.Closed].Requests; n > 0 {
		counter(out, d.shadowedClosed, n, a.Name)
	}
}

func collectDoor(out chan<- prometheus.Metric, door Door) {
	d := &descriptions
	gauge := func(desc *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, labels...)
	}
	counter(out, d.requests, door.Requests)
	for _, a := range door.Answers {
		counter(out, d.answers, a.Count, strconv.Itoa(a.Status), a.Reason)
	}
	counter(out, d.unknown, door.UnknownVariants)
	counter(out, d.unlisted, door.Unlisted)
	counter(out, d.unrecorded, door.Unrecorded)
	counter(out, d.left, door.ClientLeft)
	gauge(d.flight, float64(door.InFlight))
	gauge(d.connections, float64(door.Connections))
	counter(out, d.turnedAway, door.TurnedAway)
	counter(out, d.handshakes, door.Handshakes)
	gauge(d.dspConnections, float64(door.DSPInUse), "in_use")
	gauge(d.dspConnections, float64(door.DSPIdle), "idle")
	counter(out, d.dialled, door.DSPDialled)
	buckets := make(map[float64]uint64, len(door.DSPLatency.Bounds))
	for i, b := range door.DSPLatency.Bounds {
		buckets[b.Seconds()] = door.DSPLatency.Buckets[i]
	}
	out <- prometheus.MustNewConstHistogram(d.latency, door.DSPLatency.Count, door.DSPLatency.Sum.Seconds(), buckets)
}

func counter(out chan<- prometheus.Metric, desc *prometheus.Desc, v uint64, labels ...string) {
	out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(v), labels...)
}
