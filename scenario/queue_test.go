package scenario

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// merged is what Arrivals should give: each part's arrivals, all of them sorted.
func merged(s *Scenario) []Arrival {
	var all []Arrival
	for user := range s.Users {
		for part := range s.Users[user].Traffic {
			st := newStream(s, user, part)
			for at, ok := st.next(); ok; at, ok = st.next() {
				var a Arrival
				st.fill(&a, at)
				all = append(all, a)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Arrival) int { return int(a.At - b.At) })
	numbers := make([]uint64, len(s.Users))
	for i := range all {
		numbers[all[i].User]++
		all[i].Number = numbers[all[i].User]
	}
	return all
}

func TestArrivalsAreTheStreamsSorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := time.Duration(rapid.Int64Range(1, int64(5*time.Minute)).Draw(t, "length"))
		s := &Scenario{Seed: rapid.Uint64().Draw(t, "seed"), Length: length}
		for i := range rapid.IntRange(1, 6).Draw(t, "users") {
			u := User{Account: fmt.Sprint("U", i), Devices: 3, Client: DefaultClient()}
			for range rapid.IntRange(0, 4).Draw(t, "parts") {
				u.Traffic = append(u.Traffic, anyPart(t, length))
			}
			s.Users = append(s.Users, u)
		}
		if got, want := collect(s), merged(s); !slices.Equal(got, want) {
			t.Fatalf("%d arrivals, not in the order of the %d that the parts have", len(got), len(want))
		}
		into := make([]Arrival, rapid.IntRange(1, 100).Draw(t, "at once"))
		g, want := s.Generator(), collect(s)
		for n := len(into); n == len(into); {
			n = g.Fill(into)
			if n > len(want) || !slices.Equal(into[:n], want[:n]) {
				t.Fatalf("%d arrivals at once are not those of Arrivals", n)
			}
			want = want[n:]
		}
		if len(want) > 0 {
			t.Fatalf("%d arrivals are missing", len(want))
		}
	})
}

// The widths that the queue has to find lie far apart here.
func TestArrivalsOfRushesAndSilencesAreTheStreamsSorted(t *testing.T) {
	for _, traffic := range []string{
		"{burst: 30000, at: 1h, every: 100h}, {rate: 1/h}, {rate: 3/h, arrivals: even}",
		"{rate: 1000000/s, from: 1000h, to: 3600000050ms}, {burst: 1, at: 0s}, {burst: 1, at: 399d}",
		"{rate: 20000/s, to: 1s}, {rate: 0.001/h}, {rate: 20000/s, from: 300d, to: 25920001s}",
		"{burst: 2000, every: 50d}, {burst: 3000, every: 50d}, {rate: 0/s}",
	} {
		s := scenarioOf(t, "400d", traffic)
		if got, want := collect(s), merged(s); !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("%s: %d arrivals, not in the order of the %d that the parts have", traffic, len(got), len(want))
		}
	}
}

// A seed is a promise: results that were published can be had again.
func TestArrivalsAreThoseOfEarlierVersions(t *testing.T) {
	text, err := os.ReadFile("../scenarios/one-supplier-bursts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if got := digest(s, 1<<30); got != "e736693b127ad8b9" {
		t.Errorf("one supplier bursts: digest %s", got)
	}
	if got := digest(national(), 300_000); got != "da0becfd8f7b7dbf" {
		t.Errorf("a day: digest %s", got)
	}
}

// digest is one of the first arrivals.
func digest(s *Scenario, most int) string {
	h := fnv.New64a()
	n := 0
	for a := range s.Arrivals() {
		if n++; n > most {
			break
		}
		for _, x := range []uint64{uint64(a.At), uint64(a.User), a.Number, uint64(a.Target), uint64(a.Variant)} {
			h.Write(binary.BigEndian.AppendUint64(nil, x))
		}
	}
	return fmt.Sprintf("%016x", h.Sum64())
}
