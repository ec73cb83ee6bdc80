package plot

import "math"

// HTML implements Plot.
func (h Histogram) HTML() string { return drawing(h.draw).html(h.Caption) }

// SVG implements Plot.
func (h Histogram) SVG() string { return drawing(h.draw).file(h.Caption) }

// breadth is the axis along which a histogram's values lie.
type breadth struct {
	field
	log       bool
	low, high float64
	ticks     []float64
}

func (b breadth) x(v float64) float64 {
	part := (v - b.low) / (b.high - b.low)
	if b.log {
		part = logarithmic{b.low, b.high}.place(v)
	}
	return b.field.x + min(max(part, 0), 1)*b.w
}

// usable returns the buckets that can be drawn.
func (h Histogram) usable() []Bucket {
	var all []Bucket
	for _, b := range h.Buckets {
		from, ok1 := tame(b.From)
		to, ok2 := tame(b.To)
		count, ok3 := tame(b.Count)
		if ok1 && ok2 && ok3 && to > from && count > 0 && !(h.Log && to <= 0) {
			all = append(all, Bucket{from, to, count})
		}
	}
	return all
}

const histogramHeight = 130.0

func (h Histogram) draw(c *canvas) {
	buckets := h.usable()
	if len(buckets) == 0 {
		c.empty(60)
		return
	}
	top := 0.0
	for _, b := range buckets {
		top = max(top, b.Count)
	}
	scale := newLinear(top, 4, true)
	margin := scale.margin()
	marks := h.marks()
	f := field{x: margin, y: c.y + 26 + lineHeight*float64(len(marks)), w: c.width - margin - 16, h: histogramHeight}
	axis := h.breadth(buckets, f)
	value := valueAxis{scale, f}
	c.grid(value, h.Counted)
	c.open(Forwarded)
	c.raw(`<path d="`)
	for _, b := range buckets {
		x, until := axis.x(b.From), axis.x(b.To)
		gap := min(1, (until-x)*0.15)
		y := min(value.y(b.Count), value.y(0)-leastBar)
		p := path{c: c}
		p.box(box{x, y, max(until-x-gap, 0.5), value.y(0) - y})
	}
	c.raw(`"/></g>`)
	c.ground(f)
	h.along(c, axis)
	h.drawMarks(c, axis, marks)
}

// breadth returns the axis on which all buckets and marks have room.
func (h Histogram) breadth(buckets []Bucket, f field) breadth {
	low, high, whole := math.Inf(1), 0.0, true
	for _, b := range buckets {
		whole = whole && b.From == math.Trunc(b.From) && b.To == math.Trunc(b.To)
		if b.From > 0 {
			low = min(low, b.From)
		}
		low, high = min(low, b.To/2), max(high, b.To)
	}
	for _, m := range h.marks() {
		high = max(high, m.At)
		if m.At > 0 {
			low = min(low, m.At)
		}
	}
	most := max(int(f.w/70), 2)
	if h.Log {
		a := newLogarithmic(low, high)
		return breadth{f, true, a.low, a.high, a.ticks(most)}
	}
	a := newLinear(high, most, whole)
	b := breadth{field: f, high: a.top}
	for i := range a.ticks + 1 {
		b.ticks = append(b.ticks, float64(i)*a.step)
	}
	return b
}

// marks returns those that can be drawn.
func (h Histogram) marks() []Mark {
	var all []Mark
	for _, m := range h.Marks {
		if v, ok := tame(m.At); ok && len(all) < 5 {
			all = append(all, Mark{m.Name, v})
		}
	}
	return all
}

// write returns a value in the histogram's unit.
func (h Histogram) write(v float64) string {
	if h.Unit == "s" {
		return Seconds(v)
	}
	return Figure(v)
}

// along draws the axis of the values.
func (h Histogram) along(c *canvas, a breadth) {
	bottom := a.field.y + a.h
	c.raw(`<path class="p-axis" d="`)
	p := path{c: c}
	for _, v := range a.ticks {
		p.moveTo(a.x(v), bottom)
		p.lineTo(a.x(v), bottom+4)
	}
	p.flush()
	c.raw(`"/><g class="p-dim" text-anchor="middle">`)
	for _, v := range a.ticks {
		c.centred(a.x(v), bottom+17, h.write(v))
	}
	c.raw("</g>")
	c.y = bottom + 22
	if h.Unit != "s" && h.Unit != "" {
		c.text(label{x: a.field.x + a.w/2, y: bottom + 32, text: h.Unit, anchor: middle, room: a.w, class: "p-dim"})
		c.y += lineHeight
	}
}

// drawMarks draws each mark as a line, with its label above the field, one a line.
func (h Histogram) drawMarks(c *canvas, a breadth, marks []Mark) {
	for i, m := range marks {
		x := a.x(m.At)
		y := a.field.y - 26 - lineHeight*float64(len(marks)-1-i)
		c.stroke(Threshold, "p-level")
		p := path{c: c}
		p.moveTo(x, y-4)
		p.lineTo(x, a.field.y+a.h)
		p.flush()
		c.raw(`"/>`)
		l := label{x: x + 5, y: y, text: m.Name + " " + h.write(m.At), room: c.width - x - 5, class: "p-halo"}
		if fits := measure(clean(l.text)) <= l.room; !fits && x > c.width/2 {
			l.x, l.anchor, l.room = x-5, end, x-5
		}
		c.text(l)
	}
}
