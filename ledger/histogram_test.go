package ledger

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A quantile is never too low, and at most a microsecond and 1.6 % too high.
func TestQuantilesAreNearTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		var h Histogram
		var all []time.Duration
		for range 1 + rng.IntN(300) {
			d := time.Duration(math.Exp(rng.Float64() * math.Log(float64(36*time.Hour))))
			all = append(all, d)
			h.Add(d)
		}
		slices.Sort(all)
		for _, p := range []float64{0, 0.001, 0.5, 0.95, 0.99, 1} {
			rank := max(1, int(math.Ceil(p*float64(len(all))-1e-9)))
			want := all[rank-1]
			if got := h.Quantile(p); got < want.Truncate(time.Microsecond) || float64(got) > float64(want)*1.016+float64(time.Microsecond) {
				t.Fatalf("quantile %v of %d: got %v, the truth is %v", p, len(all), got, want)
			}
		}
		if h.Count() != uint64(len(all)) {
			t.Fatalf("%d are counted of %d", h.Count(), len(all))
		}
	})
}

// Merging gives what counting into one gives, octet for octet; and what is
// written can be read.
func TestHistogramsMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		var one Histogram
		parts := make([]Histogram, 1+rng.IntN(5))
		for range rng.IntN(500) {
			d := time.Duration(rng.ExpFloat64() * float64(100*time.Millisecond))
			one.Add(d)
			parts[rng.IntN(len(parts))].Add(d)
		}
		var merged Histogram
		for _, i := range rng.Perm(len(parts)) {
			if err := merged.mergeOctets(parts[i].append(nil)); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(one.append(nil), merged.append(nil)) || one.Count() != merged.Count() {
			t.Fatal("merged parts differ from the whole")
		}
		tops, counts := one.Buckets()
		var sum uint64
		for i, n := range counts {
			sum += n
			if i > 0 && tops[i] <= tops[i-1] {
				t.Fatal("classes are out of order")
			}
		}
		if sum != one.Count() {
			t.Fatalf("the classes have %d of %d", sum, one.Count())
		}
	})
}

func TestHistogramsAtTheEnds(t *testing.T) {
	var h Histogram
	if h.Quantile(0.5) != 0 || h.Count() != 0 {
		t.Error("the zero Histogram is not empty")
	}
	for _, d := range []time.Duration{-time.Hour, 0, 1, math.MaxInt64} {
		h.Add(d)
	}
	if got := h.Quantile(0.75); got != 0 {
		t.Errorf("three of four are nothing, and three quarters do not exceed %v", got)
	}
	if got := h.Quantile(1); got != mostMicros*time.Microsecond {
		t.Errorf("what is too long counts as %v", got)
	}
	if classes > math.MaxUint16 || class(math.MaxInt64) != classes-1 {
		t.Errorf("the last of %d classes is %d", classes, class(math.MaxInt64))
	}
	for c := range uint16(classes) {
		if class(top(c)) != c || class(top(c)+time.Microsecond) != min(c+1, classes-1) {
			t.Fatalf("class %d ends with %v, which is in class %d", c, top(c), class(top(c)))
		}
	}
}

// Whatever octets are in the database, reading them ends with a histogram that
// can be written as it was, or with an error.
func FuzzHistogram(f *testing.F) {
	var h Histogram
	h.Add(time.Second)
	h.Add(time.Minute)
	f.Add(h.append(nil))
	f.Add([]byte{0, 1, 0, 1})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := parseHistogram(b)
		if err != nil {
			return
		}
		again, err := parseHistogram(h.append(nil))
		if err != nil || !reflect.DeepEqual(h, again) {
			t.Fatalf("%x was read, and not what it was written as: %v", b, err)
		}
		h.Quantile(0.5)
	})
}

// Whatever octets are in the database for the state of a fold, reading them ends
// with a state or an error.
func FuzzState(f *testing.F) {
	fold := newFold(nil)
	for _, i := range story(3, 3) {
		if i.damage != nil {
			fold.damaged(i.damage)
		} else if err := fold.take(i.entry); err != nil {
			f.Fatal(err)
		}
	}
	system, account := &coder{}, &coder{}
	fold.code(system)
	fold.accounts[1].code(account)
	f.Add(system.b)
	f.Add(account.b)
	f.Fuzz(func(t *testing.T, b []byte) {
		c := &coder{b: slices.Clone(b), reading: true}
		into := newFold(nil)
		into.code(c)
		readSystem := c.finish() == nil
		if readSystem {
			again := &coder{}
			into.code(again)
			next := newFold(nil)
			c = &coder{b: again.b, reading: true}
			if next.code(c); c.finish() != nil {
				t.Fatal("a state was read that cannot be written")
			}
		}
		a := newAccount(1, "A")
		c = &coder{b: slices.Clone(b), reading: true}
		a.code(c)
		_ = c.finish()
	})
}
