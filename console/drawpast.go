package console

import (
	"fmt"
	"html/template"
	"time"

	"srtm/duis"
	"srtm/plot"
)

// draw is the plot of an episode's seconds.
func (v *EpisodeSeries) draw(e *Episode) template.HTML {
	offered := plot.Series{Kind: plot.Line, Ink: plot.Offered}
	forwarded := plot.Series{Kind: plot.Area, Ink: plot.Forwarded}
	throttled := plot.Series{Kind: plot.Line, Ink: plot.Throttled}
	for i, second := range v.At {
		from := second * int64(time.Second)
		offered.Points = append(offered.Points, plot.Point{At: from, Value: v.Offered[i]})
		forwarded.Points = append(forwarded.Points, plot.Point{At: from, Value: v.Forwarded[i]})
		throttled.Points = append(throttled.Points, plot.Point{At: from, Value: v.Throttled[i]})
	}
	last := len(v.At) - 1
	t := plot.Timeline{
		From: v.At[0] * int64(time.Second), To: (v.At[last] + int64(v.Length[last])) * int64(time.Second), Unit: "SR/s", Height: 320,
		Series: []plot.Series{forwarded, offered, throttled},
	}
	whose := "all Service Users"
	if v.Account != "" {
		whose = v.Account
		if len(e.Accounts) == 1 {
			t.Levels = []plot.Level{{Ink: plot.Allocation, Value: float64(e.Accounts[0].Allocation) / 1e9}}
		}
	} else {
		t.Levels = []plot.Level{{Ink: plot.Threshold, Value: float64(e.Threshold) / 1e9}}
	}
	t.Caption = plot.Caption{Title: "Requests per second in the episode", ID: "episode", Description: fmt.Sprintf("Offered, forwarded and throttled Service Requests per second of %s.", whose)}
	return template.HTML(t.HTML())
}

// draw is the plot of one side of a trial.
func (r *TrialResult) draw(side *TrialSide, bins []Bin, id string) template.HTML {
	offered := plot.Series{Kind: plot.Line, Ink: plot.Offered}
	forwarded := plot.Series{Kind: plot.Area, Ink: plot.Forwarded}
	throttled := plot.Series{Kind: plot.Line, Ink: plot.Throttled}
	var spans []plot.Span
	begin, every := r.Begin.UnixNano(), int64(r.Every*float64(time.Second))
	top := 0.0
	for i, b := range bins {
		from := begin + int64(i)*every
		put := func(s *plot.Series, n uint64) {
			s.Points = append(s.Points, plot.Point{At: from, Value: float64(n) / r.Every})
		}
		put(&offered, r.Offered[i])
		put(&forwarded, b.Forwarded)
		put(&throttled, b.Throttled)
		top = max(top, float64(r.Offered[i])/r.Every)
		if n := len(spans); b.Active && n > 0 && spans[n-1].To == from {
			spans[n-1].To = from + every
		} else if b.Active {
			spans = append(spans, plot.Span{From: from, To: from + every})
		}
	}
	t := plot.Timeline{
		From: begin, To: begin + int64(len(bins))*every, Unit: "requests/s", Height: 180, Series: []plot.Series{forwarded, offered, throttled}, Spans: spans,
		Levels: []plot.Level{{Ink: plot.Threshold, Value: float64(side.Threshold) / 1e9}},
		Caption: plot.Caption{Title: "Requests per second under " + side.Policy, ID: id,
			Description: "What was offered, and what would have been forwarded and throttled, with the times in which traffic management would have been active."},
	}
	return template.HTML(t.HTML())
}

// variantWords is what a Service Request Variant is called.
func variantWords(variant string) string {
	if v, known := duis.ParseVariant(variant); known {
		return v.Name()
	}
	return ""
}
