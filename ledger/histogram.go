package ledger

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"math/bits"
	"slices"
	"time"
)

// Histogram counts durations in classes that are at most 1.6 % wide: whole
// microseconds up to 127 µs, then 64 classes for each doubling, up to 38 hours.
// The zero Histogram is empty. Merging two gives what counting all into one would
// have given. Copies share their counts.
type Histogram struct {
	counts map[uint16]uint64 // by class
	total  uint64
}

const (
	classBits  = 6 // 2^6 classes for each doubling
	maxBits    = 37
	mostMicros = 1<<maxBits - 1 // what is longer counts as that
	classes    = (maxBits - classBits + 1) << classBits
)

func class(d time.Duration) uint16 {
	micros := uint64(min(max(d/time.Microsecond, 0), mostMicros))
	if micros < 2<<classBits {
		return uint16(micros)
	}
	shift := bits.Len64(micros) - classBits - 1
	return uint16(shift<<classBits) + uint16(micros>>shift)
}

// top returns the longest duration of a class, in whole microseconds.
func top(class uint16) time.Duration {
	if class < 2<<classBits {
		return time.Duration(class) * time.Microsecond
	}
	shift := class>>classBits - 1
	least := uint64(class-shift<<classBits) << shift
	return time.Duration(least+1<<shift-1) * time.Microsecond
}

// Add counts a duration. What is negative counts as zero.
func (h *Histogram) Add(d time.Duration) { h.add(class(d), 1) }

func (h *Histogram) add(class uint16, n uint64) {
	if h.counts == nil {
		h.counts = map[uint16]uint64{}
	}
	h.counts[class] += n
	h.total += n
}

// Merge counts all that o counts.
func (h *Histogram) Merge(o Histogram) {
	for class, n := range o.counts {
		h.add(class, n)
	}
}

// Count returns how many durations were counted.
func (h Histogram) Count() uint64 { return h.total }

// Quantile returns the duration that a part p of all, from 0 to 1, did not
// exceed: the top of the class in which the one of that rank is, so that it is
// never too low and at most 1.6 % too high. It is 0 where nothing was counted.
func (h Histogram) Quantile(p float64) time.Duration {
	rank := uint64(math.Ceil(p*float64(h.total) - 1e-9))
	rank = min(max(rank, 1), h.total)
	var seen uint64
	for _, class := range slices.Sorted(maps.Keys(h.counts)) {
		if seen += h.counts[class]; seen >= rank {
			return top(class)
		}
	}
	return 0
}

// Buckets returns the classes in which something was counted, from the shortest:
// the longest duration of each, and how many.
func (h Histogram) Buckets() (tops []time.Duration, counts []uint64) {
	for _, class := range slices.Sorted(maps.Keys(h.counts)) {
		tops, counts = append(tops, top(class)), append(counts, h.counts[class])
	}
	return tops, counts
}

// append writes the histogram: for each class that has something, how far it lies
// beyond the one before, and its count. Equal histograms are equal octets.
func (h Histogram) append(b []byte) []byte {
	var before uint16
	for _, class := range slices.Sorted(maps.Keys(h.counts)) {
		b = binary.AppendUvarint(b, uint64(class-before))
		b = binary.AppendUvarint(b, h.counts[class])
		before = class
	}
	return b
}

// parseHistogram reads what append writes.
func parseHistogram(b []byte) (h Histogram, err error) {
	if err := h.mergeOctets(b); err != nil {
		return Histogram{}, err
	}
	return h, nil
}

// mergeOctets counts all that was counted in the histogram that append wrote. Where
// that cannot be read a part of it is counted.
func (h *Histogram) mergeOctets(b []byte) error {
	var class uint64
	for begun := false; len(b) > 0; begun = true {
		step, n := binary.Uvarint(b)
		if n <= 0 || step >= classes || class+step >= classes || step == 0 && begun {
			return fmt.Errorf("a histogram has a class out of order, %d octets before its end; rebuild the ledger", len(b))
		}
		class += step
		b = b[n:]
		count, n := binary.Uvarint(b)
		if n <= 0 || count == 0 || h.total+count < count {
			return fmt.Errorf("a histogram has a count that cannot be, %d octets before its end; rebuild the ledger", len(b))
		}
		b = b[n:]
		h.add(uint16(class), count)
	}
	return nil
}
