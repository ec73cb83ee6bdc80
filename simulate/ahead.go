package simulate

import (
	"iter"
	"sync"

	"srtm/scenario"
)

// filler gives arrivals as scenario.Generator.Fill does.
type filler func(into []scenario.Arrival) int

// chunks gives arrivals so many at a time, at the end fewer. A chunk is good until the
// next one.
func chunks(fill filler, size int) iter.Seq[[]scenario.Arrival] {
	return func(yield func([]scenario.Arrival) bool) {
		chunk := make([]scenario.Arrival, size)
		for n := fill(chunk); n > 0 && yield(chunk[:n]); n = fill(chunk) {
		}
	}
}

// ahead gives the same chunks, generated on another processor while those before are
// played. It holds a few.
func ahead(fill filler, size int) iter.Seq[[]scenario.Arrival] {
	return func(yield func([]scenario.Arrival) bool) {
		full, empty, stop := make(chan []scenario.Arrival, 2), make(chan []scenario.Arrival, 4), make(chan struct{})
		for range cap(empty) {
			empty <- make([]scenario.Arrival, size)
		}
		var wait sync.WaitGroup
		defer wait.Wait()
		defer close(stop)
		wait.Go(func() {
			defer close(full)
			generate(fill, full, empty, stop)
		})
		for chunk := range full {
			if !yield(chunk) {
				return
			}
			empty <- chunk[:size]
		}
	}
}

// generate fills empty chunks until there are no more arrivals, or stop is closed.
func generate(fill filler, full chan<- []scenario.Arrival, empty <-chan []scenario.Arrival, stop <-chan struct{}) {
	for {
		select {
		case chunk := <-empty:
			n := fill(chunk)
			if n == 0 {
				return
			}
			select {
			case full <- chunk[:n]:
			case <-stop:
				return
			}
		case <-stop:
			return
		}
	}
}
