package plot

import "testing"

// BenchmarkHTML measures what a report pays for one plot, both drawings.
func BenchmarkHTML(b *testing.B) {
	for name, p := range samples() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = p.HTML()
			}
		})
	}
}
