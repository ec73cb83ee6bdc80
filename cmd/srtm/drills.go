package main

import (
	"context"
	"sync"

	"srtm/drill"
)

// judged gives reports on drills, one at a time: each reads a part of the journal.
type judged struct {
	journal string        // its folder
	turn    chan struct{} // has room for one

	mu   sync.Mutex
	kept map[drill.Span]drill.Report // complete ones, which change no more
}

func newJudged(journal string) *judged {
	return &judged{journal: journal, turn: make(chan struct{}, 1), kept: map[drill.Span]drill.Report{}}
}

// mostKept is how many reports are kept; where there are more they are all
// forgotten, and made again when they are asked for.
const mostKept = 100

// judge says how an adapter behaved in a drill.
func (j *judged) judge(ctx context.Context, s drill.Span) (drill.Report, error) {
	key := s
	key.Now = s.To.Add(drill.After)
	if r, known := j.known(key); known && !s.Now.Before(key.Now) {
		return r, nil
	}
	select {
	case j.turn <- struct{}{}:
		defer func() { <-j.turn }()
	case <-ctx.Done():
		return drill.Report{}, ctx.Err()
	}
	r, err := drill.Read(ctx, j.journal, s)
	if err == nil && r.Complete {
		j.keep(key, r)
	}
	return r, err
}

func (j *judged) known(key drill.Span) (drill.Report, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r, known := j.kept[key]
	return r, known
}

func (j *judged) keep(key drill.Span, r drill.Report) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.kept) >= mostKept {
		clear(j.kept)
	}
	j.kept[key] = r
}
