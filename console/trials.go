package console

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"iter"
	"net/http"
	"slices"
	"sync"
	"time"

	"srtm/access"
	"srtm/policy"
	"srtm/simulate"
)

// Arrivals gives what arrived from one time to just before another, as it was
// recorded, in order. That there is nothing is an error.
type Arrivals func(from, to time.Time) iter.Seq2[simulate.Arrival, error]

// Trial is what recorded traffic would have been under a change: two policies,
// tried on the same arrivals by the same core that decides at the door.
type Trial struct {
	ID       string       `json:"id"`
	By       string       `json:"by,omitempty"`
	Asked    time.Time    `json:"asked"`
	From     time.Time    `json:"from"`
	To       time.Time    `json:"to"`
	Episode  int64        `json:"episode,omitempty"` // about which it is
	Before   string       `json:"before"`            // the policy as it is, or was
	After    string       `json:"after"`             // the one that is tried
	State    string       `json:"state"`             // running, done, failed or cancelled
	Done     float64      `json:"done"`              // how much of the time has been gone through, from 0 to 1
	Tried    uint64       `json:"tried"`             // arrivals
	Problem  string       `json:"problem,omitempty"` // of one that failed
	Finished time.Time    `json:"finished,omitzero"`
	Result   *TrialResult `json:"result,omitempty"` // of one that is done
}

// The states of a Trial.
const (
	underWay  = "running"
	isDone    = "done"
	hasFailed = "failed"
	isStopped = "cancelled"
)

// Bounds of what is tried.
const (
	mostTrials  = 2  // that run at once
	keptTrials  = 20 // the last ones, with their results
	mostTried   = 7 * aDay
	workAtOnce  = 2 * time.Millisecond // then it rests as long, so that it takes half of one processor
	lookedAfter = 64                   // arrivals, how long it worked
)

// trials are those that run and those that are kept.
type trials struct {
	mu     sync.Mutex
	all    []*trial // the oldest first
	ctx    context.Context
	cancel context.CancelFunc
	beside sync.WaitGroup
}

type trial struct {
	Trial
	cancel context.CancelFunc
}

func newTrials() *trials {
	t := &trials{}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	return t
}

// close cancels what runs and waits for it.
func (t *trials) close() {
	t.cancel()
	t.beside.Wait()
}

// work is what is to be tried.
type work struct {
	Trial
	before, after *policy.Policy
	arrivals      iter.Seq2[simulate.Arrival, error]
	names         map[string]string // of accounts
	now           func() time.Time
}

// begin begins a trial, unless its person has one running or enough run already.
func (t *trials) begin(w work) (Trial, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx.Err() != nil {
		return Trial{}, fail(http.StatusServiceUnavailable, "the gateway stops; try it after it has been started again")
	}
	runs := 0
	for _, other := range t.all {
		if other.State != underWay {
			continue
		}
		if runs++; other.By == w.By {
			return Trial{}, fail(http.StatusConflict, "one runs for you already; cancel it at /what-if/%s, or wait for it", other.ID)
		}
	}
	if runs >= mostTrials {
		return Trial{}, fail(http.StatusConflict, "%d run already, as many as may at once, so that the door is not disturbed; wait for one of them", runs)
	}
	var id [8]byte
	_, _ = rand.Read(id[:]) // it never fails
	w.ID, w.State = hex.EncodeToString(id[:]), underWay
	ctx, cancel := context.WithCancel(t.ctx)
	r := &trial{Trial: w.Trial, cancel: cancel}
	t.all = append(t.all, r)
	if len(t.all) > keptTrials {
		if i := slices.IndexFunc(t.all, func(o *trial) bool { return o.State != underWay }); i >= 0 {
			t.all = slices.Delete(t.all, i, i+1)
		}
	}
	t.beside.Go(func() { t.run(ctx, r, w) })
	return r.Trial, nil
}

// run tries, and says what came of it.
func (t *trials) run(ctx context.Context, r *trial, w work) {
	defer r.cancel()
	m := newMeasure(w)
	day, err := simulate.CompareEach(w.before, w.after, t.paced(ctx, r, w.arrivals), m.see)
	t.mu.Lock()
	defer t.mu.Unlock()
	r.Finished = w.now().UTC()
	switch {
	case ctx.Err() != nil:
		r.State = isStopped
	case err != nil:
		r.State, r.Problem = hasFailed, err.Error()
	default:
		r.State, r.Done, r.Result = isDone, 1, m.result(day)
	}
}

// paced gives arrivals, rests after each little while, and notes how far it is.
func (t *trials) paced(ctx context.Context, r *trial, all iter.Seq2[simulate.Arrival, error]) iter.Seq2[simulate.Arrival, error] {
	return func(yield func(simulate.Arrival, error) bool) {
		n, began := uint64(0), time.Now()
		length := float64(r.To.Sub(r.From))
		for a, err := range all {
			if n++; n%lookedAfter == 0 {
				if worked := time.Since(began); worked >= workAtOnce {
					if !rest(ctx, worked) {
						yield(simulate.Arrival{}, ctx.Err())
						return
					}
					t.mu.Lock()
					r.Tried, r.Done = n, min(1, max(0, float64(a.At-r.From.UnixNano())/length))
					t.mu.Unlock()
					began = time.Now()
				}
			}
			if !yield(a, err) {
				return
			}
		}
		t.mu.Lock()
		r.Tried = n
		t.mu.Unlock()
	}
}

// rest lets d pass, and says whether ctx lasts.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

var errNoTrial = errors.New("there is no trial of that name; the last 20 are kept, until the gateway stops")

func (t *trials) get(id string) (Trial, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.all {
		if r.ID == id {
			return r.Trial, nil
		}
	}
	return Trial{}, fail(http.StatusNotFound, "%w", errNoTrial)
}

// list gives those that are kept, the newest first, without their results.
func (t *trials) list() []Trial {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := []Trial{}
	for _, r := range slices.Backward(t.all) {
		one := r.Trial
		one.Result = nil
		all = append(all, one)
	}
	return all
}

// stop cancels one, for whoever asked for it and for operators.
func (t *trials) stop(id string, by access.Person) (Trial, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.all {
		switch {
		case r.ID != id:
		case r.By != by.Name && !by.May(access.Operate):
			return Trial{}, fail(http.StatusForbidden, "%s asked for it; only %s or an operator can cancel it", r.By, r.By)
		case r.State != underWay:
			return Trial{}, fail(http.StatusConflict, "it does not run any more: it is %s", r.State)
		default:
			r.cancel()
			r.State = isStopped // it ends at once, but for what is under way
			return r.Trial, nil
		}
	}
	return Trial{}, fail(http.StatusNotFound, "%w", errNoTrial)
}
