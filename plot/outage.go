package plot

// outageStrip is how high the crossed strip of an outage is, in pixels.
const outageStrip = 7

// shaded returns where spans lie on the field. What is short is three pixels
// wide, and what touches is one.
func (d *timeline) shaded(spans []Span) []box {
	var all []box
	for _, s := range orderedSpans(spans) {
		if s.To <= d.From || s.From >= d.To || s.From >= s.To {
			continue
		}
		x, until := d.time.x(s.From), d.time.x(s.To)
		w := max(until-x, 3)
		x = min(x, d.time.field.x+d.time.w-w)
		if last := len(all) - 1; last >= 0 && x <= all[last].x+all[last].w {
			all[last].w = max(all[last].w, x+w-all[last].x)
			continue
		}
		all = append(all, box{x, d.time.y, w, d.time.h})
	}
	return all
}

// outageName returns what the key says of the outages that are seen, if any is.
func (d *timeline) outageName() (name string, any bool) {
	for _, s := range d.Outages {
		if s.From < s.To && s.To > d.From && s.From < d.To {
			if name = clean(s.Name); name == "" {
				name = "outage"
			}
			return name, true
		}
	}
	return "", false
}

// outage shades a time in which the DSP failed, with a crossed strip below the
// one that says that traffic management was active: the two may be together.
func (c *canvas) outage(r box) {
	c.raw(`<path class="p-outage" d="`)
	p := path{c: c}
	p.box(r)
	c.raw(`"/>`)
	c.open(Failed)
	c.raw(`<path d="`)
	strip := path{c: c}
	strip.box(box{r.x, r.y + min(3, r.h/4), r.w, min(outageStrip, r.h/2)})
	c.raw(`"/></g>`)
}
