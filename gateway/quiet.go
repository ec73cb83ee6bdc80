package gateway

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// event is a kind of thing that is logged.
type event uint8

const (
	handshakeFailed event = iota
	certificateUnknown
	certificateCrowds
	originatorForeign
	originatorAdmitted
	connectionsExhausted
	dspExhausted
	dspFailed
	acceptFailed
	journalFails
	panicked
	events
)

// quiet writes a log that strangers cannot flood: one line per second and
// event at most, with how many more there were since the one before.
type quiet struct {
	log   *slog.Logger
	clock func() int64
	kinds [events]struct {
		next atomic.Int64  // not before this time
		held atomic.Uint64 // not said
	}
}

// say logs about an event, unless one of the same kind was just logged.
func (q *quiet) say(e event, level slog.Level, text string, attrs ...slog.Attr) {
	k := &q.kinds[e]
	now, next := q.clock(), k.next.Load()
	if now < next || !k.next.CompareAndSwap(next, now+int64(time.Second)) {
		k.held.Add(1)
		return
	}
	if held := k.held.Swap(0); held > 0 {
		attrs = append(attrs, slog.Uint64("more", held))
	}
	q.log.LogAttrs(context.Background(), level, text, attrs...)
}
