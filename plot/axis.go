package plot

// field is where the marks of a plot lie, within its axes.
type field struct{ x, y, w, h float64 }

// timeAxis places times on a field.
type timeAxis struct {
	from, to int64
	field
}

// x returns where a time lies, within the field.
func (a timeAxis) x(at int64) float64 {
	at = min(max(at, a.from), a.to)
	return a.field.x + float64(uint64(at-a.from))/a.length()*a.w
}

// length returns the time that the axis shows, which may be longer than an
// int64 can tell.
func (a timeAxis) length() float64 { return float64(uint64(a.to - a.from)) }

// valueAxis places values on a field.
type valueAxis struct {
	linear
	field
}

// y returns where a value lies, within the field.
func (a valueAxis) y(v float64) float64 {
	return a.field.y + a.h*(1-min(max(v/a.top, 0), 1))
}

// unit returns the unit with the word that stands before it.
func unit(word, of string) string { return clean(word + " " + of) }

// grid draws the lines of the values with their numbers, right-aligned left of
// the field, and the unit above.
func (c *canvas) grid(a valueAxis, of string) {
	texts, word := a.labels()
	c.text(label{x: 0, y: a.field.y - 12, text: unit(word, of), room: c.width, class: "p-dim"})
	c.raw(`<path class="p-grid" d="`)
	p := path{c: c}
	for i := range texts[1:] {
		y := a.y(a.step * float64(i+1))
		p.moveTo(a.field.x, y)
		p.lineTo(a.field.x+a.w, y)
	}
	p.flush()
	c.raw(`"/><g class="p-dim" text-anchor="end">`)
	for i, text := range texts {
		c.text(label{x: a.field.x - 6, y: a.y(a.step*float64(i)) + 4, text: text, room: c.width})
	}
	c.raw("</g>")
}

// ground draws the line of the zero, over what stands on it.
func (c *canvas) ground(f field) {
	c.raw(`<path class="p-axis" d="`)
	p := path{c: c}
	p.moveTo(f.x, f.y+f.h)
	p.lineTo(f.x+f.w, f.y+f.h)
	p.flush()
	c.raw(`"/>`)
}

// margin returns the room that the numbers of an axis need.
func (a linear) margin() float64 {
	texts, _ := a.labels()
	widest := 0.0
	for _, text := range texts {
		widest = max(widest, measure(text))
	}
	return widest + 8
}

// times draws a time axis below the field: ticks with their labels, and below
// them the days, months or years in which they lie.
func (c *canvas) times(a timeAxis, bar int64) {
	ticks := timeTicks(a.from, a.to, a.rhythm(bar))
	bottom := a.field.y + a.h
	c.raw(`<path class="p-axis" d="`)
	p := path{c: c}
	for _, t := range ticks {
		if t.text != "" {
			x := (a.x(t.at) + a.x(t.until)) / 2
			p.moveTo(x, bottom)
			p.lineTo(x, bottom+4)
		}
	}
	p.flush()
	c.raw(`"/><g class="p-dim" text-anchor="middle">`)
	for _, t := range ticks {
		x := (a.x(t.at) + a.x(t.until)) / 2
		if half := measure(t.text) / 2; t.text != "" && x-half >= 0 && x+half <= c.width && !(t.until > a.to && t.until > t.at) {
			c.text(label{x: x, y: bottom + 16, text: t.text, room: c.width})
		}
	}
	c.raw(`</g><g class="p-dim">`)
	free := 0.0
	for _, t := range ticks {
		x, text := a.x(t.at), t.context
		if text == "" {
			continue
		}
		if free == 0 {
			text += " (UTC)"
		}
		if x = min(x, c.width-measure(text)); x >= free {
			c.text(label{x: x, y: bottom + 31, text: text, room: c.width})
			free = x + measure(text) + 10
		}
	}
	c.raw("</g>")
	c.y = bottom + 36
}
