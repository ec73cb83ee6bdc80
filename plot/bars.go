package plot

import (
	"cmp"
	"slices"
)

// stack is one bar: the values of each series of bars, from the bottom up.
type stack struct {
	at     int64
	values []float64 // by the series' place among all; what is no bar is 0
	total  float64
}

// stacks gathers the bars of all series, in the order of time.
func stacks(t Timeline) []stack {
	place := map[int64]int{}
	var all []stack
	for i, s := range t.Series {
		if s.Kind != Bars {
			continue
		}
		for _, p := range s.Points {
			v, ok := tame(p.Value)
			if !ok || v == 0 || p.At < t.From || p.At >= t.To {
				continue
			}
			n, found := place[p.At]
			if !found {
				n = len(all)
				place[p.At] = n
				all = append(all, stack{at: p.At, values: make([]float64, len(t.Series))})
			}
			all[n].values[i] += v
			all[n].total += v
		}
	}
	slices.SortFunc(all, func(a, b stack) int { return cmp.Compare(a.at, b.at) })
	return all
}

// leastBar is the height of a bar's part that is not 0, however small it is.
const leastBar = 1.2

// stackedBars draws the bars. Of those that are narrower than two pixels and
// share them, the highest is drawn.
func (d *timeline) stackedBars() {
	bars := d.thinned()
	for i, s := range d.Series {
		if s.Kind != Bars {
			continue
		}
		d.open(s.Ink)
		one := d.narrow || len(bars) > mostTips
		if one {
			d.raw(`<path d="`)
		}
		for _, b := range bars {
			if b.values[i] == 0 {
				continue
			}
			r := d.part(b, i)
			d.sky.reach(r.x, r.x+r.w, r.y)
			if one {
				p := path{c: d.canvas}
				p.box(r)
				continue
			}
			d.rect(r, moment(b.at)+", "+named(s.Name, s.Ink)+": "+Figure(b.values[i])+" "+d.Unit)
		}
		if one {
			d.raw(`"/>`)
		}
		d.raw("</g>")
	}
}

// part returns where the part of a bar that belongs to a series lies: on what
// is below it.
func (d *timeline) part(b stack, series int) box {
	x, until := d.time.x(b.at), d.time.x(later(b.at, d.Bar))
	gap := min(3, (until-x)*0.2)
	base := d.value.y(0)
	var top float64
	below := 0.0
	for i := range series + 1 {
		if b.values[i] == 0 {
			continue
		}
		if below > 0 {
			base = top
		}
		below += b.values[i]
		top = max(min(d.value.y(below), base-leastBar), d.value.field.y)
	}
	return box{x + gap/2, top, max(until-x-gap, 0.8), max(base-top, 0)}
}

// thinned returns the bars that have room beside each other.
func (d *timeline) thinned() []stack {
	const least = 2.0
	if len(d.bars) == 0 || d.time.x(later(d.From, d.Bar))-d.time.x(d.From) >= least {
		return d.bars
	}
	var kept []stack
	last := -1
	for _, b := range d.bars {
		place := int(d.time.x(b.at) / least)
		switch {
		case place != last:
			kept = append(kept, b)
			last = place
		case b.total > kept[len(kept)-1].total:
			kept[len(kept)-1] = b
		}
	}
	return kept
}
