package scenario

import (
	"fmt"
	"testing"
	"time"
)

// national is a day of 200 Service Users, as a simulator plays it.
func national() *Scenario {
	s := &Scenario{Name: "a day", Seed: 1, Length: day}
	slices, _ := NamedDay("supplier")
	for i := range 200 {
		u := User{Account: fmt.Sprintf("U%03d", i), Devices: 100_000, Client: DefaultClient()}
		for _, slice := range slices {
			part := Part{To: day, Rate: Rate(slice.Share) * 1867 / 200}
			part.Shape, _ = NamedShape(slice.Shape)
			part.Mix, _ = NamedMix(slice.Mix)
			u.Traffic = append(u.Traffic, part)
		}
		s.Users = append(s.Users, u)
	}
	return s
}

func BenchmarkArrivals(b *testing.B) {
	s := national()
	b.ReportAllocs()
	n := 0
	var last time.Duration
	for n < b.N {
		for a := range s.Arrivals() {
			if n++; n >= b.N {
				last = a.At
				break
			}
		}
	}
	_ = last
}

func BenchmarkNext(b *testing.B) {
	s := national()
	s.Users[0].Client.Retry.How = Backoff
	send := s.First(Arrival{Variant: s.Users[0].Traffic[0].Mix[0].Variant, Number: 1})
	b.ReportAllocs()
	for range b.N {
		s.Next(send, 0, Answer{Outcome: Throttled})
	}
}

// The scenario of the library that has the most arrivals.
func BenchmarkArrivalsOf2026(b *testing.B) {
	s := sample(b, "growth-2026.yaml")
	b.ReportAllocs()
	n := 0
	for n < b.N {
		for range s.Arrivals() {
			if n++; n >= b.N {
				break
			}
		}
	}
}
