package dsp

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"srtm/duis"
	"srtm/outage"
)

// Bounds of what is kept, whatever is sent.
const (
	maxOriginators = 10_000
	maxRepeats     = 20
	slot           = int64(10 * time.Millisecond)
	slots          = 100 // in a second
)

// message is what makes a message the same as another: the two messages of a
// critical command have one RequestID and different Command Variants.
type message struct {
	id      duis.RequestID
	command duis.CommandVariant
}

// counts are what is measured beyond what the finite server measures itself.
type counts struct {
	answers     map[kind]int64
	services    map[duis.Service]map[duis.Variant]int64 // Unknown is what could not be read
	originators map[duis.EUI64]int64
	others      int64 // requests of originators for which no room was left
	latency     *hdrhistogram.Histogram
	peak        peak
	repeats     repeats
}

func newCounts(remember int) *counts {
	return &counts{
		answers:     make(map[kind]int64),
		services:    make(map[duis.Service]map[duis.Variant]int64),
		originators: make(map[duis.EUI64]int64),
		latency:     hdrhistogram.New(1, int64(2*outage.MaxDuration/time.Microsecond), 3),
		repeats:     repeats{known: make(map[message]bool), limit: remember},
	}
}

// arrived counts a request on arrival.
func (c *counts) arrived(r *request, served bool) {
	c.peak.add(r.at)
	variants := c.services[r.service]
	if variants == nil {
		variants = make(map[duis.Variant]int64)
		c.services[r.service] = variants
	}
	variants[r.header.Variant]++
	if r.fault != nil {
		return
	}
	originator := r.header.ID.Originator
	if _, known := c.originators[originator]; known || len(c.originators) < maxOriginators {
		c.originators[originator]++
	} else {
		c.others++
	}
	c.repeats.add(message{r.header.ID, r.header.CommandVariant}, served)
}

// answered counts an answer and its latency in nanoseconds; a refusal has none.
func (c *counts) answered(what kind, latency int64) {
	c.answers[what]++
	if what != refused && what != cutOff {
		most := c.latency.HighestTrackableValue()
		_ = c.latency.RecordValue(min(max(latency/int64(time.Microsecond), 1), most)) // cannot fail within its range
	}
}

// peak finds the most requests in any one second, as seen through slots of
// 10 ms: a second is any hundred slots in a row.
type peak struct {
	slots [slots]int64
	last  int64 // number of the latest slot
	sum   int64 // of the hundred slots up to it
	most  int64
	end   int64 // when the second with the most ended
}

func (p *peak) add(at int64) {
	now := at / slot
	for range min(now-p.last, slots) {
		p.last++
		p.sum -= p.slots[p.last%slots]
		p.slots[p.last%slots] = 0
	}
	p.last = now
	p.slots[now%slots]++
	p.sum++
	if p.sum > p.most {
		p.most, p.end = p.sum, (now+1)*slot
	}
}

// repeats sees messages that arrive again, among the latest ones.
type repeats struct {
	known  map[message]bool // whether it was served
	order  []message        // a ring once it has grown to limit
	oldest int
	limit  int

	arrived int64     // messages that had arrived before
	served  int64     // messages that were served, and had been served before
	latest  []message // some of them, the latest last
}

func (r *repeats) add(m message, served bool) {
	before, known := r.known[m]
	if known {
		r.arrived++
		if served && before {
			r.served++
		}
		if len(r.latest) == maxRepeats {
			r.latest = append(r.latest[:0], r.latest[1:]...)
		}
		r.latest = append(r.latest, m)
		r.known[m] = before || served
		return
	}
	r.known[m] = served
	if len(r.order) < r.limit {
		r.order = append(r.order, m)
		return
	}
	delete(r.known, r.order[r.oldest])
	r.order[r.oldest] = m
	r.oldest = (r.oldest + 1) % r.limit
}
