package simulate

import (
	"iter"
	"sync"
	"time"

	"srtm/scenario"
)

// chunkSize is how many arrivals are handed to all lanes at once: few enough to
// stay near the processor.
const chunkSize = 1024

// workSize is how much background work is.
const workSize = 8 * chunkSize

// Play plays a scenario under every rule that is to be compared, each with a DSP and
// clients of its own and the same arrivals, in virtual time. Memory depends on the
// Service Users, the rules and what waits to be sent again, never on the scenario's
// length. The same Config gives the same Result, whatever Workers is.
func Play(c Config) (*Result, error) {
	w, err := newWorld(c)
	if err != nil {
		return nil, err
	}
	if err := w.run(); err != nil {
		return nil, err
	}
	return w.result(), nil
}

// run plays all arrivals, and what comes back.
func (w *world) run() error {
	work := w.background()
	defer work.stop()
	end := w.begun + int64(w.scenario.Length) - 1
	arrivals := chunks
	if w.workers > 1 {
		arrivals = ahead
	}
	for chunk := range arrivals(w.scenario.Generator().Fill, w.chunk) {
		if err := w.playChunk(chunk, work); err != nil {
			return err
		}
	}
	if err := work.upTo(end, func(until int64) error { return w.flush(nil, work, until) }); err != nil {
		return err
	}
	if err := w.flush(nil, work, end); err != nil {
		return err
	}
	return w.each((*lane).finish)
}

// playChunk plays some arrivals, in parts where much work comes between them.
func (w *world) playChunk(chunk []scenario.Arrival, work *background) error {
	begin := 0
	for i := 0; i < len(chunk) && work.have; i++ {
		err := work.upTo(w.begun+int64(chunk[i].At), func(until int64) error {
			part := chunk[begin:i]
			begin = i
			return w.flush(part, work, until)
		})
		if err != nil {
			return err
		}
	}
	return w.flush(chunk[begin:], work, w.begun+int64(chunk[len(chunk)-1].At))
}

// flush has all lanes play arrivals and the work that is listed, and what comes back
// until a time.
func (w *world) flush(arrivals []scenario.Arrival, work *background, until int64) error {
	err := w.each(func(l *lane) { l.play(arrivals, work.list, until) })
	work.list = work.list[:0]
	if w.config.Progress != nil {
		w.config.Progress(time.Duration(until - w.begun))
	}
	return err
}

// background gives the work inside the DSP.
func (w *world) background() *background {
	b := &background{begun: w.begun, stop: func() {}}
	if len(w.scenario.Setting.Background) > 0 {
		b.next, b.stop = iter.Pull2(w.scenario.Work())
		b.pull()
	}
	return b
}

// background is the work inside the DSP, in the order of time.
type background struct {
	next  func() (time.Duration, int, bool)
	stop  func()
	begun int64
	held  int64 // the time of the next, if have
	have  bool
	list  []int64 // times that no lane has been given yet
}

func (b *background) pull() {
	at, _, have := b.next()
	b.held, b.have = b.begun+int64(at), have
}

// upTo adds to the list what there is up to a time, and has it flushed whenever it is
// long, up to the last time in it.
func (b *background) upTo(at int64, flush func(int64) error) error {
	for b.have && b.held <= at {
		last := b.held
		b.list = append(b.list, last)
		b.pull()
		if len(b.list) >= workSize {
			if err := flush(last); err != nil {
				return err
			}
		}
	}
	return nil
}

// each has every lane do something, several at once where there are workers.
func (w *world) each(do func(*lane)) error {
	if w.workers < 2 {
		for _, l := range w.lanes {
			do(l)
		}
	} else {
		w.apart(do)
	}
	for _, l := range w.lanes {
		if l.err != nil {
			return l.err
		}
	}
	return nil
}

func (w *world) apart(do func(*lane)) {
	var wait sync.WaitGroup
	todo := make(chan *lane, len(w.lanes))
	for _, l := range w.lanes {
		todo <- l
	}
	close(todo)
	for range min(w.workers, len(w.lanes)) {
		wait.Go(func() {
			for l := range todo {
				do(l)
			}
		})
	}
	wait.Wait()
}
