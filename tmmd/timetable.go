package tmmd

import (
	"fmt"
	"strings"
	"time"

	"srtm/policy"
)

const day = 24 * time.Hour

// window is a time in which the operating threshold is another than usual.
type window struct {
	when   string
	period policy.Period
}

// timetable is what lowers the operating threshold, and allocations then.
func (e *edition) timetable() section {
	windows := e.windows()
	s := section{anchor: "timetable", title: "Timetable"}
	if len(windows) == 0 {
		s.blocks = []block{paragraph("Nothing is reserved and no maintenance is planned: T and the allocations are the same at all times.")}
		return s
	}
	t := table{anchor: "windows", title: "When T is another", columns: append(texts("when (UTC)", "why"), figures("C", "reserved /s", "T /s")...)}
	for _, w := range windows {
		threshold := thousandths(w.period.Rules.Threshold).String()
		if w.period.Rules.Closed {
			threshold = "closed"
		}
		t.rows = append(t.rows, []string{w.when, e.causes(w.period), w.period.Capacity.String(), thousandths(w.period.Reserved).String(), threshold})
	}
	s.blocks = []block{paragraph("At all other times T is " + rateOf(e.policy.OperatingThreshold()) + ". Where T is another, every allocation is computed from it."), t}
	if !e.public {
		s.blocks = append(s.blocks, e.allocationsThen(windows)...)
	}
	return s
}

// causes says why, in the parties' words where those may be shown.
func (e *edition) causes(p policy.Period) string {
	words := make([]string, len(p.Causes))
	for i, c := range p.Causes {
		what, reason, found := strings.Cut(c, ": ")
		words[i] = clean(what)
		if found {
			words[i] += ": " + e.free(reason)
		}
	}
	return strings.Join(words, "; ")
}

// windows are the parts of a day in which anything is reserved, then each
// maintenance, cut where what is reserved changes. Of one longer than a day its
// first day is shown, the rest being like it.
func (e *edition) windows() []window {
	var all []window
	if len(e.policy.Reserved) > 0 {
		at := e.ordinaryDay()
		for end := at.Add(day); at.Before(end); {
			period := e.policy.At(at)
			until := earlier(period.Until, end)
			if period.Reserved > 0 {
				all = append(all, window{clock(at.Sub(end.Add(-day))) + " to " + clock(until.Sub(end.Add(-day))) + ", every day", period})
			}
			at = until
		}
	}
	for _, m := range e.policy.Maintenance {
		at, end, more := m.Start, m.End, ""
		if m.End.Sub(m.Start) > day {
			end, more = m.Start.Add(day), ", and so every day until "+stamp(m.End)
		}
		for at.Before(end) {
			period := e.policy.At(at)
			until := earlier(period.Until, end)
			if until.Equal(m.End) {
				more = ""
			}
			if len(e.policy.Reserved) == 0 { // it is the same to its end
				until, more = m.End, ""
			}
			all = append(all, window{stamp(at) + " to " + stamp(until) + more, period})
			at = until
		}
	}
	return all
}

// ordinaryDay is the beginning of a day without maintenance.
func (e *edition) ordinaryDay() time.Time {
	at := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, m := range e.policy.Maintenance {
		if at.Before(m.End) {
			at = m.End
		}
	}
	return at.Add(2 * day).Truncate(day)
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

func stamp(t time.Time) string {
	t = t.UTC()
	if t.Second() == 0 {
		return t.Format("2006-01-02 15:04")
	}
	return t.Format("2006-01-02 15:04:05")
}

// How many windows stand beside each other, and how many cells there are at most.
const (
	windowsAbreast = 5
	mostCells      = 300_000
)

// allocationsThen is every account's allocation in every window.
func (e *edition) allocationsThen(windows []window) []block {
	if len(windows)*len(e.policy.Accounts) > mostCells {
		return []block{paragraph("There are too many Service Users and times to list each one's allocation at each: compute it by rule 1 from the T above.")}
	}
	var blocks []block
	tables := (len(windows) + windowsAbreast - 1) / windowsAbreast
	for first := 0; first < len(windows); first += windowsAbreast {
		some := windows[first:min(first+windowsAbreast, len(windows))]
		t := table{anchor: fmt.Sprintf("then-%d", first/windowsAbreast+1), title: "Allocations then, per second" + partOf(first/windowsAbreast+1, tables), columns: append(texts("account"), figures("usual")...)}
		t.foot = []string{"together", e.policy.OperatingThreshold().String()}
		for _, w := range some {
			t.columns = append(t.columns, column{w.when, true})
			t.foot = append(t.foot, thousandths(w.period.Rules.Threshold).String())
		}
		for i, a := range e.policy.Accounts {
			row := []string{clean(a.Name), a.Allocation.String()}
			for _, w := range some {
				row = append(row, thousandths(w.period.Rules.Accounts[i].Allocation).String())
			}
			t.rows = append(t.rows, row)
		}
		blocks = append(blocks, t)
	}
	return blocks
}

// partOf tells tables apart that are parts of one.
func partOf(n, all int) string {
	if all == 1 {
		return ""
	}
	return fmt.Sprintf(", part %d of %d", n, all)
}
