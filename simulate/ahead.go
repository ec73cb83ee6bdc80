package simulate

import (
	"iter"
	"sync"

	"srtm/scenario"
)

// ahead gives the same arrivals, generated on another processor while those before
// are played. It holds a few chunks.
func ahead(arrivals iter.Seq[scenario.Arrival]) iter.Seq[scenario.Arrival] {
	return func(yield func(scenario.Arrival) bool) {
		full, empty, stop := make(chan []scenario.Arrival, 2), make(chan []scenario.Arrival, 4), make(chan struct{})
		for range cap(empty) {
			empty <- make([]scenario.Arrival, 0, chunkSize)
		}
		var wait sync.WaitGroup
		defer wait.Wait()
		defer close(stop)
		wait.Go(func() {
			defer close(full)
			generate(arrivals, full, empty, stop)
		})
		for chunk := range full {
			for i := range chunk {
				if !yield(chunk[i]) {
					return
				}
			}
			empty <- chunk[:0]
		}
	}
}

// generate fills empty chunks until there are no more arrivals, or stop is closed.
func generate(arrivals iter.Seq[scenario.Arrival], full chan<- []scenario.Arrival, empty <-chan []scenario.Arrival, stop <-chan struct{}) {
	chunk := <-empty
	for a := range arrivals {
		if chunk = append(chunk, a); len(chunk) < chunkSize {
			continue
		}
		select {
		case full <- chunk:
		case <-stop:
			return
		}
		select {
		case chunk = <-empty:
		case <-stop:
			return
		}
	}
	select {
	case full <- chunk:
	case <-stop:
	}
}
