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
	// What every arrival needs lies together.
	source  rand.PCG
	random  *rand.Rand // draws from source
	seg     segment
	at      float64 // seconds since the segment's start
	gap     float64 // the next one, where arrivals are even
	user    int
	devices uint64
	prefix  uint64 // of targets
	mix     table

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
	u := &s.Users[user]
	key := accountKey(u.Account)
	st := &stream{
		user:    user,
		devices: u.Devices,
		prefix:  targetPrefix | key<<32&(1<<56-1),
		mix:     newTable(u.Traffic[part].Mix),
		source:  *rand.NewPCG(scramble(s.Seed^key), scramble(key+uint64(part))),
		part:    u.Traffic[part],
		starts:  s.Starts,
	}
	st.random = rand.New(&st.source)
	if st.shaped = st.part.Shape.set(); st.shaped {
		st.part.Shape = st.part.Shape.scaled()
	}
	st.left, st.burst = st.part.Burst, st.part.From
	st.seg = st.segment(st.part.From)
	// Batch jobs do not all send at the same instant: begin somewhere within a gap.
	st.gap = 1 - st.random.Float64()
	return st
}

// targetPrefix marks the targets as locally administered.
const targetPrefix uint64 = 0x0A << 56

// next returns the time of the next arrival; false means that there is none.
func (st *stream) next() (time.Duration, bool) {
	if st.part.Burst != 0 {
		return st.nextOfBurst()
	}
	gap := st.gap
	if st.part.Spacing == Poisson {
		gap = st.random.ExpFloat64()
	}
	st.gap = 1
	return st.advance(gap)
}

func (st *stream) nextOfBurst() (time.Duration, bool) {
	if st.left == 0 {
		if st.part.Every == 0 {
			return 0, false
		}
		st.burst += st.part.Every
		st.left = st.part.Burst
	}
	if st.burst >= st.part.To {
		st.left = 0
		return 0, false
	}
	st.left--
	return st.burst, true
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
		if st.seg.end >= st.part.To {
			return 0, false
		}
		st.seg, st.at = st.segment(st.seg.end), 0
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
func (st *stream) segment(from time.Duration) segment {
	p := &st.part
	g := segment{start: from, end: p.To}
	factor := 1.0
	if st.shaped {
		f, until := p.Shape.at(st.starts + from)
		factor, g.end = f, min(p.To, until-st.starts)
	}
	g.length = (g.end - g.start).Seconds()
	whole := (p.To - p.From).Seconds()
	g.slope = float64(p.Rise) * factor / whole
	g.rate = float64(p.Rate)*factor + float64(g.slope*(from-p.From).Seconds())
	return g
}

// arrival fills in everything but the number.
func (st *stream) arrival(at time.Duration) Arrival {
	device, _ := bits.Mul64(st.source.Uint64(), st.devices)
	return Arrival{
		At:      at,
		User:    st.user,
		Target:  duis.EUI64(st.prefix | device),
		Variant: st.mix.pick(st.source.Uint64()),
	}
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
