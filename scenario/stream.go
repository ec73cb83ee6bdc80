package scenario

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"time"

	"srtm/duis"
)

// stream gives the arrivals of one part, one after the other, in constant
// memory.
//
// A rate is turned into arrivals by operational time: the integral of the rate.
// In operational time a Poisson process has gaps that are exponential with mean
// 1, and even arrivals have gaps of exactly 1. The rate is linear within each
// segment (between two hours, where there is a shape), so that its integral can
// be inverted in closed form.
type stream struct {
	// What every arrival needs lies together, in two of the processor's cache lines.
	source  rand.PCG
	seg     segment
	at      float64 // seconds since the segment's start
	gap     float64 // the next one, where arrivals are even
	prefix  uint64  // of targets
	devices uint64
	mix     *table
	user    int32
	kind    spacing
	link    int32         // the queue's: which stream is next in its bucket
	head    time.Duration // the queue's: the next arrival

	plan *plan
}

// spacing is how a part's arrivals follow each other: its Spacing, or as bursts.
type spacing uint8

const inBursts = spacing(Even) + 1

// plan is where a stream's part leads it.
type plan struct {
	part   Part // with its shape scaled
	shaped bool
	starts time.Duration // of the scenario, since Monday 00:00
	left   int           // of the burst that is going on
	burst  time.Duration // when that is
}

// segment is a stretch of time in which a rate is linear.
type segment struct {
	start, end time.Duration
	rate       float64 // at start
	slope      float64 // per second
	length     float64 // seconds
}

func newStream(s *Scenario, user, part int) *stream {
	st := new(stream)
	st.begin(s, user, part)
	st.mix = newTable(s.Users[user].Traffic[part].Mix)
	return st
}

// begin begins a stream, of which only the mix is left to be given.
func (st *stream) begin(s *Scenario, user, part int) {
	u := &s.Users[user]
	key := accountKey(u.Account)
	to := &plan{part: u.Traffic[part], starts: s.Starts}
	if to.shaped = to.part.Shape.set(); to.shaped {
		to.part.Shape = to.part.Shape.scaled()
	}
	to.left, to.burst = to.part.Burst, to.part.From
	st.plan = to
	if st.kind = spacing(to.part.Spacing); to.part.Burst != 0 {
		st.kind = inBursts
	}
	st.user, st.devices, st.prefix = int32(user), u.Devices, targetPrefix|key<<32&(1<<56-1)
	st.source = *rand.NewPCG(scramble(s.Seed^key), scramble(key+uint64(part)))
	st.seg = to.segment(to.part.From)
	// Batch jobs do not all send at the same instant: begin somewhere within a gap.
	st.gap = 1 - rand.New(&st.source).Float64()
}

// targetPrefix marks the targets as locally administered.
const targetPrefix uint64 = 0x0A << 56

// next returns the time of the next arrival; false means that there is none.
func (st *stream) next() (time.Duration, bool) {
	switch st.kind {
	case spacing(Poisson):
		return st.advance(rand.New(&st.source).ExpFloat64())
	case spacing(Even):
		gap := st.gap
		st.gap = 1
		return st.advance(gap)
	}
	return st.plan.nextOfBurst()
}

func (p *plan) nextOfBurst() (time.Duration, bool) {
	if p.left == 0 {
		if p.part.Every == 0 {
			return 0, false
		}
		p.burst += p.part.Every
		p.left = p.part.Burst
	}
	if p.burst >= p.part.To {
		p.left = 0
		return 0, false
	}
	p.left--
	return p.burst, true
}

// advance moves on by a gap in operational time and says where that is; false
// means after the part's end.
func (st *stream) advance(gap float64) (time.Duration, bool) {
	for {
		pos, over := st.seg.after(st.at, gap)
		if over == 0 {
			st.at = pos
			// Rounding must not carry it over the segment's end.
			return min(st.seg.start+time.Duration(pos*1e9), st.seg.end-1), true
		}
		gap = over
		if st.seg.end >= st.plan.part.To {
			return 0, false
		}
		st.seg, st.at = st.plan.segment(st.seg.end), 0
	}
}

// after returns where in the segment the rate's integral from at has grown by
// gap; or, when the segment ends before that, how much is left of gap.
//
// Conversions to float64 around products keep a compiler from fusing them with
// the sum, so that every machine gives the same arrivals.
func (g *segment) after(at, gap float64) (pos, over float64) {
	if g.slope == 0 {
		pos = at + gap/g.rate
		if pos < g.length {
			return pos, 0
		}
		return 0, max(gap-float64((g.length-at)*g.rate), math.SmallestNonzeroFloat64)
	}
	rate := max(0, g.rate+float64(g.slope*at))
	end := max(0, g.rate+float64(g.slope*g.length))
	if rest := float64((rate + end) / 2 * (g.length - at)); gap >= rest {
		return 0, max(gap-rest, math.SmallestNonzeroFloat64)
	}
	both := rate + math.Sqrt(max(0, float64(rate*rate)+float64(2*g.slope*gap)))
	if both == 0 { // no gap at all, where a ramp begins at nothing
		return at, 0
	}
	return min(at+float64(2*gap/both), g.length), 0
}

// segment returns the stretch that begins at a time before the part's end.
func (p *plan) segment(from time.Duration) segment {
	part := &p.part
	g := segment{start: from, end: part.To}
	factor := 1.0
	if p.shaped {
		f, until := part.Shape.at(p.starts + from)
		factor, g.end = f, min(part.To, until-p.starts)
	}
	g.length = (g.end - g.start).Seconds()
	whole := (part.To - part.From).Seconds()
	g.slope = float64(part.Rise) * factor / whole
	g.rate = float64(part.Rate)*factor + float64(g.slope*(from-part.From).Seconds())
	return g
}

// fill writes everything of an arrival but its number, in its place: a value would
// be made elsewhere and copied, twice as slow.
func (st *stream) fill(a *Arrival, at time.Duration) {
	device, _ := bits.Mul64(st.source.Uint64(), st.devices)
	a.At, a.User = at, int(st.user)
	a.Target = duis.EUI64(st.prefix | device)
	a.Variant = st.mix.pick(st.source.Uint64())
}

// accountKey is FNV-1a of an account's name, scrambled: what tells the random
// numbers of one Service User from another's.
func accountKey(account string) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range []byte(account) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return scramble(h)
}

// scramble is the output function of SplitMix64.
func scramble(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}
