package main

import (
	"sync"

	"srtm/traffic"
)

// witness sees every decision in the order in which it was made and judges from
// outside whether the guarantee was kept: each account has a reference bucket
// that knows nothing of the mechanism.
type witness struct {
	mu         sync.Mutex
	references []*traffic.Reference
	rules      traffic.Rules
	Seen       int // decisions
	Within     int // requests that found their cost in their reference bucket
	Broken     int // of these, refused
}

func newWitness(r traffic.Rules) *witness { return &witness{rules: r} }

// watched is a Controller with a witness beside it.
type watched struct {
	*traffic.Controller
	*witness
}

// Admit decides, and has the witness see it before the next decision is made.
func (w watched) Admit(at int64, r traffic.Request) (traffic.Decision, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	d, ok := w.Controller.Admit(at, r)
	if ok {
		w.see(d)
	}
	return d, ok
}

func (w *witness) see(d traffic.Decision) {
	if w.references == nil {
		for _, a := range w.rules.Accounts {
			w.references = append(w.references, traffic.NewReference(w.rules, a.Allocation, d.At))
		}
	}
	w.Seen++
	if w.references[d.Account].Take(d.At, d.Cost) {
		w.Within++
		if d.Verdict != traffic.Forward {
			w.Broken++
		}
	}
}
