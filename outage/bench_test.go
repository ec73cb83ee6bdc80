package outage

import "testing"

// BenchmarkArrive measures one arrival at a given load, in thousandths of the
// capacity: a healthy server, and one that has collapsed.
func BenchmarkArrive(b *testing.B) {
	for _, load := range []struct {
		name string
		part int64
	}{{"below capacity", 900}, {"at three times its capacity", 3000}} {
		b.Run(load.name, func(b *testing.B) {
			s := must(b, Config{Capacity: 2000 * SR})
			gap := 1_000_000_000 * 1000 / (2000 * load.part)
			at := start
			b.ReportAllocs()
			for b.Loop() {
				at += gap
				s.Arrive(at, SR)
			}
		})
	}
}
