package dsp

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"

	"srtm/outage"
)

// Measurements are what a Server has measured since it was made. All times are
// UTC. Requests are those that arrived whole on a service path, of whatever
// content; each counts as one, whatever it costs.
type Measurements struct {
	Since time.Time `json:"since"`
	At    time.Time `json:"at"`

	Capacity   float64 `json:"capacity_per_s"`
	Efficiency float64 `json:"efficiency"` // 1 is healthy
	BacklogMS  float64 `json:"backlog_ms"` // time that it takes to work off what was taken in
	Ailing     bool    `json:"ailing"`     // it was full and has not recovered

	Arrived       int64 `json:"arrived"`
	InTime        int64 `json:"in_time"` // answered, or going to be, within outage.Config.InTime
	Late          int64 `json:"late"`    // later than that
	Refused       int64 `json:"refused"` // 503 at once
	OutageSeconds int64 `json:"outage_seconds"`

	Peak    Peak    `json:"peak"`
	Latency Latency `json:"latency"`

	Answers     map[string]int64            `json:"answers"`           // by what they were, of those that are out
	Services    map[string]map[string]int64 `json:"services"`          // requests by service and variant
	Originators map[string]int64            `json:"originators"`       // requests by originator
	Others      int64                       `json:"other_originators"` // requests of originators beyond the first 10,000
	Repeats     Repeats                     `json:"repeats"`           // the same message more than once
	Seconds     []Second                    `json:"seconds,omitempty"` // the latest that are over, the oldest first
}

// Peak is the most requests that arrived in any one second, calendar second or
// not, to within 10 ms.
type Peak struct {
	Requests int64     `json:"requests"`
	End      time.Time `json:"end"` // of that second; zero before the first request
}

// Latency is the time from a request's arrival to its answer, as it was, of all
// answers but refusals. It is exact to three digits.
type Latency struct {
	Answers int64   `json:"answers"`
	P50     float64 `json:"p50_ms"`
	P95     float64 `json:"p95_ms"`
	P99     float64 `json:"p99_ms"`
	Max     float64 `json:"max_ms"`
}

// Repeats counts messages of the same RequestID and Command Variant, among the
// latest Config.Remember different ones. A client may send again what was
// refused; what was served twice was done twice.
type Repeats struct {
	Arrived int64    `json:"arrived"` // messages that had arrived before
	Served  int64    `json:"served"`  // messages that were served, and had been served before
	Latest  []string `json:"latest"`  // up to 20 of those that arrived again: RequestID, space, Command Variant
}

// Second is what became of the requests that arrived in one calendar second.
type Second struct {
	Start      time.Time `json:"start"`
	Arrived    int64     `json:"arrived"`
	InTime     int64     `json:"in_time"`
	Late       int64     `json:"late"`
	Refused    int64     `json:"refused"`
	BacklogMS  float64   `json:"backlog_ms"` // the longest
	Efficiency float64   `json:"efficiency"` // the least
	Outage     bool      `json:"outage"`     // fewer than half of those that arrived were answered in time
}

// Measure returns what has been measured, with the latest seconds one by one,
// as many as are asked for and kept.
func (s *Server) Measure(seconds int) Measurements {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.now()
	o := s.model.Observe(at)
	m := Measurements{
		Since: s.begun.UTC(), At: time.Unix(0, at).UTC(),
		Capacity:   float64(o.Capacity) / float64(outage.SR),
		Efficiency: float64(o.Efficiency) / 1000,
		BacklogMS:  milliseconds(int64(o.Backlog)),
		Ailing:     o.Ailing,
		Arrived:    o.Arrived(), InTime: o.InTime, Late: o.Late, Refused: o.Refused,
		OutageSeconds: o.OutageSeconds,
	}
	s.counts.fill(&m)
	for _, second := range s.model.Recent(nil, seconds) {
		m.Seconds = append(m.Seconds, Second{
			Start:   time.Unix(second.Start, 0).UTC(),
			Arrived: second.Arrived(), InTime: second.InTime, Late: second.Late, Refused: second.Refused,
			BacklogMS:  milliseconds(int64(second.Backlog)),
			Efficiency: float64(second.Efficiency) / 1000,
			Outage:     second.Outage(),
		})
	}
	return m
}

// fill copies the counts into m, so that nothing in m changes later.
func (c *counts) fill(m *Measurements) {
	m.Peak = Peak{Requests: c.peak.most}
	if c.peak.most > 0 {
		m.Peak.End = time.Unix(0, c.peak.end).UTC()
	}
	quantile := func(q float64) float64 { return float64(c.latency.ValueAtQuantile(q)) / 1000 }
	m.Latency = Latency{
		Answers: c.latency.TotalCount(),
		P50:     quantile(50), P95: quantile(95), P99: quantile(99), Max: quantile(100),
	}
	m.Answers = make(map[string]int64, len(c.answers))
	for what, n := range c.answers {
		m.Answers[string(what)] = n
	}
	m.Services = make(map[string]map[string]int64, len(c.services))
	for service, variants := range c.services {
		named := make(map[string]int64, len(variants))
		for variant, n := range variants {
			named[variant.String()] = n
		}
		m.Services[service.String()] = named
	}
	m.Originators = make(map[string]int64, len(c.originators))
	for originator, n := range c.originators {
		m.Originators[originator.String()] = n
	}
	m.Others = c.others
	m.Repeats = Repeats{Arrived: c.repeats.arrived, Served: c.repeats.served, Latest: []string{}}
	for _, again := range c.repeats.latest {
		m.Repeats.Latest = append(m.Repeats.Latest, again.id.String()+" "+strconv.Itoa(int(again.command)))
	}
}

func milliseconds(nanoseconds int64) float64 {
	return float64(nanoseconds/int64(time.Microsecond)) / 1000
}

// arrive counts the request, and asks the finite server when its answer is due.
// The time is read under the lock: arrivals reach the model in their order.
func (s *Server) arrive(r *request) outage.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.at = s.now()
	due := s.model.Arrive(r.at, outage.SR)
	s.counts.arrived(r, due.Status == outage.Served)
	return due
}

// answered counts the answer.
func (s *Server) answered(r *request, what kind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.answered(what, s.now()-r.at)
}

// serveMeasurements answers GET MeasurementsPath.
func (s *Server) serveMeasurements(ctx *fasthttp.RequestCtx) {
	seconds := 60
	if text := ctx.QueryArgs().Peek("seconds"); len(text) > 0 {
		n, err := strconv.Atoi(string(text))
		if err != nil || n < 0 || n > outage.MaxSeconds {
			say(ctx, fasthttp.StatusBadRequest, "seconds is how many of the latest seconds are wanted: a number from 0 to "+strconv.Itoa(outage.MaxSeconds))
			return
		}
		seconds = n
	}
	if !ctx.IsGet() {
		ctx.Response.Header.Set(fasthttp.HeaderAllow, fasthttp.MethodGet)
		say(ctx, fasthttp.StatusMethodNotAllowed, "measurements are read with GET")
		return
	}
	body, err := json.MarshalIndent(s.Measure(seconds), "", "  ")
	if err != nil {
		s.config.Log.Error("stand-in DSP cannot write its measurements", "error", err)
		say(ctx, fasthttp.StatusInternalServerError, err.Error())
		return
	}
	ctx.SetContentType("application/json")
	ctx.Response.SetBodyRaw(append(body, '\n'))
}
