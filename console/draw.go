package console

import (
	"html/template"
	"time"

	"srtm/access"
	"srtm/plot"
)

// rightsOf lists what somebody may.
func rightsOf(p access.Person) []string {
	all := []string{}
	for _, r := range []access.Right{access.See, access.SeeAll, access.Operate, access.Approve, access.Investigate} {
		if p.May(r) {
			all = append(all, string(r))
		}
	}
	return all
}

// tenMinutes is how much a plot shows.
const tenMinutes = seconds * time.Second

// drawAll is the plot of the page Now, for who has no script.
func drawAll(n *Now, points []point) template.HTML {
	t := timeline("", n.At, points)
	t.Caption = plot.Caption{Title: "Requests per second, last 10 minutes", ID: "now", Description: "Offered and forwarded Service Requests per second of all Service Users, beside operating threshold and maximum capacity."}
	t.Levels = []plot.Level{
		{Ink: plot.Threshold, Value: float64(n.Threshold) / 1e9},
		{Ink: plot.Capacity, Value: float64(n.Capacity) / 1e9},
	}
	return template.HTML(t.HTML())
}

// drawUser is the plot of a Service User.
func drawUser(u *User, points []point) template.HTML {
	t := timeline(u.Account, u.At, points)
	t.Caption = plot.Caption{Title: "Requests per second of " + u.Account + ", last 10 minutes", ID: "user", Description: "Its offered and forwarded Service Requests per second, beside its allocation."}
	t.Levels = []plot.Level{{Ink: plot.Allocation, Value: float64(u.Allocation) / 1e9}}
	return template.HTML(t.HTML())
}

func timeline(account string, now time.Time, points []point) plot.Timeline {
	offered := plot.Series{Kind: plot.Line, Ink: plot.Offered}
	forwarded := plot.Series{Kind: plot.Area, Ink: plot.Forwarded}
	var spans []plot.Span
	for i := range points {
		p := &points[i]
		at, r := p.at.UnixNano(), p.of(account)
		offered.Points = append(offered.Points, plot.Point{At: at, Value: r.offered})
		forwarded.Points = append(forwarded.Points, plot.Point{At: at, Value: r.forwarded})
		if n := len(spans); p.active && (i == 0 || !points[i-1].active) {
			spans = append(spans, plot.Span{From: at - int64(time.Second), To: at})
		} else if p.active {
			spans[n-1].To = at
		}
	}
	return plot.Timeline{
		From: now.Add(-tenMinutes).UnixNano(), To: now.UnixNano() + 1, Unit: "SR/s", Height: 220,
		Series: []plot.Series{forwarded, offered}, Spans: spans,
	}
}
