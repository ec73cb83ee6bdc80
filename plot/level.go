package plot

import (
	"cmp"
	"math"
	"slices"
)

// orderedSpans returns the spans by their beginning.
func orderedSpans(spans []Span) []Span {
	spans = slices.Clone(spans)
	slices.SortStableFunc(spans, func(a, b Span) int { return cmp.Compare(a.From, b.From) })
	return spans
}

// steps returns the level's values within [from, to), the first at from.
func (l Level) steps(from, to int64) []Point {
	v, _ := tame(l.Value)
	all := []Point{{from, v}}
	for _, s := range ordered(l.Steps) {
		v, ok := tame(s.Value)
		switch {
		case !ok || s.At >= to:
		case s.At <= from:
			all[0].Value = v
		case v != all[len(all)-1].Value:
			all = append(all, Point{s.At, v})
		}
	}
	return all
}

// at returns the level's value at a time.
func (l Level) at(at int64) float64 {
	v, _ := tame(l.Value)
	for _, s := range ordered(l.Steps) {
		if s.At > at {
			break
		}
		if w, ok := tame(s.Value); ok {
			v = w
		}
	}
	return v
}

func (d *timeline) levels() {
	for _, l := range d.Levels {
		d.stroke(l.Ink, "p-level")
		p := path{c: d.canvas}
		for i, s := range l.steps(d.From, d.To) {
			x, y := d.time.x(s.At), d.value.y(s.Value)
			if i == 0 {
				p.moveTo(x, y)
				continue
			}
			p.lineTo(x, tenth(p.y))
			p.lineTo(x, y)
		}
		p.lineTo(d.time.field.x+d.time.w, tenth(p.y))
		p.flush()
		d.raw(`"/>`)
	}
}

func tenth(n int64) float64 { return float64(n) / 10 }

// skyline is how high the marks reach above each pixel of a field, so that
// labels find a free place.
type skyline struct {
	field
	heights []float64 // y
}

func newSkyline(f field) skyline {
	s := skyline{f, make([]float64, int(f.w)+1)}
	for i := range s.heights {
		s.heights[i] = f.y + f.h
	}
	return s
}

// reach says that a mark reaches up to y between x and until.
func (s skyline) reach(x, until, y float64) {
	first := max(int(x-s.field.x), 0)
	last := min(int(math.Ceil(until-s.field.x)), len(s.heights)-1)
	for i := first; i <= last; i++ {
		s.heights[i] = min(s.heights[i], y)
	}
}

// hidden returns how many pixels of a box marks reach into.
func (s skyline) hidden(b box) float64 {
	n := 0.0
	for i := max(int(b.x-s.field.x), 0); i < min(int(b.x+b.w-s.field.x)+1, len(s.heights)); i++ {
		n += min(max(b.y+b.h-s.heights[i], 0), b.h) / b.h
	}
	return n
}

// levelLabels writes each level's name and value where it hides least.
func (d *timeline) levelLabels() {
	var taken []box
	for _, l := range d.Levels {
		steps := l.steps(d.From, d.To)
		text := named(l.Name, l.Ink) + " " + Figure(steps[0].Value)
		for _, s := range steps[1:] {
			text += ", then " + Figure(s.Value)
		}
		e := entry{keyLevel, l.Ink, text + " " + d.Unit}
		if slices.Contains(d.keyed, e) {
			d.found = append(d.found, e)
			continue
		}
		text = shorten(e.name, d.time.w-8)
		best, least := box{}, math.Inf(1)
		for i, b := range d.places(steps, measure(text)) {
			cost := d.cost(b, l, taken) + float64(i)*0.5
			if cost < least {
				best, least = b, cost
			}
		}
		if least > 12 {
			d.found = append(d.found, e)
			continue
		}
		taken = append(taken, best)
		d.text(label{x: best.x, y: best.y + 11, text: text, room: d.time.w, class: "p-halo"})
	}
}

// places returns where a label of that width may stand: over and under the
// level, at its right, its left and in the middle.
func (d *timeline) places(steps []Point, w float64) []box {
	var all []box
	f := d.time.field
	right, left := d.value.y(steps[len(steps)-1].Value), d.value.y(steps[0].Value)
	for _, x := range []float64{f.x + f.w - w - 4, f.x + 6, f.x + (f.w-w)/2} {
		y := left
		if x > f.x+f.w/3 {
			y = right
		}
		for _, top := range []float64{y - 16, y + 3} {
			if top >= f.y-16 && top+14 <= f.y+f.h {
				all = append(all, box{max(x, f.x), top, w, 14})
			}
		}
	}
	return all
}

// cost returns how badly a label would stand there.
func (d *timeline) cost(b box, own Level, taken []box) float64 {
	cost := d.sky.hidden(b)
	for _, t := range taken {
		if b.overlaps(t) {
			cost += 1000
		}
	}
	for _, l := range d.Levels {
		for _, s := range l.steps(d.From, d.To) {
			y := d.value.y(s.Value)
			if crosses := y > b.y && y < b.y+b.h; crosses && !(l.Ink == own.Ink && l.Value == own.Value && len(l.Steps) == 0) {
				cost += 200
			}
		}
	}
	if b.y < d.time.field.y { // among the unit and the key
		cost += 2
		if b.x < 140 {
			cost += 1000
		}
	}
	return cost
}
