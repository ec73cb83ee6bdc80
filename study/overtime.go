package study

import (
	"fmt"
	"math"
	"strings"
	"time"

	"srtm/plot"
	"srtm/simulate"
)

// mostPoints is how many points a line has at most: what a small picture can show,
// so that none is drawn as a range.
const mostPoints = 130

// roundStep returns the least round length of time of which no more than mostPoints
// reach over a length, and which is some whole stretches long.
func roundStep(length, every time.Duration) time.Duration {
	for _, s := range []time.Duration{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600} {
		if s *= time.Second; s%every == 0 && (length+s-1)/s <= mostPoints {
			return s
		}
	}
	points := (length + every - 1) / every
	return max(1, (points+mostPoints-1)/mostPoints) * every
}

// cutAt is how many times the capacity the scale reaches where far more is offered:
// what lies beyond it says little, and everything else would lie on the ground.
const cutAt = 3

// course is an outcome over time, in rates of SR/s.
type course struct {
	every                                time.Duration
	offered, answered, throttled, failed []plot.Point
	active, outages                      []plot.Span
	peak                                 float64
}

// course gathers the points of an outcome over round lengths of time.
func (v *view) course(o *simulate.Outcome) course {
	c := course{every: o.Every}
	if o.Every <= 0 || len(o.Points) == 0 {
		return c
	}
	c.every = roundStep(v.Result.Length, o.Every)
	together := int(c.every / o.Every)
	for from := 0; from < len(o.Points); from += together {
		to := min(from+together, len(o.Points))
		var sum [4]float64
		for _, p := range o.Points[from:to] {
			sum[0] += float64(p.Offered)
			sum[1] += float64(p.Answered)
			sum[2] += float64(p.Throttled)
			sum[3] += float64(p.Failed) + float64(p.Late)
		}
		begin, end := time.Duration(from)*o.Every, min(time.Duration(to)*o.Every, v.Result.Length)
		at := v.begin() + int64(begin+end)/2
		for i, line := range []*[]plot.Point{&c.offered, &c.answered, &c.throttled, &c.failed} {
			*line = append(*line, plot.Point{At: at, Value: sum[i] / max((end-begin).Seconds(), 1e-3)})
		}
		c.peak = max(c.peak, c.offered[len(c.offered)-1].Value)
	}
	for n, p := range o.Points {
		from := v.begin() + int64(n)*int64(o.Every)
		to := min(from+int64(o.Every), v.end())
		c.active = extended(c.active, plot.Span{From: from, To: to, Name: "traffic management active"}, p.Active)
		c.outages = extended(c.outages, plot.Span{From: from, To: to, Name: "outage"}, p.Outage > 0)
	}
	return c
}

// extended adds a span, to the last one where they touch.
func extended(all []plot.Span, s plot.Span, is bool) []plot.Span {
	if !is {
		return all
	}
	if last := len(all) - 1; last >= 0 && all[last].To == s.From {
		all[last].To = s.To
		return all
	}
	return append(all, s)
}

// overTime draws every rule over time, on one scale.
func (v *view) overTime() multiples {
	courses := make([]course, len(v.rules))
	top, peak := 0.0, 0.0
	for _, s := range v.capacities() {
		top = max(top, s.value)
	}
	for i, o := range v.rules {
		courses[i] = v.course(o)
		peak = max(peak, courses[i].peak)
		for _, s := range v.thresholds(o) {
			top = max(top, s.value)
		}
	}
	limit := roundTop(cutAt * top)
	if top <= 0 || peak <= 1.3*limit {
		limit = max(peak, top)
	}
	var all multiples
	for i, o := range v.rules {
		if len(courses[i].offered) > 0 {
			all = append(all, v.ruleOverTime(i, courses[i], limit, o))
		}
	}
	return all
}

// roundTop returns the least round number that is not below x, so that the axis of a
// picture ends there and what is cut lies along its edge.
func roundTop(x float64) float64 {
	for power := 1e-3; power < 1e12; power *= 10 {
		for _, step := range []float64{1, 2, 5} {
			if step *= power; x <= 4*step {
				return math.Ceil(x/step-1e-9) * step
			}
		}
	}
	return x
}

// ruleOverTime draws one rule.
func (v *view) ruleOverTime(i int, c course, limit float64, o *simulate.Outcome) drawing {
	t := plot.Timeline{
		From: v.begin(), To: v.end(), Unit: "SR/s", Height: 130, Top: limit, Spans: c.active, Outages: c.outages,
		Series: []plot.Series{
			{Name: "answered in time", Kind: plot.Area, Ink: plot.Forwarded, Points: cut(c.answered, limit)},
			{Name: "throttled", Ink: plot.Throttled, Points: cut(c.throttled, limit)},
			{Name: "failed or late", Ink: plot.Failed, Points: cut(c.failed, limit)},
			{Name: "offered", Ink: plot.Offered, Points: cut(c.offered, limit)},
		},
		Levels: []plot.Level{level("threshold", plot.Threshold, v.thresholds(o)), level("capacity", plot.Capacity, v.capacities())},
	}
	said := fmt.Sprintf("Offered at most %s over %s", rate(c.peak), span(c.every))
	if c.peak > limit {
		said += ", which the picture cuts"
	}
	said += fmt.Sprintf("; %s of %s answered in time", share(o.Answered, o.Sends), messages(o.Sends))
	if o.OutageSeconds > 0 {
		said += fmt.Sprintf("; outage %s", seconds(o.OutageSeconds))
	}
	if o.Active > 0 {
		said += fmt.Sprintf("; traffic management active %s", span(o.Active))
	}
	t.Caption = plot.Caption{Title: v.title(o) + " over time", Description: said + ".", ID: fmt.Sprintf("time-%d", i)}
	return drawing{file: fmt.Sprintf("time-%d-%s", i+1, slug(o.Label)), title: v.title(o), note: said + ".", plot: t}
}

// cut keeps what lies above the picture at its edge.
func cut(points []plot.Point, limit float64) []plot.Point {
	for i := range points {
		points[i].Value = min(points[i].Value, limit)
	}
	return points
}

func level(name string, ink plot.Ink, steps []step) plot.Level {
	l := plot.Level{Name: name, Ink: ink, Value: steps[0].value}
	for _, s := range steps[1:] {
		l.Steps = append(l.Steps, plot.Point{At: s.at, Value: s.value})
	}
	return l
}

// slug makes a part of a file's name.
func slug(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, text)
	for strings.Contains(text, "--") {
		text = strings.ReplaceAll(text, "--", "-")
	}
	return strings.Trim(text[:min(len(text), 60)], "-")
}

// endsDrawing draws how Service Requests ended under each rule.
func (v *view) endsDrawing() drawing {
	rows := plot.Rows{Unit: inRequests, Names: map[plot.Ink]string{
		plot.Forwarded: "accepted", plot.Spare: "unfinished", plot.Throttled: "lost, not within the allocation", plot.Failed: "lost, within the allocation",
	}}
	for _, o := range v.rules {
		within := min(o.WithinLost, o.GaveUp)
		rows.Rows = append(rows.Rows, plot.Row{Name: v.title(o), Note: share(o.Finished, o.Requests) + " accepted", Parts: []plot.Part{
			{Ink: plot.Forwarded, Value: float64(o.Finished)}, {Ink: plot.Spare, Value: float64(o.Left)},
			{Ink: plot.Throttled, Value: float64(o.GaveUp - within)}, {Ink: plot.Failed, Value: float64(within)},
		}})
	}
	rows.Caption = plot.Caption{Title: "How Service Requests ended under each rule", ID: "rules",
		Description: "A bar for each rule: Service Requests accepted, unfinished, and lost over and within the allocation of who sent them."}
	return drawing{file: "rules", title: "How Service Requests ended", plot: rows}
}

// withinDrawing draws what became of messages within the allocation.
func (v *view) withinDrawing() drawing {
	rows := plot.Rows{Unit: inMessages, Names: map[plot.Ink]string{
		plot.Forwarded: "answered in time", plot.Throttled: "refused by the rule", plot.Failed: "failed at the DSP, or late",
	}}
	for _, o := range v.rules {
		bad := min(o.WithinThrottled+o.WithinFailed, o.Within)
		rows.Rows = append(rows.Rows, plot.Row{Name: v.title(o), Note: share(bad, o.Within) + " refused or failed", Parts: []plot.Part{
			{Ink: plot.Forwarded, Value: float64(o.Within - bad)}, {Ink: plot.Throttled, Value: float64(o.WithinThrottled)}, {Ink: plot.Failed, Value: float64(o.WithinFailed)},
		}})
	}
	rows.Caption = plot.Caption{Title: "Messages within the allocation under each rule", ID: "within",
		Description: "A bar for each rule: messages that were within the allocation of who sent them, answered, refused and failed."}
	return drawing{file: "within", title: "Messages within the allocation", plot: rows}
}

// figures are all drawings, those first that say most.
func (v *view) figures() []drawing {
	if len(v.rules) == 0 {
		return v.sweepDrawings()
	}
	all := []drawing{v.endsDrawing(), v.withinDrawing()}
	all = append(all, v.overTime()...)
	return append(all, v.sweepDrawings()...)
}
