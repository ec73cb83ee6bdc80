package plot

import (
	"iter"
	"math"
	"slices"
)

// HTML implements Plot.
func (t Timeline) HTML() string { return drawing(t.draw).html(t.Caption) }

// SVG implements Plot.
func (t Timeline) SVG() string { return drawing(t.draw).file(t.Caption) }

// timeline is a Timeline in the course of being drawn.
type timeline struct {
	Timeline
	*canvas
	time  timeAxis
	value valueAxis
	bars  []stack
	sky   skyline
	keyed []entry // what the key must hold beside series and spans
	found []entry // what came out while drawing: levels without room, and bands
}

func (t Timeline) draw(c *canvas) {
	if t.Bar <= 0 {
		t.Bar = day
	}
	if t.Height <= 0 {
		t.Height = 160
	}
	t.Height = min(max(t.Height, 40), 2000)
	if t.From >= t.To {
		c.empty(60)
		return
	}
	begin := *c
	d := timeline{Timeline: t, canvas: c, bars: stacks(t)}
	d.all()
	if len(d.found) > 0 { // only now is it known what the key must hold
		*c = begin
		d.keyed = d.found
		d.all()
	}
}

func (d *timeline) all() {
	d.found = nil
	d.layout()
	d.spans()
	d.grid(d.value, d.Unit)
	d.lines(Area)
	d.stackedBars()
	d.ground(d.time.field)
	d.lines(Line)
	d.levels()
	d.markers()
	d.levelLabels()
	barWidth := int64(0)
	if len(d.bars) > 0 {
		barWidth = d.Bar
	}
	d.times(d.time, barWidth)
}

// empty says that there is nothing to draw.
func (c *canvas) empty(height int) {
	c.text(label{x: c.width / 2, y: c.y + float64(height)/2, text: "nothing to draw", anchor: middle, room: c.width, class: "p-dim"})
	c.y += float64(height)
}

// layout draws the key and finds the place of all the rest.
func (d *timeline) layout() {
	d.key(d.entries())
	top, whole := d.top()
	scale := newLinear(top, max(2, d.Height/32), whole)
	margin := scale.margin()
	f := field{x: margin, y: d.y + 26, w: d.width - margin - 10, h: float64(d.Height)}
	d.time = timeAxis{d.From, d.To, f}
	d.value = valueAxis{scale, f}
	d.sky = newSkyline(f)
}

// top returns the greatest value that must have room, and whether all are whole
// numbers.
func (d *timeline) top() (top float64, whole bool) {
	top, _ = tame(d.Top)
	whole = true
	see := func(v float64) {
		top, whole = max(top, v), whole && v == math.Trunc(v)
	}
	for _, s := range d.Series {
		for _, p := range s.Points {
			if v, ok := tame(p.Value); ok && s.Kind != Bars && p.At >= d.From && p.At < d.To {
				see(v)
			}
		}
	}
	for _, b := range d.bars {
		see(b.total)
	}
	for _, l := range d.Levels {
		for _, s := range l.steps(d.From, d.To) {
			see(s.Value)
		}
	}
	return min(top, largest), whole
}

// entries returns the key. Levels are labelled where they lie.
func (d *timeline) entries() []entry {
	var all []entry
	_, compared := d.allocation()
	for _, s := range d.Series {
		name := named(s.Name, s.Ink)
		switch {
		case s.Kind == Dots && compared:
			all = append(all, entry{keyDot, s.Ink, name + ", within"}, entry{keyDiamond, s.Ink, name + ", above"})
		case s.Kind == Dots:
			all = append(all, entry{keyDot, s.Ink, name})
		case s.Kind == Bars:
			all = append(all, entry{keyFill, s.Ink, name})
		case s.Kind == Area:
			all = append(all, entry{keyArea, s.Ink, name})
		default:
			all = append(all, entry{keyLine, s.Ink, name})
		}
	}
	all = append(all, d.keyed...)
	seen := map[string]bool{}
	for _, s := range d.Spans {
		if name := s.name(); !seen[name] && s.From < s.To && s.To > d.From && s.From < d.To {
			seen[name] = true
			all = append(all, entry{keySpan, Plain, name})
		}
	}
	if name, any := d.outageName(); any {
		all = append(all, entry{keyOutage, Plain, name})
	}
	return all
}

// named returns the name, or the ink's word where there is none.
func named(name string, i Ink) string {
	if name = clean(name); name != "" {
		return name
	}
	return i.String()
}

func (s Span) name() string {
	if name := clean(s.Name); name != "" {
		return name
	}
	return "active"
}

// allocation returns the level that dots are compared with.
func (d *timeline) allocation() (Level, bool) {
	for _, l := range d.Levels {
		if l.Ink == Allocation {
			return l, true
		}
	}
	return Level{}, false
}

// spans shades what was active, and the outages.
func (d *timeline) spans() {
	for _, b := range d.shaded(d.Spans) {
		d.span(b)
	}
	for _, b := range d.shaded(d.Outages) {
		d.outage(b)
	}
}

// runs gives the columns between gaps.
func runs(columns []column) iter.Seq[[]column] {
	return func(yield func([]column) bool) {
		for first := 0; first < len(columns); {
			end := first + 1
			for end < len(columns) && !columns[end].opens {
				end++
			}
			if !yield(columns[first:end]) {
				return
			}
			first = end
		}
	}
}

// lines draws the mean of each bucket, over a band from its least to its
// greatest value where the two differ. Areas are the same, with what lies below
// the mean filled.
func (d *timeline) lines(k Kind) {
	for _, s := range d.Series {
		if s.Kind != k {
			continue
		}
		columns, gathered := simplify(s.Points, d.time)
		if len(columns) == 0 {
			continue
		}
		if gathered {
			d.band(s.Ink, columns)
		}
		d.stroke(s.Ink, k.class())
		for run := range runs(columns) {
			d.run(run, k)
		}
		d.raw(`"/>`)
	}
}

func (k Kind) class() string {
	if k == Area {
		return "p-line p-area"
	}
	return "p-line"
}

// run draws the line of what lies between two gaps. An area's begins and ends
// on the ground, so that filling it needs no second path.
func (d *timeline) run(run []column, k Kind) {
	p := path{c: d.canvas}
	first, last := run[0], run[len(run)-1]
	if k == Area {
		p.moveTo(first.x, d.value.y(0))
		p.lineTo(first.x, d.value.y(first.mean))
	} else {
		p.moveTo(first.x, d.value.y(first.mean))
	}
	for _, c := range run {
		p.lineTo(c.x, d.value.y(c.mean))
		d.sky.reach(c.x-1, c.x+1, d.value.y(c.high))
	}
	switch {
	case k == Area:
		p.lineTo(last.x, d.value.y(0))
	case len(run) == 1:
		p.dot()
	}
	p.flush()
}

// band draws the range of each bucket, to the pixel.
func (d *timeline) band(i Ink, columns []column) {
	d.raw(`<path class="p-band `, i.class(), `" d="`)
	p := path{c: d.canvas}
	for run := range runs(columns) {
		y := func(v float64) float64 { return math.Round(d.value.y(v)) }
		p.moveTo(run[0].x, y(run[0].high))
		for _, c := range run {
			p.lineTo(c.x, y(c.high))
		}
		for _, c := range slices.Backward(run) {
			p.lineTo(c.x, y(c.low))
		}
		p.close()
	}
	d.raw(`"/>`)
	e := entry{keyBand, i, "mean and range over " + length(d.time.bucket())}
	if !slices.ContainsFunc(d.found, func(f entry) bool { return f.kind == keyBand }) {
		d.found = append(d.found, e)
	}
}

// markers draws the dots, in the middle of what their points stand for.
func (d *timeline) markers() {
	level, compared := d.allocation()
	for _, s := range d.Series {
		if s.Kind != Dots {
			continue
		}
		var within, above []spot
		for _, p := range ordered(s.Points) {
			v, ok := tame(p.Value)
			if !ok || p.At < d.From || p.At >= d.To {
				continue
			}
			x := (d.time.x(p.At) + d.time.x(later(p.At, d.Bar))) / 2
			at := spot{x, d.value.y(v), moment(p.At) + ": " + Figure(v) + " " + d.Unit}
			if compared && v > level.at(p.At) {
				above = append(above, at)
			} else {
				within = append(within, at)
			}
			d.sky.reach(x-4, x+4, at.y-4)
		}
		d.dots(s.Ink, within)
		d.diamonds(above)
	}
}

// later returns at + d, or the end of time.
func later(at, d int64) int64 {
	if at > 0 && d > (1<<63-1)-at {
		return 1<<63 - 1
	}
	return at + d
}
