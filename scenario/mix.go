package scenario

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"srtm/duis"
)

// Share is one Service Request Variant's part of a Mix.
type Share struct {
	Variant duis.Variant
	Weight  float64
}

// Mix is what kinds of Service Requests a part is made of: each variant comes
// up in proportion to its weight, independently of the one before.
type Mix []Share

func (m Mix) check() error {
	if len(m) == 0 {
		return fmt.Errorf("it has no mix; name one of %s, or give variants with weights", strings.Join(MixNames(), ", "))
	}
	sum := 0.0
	seen := make(map[duis.Variant]bool, len(m))
	for _, share := range m {
		if seen[share.Variant] {
			return fmt.Errorf("the mix has variant %v twice; give it one weight", share.Variant)
		}
		seen[share.Variant] = true
		if !finite(share.Weight) || share.Weight < 0 || share.Weight > MaxWeight {
			return fmt.Errorf("the weight %g of variant %v is not between 0 and %d", share.Weight, share.Variant, MaxWeight)
		}
		sum += share.Weight
	}
	if sum == 0 {
		return fmt.Errorf("all weights of the mix are 0; at least one must be above")
	}
	return nil
}

// NamedMix returns one of the mixes that a scenario file can name; MixNames
// lists them. They are assumptions for modelling, not data.
func NamedMix(name string) (Mix, bool) {
	switch name {
	case "reads":
		return mixOf("4.8.1 40, 4.6.1 30, 4.17 8, 4.1.1 8, 4.4.3 6, 4.1.2 4, 4.8.3 2, 4.2 1, 4.6.2 1"), true
	case "network-reads":
		return mixOf("4.10 60, 4.8.1 15, 4.8.2 10, 4.8.3 10, 7.4 3, 6.13 2"), true
	case "gas-network-reads":
		return mixOf("4.10 70, 4.17 20, 4.1.1 8, 6.13 2"), true
	case "prepayment":
		return mixOf("2.2 60, 4.18 15, 4.3 12, 4.14 5, 1.5 3, 2.3 2, 2.5 1, 1.6 1, 2.1 1"), true
	case "install":
		return mixOf("12.1 10, 12.2 10, 8.2 20, 8.14.1 8, 8.14.2 1, 8.11 14, 8.1.1 7, 8.7.1 6, 8.7.2 6, 8.4 6, 6.20.1 6, 1.1.1 3, 11.2 3"), true
	case "tariff":
		return mixOf("1.1.1 60, 1.2.1 25, 4.11.1 15"), true
	case "supply":
		return mixOf("7.4 70, 7.3 12, 7.2 10, 7.1 8"), true
	case "upkeep":
		return mixOf("8.2 25, 11.2 15, 6.13 12, 6.2.4 10, 6.2.7 8, 8.9 8, 3.1 6, 6.11 4, 5.1 4, 5.2 2, 5.3 1, 11.1 1, 11.3 2, 8.3 1, 6.24.1 1"), true
	case "agent":
		return mixOf("8.2 40, 12.1 20, 7.4 20, 11.2 10, 6.13 10"), true
	case "other-user":
		return mixOf("4.8.1 60, 4.17 20, 8.2 10, 12.1 5, 4.11.1 5"), true
	}
	return nil, false
}

// MixNames lists what NamedMix knows.
func MixNames() []string {
	return []string{"reads", "network-reads", "gas-network-reads", "prepayment", "install", "tariff", "supply", "upkeep", "agent", "other-user"}
}

// mixOf reads "variant weight, …". It is for the tables above only, and a test
// reads every one of them.
func mixOf(text string) Mix {
	var mix Mix
	for _, item := range strings.Split(text, ", ") {
		variant, weight, _ := strings.Cut(item, " ")
		v, known := duis.ParseVariant(variant)
		w, err := strconv.ParseFloat(weight, 64)
		if !known || err != nil {
			panic("scenario: the named mix holds " + item)
		}
		mix = append(mix, Share{v, w})
	}
	return mix
}

// table picks variants of a mix in constant time: Vose's alias method.
type table []slot

// slot gives one variant below the bar and another from it on.
type slot struct {
	bar          uint32
	below, above duis.Variant
}

func newTable(m Mix) *table {
	sum := 0.0
	for _, share := range m {
		sum += share.Weight
	}
	t := make(table, len(m))
	part := make([]float64, len(m))
	var small, large []int
	for i, share := range m {
		t[i] = slot{bar: 1<<32 - 1, below: share.Variant, above: share.Variant}
		part[i] = share.Weight / sum * float64(len(m))
		if part[i] < 1 {
			small = append(small, i)
		} else {
			large = append(large, i)
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		t[s].bar, t[s].above = uint32(part[s]*(1<<32)), m[l].Variant
		part[l] -= 1 - part[s]
		if part[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	return &t
}

// tables makes one table for all that have the same mix.
type tables map[string]*table

func (all tables) of(m Mix) *table {
	var key []byte
	for _, share := range m {
		key = binary.BigEndian.AppendUint64(append(key, byte(share.Variant)), math.Float64bits(share.Weight))
	}
	t := all[string(key)]
	if t == nil {
		t = newTable(m)
		all[string(key)] = t
	}
	return t
}

// pick turns 64 random bits into a variant.
func (t *table) pick(bits uint64) duis.Variant {
	slots := *t
	s := &slots[(bits>>32)*uint64(len(slots))>>32]
	if uint32(bits) < s.bar {
		return s.below
	}
	return s.above
}
