package plot

import "math"

// HTML implements Plot.
func (q Quantiles) HTML() string { return drawing(q.draw).html(q.Caption) }

// SVG implements Plot.
func (q Quantiles) SVG() string { return drawing(q.draw).file(q.Caption) }

// figures are the widths of a column of latencies, and their heads.
const figureWidth = 62.0

func (q Quantiles) draw(c *canvas) {
	if len(q.Rows) == 0 {
		c.empty(60)
		return
	}
	low, high := q.ends()
	names, notes := make([]string, len(q.Rows)), make([]string, len(q.Rows))
	figures := true
	for i, r := range q.Rows {
		names[i], notes[i] = r.Name, r.Note
		figures = figures && r.Note == ""
	}
	c.key([]entry{{keyDot, Forwarded, "median (p50)"}, {keyFill, Spare, "to p95"}, {keyTick, Allocation, "p99"}})
	if figures {
		c.y += 12
	}
	t := c.newTable(names, notes)
	if figures {
		t = c.withFigures(t)
	}
	axis := newLogarithmic(low, high)
	c.decades(t.field, axis, Seconds)
	c.texts(t, names, notes)
	if figures {
		q.figures(c, t)
	}
	q.bars(c, t, axis)
}

// ends returns the least and the greatest that is drawn.
func (q Quantiles) ends() (low, high float64) {
	low, high = math.Inf(1), 0
	for _, r := range q.Rows {
		for _, v := range []float64{r.P50, r.P95, r.P99} {
			if v, ok := tame(v); ok && v > 0 {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if high == 0 {
		return 0.01, 1
	}
	return low, high
}

// withFigures makes room for three columns of figures.
func (c *canvas) withFigures(t table) table {
	t.note = 3*figureWidth + 4
	if c.narrow {
		t.name = c.width - t.note
	} else {
		t.field.w = c.width - t.field.x - t.note - 6
	}
	return t
}

// figures writes the three columns, with their heads above.
func (q Quantiles) figures(c *canvas, t table) {
	c.raw(`<g class="p-dim" text-anchor="end">`)
	for i, head := range []string{"p50", "p95", "p99"} {
		x := c.width - float64(2-i)*figureWidth
		c.text(label{x: x, y: t.field.y - 2, text: head, room: figureWidth})
		for n, r := range q.Rows {
			v := []float64{r.P50, r.P95, r.P99}[i]
			c.text(label{x: x, y: t.top(n) + t.textBelow, text: Seconds(v), room: figureWidth})
		}
	}
	c.raw("</g>")
}

// decades draws the lines of a logarithmic scale with their numbers, below.
func (c *canvas) decades(f field, a logarithmic, write func(float64) string) {
	ticks := a.ticks(int(f.w / 62))
	c.raw(`<path class="p-grid" d="`)
	p := path{c: c}
	for _, v := range ticks {
		x := f.x + a.place(v)*f.w
		p.moveTo(x, f.y)
		p.lineTo(x, f.y+f.h)
	}
	p.flush()
	c.raw(`"/><g class="p-dim" text-anchor="middle">`)
	for _, v := range ticks {
		c.centred(f.x+a.place(v)*f.w, f.y+f.h+14, write(v))
	}
	c.raw("</g>")
	c.y = f.y + f.h + 19
}

func (q Quantiles) bars(c *canvas, t table, a logarithmic) {
	x := func(v float64) (float64, bool) {
		v, ok := tame(v)
		return t.field.x + a.place(v)*t.field.w, ok
	}
	var reach, whiskers, dots, ticks []box
	for i, r := range q.Rows {
		y := t.top(i) + t.barBelow + t.bar/2
		p50, ok50 := x(r.P50)
		p95, ok95 := x(r.P95)
		p99, ok99 := x(r.P99)
		if ok50 && ok95 && p95 > p50 {
			reach = append(reach, box{p50, y - 4, p95 - p50, 8})
		}
		if ok95 && ok99 && p99 > p95 {
			whiskers = append(whiskers, box{x: p95, y: y, w: p99 - p95})
		}
		if ok50 {
			dots = append(dots, box{x: p50, y: y})
		}
		if ok99 {
			ticks = append(ticks, box{x: p99, y: y - 6, h: 12})
		}
	}
	c.raw(`<path class="p-axis" d="`)
	p := path{c: c}
	for _, w := range whiskers {
		p.moveTo(w.x, w.y)
		p.lineTo(w.x+w.w, w.y)
	}
	p.flush()
	c.raw(`"/>`)
	c.open(Spare)
	for _, r := range reach {
		c.rect(r, "")
	}
	c.raw("</g>")
	c.ticks(ticks)
	spots := make([]spot, len(dots))
	for i, dot := range dots {
		spots[i] = spot{x: dot.x, y: dot.y}
	}
	c.dots(Forwarded, spots)
}
