package plot

import (
	"cmp"
	"math"
	"slices"
)

// bucketLengths are the round lengths of time that points are gathered in.
var bucketLengths = []int64{
	millisecond, 2 * millisecond, 5 * millisecond, 10 * millisecond, 20 * millisecond, 50 * millisecond,
	100 * millisecond, 200 * millisecond, 500 * millisecond, second, 2 * second, 5 * second, 10 * second, 15 * second, 30 * second,
	minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute,
	hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 7 * day, 28 * day,
}

// column is what remains of the points of one bucket of time.
type column struct {
	at              int64 // of its first point
	n               int
	low, high, mean float64
	opens           bool    // a gap lies before it
	x               float64 // where it is drawn
}

// ordered returns the points in the order of time; those given in order are
// not copied.
func ordered(points []Point) []Point {
	byTime := func(a, b Point) int { return cmp.Compare(a.At, b.At) }
	if slices.IsSortedFunc(points, byTime) {
		return points
	}
	points = slices.Clone(points)
	slices.SortStableFunc(points, byTime)
	return points
}

// simplify gathers the points within the axis into buckets of that length, and
// says whether any holds more than one. Every spike survives: the least and the
// greatest value of each bucket are kept.
func simplify(points []Point, axis timeAxis) (all []column, gathered bool) {
	bucket := axis.bucket()
	gap := true
	for _, p := range ordered(points) {
		v, ok := tame(p.Value)
		if !ok {
			gap = true
			continue
		}
		if p.At < axis.from || p.At >= axis.to {
			continue
		}
		last := len(all) - 1
		if gap || floorTo(p.At, bucket) != floorTo(all[last].at, bucket) {
			all = append(all, column{at: p.At, n: 1, low: v, high: v, mean: v, opens: gap})
			gap = false
			continue
		}
		all[last].add(v)
		gathered = true
	}
	for i := range all {
		all[i].x = axis.x(all[i].at)
		if gathered {
			begin := floorTo(all[i].at, bucket)
			all[i].x = math.Round((axis.x(begin) + axis.x(later(begin, bucket))) / 2)
		}
	}
	return all, gathered
}

func (c *column) add(v float64) {
	c.low, c.high = min(c.low, v), max(c.high, v)
	c.n++
	c.mean += (v - c.mean) / float64(c.n)
}

// floorTo returns the last multiple of step that is not after at.
func floorTo(at, step int64) int64 {
	floor := at - at%step
	if floor > at {
		floor -= step
	}
	return floor
}

// bucket returns the shortest round length of time that is not narrower than
// what an eye can tell apart.
func (a timeAxis) bucket() int64 {
	const pixels = 2
	least := a.length() / a.w * pixels
	for _, s := range bucketLengths {
		if float64(s) >= least {
			return s
		}
	}
	return 365 * day
}

// path writes the data of an SVG path, relative, in tenths of a pixel, with
// whatever runs straight along an axis drawn together.
type path struct {
	c      *canvas
	x, y   int64 // where the pen is, in tenths
	dx, dy int64 // a run along an axis that is not yet written
}

func (p *path) moveTo(x, y float64) {
	p.flush()
	p.x, p.y = tenths(x), tenths(y)
	p.c.raw("M")
	p.pair(p.x, p.y)
}

func (p *path) lineTo(x, y float64) {
	nx, ny := tenths(x), tenths(y)
	dx, dy := nx-p.x, ny-p.y
	p.x, p.y = nx, ny
	switch {
	case dx == 0 && dy == 0:
		return
	case dy == 0 && p.dy == 0 && dx*p.dx >= 0, dx == 0 && p.dx == 0 && dy*p.dy >= 0:
		p.dx += dx
		p.dy += dy
	default:
		p.flush()
		p.dx, p.dy = dx, dy
	}
}

func (p *path) flush() {
	dx, dy := p.dx, p.dy
	p.dx, p.dy = 0, 0
	switch {
	case dx == 0 && dy == 0:
	case dy == 0:
		p.c.raw("h")
		p.c.tenths(dx)
	case dx == 0:
		p.c.raw("v")
		p.c.tenths(dy)
	default:
		p.c.raw("l")
		p.pair(dx, dy)
	}
}

func (p *path) pair(x, y int64) {
	p.c.tenths(x)
	if y >= 0 {
		p.c.raw(" ")
	}
	p.c.tenths(y)
}

// dot ends a stroke that went nowhere: with round ends it is seen as a dot.
func (p *path) dot() {
	p.flush()
	p.c.raw("h0")
}

// box draws a rectangle.
func (p *path) box(r box) {
	p.moveTo(r.x, r.y)
	p.lineTo(r.x+r.w, r.y)
	p.lineTo(r.x+r.w, r.y+r.h)
	p.lineTo(r.x, r.y+r.h)
	p.flush()
	p.c.raw("z")
}

func (p *path) close() {
	p.flush()
	p.c.raw("z")
}
