package simulate

import (
	"math/bits"
	"time"
)

// histogram counts durations in buckets of which each octave has 64, so that a
// quantile is right to within 1 %. An octave takes memory when something falls into
// it: mostly that is one or two. What is touched for each duration lies first.
type histogram struct {
	count   uint64
	least   int64
	most    int64
	octave  int // that of page
	page    *[64]uint64
	octaves [octaves]*[64]uint64
}

// What is below 64 µs, or above some 200 days, counts as that.
const (
	lowest  = 16 // log₂ of the nanoseconds of the first octave
	octaves = 38
)

func (h *histogram) add(d int64) {
	if h.count == 0 || d < h.least {
		h.least = d
	}
	h.most = max(h.most, d)
	h.count++
	d = max(d, 1<<lowest)
	exponent := bits.Len64(uint64(d)) - 1
	octave := min(exponent-lowest, octaves-1)
	if octave != h.octave || h.page == nil {
		h.turn(octave)
	}
	h.page[d>>(exponent-6)&63]++
}

// turn opens the page of an octave.
func (h *histogram) turn(octave int) {
	if h.octaves[octave] == nil {
		h.octaves[octave] = new([64]uint64)
	}
	h.octave, h.page = octave, h.octaves[octave]
}

// join adds what o counted.
func (h *histogram) join(o *histogram) {
	if o == nil || o.count == 0 {
		return
	}
	if h.count == 0 || o.least < h.least {
		h.least = o.least
	}
	h.most = max(h.most, o.most)
	h.count += o.count
	for i, from := range o.octaves {
		if from == nil {
			continue
		}
		if h.octaves[i] == nil {
			h.octaves[i] = new([64]uint64)
		}
		for n := range from {
			h.octaves[i][n] += from[n]
		}
	}
}

// quantile returns a duration than which so many thousandths are no longer, to
// within 1 %.
func (h *histogram) quantile(thousandths uint64) time.Duration {
	rank := (h.count*thousandths + 999) / 1000
	var seen uint64
	for i, page := range h.octaves {
		if page == nil {
			continue
		}
		for n, c := range page {
			if seen += c; c > 0 && seen >= rank {
				width := int64(1) << (i + lowest - 6)
				middle := (64+int64(n))*width + width/2
				return time.Duration(min(max(middle, h.least), h.most))
			}
		}
	}
	return time.Duration(h.most)
}

func (h *histogram) times() Times {
	if h == nil || h.count == 0 {
		return Times{}
	}
	return Times{h.count, h.quantile(500), h.quantile(990), time.Duration(h.most)}
}
