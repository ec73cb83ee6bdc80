package load

import (
	"container/heap"
	"sync"
	"time"

	"srtm/scenario"
)

// waiting holds the messages that are to be sent later: again, or as the second
// of a critical command. Any number of goroutines may use it.
type waiting struct {
	mu    sync.Mutex
	steps steps
	most  int
	wake  chan struct{} // has something when there is news: an earlier first, or nothing on the way
}

func newWaiting(most int) *waiting {
	return &waiting{most: most, wake: make(chan struct{}, 1)}
}

// add keeps a step; false means that there is no room.
func (w *waiting) add(step scenario.Step) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.steps) >= w.most {
		return false
	}
	heap.Push(&w.steps, step)
	w.news()
	return true
}

// news wakes whoever waits for the first step, or makes sure that it will not
// begin to wait.
func (w *waiting) news() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// due takes out the first step, if its time has come by now. Otherwise it tells
// when that will be; never where there is none.
func (w *waiting) due(now time.Duration) (step scenario.Step, ok bool, at time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.steps) == 0 {
		return step, false, never
	}
	if at = w.steps[0].At; at > now {
		return step, false, at
	}
	return heap.Pop(&w.steps).(scenario.Step), true, at
}

func (w *waiting) len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.steps)
}

const never time.Duration = 1<<63 - 1

// steps is a heap, the earliest first.
type steps []scenario.Step

func (s steps) Len() int           { return len(s) }
func (s steps) Less(i, j int) bool { return s[i].At < s[j].At }
func (s steps) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *steps) Push(x any)        { *s = append(*s, x.(scenario.Step)) }
func (s *steps) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}
