package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"srtm/dsp"
	"srtm/load"
)

// screen draws the demo while it runs: on a terminal four times a second in
// place, elsewhere a line for every second.
type screen struct {
	out      io.Writer
	terminal bool
	demo     *demo
	player   *load.Player
	dsp      *dsp.Server
	door     *door // nil without the mechanism
	frames   []frame
	drawn    int // lines
}

// frame is what was counted by one moment.
type frame struct {
	load    load.Snapshot
	arrived int64
	inTime  int64
}

// second is how many frames make one.
const second = 4

func newScreen(out io.Writer, d *demo, p *load.Player, s *dsp.Server) *screen {
	return &screen{out: out, terminal: isTerminal(out), demo: d, player: p, dsp: s}
}

// start draws until the returned function is called.
func (s *screen) start(ctx context.Context) (stop func()) {
	return every(ctx, time.Second/second, s.take)
}

func (s *screen) take() {
	m := s.dsp.Measure(0)
	s.frames = append(s.frames, frame{s.player.Snapshot(), m.Arrived, m.InTime})
	switch {
	case s.terminal:
		s.draw(m)
	case len(s.frames)%second == 0:
		s.line(m)
	}
}

// rates is what happened to one Service User in the last second.
type rates struct{ offered, forwarded, throttled, failed float64 }

// lately returns the rates at frame i.
func (s *screen) lately(i int) (users []rates, dsp rates) {
	now, before := s.frames[i], frame{}
	if i >= second {
		before = s.frames[i-second]
	}
	seconds := max(0.25, (now.load.At - before.load.At).Seconds())
	for k, u := range now.load.Users {
		var was load.Counts
		if before.load.Users != nil {
			was = before.load.Users[k].Counts
		}
		per := func(now, before uint64) float64 { return float64(now-before) / seconds }
		users = append(users, rates{per(u.Sends+u.Crowded, was.Sends+was.Crowded), per(u.Forwarded, was.Forwarded), per(u.Throttled, was.Throttled),
			per(u.Failed+u.TimedOut+u.Broken+u.Crowded, was.Failed+was.TimedOut+was.Broken+was.Crowded)})
	}
	return users, rates{offered: float64(now.arrived-before.arrived) / seconds, forwarded: float64(now.inTime-before.inTime) / seconds}
}

func total(users []rates) (sum rates) {
	for _, u := range users {
		sum.offered += u.offered
		sum.forwarded += u.forwarded
		sum.throttled += u.throttled
		sum.failed += u.failed
	}
	return sum
}

// line writes one second for whoever reads a file.
func (s *screen) line(m dsp.Measurements) {
	users, reached := s.lately(len(s.frames) - 1)
	sum := total(users)
	fmt.Fprintf(s.out, "  %3.0f s  offered %5.0f/s  answered well %4.0f/s  throttled %5.0f/s  failed %5.0f/s  at the DSP %5.0f/s, backlog %.1f s%s\n",
		s.frames[len(s.frames)-1].load.At.Seconds(), sum.offered, sum.forwarded, sum.throttled, sum.failed, reached.offered, m.BacklogMS/1000, s.active())
}

func (s *screen) active() string {
	if s.door != nil {
		if active, _ := s.door.controller.Active(); active {
			return "  ● active"
		}
	}
	return ""
}

// draw writes the picture over the one before.
func (s *screen) draw(m dsp.Measurements) {
	var b strings.Builder
	if s.drawn > 0 {
		fmt.Fprintf(&b, "\033[%dA", s.drawn)
	}
	lines := s.picture(m)
	for _, l := range lines {
		b.WriteString("\033[K" + l + "\n")
	}
	s.drawn = len(lines)
	io.WriteString(s.out, "\033[?7l"+b.String()+"\033[?7h") // a line too long for a narrow terminal is cut, not wrapped
}

func (s *screen) picture(m dsp.Measurements) []string {
	last := len(s.frames) - 1
	users, _ := s.lately(last)
	at := s.frames[last].load.At
	chapter := "everybody within its allocation"
	if at >= s.demo.from && at < s.demo.to {
		chapter = "BRAVO sends five times the operating threshold"
	} else if at >= s.demo.to {
		chapter = "BRAVO has finished"
	}
	lines := []string{
		fmt.Sprintf("  %4.1f s  %s%s", at.Seconds(), chapter, s.active()),
		"           answered well per second: █ within the allocation, ▒ beyond it, │ the allocation",
	}
	for i, u := range users {
		allocation := float64(s.demo.policy.Accounts[i].Allocation) / 1000
		lines = append(lines, fmt.Sprintf("  %-8s %s %4.0f/s of %5.0f/s offered%s", s.demo.policy.Accounts[i].Name,
			bar(u.forwarded, allocation), u.forwarded, u.offered, lost(u)))
	}
	capacity := float64(s.demo.policy.Capacity.PerSecond()) / 1e9
	state := "well"
	if m.Ailing {
		state = "IN AN OUTAGE"
	} else if m.Efficiency < 1 {
		state = "straining"
	}
	return append(lines,
		fmt.Sprintf("  offered  %-30s █ %.0f/s", s.spark(sparkOffered, func(all rates) float64 { return all.offered }), sparkOffered),
		fmt.Sprintf("  answered %-30s █ %.0f/s", s.spark(capacity, func(all rates) float64 { return all.forwarded }), capacity),
		fmt.Sprintf("  DSP      %s, backlog %.1f s, efficiency %.0f %%", state, m.BacklogMS/1000, m.Efficiency*100))
}

func lost(u rates) string {
	switch {
	case u.throttled >= 0.5:
		return fmt.Sprintf(", %.0f/s throttled", u.throttled)
	case u.failed >= 0.5:
		return fmt.Sprintf(", %.0f/s FAILED", u.failed)
	}
	return ""
}

// barWidth is the width of a bar in characters, and barMost the rate that fills it.
const (
	barWidth = 40
	barMost  = 200.0
)

func bar(rate, allocation float64) string {
	cell := func(v float64) int { return int(min(v, barMost) / barMost * barWidth) }
	cells := make([]rune, barWidth)
	for i := range cells {
		switch {
		case i < cell(rate) && i < cell(allocation):
			cells[i] = '█'
		case i < cell(rate):
			cells[i] = '▒'
		case i == cell(allocation):
			cells[i] = '│'
		default:
			cells[i] = ' '
		}
	}
	return string(cells)
}

// sparkOffered is the rate that fills the line of what was offered.
const sparkOffered = 1600.0

// spark draws one value for each second, most being a full block.
func (s *screen) spark(most float64, value func(all rates) float64) string {
	steps := []rune("▁▂▃▄▅▆▇█")
	var b strings.Builder
	for i := second - 1; i < len(s.frames); i += second {
		users, _ := s.lately(i)
		b.WriteRune(steps[min(int(value(total(users))/most*float64(len(steps))), len(steps)-1)])
	}
	return b.String()
}
