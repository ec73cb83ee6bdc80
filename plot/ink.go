package plot

import "strconv"

// inks is how many there are; what lies beyond them is drawn as Plain.
const inks = Failed + 1

func (i Ink) known() Ink {
	if i >= inks {
		return Plain
	}
	return i
}

// class is the ink's name in CSS, which colours both strokes and fills.
func (i Ink) class() string { return "p-i" + strconv.Itoa(int(i.known())) }

// hatched reports whether an area of this ink is filled with a pattern.
func (i Ink) hatched() bool { return i == Throttled || i == Failed }

// open begins a group of filled shapes in this ink. It is ended by </g>.
func (c *canvas) open(i Ink) {
	i = i.known()
	c.raw(`<g class="p-fill `, i.class(), `"`)
	if i.hatched() {
		c.patterns |= 1 << i
		c.raw(` fill="url(#`, idMark, "-", strconv.Itoa(int(i)), `)"`)
	}
	c.raw(">")
}

// stroke begins a path that is drawn along its edge, in this ink; kind is
// another class. It is ended by "/>.
func (c *canvas) stroke(i Ink, kind string) {
	c.raw(`<path class="`, kind, " ", i.class(), `" d="`)
}

// defs writes the patterns that the drawing uses.
func (c *canvas) defs() string {
	d := canvas{}
	for i := Plain; i < inks; i++ {
		if c.patterns&(1<<i) == 0 {
			continue
		}
		d.raw(`<pattern id="`, idMark, "-", strconv.Itoa(int(i)),
			`" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="p-ground" d="M0 0h5v5h-5z"/><path class="p-solid `,
			i.class(), `" d="M0 0h2.5v5h-2.5z`)
		if i == Failed {
			d.raw("M2.5 0h2.5v1.5h-2.5z")
		}
		d.raw(`"/></pattern>`)
	}
	if len(d.b) == 0 {
		return ""
	}
	return "<defs>" + string(d.b) + "</defs>"
}

// entry is one line of a key.
type entry struct {
	kind keyKind
	ink  Ink
	name string
}

type keyKind uint8

const (
	keyLine keyKind = iota
	keyArea
	keyBand
	keyLevel
	keyFill
	keyDot
	keyDiamond
	keySpan
	keyTick
	keyOutage
	keyCurve // its ink is the curve's number
)

const swatch = 18 // the width of a key's picture

// key writes the entries below each other's end, as many in a line as have room.
func (c *canvas) key(entries []entry) {
	x, y := 0.0, c.y
	for _, e := range entries {
		name := shorten(e.name, c.width-swatch-6)
		w := swatch + 6 + measure(name)
		if x > 0 && x+w > c.width {
			x, y = 0, y+lineHeight
		}
		c.swatch(e, x, y)
		c.text(label{x: x + swatch + 5, y: y + 12, text: name, room: c.width})
		x += w + 14
	}
	if len(entries) > 0 {
		c.y = y + lineHeight + 4
	}
}

func (c *canvas) swatch(e entry, x, y float64) {
	p := path{c: c}
	middle := y + 8
	switch e.kind {
	case keyLine:
		c.rule(e.ink, "p-line", box{x: x, y: middle, w: swatch})
	case keyArea:
		c.stroke(e.ink, Area.class())
		p.moveTo(x, middle+6)
		p.lineTo(x, middle)
		p.lineTo(x+swatch, middle)
		p.lineTo(x+swatch, middle+6)
		p.flush()
		c.raw(`"/>`)
	case keyBand:
		c.raw(`<path class="p-band `, e.ink.class(), `" d="`)
		p.box(box{x, middle - 4, swatch, 8})
		c.raw(`"/>`)
		c.rule(e.ink, "p-line", box{x: x, y: middle, w: swatch})
	case keyLevel:
		c.rule(e.ink, "p-level", box{x: x, y: middle, w: swatch})
	case keyFill:
		c.open(e.ink)
		c.rect(box{x + 2.5, y + 2.5, swatch - 5, 11}, "")
		c.raw("</g>")
	case keyDot:
		c.dots(e.ink, []spot{{x + swatch/2, middle, ""}})
	case keyDiamond:
		c.diamonds([]spot{{x + swatch/2, middle, ""}})
	case keySpan:
		c.span(box{x, y + 2, swatch, 12})
	case keyTick:
		c.ticks([]box{{x + swatch/2, y + 2, 0, 12}})
	case keyOutage:
		c.outage(box{x, y + 2, swatch, 12})
	case keyCurve:
		c.curveSwatch(int(e.ink), x, middle)
	}
}

// rule draws a level line.
func (c *canvas) rule(i Ink, kind string, r box) {
	c.stroke(i, kind)
	p := path{c: c}
	p.moveTo(r.x, r.y)
	p.lineTo(r.x+r.w, r.y)
	p.flush()
	c.raw(`"/>`)
}

// spot is the place of a dot, with its tooltip.
type spot struct {
	x, y float64
	tip  string
}

// mostTips is how many marks of a series may have a tooltip each. More than
// that cannot be pointed at, and are drawn as one path.
const mostTips = 100

func (c *canvas) dots(i Ink, spots []spot) {
	if len(spots) == 0 {
		return
	}
	if c.narrow || len(spots) > mostTips || spots[0].tip == "" {
		c.stroke(i, "p-dot")
		for _, s := range spots {
			p := path{c: c}
			p.moveTo(s.x, s.y)
			p.dot()
		}
		c.raw(`"/>`)
		return
	}
	c.raw(`<g class="p-solid `, i.class(), `">`)
	for _, s := range spots {
		c.raw("<circle")
		c.attr("cx", s.x)
		c.attr("cy", s.y)
		c.raw(` r="3"><title>`, escape(s.tip), "</title></circle>")
	}
	c.raw("</g>")
}

// diamonds draws what lies above an allocation.
func (c *canvas) diamonds(spots []spot) {
	const r = 4.2
	single := c.narrow || len(spots) > mostTips
	for i, s := range spots {
		if i == 0 || !single {
			c.raw(`<path class="p-over" d="`)
		}
		p := path{c: c}
		p.moveTo(s.x, s.y-r)
		p.lineTo(s.x+r, s.y)
		p.lineTo(s.x, s.y+r)
		p.lineTo(s.x-r, s.y)
		p.close()
		switch {
		case single && i < len(spots)-1:
		case single || s.tip == "":
			c.raw(`"/>`)
		default:
			c.raw(`"><title>`, escape(s.tip), "</title></path>")
		}
	}
}

// span shades a time, with a strip along its top.
func (c *canvas) span(r box) {
	c.raw(`<path class="p-span" d="`)
	p := path{c: c}
	p.box(r)
	c.raw(`"/><path class="p-strip" d="`)
	p.box(box{r.x, r.y, r.w, 3})
	c.raw(`"/>`)
}

// ticks draws the marks of allocations across bars, visible on light and dark.
func (c *canvas) ticks(marks []box) {
	if len(marks) == 0 {
		return
	}
	for _, class := range []string{"p-tick-edge", "p-tick"} {
		c.raw(`<path class="`, class, `" d="`)
		p := path{c: c}
		for _, m := range marks {
			p.moveTo(m.x, m.y)
			p.lineTo(m.x, m.y+m.h)
		}
		p.flush()
		c.raw(`"/>`)
	}
}
