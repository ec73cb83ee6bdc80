package plot

import (
	"cmp"
	"math"
	"slices"
	"strconv"
)

// Curve is one line of Curves.
type Curve struct {
	Name   string
	Points []Place
}

// Place is a value of the figure at a value of the setting.
type Place struct{ At, Value float64 }

// Curves draws a figure, from 0 upwards, against the values of a setting: one line
// a curve, with a mark of its own form at each point.
type Curves struct {
	Caption
	Unit   string // of the figure; stands at the top of its axis
	Along  string // the setting with its unit, as "capacity, SR/s"
	Height int    // of the plot within its axes, in pixels; 160 where 0
	Curves []Curve
	Marks  []Mark // lines across, such as the value that is in force
}

// HTML implements Plot.
func (v Curves) HTML() string { return drawing(v.draw).html(v.Caption) }

// SVG implements Plot.
func (v Curves) SVG() string { return drawing(v.draw).file(v.Caption) }

// usable returns the points that can be drawn, in the order of the setting.
func (v Curve) usable() []Place {
	var all []Place
	for _, p := range v.Points {
		at, ok1 := tame(p.At)
		value, ok2 := tame(p.Value)
		if ok1 && ok2 {
			all = append(all, Place{at, value})
		}
	}
	slices.SortStableFunc(all, func(a, b Place) int { return cmp.Compare(a.At, b.At) })
	return all
}

func (v Curves) draw(c *canvas) {
	low, high, top, whole := math.Inf(1), 0.0, 0.0, true
	var all [][]Place
	var entries []entry
	for i, curve := range v.Curves {
		points := curve.usable()
		all = append(all, points)
		for _, p := range points {
			low, high, top = min(low, p.At), max(high, p.At), max(top, p.Value)
			whole = whole && p.Value == math.Trunc(p.Value)
		}
		if len(points) > 0 {
			entries = append(entries, entry{keyCurve, Ink(i % 250), named(curve.Name, Plain)})
		}
	}
	if len(entries) == 0 {
		c.empty(60)
		return
	}
	c.key(entries)
	height := v.Height
	if height <= 0 {
		height = 160
	}
	height = min(max(height, 40), 2000)
	marks := v.marks(low, high)
	scale := newLinear(top, max(2, height/32), whole)
	margin := max(scale.margin(), 16)
	f := field{x: margin, y: c.y + 26 + lineHeight*float64(len(marks)), w: c.width - margin - 16, h: float64(height)}
	along := settingAxis{f, low, high}
	c.grid(valueAxis{scale, f}, v.Unit)
	c.ground(f)
	v.drawMarks(c, along, marks)
	for i, points := range all {
		c.curve(i, along.spots(points, valueAxis{scale, f}))
	}
	along.draw(c, v.Along)
}

// settingAxis places the values of a setting on a field.
type settingAxis struct {
	field
	low, high float64
}

func (a settingAxis) x(v float64) float64 {
	if a.high <= a.low {
		return a.field.x + a.w/2
	}
	return a.field.x + min(max((v-a.low)/(a.high-a.low), 0), 1)*a.w
}

func (a settingAxis) spots(points []Place, y valueAxis) []spot {
	var all []spot
	for _, p := range points {
		all = append(all, spot{a.x(p.At), y.y(p.Value), Figure(p.At) + ": " + Figure(p.Value)})
	}
	return all
}

// ticks returns round values between the ends, as many as have room.
func (a settingAxis) ticks() []float64 {
	if a.high <= a.low {
		return []float64{a.low}
	}
	most := max(int(a.w/70), 2)
	step := roundUp((a.high - a.low) / float64(most))
	var all []float64
	for n := math.Ceil(a.low/step - 1e-9); n*step <= a.high*(1+1e-9) && len(all) <= most+1; n++ {
		all = append(all, n*step)
	}
	if len(all) == 0 {
		return []float64{a.low, a.high}
	}
	return all
}

// draw draws the axis with its name below the field.
func (a settingAxis) draw(c *canvas, name string) {
	bottom := a.field.y + a.h
	ticks := a.ticks()
	c.raw(`<path class="p-axis" d="`)
	p := path{c: c}
	for _, v := range ticks {
		p.moveTo(a.x(v), bottom)
		p.lineTo(a.x(v), bottom+4)
	}
	p.flush()
	c.raw(`"/><g class="p-dim" text-anchor="middle">`)
	for _, v := range ticks {
		c.centred(a.x(v), bottom+17, Figure(v))
	}
	c.raw("</g>")
	c.text(label{x: a.field.x + a.w/2, y: bottom + 33, text: name, anchor: middle, room: a.w, class: "p-dim"})
	c.y = bottom + 38
}

// marks returns those that lie between the ends.
func (v Curves) marks(low, high float64) []Mark {
	var all []Mark
	for _, m := range v.Marks {
		if at, ok := tame(m.At); ok && at >= low && at <= high && len(all) < 5 {
			all = append(all, Mark{m.Name, at})
		}
	}
	return all
}

// drawMarks draws each mark as a line, with its label above the field, one a line.
func (v Curves) drawMarks(c *canvas, a settingAxis, marks []Mark) {
	for i, m := range marks {
		x := a.x(m.At)
		y := a.field.y - 26 - lineHeight*float64(len(marks)-1-i)
		c.stroke(Threshold, "p-level")
		p := path{c: c}
		p.moveTo(x, y-4)
		p.lineTo(x, a.field.y+a.h)
		p.flush()
		c.raw(`"/>`)
		l := label{x: x + 5, y: y, text: m.Name + " " + Figure(m.At), room: c.width - x - 5, class: "p-halo"}
		if fits := measure(clean(l.text)) <= l.room; !fits && x > c.width/2 {
			l.x, l.anchor, l.room = x-5, end, x-5
		}
		c.text(l)
	}
}

// Looks and forms of curves: numbers that have no common divisor, so that the pair
// tells many curves apart.
const (
	curveLooks = 6
	curveForms = 7
)

// curve draws the n-th line and its marks.
func (c *canvas) curve(n int, spots []spot) {
	if len(spots) == 0 {
		return
	}
	look := " p-c" + strconv.Itoa(n%curveLooks)
	c.raw(`<path class="p-curve`, look, `" d="`)
	p := path{c: c}
	for i, s := range spots {
		if i == 0 {
			p.moveTo(s.x, s.y)
		} else {
			p.lineTo(s.x, s.y)
		}
	}
	p.flush()
	c.raw(`"/>`)
	tips := !c.narrow && len(spots) <= mostTips
	for i, s := range spots {
		if i == 0 || tips {
			c.raw(`<path class="p-form`, look, `" d="`)
		}
		c.form(n%curveForms, s)
		switch {
		case tips && s.tip != "":
			c.raw(`"><title>`, escape(s.tip), "</title></path>")
		case tips || i == len(spots)-1:
			c.raw(`"/>`)
		}
	}
}

// curveSwatch is the n-th line in a key.
func (c *canvas) curveSwatch(n int, x, y float64) {
	look := " p-c" + strconv.Itoa(n%curveLooks)
	c.raw(`<path class="p-curve`, look, `" d="`)
	p := path{c: c}
	p.moveTo(x, y)
	p.lineTo(x+swatch, y)
	p.flush()
	c.raw(`"/><path class="p-form`, look, `" d="`)
	c.form(n%curveForms, spot{x: x + swatch/2, y: y})
	c.raw(`"/>`)
}

// form draws a mark: a diamond, a square, two triangles, two crosses, an octagon.
func (c *canvas) form(n int, s spot) {
	const r, d = 3.6, 2.6
	corners := [curveForms][][2]float64{
		{{-d, -r + 1.2}, {d, -r + 1.2}, {r, 0}, {d, r - 1.2}, {-d, r - 1.2}, {-r, 0}},
		{{0, -r - .6}, {r + .6, 0}, {0, r + .6}, {-r - .6, 0}},
		{{-d, -d}, {d, -d}, {d, d}, {-d, d}},
		{{0, -r}, {r, d}, {-r, d}},
		{{-r, -d}, {r, -d}, {0, r}},
		{{-d, -d}, {0, 0}, {d, -d}, {0, 0}, {d, d}, {0, 0}, {-d, d}, {0, 0}},
		{{0, -r}, {0, 0}, {r, 0}, {0, 0}, {0, r}, {0, 0}, {-r, 0}, {0, 0}},
	}[n]
	p := path{c: c}
	for i, at := range corners {
		if i == 0 {
			p.moveTo(s.x+at[0], s.y+at[1])
		} else {
			p.lineTo(s.x+at[0], s.y+at[1])
		}
	}
	p.close()
}
